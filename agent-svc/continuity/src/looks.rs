//! Looks: eyes, hair, height and marks in the prose against the record, or against what the prose said first.

use std::collections::HashMap;

use proto::tasks::fiction::{
    cast::Appearance,
    finding::{Contradicted, FindingKind, Severity},
    ledger::FactObject,
};

use crate::{
    book::{Book, Sentence},
    lexicon::{BODY, MARKS, are_alike, is_colour},
    report::{Discovery, Findings, cite_cast, cite_scene, weigh_claim},
};

/// What is said of somebody: the part, and the words that say how it is.
struct Claim {
    person: usize,
    part: &'static str,
    values: Vec<String>,
    is_said: bool,
}

/// What is known of a part of somebody.
struct Known {
    values: Vec<String>,
    contradicts: Option<Contradicted>,
}

type Record = HashMap<(usize, &'static str), Known>;

/// The record is the cast's, else what is told first. Hair that was dyed and eyes that have gone red are no contradiction.
pub(crate) fn check_looks(book: &Book<'_>, findings: &mut Findings) {
    let mut record = read_cast(book);
    check_facts(book, &record, findings);

    for (index, sentence) in book.real_sentences() {
        for claim in list_claims(book, index, sentence) {
            let place = (claim.person, claim.part);
            let laid = read_bible(book, (index, claim.person), claim.part);
            let Some(known) = laid.as_ref().or_else(|| record.get(&place)) else {
                if !claim.is_said {
                    record.insert(
                        place,
                        Known {
                            values: claim.values,
                            contradicts: cite_scene(
                                book,
                                index,
                                book.people[claim.person].key(),
                                sentence.text,
                            ),
                        },
                    );
                }
                continue;
            };
            if fits_record(claim.part, &claim.values, &known.values) {
                continue;
            }
            let figure = &book.people[claim.person];
            findings.add(
                book,
                Discovery {
                    kind: FindingKind::Appearance,
                    severity: weigh_claim(claim.is_said),
                    scene: index,
                    sentence: Some(sentence),
                    about: &[figure.id(), claim.part, &claim.values.join(" ")],
                    contradicts: known.contradicts.clone(),
                    message: format!(
                        "{}: {} is {} here, and {} before.",
                        figure.name,
                        claim.part,
                        claim.values.join(" "),
                        known.values.join(" ")
                    ),
                },
            );
        }
    }
}

fn read_cast(book: &Book<'_>) -> Record {
    let mut record = Record::new();
    for (index, figure) in book.people.iter().enumerate() {
        let Some(person) = figure.person else { continue };
        let Appearance {
            eyes,
            hair,
            build,
            mark,
        } = &person.appearance;
        let parts = [
            ("eyes", eyes, select_colours as fn(&str) -> Vec<String>),
            ("hair", hair, select_colours),
            ("height", build, select_height),
            ("mark", mark, select_mark),
        ];
        for (part, text, select) in parts {
            let Some(text) = text else { continue };
            let values = select(text);
            if !values.is_empty() {
                let said = format!("{}: {part} {text}.", figure.name);
                record.insert(
                    (index, part),
                    Known {
                        values,
                        contradicts: cite_cast(figure.key(), said),
                    },
                );
            }
        }
    }

    record
}

/// What the bible lays down for this scene.
fn read_bible(book: &Book<'_>, (scene, person): (usize, usize), part: &str) -> Option<Known> {
    let (property, select): (_, fn(&str) -> Vec<String>) = match part {
        "eyes" | "hair" => (part, select_colours),
        "height" => ("build", select_height),
        "mark" => (part, select_mark),
        _ => return None,
    };
    let entry = book.find_laid_down(scene, person, property)?;

    Some(Known {
        values: select(&entry.value),
        contradicts: book.cite_bible(person, entry),
    })
}

/// Facts of the ledgers against the cast: `has eyes: grey`.
fn check_facts(book: &Book<'_>, record: &Record, findings: &mut Findings) {
    for (index, told) in book.scenes.iter().enumerate() {
        for fact in &told.written.scene.ledger.facts {
            let part = match fact.predicate.to_lowercase().as_str() {
                "has eyes" | "eyes" | "eye colour" | "eye color" => "eyes",
                "has hair" | "hair" | "hair colour" | "hair color" => "hair",
                _ => continue,
            };
            let (Some(person), FactObject::Text(text)) = (book.find_person(&fact.subject), &fact.object)
            else {
                continue;
            };

            let values = select_colours(text);
            let laid = read_bible(book, (index, person), part);
            if let Some(known) = laid
                .as_ref()
                .or_else(|| record.get(&(person, part)))
                .filter(|known| !fits_record(part, &values, &known.values))
            {
                findings.add(
                    book,
                    Discovery {
                        kind: FindingKind::Appearance,
                        severity: Severity::Error,
                        scene: index,
                        sentence: None,
                        about: &[fact.subject.as_str(), part, text],
                        contradicts: known.contradicts.clone(),
                        message: format!("{}: the ledger says {part} {text}.", book.people[person].name),
                    },
                );
            }
        }
    }
}

fn select_words(text: &str, fits: impl Fn(&str) -> bool) -> Vec<String> {
    let lower = text.to_lowercase();
    let words = lower.split(|sign: char| !sign.is_alphanumeric() && sign != '-');

    words.filter(|word| fits(word)).map(str::to_owned).collect()
}

fn select_colours(text: &str) -> Vec<String> {
    select_words(text, is_colour)
}

fn select_height(text: &str) -> Vec<String> {
    select_words(text, |word| {
        matches!(word, "tall" | "short" | "small" | "tiny" | "huge")
    })
}

/// Which side, which mark, which part of the body.
fn select_mark(text: &str) -> Vec<String> {
    select_words(text, |word| {
        matches!(word, "left" | "right") || MARKS.contains(&word) || BODY.contains(&word)
    })
}

/// What names nothing of the kind contradicts nothing.
fn fits_record(part: &str, claimed: &[String], known: &[String]) -> bool {
    if claimed.is_empty() || known.is_empty() {
        return true;
    }

    match part {
        "eyes" | "hair" => claimed
            .iter()
            .any(|one| known.iter().any(|other| are_alike(one, other))),
        "height" => {
            let is_tall = |values: &[String]| {
                values
                    .iter()
                    .any(|value| matches!(value.as_str(), "tall" | "huge"))
            };
            is_tall(claimed) == is_tall(known)
        }
        _ => fits_mark(claimed, known),
    }
}

/// Another kind of mark is another mark. The same on another side or another part of the body is a contradiction.
fn fits_mark(claimed: &[String], known: &[String]) -> bool {
    let pick =
        |values: &[String], of: &[&str]| values.iter().find(|value| of.contains(&value.as_str())).cloned();
    let kinds = (pick(claimed, MARKS), pick(known, MARKS));
    if kinds.0.is_none() || kinds.0 != kinds.1 {
        return true;
    }
    let differs = |of: &[&str]| matches!((pick(claimed, of), pick(known, of)), (Some(one), Some(other)) if one != other);

    !differs(&["left", "right"]) && !differs(BODY)
}

const UNSURE: &[&str] = &[
    "if",
    "would",
    "dyed",
    "wig",
    "once",
    "like",
    "not",
    "never",
    "powdered",
    "used",
    "candlelight",
    "moonlight",
    "firelight",
    "dust",
    "snow",
    "flour",
    "ash",
    "soot",
    "painted",
    "dream",
    "photograph",
    "portrait",
    "else",
    "another",
    "or",
    "longer",
    "lamplight",
    "twilight",
    "dusk",
];

fn list_claims(book: &Book<'_>, scene: usize, sentence: &Sentence<'_>) -> Vec<Claim> {
    let mut claims = Vec::new();
    let is_in_light = sentence.words.windows(2).any(|pair| {
        matches!(
            pair[0].lower.as_str(),
            "this" | "that" | "the" | "his" | "grey" | "bad" | "such"
        ) && pair[1].lower == "light"
    });
    let is_passing = sentence.words.windows(2).any(|pair| {
        matches!(
            pair[0].lower.as_str(),
            "looked" | "seemed" | "turned" | "went" | "gone" | "grown" | "almost" | "nearly"
        ) && is_colour(&pair[1].lower)
    });
    // `black as tar` is black, `as black as he had hoped` is not sure.
    let compares = sentence.words.iter().enumerate().any(|(at, word)| {
        word.lower == "as"
            && !at
                .checked_sub(1)
                .is_some_and(|before| is_colour(&sentence.words[before].lower))
    });
    if is_passing || compares || sentence.has_word(UNSURE) || is_in_light {
        return claims;
    }
    for at in 0..sentence.words.len() {
        let word = sentence.words[at].lower.as_str();
        let claim = match word {
            "eyes" => claim_colour(book, scene, sentence, at, "eyes"),
            "hair" => claim_colour(book, scene, sentence, at, "hair"),
            "tall" | "short" => claim_height(book, scene, sentence, at),
            _ if MARKS.contains(&word) => claim_mark(book, scene, sentence, at),
            _ => claim_compound(sentence, at),
        };
        claims.extend(claim);
    }

    claims
}

/// `Mira's green eyes`, `Mira had green eyes`, `her eyes were green`.
fn claim_colour(
    book: &Book<'_>,
    scene: usize,
    sentence: &Sentence<'_>,
    at: usize,
    part: &'static str,
) -> Option<Claim> {
    const BEFORE: usize = 4;
    let mut values = Vec::new();
    let mut start = at;
    while start > 0 && at - start < BEFORE {
        let word = &sentence.words[start - 1];
        if sentence.mention_at(start - 1).is_some() || is_owner(&word.lower) || is_link(&word.lower) {
            break;
        }
        // `her mother's grey eyes`.
        if word.lower.ends_with("'s") {
            return None;
        }
        if is_colour(&word.lower) {
            values.push(word.lower.clone());
        }
        start -= 1;
    }
    if values.is_empty() && sentence.is_word(at + 1, &["were", "was", "are", "is"]) {
        let behind = at + 2..sentence.words.len().min(at + 5);
        values.extend(
            behind
                .clone()
                .map(|index| sentence.words[index].lower.clone())
                .take_while(|word| !matches!(word.as_str(), "from" | "with" | "on" | "and" | "in"))
                .filter(|word| is_colour(word)),
        );
        let is_passing = sentence.has_word(&["from", "with"]);
        if is_passing {
            return None;
        }
    }
    // `her hair, black as tar,`.
    let apposed = at + 1;
    if values.is_empty()
        && sentence
            .words
            .get(apposed)
            .is_some_and(|word| word.is_after_sign && is_colour(&word.lower))
    {
        values.push(sentence.words[apposed].lower.clone());
    }
    // Eyes are red for a while, and pale or light says too little alone.
    let is_passing = values
        .iter()
        .all(|value| matches!(value.as_str(), "red" | "pale" | "light" | "white" | "dark"));
    if values.is_empty() || part == "eyes" && is_passing {
        return None;
    }

    Some(Claim {
        person: find_owner(book, scene, sentence, start.checked_sub(1)?)?,
        part,
        values,
        is_said: sentence.words[at].is_said,
    })
}

fn is_owner(word: &str) -> bool {
    matches!(
        word,
        "his" | "her" | "their" | "my" | "your" | "its" | "the" | "a" | "an" | "whose"
    )
}

fn is_link(word: &str) -> bool {
    matches!(
        word,
        "had" | "has" | "have" | "with" | "of" | "and" | "but" | "were" | "was"
    )
}

/// Whose part it is by the word before: a name that owns, a pronoun that owns, or `had` behind either.
fn find_owner(book: &Book<'_>, scene: usize, sentence: &Sentence<'_>, at: usize) -> Option<usize> {
    let before = &sentence.words[at];
    if let Some(mention) = sentence.mention_at(at) {
        return mention.person().filter(|_| mention.is_possessive);
    }

    match before.lower.as_str() {
        "whose" => sentence.mention_at(at.checked_sub(1)?)?.person(),
        "his" | "her" | "their" | "my" if !before.is_said => book.resolve_pronoun(scene, sentence.index, at),
        "my" => book.find_speaker(scene, sentence),
        "had" | "has" | "have" => {
            let subject = book.find_subject(scene, sentence, at);
            let is_speaker = before.is_said && at > 0 && sentence.words[at - 1].lower == "i";
            subject.or_else(|| is_speaker.then(|| book.find_speaker(scene, sentence)).flatten())
        }
        "a" | "the" => {
            let had = at
                .checked_sub(1)
                .filter(|had| sentence.is_word(*had, &["had", "has"]))?;
            book.find_subject(scene, sentence, had)
        }
        _ => None,
    }
}

/// `Mira was tall`, `Mira was a short woman`; not `not as tall as`, nor `short with him`.
fn claim_height(book: &Book<'_>, scene: usize, sentence: &Sentence<'_>, at: usize) -> Option<Claim> {
    let verb = (at.saturating_sub(3)..at)
        .rev()
        .find(|index| sentence.is_word(*index, &["was", "is"]))?;
    let between = &sentence.words[verb + 1..at];
    let fits = between
        .iter()
        .all(|word| matches!(word.lower.as_str(), "a" | "very" | "quite" | "rather" | "too"));
    let is_person = sentence.is_word(at + 1, &["man", "woman", "girl", "boy", "person"]);
    let is_end = at + 1 == sentence.words.len()
        || sentence.words[at + 1].is_after_sign
        || sentence.is_word(at + 1, &["and"]);
    if !fits || !is_person && !is_end {
        return None;
    }

    Some(Claim {
        person: book.find_subject(scene, sentence, verb)?,
        part: "height",
        values: vec![sentence.words[at].lower.clone()],
        is_said: sentence.words[at].is_said,
    })
}

/// `the scar on Mira's left cheek`, `a burn across her right palm`, `Mira had a scar on the left cheek`.
fn claim_mark(book: &Book<'_>, scene: usize, sentence: &Sentence<'_>, at: usize) -> Option<Claim> {
    const BEHIND: usize = 6;
    let words = &sentence.words;
    let body =
        (at + 1..words.len().min(at + BEHIND)).find(|index| BODY.contains(&words[*index].lower.as_str()))?;
    let mut values = vec![words[at].lower.trim_end_matches("ed").to_owned()];
    values.extend(
        (at + 1..=body)
            .filter(|index| sentence.is_word(*index, &["left", "right"]) || *index == body)
            .map(|index| words[index].lower.clone()),
    );
    let owner = (at + 1..body).find(|index| {
        sentence.is_word(*index, &["his", "her", "their", "my"])
            || sentence
                .mention_at(*index)
                .is_some_and(|mention| mention.is_possessive)
    });
    let had = (at.saturating_sub(3)..at)
        .rev()
        .find(|index| sentence.is_word(*index, &["had", "has"]));
    let person = match (owner, had) {
        (Some(owner), _) => find_owner(book, scene, sentence, owner),
        (None, Some(had)) => book.find_subject(scene, sentence, had),
        (None, None) => None,
    }?;

    Some(Claim {
        person,
        part: "mark",
        values,
        is_said: words[at].is_said,
    })
}

/// `the green-eyed Mira`, `red-haired Osric`.
fn claim_compound(sentence: &Sentence<'_>, at: usize) -> Option<Claim> {
    let (colour, rest) = sentence.words[at].lower.rsplit_once('-')?;
    let part = match rest {
        "eyed" => "eyes",
        "haired" => "hair",
        _ => return None,
    };
    let mention = sentence.mentions.iter().find(|mention| mention.at == at + 1)?;

    Some(Claim {
        person: mention.person()?,
        part,
        values: vec![colour.to_owned()]
            .into_iter()
            .filter(|colour| is_colour(colour))
            .collect(),
        is_said: sentence.words[at].is_said,
    })
    .filter(|claim| !claim.values.is_empty())
}
