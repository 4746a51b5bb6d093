//! Records of about 100 bytes serialized to a file: a Vec of structs as a CBOR array.

use super::pattern::{Pattern, Written};
use super::records::{Task, writing};
use super::records_cbor::Cbor;

pub(crate) const PATTERN: Pattern<Task, Written> = writing::<Cbor>("unbuffered_serde/cbor-write");
