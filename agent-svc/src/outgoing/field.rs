//! Follows one text field of a JSON object while the object is being written, so that people can read along.

/// Gives the text of one field of the outermost object, as far as it has come.
#[derive(Debug)]
pub(crate) struct FieldStream {
    wanted: &'static str,
    depth: usize,
    place: Place,
    /// The key that was read last, at depth 1.
    key: String,
    /// The text now being read is the wanted one.
    wants: bool,
    /// Hexadecimal digits of an escape, and the first half of a surrogate pair.
    digits: String,
    high: Option<u16>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    /// Before or between tokens; a text here is a key when `true`.
    Between {
        key_next: bool,
    },
    Text {
        key: bool,
    },
    Escape {
        key: bool,
    },
    Unicode {
        key: bool,
    },
}

impl FieldStream {
    pub(crate) fn new(wanted: &'static str) -> Self {
        Self {
            wanted,
            depth: 0,
            place: Place::Between { key_next: false },
            key: String::new(),
            wants: false,
            digits: String::new(),
            high: None,
        }
    }

    pub(crate) fn push(&mut self, piece: &str) -> String {
        let mut out = String::new();
        for symbol in piece.chars() {
            self.step(symbol, &mut out);
        }
        out
    }

    fn step(&mut self, symbol: char, out: &mut String) {
        match self.place {
            Place::Between { key_next } => self.between(symbol, key_next),
            Place::Text { key } => match symbol {
                '"' => {
                    self.wants = false;
                    self.place = Place::Between { key_next: false };
                }
                '\\' => self.place = Place::Escape { key },
                symbol => self.take(symbol, key, out),
            },
            Place::Escape { key } => {
                self.place = Place::Text { key };
                match symbol {
                    'u' => {
                        self.digits.clear();
                        self.place = Place::Unicode { key };
                    }
                    'n' => self.take('\n', key, out),
                    't' => self.take('\t', key, out),
                    'r' | 'b' | 'f' => {}
                    symbol => self.take(symbol, key, out),
                }
            }
            Place::Unicode { key } => {
                self.digits.push(symbol);
                if self.digits.len() == 4 {
                    self.place = Place::Text { key };
                    if let Some(symbol) = self.unicode() {
                        self.take(symbol, key, out);
                    }
                }
            }
        }
    }

    fn between(&mut self, symbol: char, key_next: bool) {
        match symbol {
            '{' => {
                self.depth += 1;
                self.place = Place::Between { key_next: true };
            }
            '[' => {
                self.depth += 1;
                self.place = Place::Between { key_next: false };
            }
            '}' | ']' => {
                self.depth = self.depth.saturating_sub(1);
                self.place = Place::Between { key_next: false };
            }
            // In a list deeper down this takes a text for a key, which changes nothing: only depth 1 counts.
            ',' => self.place = Place::Between { key_next: true },
            '"' if self.depth > 0 => {
                let key = key_next && self.depth == 1;
                if key {
                    self.key.clear();
                }
                self.wants = !key && self.depth == 1 && self.key == self.wanted;
                self.place = Place::Text { key };
            }
            _ => {}
        }
    }

    fn take(&mut self, symbol: char, key: bool, out: &mut String) {
        if key {
            self.key.push(symbol);
        } else if self.wants {
            out.push(symbol);
        }
    }

    fn unicode(&mut self) -> Option<char> {
        let unit = u16::from_str_radix(&self.digits, 16).ok()?;
        let units = [self.high.take(), Some(unit)];

        if (0xd800..0xdc00).contains(&unit) {
            self.high = Some(unit);
            return None;
        }

        char::decode_utf16(units.into_iter().flatten())
            .filter_map(Result::ok)
            .last()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_wanted_text_comes_out_as_it_is_written_whatever_stands_around_it() {
        let json = "```json\n{\"focus\": [\"message\", {\"message\": \"no\"}], \"n\": -1.5e3, \
                    \"message\": \"A \\\"q\\\" \\u00e9 \\ud83d\\ude00\\nend, {x}\", \"other\": \"message\"}\n```";
        for size in 1..20 {
            let mut field = FieldStream::new("message");
            let symbols: Vec<char> = json.chars().collect();
            let out: String = symbols
                .chunks(size)
                .map(|piece| field.push(&piece.iter().collect::<String>()))
                .collect();
            assert_eq!(out, "A \"q\" é 😀\nend, {x}");
        }
    }

    #[test]
    fn a_field_that_is_no_text_and_text_that_is_no_json_give_nothing() {
        assert_eq!(FieldStream::new("a").push("{\"a\": [\"x\"], \"b\": \"a\"}"), "");
        assert_eq!(FieldStream::new("a").push("a: \"text\" without an object"), "");
    }
}
