//! Prose against what is on record of people: looks, ages, deaths, meetings, knowledge, skills, where they are, what they
//! hold.

use std::collections::{HashMap, HashSet};

use proto::tasks::fiction::{
    cast::Person,
    finding::FindingKind,
    ledger::{FactObject, Key, MoveMode, Scene, StoryTime},
};
use regex::Regex;

use super::{
    Findings,
    book::{CheckedBook, Sentence},
    contradict,
    ledgers::{list_dead, list_learned},
};

const COLOURS: &str = "grey|gray|brown|green|blue|hazel|black|red|white|fair|blond|blonde|chestnut|auburn|golden|amber|violet|dark";
const ACTS: &str = "said|asked|nodded|smiled|walked|sat|laughed|whispered|answered|replied|turned|took|gave|opened|looked|shrugged|stood|ran|came|went|sighed|coughed|frowned|grinned|knocked|shouted|poured|leaned|entered|waved|closed|picked";
const NUMBER: &str = r"(?:[a-z]+(?:-[a-z]+)?|\d{1,3})";

pub(crate) fn check_people(book: &CheckedBook<'_>, findings: &mut Findings) {
    check_looks(book, findings);
    check_ages(book, findings);
    check_dead(book, findings);
    check_meetings(book, findings);
    check_knowledge(book, findings);
    check_skills(book, findings);
    check_stays(book, findings);
    check_hands(book, findings);
}

fn same_colour(one: &str, other: &str) -> bool {
    const FAMILIES: [&[&str]; 4] = [
        &["grey", "gray"],
        &["fair", "blond", "blonde", "golden"],
        &["chestnut", "brown", "auburn"],
        &["hazel", "amber"],
    ];

    one == other
        || FAMILIES
            .iter()
            .any(|family| family.contains(&one) && family.contains(&other))
}

/// `Mira's green eyes`, `Mira had long red hair`, `Mira's hair was red`, `green-eyed Mira`.
fn check_looks(book: &CheckedBook<'_>, findings: &mut Findings) {
    let patterns = [
        format!(r"\b(?P<who>NAME)(?:'s|’s) (?:[a-z]+,? )?(?P<colour>{COLOURS}) (?P<part>eyes|hair)\b"),
        format!(
            r"\b(?P<who>NAME) (?:had|with) (?:[a-z]+,? ){{0,2}}(?P<colour>{COLOURS}) (?P<part>eyes|hair)\b"
        ),
        format!(r"\b(?P<who>NAME) had {NUMBER} [a-z]+ and (?P<colour>{COLOURS}) (?P<part>eyes|hair)\b"),
        format!(r"\b(?P<who>NAME) had [a-z]+ (?:eyes|hair) and (?P<colour>{COLOURS}) (?P<part>eyes|hair)\b"),
        format!(
            r"\b(?P<who>NAME)(?:'s|’s) (?P<part>eyes|hair) (?:was|were) (?:[a-z]+ )?(?P<colour>{COLOURS})\b"
        ),
        format!(r"\b(?P<colour>{COLOURS})-(?P<part>eyed|haired) (?P<who>NAME)\b"),
        format!(r"\bthe (?P<colour>{COLOURS}) (?P<part>eyes|hair) of (?P<who>NAME)\b"),
    ];
    let patterns: Vec<Regex> = patterns
        .iter()
        .filter_map(|pattern| book.compile(pattern))
        .collect();
    for_narration(book, |scene, sentence| {
        for found in patterns
            .iter()
            .filter_map(|pattern| pattern.captures(&sentence.narration))
        {
            let Some(person) = book.find_person(&found["who"]) else {
                continue;
            };
            let is_hair = found["part"].starts_with("hair");
            let known = if is_hair {
                &person.appearance.hair
            } else {
                &person.appearance.eyes
            };
            let Some(known) = known else { continue };
            if !same_colour(known, &found["colour"]) {
                let part = if is_hair { "hair" } else { "eyes" };
                let name = &person.entity.name;
                let message = format!("{name} has {known} {part}, and here {}.", &found["colour"]);
                let against = contradict(
                    Some(&person.entity.key),
                    None,
                    format!("{name} has {known} {part}"),
                );
                findings.add_sentence(FindingKind::Appearance, scene, sentence, against, message);
            }
        }
    });
}

fn for_narration<'a>(book: &CheckedBook<'a>, mut check: impl FnMut(&'a Scene, &Sentence<'a>)) {
    for checked in &book.scenes {
        for sentence in checked
            .sentences
            .iter()
            .filter(|sentence| !sentence.narration.trim().is_empty())
        {
            check(checked.scene, sentence);
        }
    }
}

pub(crate) fn read_number(text: &str) -> Option<u32> {
    if let Ok(number) = text.parse() {
        return Some(number);
    }

    (0..100).find(|number| crate::slots::write_number(*number) == text.to_lowercase())
}

/// `Mira was forty-one years old`, `Mira, forty-one,`, `the forty-one-year-old Mira`, `at forty-one Mira`.
fn check_ages(book: &CheckedBook<'_>, findings: &mut Findings) {
    let patterns = [
        format!(
            r"\b(?P<who>NAME),? (?:was |who was |had turned |had just turned |was only |was now )?(?P<age>{NUMBER}) years old\b"
        ),
        format!(
            r"\b(?P<who>NAME) (?:had turned|had just turned|turned|was) (?P<age>{NUMBER})(?:,|\.| that| this| now)"
        ),
        format!(r"\b(?P<age>{NUMBER})-year-old (?P<who>NAME)\b"),
        format!(r"\b[Aa]t (?P<age>{NUMBER}),? (?P<who>NAME) "),
        format!(r"\b(?P<who>NAME) was a (?:[a-z]+ ){{0,3}}of (?P<age>{NUMBER})\b"),
    ];
    let patterns: Vec<Regex> = patterns
        .iter()
        .filter_map(|pattern| book.compile(pattern))
        .collect();
    for_narration(book, |scene, sentence| {
        for found in patterns
            .iter()
            .filter_map(|pattern| pattern.captures(&sentence.narration))
        {
            let (Some(person), Some(age)) = (book.find_person(&found["who"]), read_number(&found["age"]))
            else {
                continue;
            };
            let Some(known) = person.age else { continue };
            let years = u32::try_from(scene.from.max(0) / (366 * 24 * 60)).unwrap_or(0);
            if age != known + years && age != known + years + 1 || (years == 0 && age != known) {
                let name = &person.entity.name;
                let message = format!("{name} is {known} when the story begins, and {age} here.");
                findings.add_sentence(
                    FindingKind::Age,
                    scene,
                    sentence,
                    contradict(Some(&person.entity.key), None, format!("{name} is {known}")),
                    message,
                );
            }
        }
    });
}

fn check_dead(book: &CheckedBook<'_>, findings: &mut Findings) {
    let dead = list_dead(book);
    let Some(acts) = book.compile(&format!(
        r"\b(?P<who>NAME) (?:{ACTS})\b|\b(?:{ACTS}) (?P<says>NAME)(?:[.,]|$)"
    )) else {
        return;
    };
    for_narration(book, |scene, sentence| {
        for found in acts.captures_iter(&sentence.narration) {
            let name = found.name("who").or_else(|| found.name("says"));
            let Some(person) = name.and_then(|name| book.find_person(name.as_str())) else {
                continue;
            };
            let Some((died, since)) = dead.get(&person.entity.key) else {
                continue;
            };
            if scene.from > *died && since.key != scene.key {
                let name = &person.entity.name;
                let message = format!("{name} is dead by then, and acts.");
                findings.add_sentence(
                    FindingKind::Dead,
                    scene,
                    sentence,
                    contradict(
                        Some(&person.entity.key),
                        Some(&since.key),
                        format!("{name} is dead"),
                    ),
                    message,
                );
            }
        }
    });
}

/// Who was in one scene together before, in the order of telling.
fn check_meetings(book: &CheckedBook<'_>, findings: &mut Findings) {
    let patterns = [
        r"\b(?P<one>NAME) had never (?:met|seen|set eyes on|heard of|spoken to) (?P<other>NAME)\b",
        r"\b(?P<one>NAME) and (?P<other>NAME) (?:met|saw each other|saw one another) for the first time\b",
        r"\bfor the first time in (?:his|her|their) life,? (?P<one>NAME) (?:met|saw|spoke to) (?P<other>NAME)\b",
        r"\b(?P<one>NAME) did not (?:know|recognise|recognize) (?P<other>NAME)\b",
        r"\b(?P<other>NAME) was a (?:complete |perfect |total )?stranger to (?P<one>NAME)\b",
    ];
    let patterns: Vec<Regex> = patterns
        .iter()
        .filter_map(|pattern| book.compile(pattern))
        .collect();
    let mut met: HashMap<(&Key, &Key), &Scene> = HashMap::new();
    for checked in &book.scenes {
        let scene = checked.scene;
        for sentence in &checked.sentences {
            for found in patterns
                .iter()
                .filter_map(|pattern| pattern.captures(&sentence.narration))
            {
                let (Some(one), Some(other)) =
                    (book.find_person(&found["one"]), book.find_person(&found["other"]))
                else {
                    continue;
                };
                let pair = (&one.entity.key, &other.entity.key);
                if let Some(before) = met.get(&pair).filter(|before| before.from < scene.from) {
                    let text = format!("{} and {} were together", one.entity.name, other.entity.name);
                    let message = format!("{text} in chapter {}.", before.chapter);
                    findings.add_sentence(
                        FindingKind::Memory,
                        scene,
                        sentence,
                        contradict(Some(pair.1), Some(&before.key), text),
                        message,
                    );
                }
            }
        }
        for one in &scene.ledger.present {
            for other in scene.ledger.present.iter().filter(|other| other.who != one.who) {
                met.entry((&one.who, &other.who)).or_insert(scene);
            }
        }
    }
}

/// `Mira knew that …`, with the words of a fact that is hidden.
fn check_knowledge(book: &CheckedBook<'_>, findings: &mut Findings) {
    let scenes: Vec<&Scene> = book.scenes.iter().map(|checked| checked.scene).collect();
    let learned = list_learned(book, &scenes);
    let Some(knows) = book.compile(r"\b(?P<who>NAME) (?:already |had long |had always )?(?:knew|known|remembered|understood|told [a-zA-Z ]+|was sure|was certain)(?: all along)?,? that\b") else { return };
    let hidden: Vec<_> = book
        .cast
        .facts
        .iter()
        .filter(|fact| fact.hidden && fact.statement.len() > 12)
        .collect();
    for_narration(book, |scene, sentence| {
        let Some(found) = knows.captures(&sentence.narration) else {
            return;
        };
        let Some(person) = book.find_person(&found["who"]) else {
            return;
        };
        let who = &person.entity.key;
        for fact in hidden
            .iter()
            .filter(|fact| sentence.text.contains(fact.statement.trim_end_matches('.')))
        {
            let since = learned.get(&(who, &fact.fact.key));
            if !fact.known_by.contains(who) && since.is_none_or(|since| *since > scene.until) {
                let name = &person.entity.name;
                let message = format!("{name} has not learned this: {}.", fact.statement);
                findings.add_sentence(
                    FindingKind::Knowledge,
                    scene,
                    sentence,
                    contradict(Some(&fact.fact.key), None, fact.statement.clone()),
                    message,
                );
            }
        }
    });
}

const PAST: &[(&str, &str)] = &[
    ("swim", "swam"),
    ("ride", "rode"),
    ("drive", "drove"),
    ("read", "read"),
    ("write", "wrote"),
    ("sing", "sang"),
    ("fly", "flew"),
    ("speak", "spoke"),
    ("fight", "fought"),
    ("shoot", "shot"),
    ("draw", "drew"),
    ("play", "played"),
];

/// What is on record as `cannot swim`, until that fact ends.
fn check_skills(book: &CheckedBook<'_>, findings: &mut Findings) {
    let mut lacks: Vec<(&Person, String, &Key, &Scene, Option<StoryTime>)> = Vec::new();
    let ends: HashMap<&Key, StoryTime> = book
        .scenes
        .iter()
        .flat_map(|checked| {
            checked
                .scene
                .ledger
                .ended
                .iter()
                .map(|end| (&end.fact, end.at.unwrap_or(checked.scene.from)))
        })
        .collect();
    for checked in &book.scenes {
        for fact in checked
            .scene
            .ledger
            .facts
            .iter()
            .filter(|fact| matches!(fact.predicate.as_str(), "cannot" | "can't" | "never learned to"))
        {
            if let (FactObject::Text(skill), Some(person)) = (&fact.object, book.cast.person(&fact.subject)) {
                let until = fact.until.or_else(|| ends.get(&fact.key).copied());
                lacks.push((person, skill.to_lowercase(), &fact.key, checked.scene, until));
            }
        }
    }
    for (person, skill, key, since, until) in lacks {
        let (verb, rest) = skill.split_once(' ').unwrap_or((&skill, ""));
        let past = PAST.iter().find(|(base, _)| *base == verb).map_or_else(
            || format!("{}ed", verb.trim_end_matches('e')),
            |(_, past)| (*past).to_owned(),
        );
        let own: Vec<String> = book
            .people
            .iter()
            .filter(|(_, other)| other.entity.key == person.entity.key)
            .map(|(name, _)| regex::escape(name))
            .collect();
        let pattern = format!(
            r"\b(?:{})\b(?:,? [a-z]+,?){{0,4}}? (?:{past}|could {verb}|knew how to {verb}|began to {verb}){}\b",
            own.join("|"),
            if rest.is_empty() {
                String::new()
            } else {
                format!(" {}", regex::escape(rest))
            }
        );
        let Ok(pattern) = Regex::new(&pattern) else {
            continue;
        };
        for_narration(book, |scene, sentence| {
            let is_lacking = scene.from >= since.from && until.is_none_or(|until| scene.from < until);
            if is_lacking
                && pattern.is_match(&sentence.narration)
                && !sentence.narration.contains("not ")
                && !sentence.narration.contains("never ")
            {
                let name = &person.entity.name;
                let message = format!("{name} cannot {skill}.");
                findings.add_sentence(
                    FindingKind::Skill,
                    scene,
                    sentence,
                    contradict(Some(key), Some(&since.key), format!("{name} cannot {skill}")),
                    message,
                );
            }
        });
    }
}

/// `Mira was waiting at the mill`, while she is present elsewhere.
fn check_stays(book: &CheckedBook<'_>, findings: &mut Findings) {
    if book.places.is_empty() {
        return;
    }
    let mut names: Vec<String> = book
        .cast
        .places
        .iter()
        .map(|place| regex::escape(&place.entity.name))
        .collect();
    names.sort_by_key(|name| std::cmp::Reverse(name.len()));
    let pattern = format!(
        r"\b(?P<who>NAME) (?:was|sat|stood|waited|stayed|remained)(?: [a-z]+){{0,3}}? (?:at|in|on|inside|outside) (?P<place>{})",
        names.join("|")
    );
    let Some(pattern) = book.compile(&pattern) else {
        return;
    };
    for_narration(book, |scene, sentence| {
        let Some(found) = pattern.captures(&sentence.narration) else {
            return;
        };
        let (Some(person), Some(place)) = (
            book.find_person(&found["who"]),
            book.places.get(&found["place"].to_lowercase()),
        ) else {
            return;
        };
        let presence = scene
            .ledger
            .present
            .iter()
            .find(|presence| presence.who == person.entity.key);
        let Some(here) = presence.and_then(|presence| presence.place.as_ref().or(scene.place.as_ref()))
        else {
            return;
        };
        if here != place {
            let (name, here) = (&person.entity.name, book.name(here));
            let message = format!(
                "{name} is at {here} in this scene, and at {} here.",
                &found["place"]
            );
            findings.add_sentence(
                FindingKind::TwoPlaces,
                scene,
                sentence,
                contradict(
                    Some(&person.entity.key),
                    Some(&scene.key),
                    format!("{name} is at {here}"),
                ),
                message,
            );
        }
    });
}

/// `Mira handed the compass to Osric`, without having it.
fn check_hands(book: &CheckedBook<'_>, findings: &mut Findings) {
    let items: Vec<String> = book
        .cast
        .items
        .iter()
        .map(|item| regex::escape(item.entity.name.strip_prefix("the ").unwrap_or(&item.entity.name)))
        .collect();
    if items.is_empty() {
        return;
    }
    let pattern = format!(
        r"\b(?P<who>NAME) (?:gave|handed|passed|slipped|returned|offered)(?: [A-Za-z]+){{0,3}}? (?:the|his|her|their) (?P<item>{})\b",
        items.join("|")
    );
    let Some(pattern) = book.compile(&pattern) else {
        return;
    };
    for_narration(book, |scene, sentence| {
        let Some(found) = pattern.captures(&sentence.narration) else {
            return;
        };
        let item = book
            .cast
            .items
            .iter()
            .find(|item| item.entity.name.ends_with(&found["item"]));
        let (Some(person), Some(item)) = (book.find_person(&found["who"]), item) else {
            return;
        };
        let holders = list_holders(book, &item.entity.key, scene);
        if !holders.is_empty() && !holders.contains(&person.entity.key) {
            let (name, thing) = (&person.entity.name, &item.entity.name);
            let message = format!("{name} gives {thing} away without having it.");
            findings.add_sentence(
                FindingKind::Possession,
                scene,
                sentence,
                contradict(
                    Some(&item.entity.key),
                    None,
                    format!("{name} does not have {thing}"),
                ),
                message,
            );
        }
    });
}

/// Who has a thing when a scene begins, and whoever gets it in it.
fn list_holders<'a>(book: &CheckedBook<'a>, item: &Key, scene: &Scene) -> HashSet<&'a Key> {
    let mut last: Option<(StoryTime, &Key)> = None;
    let mut holders = HashSet::new();
    for other in book.scenes.iter().map(|checked| checked.scene) {
        for step in other.ledger.moves.iter().filter(|step| step.item == *item) {
            let Some(to) = step.to.as_ref().filter(|_| step.mode != MoveMode::Gone) else {
                continue;
            };
            let at = step.at.unwrap_or(other.from);
            if other.key == scene.key {
                holders.insert(to);
            }
            if at <= scene.until && last.is_none_or(|(before, _)| before <= at) && other.key != scene.key {
                last = Some((at, to));
            }
        }
    }
    holders.extend(last.map(|(_, to)| to));

    holders
}
