//! What the runs over all crates come to.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::time::Duration;

use super::audit::Run;

const MIB: f64 = 1024.0 * 1024.0;

pub(super) fn text(runs: &[Run], missing: usize) -> String {
    let mut text = String::new();
    by_crate(&mut text, runs);
    by_rule(&mut text, runs);
    left_out(&mut text, runs);
    for run in runs {
        if let Err(reason) = &run.result {
            let _ = writeln!(
                text,
                "FAILED {} {}: {reason}",
                run.package.name, run.package.version
            );
        }
    }
    totals(&mut text, runs, missing);
    text
}

fn by_crate(text: &mut String, runs: &[Run]) {
    let _ = writeln!(
        text,
        "{:32}{:>7}{:>9}{:>10}{:>9}{:>10}",
        "crate", "files", "lines", "findings", "ms", "peak MiB"
    );
    for run in runs {
        let name = format!("{} {}", run.package.name, run.package.version);
        let (files, lines, findings) = run.result.as_ref().map_or((0, 0, 0), |answer| {
            let shown = answer.findings.iter().filter(|it| it.confidence != "low");
            (answer.analysis.files, answer.analysis.lines, shown.count())
        });
        let _ = writeln!(
            text,
            "{name:32}{files:7}{lines:9}{findings:10}{:9.1}{:10.1}",
            run.elapsed.as_secs_f64() * 1000.0,
            mib(run.peak_bytes)
        );
    }
}

fn by_rule(text: &mut String, runs: &[Run]) {
    let mut counts: BTreeMap<&str, [usize; 3]> = BTreeMap::new();
    let answers = runs.iter().flat_map(|run| run.result.iter());
    for finding in answers.flat_map(|answer| &answer.findings) {
        let column = match finding.confidence.as_str() {
            "high" => 0,
            "medium" => 1,
            _ => 2,
        };
        counts.entry(finding.rule.as_str()).or_default()[column] += 1;
    }
    let _ = writeln!(
        text,
        "\n{:32}{:>7}{:>9}{:>10}",
        "rule", "high", "medium", "low"
    );
    for (rule, [high, medium, low]) in counts {
        let _ = writeln!(text, "{rule:32}{high:7}{medium:9}{low:10}");
    }
    text.push('\n');
}

fn left_out(text: &mut String, runs: &[Run]) {
    for run in runs {
        for file in &run.left_out {
            let verdict = if file.others.is_lost() {
                "LOST"
            } else {
                "left out"
            };
            let _ = writeln!(
                text,
                "{verdict}: {}-{}/{}: {} ({})",
                run.package.name, run.package.version, file.path, file.reason, file.others
            );
        }
    }
}

fn totals(text: &mut String, runs: &[Run], missing: usize) {
    let answers = || runs.iter().flat_map(|run| run.result.iter());
    let files: u64 = answers().map(|answer| answer.analysis.files).sum();
    let lines: u64 = answers().map(|answer| answer.analysis.lines).sum();
    let shown = answers()
        .flat_map(|answer| &answer.findings)
        .filter(|it| it.confidence != "low")
        .count();
    let elapsed: Duration = runs.iter().map(|run| run.elapsed).sum();
    let seconds = elapsed.as_secs_f64().max(f64::EPSILON);
    let peak = runs.iter().map(|run| run.peak_bytes).max().unwrap_or(0);
    let lost = runs
        .iter()
        .flat_map(|run| &run.left_out)
        .filter(|file| file.others.is_lost())
        .count();
    let failed = runs.iter().filter(|run| run.result.is_err()).count();
    let _ = writeln!(
        text,
        "{} crates, {missing} not fetched, {failed} failed, {lost} files lost that rustc takes\n\
         {files} files, {lines} lines in {seconds:.2} s: {:.0} files/s, {:.0} lines/s; peak memory {:.1} MiB\n\
         {shown} findings of medium and high confidence: {:.2} in 1,000 lines",
        runs.len(),
        as_float(files) / seconds,
        as_float(lines) / seconds,
        mib(peak),
        1000.0 * as_float(u64::try_from(shown).unwrap_or(u64::MAX)) / as_float(lines.max(1)),
    );
}

fn mib(bytes: u64) -> f64 {
    as_float(bytes) / MIB
}

#[expect(
    clippy::cast_precision_loss,
    reason = "counts of lines and bytes are far below 2^52"
)]
fn as_float(count: u64) -> f64 {
    count as f64
}
