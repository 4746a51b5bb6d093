//! What to do, what to leave alone, and what could not be done.

use model::{Audit, Cache, Finding, Headline, Measurement};

use super::{Context, NAMED};
use crate::document::{Items, Section, Words};
use crate::figures;
use crate::host::host_advice;
use crate::view::{self, Group, Standing};

pub(super) fn already_fine<'a>(context: &Context<'a>) -> Section<'a> {
    let section = Section::new("Already Fine");
    let fine = &context.audit.fine;
    if fine.is_empty() {
        return section.say("None.");
    }
    let item = |fine: &model::Fine| {
        context
            .place(fine.span)
            .text(" (")
            .code(fine.rule)
            .text("): ")
            .clause(&fine.reason)
    };
    section
        .say("Places that look like a pattern and are right as they are.")
        .with("place", 7, Items::List(fine.iter().map(item).collect()))
}

pub(super) fn recommendations<'a>(context: &Context<'a>) -> Section<'a> {
    let groups = view::groups(context.audit);
    let mut items: Vec<Words> = groups.iter().map(|group| advice(group, context)).collect();
    items.extend(groups.iter().filter_map(faster_method));
    let of_host = host_advice(&context.audit.host);
    items.extend(
        of_host
            .iter()
            .map(|clause| Words::from("On this host, ").clause(clause).text(".")),
    );
    let section = Section::new("Recommendations");
    if items.is_empty() {
        return section.say("Nothing to change.");
    }
    section.with("recommendation", 5, Items::List(items))
}

fn advice(group: &Group<'_>, context: &Context<'_>) -> Words {
    let spots = spots(&group.findings, context)
        .text(" (")
        .code(group.rule)
        .text(")");
    match (group.standing, &group.figure) {
        (Standing::Worth, Ok(headline)) => Words::from("Change ")
            .and(spots)
            .text(format!(": {}.", figures::ratio(headline.ratio))),
        (Standing::NotWorth, Ok(headline)) => Words::from("Leave ").and(spots).text(format!(
            " on this host: {}.",
            figures::ratio(headline.ratio)
        )),
        (Standing::Loss, _) => Words::from("Change ")
            .and(spots)
            .text(" whatever the speed: ")
            .clause(group.findings[0].rule.summary)
            .text("."),
        (_, _) => Words::from("Measure ")
            .and(spots)
            .text(" before you change anything there: no figure says what it is worth."),
    }
}

/// `path:line` of each finding, the first few.
pub(super) fn spots(findings: &[&Finding], context: &Context<'_>) -> Words {
    let spots = findings.iter().map(|finding| context.place(finding.span));
    Words::listed(&spots.collect::<Vec<_>>(), NAMED)
}

/// A method that measured clearly faster than the suggested rewrite, at the size and cache state of the headline.
fn faster_method(group: &Group<'_>) -> Option<Words> {
    let headline = *group.figure.as_ref().ok()?;
    let finding = group.findings[0];
    let same = |measurement: &&Measurement| same_setting(measurement, headline);
    let clearly = |measurement: &&Measurement| {
        !measurement.is_baseline
            && !measurement.is_suggested
            && measurement.ratio.low > headline.ratio.high
    };
    let best = finding
        .measurements
        .iter()
        .filter(same)
        .filter(clearly)
        .max_by(|a, b| a.ratio.median.total_cmp(&b.ratio.median))?;
    Some(
        Words::from("For ")
            .code(group.rule)
            .text(", ")
            .code(&best.method)
            .text(format!(
                " measured better than the suggested rewrite: {} against {}, at {}, {}.",
                figures::ratio(best.ratio),
                figures::ratio(headline.ratio),
                figures::bytes(headline.size),
                figures::cache(headline.cache),
            )),
    )
}

fn same_setting(measurement: &Measurement, headline: &Headline) -> bool {
    let setting: (u64, Cache) = (headline.size, headline.cache);
    (measurement.size, measurement.cache) == setting
}

pub(super) fn failures<'a>(context: &Context<'a>) -> Section<'a> {
    let audit = context.audit;
    let failed = audit.failures.iter().map(|failure| {
        let words = Words::new()
            .sentence(&failure.what)
            .text(". Instead: ")
            .clause(&failure.fallback)
            .text(".");
        match &failure.look_with {
            Some(command) => words.text(" Look closer: ").code(command),
            None => words,
        }
    });
    let left_out = audit.analysis.not_analysed.iter().map(|left_out| {
        Words::new()
            .code(&left_out.path)
            .text(" was left out: ")
            .clause(&left_out.reason)
    });
    let items: Vec<_> = failed.chain(not_applied(context)).chain(left_out).collect();
    let section = Section::new("What Failed and What Was Done Instead");
    if items.is_empty() {
        return section.say("Nothing failed.");
    }
    section.with("line", 6, Items::List(items))
}

/// What was tried and taken back, or was asked for and not tried.
fn not_applied(context: &Context<'_>) -> Vec<Words> {
    let audit: &Audit = context.audit;
    let asked = view::asked_to_apply(audit);
    let left = audit.not_applied.iter();
    let mut left: Vec<_> = left.filter(|left| asked || left.backed_out).collect();
    left.sort_by_key(|left| !left.backed_out);
    let item = |left: &&model::NotApplied| {
        let finding = audit.findings.iter().find(|finding| finding.id == left.id);
        let place = match finding {
            Some(finding) => context
                .place(finding.span)
                .text(" (")
                .code(finding.rule.name)
                .text(")"),
            None => Words::new().code(&left.id.0),
        };
        let what = if left.backed_out {
            " was put in and taken out again: "
        } else {
            " was not applied: "
        };
        Words::from("The rewrite at ")
            .and(place)
            .text(what)
            .clause(&left.reason)
    };
    left.iter().map(item).collect()
}
