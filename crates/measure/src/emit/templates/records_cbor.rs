//! Records as a CBOR array, by ciborium.

use std::io::{self, Read, Write};

use super::records::{Format, Parse, Record, invalid};

pub(crate) struct Cbor;

impl Format for Cbor {
    const RECORD: u64 = 92;
    const WRITES: [&'static str; 3] = [
        "ciborium::into_writer(File)",
        "ciborium::into_writer(BufWriter)",
        "fs::write(ciborium::into_writer(Vec))",
    ];

    fn write<W: Write>(writer: W, records: &[Record]) -> io::Result<()> {
        ciborium::into_writer(records, writer).map_err(|error| match error {
            ciborium::ser::Error::Io(error) => error,
            other => invalid(other),
        })
    }

    fn to_vec(records: &[Record]) -> io::Result<Vec<u8>> {
        let mut bytes = Vec::new();
        Self::write(&mut bytes, records)?;
        Ok(bytes)
    }
}

impl Parse for Cbor {
    const READS: [&'static str; 3] = [
        "ciborium::from_reader(File)",
        "ciborium::from_reader(BufReader)",
        "ciborium::from_reader(fs::read)",
    ];

    fn read<R: Read>(reader: R) -> io::Result<Vec<Record>> {
        ciborium::from_reader(reader).map_err(|error| match error {
            ciborium::de::Error::Io(error) => error,
            other => invalid(other),
        })
    }

    fn from_slice(bytes: &[u8]) -> io::Result<Vec<Record>> {
        Self::read(bytes)
    }
}
