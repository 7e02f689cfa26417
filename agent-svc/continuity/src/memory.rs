//! Memory: nobody denies what the book has told of them, or learns for the first time what they know.

use proto::tasks::fiction::{
    finding::{FindingKind, Severity},
    ledger::{FactObject, Key},
};

use crate::{
    book::{Book, Named, Sentence},
    report::{Discovery, Findings, cite_scene, weigh_claim},
    state::World,
    unreal::is_reported,
};

pub(crate) fn check_memory(book: &Book<'_>, world: &World<'_>, findings: &mut Findings) {
    check_denials_told(book, world, findings);
    check_denying_facts(book, findings);
    check_learned_twice(book, findings);
}

/// The first scene that happens before and that both are in.
fn find_meeting(book: &Book<'_>, one: &Key, other: &Key, before: usize) -> Option<usize> {
    (0..book.scenes.len()).find(|index| {
        let present = &book.scenes[*index].written.scene.ledger.present;
        let place_of = |who: &Key| {
            present
                .iter()
                .find(|presence| presence.who == *who)
                .map(|presence| &presence.place)
        };
        let met = matches!((place_of(one), place_of(other)), (Some(here), Some(there)) if here == there);
        *index != before && met && book.is_before(*index, before)
    })
}

/// `Mira had never met Osric`, `"I have never met Osric," said Mira`, `Mira had never been to the harbour`.
fn check_denials_told(book: &Book<'_>, world: &World<'_>, findings: &mut Findings) {
    for (index, sentence) in book.real_sentences() {
        let Some((person, verb)) = find_denial(book, index, sentence) else {
            continue;
        };
        let Some(key) = book.people[person].key() else {
            continue;
        };
        let is_said = sentence.words[verb].is_said;
        let near = sentence
            .mentions
            .iter()
            .filter(|mention| mention.at > verb && mention.at <= verb + 4 && !mention.is_possessive);
        for mention in near {
            let (about, scene, text) = match mention.named {
                Named::Person(other)
                    if other != person && !denies_only_part(sentence, verb, mention.end()) =>
                {
                    let Some(other_key) = book.people[other].key() else {
                        continue;
                    };
                    let name = &book.people[other].name;
                    (
                        other_key,
                        find_meeting(book, key, other_key, index),
                        format!("{} and {name} meet.", book.people[person].name),
                    )
                }
                Named::Place(place) if sentence.is_word(verb, &["been", "visited", "seen", "entered"]) => {
                    let place = &book.input.cast.places[place].entity;
                    let stays = world.stays.get(key).into_iter().flatten();
                    let stay = stays
                        .filter(|stay| stay.scene != index && *stay.place == place.key)
                        .find(|stay| book.is_before(stay.scene, index));
                    (
                        &place.key,
                        stay.map(|stay| stay.scene),
                        format!("{} is at {}.", book.people[person].name, place.name),
                    )
                }
                _ => continue,
            };
            let Some(scene) = scene else { continue };

            findings.add(
                book,
                Discovery {
                    kind: FindingKind::Memory,
                    severity: weigh_claim(is_said),
                    scene: index,
                    sentence: Some(sentence),
                    about: &[key.as_str(), about.as_str()],
                    contradicts: cite_scene(book, scene, Some(about), text.clone()),
                    message: format!("This denies what an earlier scene tells: {text}"),
                },
            );
        }
    }
}

/// Who denies, and where the verb is: `never met`, `never seen … before`, `met … for the first time`.
fn find_denial(book: &Book<'_>, index: usize, sentence: &Sentence<'_>) -> Option<(usize, usize)> {
    const VERBS: &[&str] = &[
        "met", "seen", "spoken", "been", "visited", "entered", "meet", "see",
    ];
    if sentence.has_word(&["if", "like", "until", "so", "such", "wished", "thought"]) {
        return None;
    }
    let words = &sentence.words;
    if let Some(found) = find_spoken_denial(book, index, sentence) {
        return Some(found);
    }
    let is_look =
        |at: usize| sentence.is_word(at + 1, &["set", "laid"]) && sentence.is_word(at + 2, &["eyes"]);
    let never = (1..words.len())
        .find(|at| words[*at].lower == "never" && (sentence.is_word(at + 1, VERBS) || is_look(*at)));
    if let Some(at) = never.filter(|at| !is_reported(words, *at)) {
        let verb = if is_look(at) { at + 3 } else { at + 1 };
        let helper = at - usize::from(sentence.is_word(at - 1, &["had", "has", "have"]));
        let is_seen = sentence.is_word(verb, &["seen", "see"]);
        // `had never seen Mira laugh` denies nothing.
        if is_seen && !sentence.has_word(&["before"]) {
            return None;
        }
        let is_speaker = words[at].is_said
            && helper > 0
            && (words[helper - 1].lower == "i" || words[at - 1].lower == "i've");
        let person = if is_speaker {
            book.find_speaker(index, sentence)
        } else {
            book.find_subject(index, sentence, helper)
        };
        return person.map(|person| (person, verb));
    }
    let is_first = words
        .windows(3)
        .any(|part| part[0].lower == "the" && part[1].lower == "first" && part[2].lower == "time");
    let met = (1..words.len())
        .find(|at| sentence.is_word(*at, &["met", "meeting"]) && !words[*at].is_said)
        .filter(|_| is_first)?;
    let verb = met - usize::from(sentence.is_word(met - 1, &["was", "were"]));
    let person = book.find_subject(index, sentence, verb)?;
    // `Tobias, whom she met for the first time`.
    let whom = (1..met).find(|at| sentence.is_word(*at, &["whom"]));

    Some((person, whom.map_or(met, |whom| whom.saturating_sub(2))))
}

/// `"I don't believe we have met," said Lena to Tobias`.
fn find_spoken_denial(book: &Book<'_>, index: usize, sentence: &Sentence<'_>) -> Option<(usize, usize)> {
    let words = &sentence.words;
    let met = (1..words.len()).find(|at| words[*at].lower == "met" && words[*at].is_said)?;
    let before = |any: &[&str]| (0..met).any(|at| sentence.is_word(at, any));
    let denies = before(&["we", "we've"]) && before(&["not", "never", "don't", "haven't"]);
    let to = (met..words.len()).find(|at| words[*at].lower == "to" && !words[*at].is_said)?;

    (denies && !sentence.text.contains('?'))
        .then(|| book.find_speaker(index, sentence))
        .flatten()
        .map(|person| (person, to))
}

/// Whether a denial goes on: `never met Tobias at the harbour` and `never seen Tobias angry before` deny something else.
fn denies_only_part(sentence: &Sentence<'_>, verb: usize, behind: usize) -> bool {
    if sentence.is_word(verb, &["seen", "see"]) {
        return !sentence.is_word(behind, &["before"]);
    }

    behind < sentence.words.len()
        && !sentence.words[behind].is_after_sign
        && sentence.is_word(
            behind,
            &[
                "at", "in", "on", "without", "alone", "outside", "by", "here", "there", "like",
            ],
        )
}

/// `has never met: osric` in a ledger, after both were present somewhere.
fn check_denying_facts(book: &Book<'_>, findings: &mut Findings) {
    for (index, told) in book.scenes.iter().enumerate() {
        for fact in &told.written.scene.ledger.facts {
            let words = fact.predicate.to_lowercase();
            let denies = matches!(
                words.as_str(),
                "has never met"
                    | "never met"
                    | "has not met"
                    | "does not know"
                    | "is a stranger to"
                    | "hasn't met"
            );
            let (true, FactObject::Entity(other)) = (denies, &fact.object) else {
                continue;
            };
            let Some(scene) = find_meeting(book, &fact.subject, other, index) else {
                continue;
            };
            let (one, two) = (book.name_of(&fact.subject), book.name_of(other));

            findings.add(
                book,
                Discovery {
                    kind: FindingKind::Memory,
                    severity: Severity::Error,
                    scene: index,
                    sentence: None,
                    about: &[fact.subject.as_str(), other.as_str(), "fact"],
                    contradicts: cite_scene(book, scene, Some(other), format!("{one} and {two} meet.")),
                    message: format!("By the ledger {one} {} {two}, and they have met.", fact.predicate),
                },
            );
        }
    }
}

/// To be told again what one knows happens; to find it out for oneself a second time doesn't.
fn check_learned_twice(book: &Book<'_>, findings: &mut Findings) {
    for (index, told) in book.scenes.iter().enumerate() {
        for learning in told
            .written
            .scene
            .ledger
            .learned
            .iter()
            .filter(|learning| learning.told_by.is_none())
        {
            let earlier = (0..book.scenes.len()).find(|other| {
                let learned = &book.scenes[*other].written.scene.ledger.learned;
                let same = learned
                    .iter()
                    .any(|other| other.who == learning.who && other.fact == learning.fact);
                *other != index && same && book.is_before(*other, index)
            });
            let Some(scene) = earlier else { continue };
            let name = book.name_of(&learning.who);
            let fact = book
                .input
                .cast
                .fact(&learning.fact)
                .map_or_else(|| learning.fact.to_string(), |known| known.statement.clone());

            findings.add(
                book,
                Discovery {
                    kind: FindingKind::Memory,
                    severity: Severity::Warning,
                    scene: index,
                    sentence: None,
                    about: &[learning.who.as_str(), learning.fact.as_str(), "again"],
                    contradicts: cite_scene(
                        book,
                        scene,
                        Some(&learning.fact),
                        format!("{name} learns: {fact}."),
                    ),
                    message: format!("{name} finds out again what {name} knows: {fact}."),
                },
            );
        }
    }
}
