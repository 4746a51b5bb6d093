//! Records as a JSON array, by serde_json.

use std::io::{self, Read, Write};

use super::records::{Format, Parse, Record};

pub(crate) struct Json;

impl Format for Json {
    const RECORD: u64 = 108;
    const WRITES: [&'static str; 3] = [
        "serde_json::to_writer(File)",
        "serde_json::to_writer(BufWriter)",
        "fs::write(serde_json::to_vec)",
    ];

    fn write<W: Write>(writer: W, records: &[Record]) -> io::Result<()> {
        Ok(serde_json::to_writer(writer, records)?)
    }

    fn to_vec(records: &[Record]) -> io::Result<Vec<u8>> {
        Ok(serde_json::to_vec(records)?)
    }
}

impl Parse for Json {
    const READS: [&'static str; 3] = [
        "serde_json::from_reader(File)",
        "serde_json::from_reader(BufReader)",
        "serde_json::from_slice(fs::read)",
    ];

    fn read<R: Read>(reader: R) -> io::Result<Vec<Record>> {
        Ok(serde_json::from_reader(reader)?)
    }

    fn from_slice(bytes: &[u8]) -> io::Result<Vec<Record>> {
        Ok(serde_json::from_slice(bytes)?)
    }
}
