//! Lines formatted, or pieces of one size written, onto a bare file. The models are the templates of `bench --emit`, and the
//! runtime crate.

use std::fs::File;
use std::io;
use std::path::Path;
use std::rc::Rc;

use io_optimize::BufferedWriter;

use crate::data;
use crate::emit;
use crate::emit::templates::{unbuffered_write, unbuffered_write_pieces as pieces};
use crate::workload::{Candidate, Role, Setup, Sizes, Workload, Written};

pub(super) const WORKLOAD: Workload = Workload {
    rule: "unbuffered_write",
    variants: &["default"],
    description: concat!(
        "writes lines of 32 bytes with writeln!, two values a line, to a new file; io-optimize ",
        env!("CARGO_PKG_VERSION")
    ),
    sizes: Sizes::Calls,
    throughput: true,
    pieces: Some(set_up_pieces),
    set_up,
};

fn set_up(directory: &Path, size: u64) -> io::Result<Setup> {
    let mut setup = emit::set_up(&unbuffered_write::PATTERN, directory, size)?;
    setup.candidates.push(runtime(directory, move |writer| {
        data::write_lines(writer, size)
    }));
    Ok(setup)
}

fn set_up_pieces(directory: &Path, size: u64, piece: u32) -> io::Result<Setup> {
    let place = pieces::place(directory, size, piece);
    let size = place.size;
    let input = Rc::new(pieces::Pieces::new(place, piece));
    let mut setup = emit::set_up_on(&pieces::PATTERN, size, &input);
    setup
        .candidates
        .push(runtime(directory, move |writer| input.write_to(writer)));
    Ok(setup)
}

fn runtime(
    directory: &Path,
    write: impl Fn(&mut BufferedWriter<File>) -> io::Result<()> + 'static,
) -> Candidate {
    let target: Rc<Path> = directory.join("target").into();
    Candidate::new(
        Role::Alternative,
        "io_optimize::BufferedWriter",
        move || {
            let mut writer = BufferedWriter::new(File::create(&target)?);
            write(&mut writer)?;
            writer.finish()?;
            Ok(Written(target.clone()))
        },
    )
}
