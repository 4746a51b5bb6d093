//! Which model stands for a format.

use crate::flow::Direction;
use crate::usage::Serde;

/// The model of what a serializer or parser does; `None` where there is none, since another format's figures would be guesses.
pub(super) fn variant(serde: &Serde, direction: Direction) -> Option<&'static str> {
    let (read, write) = match (serde.krate.as_str(), serde.path.as_str()) {
        ("bincode", "decode_from_std_read" | "encode_into_std_write") => {
            (Some("bincode-2-read"), Some("bincode-2-write"))
        }
        ("bincode", _) => (Some("bincode-1-read"), Some("bincode-1-write")),
        ("ciborium", _) => (Some("cbor-read"), Some("cbor-write")),
        // Its serializer writes other pieces than its writer of events.
        ("quick_xml", "Writer::new" | "Writer::new_with_indent") => (None, Some("xml-write")),
        ("rmp_serde", _) => (Some("messagepack-read"), Some("messagepack-write")),
        ("serde_json", _) => (Some("json-read"), Some("json-write")),
        _ => (None, None),
    };
    match direction {
        Direction::Read => read,
        Direction::Write => write,
    }
}
