//! Records of about 100 bytes serialized to a file by bincode 2: a Vec of structs.

use super::pattern::{Pattern, Written};
use super::records::{Task, writing};
use super::records_bincode_2::Bincode;

pub(crate) const PATTERN: Pattern<Task, Written> =
    writing::<Bincode>("unbuffered_serde/bincode-2-write");
