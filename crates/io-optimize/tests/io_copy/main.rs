//! Copying streams and ranges, against the standard library and against slices.

mod ranges;
mod streams;
#[cfg(target_os = "linux")]
mod traced;
#[cfg(unix)]
mod unix;

/// Bytes that differ from place to place.
fn bytes(length: usize) -> Vec<u8> {
    (0..length)
        .map(|at| (at % 251 + at / 4096 % 5) as u8)
        .collect()
}
