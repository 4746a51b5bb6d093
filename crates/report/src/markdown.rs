//! The audit as Markdown for a pull request: it is read on GitHub and fits into one comment there.

mod escape;
mod findings;
mod sections;

use model::Audit;

use crate::text::counted;

/// Bytes that the report stays below. GitHub refuses a longer comment, issue or pull request text altogether; its limit
/// is in characters, of which there are never more than bytes.
pub const MARKDOWN_LIMIT: usize = 65_536;

/// Bytes kept free for the words on what was cut.
const RESERVE: usize = 1_024;

/// One part of the report. What it opens with always stands; items are cut if the whole would be too long.
struct Section {
    /// The heading and what stands below it in any case.
    opening: String,
    /// Whole blocks of text, the most worth first.
    items: Vec<String>,
    /// What one item is called where some are cut.
    noun: &'static str,
    /// Sections are filled in this order, so that what comes late is cut first.
    priority: u8,
}

impl Section {
    fn new(opening: impl Into<String>) -> Self {
        Self {
            opening: opening.into(),
            items: Vec::new(),
            noun: "line",
            priority: 0,
        }
    }

    fn with_items(mut self, noun: &'static str, priority: u8, items: Vec<String>) -> Self {
        (self.noun, self.priority, self.items) = (noun, priority, items);
        self
    }
}

/// The whole report. It stays below [`MARKDOWN_LIMIT`]: diffs are cut first, then findings, then the rest, and each
/// section says what is missing. Findings stand in order of their worth.
///
/// # Panics
/// If a span lies in a file that the audit does not have.
#[must_use]
pub fn markdown(audit: &Audit) -> String {
    let mut report = vec![
        sections::header(audit),
        sections::performance_summary(audit),
    ];
    report.extend(findings::sections(audit));
    report.extend([
        sections::code_changes(audit),
        sections::benchmark_results(audit),
        sections::already_fine(audit),
        sections::recommendations(audit),
        sections::failures(audit),
        sections::how_to_reproduce(audit),
    ]);
    assemble(report)
}

/// Joins the sections, leaving out the items for which there is no room.
fn assemble(sections: Vec<Section>) -> String {
    let fixed: usize = sections.iter().map(|section| section.opening.len()).sum();
    let mut room = (MARKDOWN_LIMIT - RESERVE).saturating_sub(fixed);
    let mut order: Vec<usize> = (0..sections.len()).collect();
    order.sort_by_key(|index| sections[*index].priority);
    let mut kept: Vec<Vec<bool>> = vec![Vec::new(); sections.len()];
    for index in order {
        for item in &sections[index].items {
            let fits = item.len() < room;
            room -= if fits { item.len() } else { 0 };
            kept[index].push(fits);
        }
    }
    let mut text = String::new();
    for (section, kept) in sections.iter().zip(kept) {
        text += &section.opening;
        for (item, kept) in section.items.iter().zip(&kept) {
            if *kept {
                text += item;
            }
        }
        let cut = kept.iter().filter(|kept| !**kept).count() as u64;
        if cut > 0 {
            let what = counted(cut, section.noun);
            text += &format!(
                "\n_{what} left out here to fit into a comment; `--format json` has everything._\n"
            );
        }
    }
    text
}
