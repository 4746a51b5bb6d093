//! Records as bincode 1 writes them.

use std::io::{self, Read, Write};

use super::records::{Format, Parse, Record, invalid};

pub(crate) struct Bincode;

impl Format for Bincode {
    const RECORD: u64 = 91;
    const WRITES: [&'static str; 3] = [
        "bincode::serialize_into(File)",
        "bincode::serialize_into(BufWriter)",
        "fs::write(bincode::serialize)",
    ];

    fn write<W: Write>(writer: W, records: &[Record]) -> io::Result<()> {
        bincode::serialize_into(writer, records).map_err(|error| kind(*error))
    }

    fn to_vec(records: &[Record]) -> io::Result<Vec<u8>> {
        bincode::serialize(records).map_err(|error| kind(*error))
    }
}

impl Parse for Bincode {
    const READS: [&'static str; 3] = [
        "bincode::deserialize_from(File)",
        "bincode::deserialize_from(BufReader)",
        "bincode::deserialize(fs::read)",
    ];

    fn read<R: Read>(reader: R) -> io::Result<Vec<Record>> {
        bincode::deserialize_from(reader).map_err(|error| kind(*error))
    }

    fn from_slice(bytes: &[u8]) -> io::Result<Vec<Record>> {
        bincode::deserialize(bytes).map_err(|error| kind(*error))
    }
}

fn kind(error: bincode::ErrorKind) -> io::Error {
    match error {
        bincode::ErrorKind::Io(error) => error,
        other => invalid(other),
    }
}
