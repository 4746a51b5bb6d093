//! The audit as Markdown for a pull request: it is read on GitHub and fits into one comment there.

mod bars;
mod escape;

use model::Audit;

use crate::content;
use crate::document::{Block, Column, Document, Inline, Items, Part, Section, Words};
use crate::plot;
use crate::text::{counted, printable_lines};

/// Bytes that the report stays below. GitHub refuses a longer comment, issue or pull request text altogether; its limit
/// is in characters, of which there are never more than bytes.
pub const MARKDOWN_LIMIT: usize = 65_536;

/// Bytes kept free for the words on what was cut: two hundred for each section.
const RESERVE: usize = 3_072;

/// Where the report lies, and what lies beside it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct MarkdownOptions<'a> {
    /// Folder of the pictures (see [`plots`](crate::plots)), relative to the report and `/`-separated; `None` leaves pictures out.
    pub pictures: Option<&'a str>,
    /// The file that has the whole text, as it is named where something is cut.
    pub whole: Option<&'a str>,
}

/// A report that fits into a comment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Markdown {
    /// The text.
    pub text: String,
    /// Whether something was left out; the text says what.
    pub is_cut: bool,
}

/// The report below [`MARKDOWN_LIMIT`]. Each section keeps what it opens with and a share of the room; what is left goes to
/// findings before diffs, and each section says what is missing. Findings stand in order of their worth.
///
/// # Panics
/// If a span lies in a file that the audit does not have.
#[must_use]
pub fn markdown(audit: &Audit, options: &MarkdownOptions<'_>) -> Markdown {
    let written = Written::new(&content::document(audit), options);
    let kept = written.choose(MARKDOWN_LIMIT - RESERVE);
    Markdown {
        is_cut: kept.iter().flatten().any(|kept| !kept),
        text: written.text(&kept, options.whole),
    }
}

/// The whole report, however long.
///
/// # Panics
/// If a span lies in a file that the audit does not have.
#[must_use]
pub fn markdown_whole(audit: &Audit, options: &MarkdownOptions<'_>) -> String {
    let written = Written::new(&content::document(audit), options);
    let everything = written.sections.iter().map(|it| vec![true; it.items.len()]);
    written.text(&everything.collect::<Vec<_>>(), None)
}

/// The document in pieces, each of which is kept or cut.
struct Written {
    header: String,
    sections: Vec<WrittenSection>,
}

struct WrittenSection {
    opening: String,
    items: Vec<String>,
    noun: &'static str,
    priority: u8,
}

impl Written {
    fn new(document: &Document<'_>, options: &MarkdownOptions<'_>) -> Self {
        Self {
            header: format!("# {}\n\n{}", words(&document.title), list(&document.facts)),
            sections: document
                .sections
                .iter()
                .map(|section| WrittenSection::new(section, options))
                .collect(),
        }
    }

    /// Which items there is room for.
    fn choose(&self, limit: usize) -> Vec<Vec<bool>> {
        let openings: usize = self.sections.iter().map(|it| it.opening.len()).sum();
        let mut room = limit.saturating_sub(self.header.len() + openings);
        let long = self.sections.iter().filter(|it| !it.items.is_empty());
        let share = room / long.count().max(1);
        let mut order: Vec<usize> = (0..self.sections.len()).collect();
        order.sort_by_key(|index| self.sections[*index].priority);
        let everything = self.sections.iter().map(|it| vec![false; it.items.len()]);
        let mut kept: Vec<Vec<bool>> = everything.collect();
        for limited in [true, false] {
            for index in &order {
                let mut left = if limited { share.min(room) } else { room };
                let items = self.sections[*index].items.iter();
                for (item, kept) in items.zip(&mut kept[*index]) {
                    if !*kept && item.len() < left {
                        (*kept, left, room) = (true, left - item.len(), room - item.len());
                    }
                }
            }
        }
        kept
    }

    fn text(&self, kept: &[Vec<bool>], whole: Option<&str>) -> String {
        let mut text = self.header.clone();
        for (section, kept) in self.sections.iter().zip(kept) {
            text += &section.opening;
            for (item, kept) in section.items.iter().zip(kept) {
                if *kept {
                    text += item;
                }
            }
            let cut = kept.iter().filter(|kept| !**kept).count() as u64;
            if cut > 0 {
                let what = counted(cut, section.noun);
                let place = match whole {
                    Some(file) => {
                        format!("the whole text is in {}", words(&Words::new().code(file)))
                    }
                    None => "`--report FILE` writes the whole text beside it".to_owned(),
                };
                text += &format!("\n_{what} left out here to fit into a comment; {place}._\n");
            }
        }
        text
    }
}

impl WrittenSection {
    fn new(section: &Section<'_>, options: &MarkdownOptions<'_>) -> Self {
        let mut opening = format!("\n## {}\n", section.heading);
        opening += &blocks(&section.opening, options);
        let items = match &section.items {
            Items::None => Vec::new(),
            Items::Rows(columns, rows) => {
                opening += &format!("\n{}", table_head(columns));
                rows.iter().map(|cells| row(cells)).collect()
            }
            Items::List(lines) => {
                opening += "\n";
                lines.iter().map(line).collect()
            }
            Items::Parts(parts) => parts.iter().map(|it| part(it, options)).collect(),
        };
        Self {
            opening,
            items,
            noun: section.noun,
            priority: section.priority,
        }
    }
}

fn part(part: &Part<'_>, options: &MarkdownOptions<'_>) -> String {
    let heading = part.heading.as_ref();
    let heading = heading.map(|heading| format!("\n### {}\n", words(heading)));
    heading.unwrap_or_default() + &blocks(&part.blocks, options)
}

/// Blocks, each with an empty line before it.
fn blocks(blocks: &[Block<'_>], options: &MarkdownOptions<'_>) -> String {
    let block = |it: &Block<'_>| match block(it, options) {
        text if text.is_empty() => text,
        text => format!("\n{text}"),
    };
    blocks.iter().map(block).collect()
}

fn block(block: &Block<'_>, options: &MarkdownOptions<'_>) -> String {
    match block {
        Block::Paragraph(paragraph) => format!("{}\n", words(paragraph)),
        Block::List(lines) => list(lines),
        Block::Table(columns, rows) => {
            let rows: String = rows.iter().map(|cells| row(cells)).collect();
            table_head(columns) + &rows
        }
        Block::Code { language, text, .. } => escape::fenced(text, language),
        Block::Diff(diff) => escape::diff_block(diff),
        Block::Fold(summary, inside) => format!(
            "<details>\n<summary>{}</summary>\n{}\n</details>\n",
            escape::html(summary),
            blocks(inside, options)
        ),
        Block::Chart(outcome) => {
            let bars = match bars::bars(outcome) {
                bars if bars.is_empty() => bars,
                bars => escape::fenced(&printable_lines(&bars), "text"),
            };
            match (options.pictures, plot::alternative_text(outcome)) {
                (Some(folder), Some(description)) => format!(
                    "![{}]({}/{})\n\n{bars}",
                    words(&Words::from(description)),
                    escape::address(folder),
                    plot::file_name(outcome)
                ),
                _ => bars,
            }
        }
    }
}

fn list(lines: &[Words]) -> String {
    lines.iter().map(line).collect()
}

fn line(words: &Words) -> String {
    format!("- {}\n", self::words(words))
}

fn table_head(columns: &[Column]) -> String {
    let titles: Vec<_> = columns.iter().map(|column| column.title).collect();
    let rule = |column: &Column| if column.number { "--:" } else { "---" };
    let rules: Vec<_> = columns.iter().map(rule).collect();
    format!("| {} |\n|{}|\n", titles.join(" | "), rules.join("|"))
}

fn row(cells: &[Words]) -> String {
    let cells: Vec<_> = cells.iter().map(|it| escape::cell(&words(it))).collect();
    format!("| {} |\n", cells.join(" | "))
}

fn words(words: &Words) -> String {
    words.0.iter().map(inline).collect()
}

fn inline(inline: &Inline) -> String {
    match inline {
        Inline::Text(text) => text.clone(),
        Inline::Foreign(text) => escape::plain(text),
        Inline::Code(text) => escape::code(text),
        Inline::Strong(inside) => format!("**{}**", words(inside)),
        Inline::Link(inside, address) => format!("[{}]({address})", words(inside)),
    }
}
