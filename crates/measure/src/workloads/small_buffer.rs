//! A tiny buffer for a whole file. The model is the template of `bench --emit`.

use std::io;
use std::path::Path;

use crate::emit;
use crate::emit::templates::small_buffer as template;
use crate::workload::{Setup, Sizes, Workload};

pub(super) const WORKLOAD: Workload = Workload {
    rule: "small_buffer",
    variants: &["default"],
    description: "adds up the bytes of a file; the pattern reads 512 of them at a time",
    sizes: Sizes::Bulk,
    throughput: true,
    pieces: Some(set_up_pieces),
    set_up: |directory, size| set_up_pieces(directory, size, template::PIECE),
};

fn set_up_pieces(directory: &Path, size: u64, piece: u32) -> io::Result<Setup> {
    let place = template::set_up(directory, size)?;
    Ok(emit::set_up_in_pieces(
        &template::PATTERN,
        template::PIECE,
        place,
        piece,
    ))
}
