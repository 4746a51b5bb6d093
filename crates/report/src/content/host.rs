//! Where the figures come from, and how to get them again.

use model::{Audit, Capability, Environment, Outcome};

use crate::document::{Block, Column, Items, Section, Words};
use crate::figures;
use crate::host::{host_limits, host_table};
use crate::text::{clip, printable};

/// Characters of the command line that are shown: more than a shell's user types, less than a comment holds.
const COMMAND: usize = 4_096;

pub(super) fn host(audit: &Audit) -> Section<'_> {
    let section = Section::new("Host");
    let Some(environment) = &audit.environment else {
        return section.say("Nothing was measured in this run.");
    };
    let section = section.with("line", 6, Items::List(facts(environment)));
    let table = host_table(&audit.host);
    if table.is_empty() {
        return section;
    }
    let columns = [
        ("What it did", false),
        ("Median [quartiles]", true),
        ("Rate", true),
    ];
    let columns = columns.map(|(title, number)| Column { title, number });
    let rows = table.into_iter().map(|row| row.map(Words::from).to_vec());
    let limits = host_limits(&audit.host);
    let limits = limits
        .iter()
        .map(|clause| Words::new().sentence(clause).text("."));
    section
        .open(Block::Table(columns.to_vec(), rows.collect()))
        .open(Block::List(limits.collect()))
        .open(Block::Fold(
            Words::from("Ways to do the same here"),
            audit.host.strategies.iter().flat_map(strategy).collect(),
        ))
}

fn strategy(outcome: &Outcome) -> [Block<'_>; 2] {
    let words = Words::new().code(&outcome.workload.name()).text(": ");
    [
        Block::Paragraph(words.clause(&outcome.description).text(".")),
        Block::Chart(outcome),
    ]
}

fn facts(environment: &Environment) -> Vec<Words> {
    let file_system = &environment.file_system;
    let mut facts = vec![
        Words::from("Host: ").clause(&figures::host(environment)),
        Words::from("File system: ").clause(&figures::file_system(environment)),
    ];
    let capabilities = [
        ("Copies that share blocks (reflink)", &file_system.reflink),
        ("copy_file_range", &file_system.copy_file_range),
        ("Direct I/O (O_DIRECT)", &file_system.direct_io.capability),
        ("io_uring", &environment.io_uring),
    ];
    facts.extend(capabilities.map(|(what, capability)| {
        let words = Words::from(format!("{what}: "));
        match capability {
            Capability::Supported => words.text("works here"),
            Capability::Refused(reason) => words.text("refused: ").clause(reason),
            Capability::Unknown(reason) => words.text("not tried: ").clause(reason),
        }
    }));
    facts
}

pub(super) fn how_to_reproduce(audit: &Audit) -> Section<'_> {
    let mut section = Section::new("How to Reproduce").open(command(&audit.command));
    if let Some(again) = measure_again(audit) {
        section = section
            .say("The figures alone, in a folder of the same file system:")
            .open(command(&again));
    }
    let version = format!("With cargo io-optimize {}. ", env!("CARGO_PKG_VERSION"));
    if audit.executed.is_empty() {
        return section.say(version + "Nothing was executed on your behalf.");
    }
    let commands = audit.executed.iter();
    let commands = commands.map(|it| Words::new().code(it)).collect();
    section
        .say(version + "Executed on your behalf:")
        .with("command", 6, Items::List(commands))
}

/// The command that measures the same models. It names no folder: the path of one says who ran this.
fn measure_again(audit: &Audit) -> Option<String> {
    let measured = audit.outcomes.iter();
    let mut rules: Vec<&str> = measured.map(|outcome| outcome.workload.rule).collect();
    rules.sort_unstable();
    rules.dedup();
    (!rules.is_empty()).then(|| format!("cargo io-optimize bench --rule {}", rules.join(",")))
}

fn command<'a>(text: &str) -> Block<'a> {
    Block::Code {
        language: "sh",
        first_line: None,
        text: clip(&printable(text), COMMAND),
    }
}
