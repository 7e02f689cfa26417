//! Skills: who can't do a thing doesn't do it before learning it.

use std::collections::HashSet;

use proto::tasks::fiction::{
    finding::{Contradicted, FindingKind, Severity},
    ledger::{FactObject, Key},
};

use crate::{
    book::{Book, Sentence},
    lexicon::list_verbs,
    report::{Discovery, Findings, cite_cast, cite_scene},
};

/// `pick locks`: the forms of its verb, and the other words without their plural.
struct Skill {
    text: String,
    forms: HashSet<String>,
    rest: Vec<String>,
}

impl Skill {
    fn parse(text: &str) -> Option<Self> {
        let lower = text.to_lowercase();
        let mut words = lower
            .split_whitespace()
            .skip_while(|word| matches!(*word, "to" | "how"));
        let verb = words.next()?;
        let base = list_verbs().find(|forms| {
            forms.contains(&verb) || format!("{}ing", forms[0]) == verb || doubles(forms[0]) == verb
        });
        let forms: HashSet<String> = match base {
            Some(forms) => forms.iter().map(|form| (*form).to_owned()).collect(),
            None => inflect_verb(verb),
        };
        let rest = words
            .filter(|word| !matches!(*word, "the" | "a" | "an" | "with" | "of"))
            .map(|word| word.trim_end_matches('s').to_owned())
            .collect();

        Some(Self {
            text: lower.clone(),
            forms,
            rest,
        })
    }

    fn is_same(&self, other: &Self) -> bool {
        !self.forms.is_disjoint(&other.forms) && self.rest == other.rest
    }

    /// Where the sentence has the verb, with the rest of the skill close behind.
    fn find_uses(&self, words: &[&str]) -> Vec<usize> {
        const NEAR: usize = 6;
        let uses = (0..words.len()).filter(|at| {
            let behind = &words[at + 1..words.len().min(at + 1 + NEAR)];
            let has = |rest: &String| behind.iter().any(|word| word.trim_end_matches('s') == rest);
            self.forms.contains(words[*at]) && self.rest.iter().all(has)
        });

        uses.collect()
    }
}

fn doubles(base: &str) -> String {
    format!("{base}{}ing", base.chars().last().unwrap_or_default())
}

fn inflect_verb(verb: &str) -> HashSet<String> {
    let stem = verb
        .strip_suffix("ing")
        .filter(|stem| stem.len() > 2)
        .unwrap_or(verb);
    let past = if stem.ends_with('e') {
        format!("{stem}d")
    } else {
        format!("{stem}ed")
    };

    [stem.to_owned(), format!("{stem}s"), past].into()
}

/// What somebody can, or can't, at first or from a scene on.
struct Ability {
    who: Key,
    skill: Skill,
    can: bool,
    /// The scene that says so.
    scene: Option<usize>,
    text: String,
}

pub(crate) fn check_skills(book: &Book<'_>, findings: &mut Findings) {
    let abilities = list_abilities(book);
    for missing in abilities.iter().filter(|ability| !ability.can) {
        let learned = abilities.iter().find(|other| {
            other.can
                && other.who == missing.who
                && other.skill.is_same(&missing.skill)
                && other.scene.is_some()
        });
        check_missing(book, missing, learned.and_then(|ability| ability.scene), findings);
    }
    check_told(book, findings);
}

/// From the cast, what `can` and `cannot` say in it and in the ledgers. A skill of one that another doesn't have is
/// missing to them: skills in the cast are what others can't do.
fn list_abilities(book: &Book<'_>) -> Vec<Ability> {
    let cast = &book.input.cast;
    let mut abilities = Vec::new();
    let cast_facts = cast.facts.iter().map(|known| (&known.fact, None));
    let scenes = book.scenes.iter().enumerate();
    let told_facts = scenes.flat_map(|(index, told)| {
        told.written
            .scene
            .ledger
            .facts
            .iter()
            .map(move |fact| (fact, Some(index)))
    });
    for (fact, scene) in cast_facts.chain(told_facts) {
        let can = match fact.predicate.to_lowercase().as_str() {
            "can" | "is able to" | "knows how to" | "learns to" | "learned to" | "has learned to" => true,
            "cannot" | "can't" | "can not" | "is unable to" | "never learned to" | "doesn't know how to" => {
                false
            }
            _ => continue,
        };
        if let (FactObject::Text(text), Some(skill)) = (&fact.object, parse_object(&fact.object)) {
            abilities.push(Ability {
                who: fact.subject.clone(),
                skill,
                can,
                scene,
                text: format!("{} {} {text}.", book.name_of(&fact.subject), fact.predicate),
            });
        }
    }
    for owner in &cast.people {
        for text in &owner.skills {
            for other in cast
                .people
                .iter()
                .filter(|other| other.entity.key != owner.entity.key)
            {
                let Some(skill) = Skill::parse(text) else { continue };
                let has = other
                    .skills
                    .iter()
                    .filter_map(|own| Skill::parse(own))
                    .any(|own| own.is_same(&skill));
                let is_said = abilities.iter().any(|ability| {
                    ability.who == other.entity.key
                        && ability.skill.is_same(&skill)
                        && (!ability.can || ability.scene.is_none())
                });
                if !has && !is_said {
                    abilities.push(Ability {
                        who: other.entity.key.clone(),
                        skill,
                        can: false,
                        scene: None,
                        text: format!("Only {} can {text}.", owner.entity.name),
                    });
                }
            }
        }
    }

    abilities
}

fn parse_object(object: &FactObject) -> Option<Skill> {
    match object {
        FactObject::Text(text) => Skill::parse(text),
        FactObject::Entity(_) => None,
    }
}

/// A deed of the ledger, or what is told of the person, that needs the skill, before the scene in which it is learned.
fn check_missing(book: &Book<'_>, missing: &Ability, learned: Option<usize>, findings: &mut Findings) {
    let Some(person) = book.find_person(&missing.who) else {
        return;
    };
    let cite = || -> Option<Contradicted> {
        match missing.scene {
            Some(scene) => cite_scene(book, scene, Some(&missing.who), &*missing.text),
            None => cite_cast(Some(&missing.who), &*missing.text),
        }
    };

    for (index, told) in book.scenes.iter().enumerate() {
        let is_learned = learned.is_some_and(|scene| scene == index || book.is_before(scene, index));
        let is_early = missing.scene.is_some_and(|scene| book.is_before(index, scene));
        if is_learned || is_early {
            continue;
        }
        let deed = told.written.scene.ledger.actions.iter().find(|action| {
            let words: Vec<String> = action
                .deed
                .to_lowercase()
                .split_whitespace()
                .map(str::to_owned)
                .collect();
            let words: Vec<&str> = words.iter().map(String::as_str).collect();
            let tries = words.iter().any(|word| {
                matches!(
                    *word,
                    "tries" | "fails" | "learns" | "not" | "cannot" | "pretends"
                )
            });
            action.who == missing.who && !tries && !missing.skill.find_uses(&words).is_empty()
        });
        let sentence = told
            .sentences
            .iter()
            .find(|sentence| does_skill(book, index, sentence, person, &missing.skill));
        if deed.is_some() || sentence.is_some() {
            findings.add(
                book,
                Discovery {
                    kind: FindingKind::Skill,
                    severity: Severity::Error,
                    scene: index,
                    sentence,
                    about: &[missing.who.as_str(), &missing.skill.text],
                    contradicts: cite(),
                    message: format!(
                        "{} does what {} never learned: {}.",
                        book.people[person].name, "they", missing.skill.text
                    ),
                },
            );
        }
    }
}

/// `Mira swam`; not `Mira tried to swim`, nor `Mira could not swim`.
fn does_skill(book: &Book<'_>, index: usize, sentence: &Sentence<'_>, person: usize, skill: &Skill) -> bool {
    // `swam through the crowd`.
    let is_figure = sentence.has_word(&[
        "crowd", "crowds", "hours", "words", "numbers", "faces", "tears", "memories",
    ]);
    if is_figure || sentence.is_unreal || sentence.has_word(&["if", "would", "as", "like", "never", "not"]) {
        return false;
    }
    let words: Vec<&str> = sentence.words.iter().map(|word| word.lower.as_str()).collect();

    skill.find_uses(&words).into_iter().any(|at| {
        let is_adverb = at > 0 && words[at - 1].ends_with("ly");
        let verb = if is_adverb { at - 1 } else { at };
        let is_subject = book.find_subject(index, sentence, verb) == Some(person)
            || verb > 0 && sentence.is_word(verb - 1, &["and"]) && is_alone_before(sentence, verb, person);
        !sentence.words[at].is_said && is_subject
    })
}

/// `Mira dived in and swam`: nobody else is named before it.
fn is_alone_before(sentence: &Sentence<'_>, verb: usize, person: usize) -> bool {
    let mut named = sentence.mentions.iter().filter(|mention| mention.at < verb);
    let is_other = (0..verb).any(|at| {
        sentence.words[at].is_said
            || sentence.is_word(at, &["he", "she", "they", "it", "i", "who", "which", "that"])
    });
    let first = named.next();

    !is_other
        && named.next().is_none()
        && first.is_some_and(|mention| mention.person() == Some(person) && !mention.is_possessive)
}

/// Without a record the prose itself says it: `Mira could not swim`, and later `Mira swam`, with nobody learning it.
fn check_told(book: &Book<'_>, findings: &mut Findings) {
    for (scene, sentence) in book.sentences() {
        let Some((person, skill)) = find_denial(book, scene, sentence) else {
            continue;
        };

        let verb = skill.text.split(' ').next().unwrap_or_default().to_owned();
        for (index, other) in book
            .sentences()
            .filter(|(index, _)| *index != scene && book.is_before(scene, *index))
        {
            let learns = other.has_word(&["learned", "learnt", "taught", "teach", "lesson", "lessons"])
                && other.words.iter().any(|word| word.lower.starts_with(&verb));
            if learns {
                break;
            }
            if does_skill(book, index, other, person, &skill) {
                findings.add(
                    book,
                    Discovery {
                        kind: FindingKind::Skill,
                        severity: Severity::Warning,
                        scene: index,
                        sentence: Some(other),
                        about: &[book.people[person].id(), &skill.text],
                        contradicts: cite_scene(book, scene, book.people[person].key(), sentence.text),
                        message: format!("{} could not {} before.", book.people[person].name, skill.text),
                    },
                );
                break;
            }
        }
    }
}

fn find_denial(book: &Book<'_>, scene: usize, sentence: &Sentence<'_>) -> Option<(usize, Skill)> {
    const SKILLS: &[&str] = &[
        "swim", "ride", "read", "write", "drive", "sail", "sew", "dance", "cook", "fly", "shoot", "fence",
    ];
    (1..sentence.words.len()).find_map(|at| {
        let word = &sentence.words[at];
        let can_not = sentence.is_word(at, &["could"])
            && sentence.is_word(at + 1, &["not"])
            && sentence.is_word(at + 2, SKILLS);
        let never_learned = sentence.is_word(at, &["had"])
            && sentence.is_word(at + 1, &["never"])
            && sentence.is_word(at + 2, &["learned", "learnt"]);
        let verb = match (can_not, never_learned) {
            (true, _) => at + 2,
            (false, true) if sentence.is_word(at + 4, SKILLS) => at + 4,
            _ => return None,
        };

        // `could not read the sign` is no lack of a skill.
        let is_whole = verb + 1 == sentence.words.len() || sentence.words[verb + 1].is_after_sign;
        let person = book
            .find_subject(scene, sentence, at)
            .filter(|_| !word.is_said && is_whole)?;
        Some((person, Skill::parse(&sentence.words[verb].lower)?))
    })
}
