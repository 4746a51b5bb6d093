//! Records serialized to and from a bare file. The models are the templates of `bench --emit`, one for each format.

use std::io;
use std::path::Path;

use crate::emit::{self, templates};
use crate::workload::{Setup, Sizes, Workload};

const fn model(
    variants: &'static [&'static str],
    description: &'static str,
    set_up: fn(&Path, u64) -> io::Result<Setup>,
) -> Workload {
    Workload {
        rule: "unbuffered_serde",
        variants,
        description,
        sizes: Sizes::Calls,
        throughput: true,
        pieces: None,
        set_up,
    }
}

macro_rules! models {
    ($($name:ident: $template:ident, $variants:expr, $description:literal;)*) => {$(
        pub(super) const $name: Workload = model(&$variants, $description, |directory, size| {
            emit::set_up(&templates::$template::PATTERN, directory, size)
        });
    )*};
}

models! {
    BINCODE_1_READ: unbuffered_serde_bincode_1_read, ["bincode-1-read"],
        "reads records of about 90 bytes into a Vec of structs with bincode";
    BINCODE_1_WRITE: unbuffered_serde_bincode_1_write, ["bincode-1-write"],
        "writes a Vec of structs to a new file as records of about 90 bytes with bincode";
    BINCODE_2_READ: unbuffered_serde_bincode_2_read, ["bincode-2-read"],
        "reads records of about 60 bytes into a Vec of structs with bincode";
    BINCODE_2_WRITE: unbuffered_serde_bincode_2_write, ["bincode-2-write"],
        "writes a Vec of structs to a new file as records of about 60 bytes with bincode";
    CBOR_READ: unbuffered_serde_cbor_read, ["cbor-read"],
        "reads a CBOR array of records of about 90 bytes into a Vec of structs with ciborium";
    CBOR_WRITE: unbuffered_serde_cbor_write, ["cbor-write"],
        "writes a Vec of structs to a new file as a CBOR array of records of about 90 bytes with ciborium";
    JSON_READ: unbuffered_serde_json_read, ["json-read", "default"],
        "reads a JSON array of records of about 100 bytes into a Vec of structs with serde_json";
    JSON_WRITE: unbuffered_serde_json_write, ["json-write"],
        "writes a Vec of structs to a new file as a JSON array of records of about 100 bytes with serde_json";
    MESSAGEPACK_READ: unbuffered_serde_messagepack_read, ["messagepack-read"],
        "reads a MessagePack array of records of about 60 bytes into a Vec of structs with rmp-serde";
    MESSAGEPACK_WRITE: unbuffered_serde_messagepack_write, ["messagepack-write"],
        "writes a Vec of structs to a new file as a MessagePack array of records of about 60 bytes with rmp-serde";
    XML_WRITE: unbuffered_serde_xml_write, ["xml-write"],
        "writes a Vec of structs to a new file as an XML document with elements of about 160 bytes, by the event writer of quick-xml";
}
