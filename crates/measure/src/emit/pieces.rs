//! Templates whose pattern works in pieces of the size that the code has.
//!
//! Each is a file with a size of its own, in which what tells the size is replaced.

use model::WorkloadId;

use super::table::Template;
use super::{literal, templates};
use crate::units;

/// A template with pieces of a size of its own.
pub(super) struct InPieces {
    pub(super) rule: &'static str,
    /// What the file calls the pattern.
    name: &'static str,
    /// The file's own size.
    pub(super) piece: u32,
    pub(super) text: &'static str,
}

/// Every one, in the order of the rules.
pub(super) const IN_PIECES: &[InPieces] = &[
    InPieces {
        rule: "manual_copy_loop",
        name: templates::manual_copy_loop::PATTERN.name,
        piece: templates::manual_copy_loop::PIECE,
        text: include_str!("templates/manual_copy_loop.rs"),
    },
    InPieces {
        rule: "small_buffer",
        name: templates::small_buffer::PATTERN.name,
        piece: templates::small_buffer::PIECE,
        text: include_str!("templates/small_buffer.rs"),
    },
    InPieces {
        rule: "unbuffered_read",
        name: templates::unbuffered_read_pieces::PATTERN.name,
        piece: templates::unbuffered_read_pieces::PIECE,
        text: include_str!("templates/unbuffered_read_pieces.rs"),
    },
    InPieces {
        rule: "unbuffered_write",
        name: templates::unbuffered_write_pieces::PATTERN.name,
        piece: templates::unbuffered_write_pieces::PIECE,
        text: include_str!("templates/unbuffered_write_pieces.rs"),
    },
];

/// The template of a model in pieces of so many bytes.
pub(super) fn template(workload: WorkloadId, piece: u32) -> Option<Template> {
    let mut all = IN_PIECES.iter();
    let source = all.find(|source| source.rule == workload.rule)?;
    Some(Template {
        workload,
        module: module(workload.rule, piece).into(),
        crates: &[],
        text: source.in_pieces_of(workload, piece).into(),
        parts: &[],
    })
}

/// The template whose module has that name.
pub(super) fn of_module(name: &str) -> Option<Template> {
    // Sizes are powers of two.
    let sizes = || (0..u32::BITS).map(|power| 1 << power);
    let mut all = IN_PIECES.iter();
    all.find_map(|source| {
        let piece = sizes().find(|piece| module(source.rule, *piece) == name)?;
        let id = WorkloadId {
            piece: Some(piece),
            ..WorkloadId::new(source.rule, "default")
        };
        template(id, piece)
    })
}

/// A text in which another size stands in the place of its own.
pub(super) fn in_words(text: &str, own: u32, piece: u32) -> String {
    text.replace(&units::size(own.into()), &units::size(piece.into()))
}

fn module(rule: &str, piece: u32) -> String {
    let size = units::size(piece.into()).to_lowercase();
    format!("{rule}_{}", size.replace(' ', "_"))
}

impl InPieces {
    fn in_pieces_of(&self, workload: WorkloadId, piece: u32) -> String {
        let constant = |piece: u32| format!("const PIECE: u32 = {};", literal(piece.into()));
        let quoted = |name: &str| format!("\"{name}\"");
        let text = self
            .text
            .replace(&quoted(self.name), &quoted(&workload.name()))
            .replace(&constant(self.piece), &constant(piece));
        let text = in_words(&text, self.piece, piece);
        // The pattern's own size is measured once.
        let pattern = text.lines().find_map(way);
        let mut ways = 0;
        let mut kept = String::new();
        for line in text.lines() {
            ways += usize::from(way(line).is_some());
            if ways <= 2 || way(line).is_none_or(|it| Some(it) != pattern) {
                kept.push_str(line);
                kept.push('\n');
            }
        }
        kept
    }
}

/// The name of the way that a line of a template lists.
fn way(line: &str) -> Option<&str> {
    let rest = line.trim_start().strip_prefix("Way::new(\"")?;
    rest.split('"').next()
}
