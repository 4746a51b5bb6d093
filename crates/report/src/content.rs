//! What the report says: one section a function, in the order in which they are read.

mod advice;
mod alternatives;
mod benchmarks;
mod changes;
mod findings;
mod host;
mod optimizations;
mod summary;

use model::{Audit, Span};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use crate::document::{Document, Words};
use crate::places::Places;

/// Packages and places named in one line.
const NAMED: usize = 5;

/// What a path of an address may hold.
pub(crate) const IN_PATH: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~')
    .remove(b'/');

/// The whole report.
pub(crate) fn document(audit: &Audit) -> Document<'_> {
    let context = Context {
        audit,
        places: Places::new(&audit.sources),
    };
    Document {
        title: summary::title(audit),
        facts: summary::facts(audit),
        sections: vec![
            summary::performance_summary(audit),
            findings::findings(&context),
            optimizations::optimizations(&context),
            changes::code_changes(audit),
            benchmarks::benchmark_results(audit),
            findings::not_worth_it(&context),
            advice::already_fine(&context),
            advice::recommendations(&context),
            advice::failures(&context),
            host::host(audit),
            host::how_to_reproduce(audit),
        ],
    }
}

/// An audit and the places in its files.
struct Context<'a> {
    audit: &'a Audit,
    places: Places<'a>,
}

impl Context<'_> {
    /// `path:line`, as a link where others see the same text.
    fn place(&self, span: Span) -> Words {
        let words = Words::new().code(&self.places.short(span));
        match self.address(span) {
            Some(address) => Words::new().link(words, address),
            None => words,
        }
    }

    fn address(&self, span: Span) -> Option<String> {
        let online = self.audit.project.online.as_ref()?;
        let path = self.places.path(span.file);
        if !online.files.contains(path) {
            return None;
        }
        let folder = match online.folder.as_str() {
            "" => String::new(),
            folder => format!("{folder}/"),
        };
        let path = format!("{folder}{path}");
        let path = utf8_percent_encode(&path, IN_PATH);
        let (first, last) = self.places.line_numbers(span);
        let lines = match first == last {
            true => format!("L{first}"),
            false => format!("L{first}-L{last}"),
        };
        Some(format!("{}/{path}#{lines}", online.address))
    }
}
