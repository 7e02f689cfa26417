//! Vectors without a model: words and pieces of words are hashed onto directions, so texts that share words lie near one another.
//! The same text has the same vector everywhere.

use crate::llm::Embedded;

use super::OFFLINE_MODEL;
use super::offline::count_tokens;

/// As long as the vectors that the pattern store keeps.
pub(crate) const DIMENSIONS: u32 = 1_536;
/// A piece of a word says less than the word.
const PIECE_WEIGHT: f32 = 0.4;
const PIECE_CHARS: usize = 3;

/// A vector of length 1 for each text.
pub(super) fn embed_texts(texts: &[String], dimensions: Option<u32>) -> Embedded {
    let dimensions = dimensions.unwrap_or(DIMENSIONS) as usize;

    Embedded {
        vectors: texts.iter().map(|text| embed_offline(text, dimensions)).collect(),
        model: OFFLINE_MODEL.to_owned(),
        input_tokens: texts.iter().map(|text| count_tokens(text)).sum(),
    }
}

/// A vector of length 1, unless the text has no word.
pub(crate) fn embed_offline(text: &str, dimensions: usize) -> Vec<f32> {
    let mut vector = vec![0.0; dimensions];
    let text = text.to_lowercase();
    let words = text
        .split(|c: char| !c.is_alphanumeric())
        .filter(|word| !word.is_empty());
    for word in words {
        add_feature(&mut vector, word, 1.0);

        let letters: Vec<char> = format!("^{word}$").chars().collect();
        for piece in letters.windows(PIECE_CHARS) {
            let piece: String = piece.iter().collect();
            add_feature(&mut vector, &piece, PIECE_WEIGHT);
        }
    }

    let length = vector.iter().map(|value| value * value).sum::<f32>().sqrt();
    if length == 0.0 {
        // A text without a word still has a direction.
        add_feature(&mut vector, &text, 1.0);
        return vector;
    }

    vector.iter_mut().for_each(|value| *value /= length);
    vector
}

fn add_feature(vector: &mut [f32], feature: &str, weight: f32) {
    let hash = blake3::hash(feature.as_bytes());
    let [a, b, c, d, e, f, g, sign, ..] = *hash.as_bytes();
    let place = u64::from_le_bytes([a, b, c, d, e, f, g, 0]);
    let places = vector.len() as u64;
    let signed = if sign & 1 == 0 { weight } else { -weight };
    if let Some(value) = usize::try_from(place % places)
        .ok()
        .and_then(|place| vector.get_mut(place))
    {
        *value += signed;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn nearness(a: &[f32], b: &[f32]) -> f32 {
        a.iter().zip(b).map(|(a, b)| a * b).sum()
    }

    #[test]
    fn texts_that_share_words_lie_nearer_and_every_vector_is_as_long() {
        let texts = [
            "How does routing work in express?",
            "Explain express routing.",
            "A letter came in the winter.",
            "…",
        ]
        .map(str::to_owned);
        let vectors = embed_texts(&texts, Some(256)).vectors;

        assert!(
            nearness(&vectors[0], &vectors[1]) > nearness(&vectors[0], &vectors[2]) + 0.2,
            "{} {}",
            nearness(&vectors[0], &vectors[1]),
            nearness(&vectors[0], &vectors[2])
        );
        for vector in &vectors {
            assert_eq!(vector.len(), 256);
            assert!((nearness(vector, vector) - 1.0).abs() < 1e-4);
        }
        assert_eq!(vectors, embed_texts(&texts, Some(256)).vectors);
    }
}
