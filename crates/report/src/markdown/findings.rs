//! The findings of the Markdown report.

use std::fmt::Write as _;

use model::{Applicability, Audit, Finding, Fix, Requirement, Verified};

use super::Section;
use super::escape::{block, clause, code};
use crate::figures;
use crate::places::Places;
use crate::text::{clip, counted, printable, sentence};
use crate::view::{self, Standing};

/// Lines of code shown of one finding.
const CODE_LINES: usize = 12;
/// Characters shown of one line of code.
const CODE_COLUMNS: usize = 160;

/// The section of the findings, and below it the part with those that are not worth it.
pub(super) fn sections(audit: &Audit) -> Vec<Section> {
    let places = Places::new(&audit.sources);
    let ranked = view::ranked(audit);
    let split = ranked.partition_point(|finding| view::standing(finding) != Standing::NotWorth);
    let (worth, not_worth) = ranked.split_at(split);

    let mut opening = "\n## Findings\n".to_owned();
    if ranked.is_empty() {
        opening += "\nNone.\n";
    } else if worth.is_empty() {
        opening += "\nNone that is worth a change on this host.\n";
    }
    if let Some(suppressed) = suppressed(audit) {
        let _ = write!(opening, "\n{suppressed}\n");
    }
    let item = |(position, finding): (usize, &&Finding)| {
        item(&format!("### {}.", position + 1), audit, finding, &places)
    };
    let items = worth.iter().enumerate().map(item).collect();
    let mut sections = vec![Section::new(opening).with_items("finding", 3, items)];
    if !not_worth.is_empty() {
        let opening = "\n### Not Worth It Here\n\n\
            On this host the measured gain does not clear the threshold, so these are reported and left alone.\n";
        let items = not_worth
            .iter()
            .map(|finding| item_short(audit, finding, &places))
            .collect();
        sections.push(Section::new(opening).with_items("finding", 4, items));
    }
    sections
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

fn item(heading: &str, audit: &Audit, finding: &Finding, places: &Places<'_>) -> String {
    let mut text = format!(
        "\n{heading} {}: {}\n\n",
        code(&places.short(finding.span)),
        clause(&finding.message)
    );
    let _ = write!(
        text,
        "- Rule {}, {} confidence",
        code(finding.rule.name),
        view::confidence(finding.confidence)
    );
    if !finding.function.is_empty() {
        let _ = write!(text, ", in {}", code(&finding.function));
    }
    text.push('\n');
    let _ = writeln!(text, "- {}", figure(audit, finding));
    if let Some(trace) = &finding.trace {
        let _ = writeln!(
            text,
            "- Traced in your own command: {}",
            figures::trace(trace)
        );
    }
    let why: Vec<_> = finding
        .evidence
        .iter()
        .map(|evidence| clause(&evidence.note))
        .collect();
    if !why.is_empty() {
        let _ = writeln!(text, "- Why: {}", why.join("; "));
    }
    for label in &finding.related {
        let _ = writeln!(
            text,
            "- See {}: {}",
            code(&places.short(label.span)),
            clause(&label.text)
        );
    }
    match &finding.suggestion {
        Some(fix) => {
            let _ = writeln!(text, "- Rewrite: {}", rewrite(fix));
        }
        None => text += "- Rewrite: none offered\n",
    }
    for fix in &finding.alternatives {
        let _ = writeln!(text, "- Or: {}", rewrite(fix));
    }
    let _ = write!(text, "\n{}", block(&excerpt(finding, places), "rust"));
    text
}

/// A finding that is not worth a change: one line.
fn item_short(audit: &Audit, finding: &Finding, places: &Places<'_>) -> String {
    format!(
        "\n- {}: {} ({}). {}\n",
        code(&places.short(finding.span)),
        clause(&finding.message),
        code(finding.rule.name),
        figure(audit, finding)
    )
}

/// The measured figure, or why there is none.
fn figure(audit: &Audit, finding: &Finding) -> String {
    let Some(headline) = &finding.headline else {
        return format!("No figure: {}", clause(&view::no_figure(audit, finding)));
    };
    let file_system = audit
        .environment
        .as_ref()
        .map(|environment| &environment.file_system.kind);
    let file_system = file_system
        .map(|kind| format!(", {}", clause(kind)))
        .unwrap_or_default();
    let (ratio, times) = (
        figures::ratio(headline.ratio),
        figures::headline_times(headline),
    );
    let note = view::outcome(audit, finding).and_then(|outcome| outcome.note.as_ref());
    let note = note
        .map(|note| format!(" ({})", clause(note)))
        .unwrap_or_default();
    format!("Model of this pattern: {ratio}, {times}{file_system}{note}")
}

fn rewrite(fix: &Fix) -> String {
    let trust = match fix.applicability {
        Applicability::MachineApplicable => "machine-applicable",
        Applicability::MaybeIncorrect => "maybe-incorrect: read it before you take it",
        Applicability::HasPlaceholders => "has blanks to fill in",
    };
    let verified = match fix.verified {
        Verified::No => "not compiled yet",
        Verified::Compiled => "compiled, tests not run",
        Verified::Tested => "tested: the tests that passed before pass",
    };
    let requirement = |requirement: &Requirement| match requirement {
        Requirement::Dependency {
            name,
            version,
            source,
        } => format!("; needs {}", code(&view::dependency(name, version, source))),
        Requirement::Feature(feature) => format!("; needs the feature {}", code(feature)),
    };
    let requires: String = fix.requires.iter().map(requirement).collect();
    let creates: String = fix
        .creates
        .iter()
        .map(|file| format!("; adds {}", code(&file.path)))
        .collect();
    format!(
        "{} ({trust}; {verified}{requires}{creates})",
        clause(&fix.title)
    )
}

/// The lines of a finding, moved to the left as far as they go.
fn excerpt(finding: &Finding, places: &Places<'_>) -> String {
    let lines: Vec<&str> = places.lines(finding.span).lines().collect();
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

/// `path:line` of each finding, the first few.
pub(super) fn spots(findings: &[&Finding], places: &Places<'_>, shown: usize) -> String {
    let spots: Vec<_> = findings
        .iter()
        .take(shown)
        .map(|finding| code(&places.short(finding.span)))
        .collect();
    match findings.len().checked_sub(shown) {
        Some(hidden) if hidden > 0 => format!("{} and {hidden} more", spots.join(", ")),
        _ => spots.join(", "),
    }
}

/// A list item of what was tried and taken back, or was asked for and not tried.
pub(super) fn not_applied(audit: &Audit) -> Vec<String> {
    let places = Places::new(&audit.sources);
    let asked = view::asked_to_apply(audit);
    let left = audit
        .not_applied
        .iter()
        .filter(|left| asked || left.backed_out);
    let mut left: Vec<_> = left.collect();
    left.sort_by_key(|left| !left.backed_out);
    left.iter()
        .map(|left| {
            let place = audit
                .findings
                .iter()
                .find(|finding| finding.id == left.id)
                .map_or_else(
                    || code(&left.id.0),
                    |finding| {
                        format!(
                            "{} ({})",
                            code(&places.short(finding.span)),
                            code(finding.rule.name)
                        )
                    },
                );
            let what = if left.backed_out {
                "was put in and taken out again"
            } else {
                "was not applied"
            };
            format!(
                "- The rewrite at {place} {what}: {}\n",
                clause(&left.reason)
            )
        })
        .collect()
}

/// Words that begin a sentence, as Markdown.
pub(super) fn sentence_of(text: &str) -> String {
    clause(&sentence(&printable(text)))
}
