//! Knowledge and causes: nobody tells what they haven't learned, and nothing relies on what isn't so yet.

use proto::tasks::fiction::{
    cast::StoryFact,
    finding::{FindingKind, Severity},
    ledger::{Key, StoryTime},
};

use crate::{
    book::{Book, Sentence},
    report::{Discovery, Findings, cite_cast, cite_scene, weigh_claim},
    state::World,
};

/// A scene's cause has to happen before it; an action needs facts that hold by then; what a scene relies on has to have
/// begun and not have ended. A fact that nobody ever states is left alone.
pub(crate) fn check_causes(book: &Book<'_>, world: &World<'_>, findings: &mut Findings) {
    for index in 0..book.scenes.len() {
        check_cause(book, index, findings);
        check_needs(book, world, index, findings);
    }
}

fn check_cause(book: &Book<'_>, index: usize, findings: &mut Findings) {
    let Some(cause) = book.scenes[index].plan.and_then(|plan| plan.because.as_ref()) else {
        return;
    };
    let Some(before) = book.find_scene(&cause.scene) else {
        return;
    };
    if book.is_before(before, index) {
        return;
    }

    let (one, other) = (
        &book.scenes[before].written.scene,
        &book.scenes[index].written.scene,
    );
    findings.add(
        book,
        Discovery {
            kind: FindingKind::Causality,
            severity: Severity::Error,
            scene: index,
            sentence: None,
            about: &[cause.scene.as_str(), "because"],
            contradicts: cite_scene(book, before, None, format!("{} causes this.", one.title)),
            message: format!(
                "\u{201c}{}\u{201d} happens before \u{201c}{}\u{201d}, which causes it.",
                other.title, one.title
            ),
        },
    );
}

fn check_needs(book: &Book<'_>, world: &World<'_>, index: usize, findings: &mut Findings) {
    let scene = &book.scenes[index].written.scene;
    let ledger = &scene.ledger;
    let relied = ledger
        .relies_on
        .iter()
        .map(|fact| (fact, true, scene.until, "the scene"));
    let needed = ledger.actions.iter().flat_map(|action| {
        let at = action.at.unwrap_or(scene.until);
        action
            .needs
            .iter()
            .map(move |need| (&need.fact, need.holds, at, action.deed.as_str()))
    });
    for (fact, holds, at, deed) in relied.chain(needed) {
        let Some(history) = world.facts.get(fact) else {
            continue;
        };
        let said = history.said.first();
        let own = history.said.iter().any(|said| said.scene == Some(index));
        // What the scene itself makes so may be needed later in it, and what it ends may be needed before.
        let ends_here = history.ends.iter().any(|(_, scene)| *scene == index);
        if own || ends_here || history.holds_at(at) == holds {
            continue;
        }
        let Some(said) = said else { continue };
        let text = format!("{} {}", book.name_of(&said.fact.subject), said.fact.predicate);
        let contradicts = match said.scene {
            Some(other) => cite_scene(book, other, Some(fact), text.clone()),
            None => cite_cast(Some(fact), text.clone()),
        };
        let state = if holds { "isn't so then" } else { "is so already" };

        findings.add(
            book,
            Discovery {
                kind: FindingKind::Causality,
                severity: Severity::Error,
                scene: index,
                sentence: None,
                about: &[fact.as_str(), deed],
                contradicts,
                message: format!("It relies on what {state}: {text}."),
            },
        );
    }
}

pub(crate) fn check_knowledge(book: &Book<'_>, world: &World<'_>, findings: &mut Findings) {
    for (index, told) in book.scenes.iter().enumerate() {
        let scene = &told.written.scene;
        for learning in &scene.ledger.learned {
            let at = learning.at.unwrap_or(scene.from);
            if let Some(teller) = learning
                .told_by
                .as_ref()
                .filter(|teller| !world.knows(book, teller, &learning.fact, at))
            {
                report_telling(book, index, teller, &learning.fact, findings);
            }
        }
    }

    check_secrets_told(book, world, findings);
}

/// Who tells a fact has to know it by then. What isn't hidden everybody may know.
fn report_telling(book: &Book<'_>, index: usize, teller: &Key, fact: &Key, findings: &mut Findings) {
    let name = book.name_of(teller);
    let statement = book
        .input
        .cast
        .fact(fact)
        .map_or_else(|| fact.to_string(), |known| known.statement.clone());

    findings.add(
        book,
        Discovery {
            kind: FindingKind::Knowledge,
            severity: Severity::Error,
            scene: index,
            sentence: None,
            about: &[teller.as_str(), fact.as_str()],
            contradicts: cite_cast(Some(fact), &*statement),
            message: format!("{name} tells what {name} has not learned: {statement}."),
        },
    );
}

/// A secret that the prose has somebody say or know before they learned it. In speech it may be a guess: a warning.
fn check_secrets_told(book: &Book<'_>, world: &World<'_>, findings: &mut Findings) {
    let secrets: Vec<(&StoryFact, Vec<String>)> = book
        .input
        .cast
        .facts
        .iter()
        .filter(|fact| fact.hidden)
        .map(|fact| (fact, list_content_words(&fact.statement)))
        .filter(|(_, words)| words.len() >= 3)
        .collect();
    if secrets.is_empty() {
        return;
    }

    for (index, sentence) in book.sentences() {
        for (secret, words) in &secrets {
            let Some((person, is_said)) = find_knower(book, index, sentence, words) else {
                continue;
            };
            let Some(key) = book.people[person].key() else {
                continue;
            };
            if world.knows(book, key, &secret.fact.key, book.scenes[index].until()) {
                continue;
            }
            findings.add(
                book,
                Discovery {
                    kind: FindingKind::Knowledge,
                    severity: weigh_claim(is_said),
                    scene: index,
                    sentence: Some(sentence),
                    about: &[key.as_str(), secret.fact.key.as_str(), "prose"],
                    contradicts: cite_cast(Some(&secret.fact.key), &*secret.statement),
                    message: format!(
                        "{} has not learned yet: {}.",
                        book.people[person].name, secret.statement
                    ),
                },
            );
        }
    }
}

fn list_content_words(text: &str) -> Vec<String> {
    const EMPTY: &[&str] = &[
        "the", "and", "that", "has", "had", "was", "were", "been", "his", "her", "their", "for", "from",
        "with", "into",
    ];
    text.to_lowercase()
        .replace('’', "'")
        .split(|sign: char| !sign.is_alphanumeric() && sign != '\'' && sign != '-')
        .filter(|word| word.len() > 2 && !EMPTY.contains(word))
        .map(str::to_owned)
        .collect()
}

/// Who says the whole secret, or `knew` it.
fn find_knower(
    book: &Book<'_>,
    index: usize,
    sentence: &Sentence<'_>,
    secret: &[String],
) -> Option<(usize, bool)> {
    let places: Vec<usize> = secret
        .iter()
        .map(|wanted| sentence.words.iter().position(|word| word.lower == *wanted))
        .collect::<Option<_>>()?;
    if places.iter().all(|at| sentence.words[*at].is_said) {
        let is_question = sentence.text.contains('?');
        return (!is_question)
            .then(|| book.find_speaker(index, sentence))
            .flatten()
            .map(|person| (person, true));
    }
    let verb = (1..sentence.words.len())
        .find(|at| sentence.is_word(*at, &["knew", "remembered", "knows"]) && !sentence.words[*at].is_said)?;
    // What is known may say no; only knowing must not be denied.
    let is_denied = (0..verb).any(|at| sentence.is_word(at, &["if", "not", "never", "nobody", "nothing"]));

    book.find_subject(index, sentence, verb)
        .filter(|_| !is_denied)
        .map(|person| (person, false))
}

/// For messages: when in the story a time is.
pub(crate) fn name_time(at: StoryTime) -> String {
    let (day, minutes) = (at.div_euclid(1440) + 1, at.rem_euclid(1440));

    format!("day {day}, {:02}:{:02}", minutes / 60, minutes % 60)
}
