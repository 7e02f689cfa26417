//! XML of manifests: elements with their paths, attributes and words. Entities and CDATA are words like any other.

use quick_xml::{Reader, escape::resolve_html5_entity, events::Event};

use super::{NOT_XML, Problem};
use crate::analysis::prose::unescape;

/// Deeper documents are not project files.
const MAX_DEPTH: usize = 64;

/// Calls `visit` with the path of every element, its attributes, and its text.
pub(super) fn walk(
    text: &str,
    mut visit: impl FnMut(&[String], &[(String, String)], &str),
) -> Result<(), Problem> {
    let mut reader = Reader::from_str(text);
    let mut path: Vec<String> = Vec::new();
    let mut attributes: Vec<Vec<(String, String)>> = Vec::new();
    let mut texts: Vec<String> = Vec::new();

    loop {
        match reader.read_event().map_err(|_| NOT_XML)? {
            Event::Start(tag) => {
                if path.len() >= MAX_DEPTH {
                    return Err("its elements are nested too deep");
                }
                path.push(String::from_utf8_lossy(tag.local_name().as_ref()).into_owned());
                attributes.push(attributes_of(&tag));
                texts.push(String::new());
            }
            Event::Empty(tag) => {
                path.push(String::from_utf8_lossy(tag.local_name().as_ref()).into_owned());
                visit(&path, &attributes_of(&tag), "");
                path.pop();
            }
            Event::Text(piece) => {
                if let (Some(text), Ok(piece)) = (texts.last_mut(), piece.decode()) {
                    text.push_str(&piece);
                }
            }
            Event::CData(piece) => {
                if let (Some(text), Ok(piece)) = (texts.last_mut(), piece.decode()) {
                    text.push_str(&piece);
                }
            }
            Event::GeneralRef(reference) => {
                let numbered = reference.resolve_char_ref().ok().flatten();
                if let Some(text) = texts.last_mut() {
                    match (numbered, reference.decode()) {
                        (Some(character), _) => text.push(character),
                        (None, Ok(name)) => text.push_str(resolve_html5_entity(&name).unwrap_or_default()),
                        _ => {}
                    }
                }
            }
            Event::End(_) => {
                let text = texts.pop().unwrap_or_default();
                visit(&path, &attributes.pop().unwrap_or_default(), text.trim());
                path.pop();
            }
            Event::Eof if path.is_empty() => return Ok(()),
            Event::Eof => return Err("it ends too early"),
            _ => {}
        }
    }
}

fn attributes_of(tag: &quick_xml::events::BytesStart<'_>) -> Vec<(String, String)> {
    let pairs = tag.attributes().flatten().map(|attribute| {
        let key = String::from_utf8_lossy(attribute.key.local_name().as_ref()).into_owned();
        (key, unescape(&String::from_utf8_lossy(&attribute.value)))
    });
    pairs.collect()
}
