//! How chapters and parts are headed, in the languages whose words for it we know: written for an export, recognised in an
//! import.

/// The heading of the list of open findings.
pub(crate) const OPEN_FINDINGS: &str = "Open findings";

/// The language, its word for a chapter as a heading has it.
const CHAPTER_WORDS: &[(&str, &str)] = &[
    ("en", "Chapter"),
    ("da", "Kapitel"),
    ("de", "Kapitel"),
    ("es", "Capítulo"),
    ("fr", "Chapitre"),
    ("it", "Capitolo"),
    ("nl", "Hoofdstuk"),
    ("no", "Kapittel"),
    ("pl", "Rozdział"),
    ("pt", "Capítulo"),
    ("ru", "Глава"),
    ("sv", "Kapitel"),
];
const MORE_CHAPTER_WORDS: &[&str] = &["chap", "ch", "capitulo", "rozdzial"];
/// They head a chapter and stay in its title.
const OTHER_CHAPTER_WORDS: &[&str] = &["letter", "stave", "canto", "scene"];
/// Words of four letters and more that titles write small.
const SMALL_WORDS: &[&str] = &[
    "about", "after", "against", "among", "before", "being", "between", "shows", "their", "through",
    "towards", "under", "until", "which", "within", "without",
];
const PART_WORDS: &[&str] = &[
    "part",
    "book",
    "volume",
    "vol",
    "teil",
    "buch",
    "band",
    "partie",
    "tome",
    "livre",
    "parte",
    "libro",
    "deel",
    "boek",
    "часть",
    "книга",
    "część",
    "del",
    "act",
    "epoch",
];
/// Headings without a number.
const NAMES: &[&str] = &[
    "prologue",
    "epilogue",
    "prolog",
    "epilog",
    "preface",
    "foreword",
    "introduction",
    "interlude",
    "intermezzo",
    "afterword",
    "postscript",
    "coda",
    "conclusion",
    "acknowledgements",
    "acknowledgments",
    "dedication",
    "author's note",
    "author’s note",
    "vorwort",
    "nachwort",
    "prólogo",
    "epílogo",
    "prologo",
    "epilogo",
    "épilogue",
    "préface",
    "пролог",
    "эпилог",
    "open findings",
    "front matter",
    "endnotes",
    "appendix",
    "glossary",
];
const CONTENTS: &[&str] = &[
    "contents",
    "table of contents",
    "inhalt",
    "inhaltsverzeichnis",
    "table des matières",
    "índice",
    "indice",
];
const UNITS: &[&str] = &[
    "one",
    "two",
    "three",
    "four",
    "five",
    "six",
    "seven",
    "eight",
    "nine",
    "ten",
    "eleven",
    "twelve",
    "thirteen",
    "fourteen",
    "fifteen",
    "sixteen",
    "seventeen",
    "eighteen",
    "nineteen",
];
const ORDINALS: &[&str] = &[
    "first",
    "second",
    "third",
    "fourth",
    "fifth",
    "sixth",
    "seventh",
    "eighth",
    "ninth",
    "tenth",
    "eleventh",
    "twelfth",
    "thirteenth",
    "fourteenth",
    "fifteenth",
    "sixteenth",
    "seventeenth",
    "eighteenth",
    "nineteenth",
];
const TENS: &[&str] = &[
    "twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety",
];
/// Above it a number is a year or a quantity, not a chapter.
const MOST_CHAPTERS: u32 = 999;
/// In characters; a longer line is prose.
pub(crate) const LONGEST_HEADING: usize = 120;

pub(crate) fn chapter_word(language: &str) -> &'static str {
    let primary = language
        .split(['-', '_'])
        .next()
        .unwrap_or_default()
        .to_ascii_lowercase();
    CHAPTER_WORDS
        .iter()
        .find(|(tag, _)| *tag == primary)
        .map_or("Chapter", |(_, word)| word)
}

/// What a line that heads something says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Heading {
    pub(crate) kind: HeadingKind,
    pub(crate) number: Option<u32>,
    pub(crate) title: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum HeadingKind {
    /// "Part Two", "Book I".
    Part,
    /// "Chapter 3", "CHAPTER III. The Storm".
    Chapter,
    /// "Prologue".
    Named,
    /// "3.", "III", "3. The Storm": a heading only among others of its kind.
    Numbered,
}

pub(crate) fn is_contents(line: &str) -> bool {
    let line = bare_text(line).to_lowercase();
    CONTENTS.contains(&line.as_str())
}

/// Without the marks that surround a heading.
fn bare_text(line: &str) -> &str {
    line.trim().trim_matches(|c: char| {
        matches!(c, '*' | '_' | '.' | ':' | '—' | '–' | '-' | '=') || c.is_whitespace()
    })
}

/// What a line says when it is a heading by its words; `None` is prose, or a title without a number.
pub(crate) fn read_heading(line: &str) -> Option<Heading> {
    let line = line.trim();
    let is_item = line.starts_with(['-', '•', '–']) && !line.ends_with(['-', '–']);
    if line.is_empty() || is_item || line.chars().count() > LONGEST_HEADING {
        return None;
    }
    let bare = bare_text(line);

    if NAMES.contains(&bare.to_lowercase().as_str()) {
        return Some(Heading {
            kind: HeadingKind::Named,
            number: None,
            title: bare.to_owned(),
        });
    }

    read_keyword(bare)
        .or_else(|| read_name_with_title(bare))
        .or_else(|| read_numbered(line))
}

/// "Prologue: The Storm".
fn read_name_with_title(bare: &str) -> Option<Heading> {
    let (name, title) = bare.split_once([':', '—', '–'])?;
    if !NAMES.contains(&name.trim().to_lowercase().as_str()) || title.trim().is_empty() {
        return None;
    }

    Some(Heading {
        kind: HeadingKind::Named,
        number: None,
        title: bare.to_owned(),
    })
}

/// "Chapter 3: The Storm", "Part the Second", "Third Chapter".
fn read_keyword(bare: &str) -> Option<Heading> {
    let (word, rest) = bare.split_once(|c: char| c.is_whitespace() || c == '.')?;
    if OTHER_CHAPTER_WORDS.contains(&word.to_lowercase().as_str()) {
        let (_, title) = read_number(rest.trim_start())?;
        return read_title(title).map(|_| Heading {
            kind: HeadingKind::Chapter,
            number: None,
            title: bare.to_owned(),
        });
    }
    let Some(kind) = kind_of_word(word) else {
        // "THE FIRST CHAPTER", "Third Chapter".
        let words: Vec<_> = bare.split_whitespace().collect();
        let (number, noun) = match words.as_slice() {
            [the, ordinal, noun] if the.eq_ignore_ascii_case("the") => (ordinal, noun),
            [ordinal, noun] => (ordinal, noun),
            _ => return None,
        };
        let kind = kind_of_word(noun)?;

        return ordinal_number(&number.to_lowercase()).map(|number| Heading {
            kind,
            number: Some(number),
            title: String::new(),
        });
    };

    let rest = rest.trim_start_matches(|c: char| c.is_whitespace() || c == '.');
    let (number, title) = read_number(rest)?;
    let title = read_title(title)?;
    Some(Heading {
        kind,
        number: Some(number),
        title,
    })
}

fn kind_of_word(word: &str) -> Option<HeadingKind> {
    let word = word.to_lowercase();
    if CHAPTER_WORDS
        .iter()
        .any(|(_, known)| known.chars().flat_map(char::to_lowercase).eq(word.chars()))
        || MORE_CHAPTER_WORDS.contains(&word.as_str())
    {
        return Some(HeadingKind::Chapter);
    }

    PART_WORDS.contains(&word.as_str()).then_some(HeadingKind::Part)
}

/// What follows a number: a separator and a title, or a title that is written as one; `None` when it goes on as prose does.
fn read_title(rest: &str) -> Option<String> {
    // "Part the First, 1703"
    let rest = rest
        .strip_prefix(',')
        .map_or_else(|| rest.to_owned(), |rest| format!(":{rest}"));
    let title = rest.trim_start_matches(|c: char| c.is_whitespace() || is_separator(c));
    if title.is_empty() {
        return Some(String::new());
    }

    let separated = rest.trim_start().starts_with(is_separator);
    (separated || is_titled(title)).then(|| title.trim().to_owned())
}

const fn is_separator(c: char) -> bool {
    matches!(c, '.' | ':' | '—' | '–' | '-' | ')' | ']' | '|' | '·')
}

/// Written as titles are: every word of weight begins with a capital, and it does not end as a sentence does.
pub(crate) fn is_titled(text: &str) -> bool {
    let ends_as_prose =
        text.ends_with(['.', ',', ';', ':', '"', '”']) && text.chars().any(char::is_lowercase);
    let mut weighty = text
        .split_whitespace()
        .filter(|word| word.chars().filter(|c| c.is_alphabetic()).count() > 3 && !SMALL_WORDS.contains(word));
    let first = text.chars().find(|c| c.is_alphabetic());

    !ends_as_prose
        && first.is_some_and(|c| !c.is_lowercase())
        && weighty.all(|word| {
            word.chars()
                .find(|c| c.is_alphabetic())
                .is_some_and(|c| !c.is_lowercase())
        })
}

/// "3.", "III", "Three", "3. The Storm".
fn read_numbered(line: &str) -> Option<Heading> {
    let line = line
        .trim_matches(|c: char| matches!(c, '*' | '_' | '-' | '—' | '–' | '[' | '(') || c.is_whitespace());
    let (number, rest) = read_number(line)?;
    let rest_trimmed = rest.trim_start();
    let title = rest_trimmed.trim_start_matches(|c: char| is_separator(c) || c.is_whitespace());
    // "I went" and "Ten men" are prose: a title needs its separator, and words in capitals.
    let separated = rest_trimmed.starts_with(is_separator) && rest_trimmed.len() == rest.len();
    if !(title.is_empty() || separated && is_titled(title)) {
        return None;
    }

    Some(Heading {
        kind: HeadingKind::Numbered,
        number: Some(number),
        title: title.trim().to_owned(),
    })
}

/// The number at the beginning and what follows it.
fn read_number(text: &str) -> Option<(u32, &str)> {
    let end = text.find(|c: char| !c.is_alphanumeric()).unwrap_or(text.len());
    let (word, rest) = text.split_at(end);
    if word.is_empty() {
        return None;
    }
    if word.chars().all(|c| c.is_ascii_digit()) {
        let number = word.parse().ok().filter(|number| *number <= MOST_CHAPTERS)?;
        return Some((number, rest));
    }
    if let Some(number) = roman_number(word) {
        return Some((number, rest));
    }

    let lower = word.to_lowercase();
    if lower == "the" {
        let rest = rest.trim_start();
        let end = rest
            .find(|c: char| !(c.is_alphabetic() || c == '-'))
            .unwrap_or(rest.len());
        return ordinal_number(&rest[..end].to_lowercase()).map(|number| (number, &rest[end..]));
    }
    if let Some(tens) = TENS.iter().position(|name| *name == lower) {
        return Some(read_tens(tens, rest));
    }
    let index = UNITS
        .iter()
        .position(|name| *name == lower)
        .or_else(|| ORDINALS.iter().position(|name| *name == lower))?;

    Some((count_number(index) + 1, rest))
}

/// "twenty", "twenty-one", "Twenty One".
fn read_tens(tens: usize, rest: &str) -> (u32, &str) {
    let tens = (count_number(tens) + 2) * 10;
    if let Some(after) = rest.strip_prefix(['-', ' ', '‑']) {
        let end = after.find(|c: char| !c.is_alphabetic()).unwrap_or(after.len());
        let unit = after[..end].to_lowercase();
        if let Some(index) = UNITS.iter().take(9).position(|name| *name == unit) {
            return (tens + count_number(index) + 1, &after[end..]);
        }
    }

    (tens, rest)
}

fn ordinal_number(word: &str) -> Option<u32> {
    if let Some(index) = ORDINALS.iter().position(|name| *name == word) {
        return Some(count_number(index) + 1);
    }
    let (tens, unit) = word.split_once('-').unwrap_or((word, ""));
    let index = TENS.iter().position(|name| {
        *name == tens
            || tens
                .strip_suffix("ieth")
                .is_some_and(|stem| *name == format!("{stem}y"))
    })?;
    let unit = ORDINALS
        .iter()
        .take(9)
        .position(|name| *name == unit)
        .map_or(0, |index| count_number(index) + 1);

    Some((count_number(index) + 2) * 10 + unit)
}

/// An index of the short tables above.
fn count_number(index: usize) -> u32 {
    u32::try_from(index).unwrap_or(u32::MAX / 100)
}

/// Capitals or small letters, not mixed, and written the usual way, so that "mild" and "DIM" are words.
fn roman_number(word: &str) -> Option<u32> {
    let upper = word.to_ascii_uppercase();
    if upper != word && word.to_ascii_lowercase() != word {
        return None;
    }
    let mut value = 0;
    let digits = upper.chars().map(roman_digit).collect::<Option<Vec<u32>>>()?;
    for (index, digit) in digits.iter().enumerate() {
        if digits.get(index + 1).is_some_and(|next| next > digit) {
            value -= i64::from(*digit);
        } else {
            value += i64::from(*digit);
        }
    }

    let value = u32::try_from(value)
        .ok()
        .filter(|value| *value <= MOST_CHAPTERS)?;
    (write_roman(value) == upper).then_some(value)
}

const fn roman_digit(c: char) -> Option<u32> {
    match c {
        'I' => Some(1),
        'V' => Some(5),
        'X' => Some(10),
        'L' => Some(50),
        'C' => Some(100),
        'D' => Some(500),
        _ => None,
    }
}

fn write_roman(mut value: u32) -> String {
    const SIGNS: [(u32, &str); 12] = [
        (900, "CM"),
        (500, "D"),
        (400, "CD"),
        (100, "C"),
        (90, "XC"),
        (50, "L"),
        (40, "XL"),
        (10, "X"),
        (9, "IX"),
        (5, "V"),
        (4, "IV"),
        (1, "I"),
    ];
    let mut written = String::new();
    for (worth, sign) in SIGNS {
        while value >= worth {
            written.push_str(sign);
            value -= worth;
        }
    }

    written
}
