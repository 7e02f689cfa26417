//! Documents by the role of their headings: every sentence, item, table row and command with its line.

mod headings;
mod lists;

use self::headings::{role_of, without_anchor, without_number};
use self::lists::{
    BELOW, go_on_below, leads_to_objections, leads_to_own_words, lists_commands, named_in, one_line,
    says_what_is_done, with_items,
};
use super::glean::is_prose;
use crate::analysis::{
    model::{Block, Passage, PassageRole as Role, Remark},
    prose,
};

const MAX_PASSAGES: usize = 60;
const MAX_SENTENCES: usize = 14;
const MAX_ITEMS: usize = 24;
const MAX_COMMANDS: usize = 24;

/// Reads a document of any markup.
pub(super) fn passages(file: &str, text: &str, name: &str) -> Vec<Passage> {
    let sections = prose::document(file, text).sections;
    let lines: Vec<&str> = text.lines().collect();
    let mut above: Vec<(u8, Option<Role>)> = Vec::new();
    let mut found: Vec<Passage> = Vec::new();
    for section in &sections {
        let heading = section
            .heading
            .as_deref()
            .map(|heading| without_number(&without_anchor(heading)).to_owned())
            .unwrap_or_default();
        let Some(role) = role_below(
            &heading,
            section.level,
            name,
            found.iter().all(|before| before.heading.is_empty()),
            &mut above,
        ) else {
            continue;
        };
        let mut passage = Passage {
            role,
            heading: heading.clone(),
            level: section.level,
            file: file.to_owned(),
            line: section.line,
            page: String::new(),
            own: role_of(&heading, name) == Some(Role::Subject) && !heading.is_empty(),
            sentences: Vec::new(),
            items: Vec::new(),
            commands: Vec::new(),
        };
        let mut reading = SectionReading {
            lines: &lines,
            told_by_others: false,
            note: None,
            condition: None,
            before: String::new(),
            told: 0,
            coded: false,
            nesting: Vec::new(),
            is_list: lists_commands(&section.blocks),
            term: None,
            after_item: false,
            below_item: false,
            shell: false,
        };
        for (at, block) in section.blocks.iter().enumerate() {
            passage.take(block, &section.blocks[at + 1..], &mut reading);
        }
        for item in &mut passage.items {
            item.text.retain(|symbol| symbol != BELOW);
        }
        if !(passage.sentences.is_empty() && passage.items.is_empty() && passage.commands.is_empty()) {
            found.push(passage);
        }
    }
    found.truncate(MAX_PASSAGES);
    begin_with_what_it_is(&mut found);

    found
}

/// A page whose title is a picture, or that opens with a notice, says what it is in its first section all the same.
fn begin_with_what_it_is(found: &mut [Passage]) {
    let says = |passage: &Passage| !passage.sentences.is_empty();
    if found
        .iter()
        .any(|passage| passage.role == Role::What && says(passage))
    {
        return;
    }

    let first = found.iter_mut().find(|passage| says(passage));
    let defines = |passage: &&mut Passage| {
        !matches!(passage.role, Role::Start | Role::Caveats | Role::Alternatives)
            && passage.sentences.iter().take(2).any(|remark| {
                let opening: String = remark.text.chars().take(60).collect();
                opening.contains(" is a") || opening.contains(" are ")
            })
    };
    if let Some(first) = first.filter(defines) {
        first.role = Role::What;
        first.own = false;
    }
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

/// What is known while a section is read.
struct SectionReading<'t> {
    lines: &'t [&'t str],
    /// The paragraph before led to what others say.
    told_by_others: bool,
    /// The column of the table that describes, by its header.
    note: Option<usize>,
    /// "Use it when", for the items below it.
    condition: Option<String>,
    /// The words of the paragraph before.
    before: String,
    /// Items that were told with the sentence that leads to them.
    told: usize,
    /// A block of code stands above: what follows speaks of it.
    coded: bool,
    /// Whether the section lists commands, each with what it does below it.
    is_list: bool,
    /// The command that the next paragraph explains.
    term: Option<String>,
    /// An item stands right above.
    after_item: bool,
    /// The table that is read stands below an item.
    below_item: bool,
    /// A block of a shell was taken.
    shell: bool,
    /// The items that the next one may stand below: the depth of each, and its place among those that are kept.
    nesting: Vec<(u8, Option<usize>)>,
}

/// "Chinese (Traditional)": one name, and no note.
fn is_bracketed(cell: &str) -> bool {
    cell.ends_with(')') && cell.split_once(" (").is_some_and(|(name, _)| !name.contains(' '))
}

/// Whether a cell says only of what type something is.
fn names_a_type(cell: &str) -> bool {
    let cell = cell.trim().to_lowercase();
    [
        "data source",
        "resource",
        "module",
        "string",
        "bool",
        "boolean",
        "number",
        "integer",
    ]
    .contains(&cell.as_str())
}

/// The column whose header says that it describes the others.
fn describing(header: &[String]) -> Option<usize> {
    const WORDS: [&str; 12] = [
        "description",
        "descriptions",
        "purpose",
        "meaning",
        "what",
        "what it does",
        "explanation",
        "details",
        "summary",
        "effect",
        "notes",
        "use",
    ];
    let found = header
        .iter()
        .position(|cell| WORDS.contains(&cell.trim().to_lowercase().as_str()))?;

    (found > 0).then_some(found)
}

impl Passage {
    /// Everything in it stands in this file.
    pub(super) fn stands_in(&mut self, file: &str) {
        file.clone_into(&mut self.file);
        let remarks = self
            .sentences
            .iter_mut()
            .chain(&mut self.items)
            .chain(&mut self.commands);
        for remark in remarks {
            file.clone_into(&mut remark.file);
        }
    }

    fn remark(&self, text: &str, line: u32) -> Remark {
        Remark {
            text: text.trim().to_owned(),
            file: self.file.clone(),
            line,
        }
    }

    /// The sentences of a paragraph; what leads to a few short items is told with them.
    fn take_paragraph(&mut self, text: &str, line: u32, next: &[Block], reading: &mut SectionReading<'_>) {
        let mut from = line as usize;
        reading.condition = None;
        // What explains the code above it explains nothing by itself.
        let coded = reading.coded
            && !self.sentences.is_empty()
            && !matches!(self.role, Role::Why | Role::Alternatives);
        for sentence in prose::sentences(text) {
            from = line_of(reading.lines, from, sentence);
            if coded && lists::explains_code(sentence) {
                break;
            }
            let mut remark = self.remark(sentence, u32::try_from(from).unwrap_or(line));
            let words = remark.text.split_whitespace().count();
            // What ends in the code below it is no sentence without it.
            let open = !remark.text.ends_with(['.', '!', '?', ')', '"', '”', ':']);
            let titles = self.role == Role::What && self.sentences.is_empty();
            if open && !titles && matches!(next.first(), Some(Block::Code { .. })) {
                continue;
            }
            if let Some((joined, count)) = with_items(&remark.text, next) {
                remark.text = joined;
                reading.told = count;
            } else if let Some(whole) = self.whole_before_code(&remark.text, next) {
                remark.text = whole;
            } else if let Some(lead) = remark.text.strip_suffix(':') {
                let conditional = ["when", "if", "because", "unless"]
                    .iter()
                    .any(|word| lead.ends_with(&format!(" {word}")));
                reading.condition = conditional.then(|| lead.to_owned());
            }
            // A sentence without its formula says something else.
            let whole = !remark.text.contains(prose::FORMULA);
            if whole && self.sentences.len() < MAX_SENTENCES && words > 2 && is_prose(&remark.text) {
                self.sentences.push(remark);
            }
        }

        text.clone_into(&mut reading.before);
    }

    /// "Kiln is a small language for bakers:" above its first example says what it is, and "You can bake with kiln to save
    /// wood:" above any what one can do.
    fn whole_before_code(&self, text: &str, next: &[Block]) -> Option<String> {
        let said = text.strip_suffix(':')?;
        if lists::is_whole_before_its_code(said, next) {
            return Some(format!("{said}."));
        }
        let shown = !matches!(
            next.first(),
            Some(Block::Item { .. } | Block::Row { .. } | Block::Quote { .. })
        );
        let defines = [" is a ", " is an ", " is the "]
            .iter()
            .any(|link| said.contains(link));
        let points = ["this ", "here", "example", "follow", "below"]
            .iter()
            .any(|word| said.to_lowercase().contains(word));

        (self.role == Role::What && self.sentences.is_empty() && shown && defines && !points)
            .then(|| format!("{said}."))
    }

    /// An item of the outermost list, or what stands below one: that is told with it or not at all.
    fn take_item(
        &mut self,
        text: &str,
        line: u32,
        linked: bool,
        depth: u8,
        reading: &mut SectionReading<'_>,
    ) {
        let words = text.split_whitespace().count();
        reading.nesting.retain(|(higher, _)| *higher < depth);
        if let Some((_, parent)) = reading.nesting.last().copied() {
            reading.nesting.push((depth, None));
            if let Some(parent) = parent
                .and_then(|parent| self.items.get_mut(parent))
                .filter(|_| !linked)
            {
                go_on_below(&mut parent.text, text);
            }
            return;
        }

        // A list of links is no list of what there is, except where it is one of contents.
        let links = linked && self.role == Role::What && self.heading.is_empty()
            || linked
                && (words < 2 && self.role != Role::Contents
                    || !matches!(self.role, Role::Contents | Role::Alternatives | Role::Features));
        let kept = self.items.len() < MAX_ITEMS && text.len() < 600 && words > 0 && !links;
        reading.nesting.push((depth, kept.then_some(self.items.len())));
        if kept {
            let text = match &reading.condition {
                Some(lead) => format!("{lead} {}", crate::author::grammar::prose::lower_first(text)),
                None => text.to_owned(),
            };
            self.items.push(self.remark(&text, line));
        }
    }

    fn take<'t>(&mut self, block: &'t Block, next: &'t [Block], reading: &mut SectionReading<'t>) {
        let lines = reading.lines;
        if !matches!(block, Block::Item { .. } | Block::Code { .. }) {
            reading.nesting.clear();
        }

        match block {
            // Elsewhere a quote is what others say, and often answered below it; above all headings it is a motto.
            Block::Quote { .. } if self.role != Role::What && !leads_to_own_words(&reading.before) => {}
            // What is quoted once more inside is a motto, and does not say what it is.
            Block::Quote { text, .. } if text.trim_start().starts_with(['"', '“']) => {}
            // A line of code and what it does below it, again and again, is a list of commands.
            Block::Code { text, .. } if reading.is_list && named_in(text).is_some() => {
                let settings = text.contains(": ");
                reading.term = named_in(text).filter(|_| {
                    let below = next.first();
                    matches!(below, Some(Block::Paragraph { text, .. }) if says_what_is_done(text, settings))
                });
                if let Some(line) = one_line(text).filter(|_| self.commands.len() < MAX_COMMANDS) {
                    self.commands.push(self.remark(line, block.line()));
                }
            }
            Block::Paragraph { text, line } if reading.term.is_some() => {
                if let Some(term) = reading.term.take().filter(|_| self.items.len() < MAX_ITEMS) {
                    self.items.push(self.remark(&format!("{term}: {text}"), *line));
                }
            }
            Block::Paragraph { text, line } | Block::Quote { text, line } => {
                reading.after_item = false;
                reading.told_by_others = leads_to_objections(text);
                self.take_paragraph(text, *line, next, reading);
            }
            Block::Item { .. } if reading.told > 0 => reading.told -= 1,
            Block::Item { .. } | Block::Row { .. } if reading.told_by_others => {}
            Block::Item { text, .. } if text.contains(prose::FORMULA) => {}
            Block::Item {
                text,
                line,
                linked,
                depth,
            } => {
                reading.after_item = true;
                self.take_item(text, *line, *linked, *depth, reading);
            }
            Block::Row {
                cells,
                header: true,
                line,
            } => {
                reading.note = describing(cells);
                // A table inside an item has values of that one.
                let own = lines.get((*line as usize).saturating_sub(1));
                let inside = own.is_some_and(|own| own.starts_with([' ', '\t']));
                reading.below_item = reading.after_item && inside;
            }
            Block::Row { .. } if reading.below_item => {}
            Block::Row { cells, line, .. } => {
                let lettered = |cell: &&String| cell.chars().any(char::is_alphabetic);
                let first = cells.iter().find(lettered);
                let note = reading.note.and_then(|at| cells.get(at)).filter(lettered);
                let second = note.or_else(|| cells.iter().filter(lettered).nth(1));
                // A name among numbers says nothing without them.
                let told = match (first, second.filter(|cell| !names_a_type(cell))) {
                    // "German | Greek" is a row of names, and neither explains the other.
                    (Some(first), Some(second))
                        if first != second
                            && (note.is_some() || second.contains(' ') && !is_bracketed(second)) =>
                    {
                        format!("{first}: {second}")
                    }
                    // Where the other cells have marks only, it is a name among them.
                    (Some(first), None)
                        if cells.len() < 3 && cells.iter().filter(|cell| !cell.is_empty()).count() == 1 =>
                    {
                        first.clone()
                    }
                    _ => return,
                };
                if self.items.len() < MAX_ITEMS {
                    self.items.push(self.remark(&told, *line));
                }
            }
            Block::Code { text, line, language } => {
                // In a plain text what is indented may be anything.
                reading.coded =
                    self.file.contains(".md") || self.file.contains('.') && !self.file.ends_with(".txt");
                self.take_block(text, *line, language.as_deref(), reading);
            }
        }
    }

    /// The first block of code, and for a start the first that a shell runs.
    fn take_block(
        &mut self,
        text: &str,
        line: u32,
        language: Option<&str>,
        reading: &mut SectionReading<'_>,
    ) {
        // How it is started may be shown below what it is started with, and settings above the line that makes them.
        let typed = |text: &str| text.lines().any(|line| line.trim_start().starts_with("$ "));
        let shown = self.commands.iter().any(|line| typed(&line.text));
        let shell = language.is_some_and(|name| matches!(name, "sh" | "bash" | "shell" | "zsh" | "console"));
        let better = self.role == Role::Start && !shown && !reading.shell && (typed(text) || shell);

        if self.commands.is_empty() || better {
            reading.shell |= shell;
            self.take_code(text, line, reading.lines);
        }
    }

    /// The lines of a block of commands, each with its place.
    fn take_code(&mut self, text: &str, line: u32, lines: &[&str]) {
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
        let first = found.and_then(|found| u32::try_from(found).ok()).unwrap_or(line);

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
    fn what_was_no_goal_is_not_listed_among_them() {
        let text = "# Kiln\n\nKiln is a queue.\n\n## Design goals\n\nThere are many queues. These were the goals:\n\n- **Slowness**. It bakes for days, and nothing but time makes good bread of it, as everybody knows by now.\n\nOther aspects were not so important to us:\n\n- **Speed**. There are faster ones, and whoever is in a hurry may well use one of those instead.\n";
        let found = passages("README.md", text, "kiln");
        let items: Vec<&str> = found
            .iter()
            .flat_map(|passage| &passage.items)
            .map(|item| item.text.as_str())
            .collect();
        assert!(items.len() == 1 && items[0].starts_with("Slowness"), "{items:?}");
    }

    #[test]
    fn a_table_inside_an_item_has_values_of_that_one() {
        let text = "# Kiln\n\nKiln is a queue.\n\n## Options\n\n- `--hook`\n  - Changes when it bakes.\n\n  | Hook | Description |\n  |---|---|\n  | `none` | at no time at all |\n";
        let found = passages("README.md", text, "kiln");
        let items: Vec<&str> = found
            .iter()
            .flat_map(|passage| &passage.items)
            .map(|item| item.text.as_str())
            .collect();
        assert!(!items.iter().any(|item| item.contains("at no time")), "{items:?}");
        let text = "# Kiln\n\nKiln is a small language for bakers:\n\n```\nbake bread\n```\n";
        let found = passages("README.md", text, "kiln");
        assert_eq!(found[0].sentences[0].text, "Kiln is a small language for bakers.");
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
    fn items_are_told_with_what_leads_to_them_and_own_words_in_quotes() {
        let text = "# Kiln\n\nKiln is a queue.\n\n## Use\n\nUse it when:\n\n- You are in a hurry all of the time, which is rare for people of this trade\n- It rains\n\nIn the end it does two things:\n\n1. bake the bread\n2. cool the bread\n\n### Oven\n\nIn plain words\n\n> An oven is warm.\n\nWikipedia says\n\n> An oven is a tool.\n";
        let led = passages("README.md", text, "kiln");
        let items: Vec<&str> = led[1].items.iter().map(|item| item.text.as_str()).collect();
        assert!(
            items.contains(&"Use it when it rains") && items.len() == 2,
            "{items:?}"
        );
        let said: Vec<&str> = led[1].sentences.iter().map(|said| said.text.as_str()).collect();
        assert!(
            said.contains(&"In the end it does two things: bake the bread; cool the bread."),
            "{said:?}"
        );
        let said: Vec<&str> = led[2].sentences.iter().map(|said| said.text.as_str()).collect();
        assert!(
            said.contains(&"An oven is warm.") && !said.contains(&"An oven is a tool."),
            "{said:?}"
        );
    }

    #[test]
    fn commands_with_what_they_do_below_them_are_a_list() {
        let text = "# Kiln\n\nKiln is a game.\n\n## Commands\n\n    /goto [NAME]\n\nTeleport to another baker.\n\n    /list\n\nShow who bakes.\n\n    /quit\n\nLeave the oven.\n\n## Flags\n\n- `--hot`\n  - bakes at once\n- a long item of many words\n  - below it\n";
        let found = passages("README.md", text, "kiln");
        let items =
            |at: usize| -> Vec<&str> { found[at].items.iter().map(|item| item.text.as_str()).collect() };
        assert_eq!(
            items(1),
            [
                "`/goto`: Teleport to another baker.",
                "`/list`: Show who bakes.",
                "`/quit`: Leave the oven."
            ]
        );
        assert_eq!(items(2)[0], "`--hot`: bakes at once");
    }

    #[test]
    fn what_stands_below_an_item_is_told_with_it_or_not_at_all() {
        let text = "# Kiln\n\nKiln is a queue.\n\n## Features\n\n- Small design\n    - Just one file without others. Easy to set up.\n    - No growth\n- Works with every oven that was ever built in the town\n    - Not with those of clay\n- Tiles:\n  - Blue\n  - Red\n\n## Rest\n\nIt keeps these:\n\n- bread\n- cake\n    - with nuts\n- salt\n";
        let found = passages("README.md", text, "kiln");
        let items =
            |at: usize| -> Vec<&str> { found[at].items.iter().map(|item| item.text.as_str()).collect() };
        assert_eq!(
            items(1),
            [
                "Small design: Just one file without others; No growth",
                "Works with every oven that was ever built in the town",
                "Tiles: Blue; Red"
            ]
        );
        assert_eq!(items(2), ["bread", "cake: with nuts", "salt"]);
    }

    #[test]
    fn a_page_that_opens_with_a_notice_says_what_it_is_below_it() {
        let text = "![logo](x.png)\n\n### Notice: the site moves!\n\nKiln is a queue for small shops.\n\n## 1. Ovens\n\nThey are warm.\n";
        let found = passages("README.md", text, "kiln");
        assert_eq!((found[0].role, found[1].heading.as_str()), (Role::What, "Ovens"));
    }

    #[test]
    fn what_holds_under_a_condition_only_is_not_told_without_it() {
        let text = "# Kiln\n\nKiln is a queue.\n\n## Threads\n\nIt is not safe. However it is safe under the following conditions:\n\n- the oven is never opened by another baker\n\nIts heat is {formula} at most.\n";
        let found = passages("README.md", text, "kiln");
        assert!(found[1].items.is_empty(), "{:?}", found[1].items);
        let said: Vec<&str> = found[1].sentences.iter().map(|said| said.text.as_str()).collect();
        assert!(!said.iter().any(|said| said.contains("formula")), "{said:?}");
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
