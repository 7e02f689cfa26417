//! Plain books without a contradiction, as many as there are seeds.

use proto::tasks::fiction::{finding::ContinuityInput, ledger::Key};
use serde_json::{Value, json};

use crate::chance::Chance;

const NAMES: [(&str, &str); 16] = [
    ("Mira Voss", "she"),
    ("Osric Pell", "he"),
    ("Tamsin Harrow", "she"),
    ("Bertram Quayle", "he"),
    ("Ludovic Stane", "he"),
    ("Henrike Blom", "she"),
    ("Agatha Thorne", "she"),
    ("Casimir Dole", "he"),
    ("Rosalind Fenwick", "she"),
    ("Gideon Marsh", "he"),
    ("Philippa Crane", "she"),
    ("Tobias Wren", "he"),
    ("Isolde Kemp", "she"),
    ("Matthias Rook", "he"),
    ("Verity Lunn", "she"),
    ("Silas Brandt", "he"),
];
const PLACES: [&str; 6] = [
    "the Salt Mill",
    "Gannet Quay",
    "the Old Customs House",
    "Harrow Lane",
    "the Bell Tower",
    "Widow's Field",
];
const ITEMS: [&str; 4] = [
    "the brass compass",
    "the green ledger",
    "the ivory flute",
    "the iron key",
];
const EYES: [&str; 4] = ["grey", "brown", "blue", "green"];
const HAIR: [&str; 4] = ["black", "red", "blond", "brown"];
const ADJECTIVES: [&str; 14] = [
    "narrow", "wet", "crooked", "patient", "empty", "bright", "dusty", "broken", "quiet", "painted", "heavy",
    "thin", "borrowed", "useless",
];
const NOUNS: [&str; 14] = [
    "shutter", "basket", "ladder", "kettle", "curtain", "bench", "rope", "barrel", "candle", "gutter",
    "hinge", "saddle", "lantern", "plank",
];
const DEEDS: [&str; 12] = [
    "looked at",
    "leaned against",
    "walked past",
    "pointed at",
    "touched",
    "stepped over",
    "frowned at",
    "asked about",
    "moved",
    "counted on",
    "waited beside",
    "turned away from",
];
const TAILS: [&str; 12] = [
    "while the rain went on",
    "and said nothing for a time",
    "as though it could help",
    "without any hurry",
    "and thought of supper",
    "because there was nothing else to do",
    "until the bell rang",
    "in the poor light",
    "and then did it again",
    "with some care",
    "for the sake of peace",
    "like a guest",
];

pub(crate) fn key(text: &str) -> Key {
    let plain = text.to_lowercase().replace("the ", "").replace([' ', '\''], "-");
    Key::parse(&plain).unwrap()
}

/// Deals sentences out, none twice.
struct Dealer(usize);

impl Dealer {
    fn deal(&mut self, subject: &str) -> String {
        let total = ADJECTIVES.len() * NOUNS.len() * DEEDS.len() * TAILS.len();
        self.0 = (self.0 + 1009) % total;
        let mut at = self.0;
        let mut take = |list: &[&'static str]| {
            let word = list[at % list.len()];
            at /= list.len();
            word
        };
        format!(
            "{subject} {} the {} {} {}.",
            take(&DEEDS),
            take(&ADJECTIVES),
            take(&NOUNS),
            take(&TAILS)
        )
    }
}

/// Twenty chapters, thirty scenes, about 300 words each.
pub(crate) fn make_book(seed: u64) -> ContinuityInput {
    let mut chance = Chance::seeded(seed);
    let start = chance.below(NAMES.len());
    let people: Vec<(&str, &str)> = (0..5).map(|at| NAMES[(start + 3 * at) % NAMES.len()]).collect();
    let places: Vec<&str> = (0..4).map(|at| PLACES[(start + at) % PLACES.len()]).collect();
    let items: Vec<&str> = (0..3).map(|at| ITEMS[(start + at) % ITEMS.len()]).collect();
    let cast = make_cast(&mut chance, &people, &places, &items);
    let mut dealer = Dealer(chance.below(9999));

    let mut scenes = Vec::new();
    let mut plans: Vec<Value> = Vec::new();
    for number in 0..30_usize {
        let (chapter, within) = (1 + number * 2 / 3, 1 + usize::from(number % 3 == 1));
        let other = 1 + number % 4;
        let place = places[number % places.len()];
        let from = i64::try_from(number).unwrap() * 1440 + 540;
        let ledger = make_ledger(number, &people, &items, other, from);
        scenes.push(json!({
            "scene": {
                "key": format!("s{number}"), "chapter": chapter, "number": within, "title": format!("Scene {number}"),
                "place": key(place), "from": from, "until": from + 120, "ledger": ledger,
            },
            "prose": make_prose(&mut dealer, number, people[0], people[other], place),
        }));
        let mut plan = json!({
            "key": format!("s{number}"), "number": within, "title": "T", "place": key(place), "from": from, "until": from + 120,
            "point_of_view": key(people[0].0), "present": [key(people[0].0), key(people[other].0)], "goal": "g", "obstacle": "o",
            "outcome": "x", "words": 300,
        });
        if number > 0 {
            plan["because"] = json!({"scene": format!("s{}", number - 1), "link": "therefore"});
        }
        match plans.last_mut() {
            Some(last) if last["number"] == json!(chapter) => {
                last["scenes"].as_array_mut().unwrap().push(plan)
            }
            _ => plans.push(
                json!({"number": chapter, "title": "C", "purpose": "p", "words": 500, "scenes": [plan]}),
            ),
        }
    }
    let outline = json!({
        "title": "A Book", "logline": "l", "genre": "mystery", "setting": {"place": "Saltby", "time": "autumn", "mood": "grey"},
        "themes": [], "point_of_view": key(people[0].0), "person": "third", "tense": "past", "chapters": plans,
        "promises": [{"key": "p1", "text": "the compass will be returned", "planted_chapter": 1, "due_chapter": 12}],
    });

    serde_json::from_value(json!({"outline": outline, "cast": cast, "scenes": scenes})).unwrap()
}

fn make_cast(chance: &mut Chance, people: &[(&str, &str)], places: &[&str], items: &[&str]) -> Value {
    let persons: Vec<Value> = people
        .iter()
        .map(|(name, pronoun)| {
            json!({
                "entity": {"key": key(name), "kind": "character", "name": name}, "role": "other", "pronoun": pronoun,
                "age": 24 + chance.below(40), "goal": "g", "obstacle": "o", "voice": "terse",
                "appearance": {"eyes": chance.pick(&EYES), "hair": chance.pick(&HAIR), "build": "tall", "mark": "a scar on the left cheek"},
            })
        })
        .collect();
    let sites: Vec<Value> = places
        .iter()
        .map(|name| {
            let ways: Vec<Value> = places.iter().filter(|to| *to != name).map(|to| json!({"to": key(to), "minutes": 40})).collect();
            json!({"entity": {"key": key(name), "kind": "place", "name": name}, "sort": "house", "travel": ways})
        })
        .collect();
    let things: Vec<Value> = items
        .iter()
        .zip(people)
        .map(|(name, (holder, _))| json!({"entity": {"key": key(name), "kind": "item", "name": name}, "holder": key(holder)}))
        .collect();
    let secret = |number: usize, holder: &str| {
        json!({
            "fact": {"key": format!("secret{number}"), "subject": key(holder), "predicate": "hides", "object": {"text": "silver"}},
            "statement": format!("{holder} sold the parish silver to merchant number {number}"), "known_by": [key(holder)], "hidden": true,
        })
    };

    json!({"people": persons, "places": sites, "items": things, "facts": [secret(1, people[1].0), secret(2, people[2].0)]})
}

fn make_ledger(number: usize, people: &[(&str, &str)], items: &[&str], other: usize, from: i64) -> Value {
    let (hero, guest) = (key(people[0].0), key(people[other].0));
    let mut ledger = json!({
        "present": [{"who": hero}, {"who": guest}],
        "actions": [{"who": guest, "deed": "speaks of the weather", "at": from + 20}],
        "facts": [{"key": format!("f{number}"), "subject": guest, "predicate": "visited", "object": {"entity": hero}}],
    });
    if number > 3 {
        ledger["relies_on"] = json!([format!("f{}", number - 3)]);
    }
    match number {
        0 => {
            ledger["promises"] = json!([{"promise": "p1", "stage": "planted", "text": "the compass will be returned", "due_chapter": 12}])
        }
        4 => ledger["learned"] = json!([{"who": hero, "fact": "secret1", "told_by": guest, "at": from + 60}]),
        8 => ledger["moves"] = json!([{"item": key(items[0]), "mode": "held", "to": guest, "by": hero}]),
        9 => ledger["learned"] = json!([{"who": hero, "fact": "secret2", "told_by": guest, "at": from + 60}]),
        12 => ledger["moves"] = json!([{"item": key(items[0]), "mode": "held", "to": hero, "by": guest}]),
        15 => {
            ledger["promises"] =
                json!([{"promise": "p1", "stage": "paid", "text": "the compass is returned"}])
        }
        _ => {}
    }

    ledger
}

fn make_prose(
    dealer: &mut Dealer,
    number: usize,
    hero: (&str, &str),
    guest: (&str, &str),
    place: &str,
) -> Vec<String> {
    let first = |name: &str| name.split(' ').next().unwrap().to_owned();
    let (one, two) = (first(hero.0), first(guest.0));
    let pronoun = if hero.1 == "he" { "He" } else { "She" };
    let mut prose = vec![format!(
        "It was morning, and number {number} on the list was {place}. {} {} {}",
        dealer.deal(&one),
        dealer.deal(pronoun),
        dealer.deal(guest.0)
    )];
    for round in 0..5 {
        prose.push(format!(
            "“There is a matter {round} of {number} that I don’t like,” said {two}. {}",
            dealer.deal(&two)
        ));
        prose.push(format!(
            "“I’ve heard of it,” {one} said. “Tell me about day {number} and {round}.”"
        ));
        prose.push(format!(
            "{} {} {}",
            dealer.deal(&one),
            dealer.deal(&two),
            dealer.deal("The wind")
        ));
    }

    prose
}
