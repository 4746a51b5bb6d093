//! What the tests share: the oracle, a source that makes trouble, and contents full of borders.

use std::io::{self, ErrorKind, Read};

use io_optimize::LineReader;
use proptest::prelude::*;

/// The lines of the contents, by their definition.
pub(crate) fn oracle(contents: &[u8]) -> Vec<&[u8]> {
    let mut lines: Vec<&[u8]> = contents.split(|&byte| byte == b'\n').collect();
    let rest = lines.pop().unwrap_or_default();
    let mut lines: Vec<&[u8]> = lines
        .into_iter()
        .map(|line| line.strip_suffix(b"\r").unwrap_or(line))
        .collect();
    if !rest.is_empty() {
        lines.push(rest);
    }
    lines
}

/// All lines that the reader still lends.
pub(crate) fn collect<R: Read>(lines: &mut LineReader<R>) -> io::Result<Vec<Vec<u8>>> {
    let mut collected = Vec::new();
    while let Some(line) = lines.next_line()? {
        collected.push(line.to_vec());
    }
    Ok(collected)
}

/// What a read does next.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Step {
    /// Gives at most this many bytes, at least one.
    Short(usize),
    /// Fails so.
    Fail(ErrorKind),
}

/// Gives its bytes by the steps, over and over.
pub(crate) struct Troubled<'a> {
    bytes: &'a [u8],
    steps: std::iter::Cycle<std::vec::IntoIter<Step>>,
}

impl<'a> Troubled<'a> {
    pub(crate) fn new(bytes: &'a [u8], steps: Vec<Step>) -> Self {
        let steps = steps.into_iter().cycle();
        Self { bytes, steps }
    }
}

impl Read for Troubled<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self.steps.next() {
            Some(Step::Fail(kind)) => Err(kind.into()),
            Some(Step::Short(limit)) => {
                let limit = limit.clamp(1, buffer.len());
                self.bytes.read(&mut buffer[..limit])
            }
            None => self.bytes.read(buffer),
        }
    }
}

/// Contents with lines of all lengths round those of a word and of small buffers.
pub(crate) fn contents() -> impl Strategy<Value = Vec<u8>> {
    let piece = prop_oneof![
        4 => prop::collection::vec(prop::sample::select(&b"\n\r\na\x8a\x0b\xff"[..]), 0..12),
        2 => (0_usize..200).prop_map(|length| vec![b'x'; length]),
        2 => Just(b"\n".to_vec()),
        2 => Just(b"\r\n".to_vec()),
        1 => prop::collection::vec(any::<u8>(), 0..40),
    ];
    prop::collection::vec(piece, 0..60).prop_map(|pieces| pieces.concat())
}
