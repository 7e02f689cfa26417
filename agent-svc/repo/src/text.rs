//! Bytes of a repository into text: whatever encoding they are in, and without characters that take over a terminal
//! or turn the direction of a line. Every reader of a repository decodes here.

use std::{borrow::Cow, sync::LazyLock};

use chardetng::{EncodingDetector, Iso2022JpDetection, Utf8Detection};
use encoding_rs::{Encoding, ISO_2022_JP, ISO_8859_15, UTF_16BE, UTF_16LE, WINDOWS_1252};
use regex::bytes::Regex as BytesRegex;

/// How much of a file decides on its encoding.
const SAMPLE: usize = 64 * 1024;

/// The text of a file; `None` for what is not text. UTF-8, UTF-16 and UTF-32 with and without their marks, what the
/// file says of itself (`coding: latin-1`, `encoding="ISO-8859-1"`), and old encodings by their statistics.
pub(crate) fn decode(bytes: Vec<u8>) -> Option<String> {
    if let Some(text) = marked(&bytes) {
        return Some(text);
    }

    let sample = &bytes[..bytes.len().min(SAMPLE)];
    if sample.contains(&0) || bytes.len().is_multiple_of(2) && wide_lines(sample) {
        if let Some(text) = unmarked_wide(&bytes) {
            return Some(text);
        }
        if sample.contains(&0) {
            return None;
        }
    }

    match String::from_utf8(bytes) {
        Ok(text) if text.contains("\u{1b}$") => {
            let (japanese, _, broken) = ISO_2022_JP.decode(text.as_bytes());
            Some(if broken { text } else { japanese.into_owned() })
        }
        Ok(text) => Some(text),
        Err(err) => legacy(err.as_bytes()),
    }
}

/// A name or a message of a few words: UTF-8, or else what `label` names, or else what it looks like.
pub(crate) fn short(bytes: &[u8], label: Option<&[u8]>) -> String {
    if let Some(encoding) = label.and_then(Encoding::for_label) {
        return encoding.decode_without_bom_handling(bytes).0.into_owned();
    }

    match std::str::from_utf8(bytes) {
        Ok(text) => text.to_owned(),
        Err(_) => {
            legacy(bytes).unwrap_or_else(|| WINDOWS_1252.decode_without_bom_handling(bytes).0.into_owned())
        }
    }
}

/// By the mark at the beginning.
fn marked(bytes: &[u8]) -> Option<String> {
    if let Some(rest) = bytes.strip_prefix(&[0xEF, 0xBB, 0xBF]) {
        return Some(String::from_utf8_lossy(rest).into_owned());
    }

    // The mark of UTF-32 begins with that of UTF-16.
    let wide = |rest: &[u8], from: fn([u8; 4]) -> u32| Some(utf32(rest, from));
    if let Some(rest) = bytes.strip_prefix(&[0xFF, 0xFE, 0, 0]) {
        return wide(rest, u32::from_le_bytes);
    }
    if let Some(rest) = bytes.strip_prefix(&[0, 0, 0xFE, 0xFF]) {
        return wide(rest, u32::from_be_bytes);
    }

    let (encoding, length) = Encoding::for_bom(bytes)?;

    Some(
        encoding
            .decode_without_bom_handling(&bytes[length..])
            .0
            .into_owned(),
    )
}

fn utf32(bytes: &[u8], from: fn([u8; 4]) -> u32) -> String {
    bytes
        .chunks_exact(4)
        .map(|unit| {
            let code = from([unit[0], unit[1], unit[2], unit[3]]);
            char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER)
        })
        .collect()
}

/// Line ends as two bytes: text in UTF-16 need not hold another zero.
fn wide_lines(sample: &[u8]) -> bool {
    sample
        .chunks_exact(2)
        .any(|pair| pair == [b'\n', 0] || pair == [0, b'\n'])
}

/// UTF-16 and UTF-32 without a mark, when everything in it could have been typed.
fn unmarked_wide(bytes: &[u8]) -> Option<String> {
    let candidates = [
        (
            4,
            utf32 as fn(&[u8], fn([u8; 4]) -> u32) -> String,
            u32::from_le_bytes as fn([u8; 4]) -> u32,
        ),
        (4, utf32, u32::from_be_bytes),
    ];
    for (unit, read, from) in candidates {
        if bytes.len().is_multiple_of(unit) {
            let text = read(bytes, from);
            if could_be_typed(&text) {
                return Some(text);
            }
        }
    }

    [UTF_16LE, UTF_16BE].into_iter().find_map(|encoding| {
        let text = encoding.decode_without_bom_handling_and_without_replacement(bytes)?;
        could_be_typed(&text).then(|| text.into_owned())
    })
}

/// Text has spaces or lines, and no controls, no private and no broken characters.
fn could_be_typed(text: &str) -> bool {
    let odd = |c: char| {
        c.is_control() && !c.is_whitespace()
            || c == char::REPLACEMENT_CHARACTER
            || matches!(u32::from(c), 0xE000..=0xF8FF | 0xFFF0..=0xFFFF | 0x1_4000.. )
                && !matches!(u32::from(c), 0x1F000..=0x1FAFF | 0x20000..=0x3FFFF)
    };
    let gaps = text.chars().filter(|c| matches!(c, ' ' | '\n')).count();
    let all = text.chars().count();

    gaps > 0 && gaps * 200 >= all && !text.chars().any(odd)
}

/// One byte (or two) for a character, before there was Unicode; `None` for bytes that are no text.
fn legacy(bytes: &[u8]) -> Option<String> {
    let sample = &bytes[..bytes.len().min(SAMPLE)];
    let controls = sample
        .iter()
        .filter(|byte| **byte < 0x20 && !b"\t\n\r\x0c\x1b".contains(byte))
        .count();
    let gaps = sample.iter().filter(|byte| b" \n\t".contains(byte)).count();
    let long = sample.len() > 60;
    if controls * 200 > sample.len() || long && gaps * 400 < sample.len() {
        return None;
    }

    if let Some(text) = nearly_utf8(bytes) {
        return Some(text);
    }

    let declared = declared(sample).and_then(|encoding| {
        let (text, _, broken) = encoding.decode(bytes);
        (!broken).then(|| text.into_owned())
    });
    if declared.is_some() {
        return declared;
    }

    let mut detector = EncodingDetector::new(Iso2022JpDetection::Allow);
    detector.feed(sample, true);
    let guessed = detector.guess(None, Utf8Detection::Deny);
    let encoding = if guessed == WINDOWS_1252 && is_latin9(sample) {
        ISO_8859_15
    } else {
        guessed
    };
    let (text, _, broken) = encoding.decode(bytes);

    Some(if broken {
        WINDOWS_1252.decode(bytes).0.into_owned()
    } else {
        text.into_owned()
    })
}

/// A text in UTF-8 with few broken bytes, which were cut or pasted: they are replaced.
fn nearly_utf8(bytes: &[u8]) -> Option<String> {
    let (mut whole, mut broken) = (0usize, 0usize);
    for chunk in bytes.utf8_chunks() {
        whole += chunk.valid().chars().filter(|c| !c.is_ascii()).count();
        broken += usize::from(!chunk.invalid().is_empty());
    }

    (whole >= broken * 3).then(|| {
        let text = String::from_utf8_lossy(bytes);
        text.replace(char::REPLACEMENT_CHARACTER, "")
    })
}

/// The encoding that a file names in its first lines.
fn declared(sample: &[u8]) -> Option<&'static Encoding> {
    static NAMED: LazyLock<Option<BytesRegex>> = LazyLock::new(|| {
        BytesRegex::new(r#"(?i)(?:coding[:=]\s*|charset\s*=\s*["']?|encoding\s*=\s*["']?|:encoding:\s*)([a-z0-9][a-z0-9_.:-]+)"#)
            .ok()
    });

    let top = &sample[..sample.len().min(1_024)];
    let name = NAMED.as_ref()?.captures(top)?.get(1)?.as_bytes();
    let name = String::from_utf8_lossy(name)
        .to_ascii_lowercase()
        .replace('_', "-");

    Encoding::for_label(name.as_bytes())
        .or_else(|| Encoding::for_label(name.replace("latin-", "latin").as_bytes()))
        .filter(|encoding| *encoding != encoding_rs::UTF_8)
}

/// ISO-8859-15 differs from Windows-1252 in eight signs, which are letters and the euro in the one, and fractions and
/// accents in the other. It has no signs between 0x80 and 0x9F.
fn is_latin9(sample: &[u8]) -> bool {
    let letter = |at: Option<usize>| {
        at.and_then(|at| sample.get(at))
            .is_some_and(|byte| byte.is_ascii_alphabetic() || *byte >= 0xC0)
    };
    let telling = |(at, byte): (usize, &u8)| match byte {
        0xA4 => true,
        0xA6 | 0xA8 | 0xB4 | 0xB8 | 0xBC | 0xBD | 0xBE => letter(at.checked_sub(1)) || letter(Some(at + 1)),
        _ => false,
    };

    !sample.iter().any(|byte| (0x80..=0x9F).contains(byte)) && sample.iter().enumerate().any(telling)
}

/// Characters that nobody sees and that change what is seen: controls (but for tabs and line ends), marks that turn
/// the direction of writing, and tags.
pub(crate) fn is_hidden(c: char) -> bool {
    c.is_control() && !matches!(c, '\t' | '\n' | '\r')
        || matches!(
            u32::from(c),
            0x061C | 0x200E | 0x200F | 0x2028..=0x202E | 0x2066..=0x206F | 0xFEFF | 0xFFF9..=0xFFFB
                | 0xE0000..=0xE007F
        )
}

/// The text without hidden characters and without the sequences that steer a terminal.
pub fn printable(text: &str) -> Cow<'_, str> {
    if !text.chars().any(is_hidden) {
        return Cow::Borrowed(text);
    }

    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find(is_hidden) {
        out.push_str(&rest[..at]);
        rest = &rest[at..];

        let length = terminal_sequence(rest);
        let first = rest.chars().next().map_or(1, char::len_utf8);
        if rest.starts_with(['\u{2028}', '\u{2029}', '\u{0b}', '\u{0c}']) {
            out.push(' ');
        }
        rest = &rest[length.unwrap_or(first)..];
    }

    out.push_str(rest);

    Cow::Owned(out)
}

/// [`printable`] for every string inside.
pub(crate) fn printable_value(value: &mut serde_json::Value) {
    use serde_json::Value;

    match value {
        Value::String(text) => {
            if let Cow::Owned(plain) = printable(text) {
                *text = plain;
            }
        }
        Value::Array(items) => items.iter_mut().for_each(printable_value),
        Value::Object(fields) => fields.values_mut().for_each(printable_value),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

/// Bytes of the sequence at the start: `ESC [ … letter`, `ESC ] … BEL`, `ESC letter`.
fn terminal_sequence(text: &str) -> Option<usize> {
    let (introducer, rest) = match text.strip_prefix('\u{1b}') {
        Some(rest) => (1, rest),
        None if text.starts_with('\u{9b}') => return control_sequence(&text[2..]).map(|length| 2 + length),
        None => return None,
    };

    if let Some(inside) = rest.strip_prefix('[') {
        return control_sequence(inside).map(|length| introducer + 1 + length);
    }

    if let Some(inside) = rest.strip_prefix(']') {
        let end = inside.find(['\u{7}', '\u{1b}', '\n'])?;
        let closing = match inside[end..].chars().next() {
            Some('\u{1b}') if inside[end + 1..].starts_with('\\') => 2,
            Some('\u{7}') => 1,
            _ => 0,
        };
        return Some(introducer + 1 + end + closing);
    }

    None
}

fn control_sequence(text: &str) -> Option<usize> {
    let end = text.find(|c: char| !matches!(c, '0'..='?' | ' '..='/'))?;
    text[end..]
        .starts_with(|c: char| matches!(c, '@'..='~'))
        .then_some(end + 1)
}

/// A path as it may be shown: what is not UTF-8 is decoded, hidden characters are written as escapes.
pub(crate) fn path(bytes: &[u8]) -> String {
    let text = short(bytes, None);
    if !text
        .chars()
        .any(|c| is_hidden(c) || matches!(c, '\t' | '\n' | '\r'))
    {
        return text;
    }

    text.chars()
        .map(|c| {
            if is_hidden(c) || matches!(c, '\t' | '\n' | '\r') {
                c.escape_unicode().to_string()
            } else {
                c.to_string()
            }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const WORDS: &str = "The naïve count is printed at the café and is “good enough” for most harbours.\n";

    fn wide(text: &str, from: fn(u16) -> [u8; 2]) -> Vec<u8> {
        text.encode_utf16().flat_map(from).collect()
    }

    fn very_wide(text: &str, from: fn(u32) -> [u8; 4]) -> Vec<u8> {
        text.chars().flat_map(|c| from(u32::from(c))).collect()
    }

    #[test]
    fn every_unicode_encoding_is_read_with_and_without_its_mark() {
        for text in [
            WORDS,
            "Зимородок ведёт небольшие книги учёта.\n",
            "翠鸟记账。\n它记录每一次变化。\n",
        ] {
            for mark in ["", "\u{feff}"] {
                let marked = format!("{mark}{text}");
                for (name, bytes) in [
                    ("UTF-8", marked.as_bytes().to_vec()),
                    ("UTF-16LE", wide(&marked, u16::to_le_bytes)),
                    ("UTF-16BE", wide(&marked, u16::to_be_bytes)),
                    ("UTF-32LE", very_wide(&marked, u32::to_le_bytes)),
                    ("UTF-32BE", very_wide(&marked, u32::to_be_bytes)),
                ] {
                    let read = decode(bytes).map(|read| read.trim_start_matches('\u{feff}').to_owned());
                    assert_eq!(read.as_deref(), Some(text), "{name}, mark {}", mark.len());
                }
            }
        }
    }

    #[test]
    fn old_encodings_are_told_by_their_statistics() {
        let russian = "Зимородок ведёт небольшие книги учёта и записывает каждое изменение в один журнал.\n";
        let japanese =
            "カワセミは小さな台帳をつけ、すべての変更を一つの日誌に書きます。毎晩、合計が印刷されます。\n";
        let chinese = "翠鸟保存小型账本，并把每次更改写入一个日志。每天晚上都会打印总数。\n";
        let polish = "Zimorodek prowadzi małe księgi i zapisuje każdą zmianę w jednym dzienniku, żeby nic nie zginęło.\n";
        let korean = "물총새는 작은 장부를 보관하고 모든 변경 사항을 하나의 일지에 기록합니다.\n";
        for (encoding, text) in [
            (encoding_rs::WINDOWS_1252, WORDS),
            (encoding_rs::KOI8_R, russian),
            (encoding_rs::WINDOWS_1251, russian),
            (encoding_rs::SHIFT_JIS, japanese),
            (encoding_rs::EUC_JP, japanese),
            (ISO_2022_JP, japanese),
            (encoding_rs::GBK, chinese),
            (encoding_rs::GB18030, chinese),
            (
                encoding_rs::BIG5,
                "翠鳥保存小型帳本，並把每次更改寫入一個日誌。\n",
            ),
            (encoding_rs::EUC_KR, korean),
            (encoding_rs::ISO_8859_2, polish),
            (encoding_rs::WINDOWS_1250, polish),
        ] {
            let (bytes, _, broken) = encoding.encode(text);
            assert!(!broken, "{}", encoding.name());
            assert_eq!(
                decode(bytes.into_owned()).as_deref(),
                Some(text),
                "{}",
                encoding.name()
            );
        }

        let latin9: Vec<u8> = b"Un c\xbdur co\xfbte 5 \xa4 \xe0 Besan\xe7on.\n".to_vec();
        assert_eq!(decode(latin9).as_deref(), Some("Un cœur coûte 5 € à Besançon.\n"));
        assert_eq!(
            decode(b"# -*- coding: koi8-r -*-\n# \xf0\xd2\xc9\xd7\xc5\xd4\n".to_vec()).as_deref(),
            Some("# -*- coding: koi8-r -*-\n# Привет\n")
        );
    }

    #[test]
    fn what_is_no_text_is_left_out() {
        let noise: Vec<u8> = (0u32..4_000)
            .map(|n| (n.wrapping_mul(2_654_435_761) >> 13) as u8)
            .collect();
        for bytes in [
            b"a\0b".to_vec(),
            vec![0xC3; 500],
            noise,
            vec![0; 64],
            b"GIF89a\x01\0\x01\0\x80".to_vec(),
        ] {
            assert_eq!(decode(bytes.clone()), None, "{:?}", &bytes[..bytes.len().min(12)]);
        }

        assert_eq!(decode(Vec::new()).as_deref(), Some(""));
    }

    #[test]
    fn a_text_in_utf8_with_a_broken_byte_stays_in_utf8() {
        let bytes = [WORDS.as_bytes(), b"cut \xe2\x80 off\n"].concat();
        let text = decode(bytes).expect("text");

        assert!(text.contains("naïve") && text.contains("cut  off"), "{text}");
        assert!(!text.contains('\u{fffd}'));
    }

    #[test]
    fn nothing_that_steers_a_terminal_is_printable() {
        assert_eq!(printable("King\u{1b}[31mfisher\u{202e}"), "Kingfisher");
        assert_eq!(printable("a\u{1b}]0;title\u{7}b\u{9b}2Jc\u{8}d"), "abcd");
        assert_eq!(printable("two\nlines\tand a tab"), "two\nlines\tand a tab");
        assert_eq!(path("src/\u{1b}[2Jboat.py".as_bytes()), "src/\\u{1b}[2Jboat.py");
        assert_eq!(path("src/\u{202e}gnp.py".as_bytes()), "src/\\u{202e}gnp.py");
        assert_eq!(path(b"caf\xe9/men\xfc.txt"), "café/menü.txt");
    }
}
