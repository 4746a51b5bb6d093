//! The rewrites: which are in the tree, which are offered, and what each brings.

use std::collections::{BTreeMap, BTreeSet};

use model::{Applicability, AppliedFix, Audit, Finding, FindingId, Fix, NotApplied};

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
    let fates = Fates::of(context.audit);
    let mut rows: Vec<Row<'a>> = Vec::new();
    for finding in view::ranked(context.audit) {
        let Some(fix) = &finding.suggestion else {
            continue;
        };
        if view::standing(finding) == Standing::NotWorth && !fates.applied.contains_key(&finding.id)
        {
            continue;
        }
        let rewrite = Words::new()
            .clause(&fix.title)
            .text(" (")
            .code(finding.rule.name)
            .text(")");
        let (state, impact) = (fates.state(finding, fix), impact(context, finding));
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

/// What became of the rewrites of an audit.
struct Fates<'a> {
    applied: BTreeMap<&'a FindingId, &'a AppliedFix>,
    not_applied: BTreeMap<&'a FindingId, &'a NotApplied>,
    planned: BTreeSet<&'a FindingId>,
    asked_to_apply: bool,
}

impl<'a> Fates<'a> {
    fn of(audit: &'a Audit) -> Self {
        Self {
            applied: audit.applied.iter().map(|it| (&it.id, it)).collect(),
            not_applied: audit.not_applied.iter().map(|it| (&it.id, it)).collect(),
            planned: view::planned(audit),
            asked_to_apply: view::asked_to_apply(audit),
        }
    }

    /// Whether a rewrite is in the tree, and why not.
    fn state(&self, finding: &Finding, fix: &Fix) -> Words {
        if let Some(applied) = self.applied.get(&finding.id) {
            return format!("applied; {}", verified(applied.verified)).into();
        }
        if let Some(left) = self.not_applied.get(&finding.id) {
            let words = match (left.backed_out, self.asked_to_apply) {
                (true, _) => "taken out again: ",
                (false, true) => "not applied: ",
                (false, false) => "suggested: ",
            };
            return Words::from(words).clause(&left.reason);
        }
        match fix.applicability {
            Applicability::HasPlaceholders => "suggested; has blanks to fill in".into(),
            _ if self.planned.contains(&finding.id) => "suggested; ready to apply".into(),
            Applicability::MaybeIncorrect => "suggested; may change behaviour".into(),
            Applicability::MachineApplicable => "suggested".into(),
        }
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
