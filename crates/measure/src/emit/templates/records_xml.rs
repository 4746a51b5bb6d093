//! Records as elements of an XML document, by the writer of quick-xml.

use std::io::{self, Write};

use quick_xml::Writer;
use quick_xml::events::BytesText;

use super::records::{Format, Record};

pub(crate) struct Xml;

impl Format for Xml {
    const RECORD: u64 = 161;
    const WRITES: [&'static str; 3] = [
        "quick_xml::Writer on File",
        "quick_xml::Writer on BufWriter",
        "fs::write(quick_xml::Writer on Vec)",
    ];

    fn write<W: Write>(writer: W, records: &[Record]) -> io::Result<()> {
        let mut xml = Writer::new(writer);
        let document = xml.create_element("records");
        document.write_inner_content(|xml| records.iter().try_for_each(|it| element(xml, it)))?;
        Ok(())
    }

    fn to_vec(records: &[Record]) -> io::Result<Vec<u8>> {
        let mut bytes = Vec::new();
        Self::write(&mut bytes, records)?;
        Ok(bytes)
    }
}

fn element<W: Write>(xml: &mut Writer<W>, record: &Record) -> io::Result<()> {
    let id = record.id.to_string();
    let element = xml
        .create_element("record")
        .with_attribute(("id", id.as_str()));
    element.write_inner_content(|xml| {
        text(xml, "name", &record.name)?;
        for tag in &record.tags {
            text(xml, "tag", tag)?;
        }
        text(xml, "score", &record.score.to_string())?;
        text(xml, "active", &record.active.to_string())
    })?;
    Ok(())
}

fn text<W: Write>(xml: &mut Writer<W>, name: &str, text: &str) -> io::Result<()> {
    let element = xml.create_element(name);
    element.write_text_content(BytesText::new(text)).map(drop)
}
