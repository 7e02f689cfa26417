//! EPUB 2 and 3: the words of its pages in their order, and what the package says about the book.

use super::{Block, Draft, encoding, package::Package, promotion, xhtml};
use crate::{Cover, ImportError};

pub(super) fn read_epub(bytes: &[u8]) -> Result<Draft, ImportError> {
    let mut package = Package::open(bytes)?;
    package.refuse_protection()?;
    let contents = package.read_contents()?;
    let trim = |text: String| text.split_whitespace().collect::<Vec<_>>().join(" ");
    let mut draft = Draft {
        title: trim(contents.title),
        author: trim(contents.author),
        language: contents.language.trim().to_owned(),
        description: contents.description.trim().to_owned(),
        identifier: contents.identifier.trim().to_owned(),
        date: contents.date.trim().parse().ok(),
        ..Draft::default()
    };

    for page in &contents.pages {
        let bytes = package
            .read_file(page)?
            .ok_or_else(|| ImportError::damaged(format!("{page} is missing")))?;
        xhtml::read_page(&encoding::decode_xml(&bytes), page, &mut draft.blocks)?;
    }
    if let Some(path) = contents.cover {
        draft.cover = package
            .read_file(&path)?
            .and_then(|bytes| Cover::parse(bytes).ok());
    }

    if !draft
        .blocks
        .iter()
        .any(|block| matches!(block, Block::Heading { .. }))
    {
        promotion::promote_headings(&mut draft.blocks);
    }
    Ok(draft)
}
