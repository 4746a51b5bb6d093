//! Records of about 100 bytes deserialized from a file: a CBOR array into a Vec of structs.

use super::pattern::{Pattern, Place};
use super::records::{Record, reading};
use super::records_cbor::Cbor;

pub(crate) const PATTERN: Pattern<Place, Vec<Record>> =
    reading::<Cbor>("unbuffered_serde/cbor-read");
