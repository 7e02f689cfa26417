//! Takes out what models mark as not meant for people: reasoning, calls of tools, routing. A mark that stands in code is
//! somebody's example and stays.

/// Names of the tags between which nothing leaves: those of reasoning first.
const TAGS: [&str; 12] = [
    "think",
    "thinking",
    "reasoning",
    "scratchpad",
    "inner_monologue",
    "tool_call",
    "tool_calls",
    "tool_response",
    "function_call",
    "function_calls",
    "routing",
    "system_prompt",
];
/// How many of them are of reasoning.
const REASONING: usize = 5;
/// What models write where a turn begins or ends.
const OPENING: &str = "<|";
const CLOSING: &str = "|>";
/// Bytes of the longest tag.
const LONGEST: usize = "</inner_monologue>".len();

/// Which marks count.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Marks {
    All,
    /// Of reasoning alone: where other marks may be what was asked for, as in code, or where callers wrote the prompt.
    Reasoning,
}

#[derive(Debug)]
pub(crate) struct MarkFilter {
    marks: Marks,
    held: String,
    /// The tag that must close before text leaves again.
    inside: Option<&'static str>,
    /// The last character that left.
    before: Option<char>,
    pub(crate) found: u32,
}

impl MarkFilter {
    pub(crate) fn new(marks: Marks) -> Self {
        Self {
            marks,
            held: String::new(),
            inside: None,
            before: None,
            found: 0,
        }
    }

    fn tags(&self) -> &'static [&'static str] {
        match self.marks {
            Marks::All => &TAGS,
            Marks::Reasoning => &TAGS[..REASONING],
        }
    }

    /// Takes a piece; gives what is not marked, and no beginning of a mark.
    pub(crate) fn push(&mut self, piece: &str, out: &mut String) {
        // Nearly every piece.
        if self.held.is_empty() && self.inside.is_none() && !piece.contains('<') {
            self.leave(piece, out);
            return;
        }

        self.held.push_str(piece);
        let held = std::mem::take(&mut self.held);
        let mut rest = held.as_str();

        while let Some(at) = rest.find('<') {
            let (plain, mark) = rest.split_at(at);
            self.leave(plain, out);

            match self.read_mark(mark) {
                Some(length) => rest = &mark[length..],
                None if is_open_ended(mark) => {
                    self.held.push_str(mark);
                    return;
                }
                None => {
                    self.leave("<", out);
                    rest = &mark[1..];
                }
            }
        }

        self.leave(rest, out);
    }

    /// At the end: the beginning of a mark was none.
    pub(crate) fn finish(&mut self, out: &mut String) {
        let rest = std::mem::take(&mut self.held);
        self.leave(&rest, out);
    }

    fn leave(&mut self, text: &str, out: &mut String) {
        if self.inside.is_some() {
            return;
        }
        out.push_str(text);
        self.before = text.chars().next_back().or(self.before);
    }

    /// Bytes of the mark at the beginning of the text, if it is one that counts here.
    fn read_mark(&mut self, text: &str) -> Option<usize> {
        if let Some(name) = self.inside {
            let length = tag_length(text, "</", name)?;
            self.inside = None;
            return Some(length);
        }
        if self.before == Some('`') {
            return None;
        }

        if let Some(rest) = text.strip_prefix(OPENING).filter(|_| self.marks == Marks::All) {
            let end = rest.find(CLOSING)?;
            let is_word = rest[..end]
                .bytes()
                .all(|byte| byte.is_ascii_lowercase() || byte == b'_');
            if !is_word || end == 0 || end > LONGEST {
                return None;
            }
            self.found += 1;
            return Some(OPENING.len() + end + CLOSING.len());
        }

        let (name, length) = self
            .tags()
            .iter()
            .find_map(|name| tag_length(text, "<", name).map(|length| (*name, length)))?;
        self.found += 1;
        self.inside = Some(name);
        Some(length)
    }
}

/// Bytes of the tag at the beginning of the text, whatever its case.
fn tag_length(text: &str, opening: &str, name: &str) -> Option<usize> {
    let end = opening.len() + name.len();
    let is_tag = text.starts_with(opening)
        && text.get(opening.len()..end)?.eq_ignore_ascii_case(name)
        && text.as_bytes().get(end) == Some(&b'>');

    is_tag.then_some(end + 1)
}

/// Whether the text may become a mark when more comes.
fn is_open_ended(text: &str) -> bool {
    text.len() < LONGEST + CLOSING.len() && !text.contains('>') && !text.contains(char::is_whitespace)
}
