//! XML of parts: attributes by local name, text with its entities.
//!
//! Always: no document type, no entities but the five of XML and characters by number; no deeper than any workbook is.

use quick_xml::Reader;
use quick_xml::events::{BytesRef, BytesStart, Event};

use crate::trouble::Trouble;

const MAX_DEPTH: usize = 64;
/// A cell has three attributes, a sheet names a dozen name spaces. All of an element are remembered while it is read.
const MAX_ATTRIBUTES: usize = 64;

/// What comes next in a part.
pub(crate) enum Piece<'a> {
    /// An element begins; `true` where it is empty, and ends at once.
    Start(BytesStart<'a>, bool),
    /// An element ends.
    End(String),
    /// Text, a character or a part of it.
    Text(String),
}

/// A part that is read from its beginning to its end.
pub(crate) struct Pieces<'a> {
    reader: Reader<&'a [u8]>,
    depth: usize,
}

pub(crate) fn broken() -> Trouble {
    let english = "a part of the workbook is no XML that a spreadsheet would write: save it again as .xlsx";
    Trouble::of_file(english, "工作簿内部结构有误，请用 Excel 或 WPS 重新保存为 .xlsx")
}

impl<'a> Pieces<'a> {
    pub(crate) fn of(text: &'a str) -> Self {
        Self { reader: Reader::from_str(text), depth: 0 }
    }

    /// The next piece; nothing at the end.
    pub(crate) fn next(&mut self) -> Result<Option<Piece<'a>>, Trouble> {
        loop {
            let event = self.reader.read_event().map_err(|_| broken())?;
            return Ok(Some(match event {
                Event::Start(start) => {
                    self.depth += 1;
                    if self.depth > MAX_DEPTH {
                        return Err(broken());
                    }
                    Piece::Start(start, false)
                }
                Event::Empty(start) => Piece::Start(start, true),
                Event::End(end) => {
                    self.depth = self.depth.checked_sub(1).ok_or_else(broken)?;
                    Piece::End(end.local_name().as_ref().to_owned())
                }
                Event::Text(text) => Piece::Text(text.to_string()),
                Event::CData(text) => Piece::Text(text.to_string()),
                Event::GeneralRef(entity) => Piece::Text(character(&entity)?.to_string()),
                Event::DocType(_) => return Err(broken()),
                Event::Eof if self.depth == 0 => return Ok(None),
                Event::Eof => return Err(broken()),
                Event::Decl(_) | Event::Comment(_) | Event::PI(_) => continue,
            }));
        }
    }
}

fn character(entity: &BytesRef<'_>) -> Result<char, Trouble> {
    if let Some(character) = entity.resolve_char_ref().map_err(|_| broken())? {
        return Ok(character);
    }
    match &**entity {
        "lt" => Ok('<'),
        "gt" => Ok('>'),
        "amp" => Ok('&'),
        "quot" => Ok('"'),
        "apos" => Ok('\''),
        _ => Err(broken()),
    }
}

/// An attribute by its local name.
pub(crate) fn attribute(start: &BytesStart<'_>, name: &str) -> Result<Option<String>, Trouble> {
    for (place, attribute) in start.attributes().enumerate() {
        let attribute = attribute.map_err(|_| broken())?;
        if place >= MAX_ATTRIBUTES {
            return Err(broken());
        }
        if attribute.key.local_name().as_ref() == name {
            let value = attribute.normalized_value(quick_xml::XmlVersion::Implicit1_0).map_err(|_| broken())?;
            return Ok(Some(value.into_owned()));
        }
    }
    Ok(None)
}

/// Whether an attribute says yes.
pub(crate) fn is_set(start: &BytesStart<'_>, name: &str) -> Result<bool, Trouble> {
    Ok(attribute(start, name)?.is_some_and(|value| value == "1" || value == "true"))
}
