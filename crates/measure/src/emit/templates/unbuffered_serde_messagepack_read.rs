//! Records of about 100 bytes deserialized from a file: a MessagePack array into a Vec of structs.

use super::pattern::{Pattern, Place};
use super::records::{Record, reading};
use super::records_messagepack::MessagePack;

pub(crate) const PATTERN: Pattern<Place, Vec<Record>> =
    reading::<MessagePack>("unbuffered_serde/messagepack-read");
