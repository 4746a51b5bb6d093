//! The rewrites: which are in the tree, which are offered, and what each brings.

use model::{Applicability, Finding, Fix};

use super::Context;
use super::advice::spots;
use super::findings::verified;
use crate::document::{Column, Items, Section, Words};
use crate::figures;
use crate::view::{self, Standing};

/// Findings whose rewrite reads the same and stands the same.
struct Row<'a> {
    rewrite: Words,
    state: Words,
    impact: Words,
    findings: Vec<&'a Finding>,
}

pub(super) fn optimizations<'a>(context: &Context<'a>) -> Section<'a> {
    let heading = if context.audit.applied.is_empty() {
        "Optimizations Suggested"
    } else {
        "Optimizations Applied"
    };
    let section = Section::new(heading);
    let rows = rows(context);
    if rows.is_empty() {
        return section.say("None.");
    }
    let columns = vec![
        Column::words("Rewrite"),
        Column::words("Where"),
        Column::words("State"),
        Column::words("Impact"),
    ];
    let row = |row: Row<'_>| {
        vec![
            row.rewrite,
            spots(&row.findings, context),
            row.state,
            row.impact,
        ]
    };
    let rows = rows.into_iter().map(row).collect();
    section.with("rewrite", 2, Items::Rows(columns, rows))
}

/// The rewrites in order of their worth; those that are not worth it have a section of their own, unless they are in the tree.
fn rows<'a>(context: &Context<'a>) -> Vec<Row<'a>> {
    let mut rows: Vec<Row<'a>> = Vec::new();
    for finding in view::ranked(context.audit) {
        let is_applied = context.audit.applied.iter().any(|it| it.id == finding.id);
        let Some(fix) = &finding.suggestion else {
            continue;
        };
        if view::standing(finding) == Standing::NotWorth && !is_applied {
            continue;
        }
        let rewrite = Words::new()
            .clause(&fix.title)
            .text(" (")
            .code(finding.rule.name)
            .text(")");
        let (state, impact) = (state(context, finding, fix), impact(context, finding));
        let same = |row: &&mut Row<'_>| {
            (&row.rewrite, &row.state, &row.impact) == (&rewrite, &state, &impact)
        };
        match rows.iter_mut().find(same) {
            Some(row) => row.findings.push(finding),
            None => rows.push(Row {
                rewrite,
                state,
                impact,
                findings: vec![finding],
            }),
        }
    }
    rows
}

/// Whether a rewrite is in the tree, and why not.
fn state(context: &Context<'_>, finding: &Finding, fix: &Fix) -> Words {
    let audit = context.audit;
    if let Some(applied) = audit.applied.iter().find(|it| it.id == finding.id) {
        return format!("applied; {}", verified(applied.verified)).into();
    }
    if let Some(left) = audit.not_applied.iter().find(|it| it.id == finding.id) {
        let words = if left.backed_out {
            "taken out again: "
        } else if view::asked_to_apply(audit) {
            "not applied: "
        } else {
            "suggested: "
        };
        return Words::from(words).clause(&left.reason);
    }
    match fix.applicability {
        Applicability::HasPlaceholders => "suggested; has blanks to fill in".into(),
        _ if view::planned(audit).contains(&finding.id) => "suggested; ready to apply".into(),
        Applicability::MaybeIncorrect => "suggested; may change behaviour".into(),
        Applicability::MachineApplicable => "suggested".into(),
    }
}

/// What a rewrite brings.
fn impact(context: &Context<'_>, finding: &Finding) -> Words {
    let words = match &finding.headline {
        Some(headline) => Words::from(format!(
            "{}, {}",
            figures::ratio(headline.ratio),
            figures::headline_times(headline)
        )),
        None if !finding.rule.about_speed => "an error or data is no longer lost".into(),
        None => Words::from("no figure: ").clause(&view::no_figure(context.audit, finding)),
    };
    match &finding.trace {
        Some(trace) => words.text(format!(
            "; {:.1} % of the traced command's time",
            trace.share * 100.0
        )),
        None => words,
    }
}
