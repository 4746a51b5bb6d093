//! The findings, by what they promise.

use std::fmt::Write as _;

use model::{Applicability, Audit, Finding, Fix, Outcome, Requirement, Verified};

use super::Context;
use super::alternatives;
use crate::document::{Block, Items, Part, Section, Words};
use crate::figures;
use crate::text::{clip, counted, printable_lines};
use crate::view::{self, Standing};

/// Lines of code shown of one finding.
const CODE_LINES: usize = 12;
/// Characters shown of one line of code.
const CODE_COLUMNS: usize = 160;

/// The findings that are worth a change, and those of which nobody knows.
pub(super) fn findings<'a>(context: &Context<'a>) -> Section<'a> {
    let ranked = view::ranked(context.audit);
    let worth = |finding: &&&Finding| view::standing(finding) != Standing::NotWorth;
    let worth: Vec<_> = ranked.iter().copied().filter(|it| worth(&it)).collect();
    let mut section = Section::new("Findings");
    if ranked.is_empty() {
        section = section.say("None.");
    } else if worth.is_empty() {
        section = section.say("None that is worth a change on this host.");
    } else if worth.len() > 1 {
        section = section.say("The most worth first.");
    }
    if let Some(suppressed) = suppressed(context.audit) {
        section = section.say(suppressed);
    }
    let part = |(position, finding): (usize, &&Finding)| part(context, position + 1, finding);
    let parts = worth.iter().enumerate().map(part).collect();
    section.with("finding", 3, Items::Parts(parts))
}

/// The findings whose rewrite gains too little on this host: one line each.
pub(super) fn not_worth_it<'a>(context: &Context<'a>) -> Section<'a> {
    let section = Section::new("Not Worth It Here");
    let ranked = view::ranked(context.audit);
    let line = |finding: &&Finding| {
        context
            .place(finding.span)
            .text(": ")
            .clause(&finding.message)
            .text(" (")
            .code(finding.rule.name)
            .text("). ")
            .and(figure(context.audit, finding))
    };
    let not_worth = |finding: &&&Finding| view::standing(finding) == Standing::NotWorth;
    let lines: Vec<_> = ranked.iter().filter(not_worth).map(line).collect();
    if lines.is_empty() {
        return section.say("None.");
    }
    section
        .say(
            "On this host the measured gain does not clear the threshold, so these are reported and left alone.",
        )
        .with("finding", 4, Items::List(lines))
}

fn suppressed(audit: &Audit) -> Option<String> {
    let mut by: Vec<_> = audit
        .findings
        .iter()
        .filter_map(|f| f.suppressed.map(view::suppression))
        .collect();
    by.sort_unstable();
    let count = counted(by.len() as u64, "more finding");
    by.dedup();
    (!by.is_empty()).then(|| format!("Not shown: {count}, suppressed by {}.", by.join(", ")))
}

fn part<'a>(context: &Context<'a>, number: usize, finding: &Finding) -> Part<'a> {
    let heading = Words::from(format!("{number}. "))
        .and(context.place(finding.span))
        .text(": ")
        .clause(&finding.message);
    let mut rule = Words::from("Rule ").code(finding.rule.name).text(format!(
        ", {} confidence",
        view::confidence(finding.confidence)
    ));
    if !finding.function.is_empty() {
        rule = rule.text(", in ").code(&finding.function);
    }
    let mut lines = vec![rule, figure(context.audit, finding)];
    lines.extend(best_way(finding));
    lines.extend(finding.trace.as_ref().map(|trace| {
        Words::from(format!(
            "Traced in your own command: {}",
            figures::trace(trace)
        ))
    }));
    let why = finding.evidence.iter();
    let why: Vec<_> = why.map(|it| Words::new().clause(&it.note)).collect();
    if !why.is_empty() {
        lines.push(Words::from("Why: ").and(Words::separated(why, "; ")));
    }
    lines.extend(finding.related.iter().map(|label| {
        Words::from("See ")
            .and(context.place(label.span))
            .text(": ")
            .clause(&label.text)
    }));
    lines.push(match &finding.suggestion {
        Some(fix) => Words::from("Rewrite: ").and(rewrite(fix)),
        None => "Rewrite: none offered".into(),
    });
    let best = view::better_way(finding);
    let is_said =
        |fix: &&Fix| !fix.has_text() && fix.requires.is_empty() && fix.headline.as_ref() == best;
    let alternatives = finding.alternatives.iter().filter(|fix| !is_said(fix));
    lines.extend(alternatives.map(|fix| {
        let words = Words::from("Or: ").and(rewrite(fix));
        match &fix.headline {
            Some(way) => words.text(format!(": {}", figures::ratio(way.ratio))),
            None => words,
        }
    }));
    let mut blocks = vec![
        Block::List(lines),
        Block::Code {
            language: "rust",
            first_line: Some(context.places.start(finding.span).line),
            text: printable_lines(&excerpt(context, finding)),
        },
    ];
    blocks.extend(alternatives::diffs(context, finding));
    Part {
        heading: Some(heading),
        blocks,
    }
}

/// The measured figure, or why there is none.
fn figure(audit: &Audit, finding: &Finding) -> Words {
    let Some(headline) = &finding.headline else {
        return Words::from("No figure: ").clause(&view::no_figure(audit, finding));
    };
    let mut words = Words::from(format!(
        "Model of this pattern: {}, {}",
        figures::ratio(headline.ratio),
        figures::headline_times(headline)
    ));
    if let Some(environment) = &audit.environment {
        words = words.text(", ").clause(&environment.file_system.kind);
    }
    let note = Outcome::of(finding, &audit.outcomes).and_then(|outcome| outcome.note.as_ref());
    match note {
        Some(note) => words.text(" (").clause(note).text(")"),
        None => words,
    }
}

/// Which of the ways that were measured is the best, where there are more than one.
fn best_way(finding: &Finding) -> Option<Words> {
    let suggested = finding.headline.as_ref()?;
    let words = Words::from("Best of the measured ways: ");
    match view::better_way(finding) {
        Some(way) => Some(words.code(&way.method).text(format!(
            ", {}, {}",
            figures::ratio(way.ratio),
            figures::headline_times(way)
        ))),
        None if view::has_rivals(finding) => Some(
            words
                .code(&suggested.method)
                .text(", as suggested; none is clearly faster"),
        ),
        None => None,
    }
}

fn rewrite(fix: &Fix) -> Words {
    let mut words = Words::new().clause(&fix.title);
    if !fix.has_text() {
        let needs: Vec<_> = fix.requires.iter().map(need).collect();
        return match needs.is_empty() {
            true => words,
            false => words
                .text(" (needs ")
                .and(Words::separated(needs, "; "))
                .text(")"),
        };
    }
    let trust = match fix.applicability {
        Applicability::MachineApplicable => "machine-applicable",
        Applicability::MaybeIncorrect => "maybe-incorrect: read it before you take it",
        Applicability::HasPlaceholders => "has blanks to fill in",
    };
    words = words.text(format!(" ({trust}; {}", verified(fix.verified)));
    for requirement in &fix.requires {
        words = words.text("; needs ").and(need(requirement));
    }
    for file in &fix.creates {
        words = words.text("; adds ").code(&file.path);
    }
    words.text(")")
}

fn need(requirement: &Requirement) -> Words {
    match requirement {
        Requirement::Dependency {
            name,
            version,
            source,
        } => Words::new().code(&view::dependency(name, version, source)),
        Requirement::Feature(feature) => Words::from("the feature ").code(feature),
    }
}

/// How far a fix has been tried.
pub(super) fn verified(verified: Verified) -> &'static str {
    match verified {
        Verified::No => "not compiled yet",
        Verified::Compiled => "compiled, tests not run",
        Verified::Tested => "tested: the tests that passed before pass",
    }
}

/// The lines of a finding, moved to the left as far as they go.
fn excerpt(context: &Context<'_>, finding: &Finding) -> String {
    let lines: Vec<&str> = context.places.lines(finding.span).lines().collect();
    let indent = lines
        .iter()
        .filter(|line| !line.trim().is_empty())
        .map(|line| line.len() - line.trim_start_matches([' ', '\t']).len())
        .min()
        .unwrap_or(0);
    let mut text = String::new();
    for line in lines.iter().take(CODE_LINES) {
        text += &clip(line.get(indent..).unwrap_or_default(), CODE_COLUMNS);
        text.push('\n');
    }
    if lines.len() > CODE_LINES {
        let _ = writeln!(
            text,
            "// … {} more",
            counted((lines.len() - CODE_LINES) as u64, "line")
        );
    }
    text
}
