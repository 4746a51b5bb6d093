//! What a person sees who is asked about one fix.

use std::fmt::Write as _;

use model::{Applicability, Audit, Finding, Patch};

use super::HumanOptions;
use crate::diff::diff;
use crate::places::Places;
use crate::text::{counted, printable, printable_lines};
use crate::{figures, view};

/// A finding in a few lines and what its fix would change, given by `patches`: the fix alone on the files as they are.
///
/// # Panics
/// If a span lies in a file that the audit does not have.
#[must_use]
pub fn human_question(
    audit: &Audit,
    finding: &Finding,
    patches: &[Patch],
    options: &HumanOptions,
) -> String {
    let place = Places::new(&audit.sources).short(finding.span);
    let mut text = format!(
        "{}\n  {} ({}, {} confidence)\n",
        options.bold(&printable(&place)),
        printable(&finding.message),
        finding.rule.name,
        view::confidence(finding.confidence)
    );
    if let Some(headline) = &finding.headline {
        let measured = figures::headline(headline, audit.environment.as_ref());
        let _infallible = writeln!(text, "  model of this pattern: {measured}");
    }
    if let Some(fix) = &finding.suggestion {
        let _infallible = write!(text, "  fix: {}", printable(&fix.title));
        if fix.applicability < Applicability::MachineApplicable {
            let certainty = view::applicability(fix.applicability);
            let _infallible = write!(text, " ({certainty}: it may change behavior)");
        }
        text.push('\n');
    }
    let many = view::many_new_files(patches);
    let shown = patches
        .iter()
        .filter(|patch| patch.before.is_some() || many.is_none());
    for patch in shown {
        text.push('\n');
        for line in printable_lines(&diff(patch)).lines() {
            text += &options.changed(line);
            text.push('\n');
        }
    }
    if let Some(many) = many {
        let _infallible = writeln!(
            text,
            "\n{} of {} in {}",
            counted(many.files as u64, "new file"),
            counted(many.lines as u64, "line"),
            printable(&many.folder)
        );
    }
    text
}

impl HumanOptions {
    fn changed(self, line: &str) -> String {
        let is_header = line.starts_with("+++ ") || line.starts_with("--- ");
        let color = match line.chars().next() {
            Some('+') if !is_header => 32,
            Some('-') if !is_header => 31,
            _ => return line.to_owned(),
        };
        if self.color {
            format!("\u{1b}[{color}m{line}\u{1b}[0m")
        } else {
            line.to_owned()
        }
    }
}
