//! The dead: who has died does nothing afterwards.

use proto::tasks::fiction::{
    finding::{Contradicted, FindingKind, Severity},
    ledger::{FactObject, Key, LedgerFact, StoryTime},
};

use crate::{
    book::{Book, Sentence},
    lexicon::{ALIVE, list_verbs},
    report::{Discovery, Findings, cite_cast, cite_scene},
    unreal::is_reported,
};

/// Since when somebody is dead.
struct Death {
    person: Option<usize>,
    who: Option<Key>,
    at: StoryTime,
    /// The scene that says so; what it tells itself may be before the death.
    scene: Option<usize>,
    text: String,
}

pub(crate) fn check_dead(book: &Book<'_>, findings: &mut Findings) {
    let mut deaths = list_recorded(book);
    let told = list_told(book);
    deaths.extend(told.into_iter().filter(|_| book.input.cast.people.is_empty()));

    for death in &deaths {
        for index in 0..book.scenes.len() {
            if is_after(book, death, index) {
                check_ledger(book, death, index, findings);
                check_prose(book, death, index, findings);
            }
        }
    }
}

fn is_after(book: &Book<'_>, death: &Death, index: usize) -> bool {
    match death.scene {
        Some(scene) if scene == index => false,
        Some(scene) => (death.at, scene) < (book.scenes[index].from(), index),
        None => death.at <= book.scenes[index].from(),
    }
}

/// `is dead: yes`, `status: dead`, `was murdered by: …`. A fact that has ended is a death that was taken back.
fn list_recorded(book: &Book<'_>) -> Vec<Death> {
    let is_ended = |key: &Key| {
        let mut scenes = book.scenes.iter();
        scenes.any(|scene| {
            scene
                .written
                .scene
                .ledger
                .ended
                .iter()
                .any(|end| end.fact == *key)
        })
    };
    let make_death = |fact: &LedgerFact, at: StoryTime, scene: Option<usize>| Death {
        person: book.find_person(&fact.subject),
        who: Some(fact.subject.clone()),
        at,
        scene,
        text: format!("{} is dead.", book.name_of(&fact.subject)),
    };
    let mut deaths = Vec::new();
    for (index, told) in book.scenes.iter().enumerate() {
        let facts = told.written.scene.ledger.facts.iter();
        for fact in facts.filter(|fact| says_death(fact) && !is_ended(&fact.key)) {
            deaths.push(make_death(fact, fact.from.unwrap_or(told.from()), Some(index)));
        }
    }
    for known in &book.input.cast.facts {
        let fact = &known.fact;
        let is_told = deaths
            .iter()
            .any(|death| death.who.as_ref() == Some(&fact.subject));
        if says_death(fact) && !is_told && !is_ended(&fact.key) {
            deaths.push(make_death(fact, fact.from.unwrap_or(StoryTime::MIN), None));
        }
    }

    deaths
}

fn says_death(fact: &LedgerFact) -> bool {
    const WORDS: &[&str] = &[
        "dead", "died", "dies", "killed", "murdered", "deceased", "drowned",
    ];
    let predicate = fact.predicate.to_lowercase();
    let has = |text: &str| {
        text.split(|sign: char| !sign.is_alphabetic())
            .any(|word| WORDS.contains(&word))
    };
    let is_denied = predicate.split_whitespace().any(|word| {
        matches!(
            word,
            "not" | "believed" | "thought" | "feared" | "killed" | "murdered"
        ) && !predicate.contains("was")
            && !predicate.contains("is ")
    });
    if is_denied {
        return false;
    }

    match &fact.object {
        FactObject::Text(text) => {
            let text = text.to_lowercase();
            let is_no = matches!(text.as_str(), "no" | "false");
            let is_state = matches!(predicate.as_str(), "is" | "status" | "state" | "fate");
            !is_no && (has(&predicate) || is_state && has(&text))
        }
        FactObject::Entity(_) => has(&predicate),
    }
}

/// Without a cast the prose itself says who died: `Osric died`, `Osric was dead`. Only what is told counts.
fn list_told(book: &Book<'_>) -> Vec<Death> {
    let mut deaths = Vec::new();
    for (index, sentence) in book.sentences() {
        if sentence.has_word(&[
            "if", "not", "never", "almost", "nearly", "would", "as", "like", "dream", "dreamed", "thought",
        ]) {
            continue;
        }
        for mention in sentence.mentions.iter().filter(|mention| !mention.is_possessive) {
            let Some(person) = mention.person().filter(|_| !sentence.words[mention.at].is_said) else {
                continue;
            };
            let next = mention.end();
            let died = sentence.is_word(next, &["died"])
                || sentence.is_word(next, &["was", "is", "lay"])
                    && sentence.is_word(next + 1, &["dead", "killed", "murdered"]);
            if died && book.find_subject(index, sentence, next) == Some(person) {
                deaths.push(Death {
                    person: Some(person),
                    who: book.people[person].key().cloned(),
                    at: book.scenes[index].from(),
                    scene: Some(index),
                    text: sentence.text.to_owned(),
                });
            }
        }
    }

    deaths
}

fn cite_death(book: &Book<'_>, death: &Death) -> Option<Contradicted> {
    match death.scene {
        Some(scene) => cite_scene(book, scene, death.who.as_ref(), &*death.text),
        None => cite_cast(death.who.as_ref(), &*death.text),
    }
}

/// The dead are present only as those who are mourned, which is a warning; to act, to learn and to give is an error.
fn check_ledger(book: &Book<'_>, death: &Death, index: usize, findings: &mut Findings) {
    let Some(who) = &death.who else { return };
    let ledger = &book.scenes[index].written.scene.ledger;
    let is_after = |at: Option<StoryTime>| at.is_none_or(|at| at > death.at);
    let action = ledger
        .actions
        .iter()
        .find(|action| action.who == *who && is_after(action.at));
    let learns = ledger.learned.iter().any(|learning| {
        (learning.who == *who || learning.told_by.as_ref() == Some(who)) && is_after(learning.at)
    });
    let gives = ledger
        .moves
        .iter()
        .any(|moved| moved.by.as_ref() == Some(who) && is_after(moved.at));
    let is_present = ledger
        .present
        .iter()
        .any(|presence| presence.who == *who && is_after(presence.from));
    let name = book.name_of(who);
    let (severity, deed) = match (action, learns, gives, is_present) {
        (Some(action), ..) => (Severity::Error, format!("{name} is dead and {}.", action.deed)),
        (None, true, ..) => (
            Severity::Error,
            format!("{name} is dead and still tells or learns something."),
        ),
        (None, false, true, _) => (
            Severity::Error,
            format!("{name} is dead and still gives or takes something."),
        ),
        (None, false, false, true) => (
            Severity::Warning,
            format!("{name} is dead and is among those present."),
        ),
        _ => return,
    };

    findings.add(
        book,
        Discovery {
            kind: FindingKind::Dead,
            severity,
            scene: index,
            sentence: None,
            about: &[who.as_str(), "ledger"],
            contradicts: cite_death(book, death),
            message: deed,
        },
    );
}

/// What is told of the dead in the simple past contradicts their death; what they `had` done, or `would` do, does not.
fn check_prose(book: &Book<'_>, death: &Death, index: usize, findings: &mut Findings) {
    let Some(person) = death.person else { return };
    for sentence in &book.scenes[index].sentences {
        if sentence.is_unreal || is_flashback(book, person, index, sentence) {
            continue;
        }
        if let Some(deed) = find_deed(book, person, index, sentence) {
            let figure = &book.people[person];

            findings.add(
                book,
                Discovery {
                    kind: FindingKind::Dead,
                    severity: Severity::Error,
                    scene: index,
                    sentence: Some(sentence),
                    about: &[figure.id(), "prose"],
                    contradicts: cite_death(book, death),
                    message: format!("{} is dead, but {deed} here.", figure.name),
                },
            );
            return;
        }
    }
}

/// `Viktor had stood here. Viktor laughed.`: what the dead had done goes on in the simple past until the paragraph ends.
fn is_flashback(book: &Book<'_>, person: usize, index: usize, sentence: &Sentence<'_>) -> bool {
    book.scenes[index].sentences[..sentence.index]
        .iter()
        .rev()
        .take_while(|before| before.paragraph == sentence.paragraph)
        .any(|before| {
            let is_named = before
                .mentions
                .iter()
                .any(|mention| mention.person() == Some(person));
            let goes_back = before.has_word(&["had", "used", "years", "ago", "once", "summer", "winter"]);
            is_named && goes_back
        })
}

fn find_deed<'s>(
    book: &Book<'_>,
    person: usize,
    index: usize,
    sentence: &'s Sentence<'_>,
) -> Option<&'s str> {
    const REMEMBERED: &[&str] = &[
        "had",
        "once",
        "when",
        "where",
        "would",
        "used",
        "as",
        "always",
        "remembered",
        "dream",
        "dreamed",
        "if",
        "years",
        "never",
        "that",
        "who",
        "which",
        "what",
        "portrait",
        "picture",
        "photograph",
        "photo",
        "frame",
        "painting",
        "statue",
        "grave",
        "memory",
        "between",
        "ghost",
        "since",
        "before",
        "until",
        "every",
        "whenever",
        "ago",
    ];
    if sentence.has_word(REMEMBERED) {
        return None;
    }
    let is_named = |at: usize| sentence.mention_at(at).and_then(crate::book::Mention::person) == Some(person);

    (0..sentence.words.len()).find_map(|at| {
        let word = &sentence.words[at];
        let is_deed = !word.is_said && is_of_the_living(&word.lower);
        if !is_deed || is_reported(&sentence.words, at) {
            return None;
        }
        // `Viktor slowly stood up`.
        let is_adverb = at > 1
            && !sentence.words[at].is_after_sign
            && (sentence.words[at - 1].lower.ends_with("ly")
                || sentence.is_word(at - 1, &["just", "then", "only"]));
        let verb = if is_adverb { at - 1 } else { at };
        let is_tagged = book.find_tagged(index, sentence, at) == Some(person) && is_named(at + 1);
        let is_subject = verb > 0
            && is_named(verb - 1)
            && !names_a_time(sentence, verb - 1)
            && book.find_subject(index, sentence, verb) == Some(person);
        (is_tagged || is_subject).then_some(word.lower.as_str())
    })
}

/// `the summer Viktor opened the mill`.
fn names_a_time(sentence: &Sentence<'_>, name: usize) -> bool {
    let Some(mention) = sentence.mention_at(name) else {
        return false;
    };

    mention.at.checked_sub(1).is_some_and(|before| {
        sentence.is_word(
            before,
            &[
                "year", "day", "night", "week", "summer", "winter", "spring", "autumn", "morning", "evening",
                "time",
            ],
        )
    })
}

/// What one has to be alive for. What the dead left, made or built is there still.
fn is_of_the_living(word: &str) -> bool {
    const LEFT: &[&str] = &[
        "left", "made", "wrote", "told", "kept", "wanted", "knew", "believed", "found", "saw", "loved",
        "hoped", "felt", "fell", "drew", "painted", "sailed", "fought", "hunted", "flew", "forged",
    ];
    let is_past =
        || list_verbs().any(|[_, third, past]| (third == word || past == word) && !LEFT.contains(&word));

    ALIVE.contains(&word) || is_past()
}
