//! What was measured, every size and method.

use model::{Audit, Measurement, Outcome};

use crate::document::{Block, Column, Items, Part, Section, Words};
use crate::figures;

pub(super) fn benchmark_results(audit: &Audit) -> Section<'_> {
    let mut section = Section::new("Benchmark Results");
    if audit.outcomes.is_empty() {
        return section.say("Nothing was measured in this run.");
    }
    if audit
        .outcomes
        .iter()
        .any(|outcome| !outcome.measurements.is_empty())
    {
        section = section.say(
            "Each model runs the pattern and its rewrites in turn on the same data; a ratio is the time of the pattern \
             divided by the time of the method, the median over pairs with its 95 % interval.",
        );
    }
    let parts = audit.outcomes.iter().map(part).collect();
    section.with("table", 2, Items::Parts(parts))
}

fn part(outcome: &Outcome) -> Part<'_> {
    let name = outcome.workload.name();
    let mut description = Words::new().sentence(&outcome.description).text(".");
    if outcome.cached {
        description = description.text(" Measured on this host before, not in this run.");
    }
    let mut blocks = vec![Block::Paragraph(description)];
    if let Some(note) = &outcome.note {
        let note = Words::from("Note: ").clause(note).text(".");
        blocks.push(Block::Paragraph(note));
    }
    if !outcome.measurements.is_empty() {
        let rows = outcome.measurements.iter().map(row).collect();
        blocks.extend([Block::Chart(outcome), Block::Table(columns(), rows)]);
    }
    Part {
        heading: Some(Words::new().code(&name)),
        blocks,
    }
}

fn columns() -> Vec<Column> {
    vec![
        Column::number("Size"),
        Column::words("Method"),
        Column::words("Cache"),
        Column::number("Time"),
        Column::number("Throughput"),
        Column::words("Ratio"),
    ]
}

fn row(measurement: &Measurement) -> Vec<Words> {
    let method = Words::new().code(&measurement.method);
    let throughput = measurement.bytes_per_second.map(figures::throughput);
    vec![
        figures::bytes(measurement.size).into(),
        match measurement {
            Measurement {
                is_baseline: true, ..
            } => method.text(" (the pattern)"),
            Measurement {
                is_suggested: true, ..
            } => method.text(" (the rewrite)"),
            _ => method,
        },
        figures::cache(measurement.cache).into(),
        figures::time(measurement.time_ns).into(),
        throughput.unwrap_or_default().into(),
        if measurement.is_baseline {
            "1".into()
        } else {
            figures::ratio(measurement.ratio).into()
        },
    ]
}
