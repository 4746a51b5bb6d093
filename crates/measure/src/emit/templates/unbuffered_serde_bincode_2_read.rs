//! Records of about 100 bytes deserialized from a file by bincode 2, into a Vec of structs.

use super::pattern::{Pattern, Place};
use super::records::{Record, reading};
use super::records_bincode_2::Bincode;

pub(crate) const PATTERN: Pattern<Place, Vec<Record>> =
    reading::<Bincode>("unbuffered_serde/bincode-2-read");
