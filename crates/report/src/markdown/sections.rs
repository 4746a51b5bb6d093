//! The sections of the Markdown report round its findings.

use std::fmt::Write as _;

use model::{Audit, Cache, Headline, Measurement, Outcome, Patch, Types};

use super::Section;
use super::escape::{block, cell, clause, code, diff_block, html};
use super::findings::{not_applied, sentence_of, spots};
use crate::diff::{changed_lines, diff};
use crate::figures;
use crate::places::Places;
use crate::text::{clip, counted, listed, printable};
use crate::view::{self, Group, Standing};

/// Packages and places named in one line.
const NAMED: usize = 5;
/// Characters of the command line that are shown: more than a shell's user types, less than a comment holds.
const COMMAND: usize = 4_096;

pub(super) fn header(audit: &Audit) -> Section {
    let packages: Vec<_> = audit
        .project
        .packages
        .iter()
        .map(|name| code(name))
        .collect();
    let mut text = match packages.len() {
        0 => "# I/O Audit\n\n".to_owned(),
        _ => format!("# I/O Audit of {}\n\n", listed(&packages, NAMED)),
    };
    match &audit.environment {
        Some(environment) => {
            let _ = writeln!(text, "- Host: {}", clause(&figures::host(environment)));
            let _ = writeln!(
                text,
                "- File system: {}",
                clause(&figures::file_system(environment))
            );
        }
        None => text += "- Host: nothing was measured\n",
    }
    let types = match audit.analysis.types {
        Types::Rustc => "rustc",
        Types::Syntax => "syntax alone",
    };
    let coverage = figures::coverage(&audit.analysis);
    let _ = writeln!(text, "- Analysed: {coverage}, types from {types}");
    Section::new(text)
}

pub(super) fn performance_summary(audit: &Audit) -> Section {
    let groups = view::groups(audit);
    let count = view::shown(audit).count() as u64;
    let mut text = format!("\n## Performance Summary\n\n{}", counted(count, "finding"));
    let planned = view::planned(audit).len() as u64;
    if !audit.applied.is_empty() {
        let _ = write!(
            text,
            "; {} applied",
            counted(audit.applied.len() as u64, "fix")
        );
    } else if planned > 0 {
        let _ = write!(text, "; {} ready to apply", counted(planned, "fix"));
    }
    text += ".";
    if groups.iter().any(|group| group.figure.is_ok()) {
        text += " Figures come from models of these patterns, run on the host above; beside each ratio stands its \
                 95 % interval.";
    }
    text.push('\n');
    if groups.is_empty() {
        return Section::new(text);
    }
    text += "\n| Rule | Places | Gain | Time |\n|---|--:|---|---|\n";
    let row = |group: &Group<'_>| {
        let (gain, time) = match &group.figure {
            Ok(headline) => (
                figures::ratio(headline.ratio),
                figures::headline_times(headline),
            ),
            Err(reason) => (format!("no figure: {}", clause(reason)), String::new()),
        };
        let gain = match group.standing {
            Standing::Worth => format!("**{gain}**"),
            Standing::NotWorth => format!("{gain}; not worth it here"),
            Standing::Loss | Standing::Unmeasured => gain,
        };
        let rule = code(group.rule);
        format!(
            "| {rule} | {} | {} | {} |\n",
            group.findings.len(),
            cell(&gain),
            cell(&time)
        )
    };
    Section::new(text).with_items("row", 1, groups.iter().map(row).collect())
}

pub(super) fn code_changes(audit: &Audit) -> Section {
    let many = view::many_new_files(&audit.patches);
    let shown = audit
        .patches
        .iter()
        .filter(|patch| patch.before.is_some() || many.is_none());
    let files: Vec<(&Patch, String)> = shown
        .map(|patch| (patch, diff(patch)))
        .filter(|(_, diff)| !diff.is_empty())
        .collect();
    let mut text = "\n## Code Changes\n".to_owned();
    text += match (files.is_empty(), audit.written) {
        (true, _) => "\nNone.\n",
        (false, true) => "\nThese changes have been made.\n",
        (false, false) => "\nThese changes are proposed; nothing has been written.\n",
    };
    if let Some(many) = many {
        let _ = writeln!(
            text,
            "\n{} of {} in {}: `--format patch` shows them.",
            counted(many.files as u64, "new file"),
            counted(many.lines as u64, "line"),
            code(if many.folder.is_empty() {
                "."
            } else {
                &many.folder
            })
        );
    }
    let item = |(patch, diff): &(&Patch, String)| {
        let (plus, minus) = changed_lines(diff);
        let findings = match patch.before {
            None => "new file".to_owned(),
            Some(_) => counted(patch.findings.len() as u64, "finding"),
        };
        let summary = format!(
            "<code>{}</code>: +{plus} -{minus}, {findings}",
            html(&patch.path)
        );
        format!(
            "\n<details>\n<summary>{summary}</summary>\n\n{}\n</details>\n",
            diff_block(diff)
        )
    };
    Section::new(text).with_items("diff", 8, files.iter().map(item).collect())
}

pub(super) fn benchmark_results(audit: &Audit) -> Section {
    let mut text = "\n## Benchmark Results\n".to_owned();
    if audit.outcomes.is_empty() {
        text += "\nNothing was measured in this run.\n";
        return Section::new(text);
    }
    if audit
        .outcomes
        .iter()
        .any(|outcome| !outcome.measurements.is_empty())
    {
        text += "\nEach model runs the pattern and its rewrites in turn on the same data; a ratio is the time of the pattern \
                 divided by the time of the method, the median over pairs with its 95 % interval.\n";
    }
    Section::new(text).with_items("table", 2, audit.outcomes.iter().map(table).collect())
}

fn table(outcome: &Outcome) -> String {
    let name = outcome.workload.name();
    let mut text = format!(
        "\n### {}\n\n{}.",
        code(&name),
        sentence_of(&outcome.description)
    );
    if outcome.cached {
        text += " Measured on this host before, not in this run.";
    }
    text.push('\n');
    if let Some(note) = &outcome.note {
        let _ = write!(text, "\nNote: {}.\n", clause(note));
    }
    if outcome.measurements.is_empty() {
        return text;
    }
    text += "\n| Size | Method | Cache | Time | Throughput | Ratio |\n|--:|---|---|--:|--:|---|\n";
    for measurement in &outcome.measurements {
        let method = match measurement {
            Measurement {
                is_baseline: true, ..
            } => format!("{} (the pattern)", code(&measurement.method)),
            Measurement {
                is_suggested: true, ..
            } => format!("{} (the rewrite)", code(&measurement.method)),
            _ => code(&measurement.method),
        };
        let ratio = if measurement.is_baseline {
            "1".to_owned()
        } else {
            figures::ratio(measurement.ratio)
        };
        let _ = writeln!(
            text,
            "| {} | {} | {} | {} | {} | {ratio} |",
            figures::bytes(measurement.size),
            cell(&method),
            figures::cache(measurement.cache),
            figures::time(measurement.time_ns),
            measurement
                .bytes_per_second
                .map(figures::throughput)
                .unwrap_or_default(),
        );
    }
    text
}

pub(super) fn already_fine(audit: &Audit) -> Section {
    let places = Places::new(&audit.sources);
    let mut text = "\n## Already Fine\n\n".to_owned();
    text += if audit.fine.is_empty() {
        "None.\n"
    } else {
        "Places that look like a pattern and are right as they are.\n\n"
    };
    let item = |fine: &model::Fine| {
        let place = code(&places.short(fine.span));
        format!(
            "- {place} ({}): {}\n",
            code(fine.rule),
            clause(&fine.reason)
        )
    };
    Section::new(text).with_items("place", 7, audit.fine.iter().map(item).collect())
}

pub(super) fn recommendations(audit: &Audit) -> Section {
    let places = Places::new(&audit.sources);
    let groups = view::groups(audit);
    let mut items: Vec<String> = groups.iter().map(|group| advice(group, &places)).collect();
    for group in &groups {
        items.extend(faster_method(group));
    }
    let mut text = "\n## Recommendations\n\n".to_owned();
    if items.is_empty() {
        text += "Nothing to change.\n";
    }
    Section::new(text).with_items("recommendation", 5, items)
}

fn advice(group: &Group<'_>, places: &Places<'_>) -> String {
    let rule = code(group.rule);
    let spots = spots(&group.findings, places, NAMED);
    match (group.standing, &group.figure) {
        (Standing::Worth, Ok(headline)) => {
            format!(
                "- Change {spots} ({rule}): {}.\n",
                figures::ratio(headline.ratio)
            )
        }
        (Standing::NotWorth, Ok(headline)) => {
            format!(
                "- Leave {spots} ({rule}) on this host: {}.\n",
                figures::ratio(headline.ratio)
            )
        }
        (Standing::Loss, _) => {
            let why = clause(group.findings[0].rule.summary);
            format!("- Change {spots} ({rule}) whatever the speed: {why}.\n")
        }
        (_, _) => {
            format!(
                "- Measure {spots} ({rule}) before you change anything there: no figure says what it is worth.\n"
            )
        }
    }
}

/// A method that measured clearly faster than the suggested rewrite, at the size and cache state of the headline.
fn faster_method(group: &Group<'_>) -> Option<String> {
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
    Some(format!(
        "- For {}, {} measured better than the suggested rewrite: {} against {}, at {}, {}.\n",
        code(group.rule),
        code(&best.method),
        figures::ratio(best.ratio),
        figures::ratio(headline.ratio),
        figures::bytes(headline.size),
        figures::cache(headline.cache),
    ))
}

fn same_setting(measurement: &Measurement, headline: &Headline) -> bool {
    let setting: (u64, Cache) = (headline.size, headline.cache);
    (measurement.size, measurement.cache) == setting
}

pub(super) fn failures(audit: &Audit) -> Section {
    let mut items: Vec<String> = audit
        .failures
        .iter()
        .map(|failure| {
            let mut text = format!(
                "- {}. Instead: {}.",
                sentence_of(&failure.what),
                clause(&failure.fallback)
            );
            if let Some(command) = &failure.look_with {
                let _ = write!(text, " Look closer: {}", code(command));
            }
            text + "\n"
        })
        .collect();
    items.extend(not_applied(audit));
    items.extend(audit.analysis.not_analysed.iter().map(|left_out| {
        format!(
            "- {} was left out: {}\n",
            code(&left_out.path),
            clause(&left_out.reason)
        )
    }));
    let mut text = "\n## What Failed and What Was Done Instead\n\n".to_owned();
    if items.is_empty() {
        text += "Nothing failed.\n";
    }
    Section::new(text).with_items("line", 6, items)
}

pub(super) fn how_to_reproduce(audit: &Audit) -> Section {
    let command = clip(&printable(&audit.command), COMMAND);
    let mut text = format!("\n## How to Reproduce\n\n{}", block(&command, "sh"));
    let _ = write!(
        text,
        "\nWith cargo io-optimize {}. ",
        env!("CARGO_PKG_VERSION")
    );
    let items = audit
        .executed
        .iter()
        .map(|command| format!("- {}\n", code(command)))
        .collect();
    text += if audit.executed.is_empty() {
        "Nothing was executed on your behalf.\n"
    } else {
        "Executed on your behalf:\n\n"
    };
    Section::new(text).with_items("command", 6, items)
}
