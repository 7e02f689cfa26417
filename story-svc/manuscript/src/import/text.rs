//! Plain text: paragraphs between blank lines, or by their indent, or one to a line; what is said about the book in front; the
//! licence that public editions carry is no part of the book.

use super::{Block, Draft, promotion};
use crate::{
    headings::{self, HeadingKind, read_heading},
    inline::{Span, write_spans},
};

/// A line this long was not broken by hand: it is a paragraph.
const LONG_LINE: usize = 110;
/// A line of a table of contents is no longer than this.
const LONGEST_ENTRY: usize = 90;

/// Lines that stand together, and how many blank lines stand before them.
#[derive(Debug)]
struct Group<'a> {
    blank_before: usize,
    lines: Vec<&'a str>,
}

pub(super) fn read_text(text: &str) -> Draft {
    let mut draft = Draft::default();
    let body = cut_licence(text, &mut draft);
    let mut groups = group_lines(body);
    cut_contents(&mut groups);
    let break_from = find_break_gap(&groups);

    for group in &groups {
        if break_from.is_some_and(|gap| group.blank_before >= gap) {
            draft.blocks.push(Block::Break);
        }
        for paragraph in split_paragraphs(&group.lines) {
            draft
                .blocks
                .extend(promotion::paragraph_block(&read_emphasis(&paragraph)));
        }
    }
    read_title_lines(&mut draft);
    promotion::promote_headings(&mut draft.blocks);

    draft
}

/// Project Gutenberg's header and footer; the header says what the book is.
fn cut_licence<'a>(text: &'a str, draft: &mut Draft) -> &'a str {
    let mut start = 0;
    let mut end = text.len();
    let mut position = 0;
    for line in text.split_inclusive('\n') {
        let marked = line.trim_start().starts_with("***") && line.contains("PROJECT GUTENBERG");
        if marked && line.contains("START OF") && start == 0 {
            start = position + line.len();
        } else if marked && line.contains("END OF") && start > 0 {
            end = position;
            break;
        }
        position += line.len();
    }

    for line in text[..start].lines() {
        let Some((key, value)) = line.split_once(':') else {
            continue;
        };
        let value = value.trim().to_owned();
        match key.trim() {
            "Title" if draft.title.is_empty() => draft.title = value,
            "Author" if draft.author.is_empty() => draft.author = value,
            "Language" if value == "English" => draft.language = "en".to_owned(),
            _ => {}
        }
    }
    &text[start..end]
}

fn group_lines(text: &str) -> Vec<Group<'_>> {
    let mut groups: Vec<Group<'_>> = Vec::new();
    let mut blank = 0;
    for line in text.lines() {
        if line.trim().is_empty() {
            blank += 1;
            continue;
        }
        match groups.last_mut() {
            Some(group) if blank == 0 => group.lines.push(line),
            _ => groups.push(Group {
                blank_before: if groups.is_empty() { 0 } else { blank },
                lines: vec![line],
            }),
        }
        blank = 0;
    }

    groups
}

/// A table of contents names every chapter once before it comes.
fn cut_contents(groups: &mut Vec<Group<'_>>) {
    let Some(start) = groups
        .iter()
        .take(60)
        .position(|group| headings::is_contents(group.lines[0]))
    else {
        return;
    };

    let mut lines = groups[start].lines[1..]
        .iter()
        .chain(groups[start + 1..].iter().flat_map(|group| &group.lines));
    let first = lines
        .next()
        .and_then(|line| read_heading(line))
        .map(|heading| (heading.kind, heading.number));
    let is_entry = |line: &&str| line.trim().chars().count() <= LONGEST_ENTRY;
    let mut end = start + 1;
    let mut seen = groups[start].lines.len() > 1;
    for group in &groups[start + 1..] {
        let heading = read_heading(group.lines[0]).map(|heading| (heading.kind, heading.number));
        let begins_again = seen && first.is_some() && heading == first && group.lines.len() <= 2;
        let entries = group
            .lines
            .iter()
            .filter(|line| read_heading(line).is_some() || ends_in_page(line))
            .count();
        let is_list = entries * 2 >= group.lines.len()
            || (group.lines.len() == 1 && headings::is_titled(group.lines[0].trim()));
        if begins_again || !is_list || !group.lines.iter().all(is_entry) {
            break;
        }
        seen = true;
        end += 1;
    }

    groups.drain(start..end);
}

fn ends_in_page(line: &str) -> bool {
    let line = line.trim();
    let words = line.trim_end_matches(|c: char| c.is_ascii_digit());
    words.len() < line.len() && words.ends_with([' ', '.', '\t']) && !words.trim().is_empty()
}

/// From how many blank lines on they are a break on purpose: more than between most paragraphs, and rare.
fn find_break_gap(groups: &[Group<'_>]) -> Option<usize> {
    let mut gaps = [0_usize; 8];
    let mut inner = 0;
    for pair in groups.windows(2) {
        let beside_heading = pair
            .iter()
            .any(|group| group.lines.len() <= 2 && read_heading(group.lines[0]).is_some());
        if !beside_heading {
            gaps[pair[1].blank_before.min(7)] += 1;
        }
    }
    for group in groups {
        inner += split_paragraphs(&group.lines).len() - 1;
    }
    gaps[0] = inner;

    let usual = (0..gaps.len()).max_by_key(|gap| (gaps[*gap], std::cmp::Reverse(*gap)))?;
    let all: usize = gaps.iter().sum();
    let wider: usize = gaps[usual + 1..].iter().sum();
    (all >= 4 && wider > 0 && wider * 6 <= all).then_some(usual + 1)
}

fn split_paragraphs(lines: &[&str]) -> Vec<String> {
    let indent = |line: &str| {
        line.chars()
            .take_while(|c| c.is_whitespace())
            .map(|c| if c == '\t' { 4 } else { 1 })
            .sum::<usize>()
    };
    let join = |lines: &[&str], with: &str| {
        lines
            .iter()
            .map(|line| line.trim())
            .collect::<Vec<_>>()
            .join(with)
    };
    let mut split = Vec::new();
    let mut lines = lines;

    // A heading or a break that no blank line parts from what follows.
    while let [first, rest @ ..] = lines
        && !rest.is_empty()
        && stands_alone(first, rest)
    {
        split.push(first.trim().to_owned());
        lines = rest;
    }

    let longest = lines
        .iter()
        .map(|line| line.chars().count())
        .max()
        .unwrap_or_default();
    let indented = lines.iter().filter(|line| indent(line) >= 2).count();
    if longest > LONG_LINE {
        split.extend(lines.iter().map(|line| line.trim().to_owned()));
    } else if indented == lines.len() && lines.len() > 1 {
        split.push(join(lines, "\n"));
    } else if indented > 0 && lines.len() > 1 {
        let mut start = 0;
        for end in 1..=lines.len() {
            if end == lines.len() || indent(lines[end]) >= 2 {
                split.push(join(&lines[start..end], " "));
                start = end;
            }
        }
    } else if !lines.is_empty() {
        split.push(join(lines, " "));
    }

    split
}

fn stands_alone(first: &str, rest: &[&str]) -> bool {
    if promotion::is_break(first) {
        return true;
    }
    let Some(heading) = read_heading(first) else {
        return false;
    };

    match heading.kind {
        HeadingKind::Chapter | HeadingKind::Part => {
            heading.title.is_empty() || rest.len() <= 2 || first.chars().count() < 40
        }
        HeadingKind::Named => true,
        HeadingKind::Numbered => false,
    }
}

/// `_so_` and `*so*` are emphasis; a mark without its partner is only itself.
fn read_emphasis(paragraph: &str) -> String {
    if !paragraph.contains(['_', '*', '\\']) {
        return paragraph.to_owned();
    }
    let chars: Vec<char> = paragraph.chars().collect();
    let mut spans = Vec::new();
    let mut words = String::new();
    let mut at = 0;
    while at < chars.len() {
        let mark = chars[at];
        let close = matches!(mark, '_' | '*')
            .then(|| find_close(&chars, at))
            .flatten();
        let Some(close) = close else {
            words.push(mark);
            at += 1;
            continue;
        };

        spans.push(Span::plain(std::mem::take(&mut words)));
        spans.push(Span {
            text: chars[at + 1..close].iter().collect(),
            emphasis: true,
            strong: false,
        });
        at = close + 1;
    }
    spans.push(Span::plain(words));

    write_spans(spans)
}

/// Where the emphasis that begins here ends.
fn find_close(chars: &[char], open: usize) -> Option<usize> {
    let mark = chars[open];
    let word_at = |at: Option<usize>| {
        at.and_then(|at| chars.get(at))
            .is_some_and(|c| c.is_alphanumeric())
    };
    let space_at = |at: usize| chars.get(at).is_none_or(|c| c.is_whitespace());
    if space_at(open + 1) || word_at(open.checked_sub(1)) || chars.get(open + 1) == Some(&mark) {
        return None;
    }

    let close = (open + 1..chars.len()).find(|at| chars[*at] == mark)?;
    let ends = !space_at(close - 1) && !word_at(Some(close + 1)) && chars.get(close + 1) != Some(&mark);
    ends.then_some(close)
}

/// A short first line is the title; the author stands behind "by".
fn read_title_lines(draft: &mut Draft) {
    let mut lines = draft
        .blocks
        .iter()
        .enumerate()
        .filter_map(|(index, block)| match block {
            Block::Paragraph(text) => Some((index, text.as_str())),
            _ => None,
        });
    let Some((index, first)) = lines.next() else {
        return;
    };
    let is_title = draft.title.is_empty()
        && first.chars().count() <= 80
        && !first.contains('\n')
        && read_heading(&crate::inline::plain_text(first)).is_none()
        && headings::is_titled(first)
        && draft.blocks.len() > 1;
    let title = (is_title || draft.title.eq_ignore_ascii_case(first)).then(|| first.to_owned());
    let author = lines.next().and_then(|(index, second)| {
        let by = second.get(..3).filter(|by| by.eq_ignore_ascii_case("by "))?;
        let author = second[by.len()..].trim();
        (author.chars().count() <= 80 && title.is_some()).then(|| (index, author.to_owned()))
    });

    let mut cut = Vec::new();
    if let Some(title) = title {
        draft.title = crate::inline::plain_text(&title);
        cut.push(index);
    }
    if let Some((index, author)) = author {
        draft.author = crate::inline::plain_text(&author);
        cut.push(index);
    }
    for index in cut.into_iter().rev() {
        draft.blocks.remove(index);
    }
}
