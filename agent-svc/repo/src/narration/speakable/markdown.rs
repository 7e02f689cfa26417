//! Takes Markdown, reStructuredText and HTML marks out of a text, keeping the words. Never interprets code.

use crate::analysis::prose::unescape;

/// The words of a text: code blocks, images, tags, link targets, tables and headings' marks are gone.
pub(super) fn strip(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut fence: Option<&str> = None;
    for line in text.lines() {
        let trimmed = line.trim();
        if let Some(mark) = ["```", "~~~"].into_iter().find(|mark| trimmed.starts_with(mark)) {
            fence = if fence.is_some() { None } else { Some(mark) };
            continue;
        }

        if fence.is_some() || is_furniture(trimmed) {
            continue;
        }

        let heading = trimmed.starts_with('#') && !trimmed.starts_with("#[");
        // `> 90 %` compares, `> words` quotes.
        let compares = trimmed
            .strip_prefix('>')
            .is_some_and(|rest| rest.trim_start().starts_with(|c: char| c.is_ascii_digit()));
        let marks: &[char] = if compares { &[' '] } else { &['#', '>', '*', ' '] };
        let words = inline(trimmed.trim_start_matches(marks).trim_start_matches("- "));
        plain.push_str(words.trim_end());

        if heading && !words.trim_end().ends_with(['.', '!', '?', ':']) && !words.trim().is_empty() {
            plain.push('.');
        }

        plain.push('\n');
    }

    plain
}

/// Lines that hold no words: rules, tables, link definitions, directives.
fn is_furniture(line: &str) -> bool {
    let rule = !line.is_empty() && line.chars().all(|symbol| "-=*_~^|: ".contains(symbol));
    let definition = line.starts_with('[') && line.contains("]: ");
    rule || definition || line.starts_with('|') || line.starts_with(".. ") || line.starts_with("<!--")
}

fn inline(line: &str) -> String {
    let mut words = String::with_capacity(line.len());
    let mut rest = line;
    while let Some(symbol) = rest.chars().next() {
        let (said, used) = match symbol {
            '!' if rest.starts_with("![") => {
                (String::new(), link(&rest[1..]).map_or(1, |(_, used)| used + 1))
            }
            '[' => link(rest).map_or((String::new(), 1), |(label, used)| (inline(label), used)),
            '<' => tag(rest).map_or(("<".to_owned(), 1), |used| (" ".to_owned(), used)),
            // Between numbers it multiplies, elsewhere it emphasises.
            '*' if ends_in_digit(&words) && starts_with_digit(&rest[1..]) => ("*".to_owned(), 1),
            '|' => (" ".to_owned(), 1),
            ':' => role(rest).unwrap_or((":".to_owned(), 1)),
            '`' => span(rest).unwrap_or((String::new(), 1)),
            // "CRU* users": a star of its own is part of its word.
            '*' if line.matches('*').count() == 1 && words.ends_with(char::is_alphabetic) => {
                ("*".to_owned(), 1)
            }
            '*' => (String::new(), 1),
            '_' if rest.starts_with("__") => (String::new(), 2),
            '&' => entity(rest).unwrap_or(("&".to_owned(), 1)),
            other => (other.to_string(), other.len_utf8()),
        };

        words.push_str(&said);
        rest = &rest[used.min(rest.len())..];
    }

    words
}

/// Keys and signs that are said by their names.
const KEYS: [(&str, &str); 22] = [
    ("?", "question mark"),
    ("!", "exclamation mark"),
    ("*", "star"),
    ("**", "double star"),
    ("/", "slash"),
    ("\\", "backslash"),
    ("#", "hash"),
    ("~", "tilde"),
    ("-", "dash"),
    ("--", "double dash"),
    (".", "dot"),
    ("..", "two dots"),
    ("...", "three dots"),
    ("|", "pipe"),
    ("&", "ampersand"),
    ("@", "at sign"),
    (":", "colon"),
    (";", "semicolon"),
    ("%", "percent sign"),
    ("_", "underscore"),
    ("$", "dollar sign"),
    ("+", "plus sign"),
];

/// A span of code that is no single name: a key by its name, a command word by word as it is typed.
fn span(rest: &str) -> Option<(String, usize)> {
    let (content, _) = rest[1..]
        .split_once('`')
        .filter(|(content, _)| !content.is_empty())?;
    let used = content.len() + 2;
    let plain = content.trim();
    if !plain.chars().any(char::is_alphanumeric) {
        let said = KEYS.iter().find(|(key, _)| *key == plain);
        return Some((
            said.map_or_else(String::new, |(_, said)| (*said).to_owned()),
            used,
        ));
    }

    let words: Vec<&str> = plain.split_whitespace().collect();
    let first = *words.first()?;
    let flagged = words
        .iter()
        .any(|word| word.trim_start_matches('-').starts_with(char::is_alphabetic) && word.starts_with('-'));
    let soup = plain.contains(['<', '>', '{', '}', '|', '\\', '@', '=', ';']);
    let typed = words.len() > 1 && (super::is_program(first) || flagged || soup);
    // What would be passed over in silence leaves a hole in its sentence.
    if words.iter().all(|word| super::speak_token(word).is_empty()) {
        return Some((format!("{}{plain}", super::AS_TYPED), used));
    }
    if let Some(tag) = plain.strip_prefix('<').and_then(|rest| rest.strip_suffix('>')) {
        let name = tag.trim_matches('/');
        let element = !name.is_empty() && name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit());
        return Some(if element {
            (format!("{name} tag"), used)
        } else {
            (format!("{}{plain}", super::AS_TYPED), used)
        });
    }
    // `\0` is nothing without its backslash.
    if typed || plain.contains('\\') {
        let marked: Vec<String> = words
            .iter()
            .map(|word| format!("{}{word}", super::AS_TYPED))
            .collect();
        return Some((marked.join(" "), used));
    }

    // A path of plain words, which prose would take for a choice.
    let path = words.len() == 1 && plain.matches('/').count() > 1;
    if path
        && plain
            .split('/')
            .all(|part| !part.is_empty() && part.chars().all(|c| c.is_ascii_lowercase()))
    {
        return Some((format!("./{plain}"), used));
    }

    // `tide_mill_…` stands for several names.
    let open = ["...", "…"].iter().find_map(|end| plain.strip_suffix(end));
    Some((open.map_or_else(|| inline(content), str::to_owned), used))
}

/// A role of reStructuredText, such as `:meth:`~Signer.sign``: the words it marks, and the bytes it takes.
fn role(rest: &str) -> Option<(String, usize)> {
    let (name, after) = rest[1..].split_once(":`")?;
    let named = !name.is_empty()
        && name
            .chars()
            .all(|c| c.is_ascii_lowercase() || matches!(c, ':' | '-'));
    let (content, _) = after.split_once('`').filter(|_| named)?;
    let used = name.len() + content.len() + 4;

    // `~a.b.C` shows only its last part, `title <target>` only its title.
    let shown = content.split(" <").next().unwrap_or(content);
    let shown = match shown.strip_prefix('~') {
        Some(full) => full.rsplit('.').next().unwrap_or(full),
        None => shown.trim_start_matches(['.', '!']),
    };

    Some((shown.to_owned(), used))
}

/// `[label](target)`, `[label][ref]` or `[label]`, with labels that hold brackets: the label, and the bytes it takes.
fn link(rest: &str) -> Option<(&str, usize)> {
    let close = matching(rest, '[', ']')?;
    let label = &rest[1..close];
    let after = &rest[close + 1..];
    let target = match after.chars().next() {
        Some('(') => matching(after, '(', ')').map_or(0, |end| end + 1),
        Some('[') => matching(after, '[', ']').map_or(0, |end| end + 1),
        _ => 0,
    };

    let checkbox = matches!(label, " " | "x" | "X");
    Some((if checkbox { "" } else { label }, close + 1 + target))
}

fn matching(text: &str, open: char, close: char) -> Option<usize> {
    let mut depth = 0usize;
    for (at, symbol) in text.char_indices() {
        if symbol == open {
            depth += 1;
        } else if symbol == close {
            depth = depth.checked_sub(1)?;
            if depth == 0 {
                return Some(at);
            }
        }
    }

    None
}

fn tag(rest: &str) -> Option<usize> {
    let starts =
        rest[1..].starts_with(|symbol: char| symbol.is_alphabetic() || symbol == '/' || symbol == '!');
    if starts {
        rest.find('>').map(|end| end + 1)
    } else {
        None
    }
}

/// The longest named entity has 31 letters.
const MAX_ENTITY: usize = 33;

/// `&mdash;`, `&#39;`: what it stands for, and the bytes it takes.
fn entity(rest: &str) -> Option<(String, usize)> {
    let end = rest.bytes().take(MAX_ENTITY).position(|byte| byte == b';')? + 1;
    let code = &rest[..end];
    let said = unescape(code);

    match said.as_str() {
        said if said == code => None,
        "©" | "®" | "™" => Some((String::new(), end)),
        _ => Some((said, end)),
    }
}

fn ends_in_digit(text: &str) -> bool {
    text.trim_end().ends_with(|c: char| c.is_ascii_digit())
}

fn starts_with_digit(text: &str) -> bool {
    text.trim_start_matches(['*', ' '])
        .starts_with(|c: char| c.is_ascii_digit())
}
