//! Cuts narration into pieces that a voice takes in one go: at a paragraph, else a sentence, else a clause, else a space.
//!
//! Never inside a word, and no text is lost: the pieces joined by whitespace are the text.

/// Ends a sentence without ending it, when a full stop follows.
const ABBREVIATIONS: [&str; 14] = [
    "dr", "mr", "mrs", "ms", "prof", "st", "vs", "etc", "e.g", "i.e", "cf", "no", "approx", "inc",
];

/// Cuts `text` into pieces of at most `limit` characters. A single word longer than the limit stays whole.
pub fn cut(text: &str, limit: usize) -> Vec<String> {
    let limit = limit.max(1);
    let mut pieces = Vec::new();
    let mut piece = String::new();
    for unit in units(text, limit) {
        let fits = piece.is_empty() || chars(&piece) + chars(unit.gap) + chars(unit.text) <= limit;
        if !fits {
            pieces.push(std::mem::take(&mut piece));
        }
        if !piece.is_empty() {
            piece.push_str(unit.gap);
        }
        piece.push_str(unit.text);
    }

    if !piece.is_empty() {
        pieces.push(piece);
    }

    pieces
}

/// The paragraphs of a text, trimmed, without empty ones.
pub fn paragraphs(text: &str) -> Vec<&str> {
    text.split("\n\n")
        .map(str::trim)
        .filter(|paragraph| !paragraph.is_empty())
        .collect()
}

/// The sentences of a paragraph, trimmed, each with its closing mark.
pub fn sentences(paragraph: &str) -> Vec<&str> {
    split_after(paragraph, is_sentence_end)
}

/// A stretch of text that is kept together, and the whitespace that joins it to the stretch before it.
struct Unit<'a> {
    text: &'a str,
    gap: &'static str,
}

fn units(text: &str, limit: usize) -> Vec<Unit<'_>> {
    let mut units = Vec::new();
    for paragraph in paragraphs(text) {
        let mut gap = "\n\n";
        for sentence in sentences(paragraph) {
            for part in within(sentence, limit) {
                units.push(Unit { text: part, gap });
                gap = " ";
            }
        }
    }

    units
}

/// A sentence as one part when it fits, else its clauses, else its words.
fn within(sentence: &str, limit: usize) -> Vec<&str> {
    if chars(sentence) <= limit {
        return vec![sentence];
    }

    split_after(sentence, is_clause_end)
        .into_iter()
        .flat_map(|clause| {
            if chars(clause) <= limit {
                vec![clause]
            } else {
                clause.split_whitespace().collect()
            }
        })
        .collect()
}

fn chars(text: &str) -> usize {
    text.chars().count()
}

/// Splits at whitespace where `ends` says that what came before closes something.
fn split_after(text: &str, ends: fn(&str) -> bool) -> Vec<&str> {
    let mut parts = Vec::new();
    let mut start = 0;
    for (at, symbol) in text.char_indices() {
        if symbol.is_whitespace()
            && at >= start
            && ends(&text[start..at])
            && !goes_on(&text[start..at], &text[at..])
        {
            parts.push(text[start..at].trim());
            start = at;
        }
    }

    parts.push(text[start..].trim());
    parts.retain(|part| !part.is_empty());

    parts
}

/// “Who?” asked the guide: a small letter after a spoken question goes on with the sentence.
fn goes_on(before: &str, after: &str) -> bool {
    before.ends_with(['”', '"', '’']) && after.trim_start().starts_with(char::is_lowercase)
}

fn is_sentence_end(before: &str) -> bool {
    let bare = before.trim_end_matches(['"', '\'', ')', '”', '’']);
    if bare.ends_with(['!', '?', '…']) {
        return true;
    }

    let Some(stem) = bare.strip_suffix('.') else {
        return false;
    };
    let word = stem.rsplit(char::is_whitespace).next().unwrap_or_default();
    let word = word.trim_start_matches(['(', '"', '“']).to_lowercase();
    let initial = chars(&word) == 1 && word != "i" && word.chars().all(char::is_alphabetic);

    !initial && !ABBREVIATIONS.contains(&word.as_str())
}

fn is_clause_end(before: &str) -> bool {
    before.ends_with([',', ';', ':', '–', '—'])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(text: &str) -> Vec<&str> {
        text.split_whitespace().collect()
    }

    /// A long deterministic text with every kind of boundary in it.
    fn prose(seed: u64) -> String {
        let mut state = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        let mut next = |below: u64| {
            state = state
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            (state >> 33) % below
        };

        let mut text = String::new();
        for _ in 0..400 {
            let length = next(12) + 1;
            text.extend((0..length).map(|_| ['a', 'é', 'z', '字', 'q'][next(5) as usize]));
            text.push_str(["", ".", ",", ";", "!", "?", "", "", "", ""][next(10) as usize]);
            text.push_str([" ", " ", " ", "\n\n", "\n"][next(5) as usize]);
        }

        text
    }

    #[test]
    fn no_piece_is_over_the_limit_and_no_word_is_lost_or_broken() {
        for seed in 0..60 {
            let text = prose(seed);
            for limit in [13, 40, 100, 1_000, 4_000] {
                let pieces = cut(&text, limit);
                assert!(
                    pieces.iter().all(|piece| chars(piece) <= limit),
                    "seed {seed}, limit {limit}"
                );
                assert!(pieces.iter().all(|piece| !piece.trim().is_empty()));
                let joined = pieces.join(" ");
                assert_eq!(words(&joined), words(&text), "seed {seed}, limit {limit}");
            }
        }
    }

    #[test]
    fn a_cut_comes_at_the_end_of_a_sentence_when_one_fits() {
        let text = "One two three. Four five six. Seven eight nine.";
        assert_eq!(
            cut(text, 30),
            ["One two three. Four five six.", "Seven eight nine."]
        );
    }

    #[test]
    fn a_long_sentence_is_cut_at_a_clause_and_then_at_a_space() {
        assert_eq!(
            cut("alpha beta, gamma delta, epsilon.", 25),
            ["alpha beta, gamma delta,", "epsilon."]
        );
        assert_eq!(cut("alpha beta gamma", 11), ["alpha beta", "gamma"]);
    }

    #[test]
    fn a_word_longer_than_the_limit_stays_whole() {
        assert_eq!(
            cut("a internationalisation b", 5),
            ["a", "internationalisation", "b"]
        );
    }

    #[test]
    fn paragraphs_stay_apart_inside_a_piece() {
        assert_eq!(cut("One.\n\nTwo.", 100), ["One.\n\nTwo."]);
    }

    #[test]
    fn an_abbreviation_or_a_version_does_not_end_a_sentence() {
        assert_eq!(
            sentences("Dr. Who wrote 1.2 in J. Smith's time. Then it grew."),
            ["Dr. Who wrote 1.2 in J. Smith's time.", "Then it grew."]
        );
    }

    #[test]
    fn nothing_makes_nothing() {
        assert!(cut("", 100).is_empty());
        assert!(cut(" \n\n ", 100).is_empty());
    }
}
