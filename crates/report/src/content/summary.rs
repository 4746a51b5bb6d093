//! What was looked at, and what there is to gain.

use model::{Audit, Outcome, Types};

use super::NAMED;
use crate::document::{Column, Items, Section, Words};
use crate::figures;
use crate::text::counted;
use crate::view::{self, Group, Standing};

pub(super) fn title(audit: &Audit) -> Words {
    let packages = audit.project.packages.iter();
    let packages: Vec<_> = packages.map(|name| Words::new().code(name)).collect();
    match packages.len() {
        0 => "I/O Audit".into(),
        _ => Words::from("I/O Audit of ").and(Words::listed(&packages, NAMED)),
    }
}

pub(super) fn facts(audit: &Audit) -> Vec<Words> {
    let types = match audit.analysis.types {
        Types::Rustc => "rustc",
        Types::Syntax => "syntax alone",
    };
    let coverage = figures::coverage(&audit.analysis);
    let measured = match &audit.environment {
        Some(environment) => Words::from("Measured on: ").clause(&format!(
            "{}, {}",
            environment.processor, environment.file_system.kind
        )),
        None => "Measured: nothing".into(),
    };
    vec![
        Words::from(format!("Analysed: {coverage}, types from {types}")),
        measured,
    ]
}

pub(super) fn performance_summary(audit: &Audit) -> Section<'_> {
    let groups = view::groups(audit);
    let count = view::shown(audit).count() as u64;
    let mut text = counted(count, "finding");
    let planned = view::planned(audit).len() as u64;
    if !audit.applied.is_empty() {
        text += &format!("; {} applied", counted(audit.applied.len() as u64, "fix"));
    } else if planned > 0 {
        text += &format!("; {} ready to apply", counted(planned, "fix"));
    }
    text += ".";
    if groups.iter().any(|group| group.figure.is_ok()) {
        text += " Figures come from models of these patterns, run on the host named below; beside each ratio stands \
                 its 95 % interval.";
    }
    let section = Section::new("Performance Summary").say(text);
    if groups.is_empty() {
        return section;
    }
    // What there is to gain stands where a telephone still shows it.
    let columns = vec![
        Column::words("Rule"),
        Column::words("Improvement"),
        Column::number("Baseline"),
        Column::number("Optimized"),
        Column::number("Places"),
        Column::words("Of what"),
    ];
    let rows = groups.iter().map(|group| row(audit, group)).collect();
    section.with("row", 1, Items::Rows(columns, rows))
}

fn row(audit: &Audit, group: &Group<'_>) -> Vec<Words> {
    let (baseline, optimized, gain, what) = match &group.figure {
        Ok(headline) => {
            let setting = format!(
                "{}, {}",
                figures::bytes(headline.size),
                figures::cache(headline.cache)
            );
            let what = match Outcome::of(group.findings[0], &audit.outcomes) {
                Some(outcome) => Words::from(setting + ": ").clause(&outcome.description),
                None => setting.into(),
            };
            (
                figures::time(headline.baseline_ns),
                figures::time(headline.optimized_ns),
                Words::from(figures::ratio(headline.ratio)),
                what,
            )
        }
        Err(reason) => (
            String::new(),
            String::new(),
            Words::from("no figure: ").clause(reason),
            Words::new(),
        ),
    };
    let gain = match group.standing {
        Standing::Worth => Words::new().strong(gain),
        Standing::NotWorth => gain.text("; not worth it here"),
        Standing::Loss | Standing::Unmeasured => gain,
    };
    vec![
        Words::new().code(group.rule),
        gain,
        baseline.into(),
        optimized.into(),
        group.findings.len().to_string().into(),
        what,
    ]
}
