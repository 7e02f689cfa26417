//! Documents by the role of their headings: every sentence, item, table row and command with its line.

use super::glean::is_prose;
use crate::analysis::{
    model::{Block, Passage, PassageRole as Role, Remark},
    prose,
};

const MAX_PASSAGES: usize = 60;
const MAX_SENTENCES: usize = 14;
const MAX_ITEMS: usize = 24;
const MAX_COMMANDS: usize = 8;

/// Words of headings, most telling first, with the role they stand for.
const HEADINGS: [(&str, Role); 100] = [
    ("why not", Role::Alternatives),
    ("why should", Role::Why),
    ("shouldn't i", Role::Alternatives),
    ("alternative", Role::Alternatives),
    ("comparison", Role::Alternatives),
    ("compared", Role::Alternatives),
    ("versus", Role::Alternatives),
    (" vs", Role::Alternatives),
    ("differ", Role::Alternatives),
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
    ("use case", Role::Features),
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
    ("reproduc", Role::Start),
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
    ("dependenc", Role::Start),
    ("environment", Role::Start),
    ("requirement", Role::Start),
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
const ASIDE: [&str; 56] = [
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
    "bug",
    "fixing",
    "providers",
    "additional information",
    "russia",
    "support the",
    "non-goal",
    "non goal",
    "rejected",
    "considered",
    "out of scope",
    "open question",
    "unresolved",
    "future",
    "planned",
    "upgrad",
    "migrat",
    "breaking change",
    "incompatible change",
    "deprecat",
    "status",
    "acceptance",
];

/// "First line {#firstline}" is "First line".
fn without_anchor(heading: &str) -> String {
    let plain = heading.trim_end();
    let anchor = plain.rfind("{#").filter(|_| plain.ends_with('}'));

    anchor.map_or(plain, |at| plain[..at].trim_end()).to_owned()
}

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

/// Reads a document of any markup.
pub(super) fn passages(file: &str, text: &str, name: &str) -> Vec<Passage> {
    let sections = prose::document(file, text).sections;
    let lines: Vec<&str> = text.lines().collect();
    let mut above: Vec<(u8, Option<Role>)> = Vec::new();
    let mut found: Vec<Passage> = Vec::new();
    for section in &sections {
        let heading = section.heading.as_deref().map(without_anchor).unwrap_or_default();
        let Some(role) = role_below(&heading, section.level, name, found.is_empty(), &mut above) else {
            continue;
        };
        let mut passage = Passage {
            role,
            heading,
            file: file.to_owned(),
            line: section.line,
            sentences: Vec::new(),
            items: Vec::new(),
            commands: Vec::new(),
        };
        let mut told_by_others = false;
        section
            .blocks
            .iter()
            .for_each(|block| passage.take(block, &lines, &mut told_by_others));
        if !(passage.sentences.is_empty() && passage.items.is_empty() && passage.commands.is_empty()) {
            found.push(passage);
        }
    }
    found.truncate(MAX_PASSAGES);

    found
}

/// A heading's role among those above it: one without a known word has its parent's, and below an aside all are asides.
fn role_below(
    heading: &str,
    level: u8,
    name: &str,
    first: bool,
    above: &mut Vec<(u8, Option<Role>)>,
) -> Option<Role> {
    above.retain(|(higher, _)| *higher < level);
    let parent = above
        .last()
        .and_then(|(level, role)| (*level > 1).then_some(*role));
    let title = level <= 1 && (first || heading.is_empty());
    let own = if title {
        Some(Role::What)
    } else {
        role_of(heading, name)
    };
    let role = match (own, parent) {
        (_, Some(None)) => None,
        (Some(Role::Subject), Some(Some(role))) if role != Role::What => Some(role),
        (own, _) => own,
    };
    above.push((level, role));

    role
}

impl Passage {
    fn remark(&self, text: &str, line: u32) -> Remark {
        Remark {
            text: text.trim().to_owned(),
            file: self.file.clone(),
            line,
        }
    }

    fn take(&mut self, block: &Block, lines: &[&str], told_by_others: &mut bool) {
        match block {
            // Elsewhere a quote is what others say, and often answered below it; above all headings it is a motto.
            Block::Quote { .. } if self.role != Role::What => {}
            Block::Paragraph { text, line } | Block::Quote { text, line } => {
                *told_by_others = leads_to_objections(text);
                let mut from = *line as usize;
                for sentence in prose::sentences(text) {
                    from = line_of(lines, from, sentence);
                    let remark = self.remark(sentence, u32::try_from(from).unwrap_or(*line));
                    let words = remark.text.split_whitespace().count();
                    if self.sentences.len() < MAX_SENTENCES && words > 2 && is_prose(&remark.text) {
                        self.sentences.push(remark);
                    }
                }
            }
            Block::Item { .. } if *told_by_others => {}
            Block::Item {
                text, line, linked, ..
            } => {
                let words = text.split_whitespace().count();
                if self.items.len() < MAX_ITEMS && text.len() < 600 && words > 0 && !(*linked && words < 2) {
                    self.items.push(self.remark(text, *line));
                }
            }
            Block::Row { cells, line, header } => {
                let told = cells.iter().filter(|cell| cell.chars().any(char::is_alphabetic));
                let told: Vec<&str> = told.take(2).map(String::as_str).collect();
                if !header && !told.is_empty() && self.items.len() < MAX_ITEMS {
                    self.items.push(self.remark(&told.join(": "), *line));
                }
            }
            Block::Code { text, line, .. } if self.commands.is_empty() => {
                let coded = text
                    .lines()
                    .enumerate()
                    .filter(|(_, line)| !line.trim().is_empty());
                // The block's line is that of its fence, when it has one.
                let shown = text
                    .lines()
                    .find(|line| !line.trim().is_empty())
                    .unwrap_or_default()
                    .trim();
                let near = lines
                    .iter()
                    .enumerate()
                    .skip(line.saturating_sub(1) as usize)
                    .take(6);
                let found = near
                    .filter(|(_, line)| line.trim() == shown)
                    .map(|(row, _)| row + 1)
                    .next();
                let first = found.and_then(|found| u32::try_from(found).ok()).unwrap_or(*line);
                // A line after a backslash is the rest of its command.
                let mut goes_on = false;
                let whole = coded.filter(|(_, line)| {
                    let rest = goes_on;
                    goes_on = line.trim_end().ends_with('\\');
                    !rest
                });
                self.commands = whole
                    .take(MAX_COMMANDS)
                    .map(|(row, text)| Remark {
                        text: text.trim_end().to_owned(),
                        file: self.file.clone(),
                        line: first + u32::try_from(row).unwrap_or(0),
                    })
                    .collect();
            }
            Block::Code { .. } => {}
        }
    }
}

/// "Here are some criticisms of it:" leads to what the authors do not say themselves.
fn leads_to_objections(text: &str) -> bool {
    let last = text
        .trim_end()
        .rsplit(['.', '!', '?'])
        .next()
        .unwrap_or_default()
        .to_lowercase();
    let words = [
        "critic",
        "objection",
        "myth",
        "misconception",
        "complain",
        "argument",
        "rumour",
        "rumor",
    ];

    last.ends_with(':') && words.iter().any(|word| last.contains(word))
}

/// The line, from 1, on which a sentence begins: at or some lines below the one before it.
fn line_of(lines: &[&str], from: usize, sentence: &str) -> usize {
    let plain = |word: &&str| word.chars().all(|c| c.is_alphanumeric() || ".,'-".contains(c));
    let start: Vec<&str> = sentence
        .split_whitespace()
        .take(4)
        .filter(plain)
        .take(2)
        .collect();
    let below = lines.iter().enumerate().skip(from.saturating_sub(1)).take(14);
    let found = below
        .filter(|_| !start.is_empty())
        .find(|(_, line)| start.iter().all(|word| line.contains(word)));

    // A sentence that begins at the very end of a line has one word there.
    found.map_or(from, |(row, _)| row + 1)
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
                ("`ttl`: how long a job lives", 21)
            ]
        );
        assert_eq!(
            (found[4].commands[1].text.as_str(), found[4].commands[1].line),
            ("$ ./kiln", 27)
        );
    }

    #[test]
    fn what_others_say_is_not_told_as_the_authors_words() {
        let text = "# Kiln\n\nKiln is a queue.\n\n## Why?\n\n> Queues are for cowards.\n\nBecause memory forgets.\n\nHere are some criticisms of it:\n\n1. You should not bake anything at all.\n\nWe disagree with them.\n";
        let found = passages("README.md", text, "kiln");
        let said: Vec<&str> = found[1].sentences.iter().map(|said| said.text.as_str()).collect();
        assert!(found[1].items.is_empty(), "{:?}", found[1].items);
        assert!(
            said.contains(&"Because memory forgets.") && !said.iter().any(|said| said.contains("coward")),
            "{said:?}"
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
