//! The archive of an EPUB and its package document: what the book is, and which pages it has in which order. Nothing is ever
//! written to a disk, and no more is unpacked than the limits allow.

use std::{
    collections::BTreeMap,
    io::{Cursor, Read},
};

use percent_encoding::percent_decode_str;
use quick_xml::{
    Reader,
    events::{BytesStart, Event},
};
use zip::{ZipArchive, result::ZipError};

use super::{MAX_ENTRIES, MAX_UNPACKED_BYTES, encoding};
use crate::ImportError;

/// Hides fonts from being copied; the words are readable.
const FONT_OBFUSCATIONS: [&str; 2] = [
    "http://www.idpf.org/2008/embedding",
    "http://ns.adobe.com/pdf/enc#RC",
];

pub(super) struct Package<'a> {
    archive: ZipArchive<Cursor<&'a [u8]>>,
    unpacked: u64,
}

/// What the package document says.
#[derive(Debug, Default)]
pub(super) struct Contents {
    pub(super) title: String,
    pub(super) author: String,
    pub(super) language: String,
    pub(super) description: String,
    pub(super) identifier: String,
    pub(super) date: String,
    /// The pages, by their paths in the archive, in the order in which they are read.
    pub(super) pages: Vec<String>,
    pub(super) cover: Option<String>,
}

/// An item of the manifest.
#[derive(Debug, Default, Clone)]
struct Item {
    href: String,
    media_type: String,
    properties: String,
}

impl<'a> Package<'a> {
    pub(super) fn open(bytes: &'a [u8]) -> Result<Self, ImportError> {
        let archive = ZipArchive::new(Cursor::new(bytes))
            .map_err(|_| ImportError::damaged("the archive has no readable list of its files"))?;
        if archive.len() > MAX_ENTRIES {
            return Err(ImportError::TooManyFiles { limit: MAX_ENTRIES });
        }

        Ok(Self { archive, unpacked: 0 })
    }

    /// The bytes of one file; `None` when the archive has none of this name.
    pub(super) fn read_file(&mut self, name: &str) -> Result<Option<Vec<u8>>, ImportError> {
        let file = match self.archive.by_name(name) {
            Ok(file) => file,
            Err(ZipError::FileNotFound) => return Ok(None),
            Err(ZipError::UnsupportedArchive(_) | ZipError::InvalidPassword) => {
                return Err(ImportError::Protected);
            }
            Err(_) => return Err(ImportError::damaged(format!("{name} can't be unpacked"))),
        };

        // What an entry says about its size is not believed.
        let left = MAX_UNPACKED_BYTES - self.unpacked;
        let mut bytes = Vec::new();
        file.take(left + 1)
            .read_to_end(&mut bytes)
            .map_err(|_| ImportError::damaged(format!("{name} can't be unpacked")))?;
        if bytes.len() as u64 > left {
            return Err(ImportError::TooLarge {
                what: "what the archive unpacks to",
                limit: MAX_UNPACKED_BYTES,
            });
        }

        self.unpacked += bytes.len() as u64;
        Ok(Some(bytes))
    }

    fn require_text(&mut self, name: &str) -> Result<String, ImportError> {
        let bytes = self
            .read_file(name)?
            .ok_or_else(|| ImportError::damaged(format!("{name} is missing")))?;
        Ok(encoding::decode_xml(&bytes))
    }

    pub(super) fn refuse_protection(&mut self) -> Result<(), ImportError> {
        if self.read_file("META-INF/sinf.xml")?.is_some() {
            return Err(ImportError::Protected);
        }
        let Some(bytes) = self.read_file("META-INF/encryption.xml")? else {
            return Ok(());
        };

        let text = encoding::decode_xml(&bytes);
        let mut in_data = 0_usize;
        let mut reader = lenient_reader(&text);
        loop {
            match next_event(&mut reader, "META-INF/encryption.xml")? {
                Event::Eof => return Ok(()),
                Event::Start(tag) if tag.local_name().as_ref() == b"EncryptedData" => in_data += 1,
                Event::End(tag) if tag.local_name().as_ref() == b"EncryptedData" => {
                    in_data = in_data.saturating_sub(1)
                }
                Event::Start(tag) | Event::Empty(tag)
                    if in_data > 0 && tag.local_name().as_ref() == b"EncryptionMethod" =>
                {
                    let algorithm = attribute_of(&tag, b"Algorithm").unwrap_or_default();
                    if !FONT_OBFUSCATIONS.contains(&algorithm.as_str()) {
                        return Err(ImportError::Protected);
                    }
                }
                _ => {}
            }
        }
    }

    pub(super) fn read_contents(&mut self) -> Result<Contents, ImportError> {
        let path = self.find_package()?;
        let text = self.require_text(&path)?;
        let mut contents = Contents::default();
        let mut items: BTreeMap<String, Item> = BTreeMap::new();
        let mut spine = Vec::new();
        let mut cover_id = None;
        let mut element = String::new();
        let mut reader = lenient_reader(&text);

        loop {
            match next_event(&mut reader, &path)? {
                Event::Eof => break,
                Event::Start(tag) | Event::Empty(tag) => {
                    element = name_of(&tag);
                    contents.begin_metadata(&mut element);
                    let read = |name: &[u8]| attribute_of(&tag, name).unwrap_or_default();
                    match element.as_str() {
                        "item" => {
                            let item = Item {
                                href: read(b"href"),
                                media_type: read(b"media-type"),
                                properties: read(b"properties"),
                            };
                            items.insert(read(b"id"), item);
                        }
                        "itemref" => spine.push(read(b"idref")),
                        "meta" if read(b"name") == "cover" => cover_id = Some(read(b"content")),
                        _ => {}
                    }
                }
                Event::End(_) => element.clear(),
                Event::Text(words) => contents.add_metadata(&element, &String::from_utf8_lossy(&words)),
                Event::CData(words) => contents.add_metadata(&element, &String::from_utf8_lossy(&words)),
                Event::GeneralRef(entity) => {
                    let name = String::from_utf8_lossy(&entity).into_owned();
                    contents.add_metadata(&element, &resolve_entity(&name));
                }
                _ => {}
            }
        }

        contents.take_items(&path, &items, &spine, cover_id.as_deref())?;
        Ok(contents)
    }

    fn find_package(&mut self) -> Result<String, ImportError> {
        const CONTAINER: &str = "META-INF/container.xml";
        if self.archive.index_for_name("word/document.xml").is_some() {
            return Err(ImportError::Unsupported {
                found: "a DOCX document",
            });
        }
        if self.archive.index_for_name(CONTAINER).is_none() {
            return Err(ImportError::Unsupported {
                found: "an archive that is no EPUB",
            });
        }

        let text = self.require_text(CONTAINER)?;
        let mut reader = lenient_reader(&text);
        loop {
            match next_event(&mut reader, CONTAINER)? {
                Event::Start(tag) | Event::Empty(tag) if name_of(&tag) == "rootfile" => {
                    let path = attribute_of(&tag, b"full-path").unwrap_or_default();
                    return resolve_path("", &path);
                }
                Event::Eof => return Err(ImportError::damaged(format!("{CONTAINER} names no package"))),
                _ => {}
            }
        }
    }
}

impl Contents {
    /// Of several titles the first is the book's; several authors are all named.
    fn begin_metadata(&mut self, element: &mut String) {
        let known = match element.as_str() {
            "title" => &self.title,
            "language" => &self.language,
            "description" => &self.description,
            "identifier" => &self.identifier,
            "date" => &self.date,
            "creator" if !self.author.trim().is_empty() => {
                self.author.push_str(", ");
                return;
            }
            _ => return,
        };

        if !known.trim().is_empty() {
            element.clear();
        }
    }

    fn add_metadata(&mut self, element: &str, words: &str) {
        let field = match element {
            "title" => &mut self.title,
            "creator" => &mut self.author,
            "language" => &mut self.language,
            "description" => &mut self.description,
            "identifier" => &mut self.identifier,
            "date" => &mut self.date,
            _ => return,
        };
        field.push_str(words);
    }

    fn take_items(
        &mut self,
        package: &str,
        items: &BTreeMap<String, Item>,
        spine: &[String],
        cover_id: Option<&str>,
    ) -> Result<(), ImportError> {
        if spine.len() > MAX_ENTRIES {
            return Err(ImportError::TooManyFiles { limit: MAX_ENTRIES });
        }
        for id in spine {
            let Some(item) = items.get(id) else { continue };
            let is_page = matches!(
                item.media_type.as_str(),
                "application/xhtml+xml" | "text/html" | "application/xml"
            );
            let is_navigation = item
                .properties
                .split_whitespace()
                .any(|property| property == "nav");
            if is_page && !is_navigation {
                self.pages.push(resolve_path(package, &item.href)?);
            }
        }

        let cover = items
            .values()
            .find(|item| {
                item.properties
                    .split_whitespace()
                    .any(|property| property == "cover-image")
            })
            .or_else(|| cover_id.and_then(|id| items.get(id)))
            .filter(|item| item.media_type.starts_with("image/"));
        self.cover = cover.map(|item| resolve_path(package, &item.href)).transpose()?;
        Ok(())
    }
}

/// A path in the archive, seen from another file in it. One that leads out of the archive is refused.
fn resolve_path(from: &str, href: &str) -> Result<String, ImportError> {
    let href = href.split(['#', '?']).next().unwrap_or_default();
    let href = percent_decode_str(href).decode_utf8_lossy();
    let leads_out = || ImportError::damaged(format!("{href:?} leads out of the archive"));
    if href.starts_with('/') || href.contains(['\\', '\0', ':']) {
        return Err(leads_out());
    }

    let mut steps: Vec<&str> = from.split('/').collect();
    steps.pop();
    for step in href.split('/') {
        match step {
            "" | "." => {}
            ".." => {
                steps.pop().ok_or_else(leads_out)?;
            }
            step => steps.push(step),
        }
    }

    Ok(steps.join("/"))
}

/// Books in the wild have stray marks; what can be read is read.
pub(super) fn lenient_reader(text: &str) -> Reader<&[u8]> {
    let mut reader = Reader::from_str(text);
    let config = reader.config_mut();
    config.check_end_names = false;
    config.allow_unmatched_ends = true;
    config.allow_dangling_amp = true;

    reader
}

pub(super) fn next_event<'a>(reader: &mut Reader<&'a [u8]>, name: &str) -> Result<Event<'a>, ImportError> {
    reader.read_event().map_err(|_| {
        let position = reader.error_position();
        ImportError::damaged(format!("{name} is no XML at byte {position}"))
    })
}

pub(super) fn name_of(tag: &BytesStart<'_>) -> String {
    String::from_utf8_lossy(tag.local_name().as_ref()).to_ascii_lowercase()
}

/// The value of an attribute by its name without prefix.
pub(super) fn attribute_of(tag: &BytesStart<'_>, name: &[u8]) -> Option<String> {
    tag.html_attributes()
        .with_checks(false)
        .filter_map(Result::ok)
        .find(|attribute| attribute.key.local_name().as_ref() == name)
        .map(|attribute| String::from_utf8_lossy(&attribute.value).replace("&amp;", "&"))
}

/// What a reference stands for: a character by its number or its name in HTML; another one is left as it is, and entities that
/// a document defines itself are never expanded.
pub(super) fn resolve_entity(name: &str) -> String {
    let number = name.strip_prefix('#').and_then(|digits| {
        digits
            .strip_prefix(['x', 'X'])
            .map_or_else(|| digits.parse().ok(), |hex| u32::from_str_radix(hex, 16).ok())
    });
    if let Some(c) = number.and_then(char::from_u32) {
        return c.to_string();
    }

    quick_xml::escape::resolve_html5_entity(name).map_or_else(|| format!("&{name};"), str::to_owned)
}
