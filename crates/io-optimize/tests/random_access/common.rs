//! What the tests share: bytes, and the oracle of a read at an offset.

/// Bytes that differ from their neighbours and from those a block further.
pub(crate) fn bytes(length: usize) -> Vec<u8> {
    (0..length)
        .map(|at| (at % 251 + at / 251 % 7) as u8)
        .collect()
}

/// What lies there, as far as there is something.
pub(crate) fn expected(contents: &[u8], offset: u64, length: usize) -> &[u8] {
    let start = usize::try_from(offset)
        .unwrap_or(usize::MAX)
        .min(contents.len());
    let end = start.saturating_add(length).min(contents.len());
    &contents[start..end]
}
