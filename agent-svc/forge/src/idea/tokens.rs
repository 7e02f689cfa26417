//! An idea as words, numbers and marks. Whatever else stands in it is left behind here, so that no markup reaches a file.

const LONGEST_WORD: usize = 40;

#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Token {
    /// In lower case; a mark is its one character.
    pub(crate) word: String,
    pub(crate) sentence: usize,
    pub(crate) is_mark: bool,
    /// Whether somebody has understood it.
    pub(crate) used: bool,
}

impl Token {
    pub(crate) fn is_end(&self) -> bool {
        self.is_mark && matches!(self.word.as_str(), "." | ";")
    }

    pub(crate) fn number(&self) -> Option<f64> {
        let small = [
            "zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven",
            "twelve",
        ];

        match small.iter().position(|name| *name == self.word) {
            Some(value) => u32::try_from(value).ok().map(f64::from),
            None => self
                .word
                .replace('_', "")
                .parse()
                .ok()
                .filter(|value: &f64| value.is_finite() && value.abs() < 1e9),
        }
    }
}

/// Cuts a text into tokens. Sentences end at a stop, a semicolon, and an end of a line.
pub(crate) fn read_tokens(text: &str) -> Vec<Token> {
    let letters: Vec<char> = text.chars().collect();
    let mut tokens = Tokens {
        made: Vec::new(),
        sentence: 0,
    };
    let mut word = String::new();

    for (at, &letter) in letters.iter().enumerate() {
        let before = at
            .checked_sub(1)
            .and_then(|at| letters.get(at))
            .copied()
            .unwrap_or(' ');
        let after = letters.get(at + 1).copied().unwrap_or(' ');
        let is_inside = before.is_alphanumeric() && after.is_alphanumeric();
        let is_number = before.is_ascii_digit() && after.is_ascii_digit();

        match letter {
            _ if letter.is_alphanumeric() => word.push(letter),
            '\'' | '’' if is_inside => word.push('\''),
            '-' | '‑' if is_inside && !is_number => word.push('-'),
            '.' if is_number => word.push('.'),
            // A dash between spaces ends what stands before it; a star begins a line of a list.
            '-' if before == ' ' && after == ' ' => tokens.push_mark('–', false),
            '*' if !is_first_of_line(&letters, at) => tokens.push_word(&mut word),
            _ => {
                tokens.push_word(&mut word);
                tokens.push_mark(letter, is_number);
            }
        }
    }
    tokens.push_word(&mut word);

    tokens.made
}

fn is_first_of_line(letters: &[char], at: usize) -> bool {
    let before = letters[..at].iter().rev().find(|letter| **letter != ' ');
    before.is_none_or(|letter| *letter == '\n')
}

struct Tokens {
    made: Vec<Token>,
    sentence: usize,
}

impl Tokens {
    fn push_word(&mut self, word: &mut String) {
        if word.is_empty() {
            return;
        }

        let lower: String = word.to_lowercase().chars().take(LONGEST_WORD).collect();
        self.made.push(Token {
            word: lower,
            sentence: self.sentence,
            is_mark: false,
            used: false,
        });
        word.clear();
    }

    fn push_mark(&mut self, letter: char, is_number: bool) {
        let mark = match letter {
            '.' | '!' | '?' | '\n' | ';' | '•' | '*' | '–' | '—' => ".",
            ',' => ",",
            ':' => ":",
            '(' | '[' => "(",
            ')' | ']' => ")",
            '/' | '|' => "/",
            '&' | '+' => "and",
            '-' if is_number => "to",
            _ => return,
        };

        let is_mark = !matches!(mark, "and" | "to");
        self.made.push(Token {
            word: mark.to_owned(),
            sentence: self.sentence,
            is_mark,
            used: true,
        });
        if mark == "." {
            self.sentence += 1;
        }
    }
}
