//! Records of about 100 bytes serialized to a file: a Vec of structs as a JSON array.

use super::pattern::{Pattern, Written};
use super::records::{Task, writing};
use super::records_json::Json;

pub(crate) const PATTERN: Pattern<Task, Written> = writing::<Json>("unbuffered_serde/json-write");
