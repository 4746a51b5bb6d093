//! Every 64-byte record of a file, read far from the one before each time.

use std::fs::File;
use std::io::{self, BufReader, Read, Seek, SeekFrom};
use std::path::Path;

use super::pattern::noise;

use super::pattern::{Input, Pattern, Place, Way};

const RECORD: u64 = 64;

/// A step through the records that comes by each of them and never to the next one.
const STRIDE: u64 = 7919;

pub(crate) const PATTERN: Pattern<Place, u64> = Pattern {
    name: "seek_read/default",
    input: Input::File,
    writes: false,
    throughput: true,
    set_up,
    prepare: Ok,
    ways: &[
        Way::new("seek, then read_exact", sought),
        Way::new("read by offset", by_offset),
        Way::new("the same on BufReader", buffered),
    ],
};

fn set_up(directory: &Path, size: u64) -> io::Result<Place> {
    Place::with_source(directory, &noise(size.next_multiple_of(RECORD)))
}

fn sought(place: &Place) -> io::Result<u64> {
    seek_all(&mut File::open(&place.source)?, place)
}

fn by_offset(place: &Place) -> io::Result<u64> {
    let file = File::open(&place.source)?;
    sum(place, |record, offset| read_at(&file, record, offset))
}

fn buffered(place: &Place) -> io::Result<u64> {
    seek_all(&mut BufReader::new(File::open(&place.source)?), place)
}

fn seek_all<R: Read + Seek>(reader: &mut R, place: &Place) -> io::Result<u64> {
    sum(place, |record, offset| {
        reader.seek(SeekFrom::Start(offset))?;
        reader.read_exact(record)
    })
}

fn sum<F>(place: &Place, mut read: F) -> io::Result<u64>
where
    F: FnMut(&mut [u8], u64) -> io::Result<()>,
{
    let mut sum = 0_u64;
    let mut record = [0; RECORD as usize];
    let records = place.size.div_ceil(RECORD);
    for number in 0..records {
        read(&mut record, number * STRIDE % records * RECORD)?;
        sum = record.iter().fold(sum.rotate_left(7), |sum, byte| {
            sum.wrapping_add(u64::from(*byte))
        });
    }
    Ok(sum)
}

#[cfg(unix)]
fn read_at(file: &File, record: &mut [u8], offset: u64) -> io::Result<()> {
    use std::os::unix::fs::FileExt;
    file.read_exact_at(record, offset)
}

#[cfg(windows)]
fn read_at(file: &File, record: &mut [u8], offset: u64) -> io::Result<()> {
    use std::os::windows::fs::FileExt;
    if file.seek_read(record, offset)? == record.len() {
        return Ok(());
    }
    Err(io::ErrorKind::UnexpectedEof.into())
}

#[cfg(not(any(unix, windows)))]
fn read_at(mut file: &File, record: &mut [u8], offset: u64) -> io::Result<()> {
    file.seek(SeekFrom::Start(offset))?;
    file.read_exact(record)
}
