//! Documents by the role of their headings: every sentence, item, table row and command with its line.

use pulldown_cmark::{Event, HeadingLevel, Options, Parser, Tag, TagEnd};

use super::glean::is_prose;
use crate::analysis::{
    model::{Passage, PassageRole as Role, Remark},
    prose,
};

const MAX_PASSAGES: usize = 60;
const MAX_SENTENCES: usize = 14;
const MAX_ITEMS: usize = 24;
const MAX_COMMANDS: usize = 8;

/// Words of headings, most telling first, with the role they stand for.
const HEADINGS: [(&str, Role); 96] = [
    ("why not", Role::Alternatives),
    ("why should", Role::Why),
    ("shouldn't i", Role::Alternatives),
    ("alternative", Role::Alternatives),
    ("comparison", Role::Alternatives),
    ("compared", Role::Alternatives),
    ("versus", Role::Alternatives),
    (" vs", Role::Alternatives),
    ("difference", Role::Alternatives),
    ("similar", Role::Alternatives),
    ("related", Role::Alternatives),
    ("prior art", Role::Alternatives),
    ("why", Role::Why),
    ("motivation", Role::Why),
    ("rationale", Role::Why),
    ("philosophy", Role::Why),
    ("goal", Role::Why),
    ("principle", Role::Why),
    ("background", Role::Why),
    ("purpose", Role::Why),
    ("design decision", Role::Why),
    ("how it works", Role::How),
    ("how does", Role::How),
    ("how this works", Role::How),
    ("under the hood", Role::How),
    ("internals", Role::How),
    ("architecture", Role::How),
    ("design", Role::How),
    ("implementation", Role::How),
    ("concept", Role::How),
    ("data model", Role::How),
    ("algorithm", Role::How),
    ("protocol", Role::How),
    ("method", Role::How),
    ("pipeline", Role::How),
    ("structure", Role::Contents),
    ("layout", Role::Contents),
    ("hardware", Role::How),
    ("wiring", Role::How),
    ("source code", Role::How),
    ("feature", Role::Features),
    ("highlight", Role::Features),
    ("benefit", Role::Features),
    ("capabilit", Role::Features),
    ("what can", Role::Features),
    ("use case", Role::What),
    ("support", Role::Features),
    ("caveat", Role::Caveats),
    ("limitation", Role::Caveats),
    ("known issue", Role::Caveats),
    ("faq", Role::Caveats),
    ("frequently", Role::Caveats),
    ("questions", Role::Caveats),
    ("troubleshoot", Role::Caveats),
    ("warning", Role::Caveats),
    ("gotcha", Role::Caveats),
    ("note", Role::Caveats),
    ("compatib", Role::Caveats),
    ("disclaimer", Role::Caveats),
    ("getting started", Role::Start),
    ("quick start", Role::Start),
    ("quickstart", Role::Start),
    ("install", Role::Start),
    ("setup", Role::Start),
    ("set up", Role::Start),
    ("build", Role::Start),
    ("running", Role::Start),
    ("run ", Role::Start),
    ("prerequisite", Role::Start),
    ("deploy", Role::Start),
    ("download", Role::Start),
    ("compil", Role::Start),
    ("flash", Role::Start),
    ("usage", Role::Usage),
    ("using", Role::Usage),
    ("how to", Role::Usage),
    ("example", Role::Usage),
    ("command", Role::Usage),
    ("option", Role::Usage),
    ("configur", Role::Usage),
    ("customi", Role::Usage),
    ("input", Role::Usage),
    ("output", Role::Usage),
    ("control", Role::Usage),
    ("api", Role::Usage),
    ("reference", Role::Usage),
    ("content", Role::Contents),
    ("curriculum", Role::Contents),
    ("syllabus", Role::Contents),
    ("lesson", Role::Contents),
    ("chapter", Role::Contents),
    ("resource", Role::Contents),
    ("what is", Role::What),
    ("about", Role::What),
    ("overview", Role::What),
    ("introduction", Role::What),
];

/// Headings of what is not about the thing itself.
const ASIDE: [&str; 34] = [
    "licen",
    "contribut",
    "author",
    "credit",
    "acknowledg",
    "sponsor",
    "support us",
    "donat",
    "communit",
    "contact",
    "changelog",
    "release",
    "thanks",
    "backer",
    "star history",
    "citation",
    "citing",
    "code of conduct",
    "security",
    "people",
    "team",
    "maintainer",
    "table of contents",
    "translation",
    "badge",
    "copyright",
    "stay in touch",
    "social",
    "roadmap",
    "todo",
    "news",
    "feedback",
    "vulnerability",
    "getting help",
];

/// What a heading stands for; `None` when it is not about the thing itself.
fn role_of(heading: &str, name: &str) -> Option<Role> {
    let lower = format!("{} ", heading.trim().to_lowercase().replace(['?', ':', '!'], ""));
    if ASIDE.iter().any(|word| lower.contains(word)) {
        return None;
    }
    if lower.trim() == name.to_lowercase()
        || matches!(lower.trim(), "what" | "description" | "summary" | "readme")
    {
        return Some(Role::What);
    }

    let known = HEADINGS.iter().find(|(word, _)| lower.contains(word));
    Some(known.map_or(Role::Subject, |(_, role)| *role))
}

/// Reads a Markdown document, or one that is near enough to it.
pub(super) fn passages(file: &str, text: &str, name: &str) -> Vec<Passage> {
    let rst = file.ends_with(".rst").then(|| prose::from_rst(text));
    let markdown = rst.as_deref().unwrap_or(text);
    let mut reader = Reader::new(file, markdown, name);

    let options = Options::ENABLE_TABLES
        | Options::ENABLE_STRIKETHROUGH
        | Options::ENABLE_FOOTNOTES
        | Options::ENABLE_YAML_STYLE_METADATA_BLOCKS;
    for (event, range) in Parser::new_ext(markdown, options).into_offset_iter() {
        reader.event(event, range.start);
    }

    let mut found = reader.finish();
    if rst.is_some() {
        relocate(&mut found, text);
    }

    found
}

/// Lines of a text that was rewritten are looked up in the one that was written.
fn relocate(passages: &mut [Passage], text: &str) {
    let lines: Vec<&str> = text.lines().collect();
    let find = |words: &str| {
        let start: Vec<&str> = words
            .split(' ')
            .filter(|word| word.chars().all(char::is_alphanumeric))
            .take(3)
            .collect();
        lines
            .iter()
            .position(|line| !start.is_empty() && start.iter().all(|word| line.contains(word)))
    };
    for passage in passages {
        let remarks = passage
            .sentences
            .iter_mut()
            .chain(&mut passage.items)
            .chain(&mut passage.commands);
        for remark in remarks {
            remark.line = find(&remark.text).map_or(1, |row| u32::try_from(row + 1).unwrap_or(1));
        }
    }
}

struct Reader<'t> {
    file: &'t str,
    name: &'t str,
    /// Byte offsets of the starts of lines.
    starts: Vec<usize>,
    done: Vec<Passage>,
    current: Option<Passage>,
    /// Roles of the headings above, by level.
    above: Vec<(u8, Option<Role>)>,
    text: String,
    /// Where pieces of `text` come from.
    places: Vec<(usize, usize)>,
    linked: usize,
    in_link: usize,
    silent: usize,
    heading: Option<u8>,
    lists: usize,
    cells: Vec<String>,
    in_head: bool,
    code: Option<String>,
    code_at: usize,
    html: String,
}

fn level_number(level: HeadingLevel) -> u8 {
    level as u8
}

impl<'t> Reader<'t> {
    fn new(file: &'t str, text: &str, name: &'t str) -> Self {
        let starts = std::iter::once(0)
            .chain(text.match_indices('\n').map(|(at, _)| at + 1))
            .collect();
        let opening = Passage {
            role: Role::What,
            heading: String::new(),
            file: file.to_owned(),
            line: 1,
            sentences: Vec::new(),
            items: Vec::new(),
            commands: Vec::new(),
        };
        Self {
            file,
            name,
            starts,
            done: Vec::new(),
            current: Some(opening),
            above: Vec::new(),
            text: String::new(),
            places: Vec::new(),
            linked: 0,
            in_link: 0,
            silent: 0,
            heading: None,
            lists: 0,
            cells: Vec::new(),
            in_head: false,
            code: None,
            code_at: 0,
            html: String::new(),
        }
    }

    fn line(&self, offset: usize) -> u32 {
        u32::try_from(self.starts.partition_point(|start| *start <= offset)).unwrap_or(u32::MAX)
    }

    fn say(&mut self, text: &str, at: usize) {
        self.places.push((self.text.len(), at));
        self.text.push_str(text);
        self.linked += if self.in_link > 0 { text.len() } else { 0 };
    }

    fn event(&mut self, event: Event<'_>, at: usize) {
        match event {
            Event::Start(tag) => self.start(&tag, at),
            Event::End(tag) => self.end(tag, at),
            Event::Text(text) if self.code.is_some() => {
                if let Some(code) = &mut self.code {
                    code.push_str(&text);
                }
            }
            Event::Text(text) if self.silent == 0 => self.say(&text, at),
            Event::Code(code) if self.silent == 0 => self.say(&code, at),
            Event::SoftBreak | Event::HardBreak => self.text.push(' '),
            Event::Html(html) => self.html.push_str(&html),
            _ => {}
        }
    }

    fn start(&mut self, tag: &Tag<'_>, at: usize) {
        match tag {
            Tag::Heading { level, .. } => {
                self.clear();
                self.heading = Some(level_number(*level));
            }
            Tag::Paragraph if self.lists == 0 => self.clear(),
            Tag::List(_) => {
                if self.lists > 0 {
                    self.end_item();
                }
                self.lists += 1;
            }
            Tag::Item | Tag::TableCell => self.clear(),
            Tag::TableHead => self.in_head = true,
            Tag::TableRow => self.cells.clear(),
            Tag::CodeBlock(_) => {
                self.code = Some(String::new());
                self.code_at = at;
            }
            Tag::Link { dest_url, .. } if !dest_url.is_empty() => self.in_link += 1,
            Tag::Image { .. } | Tag::FootnoteDefinition(_) | Tag::MetadataBlock(_) => self.silent += 1,
            Tag::HtmlBlock => self.html.clear(),
            _ => {}
        }
    }

    fn clear(&mut self) {
        self.text.clear();
        self.places.clear();
        self.linked = 0;
    }

    fn end(&mut self, tag: TagEnd, at: usize) {
        match tag {
            TagEnd::Heading(_) => self.end_heading(at),
            TagEnd::Paragraph if self.lists == 0 => self.end_paragraph(),
            TagEnd::Item => self.end_item(),
            TagEnd::List(_) => self.lists = self.lists.saturating_sub(1),
            TagEnd::TableHead => {
                self.in_head = false;
                self.cells.clear();
            }
            TagEnd::TableCell if !self.in_head => {
                let text = prose::tidy(&self.text);
                self.cells.push(text);
            }
            TagEnd::TableRow => self.end_row(at),
            TagEnd::CodeBlock => self.end_code(),
            TagEnd::Link => self.in_link = self.in_link.saturating_sub(1),
            TagEnd::Image | TagEnd::FootnoteDefinition | TagEnd::MetadataBlock(_) => {
                self.silent = self.silent.saturating_sub(1)
            }
            TagEnd::HtmlBlock => self.end_html(at),
            _ => {}
        }
    }

    fn end_heading(&mut self, at: usize) {
        let Some(level) = self.heading.take() else { return };
        let heading = prose::tidy(&self.text);
        self.clear();
        self.above.retain(|(higher, _)| *higher < level);

        // The title's own text is what it is; a heading without a known word has its parent's role.
        let parent = self
            .above
            .last()
            .and_then(|(level, role)| (*level > 1).then_some(*role));
        let own = if level == 1
            && self.done.is_empty()
            && self
                .current
                .as_ref()
                .is_some_and(|current| current.sentences.len() < 3)
        {
            Some(Role::What)
        } else {
            role_of(&heading, self.name)
        };
        let role = match (own, parent) {
            (_, Some(None)) => None,
            (Some(Role::Subject), Some(Some(role))) if role != Role::What => Some(role),
            (own, _) => own,
        };
        self.above.push((level, role));

        self.done.extend(self.current.take());
        self.current = role.map(|role| Passage {
            role,
            heading,
            file: self.file.to_owned(),
            line: self.line(at),
            sentences: Vec::new(),
            items: Vec::new(),
            commands: Vec::new(),
        });
    }

    fn remark(&self, text: String, at: usize) -> Remark {
        Remark {
            text,
            file: self.file.to_owned(),
            line: self.line(at),
        }
    }

    fn end_paragraph(&mut self) {
        let mostly_links = self.linked * 10 > self.text.len() * 6;
        if mostly_links {
            return;
        }

        // Sentences are found in the text as it was read, so that each has its own line.
        let text = self.text.split_whitespace().collect::<Vec<_>>().join(" ");
        let mut from = 0;
        for sentence in prose::sentences(&text) {
            let first = sentence.split(' ').next().unwrap_or_default();
            let start = self.text[from..].find(first).map_or(from, |at| from + at);
            let place = self.places.iter().rev().find(|(piece, _)| *piece <= start);
            let at = place.map_or(0, |(piece, at)| at + start - piece);
            from = (start + first.len()).min(self.text.len());

            let remark = self.remark(prose::tidy(sentence), at);
            let Some(current) = &mut self.current else { return };
            if current.sentences.len() < MAX_SENTENCES
                && remark.text.split(' ').count() > 2
                && is_prose(&remark.text)
            {
                current.sentences.push(remark);
            }
        }
    }

    fn end_item(&mut self) {
        let text = prose::tidy(&self.text);
        let at = self.places.first().map_or(0, |(_, at)| *at);
        let link_only = self.linked * 10 > self.text.len() * 9 && text.split(' ').count() < 2;
        self.clear();
        self.push_item(text, at, link_only);
    }

    fn push_item(&mut self, text: String, at: usize, unwanted: bool) {
        let remark = self.remark(text, at);
        let Some(current) = &mut self.current else { return };
        let size = remark.text.chars().count();
        if !unwanted && (3..420).contains(&size) && current.items.len() < MAX_ITEMS {
            current.items.push(remark);
        }
    }

    fn end_row(&mut self, at: usize) {
        let cells: Vec<String> = std::mem::take(&mut self.cells);
        let told: Vec<&String> = cells
            .iter()
            .filter(|cell| cell.chars().any(char::is_alphabetic))
            .take(2)
            .collect();
        let text = match told.as_slice() {
            [one] => (*one).clone(),
            [one, two, ..] => format!("{one}: {two}"),
            [] => return,
        };
        self.push_item(text, at, false);
    }

    fn end_code(&mut self) {
        let Some(code) = self.code.take() else { return };
        let first = self.line(self.code_at) as usize;
        let file = self.file.to_owned();
        let Some(current) = self
            .current
            .as_mut()
            .filter(|current| current.commands.is_empty())
        else {
            return;
        };

        let lines = code
            .lines()
            .enumerate()
            .filter(|(_, line)| !line.trim().is_empty());
        current.commands = lines
            .take(MAX_COMMANDS)
            .map(|(row, line)| Remark {
                text: line.trim_end().to_owned(),
                file: file.clone(),
                line: u32::try_from(first + row + 1).unwrap_or(u32::MAX),
            })
            .collect();
    }

    /// Titles and introductions are often written in HTML to centre them.
    fn end_html(&mut self, at: usize) {
        let html = std::mem::take(&mut self.html);
        let lower = html.to_ascii_lowercase();
        let told = ["<p", "<div", "<em", "<b>", "<h2", "<h3", "<i>"]
            .iter()
            .any(|tag| lower.contains(tag));
        if !told || lower.contains("<a ") || lower.contains("<table") {
            return;
        }

        self.clear();
        let plain = prose::strip_tags(&html);
        if plain.split_whitespace().count() >= 5 {
            self.say(&plain, at);
            self.end_paragraph();
        }
    }

    fn finish(mut self) -> Vec<Passage> {
        self.done.extend(self.current.take());
        self.done.retain(|passage| {
            !(passage.sentences.is_empty() && passage.items.is_empty() && passage.commands.is_empty())
        });
        self.done.truncate(MAX_PASSAGES);
        self.done
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_read_me_is_told_by_the_roles_of_its_headings() {
        let text = "# Kiln\n\nKiln is a queue for small shops.\nIt keeps jobs on disk.\n\n## Why?\n\nBecause memory forgets.\n\n### A detail\n\nMore of it here.\n\n## Features\n\n- Retries with **backoff**\n- Runs anywhere\n\n| Name | What |\n|---|---|\n| `ttl` | how long a job lives |\n\n## Getting started\n\n```sh\n$ make\n$ ./kiln\n```\n\n## License\n\nMIT, see the file.\n";
        let found = passages("README.md", text, "kiln");
        let roles: Vec<Role> = found.iter().map(|passage| passage.role).collect();
        assert_eq!(
            roles,
            [Role::What, Role::Why, Role::Why, Role::Features, Role::Start]
        );
        assert_eq!(
            (found[0].sentences[1].text.as_str(), found[0].sentences[1].line),
            ("It keeps jobs on disk.", 4)
        );
        let items: Vec<(&str, u32)> = found[3]
            .items
            .iter()
            .map(|item| (item.text.as_str(), item.line))
            .collect();
        assert_eq!(
            items,
            [
                ("Retries with backoff", 16),
                ("Runs anywhere", 17),
                ("ttl: how long a job lives", 21)
            ]
        );
        assert_eq!(
            (found[4].commands[1].text.as_str(), found[4].commands[1].line),
            ("$ ./kiln", 27)
        );
    }

    #[test]
    fn restructured_text_keeps_its_lines() {
        let text = "====\nKiln\n====\n\nKiln bakes things slowly.\n\nUsage\n-----\n\nCall it well.\n";
        let found = passages("README.rst", text, "kiln");
        assert_eq!(
            (
                found[0].sentences[0].line,
                found[1].role,
                found[1].sentences[0].line
            ),
            (5, Role::Usage, 10)
        );
    }
}
