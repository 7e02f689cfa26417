//! The characters of a manuscript, whatever they were saved in.

use chardetng::{EncodingDetector, Iso2022JpDetection, Utf8Detection};
use encoding_rs::{Encoding, UTF_8, UTF_16BE, UTF_16LE};

use crate::ImportError;

/// How much of a file is looked at to tell text from other bytes.
const LOOKED_AT: usize = 64 << 10;

pub(super) fn decode_text(bytes: &[u8]) -> Result<String, ImportError> {
    let (text, _) = match Encoding::for_bom(bytes) {
        Some((encoding, length)) => encoding.decode_without_bom_handling(&bytes[length..]),
        None => guess_encoding(bytes).decode_without_bom_handling(bytes),
    };
    let text = text
        .replace("\r\n", "\n")
        .replace(['\r', '\u{2028}', '\u{2029}'], "\n");

    // Form feeds and tabs are of the trade; a few strays are left out, many are no text.
    let is_stray = |c: char| c.is_control() && !matches!(c, '\n' | '\t' | '\u{C}');
    let looked_at: Vec<char> = text.chars().take(LOOKED_AT).collect();
    let strays = looked_at.iter().filter(|c| is_stray(**c)).count();
    if strays * 50 > looked_at.len() {
        return Err(ImportError::NotText);
    }

    Ok(text
        .chars()
        .filter(|c| !is_stray(*c) && *c != '\u{FEFF}')
        .map(|c| if c == '\u{C}' { '\n' } else { c })
        .collect())
}

fn guess_encoding(bytes: &[u8]) -> &'static Encoding {
    if let Some(encoding) = guess_utf16(bytes) {
        return encoding;
    }
    if std::str::from_utf8(bytes).is_ok() {
        return UTF_8;
    }
    let mut detector = EncodingDetector::new(Iso2022JpDetection::Deny);
    detector.feed(bytes, true);

    detector.guess(None, Utf8Detection::Allow)
}

/// Of text in Latin letters, every second byte is zero.
fn guess_utf16(bytes: &[u8]) -> Option<&'static Encoding> {
    let looked_at = &bytes[..bytes.len().min(LOOKED_AT)];
    let half = looked_at.len() / 2;
    if half == 0 {
        return None;
    }
    let zeros = |start: usize| {
        looked_at
            .iter()
            .skip(start)
            .step_by(2)
            .filter(|byte| **byte == 0)
            .count()
    };

    match (zeros(0), zeros(1)) {
        (0, odd) if odd * 2 > half => Some(UTF_16LE),
        (even, 0) if even * 2 > half => Some(UTF_16BE),
        _ => None,
    }
}

/// A page of an EPUB says its encoding itself.
pub(super) fn decode_xml(bytes: &[u8]) -> String {
    if let Some((encoding, length)) = Encoding::for_bom(bytes) {
        return encoding
            .decode_without_bom_handling(&bytes[length..])
            .0
            .into_owned();
    }
    if let Some(encoding) = guess_utf16(bytes) {
        return encoding.decode_without_bom_handling(bytes).0.into_owned();
    }
    let head = String::from_utf8_lossy(&bytes[..bytes.len().min(200)]);
    let declared = head
        .split_once("encoding=")
        .filter(|_| head.trim_start().starts_with("<?xml"))
        .and_then(|(_, rest)| rest.get(1..).and_then(|rest| rest.split(['"', '\'']).next()))
        .and_then(|label| Encoding::for_label(label.as_bytes()));
    let encoding = match declared {
        Some(encoding) if encoding != UTF_16LE && encoding != UTF_16BE => encoding,
        _ if std::str::from_utf8(bytes).is_ok() => UTF_8,
        _ => encoding_rs::WINDOWS_1252,
    };

    encoding.decode_without_bom_handling(bytes).0.into_owned()
}
