//! The audit on a terminal: findings in rustc's style, the code underlined.

mod question;
mod snippet;
mod summary;

use annotate_snippets::{Group, Level, Renderer};
use model::{Applicability, Audit, Finding, Fix, Requirement};

use crate::places::Places;
use crate::text::{counted, printable};
use crate::{figures, view};

pub use question::human_question;
pub use summary::{human_measurements, human_summary};

/// How the terminal is written to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct HumanOptions {
    /// Whether escape sequences for colour are written.
    pub color: bool,
    /// Columns of the terminal; longer code is cut at its ends.
    pub width: usize,
    /// Whether long rewrites, alternatives, every measurement and suppressed findings are shown.
    pub verbose: bool,
}

impl HumanOptions {
    fn bold(self, text: &str) -> String {
        if self.color {
            format!("\u{1b}[1m{text}\u{1b}[0m")
        } else {
            text.to_owned()
        }
    }
}

/// Findings with their figures, then the summary: for a run that has everything before it prints anything.
///
/// # Panics
/// If a span lies in a file that the audit does not have.
#[must_use]
pub fn human(audit: &Audit, options: &HumanOptions) -> String {
    let mut text = findings(audit, options, true);
    if options.verbose {
        text += &human_measurements(audit, options);
    }
    text + &human_summary(audit, options, None)
}

/// Findings without figures, in the order of the audit: what can be printed before anything is measured.
///
/// # Panics
/// If a span lies in a file that the audit does not have.
#[must_use]
pub fn human_findings(audit: &Audit, options: &HumanOptions) -> String {
    findings(audit, options, false)
}

fn findings(audit: &Audit, options: &HumanOptions, with_figures: bool) -> String {
    let places = Places::new(&audit.sources);
    let renderer = if options.color {
        Renderer::styled()
    } else {
        Renderer::plain()
    };
    let renderer = renderer.term_width(options.width);
    let mut text = String::new();
    for finding in &audit.findings {
        if finding.suppressed.is_some() && !options.verbose {
            continue;
        }
        let mut groups = vec![problem(audit, finding, &places, with_figures)];
        groups.extend(
            finding
                .suggestion
                .as_ref()
                .map(|fix| help(fix, &places, options, "")),
        );
        if options.verbose {
            let alternatives = finding.alternatives.iter();
            groups.extend(alternatives.map(|fix| help(fix, &places, options, "or: ")));
        }
        text += &renderer.render(&groups);
        text += "\n\n";
    }
    text
}

/// What is wrong and how that is known.
fn problem<'a>(
    audit: &'a Audit,
    finding: &'a Finding,
    places: &Places<'a>,
    with_figures: bool,
) -> Group<'a> {
    let title = format!(
        "{} ({} confidence)",
        printable(&finding.message),
        view::confidence(finding.confidence)
    );
    let mut notes: Vec<String> = finding
        .evidence
        .iter()
        .map(|evidence| printable(&evidence.note))
        .collect();
    if with_figures {
        notes.push(match &finding.headline {
            Some(headline) => format!(
                "model of this pattern: {}{}",
                figures::headline(headline, audit.environment.as_ref()),
                if view::standing(finding) == view::Standing::NotWorth {
                    "; not worth it here"
                } else {
                    ""
                }
            ),
            None => format!("no figure: {}", printable(&view::no_figure(audit, finding))),
        });
    }
    notes.extend(
        finding
            .trace
            .as_ref()
            .map(|trace| format!("traced: {}", figures::trace(trace))),
    );
    notes.extend(
        finding
            .suppressed
            .map(|by| format!("suppressed by {}", view::suppression(by))),
    );
    Level::WARNING
        .primary_title(title)
        .id(finding.rule.name)
        .elements(snippet::places(finding, places))
        .elements(notes.into_iter().map(|note| Level::NOTE.message(note)))
}

/// What to do about it.
fn help<'a>(
    fix: &'a Fix,
    places: &Places<'a>,
    options: &HumanOptions,
    introduction: &str,
) -> Group<'a> {
    let long = !options.verbose && snippet::is_long(fix, places);
    let mut title = format!("{introduction}{}", printable(&fix.title));
    match fix.applicability {
        Applicability::MachineApplicable => {}
        Applicability::MaybeIncorrect => title += " (may change behaviour)",
        Applicability::HasPlaceholders if !fix.has_text() => {}
        Applicability::HasPlaceholders => title += " (has blanks to fill in)",
    }
    if long {
        title += &format!(
            " ({}; `--format patch` shows them)",
            counted(snippet::length(fix, places) as u64, "line")
        );
    }
    let group = Level::HELP.secondary_title(title);
    let group = if long {
        group.elements(Vec::<annotate_snippets::Element<'_>>::new())
    } else {
        group.elements(snippet::patches(fix, places))
    };
    let creates = fix.creates.iter().map(|file| {
        format!(
            "adds `{}` ({})",
            printable(&file.path),
            figures::bytes(file.contents.len() as u64)
        )
    });
    let requires = fix.requires.iter().map(|requirement| match requirement {
        Requirement::Dependency {
            name,
            version,
            source,
        } => format!(
            "needs the dependency `{}`",
            printable(&view::dependency(name, version, source))
        ),
        Requirement::Feature(feature) => {
            format!("needs the feature `{}` of the package", printable(feature))
        }
    });
    group.elements(
        creates
            .chain(requires)
            .map(|note| Level::NOTE.message(note)),
    )
}
