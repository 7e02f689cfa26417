//! Takes out of a text what may be somebody's: whatever is quoted, addresses of mail, all of a URL but its host, and words that
//! are long enough to be a secret or an id. What stays is how we and our libraries say what went wrong.

/// Characters of a text that are kept.
const LONGEST: usize = 300;
/// A word with so many characters is no word.
const LONGEST_WORD: usize = 28;
const HIDDEN: &str = "…";

pub(super) fn scrub(text: &str) -> String {
    let text = hide_quoted(text);
    let words: Vec<_> = text.split_whitespace().map(scrub_word).collect();

    words.join(" ").chars().take(LONGEST).collect()
}

/// Without what is between two quotes; a quote that is never closed hides everything after it.
fn hide_quoted(text: &str) -> String {
    let mut kept = String::with_capacity(text.len());
    let mut before = ' ';
    let mut rest = text;

    while let Some(next) = rest.chars().next() {
        let after = &rest[next.len_utf8()..];
        // Between letters it is an apostrophe.
        let opens = matches!(next, '"' | '`') || (next == '\'' && !before.is_alphanumeric());
        if !opens {
            kept.push(next);
            (before, rest) = (next, after);
            continue;
        }

        kept.push(next);
        kept.push_str(HIDDEN);
        let Some(end) = closing(after, next) else {
            break;
        };
        kept.push(next);
        (before, rest) = (next, &after[end + next.len_utf8()..]);
    }

    kept
}

/// Where the stretch ends that `quote` has begun.
fn closing(text: &str, quote: char) -> Option<usize> {
    let mut escaped = false;
    for (at, next) in text.char_indices() {
        let within = quote == '\'' && text[at + next.len_utf8()..].starts_with(char::is_alphanumeric);
        if next == quote && !escaped && !within {
            return Some(at);
        }
        escaped = next == '\\' && !escaped;
    }

    None
}

fn scrub_word(word: &str) -> String {
    if let Some((scheme, rest)) = word.split_once("://") {
        let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
        let host = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
        return format!("{}://{host}/{HIDDEN}", scheme.trim_start_matches(['(', '[', '<']));
    }

    let longest = word.split(|c: char| !(c.is_alphanumeric() || "_-+/=.%".contains(c)));
    let long = longest.map(|part| part.chars().count()).max().unwrap_or_default() > LONGEST_WORD;

    if long || word.contains('@') {
        HIDDEN.to_owned()
    } else {
        word.to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_may_be_somebodys_is_taken_out_and_the_rest_stays() {
        let rows = [
            ("the database is locked", "the database is locked"),
            (
                "a file can't be read, and won't be",
                "a file can't be read, and won't be",
            ),
            (
                r#"invalid type: string "my \"dear\" diary", expected u64 at line 1"#,
                r#"invalid type: string "…", expected u64 at line 1"#,
            ),
            (
                "byte index 1 is not a char boundary; it is inside 'ü' (bytes 1..3) of `Grüße, Ada`",
                "byte index 1 is not a char boundary; it is inside '…' (bytes 1..3) of `…`",
            ),
            ("no user ada@example.org here", "no user … here"),
            (
                "GET https://ada:secret@example.org:8443/private?token=1 failed",
                "GET https://example.org:8443/… failed",
            ),
            (
                "token sk-proj-0123456789abcdefghijklmnop refused",
                "token … refused",
            ),
            ("it said `and never stopped", "it said `…"),
            ("said 'it isn't so' loudly", "said '…' loudly"),
            ("two\n\nlines", "two lines"),
        ];

        for (text, kept) in rows {
            assert_eq!(scrub(text), kept);
        }
        assert_eq!(scrub(&"word ".repeat(200)).chars().count(), LONGEST);
    }
}
