//! Reads an imported manuscript: who is in it, what it says of them, and in which scenes they are. Only what the prose says
//! plainly is taken: `Mira was forty-two`, `Osric's green eyes`.

use std::collections::HashMap;

use proto::tasks::fiction::{
    cast::{Appearance, Cast, Person, Pronoun, Role},
    finding::ContinuityInput,
    ledger::{Entity, EntityKind, FactObject, Key, Ledger, LedgerFact, Presence, Scene},
    manuscript::{ManuscriptInput, ManuscriptReading},
};
use serde_json::{Map, json};

use crate::{
    book::{Book, Sentence},
    lexicon::{is_colour, read_number},
};

/// More people than this nobody keeps apart; the others stay words.
const PEOPLE_MAX: usize = 200;
/// Parts of the book that the most often named are: who it is about, and who stays when it goes on.
const LEADS: [(&str, Role); 4] = [
    ("p", Role::Protagonist),
    ("a", Role::Ally),
    ("m", Role::Mentor),
    ("c", Role::Other),
];

/// Whom and what a manuscript tells of. The same manuscript gives the same people under the same keys.
pub fn read_manuscript(input: ManuscriptInput) -> ManuscriptReading {
    let input = ContinuityInput {
        outline: None,
        cast: Cast::default(),
        bible: Default::default(),
        scenes: input.scenes,
    };
    let book = Book::read(&input);
    let mut found = find_people(&book);
    let mut last: Option<usize> = None;
    for (scene, sentence) in book.sentences() {
        note_pronoun(&mut found, last, sentence);
        last = note_sentence(&mut found, scene, sentence);
    }
    found.retain(|one| one.mentions > 0);
    found.sort_by(|one, other| {
        other
            .mentions
            .cmp(&one.mentions)
            .then_with(|| one.name.cmp(&other.name))
    });
    found.truncate(PEOPLE_MAX);

    let people: Vec<Person> = found
        .iter()
        .enumerate()
        .map(|(rank, one)| one.make_person(rank))
        .collect();
    let scenes = input
        .scenes
        .iter()
        .enumerate()
        .map(|(index, written)| Scene {
            ledger: record_scene(&found, index),
            ..written.scene.clone()
        })
        .collect();

    ManuscriptReading {
        cast: Cast {
            people,
            ..Cast::default()
        },
        scenes,
    }
}

/// What is said of somebody, and in which scene first.
struct Found {
    key: Key,
    name: String,
    /// Words of the name, as the book counts them.
    figures: Vec<usize>,
    mentions: usize,
    he: usize,
    she: usize,
    age: Option<(u32, usize)>,
    eyes: Option<(String, usize)>,
    hair: Option<(String, usize)>,
    scenes: Vec<usize>,
}

/// Names that stand together are one person's: `Mira`, `Voss` and `Mira Voss`.
fn find_people(book: &Book<'_>) -> Vec<Found> {
    let mut pairs: HashMap<usize, HashMap<usize, usize>> = HashMap::new();
    for (_, sentence) in book.sentences() {
        for two in sentence.mentions.windows(2) {
            if let (Some(first), Some(family)) = (two[0].person(), two[1].person())
                && two[0].end() == two[1].at
                && !two[0].is_possessive
                && first != family
            {
                *pairs.entry(first).or_default().entry(family).or_default() += 1;
            }
        }
    }
    let family_of = |first: usize| {
        let counts = pairs.get(&first)?;
        counts
            .iter()
            .max_by_key(|(family, count)| (**count, std::cmp::Reverse(**family)))
            .map(|(family, _)| *family)
    };

    let mut found: Vec<Found> = Vec::new();
    let is_family: Vec<usize> = (0..book.people.len()).filter_map(family_of).collect();
    for first in 0..book.people.len() {
        if is_family.contains(&first) {
            continue;
        }
        let mut name = book.people[first].name.clone();
        let mut figures = vec![first];
        if let Some(family) = family_of(first) {
            name = format!("{name} {}", book.people[family].name);
            // A name that two share says of neither which one it is.
            let is_own = is_family.iter().filter(|other| **other == family).count() == 1;
            figures.extend(is_own.then_some(family));
        }
        let Some(key) = make_key(&name, &found) else {
            continue;
        };
        found.push(Found {
            key,
            name,
            figures,
            mentions: 0,
            he: 0,
            she: 0,
            age: None,
            eyes: None,
            hair: None,
            scenes: Vec::new(),
        });
    }

    found
}

fn make_key(name: &str, found: &[Found]) -> Option<Key> {
    let plain: String = name
        .to_lowercase()
        .chars()
        .map(|sign| if sign.is_ascii_alphanumeric() { sign } else { '-' })
        .take(48)
        .collect();
    let plain = plain.trim_matches('-').to_owned();
    let plain = if plain.is_empty() {
        "somebody".to_owned()
    } else {
        plain
    };

    (1..=PEOPLE_MAX * 4)
        .filter_map(|number| match number {
            1 => Key::parse(&plain),
            number => Key::parse(&format!("{plain}-{number}")),
        })
        .find(|key| found.iter().all(|one| one.key != *key))
}

/// `Osric came in. He sat down.`: who was named alone is who comes next.
fn note_pronoun(found: &mut [Found], last: Option<usize>, sentence: &Sentence<'_>) {
    let Some(one) = last.and_then(|last| found.get_mut(last)) else {
        return;
    };
    let first = sentence
        .words
        .first()
        .filter(|word| !word.is_said && sentence.mentions.is_empty());

    match first.map(|word| word.lower.as_str()) {
        Some("he") => one.he += 1,
        Some("she") => one.she += 1,
        _ => {}
    }
}

/// Who is named alone in it.
fn note_sentence(found: &mut [Found], scene: usize, sentence: &Sentence<'_>) -> Option<usize> {
    let mut alone = None;
    let named: Vec<usize> = sentence
        .mentions
        .iter()
        .filter_map(|mention| mention.person())
        .collect();
    for (at, one) in found.iter_mut().enumerate() {
        let Some(mention) = sentence.mentions.iter().find(|mention| {
            mention
                .person()
                .is_some_and(|person| one.figures.contains(&person))
        }) else {
            continue;
        };
        one.mentions += 1;
        let is_alone = named.iter().all(|person| one.figures.contains(person));
        let is_told = !sentence.words[mention.at].is_said;
        if is_told && one.scenes.last() != Some(&scene) {
            one.scenes.push(scene);
        }
        if !is_told || !is_alone {
            continue;
        }
        alone = Some(at);
        let behind = sentence
            .words
            .iter()
            .skip(mention.end())
            .filter(|word| !word.is_said);
        match behind
            .map(|word| word.lower.as_str())
            .find(|word| matches!(*word, "he" | "his" | "him" | "she" | "her"))
        {
            Some("he" | "his" | "him") => one.he += 1,
            Some(_) => one.she += 1,
            None => {}
        }
        note_claims(one, scene, sentence, mention.end());
    }

    alone
}

fn note_claims(one: &mut Found, scene: usize, sentence: &Sentence<'_>, end: usize) {
    let words: Vec<&str> = sentence.words.iter().map(|word| word.lower.as_str()).collect();
    if words.get(end) == Some(&"was")
        && one.age.is_none()
        && let Some(age) = words.get(end + 1).and_then(|word| read_number(word))
        && (3..=110).contains(&age)
        && words
            .get(end + 2)
            .is_none_or(|word| matches!(*word, "years" | "and" | "when" | "that"))
    {
        one.age = Some((age, scene));
    }

    for (part, slot) in [("eyes", &mut one.eyes), ("hair", &mut one.hair)] {
        let at = words
            .iter()
            .skip(end)
            .position(|word| *word == part)
            .map(|at| at + end);
        let Some(at) = at.filter(|at| at.saturating_sub(end) <= 6) else {
            continue;
        };
        if slot.is_none()
            && let Some(colour) = at
                .checked_sub(1)
                .and_then(|before| words.get(before))
                .filter(|word| is_colour(word))
        {
            *slot = Some(((*colour).to_owned(), scene));
        }
    }
}

impl Found {
    fn make_person(&self, rank: usize) -> Person {
        let (lead, role) = match LEADS.get(rank) {
            Some((lead, role)) => (Some(*lead), *role),
            None => (None, Role::Other),
        };
        let mut details = Map::new();
        if let Some(lead) = lead {
            details.insert("lead".to_owned(), json!(lead));
        }
        if let Some((age, _)) = self.age {
            details.insert("age".to_owned(), json!(age));
        }
        let first = self.name.split(' ').next().unwrap_or(&self.name).to_owned();

        Person {
            entity: Entity {
                key: self.key.clone(),
                kind: EntityKind::Character,
                name: self.name.clone(),
                aliases: if first == self.name {
                    Vec::new()
                } else {
                    vec![first]
                },
                details,
                scene: None,
            },
            role,
            pronoun: match self.he.cmp(&self.she) {
                std::cmp::Ordering::Greater => Pronoun::He,
                std::cmp::Ordering::Less => Pronoun::She,
                std::cmp::Ordering::Equal => Pronoun::They,
            },
            age: self.age.map(|(age, _)| age),
            profession: None,
            goal: String::new(),
            obstacle: String::new(),
            traits: Vec::new(),
            voice: "exact".to_owned(),
            appearance: Appearance {
                eyes: self.eyes.as_ref().map(|(colour, _)| colour.clone()),
                hair: self.hair.as_ref().map(|(colour, _)| colour.clone()),
                build: None,
                mark: None,
            },
            secret: None,
            skills: Vec::new(),
        }
    }

    /// What this scene is the first to say.
    fn list_facts(&self, scene: usize) -> Vec<LedgerFact> {
        let age = self.age.as_ref().map(|(age, at)| (age.to_string(), *at));
        let claims = [
            ("age", "is aged", age),
            ("eyes", "has eyes", self.eyes.clone()),
            ("hair", "has hair", self.hair.clone()),
        ];

        claims
            .into_iter()
            .filter_map(|(name, predicate, claim)| {
                let (value, at) = claim?;
                (at == scene).then_some(())?;
                Some(LedgerFact {
                    key: Key::parse(&format!("{}-{name}", self.key))?,
                    subject: self.key.clone(),
                    predicate: predicate.to_owned(),
                    object: FactObject::Text(value),
                    from: None,
                    until: None,
                })
            })
            .collect()
    }
}

fn record_scene(found: &[Found], scene: usize) -> Ledger {
    let present = found
        .iter()
        .filter(|one| one.scenes.contains(&scene))
        .map(|one| Presence {
            who: one.key.clone(),
            place: None,
            from: None,
            until: None,
        });

    Ledger {
        present: present.collect(),
        facts: found.iter().flat_map(|one| one.list_facts(scene)).collect(),
        ..Ledger::default()
    }
}

#[cfg(test)]
mod tests {
    use proto::tasks::fiction::scene::WrittenScene;

    use super::*;

    fn told(number: u32, prose: &[&str]) -> WrittenScene {
        serde_json::from_value(json!({
            "scene": { "key": format!("c{number}s1"), "chapter": number, "number": 1, "from": 0, "until": 0 },
            "prose": prose,
        }))
        .unwrap()
    }

    #[test]
    fn people_are_read_with_what_the_prose_says_of_them() {
        let scenes = vec![
            told(
                1,
                &[
                    "The letter came on a Tuesday, and Mathilda Crane opened it. Then Mathilda laughed, and she sat down.",
                    "“Who sent it?” asked Corwin. He was sorry. When Mathilda Crane read it aloud, Corwin went to his chair.",
                ],
            ),
            told(
                2,
                &[
                    "At noon Mathilda was forty-two. They all knew Mathilda Crane's green eyes. Later Corwin came home, and Corwin sang.",
                ],
            ),
        ];

        let reading = read_manuscript(ManuscriptInput { scenes });
        let people = &reading.cast.people;
        assert_eq!(
            people
                .iter()
                .map(|one| one.entity.name.as_str())
                .collect::<Vec<_>>(),
            ["Mathilda Crane", "Corwin"]
        );
        assert_eq!(
            (
                people[0].pronoun,
                people[0].age,
                people[0].appearance.eyes.as_deref()
            ),
            (Pronoun::She, Some(42), Some("green"))
        );
        assert_eq!((people[1].pronoun, people[1].role), (Pronoun::He, Role::Ally));
        let second = &reading.scenes[1].ledger;
        assert_eq!(second.present.len(), 2);
        let facts: Vec<&str> = second.facts.iter().map(|fact| fact.key.as_str()).collect();
        assert_eq!(facts, ["mathilda-crane-age", "mathilda-crane-eyes"]);
    }

    #[test]
    fn a_manuscript_of_nobody_has_no_cast() {
        let reading = read_manuscript(ManuscriptInput {
            scenes: vec![told(1, &["It rained. It went on raining."])],
        });
        assert!(reading.cast.people.is_empty() && reading.scenes.len() == 1);
    }
}
