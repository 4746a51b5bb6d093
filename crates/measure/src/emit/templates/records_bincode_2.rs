//! Records as bincode 2 writes them in its standard configuration.

use std::io::{self, ErrorKind, Read, Write};

use bincode_2::config::standard;
use bincode_2::error::{DecodeError, EncodeError};

use super::records::{Format, Parse, Record, invalid};

pub(crate) struct Bincode;

impl Format for Bincode {
    const RECORD: u64 = 61;
    const WRITES: [&'static str; 3] = [
        "bincode::serde::encode_into_std_write(File)",
        "bincode::serde::encode_into_std_write(BufWriter)",
        "fs::write(bincode::serde::encode_to_vec)",
    ];

    fn write<W: Write>(mut writer: W, records: &[Record]) -> io::Result<()> {
        let written = bincode_2::serde::encode_into_std_write(records, &mut writer, standard());
        written.map(drop).map_err(encoding)
    }

    fn to_vec(records: &[Record]) -> io::Result<Vec<u8>> {
        bincode_2::serde::encode_to_vec(records, standard()).map_err(encoding)
    }
}

impl Parse for Bincode {
    const READS: [&'static str; 3] = [
        "bincode::serde::decode_from_std_read(File)",
        "bincode::serde::decode_from_std_read(BufReader)",
        "bincode::serde::decode_from_slice(fs::read)",
    ];

    fn read<R: Read>(mut reader: R) -> io::Result<Vec<Record>> {
        bincode_2::serde::decode_from_std_read(&mut reader, standard()).map_err(decoding)
    }

    fn from_slice(bytes: &[u8]) -> io::Result<Vec<Record>> {
        let decoded = bincode_2::serde::decode_from_slice(bytes, standard());
        decoded.map(|(records, _)| records).map_err(decoding)
    }
}

fn encoding(error: EncodeError) -> io::Error {
    match error {
        EncodeError::Io { inner, .. } => inner,
        other => invalid(other),
    }
}

fn decoding(error: DecodeError) -> io::Error {
    match error {
        DecodeError::Io { inner, .. } => inner,
        DecodeError::UnexpectedEnd { .. } => io::Error::new(ErrorKind::UnexpectedEof, error),
        other => invalid(other),
    }
}
