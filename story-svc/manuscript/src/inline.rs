//! The words of a paragraph and their emphasis. The rules are CommonMark's for `*` alone, so that every other character of
//! prose is only itself.

/// Words of one style.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Span {
    pub(crate) text: String,
    pub(crate) emphasis: bool,
    pub(crate) strong: bool,
}

impl Span {
    pub(crate) fn plain(text: impl Into<String>) -> Self {
        Self {
            text: text.into(),
            emphasis: false,
            strong: false,
        }
    }

    fn style(&self) -> (bool, bool) {
        (self.emphasis, self.strong)
    }
}

/// Words as a paragraph that means them literally.
#[must_use]
pub fn escape_text(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        if matches!(c, '*' | '\\') {
            escaped.push('\\');
        }
        escaped.push(c);
    }

    escaped
}

/// The words of a paragraph without its emphasis.
#[must_use]
pub fn plain_text(paragraph: &str) -> String {
    read_spans(paragraph).into_iter().map(|span| span.text).collect()
}

/// A piece of a paragraph while it is read: words, or a run of stars.
enum Piece {
    Words(String),
    Stars(Stars),
}

struct Stars {
    length: usize,
    /// Those that no partner was found for: they are stars.
    left: usize,
    opens: bool,
    closes: bool,
}

pub(crate) fn read_spans(paragraph: &str) -> Vec<Span> {
    if !paragraph.contains(['*', '\\']) {
        return vec![Span::plain(paragraph)];
    }
    let mut pieces = cut_pieces(paragraph);
    let pairs = pair_stars(&mut pieces);

    // How many emphases, and strong ones, begin or end at each piece.
    let mut changes = vec![(0_i32, 0_i32); pieces.len() + 1];
    for (open, close, length) in pairs {
        for (at, by) in [(open, 1), (close, -1)] {
            if length == 1 {
                changes[at].0 += by;
            } else {
                changes[at].1 += by;
            }
        }
    }

    let (mut emphasis, mut strong) = (0, 0);
    let mut spans = Vec::new();
    for (index, piece) in pieces.into_iter().enumerate() {
        emphasis += changes[index].0;
        strong += changes[index].1;
        let text = match piece {
            Piece::Words(words) => words,
            Piece::Stars(stars) => "*".repeat(stars.left),
        };
        spans.push(Span {
            text,
            emphasis: emphasis > 0,
            strong: strong > 0,
        });
    }

    join_spans(spans)
}

fn cut_pieces(paragraph: &str) -> Vec<Piece> {
    let mut pieces = Vec::new();
    let mut words = String::new();
    let mut before: Option<char> = None;
    let mut chars = paragraph.chars().peekable();

    while let Some(c) = chars.next() {
        match c {
            '\\' if matches!(chars.peek(), Some('*' | '\\')) => words.extend(chars.next()),
            '*' => {
                let mut length = 1;
                while chars.next_if_eq(&'*').is_some() {
                    length += 1;
                }

                if !words.is_empty() {
                    pieces.push(Piece::Words(std::mem::take(&mut words)));
                }
                pieces.push(Piece::Stars(Stars {
                    length,
                    left: length,
                    opens: chars.peek().is_some_and(|next| !next.is_whitespace()),
                    closes: before.is_some_and(|before| !before.is_whitespace()),
                }));
            }
            _ => words.push(c),
        }
        before = Some(c);
    }
    if !words.is_empty() {
        pieces.push(Piece::Words(words));
    }

    pieces
}

/// Which run of stars closes which, and whether by one (emphasis) or by two (strong).
fn pair_stars(pieces: &mut [Piece]) -> Vec<(usize, usize, usize)> {
    let mut pairs = Vec::new();
    let mut open: Vec<usize> = Vec::new();

    for index in 0..pieces.len() {
        let (before, rest) = pieces.split_at_mut(index);
        let Some(Piece::Stars(closer)) = rest.first_mut() else {
            continue;
        };

        while closer.closes && closer.left > 0 {
            let Some(&top) = open.last() else { break };
            let Piece::Stars(opener) = &mut before[top] else {
                break;
            };
            // CommonMark's rule of three: of `*a**b**c*` the inner ones belong together.
            let unsure = opener.closes || closer.opens;
            let three = (opener.length + closer.length).is_multiple_of(3)
                && !(opener.length.is_multiple_of(3) && closer.length.is_multiple_of(3));
            if unsure && three {
                break;
            }

            let length = if opener.left >= 2 && closer.left >= 2 {
                2
            } else {
                1
            };
            opener.left -= length;
            closer.left -= length;
            pairs.push((top, index, length));
            if opener.left == 0 {
                open.pop();
            }
        }

        if closer.opens && closer.left > 0 {
            open.push(index);
        }
    }

    pairs
}

/// Neighbours of one style are one span, and white space at the edge of an emphasis stands outside of it.
fn join_spans(spans: Vec<Span>) -> Vec<Span> {
    let mut joined: Vec<Span> = Vec::new();
    let mut push = |text: &str, emphasis: bool, strong: bool| {
        if text.is_empty() {
            return;
        }
        match joined.last_mut() {
            Some(last) if last.style() == (emphasis, strong) => last.text.push_str(text),
            _ => joined.push(Span {
                text: text.to_owned(),
                emphasis,
                strong,
            }),
        }
    };

    // First by style, so that a space between two emphasised words stays inside.
    let mut groups: Vec<Span> = Vec::new();
    for span in spans {
        match groups.last_mut() {
            _ if span.text.is_empty() => {}
            Some(last) if last.style() == span.style() => last.text.push_str(&span.text),
            _ => groups.push(span),
        }
    }

    for Span {
        text,
        emphasis,
        strong,
    } in groups
    {
        let words = text.trim_start();
        let (lead, core) = (&text[..text.len() - words.len()], words.trim_end());
        if emphasis || strong {
            push(lead, false, false);
            push(core, emphasis, strong);
            push(&words[core.len()..], false, false);
        } else {
            push(&text, false, false);
        }
    }

    joined
}

/// The paragraph whose words and emphases these are. Emphases that overlap so that stars can't say it become simple ones.
pub(crate) fn write_spans(spans: Vec<Span>) -> String {
    let spans = join_spans(spans);
    let written = mark_spans(&spans);
    if read_spans(&written) == spans {
        return written;
    }

    let simple = join_spans(
        spans
            .into_iter()
            .map(|span| Span {
                emphasis: span.emphasis || span.strong,
                strong: false,
                text: span.text,
            })
            .collect(),
    );
    let written = mark_spans(&simple);
    if read_spans(&written) == simple {
        return written;
    }

    simple.iter().map(|span| escape_text(&span.text)).collect()
}

fn mark_spans(spans: &[Span]) -> String {
    let mut written = String::new();
    // The marks that are open, outermost first: 1 is emphasis, 2 is strong.
    let mut open: Vec<usize> = Vec::new();
    for (index, span) in spans.iter().enumerate() {
        let wants = |mark: usize| if mark == 1 { span.emphasis } else { span.strong };
        while open.iter().any(|mark| !wants(*mark)) {
            let Some(mark) = open.pop() else { break };
            written.push_str(&"*".repeat(mark));
        }

        // Whatever lasts longer stands outside.
        let lasts = |mark: usize| {
            spans[index..]
                .iter()
                .take_while(|later| if mark == 1 { later.emphasis } else { later.strong })
                .count()
        };
        let mut new: Vec<usize> = [2, 1]
            .into_iter()
            .filter(|mark| wants(*mark) && !open.contains(mark))
            .collect();
        new.sort_by_key(|mark| std::cmp::Reverse(lasts(*mark)));
        for mark in new {
            written.push_str(&"*".repeat(mark));
            open.push(mark);
        }

        written.push_str(&escape_text(&span.text));
    }
    for mark in open.into_iter().rev() {
        written.push_str(&"*".repeat(mark));
    }

    written
}
