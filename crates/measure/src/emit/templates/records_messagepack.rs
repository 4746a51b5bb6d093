//! Records as a MessagePack array, by rmp-serde.

use std::io::{self, Read, Write};

use super::records::{Format, Parse, Record, invalid};

pub(crate) struct MessagePack;

impl Format for MessagePack {
    const RECORD: u64 = 64;
    const WRITES: [&'static str; 3] = [
        "rmp_serde::encode::write(File)",
        "rmp_serde::encode::write(BufWriter)",
        "fs::write(rmp_serde::to_vec)",
    ];

    fn write<W: Write>(mut writer: W, records: &[Record]) -> io::Result<()> {
        rmp_serde::encode::write(&mut writer, records).map_err(encoding)
    }

    fn to_vec(records: &[Record]) -> io::Result<Vec<u8>> {
        rmp_serde::to_vec(records).map_err(encoding)
    }
}

impl Parse for MessagePack {
    const READS: [&'static str; 3] = [
        "rmp_serde::from_read(File)",
        "rmp_serde::from_read(BufReader)",
        "rmp_serde::from_slice(fs::read)",
    ];

    fn read<R: Read>(reader: R) -> io::Result<Vec<Record>> {
        rmp_serde::from_read(reader).map_err(decoding)
    }

    fn from_slice(bytes: &[u8]) -> io::Result<Vec<Record>> {
        rmp_serde::from_slice(bytes).map_err(decoding)
    }
}

fn encoding(error: rmp_serde::encode::Error) -> io::Error {
    match error {
        rmp_serde::encode::Error::InvalidValueWrite(error) => error.into(),
        other => invalid(other),
    }
}

fn decoding(error: rmp_serde::decode::Error) -> io::Error {
    use rmp_serde::decode::Error::{InvalidDataRead, InvalidMarkerRead};
    match error {
        InvalidDataRead(error) | InvalidMarkerRead(error) => error,
        other => invalid(other),
    }
}
