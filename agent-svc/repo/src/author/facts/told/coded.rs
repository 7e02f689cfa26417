//! Whether a sentence is made of code as much as of words: read aloud, it is neither.

/// Words of code that a sentence of prose may hold.
const PIECES: usize = 2;

/// "Set `a[i] = b.c` and call `f(x, y)` on `d`" is for the eye.
pub(super) fn is_half_code(raw: &str) -> bool {
    let spans: Vec<&str> = raw.split('`').skip(1).step_by(2).collect();
    let pieces = spans.iter().filter(|span| is_piece(span)).count();
    let bare = raw.split('`').step_by(2).flat_map(str::split_whitespace);
    let loose = bare.filter(|word| is_written_as_code(word)).count();

    let coded: usize = spans.iter().map(|span| span.chars().count()).sum();
    let all = raw.chars().filter(|c| *c != '`').count();

    // A message of a program, word for word, is not said in the middle of a sentence.
    let message = |span: &&str| span.split_whitespace().count() > 3 && is_piece(span);

    pieces + loose > PIECES || spans.len() > 4 || coded * 5 > all * 2 || spans.iter().any(message)
}

/// Names of code that a text has, with marks or without: `gate_of`, `openGate`, `mill::open`, `open()`.
pub(in crate::author::facts) fn names_code(raw: &str) -> usize {
    let coded = |word: &&str| {
        let bare = word.trim_matches(|c: char| !c.is_alphanumeric() && c != '_' && c != '(' && c != ')');
        let inner = bare
            .as_bytes()
            .windows(2)
            .any(|pair| pair[0].is_ascii_lowercase() && pair[1].is_ascii_uppercase());
        word.contains('`') || bare.contains('_') || bare.contains("::") || bare.ends_with("()") || inner
    };

    raw.split_whitespace().filter(coded).count()
}

/// A span that is more than a name: an expression, a call with arguments, a setting.
fn is_piece(span: &str) -> bool {
    let marks = |c: char| "=(){}[]<>|&;$\\\"'*%!?,".contains(c);
    let call = span.trim().strip_suffix("()").unwrap_or(span);

    call.contains(marks) || call.split_whitespace().count() > 4
}

/// `gates[0]`, `x->y`, `name=value`: no word of a sentence.
fn is_written_as_code(word: &str) -> bool {
    let word = word.trim_matches(|c: char| ".,;:!?()\"'“”".contains(c));

    ["->", "=>", "::", "==", "!=", "&&", "||", "()", "[]", "+="]
        .iter()
        .any(|mark| word.contains(mark))
        || word.len() > 2 && (word.starts_with("--") || word.contains(['=', '{', '}', '[', ']', '$', '\\']))
}

#[cfg(test)]
mod tests {
    use super::is_half_code;

    #[test]
    fn a_sentence_of_code_is_told_from_one_about_it() {
        for prose in [
            "The `gate` is opened by `open()` at high tide.",
            "Set `tide.mill` to a number of wheels, or leave it.",
            "Water runs through gate(s) of wood.",
        ] {
            assert!(!is_half_code(prose), "{prose}");
        }
        for code in [
            "If `gate[i] = 1` then `open(i, 2)` turns `a ? b : c`.",
            "Call `mill.open(gate, wheel, tide)` with it.",
            "Here x->y and a[0] meet b=c.",
            "On some mills the error `'gate' is not a member of 'tide'` may occur.",
        ] {
            assert!(is_half_code(code), "{code}");
        }
    }
}
