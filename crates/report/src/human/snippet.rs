//! Places and rewrites as snippets of code.

use std::collections::BTreeMap;
use std::ops::Range;

use annotate_snippets::{Annotation, AnnotationKind, Patch, Snippet};
use model::{FileId, Finding, Fix, Span};

use crate::places::Places;
use crate::text::{printable, printable_in_place};

/// Lines of a rewrite above which only its size is shown.
const LONG_LINES: usize = 24;
/// Bytes of a rewrite above which only its size is shown: one line of a file may hold a whole table.
const LONG_BYTES: usize = 8_192;

/// A part of a file, made of whole lines, so that the cost of a snippet does not grow with its file.
struct Extract {
    code: String,
    first_line: usize,
    offset: usize,
}

impl Extract {
    /// The lines round the spans, with one more on each side.
    fn new(file: FileId, spans: impl Iterator<Item = Span>, places: &Places<'_>) -> Self {
        let (start, end) = spans.fold((usize::MAX, 0), |(start, end), span| {
            (start.min(span.start as usize), end.max(span.end as usize))
        });
        let text = places.text(file);
        let index = places.index(file);
        let inner = index.lines_around(start, end);
        let line_end = |from: usize| {
            text[from..]
                .find('\n')
                .map_or(text.len(), |at| from + at + 1)
        };
        let end = line_end(line_end(inner.end));
        let before = index.lines_around(inner.start.saturating_sub(1), inner.start);
        let start = before.start.min(inner.start);
        Self {
            code: printable_in_place(&text[start..end]),
            first_line: index.position(start).line,
            offset: start,
        }
    }

    /// The span as offsets into the code, on borders of characters.
    fn range(&self, span: Span) -> Range<usize> {
        let offset = |at: u32| {
            self.code
                .floor_char_boundary((at as usize).saturating_sub(self.offset))
        };
        offset(span.start)..offset(span.end).max(offset(span.start))
    }

    fn snippet<'a, T: Clone>(self, path: &str) -> Snippet<'a, T> {
        Snippet::source(self.code)
            .line_start(self.first_line)
            .path(printable(path))
    }
}

/// The place of a finding and its related places, one snippet a file, the finding's own file first.
pub(super) fn places<'a>(
    finding: &Finding,
    places: &Places<'a>,
) -> Vec<Snippet<'a, Annotation<'a>>> {
    let mut files = vec![finding.span.file];
    for label in &finding.related {
        if !files.contains(&label.span.file) {
            files.push(label.span.file);
        }
    }
    let snippet = |file: FileId| {
        let related = || {
            finding
                .related
                .iter()
                .filter(move |label| label.span.file == file)
        };
        let primary = (finding.span.file == file).then_some(finding.span);
        let spans = primary.into_iter().chain(related().map(|label| label.span));
        let extract = Extract::new(file, spans, places);
        let primary = primary.map(|span| AnnotationKind::Primary.span(extract.range(span)));
        let related: Vec<_> = related()
            .map(|label| {
                AnnotationKind::Context
                    .span(extract.range(label.span))
                    .label(printable(&label.text))
            })
            .collect();
        extract
            .snippet(places.path(file))
            .annotations(primary)
            .annotations(related)
    };
    files.into_iter().map(snippet).collect()
}

/// The edits of a fix, one snippet a file.
pub(super) fn patches<'a>(fix: &Fix, places: &Places<'a>) -> Vec<Snippet<'a, Patch<'a>>> {
    let mut files: BTreeMap<FileId, Vec<_>> = BTreeMap::new();
    for edit in &fix.edits {
        files.entry(edit.span.file).or_default().push(edit);
    }
    let snippet = |(file, edits): (FileId, Vec<&model::Edit>)| {
        let extract = Extract::new(file, edits.iter().map(|edit| edit.span), places);
        let patches: Vec<_> = edits
            .iter()
            .map(|edit| {
                let replacement = printable_in_place(&edit.replacement.replace("\r\n", "\n"));
                Patch::new(extract.range(edit.span), replacement)
            })
            .collect();
        extract.snippet(places.path(file)).patches(patches)
    };
    files.into_iter().map(snippet).collect()
}

/// Whether the edits of a fix touch or add more text than a terminal should be filled with.
pub(super) fn is_long(fix: &Fix, places: &Places<'_>) -> bool {
    let bytes = |edit: &model::Edit| places.lines(edit.span).len() + edit.replacement.len();
    length(fix, places) > LONG_LINES || fix.edits.iter().map(bytes).sum::<usize>() > LONG_BYTES
}

/// Lines that the edits of a fix touch and add.
pub(super) fn length(fix: &Fix, places: &Places<'_>) -> usize {
    let lines = |edit: &model::Edit| {
        places.lines(edit.span).lines().count() + edit.replacement.lines().count()
    };
    fix.edits.iter().map(lines).sum()
}
