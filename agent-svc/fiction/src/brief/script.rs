//! Prompts in Cyrillic and Greek letters: the books are English, so names are written as English does. Scripts without
//! capital letters say nothing of what is a name, and are left as they are.

use std::borrow::Cow;

/// What stands before a place, not before a person.
const BEFORE_PLACES: &[&str] = &[
    "в", "во", "на", "из", "под", "у", "до", "στη", "στην", "στο", "στον", "από",
];

/// The prompt in Latin letters where it has others that have small and capital ones.
pub(super) fn write_latin(prompt: &str) -> Cow<'_, str> {
    if !prompt.chars().any(is_written_over) {
        return Cow::Borrowed(prompt);
    }
    let mut latin = String::with_capacity(prompt.len());
    for (index, chunk) in prompt.split(' ').enumerate() {
        if index > 0 {
            latin.push(' ');
        }
        if BEFORE_PLACES.contains(&chunk.to_lowercase().as_str()) {
            latin.push_str("in");
            continue;
        }
        for sign in chunk.chars() {
            match deunicode::deunicode_char(sign).filter(|_| is_written_over(sign)) {
                // The soft sign is no letter of a name.
                Some(written) => latin.extend(written.chars().filter(char::is_ascii_alphabetic)),
                None => latin.push(sign),
            }
        }
    }

    Cow::Owned(latin)
}

fn is_written_over(sign: char) -> bool {
    matches!(sign, '\u{370}'..='\u{3ff}' | '\u{400}'..='\u{52f}' | '\u{1f00}'..='\u{1fff}')
}
