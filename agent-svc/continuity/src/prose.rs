//! How the narrator tells: in one person, through one pair of eyes, in one tense. What people say is free.

use std::collections::{HashMap, HashSet};

use proto::tasks::fiction::{
    finding::{FindingKind, Severity},
    plan::{NarrativePerson, Tense},
};

use crate::{
    book::{Book, Sentence},
    lexicon::list_verbs,
    report::{Discovery, Findings, cite_cast, cite_scene},
};

const ENOUGH: usize = 8;

pub(crate) fn check_narration(book: &Book<'_>, findings: &mut Findings) {
    let outline = book.input.outline.as_ref();
    let person = outline
        .map(|outline| outline.person)
        .or_else(|| guess_person(book));
    match person {
        Some(NarrativePerson::Third) => check_third_person(book, outline.is_some(), findings),
        Some(NarrativePerson::First) => check_first_person(book, findings),
        None => {}
    }
    check_thoughts(book, findings);

    let forms = VerbForms::list();
    let tense = outline
        .map(|outline| outline.tense)
        .or_else(|| guess_tense(book, &forms));
    if let Some(tense) = tense {
        check_tense(book, &forms, tense, findings);
    }
}

const FIRST: &[&str] = &["i", "me", "my", "mine", "myself", "i'd", "i'm", "i'll", "i've"];

fn has_first(sentence: &Sentence<'_>) -> bool {
    sentence.words.iter().any(|word| {
        // `Charles I`, `part I` are numbers.
        let is_first = FIRST.contains(&word.lower.as_str());
        !word.is_said && is_first
    })
}

fn is_told(sentence: &Sentence<'_>) -> bool {
    sentence.words.iter().any(|word| !word.is_said)
}

fn guess_person(book: &Book<'_>) -> Option<NarrativePerson> {
    let told = book.sentences().filter(|(_, sentence)| is_told(sentence)).count();
    let first = book
        .sentences()
        .filter(|(_, sentence)| has_first(sentence))
        .count();
    match (told, first) {
        (told, _) if told < ENOUGH => None,
        (told, first) if first * 12 <= told => Some(NarrativePerson::Third),
        (told, first) if first * 4 >= told => Some(NarrativePerson::First),
        _ => None,
    }
}

/// In the third person the narrator is nobody: no `I` outside of speech. A scene that is told by an `I` throughout is another
/// narrator, unless the outline says that there is none.
fn check_third_person(book: &Book<'_>, is_planned: bool, findings: &mut Findings) {
    for (index, told) in book.scenes.iter().enumerate() {
        let slips: Vec<&Sentence<'_>> = told
            .sentences
            .iter()
            .filter(|sentence| has_first(sentence))
            .collect();
        let narrated = told.sentences.iter().filter(|sentence| is_told(sentence)).count();
        if !is_planned && slips.len() * 5 > narrated {
            continue;
        }

        for sentence in slips {
            findings.add(
                book,
                Discovery {
                    kind: FindingKind::PointOfView,
                    severity: if is_planned {
                        Severity::Error
                    } else {
                        Severity::Warning
                    },
                    scene: index,
                    sentence: Some(sentence),
                    about: &["first", &digest(sentence)],
                    contradicts: cite_cast(None, "The book is told in the third person."),
                    message:
                        "The narrator says \u{201c}I\u{201d} in a book that is told in the third person."
                            .to_owned(),
                },
            );
        }
    }
}

/// In the first person who tells doesn't do anything under their own name.
fn check_first_person(book: &Book<'_>, findings: &mut Findings) {
    let forms = VerbForms::list();
    for (index, sentence) in book.sentences() {
        let Some(narrator) = book.find_narrator(index) else {
            continue;
        };
        let slip = sentence.mentions.iter().any(|mention| {
            let is_verb = sentence
                .words
                .get(mention.end())
                .is_some_and(|word| !word.is_said && forms.is_verb(&word.lower));
            let is_subject = is_verb && book.find_subject(index, sentence, mention.end()) == Some(narrator);
            let is_tagged =
                mention.at > 0 && book.find_tagged(index, sentence, mention.at - 1) == Some(narrator);
            mention.person() == Some(narrator)
                && !sentence.words[mention.at].is_said
                && (is_subject || is_tagged)
        });
        if slip {
            let figure = &book.people[narrator];

            findings.add(
                book,
                Discovery {
                    kind: FindingKind::PointOfView,
                    severity: Severity::Error,
                    scene: index,
                    sentence: Some(sentence),
                    about: &["third", &digest(sentence)],
                    contradicts: cite_cast(
                        figure.key(),
                        format!("{} tells this in the first person.", figure.name),
                    ),
                    message: format!("{} tells the story and is told of as somebody else.", figure.name),
                },
            );
        }
    }
}

/// A scene is seen through one pair of eyes: nobody else's thoughts are told. What one can see of others is free.
fn check_thoughts(book: &Book<'_>, findings: &mut Findings) {
    const THINKS: &[&str] = &[
        "wondered",
        "wonders",
        "thought",
        "thinks",
        "felt",
        "remembered",
        "hoped",
        "wished",
        "realised",
        "realized",
    ];
    let Some(outline) = &book.input.outline else {
        return;
    };
    for (index, sentence) in book.sentences() {
        let plan = book.scenes[index].plan;
        let eyes = plan.map_or(&outline.point_of_view, |plan| &plan.point_of_view);
        let Some(viewer) = book.find_person(eyes) else {
            continue;
        };
        for at in 1..sentence.words.len() {
            let is_thought = sentence.is_word(at, THINKS) && !sentence.words[at].is_said;
            // Without a `that` or a question behind it, `felt` and `thought` may be seen from outside.
            let is_inner = sentence.is_word(
                at + 1,
                &[
                    "that", "whether", "what", "why", "if", "how", "himself", "herself", "ashamed", "afraid",
                ],
            );
            let Some(mention) = sentence.mention_at(at - 1).filter(|_| is_thought && is_inner) else {
                continue;
            };
            let Some(thinker) = mention.person().filter(|person| *person != viewer) else {
                continue;
            };
            if book.find_subject(index, sentence, at) != Some(thinker) {
                continue;
            }
            let (figure, eyes) = (&book.people[thinker], &book.people[viewer]);

            findings.add(
                book,
                Discovery {
                    kind: FindingKind::PointOfView,
                    severity: Severity::Warning,
                    scene: index,
                    sentence: Some(sentence),
                    about: &[figure.id(), "thinks", &digest(sentence)],
                    contradicts: cite_cast(eyes.key(), format!("The scene is seen by {}.", eyes.name)),
                    message: format!(
                        "This tells what {} thinks; the scene is seen by {}.",
                        figure.name, eyes.name
                    ),
                },
            );
        }
    }
}

/// What a sentence says, for an id; where it stands doesn't matter.
fn digest(sentence: &Sentence<'_>) -> String {
    crate::sentences::normalise_words(&sentence.words)
}

/// Forms of verbs that are of one tense only.
struct VerbForms {
    present: HashSet<&'static str>,
    past: HashSet<&'static str>,
}

impl VerbForms {
    fn list() -> Self {
        let mut present: HashSet<&'static str> = ["is", "has", "does", "isn't", "hasn't", "doesn't"].into();
        let mut past: HashSet<&'static str> = ["was", "did", "wasn't", "didn't"].into();
        let mut forms: HashMap<&'static str, usize> = HashMap::new();
        for verb in list_verbs() {
            present.insert(verb[1]);
            if verb[0] != verb[2] {
                past.insert(verb[2]);
            }
            for form in verb {
                *forms.entry(form).or_default() += 1;
            }
        }
        // `saw` and `fell` may be others' present.
        past.retain(|form| forms.get(form).is_none_or(|count| *count == 1));

        Self { present, past }
    }

    fn is_verb(&self, word: &str) -> bool {
        self.present.contains(word) || self.past.contains(word)
    }

    /// The tense in which a person of the book does something in what is told: `she walks`, `Mira walked`.
    fn find_told(&self, sentence: &Sentence<'_>) -> (usize, usize) {
        let (mut present, mut past) = (0, 0);
        for at in 1..sentence.words.len() {
            let word = &sentence.words[at];
            if word.is_said || word.is_after_sign || sentence.words[at - 1].is_said {
                continue;
            }
            let is_named = sentence
                .mention_at(at - 1)
                .is_some_and(|mention| mention.person().is_some() && !mention.is_possessive);
            if !is_named && !sentence.is_word(at - 1, &["he", "she"]) {
                continue;
            }
            present += usize::from(self.present.contains(word.lower.as_str()));
            past += usize::from(self.past.contains(word.lower.as_str()));
        }

        (present, past)
    }
}

fn guess_tense(book: &Book<'_>, forms: &VerbForms) -> Option<Tense> {
    let (present, past) = book.sentences().fold((0, 0), |(present, past), (_, sentence)| {
        let (here, then) = forms.find_told(sentence);
        (present + here, past + then)
    });
    match (present, past) {
        (present, past) if present + past < ENOUGH => None,
        (present, past) if past >= 6 * present => Some(Tense::Past),
        (present, past) if present >= 6 * past => Some(Tense::Present),
        _ => None,
    }
}

/// A sentence in which somebody of the book does something in the other tense, and nothing in its own. In the present what
/// was before may be told in the past, so words of time make it free; general truths have nobody of the book in them.
fn check_tense(book: &Book<'_>, forms: &VerbForms, tense: Tense, findings: &mut Findings) {
    const EARLIER: &[&str] = &[
        "yesterday",
        "ago",
        "once",
        "last",
        "when",
        "had",
        "before",
        "years",
        "then",
        "since",
        "first",
        "used",
        "until",
        "earlier",
        "night",
        "morning",
        "as",
        "who",
        "what",
        "that",
        "because",
        "how",
    ];
    for (index, sentence) in book.sentences() {
        let (present, past) = forms.find_told(sentence);
        let any_past = sentence.words.iter().any(|word| {
            !word.is_said
                && (forms.past.contains(word.lower.as_str())
                    || matches!(word.lower.as_str(), "were" | "had" | "would" | "could"))
        });
        let is_slip = match tense {
            Tense::Past => present > 0 && !any_past && !sentence.has_word(&["if", "whoever", "what", "that"]),
            Tense::Present => past > 0 && present == 0 && !sentence.has_word(EARLIER),
        };
        if !is_slip {
            continue;
        }
        let (name, other) = match tense {
            Tense::Past => ("past", "present"),
            Tense::Present => ("present", "past"),
        };

        findings.add(
            book,
            Discovery {
                kind: FindingKind::Tense,
                severity: Severity::Warning,
                scene: index,
                sentence: Some(sentence),
                about: &[other, &digest(sentence)],
                contradicts: cite_scene(book, 0, None, format!("The book is told in the {name}.")),
                message: format!("This is told in the {other}, the book in the {name}."),
            },
        );
    }
}
