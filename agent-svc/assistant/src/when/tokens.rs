//! A text as words, numbers and signs.

use std::ops::Range;

/// What a token is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum TokenKind {
    Word,
    Number,
    Sign,
}

#[derive(Debug, Clone)]
pub(super) struct Token {
    pub(super) kind: TokenKind,
    /// In lower case.
    pub(super) text: String,
    pub(super) place: Range<usize>,
    /// Nothing stands between it and the one before.
    pub(super) is_glued: bool,
    pub(super) is_capitalised: bool,
}

pub(super) fn read_tokens(text: &str) -> Vec<Token> {
    let mut tokens: Vec<Token> = Vec::new();
    let mut signs = text.char_indices().peekable();

    while let Some((start, sign)) = signs.next() {
        if sign.is_whitespace() {
            continue;
        }
        let kind = kind_of(sign);
        let mut end = start + sign.len_utf8();
        while let Some(&(at, next)) = signs.peek() {
            let is_apostrophe = kind == TokenKind::Word && matches!(next, '\'' | '’');
            if kind == TokenKind::Sign || (kind_of(next) != kind && !is_apostrophe) || next.is_whitespace() {
                break;
            }
            end = at + next.len_utf8();
            signs.next();
        }

        tokens.push(Token {
            kind,
            text: text[start..end].to_lowercase().replace('’', "'"),
            place: start..end,
            is_glued: tokens.last().is_some_and(|before| before.place.end == start),
            is_capitalised: sign.is_uppercase(),
        });
    }

    tokens
}

fn kind_of(sign: char) -> TokenKind {
    if sign.is_ascii_digit() {
        TokenKind::Number
    } else if sign.is_alphabetic() {
        TokenKind::Word
    } else {
        TokenKind::Sign
    }
}

/// Tokens with a place to read at. Reading past the end is reading an empty word.
#[derive(Debug, Clone, Copy)]
pub(super) struct Tokens<'a>(pub(super) &'a [Token]);

impl<'a> Tokens<'a> {
    pub(super) fn word(self, at: usize) -> &'a str {
        self.0.get(at).map_or("", |token| token.text.as_str())
    }

    pub(super) fn is_glued(self, at: usize) -> bool {
        self.0.get(at).is_some_and(|token| token.is_glued)
    }

    pub(super) fn is_one_of(self, at: usize, words: &[&str]) -> bool {
        words.contains(&self.word(at))
    }

    /// Behind the words, if they all stand here.
    pub(super) fn skip(self, at: usize, words: &[&str]) -> Option<usize> {
        let all = words
            .iter()
            .enumerate()
            .all(|(offset, word)| self.word(at + offset) == *word);
        all.then_some(at + words.len())
    }

    /// Behind the first of the words that stands here, or here.
    pub(super) fn skip_any(self, at: usize, words: &[&str]) -> usize {
        at + usize::from(self.is_one_of(at, words))
    }

    /// A number in digits, and how many digits it has.
    pub(super) fn digits(self, at: usize) -> Option<(u32, usize)> {
        let token = self.0.get(at).filter(|token| token.kind == TokenKind::Number)?;
        Some((token.text.parse().ok()?, token.text.len()))
    }

    /// A small number in digits or words: the number, and what stands behind it.
    pub(super) fn number(self, at: usize) -> Option<(u32, usize)> {
        const WORDS: [&str; 13] = [
            "zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven",
            "twelve",
        ];
        if let Some((number, _)) = self.digits(at) {
            return (number <= 10_000).then_some((number, at + 1));
        }
        if let Some(known) = WORDS.iter().position(|word| *word == self.word(at)) {
            return Some((u32::try_from(known).ok()?, at + 1));
        }

        match (self.word(at), self.word(at + 1)) {
            ("a" | "the", "couple") => Some((2, self.skip_any(at + 2, &["of"]))),
            ("couple", _) => Some((2, self.skip_any(at + 1, &["of"]))),
            ("a", "few") => Some((3, at + 2)),
            ("a" | "an", _) => Some((1, at + 1)),
            ("fifteen", _) => Some((15, at + 1)),
            ("twenty", _) => Some((20, at + 1)),
            ("thirty", _) => Some((30, at + 1)),
            ("forty", _) => Some((40, at + 1)),
            ("sixty", _) => Some((60, at + 1)),
            ("ninety", _) => Some((90, at + 1)),
            _ => None,
        }
    }
}
