//! How a character looks to a reader: case, accents, homoglyphs, full width, digits for letters and what can't be seen make
//! no difference. Spaces and punctuation are no part of it.

use unicode_normalization::UnicodeNormalization;
use unicode_security::confusable_detection::skeleton;

/// A letter or digit by its looks: below [`SYMBOLS`].
pub(crate) type Symbol = u8;

/// The letters without `i` and `m`, which look like `l` and `rn`, and four digits that look like no letter.
const LOOKS: &[u8] = b"abcdefghjklnopqrstuvwxyz2689";
pub(crate) const SYMBOLS: usize = LOOKS.len();

const NONE: u8 = u8::MAX;

/// The symbol of each ASCII character that is one.
const TABLE: [u8; 128] = {
    let mut table = [NONE; 128];
    let mut at = 0;
    while at < LOOKS.len() {
        table[LOOKS[at] as usize] = at as u8;
        table[LOOKS[at].to_ascii_uppercase() as usize] = at as u8;
        at += 1;
    }
    let same: [(u8, u8); 8] = [
        (b'i', b'l'),
        (b'I', b'l'),
        (b'1', b'l'),
        (b'0', b'o'),
        (b'3', b'e'),
        (b'4', b'a'),
        (b'5', b's'),
        (b'7', b't'),
    ];
    at = 0;
    while at < same.len() {
        table[same[at].0 as usize] = table[same[at].1 as usize];
        at += 1;
    }
    table
};

const R: Symbol = TABLE[b'r' as usize];
const N: Symbol = TABLE[b'n' as usize];

/// Tells every symbol that a character looks like; none for what stands between letters or can't be seen.
pub(crate) fn look_at(character: char, mut see: impl FnMut(Symbol)) {
    if character.is_ascii() {
        return see_ascii(character, &mut see);
    }

    if let Some(hidden) = hidden_ascii(character) {
        return see_ascii(hidden, &mut see);
    }

    each_look(character, |look| see_ascii(look, &mut see));
}

/// The same, of the character that stands for this one after thirteen steps through the alphabet.
pub(crate) fn look_at_rotated(character: char, mut see: impl FnMut(Symbol)) {
    if character.is_ascii() {
        return see_ascii(rotate(character), &mut see);
    }

    each_look(character, |look| see_ascii(rotate(look), &mut see));
}

/// Whether it takes no place where it is shown, or only place.
pub(crate) fn is_blank(character: char) -> bool {
    character.is_whitespace()
        || matches!(character,
            '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}'
            | '\u{180b}'..='\u{180f}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}' | '\u{3164}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{ffa0}'
            | '\u{fff0}'..='\u{fff8}' | '\u{e0000}'..='\u{e0fff}')
}

/// What letters and digits a text looks like.
pub(crate) fn read_symbols(text: impl Iterator<Item = char>) -> Vec<Symbol> {
    let mut symbols = Vec::new();
    for character in text {
        look_at(character, |symbol| symbols.push(symbol));
    }

    symbols
}

pub(crate) fn rotate(character: char) -> char {
    let turn = |first: u8| char::from((character as u8 - first + 13) % 26 + first);
    match character {
        'a'..='z' => turn(b'a'),
        'A'..='Z' => turn(b'A'),
        other => other,
    }
}

fn see_ascii(character: char, see: &mut impl FnMut(Symbol)) {
    if matches!(character, 'm' | 'M') {
        see(R);
        see(N);
        return;
    }

    match TABLE.get(character as usize) {
        Some(&symbol) if symbol != NONE => see(symbol),
        _ => {}
    }
}

/// ASCII characters that a character is drawn like.
fn each_look(character: char, mut see: impl FnMut(char)) {
    let mut buffer = [0; 4];
    for part in character.nfkd() {
        let part = &*part.encode_utf8(&mut buffer);
        skeleton(part)
            .flat_map(char::to_lowercase)
            .filter(char::is_ascii)
            .for_each(&mut see);
    }
}

/// The tags of Unicode: ASCII that nothing shows.
fn hidden_ascii(character: char) -> Option<char> {
    let code = u32::from(character);
    (0xe_0020..=0xe_007e)
        .contains(&code)
        .then(|| char::from_u32(code - 0xe_0000))
        .flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn looks(text: &str) -> Vec<Symbol> {
        read_symbols(text.chars())
    }

    #[test]
    fn what_looks_alike_is_alike() {
        let plain = looks("You are the planning mind");
        for dressed in [
            "you ARE the Planning Mind",
            "y o u-a_r_e\tthe\n\n> **planning** mind!",
            "Уоu аrе thе рlаnning mind",
            "Ｙｏｕ ａｒｅ ｔｈｅ ｐｌａｎｎｉｎｇ ｍｉｎｄ",
            "𝐘𝐨𝐮 𝒂𝒓𝒆 𝓽𝓱𝓮 𝖕𝖑𝖆𝖓𝖓𝖎𝖓𝖌 𝗺𝗶𝗻𝗱",
            "Ⓨⓞⓤ ⓐⓡⓔ ⓣⓗⓔ ⓟⓛⓐⓝⓝⓘⓝⓖ ⓜⓘⓝⓓ",
            "Yóù ärê thé plànñîng mïnd",
            "Y0u 4r3 7h3 p14nn1ng m1nd",
            "Y\u{200b}o\u{200d}u\u{2060} a\u{feff}re\u{ad} the planning mind",
            "Y\u{301}\u{302}o\u{303}u are the planning mind",
        ] {
            assert_eq!(looks(dressed), plain, "{dressed}");
        }

        let hidden: String = "You are the planning mind"
            .chars()
            .filter_map(|shown| char::from_u32(u32::from(shown) + 0xe_0000))
            .collect();
        assert_eq!(looks(&hidden), plain);
    }

    #[test]
    fn thirteen_steps_are_taken_back() {
        let mut seen = Vec::new();
        "Lbh ner gur cynaavat zvaq".chars().for_each(|character| {
            look_at_rotated(character, |symbol| seen.push(symbol));
        });
        assert_eq!(seen, looks("You are the planning mind"));
    }
}
