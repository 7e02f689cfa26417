//! Headings and breaks that are written as paragraphs: what plain text has instead of marks.

use std::collections::{BTreeMap, BTreeSet};

use super::Block;
use crate::{
    headings::{self, Heading, HeadingKind, read_heading},
    inline::plain_text,
};

/// Most of a title; more is a sentence.
const LONGEST_TITLE: usize = 70;
/// Numbers alone are headings only when there is prose between them: this many words on average.
const WORDS_BETWEEN_NUMBERS: usize = 25;

/// A paragraph, or the break that it draws; nothing of nothing.
pub(super) fn paragraph_block(paragraph: &str) -> Option<Block> {
    let lines: Vec<_> = paragraph
        .split('\n')
        .map(|line| {
            line.split([' ', '\t'])
                .filter(|word| !word.is_empty())
                .collect::<Vec<_>>()
                .join(" ")
        })
        .collect();
    let text = lines.join("\n").trim().to_owned();
    if text.is_empty() {
        // A space that does not break, alone, is how a blank line is written on purpose.
        return paragraph.contains('\u{A0}').then_some(Block::Break);
    }
    if is_break(&plain_text(&text)) {
        return Some(Block::Break);
    }

    Some(Block::Paragraph(text))
}

/// `* * *`, `***`, `#`, `~`, `---`, `⁂`, `• • •`: nothing but a few marks.
pub(super) fn is_break(line: &str) -> bool {
    let marks: Vec<char> = line.chars().filter(|c| !c.is_whitespace()).collect();
    let Some(first) = marks.first() else { return true };
    if marks.len() > 80 {
        return false;
    }
    if matches!(
        marks.as_slice(),
        ['#'] | ['*'] | ['~'] | ['⁂'] | ['§'] | ['•'] | ['◊'] | ['❦'] | ['✻']
    ) {
        return true;
    }

    marks.len() >= 2
        && marks.iter().all(|c| c == first)
        && matches!(
            first,
            '*' | '#'
                | '~'
                | '-'
                | '—'
                | '–'
                | '_'
                | '='
                | '•'
                | '·'
                | '◊'
                | '❦'
                | '✻'
                | '⁂'
                | '§'
                | '+'
                | 'o'
        )
        && !(*first == 'o' && marks.len() < 3)
}

/// The line of a paragraph that may head something.
fn heading_of(block: &Block) -> Option<Heading> {
    let Block::Paragraph(text) = block else {
        return None;
    };
    if text.contains('\n') || text.len() > 4 * headings::LONGEST_HEADING {
        return None;
    }

    read_heading(&plain_text(text))
}

pub(super) fn promote_headings(blocks: &mut Vec<Block>) {
    let found: Vec<Option<Heading>> = blocks.iter().map(heading_of).collect();
    let count = |kind: HeadingKind| {
        found
            .iter()
            .flatten()
            .filter(|heading| heading.kind == kind)
            .count()
    };
    let chapters = count(HeadingKind::Chapter);
    let numbered = find_sequence(blocks, &found);
    let any = chapters + numbered.len() + count(HeadingKind::Part) + count(HeadingKind::Named) > 0;
    if !any {
        return;
    }

    let counting: &[usize] = if chapters == 0 { &numbered } else { &[] };
    let titles = find_titles(blocks, &found, counting);
    let title_lines: BTreeSet<usize> = titles.values().map(|(at, _)| *at).collect();
    let mut promoted = Vec::with_capacity(blocks.len());
    for (index, block) in std::mem::take(blocks).into_iter().enumerate() {
        if title_lines.contains(&index) {
            continue;
        }
        let Some(heading) = &found[index] else {
            promoted.push(block);
            continue;
        };

        let level = match heading.kind {
            HeadingKind::Part => 1,
            HeadingKind::Chapter | HeadingKind::Named => 2,
            HeadingKind::Numbered if chapters == 0 && numbered.binary_search(&index).is_ok() => 2,
            // A second numbering, inside of chapters: it parts scenes.
            HeadingKind::Numbered if numbered.binary_search(&index).is_ok() && heading.title.is_empty() => {
                promoted.push(Block::Break);
                continue;
            }
            HeadingKind::Numbered => {
                promoted.push(block);
                continue;
            }
        };
        let Block::Paragraph(text) = block else { continue };
        let text = match titles.get(&index) {
            Some((_, title)) => format!("{}: {title}", plain_text(&text).trim_end_matches(['.', ':', ' '])),
            None => plain_text(&text),
        };
        promoted.push(Block::Heading { level, text });
    }

    *blocks = promoted;
}

/// Numbers alone that count something: from the first on, one after the other (anew in each part, or chapter), with prose
/// between.
fn find_sequence(blocks: &[Block], found: &[Option<Heading>]) -> Vec<usize> {
    let mut sequence = Vec::new();
    let mut last = 0;
    for (index, heading) in found.iter().enumerate() {
        match heading {
            Some(heading) if matches!(heading.kind, HeadingKind::Part | HeadingKind::Chapter) => last = 0,
            Some(heading) if heading.kind == HeadingKind::Numbered => {
                let number = heading.number.unwrap_or_default();
                if number == last + 1 {
                    sequence.push(index);
                    last = number;
                }
            }
            _ => {}
        }
    }

    let Some(first) = sequence.first() else {
        return sequence;
    };
    let words: usize = blocks[*first..]
        .iter()
        .map(|block| match block {
            Block::Paragraph(text) => text.split_whitespace().count(),
            _ => 0,
        })
        .sum();
    if sequence.len() < 2 || words < sequence.len() * WORDS_BETWEEN_NUMBERS {
        sequence.clear();
    }

    sequence
}

/// The titles that stand in lines of their own under their chapters' numbers, by the index of the number: when most chapters
/// have one, so that a short first sentence is none.
fn find_titles(
    blocks: &[Block],
    found: &[Option<Heading>],
    numbered: &[usize],
) -> BTreeMap<usize, (usize, String)> {
    let mut untitled = 0;
    let mut titles = BTreeMap::new();
    let mut part_titles = BTreeMap::new();
    for (index, heading) in found.iter().enumerate() {
        let Some(heading) = heading.as_ref().filter(|heading| heading.title.is_empty()) else {
            continue;
        };
        let title = title_after(blocks, found, index);
        match heading.kind {
            // A part's title stands alone before its first chapter.
            HeadingKind::Part => {
                let title = title
                    .filter(|(at, _)| next_filled(blocks, *at).is_some_and(|next| found[next].is_some()));
                part_titles.extend(title.map(|title| (index, title)));
                continue;
            }
            HeadingKind::Numbered if numbered.binary_search(&index).is_err() => continue,
            HeadingKind::Named => continue,
            HeadingKind::Chapter | HeadingKind::Numbered => untitled += 1,
        }
        titles.extend(title.map(|title| (index, title)));
    }

    if titles.len() * 5 < untitled * 3 {
        titles.clear();
    }
    titles.append(&mut part_titles);
    titles
}

fn next_filled(blocks: &[Block], index: usize) -> Option<usize> {
    let next = blocks[index + 1..]
        .iter()
        .position(|block| *block != Block::Break);
    next.map(|offset| index + 1 + offset)
}

/// The line behind a heading, when it is written as titles are.
fn title_after(blocks: &[Block], found: &[Option<Heading>], index: usize) -> Option<(usize, String)> {
    let at = next_filled(blocks, index)?;
    let Block::Paragraph(text) = &blocks[at] else {
        return None;
    };
    let title = plain_text(text);
    let ends = title.ends_with('.');
    let title = title.trim_end_matches('.');
    let capitals = title
        .split_whitespace()
        .filter(|word| word.starts_with(char::is_uppercase))
        .count();
    let is_title = found[at].is_none()
        && title.len() <= LONGEST_TITLE
        && !title.contains('\n')
        && !title.starts_with(['"', '“', '‘', '—', '['])
        && (!ends || capitals >= 2)
        && headings::is_titled(title);

    is_title.then(|| (at, title.to_owned()))
}
