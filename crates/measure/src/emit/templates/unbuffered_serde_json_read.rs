//! Records of about 100 bytes deserialized from a file: a JSON array into a Vec of structs.

use super::pattern::{Pattern, Place};
use super::records::{Record, reading};
use super::records_json::Json;

pub(crate) const PATTERN: Pattern<Place, Vec<Record>> =
    reading::<Json>("unbuffered_serde/json-read");
