//! Lines and columns against counting by hand.

use io_optimize_report::{LineIndex, Position};
use proptest::prelude::*;

/// Walks the characters one by one.
fn counted(text: &str, offset: usize) -> Position {
    let mut position = Position { line: 1, column: 1 };
    for (at, character) in text.char_indices() {
        if at + character.len_utf8() > offset {
            break;
        }
        match character {
            '\u{feff}' if at == 0 => {}
            '\n' => {
                position = Position {
                    line: position.line + 1,
                    column: 1,
                }
            }
            _ => position.column += 1,
        }
    }
    position
}

proptest! {
    #[test]
    fn position_is_what_counting_characters_gives(
        text in "\u{feff}?([a-c \t\r\nöい🦀]|\r\n|\u{feff}){0,40}",
        beyond in 0_usize..3,
    ) {
        let index = LineIndex::new(&text);
        for offset in 0..=text.len() + beyond {
            prop_assert_eq!(index.position(offset), counted(&text, offset), "offset {}", offset);
        }
    }

    #[test]
    fn lines_around_are_whole_lines_that_hold_the_range(
        text in "\u{feff}?([a-c \t\r\nöい🦀]|\r\n){0,40}",
        a in 0_usize..60,
        b in 0_usize..60,
    ) {
        let bom = if text.starts_with('\u{feff}') { 3 } else { 0 };
        let at = |offset: usize| text.floor_char_boundary(offset).max(bom);
        let (start, end) = (at(a.min(b)), at(a.max(b)));
        let lines = LineIndex::new(&text).lines_around(start, end);
        prop_assert!(lines.start == bom || text[..lines.start].ends_with('\n'));
        let rest = &text[lines.end..];
        prop_assert!(rest.is_empty() || rest.starts_with('\n') || rest.starts_with("\r"));
        prop_assert!(lines.start <= start);
        let held = text[start..end].trim_end_matches(['\r', '\n']);
        prop_assert!(start + held.len() <= lines.end.max(start), "{lines:?} {start}..{end}");
        prop_assert!(lines.end >= start || &text[lines.end..start] == "\r");
    }
}

#[test]
fn a_byte_order_mark_is_no_column_and_a_carriage_return_is_one() {
    let index = LineIndex::new("\u{feff}ab\r\n\tc");
    let at = |offset| (index.position(offset).line, index.position(offset).column);
    assert_eq!(
        [at(0), at(3), at(5), at(6), at(7), at(8)],
        [(1, 1), (1, 1), (1, 3), (1, 4), (2, 1), (2, 2)]
    );
    assert_eq!(at(9), (2, 3), "the end of the file");
    assert_eq!(at(1000), (2, 3), "behind the end of the file");
}
