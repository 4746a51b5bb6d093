//! A copy from file to file by a loop. The model is the template of `bench --emit`, and the runtime crate.

use std::fs::File;
use std::io;
use std::path::Path;
use std::rc::Rc;

use crate::emit;
use crate::emit::templates::manual_copy_loop as template;
use crate::workload::{Candidate, Role, Setup, Sizes, Workload, Written};

pub(super) const WORKLOAD: Workload = Workload {
    rule: "manual_copy_loop",
    variants: &["default"],
    description: concat!(
        "copies a file to a new file; the pattern is a loop of read and write_all over 8 KiB; io-optimize ",
        env!("CARGO_PKG_VERSION")
    ),
    sizes: Sizes::Bulk,
    throughput: true,
    pieces: Some(set_up_pieces),
    set_up: |directory, size| set_up_pieces(directory, size, template::PIECE),
};

fn set_up_pieces(directory: &Path, size: u64, piece: u32) -> io::Result<Setup> {
    let place = template::set_up(directory, size)?;
    let source = place.source.clone();
    let target: Rc<Path> = place.target.as_path().into();
    let mut setup = emit::set_up_in_pieces(&template::PATTERN, template::PIECE, place, piece);
    let runtime = Candidate::new(Role::Alternative, "io_optimize::io_copy", move || {
        io_optimize::io_copy(&mut File::open(&source)?, &mut File::create(&target)?)?;
        Ok(Written(target.clone()))
    });
    setup.candidates.push(runtime);
    Ok(setup)
}
