//! Which words of a sentence name a person, a place or a thing of the book.

use std::collections::HashMap;

use proto::tasks::fiction::finding::ContinuityInput;

use crate::{
    book::{Figure, Mention, Named},
    sentences::Word,
};

const TITLES: &[&str] = &[
    "mr", "mrs", "miss", "ms", "dr", "doctor", "captain", "sir", "lady", "lord", "old", "the", "a", "an",
    "von", "van", "de", "of", "aunt", "uncle", "father", "mother", "brother", "sister", "master", "saint",
    "st",
];

/// Names by their first word, the longest first.
pub(crate) struct NameIndex(HashMap<String, Vec<(Vec<String>, Named)>>);

impl NameIndex {
    pub(crate) fn build(input: &ContinuityInput, people: &[Figure<'_>]) -> Self {
        let mut names: Vec<(String, Named)> = Vec::new();
        let mut parts: HashMap<String, Option<usize>> = HashMap::new();
        for (index, figure) in people.iter().enumerate() {
            let aliases = figure.person.iter().flat_map(|person| &person.entity.aliases);
            for name in std::iter::once(&figure.name).chain(aliases) {
                names.push((name.clone(), Named::Person(index)));
                for part in name.split_whitespace() {
                    let part = part.to_lowercase();
                    if part.chars().count() < 3 || TITLES.contains(&part.as_str()) {
                        continue;
                    }
                    let owner = parts.entry(part).or_insert(Some(index));
                    // Two who share a name are not told apart by it.
                    if *owner != Some(index) {
                        *owner = None;
                    }
                }
            }
        }
        names.extend(
            parts
                .into_iter()
                .filter_map(|(part, owner)| Some((part, Named::Person(owner?)))),
        );
        let places = input.cast.places.iter().map(|place| &place.entity);
        let items = input.cast.items.iter().map(|item| &item.entity);
        for (index, entity) in places.enumerate() {
            let all = std::iter::once(&entity.name).chain(&entity.aliases);
            names.extend(all.map(|name| (name.clone(), Named::Place(index))));
        }
        for (index, entity) in items.enumerate() {
            let all = std::iter::once(&entity.name).chain(&entity.aliases);
            names.extend(all.map(|name| (name.clone(), Named::Item(index))));
        }

        let mut index: HashMap<String, Vec<(Vec<String>, Named)>> = HashMap::new();
        for (name, named) in names {
            let words: Vec<String> = name
                .replace('’', "'")
                .to_lowercase()
                .split_whitespace()
                .map(str::to_owned)
                .collect();
            let words = match words.as_slice() {
                [article, rest @ ..]
                    if !rest.is_empty() && matches!(article.as_str(), "the" | "a" | "an") =>
                {
                    rest.to_vec()
                }
                _ => words,
            };
            if let Some(first) = words.first() {
                index.entry(first.clone()).or_default().push((words, named));
            }
        }
        for list in index.values_mut() {
            list.sort_by(|(one, _), (other, _)| other.len().cmp(&one.len()).then_with(|| one.cmp(other)));
        }

        Self(index)
    }

    pub(crate) fn find_mentions(&self, words: &[Word<'_>]) -> Vec<Mention> {
        let mut mentions = Vec::new();
        let mut at = 0;
        while at < words.len() {
            match self.find_mention(words, at) {
                Some(mention) => {
                    at = mention.end();
                    mentions.push(mention);
                }
                None => at += 1,
            }
        }

        mentions
    }

    fn find_mention(&self, words: &[Word<'_>], at: usize) -> Option<Mention> {
        let lower = words[at].lower.as_str();
        let bare = strip_possessive(lower);
        let owning = self.0.get(lower).filter(|_| bare != lower);
        let mut candidates = owning.into_iter().chain(self.0.get(bare)).flatten();

        candidates.find_map(|(name, named)| {
            let found = words.get(at..at + name.len())?;
            let last = found.len() - 1;
            let same = name.iter().zip(found).enumerate().all(|(index, (name, word))| {
                let lower = if index == last {
                    strip_possessive(&word.lower)
                } else {
                    word.lower.as_str()
                };
                lower == name
            });
            let is_capital = words[at].is_capital() || !matches!(named, Named::Person(_));
            (same && is_capital).then_some(Mention {
                at,
                length: name.len(),
                named: *named,
                is_possessive: found[last].lower.ends_with("'s")
                    || words
                        .get(at + name.len())
                        .is_some_and(|_| ends_owning(&found[last])),
            })
        })
    }
}

/// `Voss'` is possessive too; the apostrophe is no part of its word.
fn ends_owning(word: &Word<'_>) -> bool {
    word.lower.ends_with("s'")
}

fn strip_possessive(word: &str) -> &str {
    word.strip_suffix("'s").unwrap_or(word)
}
