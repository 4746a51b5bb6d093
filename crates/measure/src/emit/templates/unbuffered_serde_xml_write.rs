//! Records of about 100 bytes serialized to a file: a Vec of structs as an XML document.

use super::pattern::{Pattern, Written};
use super::records::{Task, writing};
use super::records_xml::Xml;

pub(crate) const PATTERN: Pattern<Task, Written> = writing::<Xml>("unbuffered_serde/xml-write");
