//! Renderers over texts and places that nobody would write by hand.

use io_optimize_report::{HumanOptions, MarkdownOptions, html, human, json, markdown};
use model::{Applicability, Edit, FileId, Label, Span};
use proptest::prelude::*;

use crate::sample;

/// A span on borders of characters, anywhere in the text.
fn span(text: &str, from: usize, length: usize) -> Span {
    let border = |offset: usize| text.floor_char_boundary(offset) as u32;
    let start = from % (text.len() + 1);
    Span {
        file: FileId(0),
        start: border(start),
        end: border(start + length),
    }
}

proptest! {
    #[test]
    fn every_place_in_every_text_is_rendered(
        text in "\u{feff}?([a-c \t\r\nöい🦀`|<\u{7}\u{9b}\u{202e}\u{200d}]|\r\n|\n\n){0,40}",
        places in prop::collection::vec((0_usize..200, 0_usize..60), 3),
        replacement in "([ab\t\nö]|\r\n){0,12}",
        width in 0_usize..120,
        color: bool,
    ) {
        let mut audit = sample::audit();
        audit.sources.files[0].text = text.as_str().into();
        audit.patches.clear();
        audit.fine.clear();
        let place = |at: usize| span(&text, places[at].0, places[at].1);
        let finding = &mut audit.findings[2];
        finding.span = place(0);
        finding.related = vec![Label { span: place(1), text: "here".to_owned() }];
        let edit = Edit { span: place(2), replacement };
        finding.suggestion =
            Some(sample::fix("change it", Applicability::MachineApplicable, vec![edit]));
        audit.findings = vec![finding.clone()];

        let shown = human(&audit, &HumanOptions { color, width, verbose: true });
        prop_assert!(shown.contains("unbuffered_write"));
        let acting = ['\u{7}', '\u{9b}', '\u{202e}', '\r'];
        prop_assert!(!shown.contains(acting), "{}", shown.escape_debug());
        let text = markdown(&audit, &MarkdownOptions::default()).text;
        prop_assert!(text.contains("## Findings"));
        prop_assert!(html(&audit).contains("</html>"));
        let value: Result<serde_json::Value, _> = serde_json::from_str(&json(&audit));
        prop_assert!(value.is_ok());
    }
}
