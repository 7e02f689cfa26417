//! Work of our own that built-in types of workflows have: research over documents that were given, without a model. Pure.

use std::collections::{BTreeMap, HashMap};

use rust_stemmers::{Algorithm, Stemmer};
use serde_json::{Value, json};

thread_local! {
    /// So that "rivers" finds "river".
    static STEMMER: Stemmer = Stemmer::create(Algorithm::English);
}

/// Documents that a question is answered from.
const FOUND_MAX: usize = 8;
/// Sentences taken from one document.
const PER_DOCUMENT: usize = 4;
/// Sentences of an answer.
const ANSWER_MAX: usize = 12;

/// Calls one by its name.
///
/// # Errors
/// What is wrong with its input, for its user.
pub(super) fn call(function: &str, input: &Value) -> Result<Value, String> {
    match function {
        "research.search" => search(input),
        "research.extract" => extract(input),
        "research.synthesize" => synthesize(input),
        other => Err(format!("There is no function {other}.")),
    }
}

struct Document<'a> {
    title: &'a str,
    text: &'a str,
}

fn documents(input: &Value) -> Result<Vec<Document<'_>>, String> {
    let list = input["documents"]
        .as_array()
        .ok_or("`documents` is not a list.")?;
    let read = list.iter().map(|document| {
        let text = document["text"].as_str().ok_or("A document has no `text`.")?;
        let title = document["title"].as_str().unwrap_or("Untitled");
        Ok(Document { title, text })
    });

    read.collect()
}

fn question(input: &Value) -> Result<Vec<String>, String> {
    let text = input["question"].as_str().ok_or("`question` is not a text.")?;
    let words: Vec<_> = words(text).filter(|word| !is_common(word)).collect();
    if words.is_empty() {
        return Err("The question has no word to look for.".to_owned());
    }

    Ok(words)
}

/// The documents that say most about the question, with their places in what was given.
fn search(input: &Value) -> Result<Value, String> {
    let (documents, wanted) = (documents(input)?, question(input)?);
    let counts: Vec<_> = documents.iter().map(|document| count(document.text)).collect();
    let rarity = rarities(&wanted, &counts);

    let mut scored: Vec<_> = documents
        .iter()
        .zip(&counts)
        .enumerate()
        .map(|(place, (document, counts))| (score(counts, document.title, &rarity), place))
        .filter(|(score, _)| *score > 0.0)
        .collect();
    scored.sort_by(|(a, at), (b, bt)| b.total_cmp(a).then(at.cmp(bt)));

    let found = scored.into_iter().take(FOUND_MAX).map(|(score, place)| {
        json!({
            "document": place,
            "title": documents[place].title,
            "score": (score * 1000.0).round() / 1000.0,
        })
    });
    Ok(Value::Array(found.collect()))
}

/// What one found document says of the question: sentences, word for word.
fn extract(input: &Value) -> Result<Value, String> {
    let (documents, wanted) = (documents(input)?, question(input)?);
    let place = input["found"]["document"]
        .as_u64()
        .and_then(|place| usize::try_from(place).ok());
    let place = place.ok_or("`found` names no document.")?;
    let document = documents
        .get(place)
        .ok_or("`found` names a document that was not given.")?;

    let sentences: Vec<_> = sentences(document.text).collect();
    let counts: Vec<_> = sentences.iter().map(|sentence| count(sentence)).collect();
    let rarity = rarities(&wanted, &counts);
    let mut scored: Vec<_> = counts
        .iter()
        .enumerate()
        .map(|(at, counts)| (score(counts, "", &rarity), at))
        .filter(|(score, _)| *score > 0.0)
        .collect();
    scored.sort_by(|(a, at), (b, bt)| b.total_cmp(a).then(at.cmp(bt)));
    scored.truncate(PER_DOCUMENT);
    scored.sort_by_key(|(_, at)| *at);

    let quotes = scored.into_iter().map(|(score, at)| {
        json!({ "text": sentences[at], "sentence": at, "score": (score * 1000.0).round() / 1000.0 })
    });
    Ok(json!({
        "document": place,
        "title": document.title,
        "quotes": quotes.collect::<Vec<_>>(),
    }))
}

/// An answer out of what was extracted: the best sentences of all documents, each with its source, none twice.
fn synthesize(input: &Value) -> Result<Value, String> {
    let extracts = input["extracts"].as_array().ok_or("`extracts` is not a list.")?;
    let mut quotes: BTreeMap<String, (f64, usize, u64, String)> = BTreeMap::new();
    for (rank, extract) in extracts.iter().enumerate() {
        for quote in extract["quotes"].as_array().into_iter().flatten() {
            let text = quote["text"].as_str().unwrap_or_default().to_owned();
            let place = extract["document"].as_u64().unwrap_or_default();
            let score = quote["score"].as_f64().unwrap_or_default();
            let key = words(&text).collect::<Vec<_>>().join(" ");
            quotes.entry(key).or_insert((score, rank, place, text));
        }
    }

    let mut best: Vec<_> = quotes.into_values().collect();
    best.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)).then(a.3.cmp(&b.3)));
    best.truncate(ANSWER_MAX);
    best.sort_by_key(|(_, rank, ..)| *rank);

    let mut sources: Vec<u64> = Vec::new();
    let mut lines = Vec::new();
    for (_, _, document, text) in best {
        let number = sources
            .iter()
            .position(|known| *known == document)
            .unwrap_or_else(|| {
                sources.push(document);
                sources.len() - 1
            });
        lines.push(format!("{text} [{}]", number + 1));
    }
    let title = |document: &u64| {
        let extract = extracts
            .iter()
            .find(|extract| extract["document"].as_u64() == Some(*document));
        extract.map_or(Value::Null, |extract| extract["title"].clone())
    };
    let listed: Vec<_> = sources
        .iter()
        .map(|document| json!({ "document": document, "title": title(document) }))
        .collect();

    Ok(json!({
        "answer": lines.join("\n"),
        "sources": listed,
        "complete": !lines.is_empty(),
    }))
}

fn words(text: &str) -> impl Iterator<Item = String> {
    text.split(|char: char| !char.is_alphanumeric())
        .filter(|word| word.chars().count() > 1)
        .map(str::to_lowercase)
        .map(|word| STEMMER.with(|stemmer| stemmer.stem(&word).into_owned()))
}

fn is_common(word: &str) -> bool {
    const COMMON: [&str; 40] = [
        "the", "and", "for", "are", "was", "were", "what", "which", "who", "whom", "how", "why", "when",
        "where", "does", "did", "do", "is", "in", "of", "to", "an", "it", "its", "on", "at", "by", "be",
        "has", "have", "had", "with", "from", "that", "thi", "there", "about", "as", "or", "not",
    ];
    COMMON.contains(&word)
}

fn sentences(text: &str) -> impl Iterator<Item = &str> {
    text.split_inclusive(['.', '!', '?', '\n'])
        .map(str::trim)
        .filter(|sentence| sentence.split_whitespace().count() > 2)
}

fn count(text: &str) -> HashMap<String, f64> {
    let mut counts = HashMap::new();
    for word in words(text) {
        *counts.entry(word).or_insert(0.0) += 1.0;
    }
    counts
}

/// How much it says that a text has the word: less the more texts have it.
fn rarities(wanted: &[String], counts: &[HashMap<String, f64>]) -> Vec<(String, f64)> {
    let all = counts.len() as f64;
    let rarity = |word: &String| {
        let having = counts.iter().filter(|counts| counts.contains_key(word)).count() as f64;
        ((all - having + 0.5) / (having + 0.5)).ln_1p()
    };

    wanted.iter().map(|word| (word.clone(), rarity(word))).collect()
}

/// The first mention counts most, and a title's as two.
fn score(counts: &HashMap<String, f64>, title: &str, rarity: &[(String, f64)]) -> f64 {
    let length: f64 = counts.values().sum();
    let weight = |word: &str| {
        let titled = if words(title).any(|titled| titled == word) {
            2.0
        } else {
            0.0
        };
        let often = counts.get(word).copied().unwrap_or_default() + titled;
        often * 2.2 / (often + 1.2 + length / 400.0)
    };

    rarity.iter().map(|(word, rarity)| rarity * weight(word)).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn research_finds_quotes_and_cites_what_it_was_given() {
        let documents = json!([
            { "title": "Cooking", "text": "Rice is boiled in water. Salt is added." },
            { "title": "Rivers", "text": "The Danube rises in the Black Forest. It has many bridges. It flows into the Black Sea." },
            { "title": "Seas", "text": "The Black Sea takes in the Danube and the Dnieper. Its water is brackish." },
        ]);
        let input = json!({ "documents": documents, "question": "Where does the Danube rise?" });

        let found = call("research.search", &input).unwrap();
        let titles: Vec<_> = found
            .as_array()
            .unwrap()
            .iter()
            .map(|one| one["title"].clone())
            .collect();
        assert_eq!(titles[0], "Rivers");
        assert!(!titles.contains(&json!("Cooking")));

        let extracts: Vec<_> = found
            .as_array()
            .unwrap()
            .iter()
            .map(|found| {
                let mut input = input.clone();
                input["found"] = found.clone();
                call("research.extract", &input).unwrap()
            })
            .collect();
        let answer = call("research.synthesize", &json!({ "extracts": extracts })).unwrap();
        let text = answer["answer"].as_str().unwrap();
        assert!(
            text.contains("The Danube rises in the Black Forest. [1]"),
            "{text}"
        );
        assert_eq!(answer["sources"][0]["title"], "Rivers");
    }

    #[test]
    fn a_question_without_words_and_documents_without_text_are_refused() {
        let documents = json!([{ "text": "a b" }]);
        assert!(
            call(
                "research.search",
                &json!({ "documents": documents, "question": "what is it" })
            )
            .is_err()
        );
        assert!(
            call(
                "research.search",
                &json!({ "documents": [{}], "question": "rivers" })
            )
            .is_err()
        );
        assert!(call("research.nothing", &json!({})).is_err());
        let nothing = call(
            "research.search",
            &json!({ "documents": [], "question": "rivers" }),
        )
        .unwrap();
        assert_eq!(nothing, json!([]));
    }
}
