//! Header fields, or pieces of one size, read one by one from a bare file. The models are the templates of `bench --emit`.

use std::io;
use std::path::Path;

use crate::emit;
use crate::emit::templates::{unbuffered_read, unbuffered_read_pieces as pieces};
use crate::workload::{Setup, Sizes, Workload};

pub(super) const WORKLOAD: Workload = Workload {
    rule: "unbuffered_read",
    variants: &["default"],
    description: "reads a file of 32-byte records with five read_exact calls a record",
    sizes: Sizes::Calls,
    throughput: true,
    pieces: Some(set_up_pieces),
    set_up: |directory, size| emit::set_up(&unbuffered_read::PATTERN, directory, size),
};

fn set_up_pieces(directory: &Path, size: u64, piece: u32) -> io::Result<Setup> {
    let place = pieces::set_up(directory, size, piece)?;
    Ok(emit::set_up_in_pieces(
        &pieces::PATTERN,
        pieces::PIECE,
        place,
        piece,
    ))
}
