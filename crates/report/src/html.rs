//! The audit as one page that needs nothing besides itself: no script, no address that is loaded, pictures drawn in place.

use maud::{DOCTYPE, Markup, PreEscaped, html as markup};
use model::Audit;

use crate::content;
use crate::document::{Block, Column, Document, Inline, Items, Part, Section, Words};
use crate::plot;
use crate::text::printable_lines;

const STYLE: &str = include_str!("html/page.css");
const PLOT_STYLE: &str = include_str!("plot/plot.css");

/// What a viewer may do with the page: nothing but to apply its style.
const POLICY: &str =
    "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'";

/// The whole report as a page. It fits from the width of a telephone on, follows the reader's light or dark colours, and can be
/// printed.
///
/// # Panics
/// If a span lies in a file that the audit does not have.
#[must_use]
pub fn html(audit: &Audit) -> String {
    page(&content::document(audit)).into_string() + "\n"
}

fn page(document: &Document<'_>) -> Markup {
    markup! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                meta http-equiv="Content-Security-Policy" content=(POLICY);
                meta name="generator" content={ "cargo io-optimize " (env!("CARGO_PKG_VERSION")) };
                title { (document.title.plain()) }
                style { (PreEscaped(STYLE)) (PreEscaped(PLOT_STYLE)) }
            }
            body {
                a class="skip" href="#content" { "Skip to the report" }
                header {
                    h1 { (words(&document.title)) }
                    (list(&document.facts))
                }
                nav aria-label="Sections" {
                    ul {
                        @for section in &document.sections {
                            li { a href={ "#" (id(section)) } { (section.heading) } }
                        }
                    }
                }
                main id="content" {
                    @for it in &document.sections { (section(it)) }
                }
                footer { "Written by cargo io-optimize " (env!("CARGO_PKG_VERSION")) }
            }
        }
    }
}

/// The name of a section within the page.
fn id(section: &Section<'_>) -> String {
    section.heading.to_lowercase().replace(' ', "-")
}

fn section(section: &Section<'_>) -> Markup {
    let id = id(section);
    markup! {
        section aria-labelledby=(id) {
            h2 id=(id) { (section.heading) }
            (blocks(&section.opening, section.heading))
            @match &section.items {
                Items::None => {}
                Items::Rows(columns, rows) => { (table(columns, rows, section.heading)) }
                Items::List(lines) => { (list(lines)) }
                Items::Parts(parts) => { @for it in parts { (part(it, section.heading)) } }
            }
        }
    }
}

fn part(part: &Part<'_>, section: &str) -> Markup {
    let label = part.heading.as_ref().map(Words::plain);
    markup! {
        @match &part.heading {
            Some(heading) => article {
                h3 { (words(heading)) }
                (blocks(&part.blocks, label.as_deref().unwrap_or(section)))
            }
            None => { (blocks(&part.blocks, section)) }
        }
    }
}

/// Blocks; what can be scrolled is called by the heading above it.
fn blocks(blocks: &[Block<'_>], heading: &str) -> Markup {
    markup! { @for it in blocks { (block(it, heading)) } }
}

fn block(block: &Block<'_>, heading: &str) -> Markup {
    match block {
        Block::Paragraph(paragraph) => markup! { p { (words(paragraph)) } },
        Block::List(lines) => list(lines),
        Block::Table(columns, rows) => table(columns, rows, heading),
        Block::Code {
            first_line, text, ..
        } => code(text, *first_line, heading),
        Block::Diff(text) => diff(text, heading),
        Block::Fold(summary, inside) => markup! {
            details {
                summary { (words(summary)) }
                (blocks(inside, &summary.plain()))
            }
        },
        Block::Chart(outcome) => markup! {
            @if let Some(svg) = plot::svg(outcome, false) { figure { (svg) } }
        },
    }
}

fn list(lines: &[Words]) -> Markup {
    markup! { ul { @for line in lines { li { (words(line)) } } } }
}

fn table(columns: &[Column], rows: &[Vec<Words>], heading: &str) -> Markup {
    let class = |column: &Column| column.number.then_some("number");
    markup! {
        div class="scroll" tabindex="0" role="region" aria-label={ "Table: " (heading) } {
            table {
                thead {
                    tr { @for column in columns { th scope="col" class=[class(column)] { (column.title) } } }
                }
                tbody {
                    @for row in rows {
                        tr {
                            @for (column, cell) in columns.iter().zip(row) {
                                td class=[class(column)] { (words(cell)) }
                            }
                        }
                    }
                }
            }
        }
    }
}

/// Code with its numbers of lines, which are not copied with it.
fn code(text: &str, first_line: Option<usize>, heading: &str) -> Markup {
    let last = first_line.map_or(0, |first| first + text.lines().count());
    let width = last.to_string().len();
    markup! {
        pre class="scroll" tabindex="0" role="region" aria-label={ "Code: " (heading) } {
            code {
                @for (position, line) in text.lines().enumerate() {
                    @if let Some(first) = first_line {
                        span class="line-number" aria-hidden="true" { (format!("{:>width$} ", first + position)) }
                    }
                    (line) "\n"
                }
            }
        }
    }
}

/// A diff whose lines are coloured besides their signs.
fn diff(text: &str, heading: &str) -> Markup {
    let kind = |line: &str, is_head: bool| match line.chars().next() {
        _ if is_head => Some("head"),
        Some('@') => Some("head"),
        Some('+') => Some("added"),
        Some('-') => Some("removed"),
        _ => None,
    };
    let text = printable_lines(text);
    let first_hunk = text.lines().position(|line| line.starts_with("@@"));
    markup! {
        pre class="scroll diff" tabindex="0" role="region" aria-label={ "Diff: " (heading) } {
            code {
                @for (position, line) in text.lines().enumerate() {
                    @let is_head = first_hunk.is_none_or(|first| position < first);
                    span class=[kind(line, is_head)] { (line) "\n" }
                }
            }
        }
    }
}

fn words(words: &Words) -> Markup {
    markup! { @for it in &words.0 { (inline(it)) } }
}

fn inline(inline: &Inline) -> Markup {
    markup! {
        @match inline {
            Inline::Text(text) | Inline::Foreign(text) => { (text) }
            Inline::Code(text) => code { (text) },
            Inline::Strong(inside) => strong { (words(inside)) },
            Inline::Link(inside, address) => a href=(address) rel="noreferrer" { (words(inside)) },
        }
    }
}
