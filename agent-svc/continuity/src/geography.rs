//! Ways and directions: nobody is faster than the way is long, and no place lies on two sides of another.

use std::collections::HashMap;

use proto::tasks::fiction::{
    finding::{Contradicted, FindingKind, Severity},
    ledger::{FactObject, Key},
};

use crate::{
    book::{Book, Named, Sentence},
    knowledge::name_time,
    lexicon::read_number,
    report::{Discovery, Findings, cite_cast, cite_scene, weigh_claim},
    state::World,
};

/// The shortest way between two places in minutes, either direction, over others too.
struct Ways<'a>(HashMap<(&'a Key, &'a Key), u32>);

impl<'a> Ways<'a> {
    fn measure(book: &Book<'a>) -> Self {
        let places: Vec<&Key> = book
            .input
            .cast
            .places
            .iter()
            .map(|place| &place.entity.key)
            .collect();
        let mut ways: HashMap<(&'a Key, &'a Key), u32> = HashMap::new();
        for place in &book.input.cast.places {
            for way in &place.travel {
                for ends in [(&place.entity.key, &way.to), (&way.to, &place.entity.key)] {
                    let known = ways.entry(ends).or_insert(way.minutes);
                    *known = (*known).min(way.minutes);
                }
            }
        }
        for via in &places {
            for from in &places {
                for to in &places {
                    let (Some(one), Some(two)) = (ways.get(&(*from, *via)), ways.get(&(*via, *to))) else {
                        continue;
                    };
                    let around = one.saturating_add(*two);
                    let known = ways.entry((*from, *to)).or_insert(around);
                    *known = (*known).min(around);
                }
            }
        }

        Self(ways)
    }

    fn find_minutes(&self, from: &Key, to: &Key) -> Option<u32> {
        self.0.get(&(from, to)).copied()
    }
}

pub(crate) fn check_ways(book: &Book<'_>, world: &World<'_>, findings: &mut Findings) {
    let ways = Ways::measure(book);
    check_speed(book, world, &ways, findings);
    check_told_ways(book, &ways, findings);
    check_directions(book, findings);
}

/// Two stays that follow each other need the time of the way between them.
fn check_speed(book: &Book<'_>, world: &World<'_>, ways: &Ways<'_>, findings: &mut Findings) {
    for (who, stays) in &world.stays {
        for pair in stays.windows(2) {
            let (one, other) = (pair[0], pair[1]);
            let gap = other.from - one.until;
            let Some(minutes) = ways
                .find_minutes(one.place, other.place)
                .filter(|_| one.place != other.place)
            else {
                continue;
            };
            if gap < 0 || gap >= i64::from(minutes) || one.scene == other.scene {
                continue;
            }
            let (name, from, to) = (
                book.name_of(who),
                book.name_of(one.place),
                book.name_of(other.place),
            );

            findings.add(
                book,
                Discovery {
                    kind: FindingKind::Geography,
                    severity: Severity::Error,
                    scene: other.scene,
                    sentence: None,
                    about: &[who.as_str(), one.place.as_str(), other.place.as_str()],
                    contradicts: cite_scene(
                        book,
                        one.scene,
                        Some(who),
                        format!("{name} is at {from} until {}.", name_time(one.until)),
                    ),
                    message: format!(
                        "{name} gets from {from} to {to} in {gap} minutes; the way takes {minutes}."
                    ),
                },
            );
        }
    }
}

/// `From the mill to the harbour it took ten minutes` against the record; half and double are still told loosely.
fn check_told_ways(book: &Book<'_>, ways: &Ways<'_>, findings: &mut Findings) {
    for (index, sentence) in book.real_sentences() {
        let Some((from, to)) = find_two_places(book, sentence) else {
            continue;
        };
        let Some((minutes, is_said)) = find_way_minutes(sentence) else {
            continue;
        };
        let Some(known) = ways.find_minutes(from, to) else {
            continue;
        };
        if (known / 2..=known.saturating_mul(2)).contains(&minutes) {
            continue;
        }
        let (here, there) = (book.name_of(from), book.name_of(to));

        findings.add(
            book,
            Discovery {
                kind: FindingKind::Geography,
                severity: weigh_claim(is_said),
                scene: index,
                sentence: Some(sentence),
                about: &[from.as_str(), to.as_str(), &minutes.to_string()],
                contradicts: cite_cast(
                    Some(from),
                    format!("From {here} to {there} it takes {known} minutes."),
                ),
                message: format!(
                    "From {here} to {there} it takes {minutes} minutes here, and {known} by the record."
                ),
            },
        );
    }
}

fn find_two_places<'a>(book: &Book<'a>, sentence: &Sentence<'_>) -> Option<(&'a Key, &'a Key)> {
    let mut places = sentence
        .mentions
        .iter()
        .filter_map(|mention| match mention.named {
            Named::Place(place) => book.input.cast.places.get(place).map(|place| &place.entity.key),
            _ => None,
        });
    let (from, to) = (places.next()?, places.next()?);

    (places.next().is_none() && from != to).then_some((from, to))
}

/// `took ten minutes`, `two hours from`, `an hour's walk`.
fn find_way_minutes(sentence: &Sentence<'_>) -> Option<(u32, bool)> {
    let is_apart = sentence.words.windows(2).any(|pair| {
        matches!(pair[0].lower.as_str(), "minutes" | "hours" | "minute" | "hour") && pair[1].lower == "from"
    });
    let is_way = sentence.has_word(&["from", "to", "between"])
        && (is_apart
            || sentence.has_word(&[
                "walk", "ride", "took", "takes", "way", "road", "away", "journey", "drive",
            ]));
    // The record is of feet.
    if sentence.has_word(&[
        "horse",
        "horseback",
        "rode",
        "boat",
        "cart",
        "car",
        "train",
        "bicycle",
    ]) {
        return None;
    }
    if !is_way || sentence.has_word(&["late", "later", "ago", "if", "after", "waited"]) {
        return None;
    }

    (1..sentence.words.len()).find_map(|at| {
        let unit = match sentence.words[at].lower.trim_end_matches('\'') {
            "minutes" | "minute" | "minute's" | "minutes'" => 1,
            "hours" | "hour" | "hour's" | "hours'" => 60,
            "days" | "day" | "day's" | "days'" => 1440,
            _ => return None,
        };
        let before = sentence.words[at - 1].lower.as_str();
        let number = if matches!(before, "a" | "an") {
            Some(1)
        } else {
            read_number(before)
        };
        Some((number? * unit, sentence.words[at].is_said))
    })
}

/// The one place lies on this side of the other.
struct Side {
    of: Key,
    side: &'static str,
    contradicts: Option<Contradicted>,
}

const SIDES: [(&str, &str); 4] = [
    ("north", "south"),
    ("south", "north"),
    ("east", "west"),
    ("west", "east"),
];

fn find_side(word: &str) -> Option<(&'static str, &'static str)> {
    SIDES.into_iter().find(|(side, _)| *side == word)
}

/// `The mill lay north of the harbour` against a fact, or an earlier sentence, that has it south.
fn check_directions(book: &Book<'_>, findings: &mut Findings) {
    let mut known: HashMap<Key, Vec<Side>> = HashMap::new();
    let scenes = book.scenes.iter().enumerate();
    let told = scenes.flat_map(|(index, told)| {
        told.written
            .scene
            .ledger
            .facts
            .iter()
            .map(move |fact| (fact, Some(index)))
    });
    let cast = book.input.cast.facts.iter().map(|known| (&known.fact, None));
    for (fact, scene) in cast.chain(told) {
        let side = fact.predicate.split(' ').find_map(find_side);
        if let (Some((side, _)), FactObject::Entity(of)) = (side, &fact.object) {
            let text = format!(
                "{} {} {}.",
                book.name_of(&fact.subject),
                fact.predicate,
                book.name_of(of)
            );
            let contradicts = match scene {
                Some(scene) => cite_scene(book, scene, Some(&fact.key), text),
                None => cite_cast(Some(&fact.key), text),
            };
            known.entry(fact.subject.clone()).or_default().push(Side {
                of: of.clone(),
                side,
                contradicts,
            });
        }
    }

    for (index, sentence) in book.real_sentences() {
        let Some((place, side, opposite, of, is_said)) = find_told_side(book, sentence) else {
            continue;
        };
        let same = known
            .get(place)
            .into_iter()
            .flatten()
            .find(|other| other.of == *of && other.side == opposite);
        let turned = known
            .get(of)
            .into_iter()
            .flatten()
            .find(|other| other.of == *place && other.side == side);
        if let Some(wrong) = same.or(turned) {
            let (here, there) = (book.name_of(place), book.name_of(of));
            findings.add(
                book,
                Discovery {
                    kind: FindingKind::Geography,
                    severity: weigh_claim(is_said),
                    scene: index,
                    sentence: Some(sentence),
                    about: &[place.as_str(), side, of.as_str()],
                    contradicts: wrong.contradicts.clone(),
                    message: format!("{here} lies {side} of {there} here, and {opposite} of it before."),
                },
            );
        } else if !is_said {
            let contradicts = cite_scene(book, index, Some(place), sentence.text);
            known.entry(place.clone()).or_default().push(Side {
                of: of.clone(),
                side,
                contradicts,
            });
        }
    }
}

type ToldSide<'a> = (&'a Key, &'static str, &'static str, &'a Key, bool);

fn find_told_side<'a>(book: &Book<'a>, sentence: &Sentence<'_>) -> Option<ToldSide<'a>> {
    let (place, of) = find_two_places(book, sentence)?;
    let at = (1..sentence.words.len())
        .find(|at| find_side(&sentence.words[*at].lower).is_some() && sentence.is_word(at + 1, &["of"]))?;
    let (side, opposite) = find_side(&sentence.words[at].lower)?;
    let first = sentence
        .mentions
        .iter()
        .find(|mention| matches!(mention.named, Named::Place(_)))?;
    let is_verb = sentence.is_word(first.end(), &["lay", "lies", "was", "is", "stood", "stands"]);

    (is_verb && first.at < at).then_some((place, side, opposite, of, sentence.words[at].is_said))
}
