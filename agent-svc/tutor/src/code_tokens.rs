//! Code as tokens, whichever language it is in, and whether a text is code at all.

/// Operators of several signs, the longest first.
const OPERATORS: &[&str] = &[
    "===", "!==", "...", "**=", "??=", "=>", "==", "!=", "<=", ">=", "&&", "||", "??", "?.", "+=", "-=",
    "*=", "/=", "++", "--", "**", "->", "::", "${",
];

/// Names, numbers, strings in quotes and operators, in their order. Comments are no code.
pub(crate) fn tokens_of(code: &str) -> Vec<&str> {
    let mut tokens = Vec::new();
    let mut rest = code.trim_start();
    while let Some(first) = rest.chars().next() {
        let length = length_of_token(rest, first);
        let token = &rest[..length];
        let is_comment = token.starts_with("//") || token.starts_with("/*");
        if !is_comment {
            tokens.push(token);
        }
        rest = rest[length..].trim_start();
    }
    tokens
}

fn length_of_token(rest: &str, first: char) -> usize {
    if rest.starts_with("//") {
        return rest.find('\n').unwrap_or(rest.len());
    }
    if rest.starts_with("/*") {
        return rest.find("*/").map_or(rest.len(), |end| end + 2);
    }
    if first.is_alphanumeric() || first == '_' || first == '$' && !rest.starts_with("${") {
        let is_part = |letter: char| letter.is_alphanumeric() || letter == '_' || letter == '$';
        return rest.find(|letter| !is_part(letter)).unwrap_or(rest.len());
    }
    if matches!(first, '"' | '\'') {
        let line = rest.split('\n').next().unwrap_or(rest);
        if let Some(end) = line[1..].find(first) {
            return end + 2;
        }
    }

    OPERATORS
        .iter()
        .find(|operator| rest.starts_with(**operator))
        .map_or(first.len_utf8(), |operator| operator.len())
}

/// Whether a row of tokens occurs; `*` stands for any one, a quote for any string.
pub(crate) fn has_row(tokens: &[&str], row: &str) -> bool {
    let row: Vec<&str> = row.split_whitespace().collect();
    let matches = |pattern: &str, token: &str| match pattern {
        "*" if row.len() > 1 => true,
        "'" | "\"" => token.starts_with(['\'', '"']),
        _ => pattern == token || pattern == token.trim_matches(['\'', '"']),
    };

    tokens.windows(row.len().max(1)).any(|window| {
        row.iter()
            .zip(window)
            .all(|(pattern, token)| matches(pattern, token))
    })
}

/// Marks that stand in code and not in sentences, each with its weight.
const MARKS: &[(&str, usize)] = &[
    ("=>", 2),
    ("+=", 2),
    ("-=", 2),
    ("++", 1),
    ("===", 2),
    ("!==", 2),
    ("==", 1),
    ("&&", 1),
    ("||", 1),
    (");", 2),
    ("};", 2),
    ("()", 1),
    ("({", 2),
    ("${", 2),
    ("</", 2),
    ("/>", 2),
    ("];", 2),
    ("):", 1),
    ("!=", 1),
    ("<=", 1),
    (">=", 1),
];

const OPENINGS: &[&str] = &[
    "const ",
    "let ",
    "var ",
    "function ",
    "return ",
    "return;",
    "if (",
    "for (",
    "while (",
    "else {",
    "} else",
    "def ",
    "fn ",
    "class ",
    "import {",
    "import ",
    "export ",
    "try {",
    "catch",
    "async ",
    "await ",
    "public ",
    "elif ",
    "for each ",
    "println",
    "console.",
    "throw ",
];

/// How much a line looks like code: 0 for a sentence, 2 and more for code.
pub(crate) fn weigh_line(line: &str) -> usize {
    let line = line.trim();
    let mut weight: usize = MARKS
        .iter()
        .filter(|(mark, _)| line.contains(mark))
        .map(|(_, weight)| weight)
        .sum();
    let opens = OPENINGS.iter().any(|opening| line.starts_with(opening));
    let closes = line.ends_with([';', '{', '}']) || line.ends_with("):") || line.ends_with(')');
    let assigns = has_assignment(line);

    weight += usize::from(assigns) + usize::from(assigns && line.split_whitespace().count() < 12);
    weight += match (opens, closes) {
        (true, true) => 2,
        (true, false) => usize::from(line.contains(['=', '(', '[', '.']) && !line.ends_with('.')),
        (false, true) => usize::from(line.ends_with([';', '{', '}'])),
        (false, false) => 0,
    };
    // `list.filter(task`: a call of something's method with something in it.
    weight += usize::from(has_method_call(line));
    weight
}

/// One `=` by itself, behind something that can be assigned to.
fn has_assignment(line: &str) -> bool {
    let bytes = line.as_bytes();
    let is_target = |letter: char| letter.is_alphanumeric() || matches!(letter, '_' | ']' | '}' | ')');

    line.match_indices('=').any(|(at, _)| {
        let before = at.checked_sub(1).map(|at| bytes[at]);
        let alone = !matches!(before, Some(b'=' | b'!' | b'<' | b'>' | b'+' | b'-'))
            && !matches!(bytes.get(at + 1), Some(b'=' | b'>'));
        alone && line[..at].trim_end().ends_with(is_target)
    })
}

fn has_method_call(line: &str) -> bool {
    line.match_indices('(').any(|(at, _)| {
        let before: String = line[..at]
            .chars()
            .rev()
            .take_while(|letter| letter.is_alphanumeric() || matches!(letter, '.' | '_' | '$'))
            .collect();
        let filled = line[at + 1..]
            .chars()
            .next()
            .is_some_and(|next| next != ')' && !next.is_whitespace());
        before.contains('.') && !before.starts_with('.') && filled
    })
}

/// The code in a message: what stands between fences, or the lines of it if most of them are code.
pub(crate) fn code_in(text: &str) -> Option<String> {
    let mut fenced = text.split("```");
    if let (Some(_), Some(inside)) = (fenced.next(), fenced.next()) {
        // The word behind the fence is the language.
        let code = inside
            .split_once('\n')
            .filter(|(first, _)| !first.trim().contains(' ') && weigh_line(first) == 0)
            .map_or(inside, |(_, rest)| rest);
        return Some(code.to_owned()).filter(|code| !code.trim().is_empty());
    }

    let lines: Vec<&str> = text.lines().filter(|line| !line.trim().is_empty()).collect();
    let code: Vec<&str> = lines
        .iter()
        .copied()
        .filter(|line| weigh_line(line) >= 2)
        .collect();
    if code.is_empty() {
        return None;
    }
    // Lines between lines of code belong to them.
    let first = lines.iter().position(|line| weigh_line(line) >= 2)?;
    let last = lines.iter().rposition(|line| weigh_line(line) >= 2)?;
    let mut end = last + 1;
    while lines
        .get(end)
        .is_some_and(|line| matches!(line.trim(), "}" | ")" | "]" | "});" | ")}" | "</div>" | ");"))
    {
        end += 1;
    }

    Some(lines[first..end].join("\n"))
}
