//! Cuts the text of a document into tokens and counts them. Reads each byte once.

use async_graphql::Pos;

use crate::engine::refusal::{Code, Problem, quote_text};

#[derive(Clone, Copy, Debug)]
pub(super) struct Token<'t> {
    pub(super) kind: TokenKind<'t>,
    pub(super) pos: Pos,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum TokenKind<'t> {
    /// One of ``! $ & ( ) : = @ [ ] { | }``.
    Punctuator(u8),
    Spread,
    Name(&'t str),
    Int(&'t str),
    Float(&'t str),
    /// Between single quotes, as it is written.
    Text(&'t str),
    /// Between triple quotes, as it is written.
    Block(&'t str),
    End,
}

pub(super) struct Lexer<'t> {
    rest: &'t str,
    pos: Pos,
    /// Tokens that may still come.
    left: usize,
    most: usize,
}

impl<'t> Lexer<'t> {
    pub(super) fn new(text: &'t str, most: usize) -> Self {
        Self {
            rest: text,
            pos: Pos { line: 1, column: 1 },
            left: most,
            most,
        }
    }

    /// The next token; the end again and again.
    pub(super) fn next(&mut self) -> Result<Token<'t>, Problem> {
        self.skip_ignored();

        let pos = self.pos;
        let Some(&first) = self.rest.as_bytes().first() else {
            return Ok(Token {
                kind: TokenKind::End,
                pos,
            });
        };

        self.left = self.left.checked_sub(1).ok_or_else(|| {
            let message = format!(
                "The document has too many tokens; at most {} are allowed.",
                self.most
            );
            Problem::new(Code::TooManyTokens, message).with_place(pos)
        })?;

        let kind = match first {
            b'!' | b'$' | b'&' | b'(' | b')' | b':' | b'=' | b'@' | b'[' | b']' | b'{' | b'|' | b'}' => {
                self.take(1);
                TokenKind::Punctuator(first)
            }
            b'.' if self.rest.starts_with("...") => {
                self.take(3);
                TokenKind::Spread
            }
            b'"' => self.string()?,
            b'-' | b'0'..=b'9' => self.number()?,
            b'_' | b'a'..=b'z' | b'A'..=b'Z' => {
                let end = self.rest.bytes().position(|byte| !is_of_name(byte));
                TokenKind::Name(self.take(end.unwrap_or(self.rest.len())))
            }
            _ => return Err(self.unexpected()),
        };

        Ok(Token { kind, pos })
    }

    /// Steps over bytes of one line that are ASCII.
    fn take(&mut self, bytes: usize) -> &'t str {
        let (taken, rest) = self.rest.split_at(bytes);
        self.rest = rest;
        self.pos.column += bytes;
        taken
    }

    /// Steps over any text.
    fn take_lines(&mut self, bytes: usize) -> &'t str {
        let (taken, rest) = self.rest.split_at(bytes);
        self.rest = rest;

        let mut ended = false;
        for byte in taken.bytes() {
            match byte {
                // The second half of one line's end.
                b'\n' if ended => ended = false,
                b'\n' | b'\r' => {
                    self.pos = Pos {
                        line: self.pos.line + 1,
                        column: 1,
                    };
                    ended = byte == b'\r';
                }
                // The further bytes of a character.
                0x80..=0xBF => ended = false,
                _ => {
                    self.pos.column += 1;
                    ended = false;
                }
            }
        }

        taken
    }

    fn skip_ignored(&mut self) {
        let bytes = self.rest.as_bytes();
        let mut at = 0;
        while let Some(&byte) = bytes.get(at) {
            match byte {
                b' ' | b'\t' | b',' | b'\n' | b'\r' => at += 1,
                b'#' => at += line_end(&bytes[at..]),
                0xEF if bytes[at..].starts_with("\u{feff}".as_bytes()) => at += 3,
                _ => break,
            }
        }

        if at > 0 {
            self.take_lines(at);
        }
    }

    fn number(&mut self) -> Result<TokenKind<'t>, Problem> {
        let bytes = self.rest.as_bytes();
        let digits = |from: usize| {
            bytes[from..]
                .iter()
                .take_while(|byte| byte.is_ascii_digit())
                .count()
        };

        let mut end = usize::from(bytes[0] == b'-');
        let whole = digits(end);
        let leading_zero = whole > 1 && bytes[end] == b'0';

        end += whole;

        let mut is_complete = whole > 0 && !leading_zero;
        let mut is_float = false;
        if bytes.get(end) == Some(&b'.') {
            let fraction = digits(end + 1);
            is_complete &= fraction > 0;
            is_float = true;
            end += 1 + fraction;
        }

        if let Some(b'e' | b'E') = bytes.get(end) {
            let signed = usize::from(matches!(bytes.get(end + 1), Some(b'+' | b'-')));
            let exponent = digits(end + 1 + signed);
            is_complete &= exponent > 0;
            is_float = true;
            end += 1 + signed + exponent;
        }

        let followed = bytes
            .get(end)
            .is_some_and(|&byte| is_of_name(byte) || byte == b'.');
        if !is_complete || followed {
            return Err(self.wrong("this is not a number"));
        }

        let text = self.take(end);
        Ok(if is_float {
            TokenKind::Float(text)
        } else {
            TokenKind::Int(text)
        })
    }

    fn string(&mut self) -> Result<TokenKind<'t>, Problem> {
        if self.rest.starts_with(r#"""""#) {
            return self.read_block_string();
        }

        let bytes = self.rest.as_bytes();
        let mut at = 1;
        loop {
            match bytes.get(at) {
                Some(b'"') => break,
                Some(b'\\') => at += 2,
                Some(b'\n' | b'\r') | None => return Err(self.wrong("a string has no end")),
                // Control characters too: any character may stand in a string.
                Some(_) => at += 1,
            }
        }

        let taken = self.take_lines(at + 1);
        Ok(TokenKind::Text(&taken[1..at]))
    }

    fn read_block_string(&mut self) -> Result<TokenKind<'t>, Problem> {
        let mut at = 3;
        loop {
            let Some(found) = self.rest[at..].find(r#"""""#) else {
                return Err(self.wrong("a string has no end"));
            };
            let end = at + found;
            at = end + 3;

            if self.rest.as_bytes()[end - 1] != b'\\' || end == 3 {
                let taken = self.take_lines(at);
                return Ok(TokenKind::Block(&taken[3..end]));
            }
        }
    }

    fn unexpected(&self) -> Problem {
        let found: String = self
            .rest
            .chars()
            .take(1)
            .filter(|found| !found.is_control())
            .collect();
        self.wrong(&format!(
            "there is no token that begins with {}",
            quote_text(&found)
        ))
    }

    fn wrong(&self, why: &str) -> Problem {
        Problem::new(Code::ParseFailed, format!("The document is not GraphQL: {why}.")).with_place(self.pos)
    }
}

fn is_of_name(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_'
}

/// The bytes up to the end of the line.
fn line_end(bytes: &[u8]) -> usize {
    let end = bytes.iter().position(|byte| matches!(byte, b'\n' | b'\r'));
    end.unwrap_or(bytes.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(text: &str) -> Vec<String> {
        let mut lexer = Lexer::new(text, 100);
        let mut all = Vec::new();

        loop {
            match lexer.next() {
                Ok(Token {
                    kind: TokenKind::End, ..
                }) => return all,
                Ok(Token { kind, pos }) => all.push(format!("{}:{} {kind:?}", pos.line, pos.column)),
                Err(problem) => {
                    all.push(problem.message);
                    return all;
                }
            }
        }
    }

    #[test]
    fn every_kind_of_token_is_told_with_its_place() {
        assert_eq!(told(""), [""; 0]);
        assert_eq!(told(" ,\t\r\n\u{feff}# a comment { ( [\n"), [""; 0]);

        let text = "{ aé: 1".replace('é', "");
        assert_eq!(
            told(&text),
            [
                "1:1 Punctuator(123)",
                "1:3 Name(\"a\")",
                "1:4 Punctuator(58)",
                "1:6 Int(\"1\")"
            ]
        );

        assert_eq!(
            told("a\r\nb\rc\n\n\"é\" \"\"\"x\n\"\"\" ...# é\n-1.5e+3"),
            [
                "1:1 Name(\"a\")",
                "2:1 Name(\"b\")",
                "3:1 Name(\"c\")",
                "5:1 Text(\"é\")",
                "5:5 Block(\"x\\n\")",
                "6:5 Spread",
                "7:1 Float(\"-1.5e+3\")",
            ]
        );
    }

    #[test]
    fn strings_end_where_they_end() {
        for (text, kind) in [
            (r#""""#, r#"Text("")"#),
            (r#""a \" b""#, r#"Text("a \\\" b")"#),
            (r#""\\""#, r#"Text("\\\\")"#),
            (r#""""""""#, r#"Block("")"#),
            (r#""""a " "" \""" b""""#, r#"Block("a \" \"\" \\\"\"\" b")"#),
        ] {
            assert_eq!(told(text), [format!("1:1 {kind}")], "{text}");
        }

        for control in ["\u{0}", "\u{1}", "\u{7}", "\t", "\u{7f}"] {
            let kind = format!("1:1 Text({control:?})");
            assert_eq!(told(&format!("\"{control}\"")), [kind]);
        }

        for text in [
            "\"",
            "\"a",
            "\"a\nb\"",
            "\"a\\",
            "\"a\\\"",
            "\"\"\"a\"\"",
            "\"\"\"\\\"\"\"",
        ] {
            assert_eq!(
                told(text),
                ["The document is not GraphQL: a string has no end."],
                "{text}"
            );
        }
    }

    #[test]
    fn numbers_are_those_of_the_specification() {
        for text in ["0", "-0", "10", "-12", "9999999999999999999999"] {
            assert_eq!(told(text), [format!("1:1 Int({text:?})")]);
        }

        for text in ["0.5", "-1.50", "1e9", "1E-9", "0.1e+2"] {
            assert_eq!(told(text), [format!("1:1 Float({text:?})")]);
        }

        for text in [
            "-", "01", "-01", "1.", ".5", "1.e3", "1e", "1e+", "1a", "1_", "1.5.6", "0x1", "--1",
        ] {
            let told = told(text);
            assert!(
                told[0].starts_with("The document is not GraphQL: "),
                "{text} {told:?}"
            );
        }
    }

    #[test]
    fn what_is_no_token_is_refused_and_a_control_character_is_not_repeated() {
        for (text, begins) in [
            ("é", "`é`"),
            ("\u{0}", "``"),
            ("?", "`?`"),
            ("..", "`.`"),
            ("a..b", "`.`"),
        ] {
            let told = told(text);
            let message =
                format!("The document is not GraphQL: there is no token that begins with {begins}.");
            assert_eq!(told.last(), Some(&message), "{text}");
        }
    }
}
