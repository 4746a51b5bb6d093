//! Findings drawn for readers who judge them one by one.

use std::fmt::Write as _;

use serde::Serialize;

use super::audit::{Finding, Run};

#[derive(Debug, Serialize)]
pub(super) struct Drawn<'a> {
    #[serde(rename = "crate")]
    name: &'a str,
    version: &'a str,
    path: &'a str,
    line: u64,
    column: u64,
    rule: &'a str,
    confidence: &'a str,
    message: &'a str,
}

/// Draws among the findings of medium and high confidence. Whether one is drawn before another follows from the seed and
/// the two alone, so that a finding more or less elsewhere exchanges few.
pub(super) fn draw<'a>(runs: &'a [Run], count: usize, seed: &str) -> Vec<Drawn<'a>> {
    let mut ranked: Vec<(blake3::Hash, &Run, &Finding)> = Vec::new();
    for run in runs {
        let findings = run.result.iter().flat_map(|answer| &answer.findings);
        for finding in findings.filter(|it| it.confidence != "low" && it.suppressed.is_none()) {
            ranked.push((rank(seed, run, finding), run, finding));
        }
    }
    ranked.sort_by(|a, b| a.0.as_bytes().cmp(b.0.as_bytes()));
    ranked.truncate(count);
    let drawn = |(_, run, finding): (_, &'a Run, &'a Finding)| Drawn {
        name: &run.package.name,
        version: &run.package.version,
        path: &finding.path,
        line: finding.line,
        column: finding.column,
        rule: &finding.rule,
        confidence: &finding.confidence,
        message: &finding.message,
    };
    ranked.into_iter().map(drawn).collect()
}

fn rank(seed: &str, run: &Run, finding: &Finding) -> blake3::Hash {
    let package = &run.package;
    let Finding {
        path,
        line,
        column,
        rule,
        ..
    } = finding;
    let key = format!(
        "{seed}\0{}\0{}\0{path}\0{line}\0{column}\0{rule}",
        package.name, package.version
    );
    blake3::hash(key.as_bytes())
}

pub(super) fn markdown(drawn: &[Drawn<'_>]) -> String {
    let mut text = String::from(
        "| crate | version | place | rule | confidence | message |\n|---|---|---|---|---|---|\n",
    );
    for it in drawn {
        let message = it.message.replace('|', "\\|");
        let _ = writeln!(
            text,
            "| {} | {} | {}:{} | {} | {} | {message} |",
            it.name, it.version, it.path, it.line, it.rule, it.confidence
        );
    }
    text
}

pub(super) fn json(drawn: &[Drawn<'_>]) -> String {
    serde_json::to_string_pretty(drawn).expect("text and numbers")
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::super::audit::{Analysis, Answer, Finding, Run};
    use super::draw;
    use crate::published::Package;

    fn run(lines: impl Iterator<Item = u64>) -> Run {
        let finding = |line| Finding {
            path: "src/lib.rs".to_owned(),
            line,
            column: 1,
            rule: "unbuffered_read".to_owned(),
            confidence: (if line % 5 == 0 { "low" } else { "high" }).to_owned(),
            message: String::new(),
            suppressed: None,
        };
        let analysis = Analysis {
            files: 1,
            lines: 1000,
            not_analysed: Vec::new(),
        };
        Run {
            package: Package {
                name: "example".to_owned(),
                version: "1.0.0".to_owned(),
            },
            result: Ok(Answer {
                analysis,
                findings: lines.map(finding).collect(),
            }),
            elapsed: Duration::ZERO,
            peak_bytes: 0,
            left_out: Vec::new(),
        }
    }

    fn drawn(run: Run, seed: &str) -> Vec<u64> {
        draw(&[run], 10, seed).iter().map(|it| it.line).collect()
    }

    #[test]
    fn a_seed_draws_the_same_findings_whatever_is_found_besides() {
        let first = drawn(run(1..=100), "c0ffee");
        assert_eq!(first.len(), 10);
        assert!(
            first.iter().all(|line| line % 5 != 0),
            "low ones: {first:?}"
        );
        let others = (1..=100).filter(|line| first.contains(line) || line % 2 == 0);
        assert_eq!(drawn(run(others), "c0ffee"), first);
        assert_ne!(drawn(run(1..=100), "decade"), first);
    }
}
