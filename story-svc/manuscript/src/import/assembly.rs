//! Chapters and scenes out of headings, paragraphs and breaks.

use super::{
    Block, Draft,
    markdown::{is_findings, strip_bullet},
};
use crate::{
    Book, Chapter, ImportError, Scene,
    headings::{self, HeadingKind, read_heading},
    inline::{escape_text, plain_text},
};

/// How the prose before the first heading is headed: nobody's words are dropped.
const FRONT_MATTER: &str = "Front matter";
/// A chapter that is called "Contents" is one when its lines are no longer than this, in characters.
const LONGEST_ENTRY: usize = 120;

pub(super) fn assemble_book(mut draft: Draft) -> Result<Book, ImportError> {
    take_title(&mut draft);
    let level = chapter_level(&draft.blocks);
    let mut builder = Builder::new(level);
    for block in draft.blocks {
        builder.add_block(block);
    }
    let (chapters, notes) = builder.finish();
    if chapters.is_empty() && notes.is_empty() {
        return Err(ImportError::NoWords);
    }

    Ok(Book {
        title: draft.title,
        author: draft.author,
        language: draft.language,
        description: draft.description,
        date: draft.date,
        identifier: draft.identifier,
        chapters,
        notes,
        cover: draft.cover,
    })
}

/// The first heading is the title's when it says the title, or when it alone stands above all others.
fn take_title(draft: &mut Draft) {
    let headings: Vec<(usize, u8, &str)> = draft
        .blocks
        .iter()
        .enumerate()
        .filter_map(|(index, block)| match block {
            Block::Heading { level, text } => Some((index, *level, text.as_str())),
            _ => None,
        })
        .collect();
    let Some(&(index, level, text)) = headings.first() else {
        return;
    };
    let above_all = headings[1..].iter().all(|(_, other, _)| *other > level);
    let says_title = text.eq_ignore_ascii_case(&draft.title) && level == 1;
    let is_title =
        says_title || (draft.title.is_empty() && above_all && level == 1 && read_heading(text).is_none());
    if !is_title {
        return;
    }

    if draft.title.is_empty() {
        draft.title = text.to_owned();
    }
    draft.blocks.remove(index);
    // "by Jane Austen"
    if let Some(Block::Paragraph(line)) = draft.blocks.get(index) {
        let line = plain_text(line);
        let author = line
            .get(..3)
            .filter(|by| by.eq_ignore_ascii_case("by "))
            .map(|_| line[3..].trim());
        if let Some(author) = author.filter(|author| author.chars().count() <= 80 && !author.ends_with('.')) {
            if draft.author.is_empty() {
                draft.author = author.to_owned();
            }
            draft.blocks.remove(index);
        }
    }
}

/// What is known of the headings of one level.
#[derive(Default)]
struct Level {
    count: usize,
    chapters: usize,
    parts: usize,
    /// Followed by a deeper heading without a paragraph between.
    empty: usize,
}

/// The level of the headings that begin chapters; those above it begin parts, those below stand inside.
fn chapter_level(blocks: &[Block]) -> u8 {
    let mut levels: [Level; 7] = Default::default();
    for (index, block) in blocks.iter().enumerate() {
        let Block::Heading { level, text } = block else {
            continue;
        };
        if is_findings(text) {
            continue;
        }
        let next = blocks[index + 1..].iter().find(|block| **block != Block::Break);
        let known = &mut levels[usize::from(*level).min(6)];
        known.count += 1;
        if matches!(next, Some(Block::Heading { level: next, .. }) if next > level) {
            known.empty += 1;
        }
        match read_heading(text).map(|heading| heading.kind) {
            Some(HeadingKind::Chapter) => known.chapters += 1,
            Some(HeadingKind::Part) => known.parts += 1,
            _ => {}
        }
    }

    let most = (1_u8..7)
        .rev()
        .max_by_key(|level| levels[usize::from(*level)].chapters)
        .unwrap_or(1);
    if levels[usize::from(most)].chapters > 0 {
        return most;
    }
    let used: Vec<u8> = (0_u8..7)
        .filter(|level| levels[usize::from(*level)].count > 0)
        .collect();
    for (position, level) in used.iter().enumerate() {
        let known = &levels[usize::from(*level)];
        let heads_others = known.empty * 2 > known.count || known.parts * 2 > known.count;
        if position + 1 == used.len() || !heads_others {
            return *level;
        }
    }

    1
}

struct Builder {
    level: u8,
    chapters: Vec<Chapter>,
    /// The chapter that is being read, and whether a heading began it.
    current: Option<Chapter>,
    part: Option<String>,
    notes: Vec<String>,
    in_findings: bool,
}

impl Builder {
    const fn new(level: u8) -> Self {
        Self {
            level,
            chapters: Vec::new(),
            current: None,
            part: None,
            notes: Vec::new(),
            in_findings: false,
        }
    }

    fn add_block(&mut self, block: Block) {
        match block {
            Block::Heading { text, .. } if is_findings(&text) => {
                self.end_chapter();
                self.in_findings = true;
            }
            Block::Heading { level, text } => {
                self.in_findings = false;
                self.add_heading(level, text);
            }
            Block::Paragraph(text) if self.in_findings => {
                self.notes.push(strip_bullet(&plain_text(&text)).to_owned());
            }
            Block::Paragraph(text) => self.add_paragraph(text),
            Block::Break => self.add_break(),
        }
    }

    fn add_heading(&mut self, level: u8, text: String) {
        let heading = read_heading(&text);
        let kind = heading.as_ref().map(|heading| heading.kind);
        let begins_part = match level.cmp(&self.level) {
            std::cmp::Ordering::Less => !matches!(kind, Some(HeadingKind::Named | HeadingKind::Chapter)),
            std::cmp::Ordering::Equal => kind == Some(HeadingKind::Part),
            std::cmp::Ordering::Greater => {
                self.add_inner_heading(text);
                return;
            }
        };

        self.end_chapter();
        if begins_part {
            // Two headings of parts in a row: a book of several parts, or a part and its title.
            self.part = Some(match self.part.take() {
                Some(earlier) => format!("{earlier}: {text}"),
                None => text,
            });
            return;
        }

        let (number, title) = heading.map_or_else(|| (None, text), |heading| (heading.number, heading.title));
        self.current = Some(Chapter {
            part: self.part.take(),
            number,
            title,
            scenes: Vec::new(),
        });
    }

    /// Below a chapter: its title, when it has none yet, or the beginning of another scene.
    fn add_inner_heading(&mut self, text: String) {
        if let Some(chapter) = &mut self.current
            && chapter.scenes.is_empty()
            && chapter.title.is_empty()
        {
            chapter.title = text;
            return;
        }

        let is_number = read_heading(&text)
            .is_some_and(|heading| heading.kind == HeadingKind::Numbered && heading.title.is_empty());
        self.add_break();
        if !is_number {
            self.add_paragraph(format!("**{}**", escape_text(&text)));
        }
    }

    fn add_paragraph(&mut self, text: String) {
        let part = &mut self.part;
        let chapter = self.current.get_or_insert_with(|| Chapter {
            part: part.take(),
            ..Chapter::default()
        });
        if chapter.scenes.is_empty() {
            chapter.scenes.push(Scene::default());
        }
        if let Some(scene) = chapter.scenes.last_mut() {
            scene.paragraphs.push(text);
        }
    }

    fn add_break(&mut self) {
        if let Some(chapter) = &mut self.current
            && chapter
                .scenes
                .last()
                .is_some_and(|scene| !scene.paragraphs.is_empty())
        {
            chapter.scenes.push(Scene::default());
        }
    }

    fn end_chapter(&mut self) {
        let Some(mut chapter) = self.current.take() else {
            return;
        };
        if chapter
            .scenes
            .last()
            .is_some_and(|scene| scene.paragraphs.is_empty())
        {
            chapter.scenes.pop();
        }
        let mut paragraphs = chapter.scenes.iter().flat_map(|scene| &scene.paragraphs);
        let is_contents = headings::is_contents(&chapter.title)
            && chapter.number.is_none()
            && paragraphs.all(|line| line.chars().count() <= LONGEST_ENTRY);

        if is_contents {
            self.part = chapter.part;
        } else {
            self.chapters.push(chapter);
        }
    }

    fn finish(mut self) -> (Vec<Chapter>, Vec<String>) {
        self.end_chapter();
        // A part of which nothing follows keeps its heading.
        if let Some(part) = self.part.take() {
            self.chapters.push(Chapter {
                part: Some(part),
                ..Chapter::default()
            });
        }

        let only = self.chapters.len() == 1;
        if let Some(first) = self.chapters.first_mut()
            && first.number.is_none()
            && first.title.is_empty()
            && first.part.is_none()
        {
            if only {
                first.number = Some(1);
            } else {
                FRONT_MATTER.clone_into(&mut first.title);
            }
        }
        (self.chapters, self.notes)
    }
}
