//! What a string of a document means: its escapes, and the indentation of a block.

/// The value of a string between single quotes, or None for an escape that there is not.
pub(super) fn line(written: &str) -> Option<String> {
    let mut value = String::with_capacity(written.len());
    let mut rest = written;
    while let Some(at) = rest.find('\\') {
        value.push_str(&rest[..at]);

        let mut escape = rest[at + 1..].chars();
        value.push(match escape.next()? {
            plain @ ('"' | '\\' | '/') => plain,
            'b' => '\u{8}',
            'f' => '\u{c}',
            'n' => '\n',
            'r' => '\r',
            't' => '\t',
            'u' => {
                let (found, after) = unicode(escape.as_str())?;
                escape = after.chars();
                found
            }
            _ => return None,
        });
        rest = escape.as_str();
    }

    value.push_str(rest);

    Some(value)
}

/// The character of `{1F600}`, `00e9` or `D83D\uDE00`, and what follows it.
fn unicode(text: &str) -> Option<(char, &str)> {
    if let Some(inside) = text.strip_prefix('{') {
        let (digits, after) = inside.split_once('}')?;
        return Some((char::from_u32(hex(digits)?)?, after));
    }

    let (first, after) = four(text)?;
    if let Some(found) = char::from_u32(first) {
        return Some((found, after));
    }

    // One half of a character beyond the first 65,536.
    let (second, after) = four(after.strip_prefix("\\u")?)?;
    if !(0xD800..0xDC00).contains(&first) || !(0xDC00..0xE000).contains(&second) {
        return None;
    }

    let found = char::from_u32(0x10000 + ((first - 0xD800) << 10) + (second - 0xDC00))?;
    Some((found, after))
}

fn four(text: &str) -> Option<(u32, &str)> {
    let digits = text.get(..4)?;
    Some((hex(digits)?, &text[4..]))
}

fn hex(digits: &str) -> Option<u32> {
    let fine = (1..=8).contains(&digits.len()) && digits.bytes().all(|byte| byte.is_ascii_hexdigit());
    fine.then(|| u32::from_str_radix(digits, 16).ok()).flatten()
}

/// The value of a string between triple quotes: `BlockStringValue` of the specification.
pub(super) fn block(written: &str) -> String {
    let raw = written.replace("\\\"\"\"", "\"\"\"");
    let lines: Vec<_> = lines(&raw).collect();
    let indents = lines.iter().skip(1).filter_map(|line| {
        let indent = indent(line);
        (indent < line.len()).then_some(indent)
    });
    let common = indents.min().unwrap_or(0);
    let is_blank = |line: &&str| indent(line) == line.len();
    let start = lines
        .iter()
        .position(|line| !is_blank(line))
        .unwrap_or(lines.len());

    let end = lines
        .iter()
        .rposition(|line| !is_blank(line))
        .map_or(start, |last| last + 1);

    let cut = lines[start..end].iter().enumerate().map(|(index, line)| {
        let from = if start + index == 0 { 0 } else { common };
        line.get(from..).unwrap_or("")
    });

    cut.collect::<Vec<_>>().join("\n")
}

fn lines(text: &str) -> impl Iterator<Item = &str> {
    let mut rest = Some(text);
    std::iter::from_fn(move || {
        let text = rest?;
        let Some(end) = text.find(['\n', '\r']) else {
            rest = None;
            return Some(text);
        };
        let (line, after) = text.split_at(end);
        rest = after.strip_prefix("\r\n").or_else(|| after.get(1..));
        Some(line)
    })
}

fn indent(line: &str) -> usize {
    line.bytes()
        .take_while(|byte| matches!(byte, b' ' | b'\t'))
        .count()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escapes_are_those_of_the_specification() {
        for (written, value) in [
            ("", ""),
            ("é", "é"),
            (r#"\"\\\/\b\f\n\r\t"#, "\"\\/\u{8}\u{c}\n\r\t"),
            (r"a\u00e9b\u0000", "aéb\u{0}"),
            (r"\uD83D\uDE00!", "😀!"),
            (r"\u{1F600}\u{e9}", "😀é"),
        ] {
            assert_eq!(line(written).as_deref(), Some(value), "{written}");
        }

        for written in [
            r"\x",
            r"\",
            r"\u",
            r"\u12",
            r"\u12g4",
            r"\u+123",
            r"\uD83D",
            r"\uD83Dx",
            r"\uD83D\u0041",
            r"\uDE00\uD83D",
            r"\u{}",
            r"\u{110000}",
            r"\u{D800}",
            r"\u{12",
            r"\uéé",
        ] {
            assert_eq!(line(written), None, "{written}");
        }
    }

    #[test]
    fn a_block_loses_what_its_lines_have_in_common() {
        for (written, value) in [
            ("", ""),
            ("a", "a"),
            ("  a  ", "  a  "),
            (
                "\n    Hello,\n      World!\n\n    Yours,\n      GraphQL.\n  ",
                "Hello,\n  World!\n\nYours,\n  GraphQL.",
            ),
            ("a\n  b\n c", "a\n b\nc"),
            ("\r\n\r  a\r\n  b\r", "a\nb"),
            ("\n\n  \n", ""),
            ("\\\"\"\" \\n", "\"\"\" \\n"),
            ("\n é\n  x", "é\n x"),
        ] {
            assert_eq!(block(written), value, "{written:?}");
        }
    }
}
