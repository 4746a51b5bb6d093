//! The rules as a person reads them: the list, the pages, and the lookup by name.

use std::fmt::Write as _;

use model::{FixAvailability, RuleMeta};

use crate::figures::{self, Figure};

/// The rule of that name.
///
/// # Errors
/// A clause that names the rule that was probably meant, or says where the names are listed.
pub fn find(rules: &[&'static RuleMeta], name: &str) -> Result<&'static RuleMeta, String> {
    let wanted = name.replace('-', "_");
    if let Some(rule) = rules.iter().find(|rule| rule.name == wanted) {
        return Ok(rule);
    }
    let nearest = rules
        .iter()
        .map(|rule| (edit_distance(rule.name, &wanted), rule.name))
        .min()
        .filter(|(distance, near)| *distance <= near.len() / 3);
    Err(match nearest {
        Some((_, near)) => format!("there is no rule `{name}`; did you mean `{near}`?"),
        None => format!("there is no rule `{name}`: `cargo io-optimize rules` lists them"),
    })
}

/// One line a rule: name, operations, whether there is a fix, what is wrong.
#[must_use]
pub fn list(rules: &[&'static RuleMeta]) -> String {
    let rows: Vec<[String; 3]> = rules
        .iter()
        .map(|rule| {
            [
                rule.name.to_owned(),
                operations(rule),
                fix_word(rule.fix).to_owned(),
            ]
        })
        .collect();
    let width = |column: usize, heading: &str| {
        rows.iter()
            .map(|row| row[column].len())
            .chain([heading.len()])
            .max()
            .unwrap_or_default()
    };
    let (names, operations) = (width(0, "RULE"), width(1, "OPERATIONS"));
    let fixes = width(2, "FIX");
    let mut text = format!(
        "{:names$}  {:operations$}  {:fixes$}  FINDS\n",
        "RULE", "OPERATIONS", "FIX"
    );
    for (rule, [name, kinds, fix]) in rules.iter().zip(&rows) {
        line(
            &mut text,
            format_args!(
                "{name:names$}  {kinds:operations$}  {fix:fixes$}  {}",
                rule.summary
            ),
        );
    }
    text
}

/// The rule's page, as Markdown.
#[must_use]
pub fn page(rule: &RuleMeta, figures: &[Figure]) -> String {
    let docs = &rule.docs;
    let mut text = format!("# `{}`\n\n{}\n\n", rule.name, sentence(rule.summary));
    line(
        &mut text,
        format_args!("- Operations: {}", operations(rule)),
    );
    line(&mut text, format_args!("- Fix: {}", fix_sentence(rule.fix)));
    if !rule.about_speed {
        line(
            &mut text,
            "- This rule is about lost errors or lost data: its fix is taken whatever it measures.",
        );
    }
    let sections = [
        ("What it finds", docs.finds),
        ("Why it is slow", docs.why_slow),
        ("When the rewrite is not faster", docs.when_not_faster),
        ("What the fix changes besides speed", docs.fix_safety),
    ];
    for (heading, body) in sections {
        line(&mut text, format_args!("\n## {heading}\n\n{}", wrap(body)));
    }
    let measured = figures::section(rule.name, figures);
    if !measured.is_empty() {
        line(
            &mut text,
            format_args!("\n## What it measured\n\n{}", wrap(&measured)),
        );
    }
    line(&mut text, "\n## Example\n\nReported:");
    code(&mut text, docs.example.before);
    line(&mut text, "\nNot reported:");
    code(&mut text, docs.example.after);
    if !docs.references.is_empty() {
        line(&mut text, "\n## References\n");
        for reference in docs.references {
            line(&mut text, format_args!("- {reference}"));
        }
    }
    text
}

/// The index of the pages, as Markdown.
#[must_use]
pub fn index(rules: &[&'static RuleMeta]) -> String {
    let mut text = String::from(
        "# Rules\n\n| Rule | Operations | Fix | What is wrong with what it finds |\n|---|---|---|---|\n",
    );
    for rule in rules {
        let (name, fix) = (rule.name, fix_word(rule.fix));
        line(
            &mut text,
            format_args!(
                "| [`{name}`]({name}.md) | {} | {fix} | {} |",
                operations(rule),
                rule.summary
            ),
        );
    }
    text
}

fn operations(rule: &RuleMeta) -> String {
    let names: Vec<_> = rule
        .operations
        .iter()
        .map(|operation| operation.name())
        .collect();
    names.join(", ")
}

const fn fix_word(fix: FixAvailability) -> &'static str {
    match fix {
        FixAvailability::Always => "always",
        FixAvailability::Sometimes => "sometimes",
        FixAvailability::None => "none",
        FixAvailability::Runtime => "runtime",
    }
}

const fn fix_sentence(fix: FixAvailability) -> &'static str {
    match fix {
        FixAvailability::Always => "every finding has one.",
        FixAvailability::Sometimes => "where it keeps the meaning, as told below.",
        FixAvailability::None => "none; the rule only reports.",
        FixAvailability::Runtime => "with `--runtime` only, as told below.",
    }
}

fn sentence(clause: &str) -> String {
    let mut letters = clause.chars();
    let Some(first) = letters.next() else {
        return String::new();
    };
    // A clause that begins with code keeps its case.
    format!("{}{}.", first.to_uppercase(), letters.as_str())
}

fn code(text: &mut String, source: &str) {
    line(text, format_args!("\n```rust\n{}\n```", source.trim_end()));
}

fn line(text: &mut String, content: impl std::fmt::Display) {
    // Writing to a string cannot fail.
    let _infallible = writeln!(text, "{content}");
}

/// Breaks paragraphs at 100 columns; lines that are indented or belong to a list or a fence stay.
fn wrap(body: &str) -> String {
    let mut text = String::new();
    let mut in_fence = false;
    for source in body.trim_end().lines() {
        in_fence ^= source.starts_with("```");
        let is_prose = !in_fence && !source.starts_with([' ', '-', '*', '|', '`', '#']);
        if !is_prose {
            line(&mut text, source);
            continue;
        }
        let mut column = 0;
        for word in source.split_inclusive(' ') {
            if column > 0 && column + word.trim_end().chars().count() > 100 {
                text.truncate(text.trim_end().len());
                text.push('\n');
                column = 0;
            }
            text.push_str(word);
            column += word.chars().count();
        }
        text.push('\n');
    }
    text.truncate(text.trim_end().len());
    text
}

fn edit_distance(left: &str, right: &str) -> usize {
    let mut previous: Vec<usize> = (0..=right.len()).collect();
    for (row, from) in left.bytes().enumerate() {
        let mut diagonal = row;
        previous[0] = row + 1;
        for (column, to) in right.bytes().enumerate() {
            let replaced = diagonal + usize::from(from != to);
            diagonal = previous[column + 1];
            previous[column + 1] = replaced.min(diagonal + 1).min(previous[column] + 1);
        }
    }
    previous[right.len()]
}
