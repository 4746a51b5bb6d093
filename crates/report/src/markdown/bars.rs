//! Bars in text, which any viewer of Markdown shows.

use std::fmt::Write as _;

use model::Outcome;

use crate::chart;
use crate::figures;
use crate::text::{clip, printable};

/// Characters of the longest bar.
const CELLS: f64 = 24.0;
/// Characters of a method's name.
const NAME: usize = 40;
/// Parts of a character, from one eighth.
const EIGHTHS: [char; 7] = ['▏', '▎', '▍', '▌', '▋', '▊', '▉'];

/// The times of each size, to scale: the slowest method has the full length. Empty where nothing is compared.
pub(super) fn bars(outcome: &Outcome) -> String {
    let mut text = String::new();
    let settings = chart::settings(outcome);
    let names = settings.iter().flat_map(|setting| &setting.methods);
    let width = names.map(|it| name(&it.method).chars().count()).max();
    for setting in &settings {
        let times = setting.methods.iter().map(|it| it.time_ns);
        let slowest = times.max().unwrap_or(0).max(1) as f64;
        let separator = if text.is_empty() { "" } else { "\n" };
        let _ = writeln!(text, "{separator}{}", setting.title());
        for method in &setting.methods {
            let _ = writeln!(
                text,
                "  {:width$}  {} {}",
                name(&method.method),
                bar(method.time_ns as f64 / slowest),
                figures::time(method.time_ns),
                width = width.unwrap_or(0)
            );
        }
    }
    text
}

fn name(method: &str) -> String {
    clip(&printable(method), NAME)
}

/// A bar of that share of the full length; what is not nothing is seen.
fn bar(share: f64) -> String {
    let eighths = ((share * CELLS * 8.0).round() as usize).max(1);
    let mut bar = "█".repeat(eighths / 8);
    bar.extend((eighths % 8).checked_sub(1).map(|rest| EIGHTHS[rest]));
    bar
}
