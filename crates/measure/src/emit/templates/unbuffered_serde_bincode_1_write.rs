//! Records of about 100 bytes serialized to a file by bincode 1: a Vec of structs.

use super::pattern::{Pattern, Written};
use super::records::{Task, writing};
use super::records_bincode_1::Bincode;

pub(crate) const PATTERN: Pattern<Task, Written> =
    writing::<Bincode>("unbuffered_serde/bincode-1-write");
