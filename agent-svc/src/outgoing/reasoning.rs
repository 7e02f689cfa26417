//! Takes reasoning out that a model wrote into its text, between tags that reasoning models use.

/// Names of the tags.
const NAMES: [&str; 4] = ["think", "thinking", "reasoning", "scratchpad"];
/// Characters of the longest tag.
const LONGEST: usize = "</scratchpad>".len();

#[derive(Debug, Default)]
pub(super) struct ReasoningFilter {
    held: String,
    /// The tag that must close before text leaves again.
    inside: Option<&'static str>,
    pub(super) found: bool,
}

impl ReasoningFilter {
    /// Takes a piece; gives what is no reasoning, and no beginning of a tag.
    pub(super) fn push(&mut self, piece: &str) -> String {
        self.held.push_str(piece);

        let mut out = String::new();
        loop {
            let tag = match self.inside {
                Some(name) => find(&self.held, &[format!("</{name}>")]).map(|(at, end, _)| (at, end, None)),
                None => find(&self.held, &NAMES.map(|name| format!("<{name}>")))
                    .map(|(at, end, index)| (at, end, Some(NAMES[index]))),
            };
            let Some((at, end, opened)) = tag else { break };
            if self.inside.is_none() {
                out.push_str(&self.held[..at]);
            }

            self.held.drain(..end);
            self.found = true;
            self.inside = opened;
        }

        let keep = self.open_end();
        let done: String = self.held.drain(..keep).collect();
        if self.inside.is_none() {
            out.push_str(&done);
        }

        out
    }

    pub(super) fn finish(&mut self) -> String {
        let rest = std::mem::take(&mut self.held);
        if self.inside.is_some() {
            String::new()
        } else {
            rest
        }
    }

    /// Where a tag may begin that is not complete yet.
    fn open_end(&self) -> usize {
        match self.held.rfind('<') {
            Some(at) if self.held.len() - at < LONGEST && !self.held[at..].contains('>') => at,
            _ => self.held.len(),
        }
    }
}

/// The first of the tags in the text, whatever its case: where it begins, where it ends, and which it is.
fn find(text: &str, tags: &[String]) -> Option<(usize, usize, usize)> {
    text.match_indices('<').find_map(|(at, _)| {
        let is = |tag: &String| {
            text.get(at..at + tag.len())
                .is_some_and(|found| found.eq_ignore_ascii_case(tag))
        };
        let index = tags.iter().position(is)?;
        Some((at, at + tags[index].len(), index))
    })
}
