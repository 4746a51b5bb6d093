//! A BufWriter that is dropped: the flush before is there to report errors, the figure shows what it costs.

use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::Path;

use super::pattern::write_lines;

use super::pattern::{Input, Pattern, Place, Way, Written};

pub(crate) const PATTERN: Pattern<Place, Written> = Pattern {
    name: "bufwriter_no_flush/default",
    input: Input::None,
    writes: true,
    throughput: true,
    set_up,
    prepare: Ok,
    ways: &[
        Way::new("BufWriter dropped", dropped),
        Way::new("BufWriter flushed, then dropped", flushed)
            .but(&[("a full disk", "the pattern loses the last error")]),
    ],
};

fn set_up(directory: &Path, size: u64) -> io::Result<Place> {
    Ok(Place::of_lines(directory, size))
}

fn dropped(place: &Place) -> io::Result<Written> {
    let mut writer = BufWriter::new(File::create(&place.target)?);
    write_lines(&mut writer, place.size)?;
    drop(writer);
    Ok(Written::at(place))
}

fn flushed(place: &Place) -> io::Result<Written> {
    let mut writer = BufWriter::new(File::create(&place.target)?);
    write_lines(&mut writer, place.size)?;
    writer.flush()?;
    drop(writer);
    Ok(Written::at(place))
}
