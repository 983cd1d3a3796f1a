//! XML of strangers, read into a small tree.
//!
//! In: bytes from a device. Out: an [`Element`] with local names; prefixes differ with every make.
//! Always: no document type, no entities but the five of XML and characters by number, no more elements and
//! no deeper than any real device sends.

use quick_xml::Reader;
use quick_xml::events::{BytesRef, BytesStart, Event};

/// Elements of the largest answer that is read; twelve profiles of a real camera are about 1,500.
const MAX_ELEMENTS: usize = 20_000;
const MAX_DEPTH: usize = 40;

/// Why a text is not read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("not the XML of a camera: {0}")]
pub(super) struct XmlError(String);

/// An element with its text and its children, in order.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Element {
    name: String,
    attributes: Vec<(String, String)>,
    text: String,
    children: Vec<Element>,
}

/// Reads a document and gives its root.
pub(super) fn read(bytes: &[u8]) -> Result<Element, XmlError> {
    let text = std::str::from_utf8(bytes).map_err(|_| XmlError("it is not UTF-8".into()))?;
    let mut reader = Reader::from_str(text.trim_start_matches('\u{feff}'));
    let (mut open, mut elements) = (vec![Element::default()], 0);
    loop {
        match reader.read_event().map_err(broken)? {
            Event::Start(start) => {
                open.push(element(&start, &mut elements)?);
                if open.len() > MAX_DEPTH {
                    return Err(XmlError(format!("it is deeper than {MAX_DEPTH}")));
                }
            }
            Event::Empty(start) => {
                let empty = element(&start, &mut elements)?;
                last(&mut open).children.push(empty);
            }
            Event::End(_) => {
                let done = open.pop().filter(|_| !open.is_empty()).ok_or_else(|| XmlError("an end without a start".into()))?;
                last(&mut open).children.push(done);
            }
            Event::Text(text) => last(&mut open).text.push_str(&text),
            Event::CData(text) => last(&mut open).text.push_str(&text),
            Event::GeneralRef(entity) => last(&mut open).text.push(character(&entity)?),
            Event::DocType(_) => return Err(XmlError("it declares a document type".into())),
            Event::Eof => break,
            Event::Decl(_) | Event::Comment(_) | Event::PI(_) => {}
        }
    }
    let document = open.pop().filter(|_| open.is_empty()).ok_or_else(|| XmlError("it ends too early".into()))?;
    document.children.into_iter().next().ok_or_else(|| XmlError("it is empty".into()))
}

fn last(open: &mut [Element]) -> &mut Element {
    open.last_mut().expect("the document itself is never closed")
}

fn broken(error: impl std::fmt::Display) -> XmlError {
    XmlError(error.to_string().chars().take(200).collect())
}

fn element(start: &BytesStart<'_>, elements: &mut usize) -> Result<Element, XmlError> {
    *elements += 1;
    if *elements > MAX_ELEMENTS {
        return Err(XmlError(format!("it has more than {MAX_ELEMENTS} elements")));
    }
    let name = start.local_name().as_ref().to_owned();
    let mut attributes = Vec::new();
    for attribute in start.attributes() {
        let attribute = attribute.map_err(broken)?;
        let value = attribute.normalized_value(quick_xml::XmlVersion::Implicit1_0).map_err(broken)?.into_owned();
        attributes.push((attribute.key.local_name().as_ref().to_owned(), value));
    }
    Ok(Element { name, attributes, ..Element::default() })
}

fn character(entity: &BytesRef<'_>) -> Result<char, XmlError> {
    if let Some(character) = entity.resolve_char_ref().map_err(broken)? {
        return Ok(character);
    }
    match &**entity {
        "lt" => Ok('<'),
        "gt" => Ok('>'),
        "amp" => Ok('&'),
        "quot" => Ok('"'),
        "apos" => Ok('\''),
        other => Err(XmlError(format!("the entity {other:.20} is not known"))),
    }
}

impl Element {
    /// The first element down these names, from this one's children on.
    pub(super) fn at(&self, path: &[&str]) -> Option<&Self> {
        path.iter().try_fold(self, |element, name| element.children.iter().find(|child| child.name == *name))
    }

    /// Its text without blanks around it; nothing where it is empty.
    pub(super) fn text_at(&self, path: &[&str]) -> Option<&str> {
        self.at(path).map(|element| element.text.trim()).filter(|text| !text.is_empty())
    }

    /// A whole number.
    pub(super) fn number_at(&self, path: &[&str]) -> Option<u32> {
        // Some devices write 25.000000.
        let text = self.text_at(path)?;
        text.split_once('.').map_or(text, |(whole, _)| whole).parse().ok()
    }

    /// The children of that name.
    pub(super) fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a Self> {
        self.children.iter().filter(move |child| child.name == name)
    }

    /// Takes the first child of that name out.
    pub(super) fn take(&mut self, name: &str) -> Option<Self> {
        let at = self.children.iter().position(|child| child.name == name)?;
        Some(self.children.swap_remove(at))
    }

    /// An attribute by its name without a prefix.
    pub(super) fn attribute(&self, name: &str) -> Option<&str> {
        self.attributes.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }
}

/// A text as it may stand between tags or in an attribute.
pub(super) fn escaped(text: &str) -> String {
    quick_xml::escape::escape(text).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn prefixes_do_not_matter_and_entities_are_characters() {
        let root =
            read(br#"<?xml version="1.0"?><e:A xmlns:e="u"><x:B t="1&amp;2"> rtsp://h/?a=1&amp;b=&#50; </x:B><x:B/></e:A>"#)
                .unwrap();
        assert_eq!((root.name.as_str(), root.text_at(&["B"])), ("A", Some("rtsp://h/?a=1&b=2")));
        assert_eq!(root.at(&["B"]).unwrap().attribute("t"), Some("1&2"));
        assert_eq!(root.all("B").count(), 2);
        assert_eq!(read(format!("<a>{}</a>", escaped("<&>\"'")).as_bytes()).unwrap().text, "<&>\"'");
    }

    #[test]
    fn what_is_hostile_is_refused() {
        let deep = "<a>".repeat(100_000);
        let many = format!("<a>{}</a>", "<b/>".repeat(MAX_ELEMENTS));
        let laughs = r#"<!DOCTYPE l [<!ENTITY a "ha"><!ENTITY b "&a;&a;">]><l>&b;</l>"#;
        let outside = r#"<!DOCTYPE l SYSTEM "file:///etc/passwd"><l/>"#;
        for text in [&deep, &many, laughs, outside, "<a>&b;</a>", "<a t='&b;'/>", "<a></b>", "<a>", "</a>", "", "no"] {
            assert!(read(text.as_bytes()).is_err(), "{text:.60}");
        }
        assert!(read(&[0xff, 0xfe, b'<']).is_err());
    }

    proptest! {
        #[test]
        fn nothing_makes_it_panic(text in "[<>/a&;!?'\"= \\[\\]#x-]{0,80}") {
            let _ = read(text.as_bytes());
        }
    }
}
