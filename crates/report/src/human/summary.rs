//! What a run says after its findings: figures, counts, what was executed, what comes next.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use model::{Applicability, Audit, Confidence, FindingId, Measurement, Outcome, Types, Verified};

use super::HumanOptions;
use crate::figures;
use crate::places::Places;
use crate::text::{clip, counted, listed, printable};
use crate::view::{self, Group, Standing};

/// Places named beside a figure.
const PLACES: usize = 3;
/// Files left out that are named when not everything is to be shown.
const LEFT_OUT: usize = 3;

/// The figure of each rule that has findings, the most worth first, and why the others have none; with
/// [`HumanOptions::verbose`], every size and method too. Empty if nothing was measured.
///
/// # Panics
/// If a span lies in a file that the audit does not have.
#[must_use]
pub fn human_measurements(audit: &Audit, options: &HumanOptions) -> String {
    let groups = view::groups(audit);
    if audit.outcomes.is_empty() && groups.iter().all(|group| group.figure.is_err()) {
        return String::new();
    }
    let places = Places::new(&audit.sources);
    let heading = audit.environment.as_ref().map_or_else(
        || "Measured".to_owned(),
        |environment| format!("Measured on {}", environment.file_system.kind),
    );
    let mut text = if groups.iter().all(|group| group.figure.is_err()) {
        format!("{}\n", options.bold("Not measured"))
    } else {
        let explanation = "with models of these patterns: median ratio [95 % interval]";
        format!("{} {explanation}\n", options.bold(&printable(&heading)))
    };
    let width = groups
        .iter()
        .map(|group| group.rule.len())
        .max()
        .unwrap_or(0);
    for group in &groups {
        row(&mut text, group, width, &places, options);
    }
    if options.verbose {
        for outcome in &audit.outcomes {
            every_measurement(&mut text, outcome);
        }
    }
    text.push('\n');
    text
}

fn row(
    text: &mut String,
    group: &Group<'_>,
    width: usize,
    places: &Places<'_>,
    options: &HumanOptions,
) {
    let figure = match &group.figure {
        Ok(headline) => {
            let ratio = figures::ratio(headline.ratio);
            format!("{ratio}, {}", figures::headline_times(headline))
        }
        Err(reason) => format!("no figure: {}", printable(reason)),
    };
    let not_worth = if group.standing == Standing::NotWorth {
        "; not worth it here"
    } else {
        ""
    };
    let _ = writeln!(
        text,
        "  {}  {figure}{not_worth}",
        options.bold(&format!("{:width$}", group.rule))
    );
    let mut better = group.findings.iter().copied().filter_map(view::better_way);
    if let Some(way) = better.next() {
        let (method, ratio) = (printable(&way.method), figures::ratio(way.ratio));
        let _ = writeln!(text, "  {:width$}  better by `{method}`: {ratio}", "");
    }
    let spots: Vec<_> = group
        .findings
        .iter()
        .map(|finding| places.short(finding.span))
        .collect();
    let spots = clip(
        &listed(&spots, PLACES),
        options.width.saturating_sub(width + 4).max(40),
    );
    let _ = writeln!(text, "  {:width$}  {spots}", "");
}

fn every_measurement(text: &mut String, outcome: &Outcome) {
    let _ = writeln!(
        text,
        "\n  {}: {}{}",
        outcome.workload.name(),
        printable(&outcome.description),
        if outcome.cached {
            " (measured on this host before)"
        } else {
            ""
        }
    );
    let columns = |measurement: &Measurement| {
        [
            figures::bytes(measurement.size),
            printable(&measurement.method),
            figures::cache(measurement.cache).to_owned(),
            figures::time(measurement.time_ns),
            measurement
                .bytes_per_second
                .map(figures::throughput)
                .unwrap_or_default(),
            if measurement.is_baseline {
                "the pattern itself".to_owned()
            } else {
                figures::ratio(measurement.ratio)
            },
        ]
    };
    let rows: Vec<_> = outcome.measurements.iter().map(columns).collect();
    let widths: [usize; 6] = std::array::from_fn(|column| {
        rows.iter()
            .map(|row| row[column].chars().count())
            .max()
            .unwrap_or(0)
    });
    for [size, method, cache, time, throughput, ratio] in rows {
        let [sizes, methods, caches, times, throughputs, _] = widths;
        let _ = writeln!(
            text,
            "    {size:>sizes$}  {method:methods$}  {cache:caches$}  {time:>times$}  {throughput:>throughputs$}  {ratio}"
        );
    }
    if let Some(note) = &outcome.note {
        let _ = writeln!(text, "    {}", printable(note));
    }
}

/// Counts, what was executed and left out, what failed, what was applied, and what to do next. `report` is the path of
/// the report that was written, as it should be shown.
///
/// # Panics
/// If a span lies in a file that the audit does not have.
#[must_use]
pub fn human_summary(audit: &Audit, options: &HumanOptions, report: Option<&str>) -> String {
    let mut text = String::new();
    counts(&mut text, audit, options);
    applied(&mut text, audit, options);
    for failure in &audit.failures {
        let (what, fallback) = (printable(&failure.what), printable(&failure.fallback));
        let _ = writeln!(text, "failed: {what}; instead: {fallback}");
        if let Some(command) = &failure.look_with {
            let _ = writeln!(text, "  look closer: {}", printable(command));
        }
    }
    left_out(&mut text, audit, options);
    if audit.executed.is_empty() {
        text += "executed: nothing\n";
    }
    for command in &audit.executed {
        let _ = writeln!(text, "executed: {}", printable(command));
    }
    if let Some(path) = report {
        let _ = writeln!(text, "report: {}", printable(path));
    }
    next(&mut text, audit);
    text
}

fn counts(text: &mut String, audit: &Audit, options: &HumanOptions) {
    let shown: Vec<_> = view::shown(audit).collect();
    let count = counted(shown.len() as u64, "finding");
    let of = |confidence| {
        shown
            .iter()
            .filter(|finding| finding.confidence == confidence)
            .count()
    };
    let parts: Vec<_> = [Confidence::High, Confidence::Medium, Confidence::Low]
        .into_iter()
        .filter(|confidence| of(*confidence) > 0)
        .map(|confidence| format!("{} {}", of(confidence), view::confidence(confidence)))
        .collect();
    let parts = if parts.is_empty() {
        String::new()
    } else {
        format!(" ({} confidence)", parts.join(", "))
    };
    let suppressed = match audit.findings.len() - shown.len() {
        0 => String::new(),
        hidden => format!("; {hidden} suppressed"),
    };
    let types = match audit.analysis.types {
        Types::Rustc => "types from rustc",
        Types::Syntax => "types from syntax alone",
    };
    let coverage = figures::coverage(&audit.analysis);
    let count = options.bold(&count);
    let _ = writeln!(text, "{count}{parts} in {coverage}, {types}{suppressed}");
}

/// What was applied and, where it was asked for, why the rest was not.
fn applied(text: &mut String, audit: &Audit, options: &HumanOptions) {
    let verified = |verified| {
        audit
            .applied
            .iter()
            .filter(|fix| fix.verified == verified)
            .count()
    };
    if !audit.applied.is_empty() {
        let parts: Vec<_> = [
            (Verified::Tested, "tested"),
            (Verified::Compiled, "compiled, tests not run"),
            (Verified::No, "not compiled"),
        ]
        .into_iter()
        .filter(|(state, _)| verified(*state) > 0)
        .map(|(state, words)| format!("{} {words}", verified(state)))
        .collect();
        let count = counted(audit.applied.len() as u64, "fix");
        let _ = writeln!(text, "applied: {count} ({})", parts.join(", "));
    }
    let places = Places::new(&audit.sources);
    let findings: BTreeMap<&FindingId, _> = audit
        .findings
        .iter()
        .map(|finding| (&finding.id, finding))
        .collect();
    let all = options.verbose || view::asked_to_apply(audit);
    for left in audit
        .not_applied
        .iter()
        .filter(|left| all || left.backed_out)
    {
        let state = if left.backed_out {
            "backed out"
        } else {
            "not applied"
        };
        let place = findings.get(&left.id).map_or_else(
            || printable(&left.id.0),
            |finding| format!("{} {}", places.short(finding.span), finding.rule.name),
        );
        let _ = writeln!(text, "{state}: {place}: {}", printable(&left.reason));
    }
}

fn left_out(text: &mut String, audit: &Audit, options: &HumanOptions) {
    let left_out = &audit.analysis.not_analysed;
    let shown = if options.verbose {
        left_out.len()
    } else {
        LEFT_OUT
    };
    for part in left_out.iter().take(shown) {
        let _ = writeln!(
            text,
            "left out: {}: {}",
            printable(&part.path),
            printable(&part.reason)
        );
    }
    if let Some(hidden) = left_out
        .len()
        .checked_sub(shown)
        .filter(|hidden| *hidden > 0)
    {
        let _ = writeln!(text, "left out: {hidden} more (`-v` names them)");
    }
}

/// The next step: only fixes that the plan holds are promised.
fn next(text: &mut String, audit: &Audit) {
    let planned = view::planned(audit).len() as u64;
    if planned > 0 && !audit.written && !view::asked_to_apply(audit) {
        let fixes = counted(planned, "fix");
        // Trying a fix starts cargo, which `--fast` promises not to.
        let words = audit.command.split(' ').filter(|word| *word != "--fast");
        let command = words.collect::<Vec<_>>().join(" ");
        let _ = writeln!(
            text,
            "help: `{} --apply` applies {fixes}",
            printable(&command)
        );
    }
    let held_back = view::held_back(audit, Applicability::MaybeIncorrect) as u64;
    if held_back > 0 && !audit.command.contains("--unsafe-fixes") {
        let fixes = counted(held_back, "fix");
        let _ = writeln!(
            text,
            "help: {fixes} may change behaviour: `--apply --unsafe-fixes` lets them in"
        );
    }
}
