//! The measured figures that the rules' pages carry: committed data, so that a page is the same wherever it is made.

use std::fmt::Write as _;

use anyhow::{Context, Result};
use model::Ratio;
use serde::{Deserialize, Serialize};

const TABLE: &str = include_str!("../data/figures.toml");

/// What one run of one model of a pattern said.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Figure {
    /// The rule.
    pub rule: String,
    /// Which of its models.
    pub model: String,
    /// What the model does.
    pub description: String,
    /// The day, as `2026-11-23`.
    pub day: String,
    /// The processor's name.
    pub processor: String,
    /// Cores that could be used.
    pub cores: u32,
    /// The operating system and its release.
    pub system: String,
    /// The type of the file system.
    pub file_system: String,
    /// Whether the page cache held the data.
    pub cache: String,
    /// One row for each size.
    pub sizes: Vec<Row>,
}

/// The pattern and its rewrite at one size.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Row {
    /// Bytes of data.
    pub bytes: u64,
    /// What was taken for the pattern.
    pub pattern: String,
    /// Its median time in nanoseconds.
    pub pattern_ns: u64,
    /// What was taken for the rewrite.
    pub rewrite: String,
    /// Its median time in nanoseconds.
    pub rewrite_ns: u64,
    /// How many times faster the rewrite is: the median over interleaved pairs.
    pub ratio: f64,
    /// Lower end of the ratio's 95 % interval.
    pub low: f64,
    /// Upper end of it.
    pub high: f64,
    /// Pairs measured.
    pub pairs: u32,
}

#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Table {
    #[serde(default)]
    figure: Vec<Figure>,
}

/// The figures that are built in.
///
/// # Errors
/// If the table is not as it should be, which a test rules out.
pub fn all() -> Result<Vec<Figure>> {
    parse(TABLE)
}

/// The figures of a table.
///
/// # Errors
/// What is wrong with it.
pub fn parse(text: &str) -> Result<Vec<Figure>> {
    let table: Table = toml::from_str(text).context("the table of figures cannot be read")?;
    Ok(table.figure)
}

/// The table of these figures.
///
/// # Errors
/// If they cannot be written as TOML.
pub fn table(figures: &[Figure]) -> Result<String> {
    let figure = figures.to_vec();
    let text = toml::to_string(&Table { figure })?;
    Ok(format!(
        "# What the models of the rules' patterns measured. Written by `cargo xtask figures`, read by the pages.\n\n{text}"
    ))
}

/// The section of a rule's page, as Markdown; empty without a figure.
pub(crate) fn section(rule: &str, figures: &[Figure]) -> String {
    let mut text = String::new();
    let mut host = String::new();
    for figure in figures.iter().filter(|figure| figure.rule == rule) {
        let measured = format!(
            "Measured {} on {} ({}), {}, {}, {} cache; the ratio is the median over interleaved pairs, with its 95 % interval:",
            figure.day,
            figure.processor,
            cores(figure.cores),
            figure.file_system,
            figure.system,
            figure.cache
        );
        if measured != host {
            push(&mut text, &measured);
            host = measured;
        }
        push(&mut text, &format!("- {}", figure.description));
        for row in &figure.sizes {
            push(&mut text, &format!("  - {}", row.sentence()));
        }
    }
    text.truncate(text.trim_end().len());
    text
}

/// A line; a list is set off from what is before it by an empty one.
fn push(text: &mut String, line: &str) {
    let last_is_list = text
        .lines()
        .last()
        .is_some_and(|last| last.trim_start().starts_with('-'));
    if !text.is_empty() && last_is_list != line.trim_start().starts_with('-') {
        text.push('\n');
    }
    // Writing to a string cannot fail.
    let _infallible = writeln!(text, "{line}");
}

fn cores(count: u32) -> String {
    match count {
        1 => "1 core".to_owned(),
        count => format!("{count} cores"),
    }
}

impl Row {
    fn sentence(&self) -> String {
        let ratio = Ratio {
            median: self.ratio,
            low: self.low,
            high: self.high,
        };
        format!(
            "{}: {}; {} takes {}, {} takes {}",
            report::bytes(self.bytes),
            report::ratio(ratio),
            self.pattern,
            report::time(self.pattern_ns),
            self.rewrite,
            report::time(self.rewrite_ns)
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_parses_and_names_no_place_on_a_machine() {
        all().unwrap();
        for line in TABLE.lines().filter(|line| !line.starts_with('#')) {
            for place in ["/home", "/root", "/tmp", "/work", "C:\\"] {
                assert!(!line.contains(place), "{line}");
            }
        }
    }

    #[test]
    fn what_is_written_is_read_again() {
        let figures = vec![Figure {
            rule: "slow_thing".to_owned(),
            model: "default".to_owned(),
            description: "does it".to_owned(),
            day: "2026-11-23".to_owned(),
            processor: "a processor".to_owned(),
            cores: 2,
            system: "Linux".to_owned(),
            file_system: "ext4".to_owned(),
            cache: "warm".to_owned(),
            sizes: vec![Row {
                bytes: 1024,
                pattern: "slow".to_owned(),
                pattern_ns: 2000,
                rewrite: "fast".to_owned(),
                rewrite_ns: 1000,
                ratio: 2.0,
                low: 1.9,
                high: 2.1,
                pairs: 30,
            }],
        }];
        assert_eq!(parse(&table(&figures).unwrap()).unwrap(), figures);
    }
}
