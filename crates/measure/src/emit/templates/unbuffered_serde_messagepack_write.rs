//! Records of about 100 bytes serialized to a file: a Vec of structs as a MessagePack array.

use super::pattern::{Pattern, Written};
use super::records::{Task, writing};
use super::records_messagepack::MessagePack;

pub(crate) const PATTERN: Pattern<Task, Written> =
    writing::<MessagePack>("unbuffered_serde/messagepack-write");
