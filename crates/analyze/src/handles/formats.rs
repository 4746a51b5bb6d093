//! Which model stands for a format, and how it is parsed in memory.

use crate::effects::Effect;
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

/// How what a function parses from a reader is parsed from what has been read whole.
pub(super) struct FromMemory {
    pub(super) krate: &'static str,
    /// The function that takes a reader.
    pub(super) reader: &'static str,
    /// The one beside it that takes a slice, or the same where a slice is a reader to it.
    pub(super) memory: &'static str,
    /// Whether the type of the reader stands ahead of the one that is parsed in angle brackets, and not behind it.
    reader_is_first: bool,
    /// The way that is measured.
    pub(super) method: &'static str,
}

impl FromMemory {
    pub(super) fn takes_reader(&self) -> bool {
        self.memory == self.reader
    }

    /// What `::<…>` is behind the function, if the type of the reader was left to the compiler.
    pub(super) fn types(&self, types: &str) -> Option<String> {
        match self.reader_is_first {
            true => types.strip_prefix("_, ").map(|of| format!("::<{of}>")),
            false => types.ends_with(", _").then(|| format!("::<{types}>")),
        }
    }
}

/// Each parses the same in memory, and ignores what follows the value, or refuses it, as from a reader: so in bincode 1.0 to
/// 1.3, ciborium 0.2, rmp-serde 0.14 to 1.3 and serde_json 1. `decode_from_slice` of bincode 2 returns how much it read
/// besides: that is left to people.
const FROM_MEMORY: [FromMemory; 4] = [
    FromMemory {
        krate: "bincode",
        reader: "deserialize_from",
        memory: "deserialize",
        reader_is_first: true,
        method: "bincode::deserialize(fs::read)",
    },
    FromMemory {
        krate: "ciborium",
        reader: "from_reader",
        memory: "from_reader",
        reader_is_first: false,
        method: "ciborium::from_reader(fs::read)",
    },
    FromMemory {
        krate: "rmp_serde",
        reader: "from_read",
        memory: "from_slice",
        reader_is_first: true,
        method: "rmp_serde::from_slice(fs::read)",
    },
    FromMemory {
        krate: "serde_json",
        reader: "from_reader",
        memory: "from_slice",
        reader_is_first: true,
        method: "serde_json::from_slice(fs::read)",
    },
];

/// How what a function parses from a reader is parsed in memory, where that is known to mean the same.
pub(super) fn from_memory(parser: &Effect) -> Option<&'static FromMemory> {
    let mut known = FROM_MEMORY.iter();
    known.find(|it| (it.krate, it.reader) == (&parser.krate, &parser.path))
}
