//! Things: nobody gives what they don't hold, and what is gone stays gone.

use std::collections::HashMap;

use proto::tasks::fiction::{
    finding::{Contradicted, FindingKind, Severity},
    ledger::{ItemMove, Key, MoveMode, StoryTime},
};

use crate::{
    book::{Book, Named},
    report::{Discovery, Findings, cite_cast, cite_scene},
    state::World,
};

/// Where a thing is.
#[derive(Clone)]
struct Whereabouts<'a> {
    mode: MoveMode,
    at: Option<&'a Key>,
    /// The scene that says so; none: the cast.
    scene: Option<usize>,
}

impl<'a> Whereabouts<'a> {
    fn is_with(&self, who: &Key) -> bool {
        matches!(self.mode, MoveMode::Held | MoveMode::Worn) && self.at == Some(who)
    }

    fn cite(&self, book: &Book<'a>, item: &Key) -> Option<Contradicted> {
        let (thing, at) = (
            book.name_of(item),
            self.at.map(|at| book.name_of(at)).unwrap_or_default(),
        );
        let text = match self.mode {
            MoveMode::Held => format!("{at} has {thing}."),
            MoveMode::Worn => format!("{at} wears {thing}."),
            MoveMode::Left => format!("{thing} lies at {at}."),
            MoveMode::Gone => format!("{thing} is gone."),
        };

        match self.scene {
            Some(scene) => cite_scene(book, scene, Some(item), text),
            None => cite_cast(Some(item), text),
        }
    }
}

/// By item, what it was from which time on, in the order of story time.
type Travels<'a> = HashMap<&'a Key, Vec<(StoryTime, usize, Whereabouts<'a>)>>;

pub(crate) fn check_things(book: &Book<'_>, world: &World<'_>, findings: &mut Findings) {
    let travels = replay_moves(book, world, findings);
    check_gifts_told(book, &travels, findings);
}

fn replay_moves<'a>(book: &Book<'a>, world: &World<'a>, findings: &mut Findings) -> Travels<'a> {
    let mut travels: Travels<'a> = HashMap::new();
    for item in &book.input.cast.items {
        let (mode, at) = match (&item.holder, &item.place) {
            (Some(holder), _) => (MoveMode::Held, holder),
            (None, Some(place)) => (MoveMode::Left, place),
            (None, None) => continue,
        };
        let whereabouts = Whereabouts {
            mode,
            at: Some(at),
            scene: None,
        };
        travels.insert(&item.entity.key, vec![(StoryTime::MIN, 0, whereabouts)]);
    }

    let mut moves: Vec<(StoryTime, usize, &'a ItemMove)> = Vec::new();
    for (index, told) in book.scenes.iter().enumerate() {
        let scene = &told.written.scene;
        moves.extend(
            scene
                .ledger
                .moves
                .iter()
                .map(|moved| (moved.at.unwrap_or(scene.from), index, moved)),
        );
    }
    moves.sort_by_key(|(at, index, _)| (*at, *index));
    for (at, index, moved) in moves {
        let known = travels.entry(&moved.item).or_default();
        if let Some((_, _, before)) = known.last() {
            check_move(book, world, before, index, moved, findings);
        }
        known.push((
            at,
            index,
            Whereabouts {
                mode: moved.mode,
                at: moved.to.as_ref(),
                scene: Some(index),
            },
        ));
    }

    travels
}

/// A move contradicts what was before it when the thing is gone, when whoever gives it doesn't have it, or when it is taken
/// from a place or a person that isn't there. A move that names nobody contradicts only what is gone.
fn check_move(
    book: &Book<'_>,
    world: &World<'_>,
    before: &Whereabouts<'_>,
    index: usize,
    moved: &ItemMove,
    findings: &mut Findings,
) {
    let scene = &book.scenes[index].written.scene;
    let thing = book.name_of(&moved.item);
    let is_here = |who: &Key| {
        scene.ledger.present.is_empty() || scene.ledger.present.iter().any(|presence| presence.who == *who)
    };
    let wrong = match (before.mode, before.at, &moved.by) {
        (MoveMode::Gone, _, _) if moved.mode != MoveMode::Gone => {
            Some((Severity::Error, format!("{thing} is gone and is here again.")))
        }
        (MoveMode::Held | MoveMode::Worn, Some(holder), Some(by)) if holder != by => {
            let takes = moved.to.as_ref() == Some(by) || moved.mode != MoveMode::Held;
            let (giver, owner) = (book.name_of(by), book.name_of(holder));
            match (takes, is_here(holder)) {
                (false, _) => Some((
                    Severity::Error,
                    format!("{giver} gives away {thing}, but {owner} has it."),
                )),
                (true, false) => Some((
                    Severity::Warning,
                    format!("{giver} takes {thing}, but {owner} has it and is not here."),
                )),
                (true, true) => None,
            }
        }
        (MoveMode::Left, Some(place), Some(by)) => {
            let is_elsewhere = scene
                .place
                .as_ref()
                .is_some_and(|here| !world.are_one_place(book, here, place));
            let (giver, there) = (book.name_of(by), book.name_of(place));
            is_elsewhere.then(|| {
                (
                    Severity::Error,
                    format!("{giver} gives or takes {thing} here, but it lies at {there}."),
                )
            })
        }
        _ => None,
    };
    let Some((severity, message)) = wrong else { return };
    let by = moved.by.as_ref().map_or("", Key::as_str);

    findings.add(
        book,
        Discovery {
            kind: FindingKind::Possession,
            severity,
            scene: index,
            sentence: None,
            about: &[moved.item.as_str(), by],
            contradicts: before.cite(book, &moved.item),
            message,
        },
    );
}

/// `Mira handed the key to Osric`, told while the record has the key with somebody else all through the scene, or gone.
fn check_gifts_told(book: &Book<'_>, travels: &Travels<'_>, findings: &mut Findings) {
    const GIVES: &[&str] = &[
        "handed", "gave", "offered", "passed", "produced", "drew", "hands", "gives", "slid", "pocketed",
    ];
    const TAKES: &[&str] = &["took", "pulled", "fished", "dug", "brought", "takes", "pulls"];
    for (index, sentence) in book.real_sentences() {
        if sentence.has_word(&["had", "if", "would", "when", "once", "never", "not"]) {
            continue;
        }
        for mention in &sentence.mentions {
            let Named::Item(item) = mention.named else {
                continue;
            };
            let item = &book.input.cast.items[item].entity.key;
            let from_own = takes_from_own(sentence, mention.end());
            let giver = (0..mention.at)
                .filter(|at| sentence.is_word(*at, GIVES) || from_own && sentence.is_word(*at, TAKES))
                .filter(|at| !sentence.words[*at].is_said)
                .find_map(|verb| book.find_subject(index, sentence, verb));
            let Some((giver, key)) = giver.and_then(|giver| Some((giver, book.people[giver].key()?))) else {
                continue;
            };
            let during = list_during(book, travels, item, index);
            let is_possible = during.is_empty()
                || during
                    .iter()
                    .any(|whereabouts| whereabouts.is_with(key) || lies_here(book, index, whereabouts));
            if !is_possible {
                let name = &book.people[giver].name;

                findings.add(
                    book,
                    Discovery {
                        kind: FindingKind::Possession,
                        severity: Severity::Error,
                        scene: index,
                        sentence: Some(sentence),
                        about: &[item.as_str(), key.as_str(), "told"],
                        contradicts: during.last().and_then(|whereabouts| whereabouts.cite(book, item)),
                        message: format!("{name} gives away {}, and doesn't have it.", book.name_of(item)),
                    },
                );
            }
        }
    }
}

/// `… out of her pocket`: what one takes from there one has had.
fn takes_from_own(sentence: &crate::book::Sentence<'_>, behind: usize) -> bool {
    (behind..sentence.words.len()).take(3).any(|at| {
        sentence.is_word(at, &["from", "of"])
            && sentence.is_word(at + 1, &["his", "her", "their", "my"])
            && sentence.is_word(
                at + 2,
                &[
                    "pocket", "coat", "bag", "sleeve", "apron", "purse", "jacket", "satchel", "case",
                ],
            )
    })
}

fn lies_here(book: &Book<'_>, index: usize, whereabouts: &Whereabouts<'_>) -> bool {
    whereabouts.mode == MoveMode::Left && book.scenes[index].written.scene.place.as_ref() == whereabouts.at
}

/// Where the thing is at the scene's beginning and after each of its moves in it.
fn list_during<'a, 't>(
    book: &Book<'a>,
    travels: &'t Travels<'a>,
    item: &Key,
    index: usize,
) -> Vec<&'t Whereabouts<'a>> {
    let from = book.scenes[index].from();
    let Some(known) = travels.get(item) else {
        return Vec::new();
    };
    let before = known
        .iter()
        .rfind(|(at, scene, whereabouts)| whereabouts.scene.is_none() || (*at, *scene) < (from, index));
    let within = known
        .iter()
        .filter(|(_, scene, whereabouts)| whereabouts.scene.is_some() && *scene == index);

    before
        .into_iter()
        .chain(within)
        .map(|(_, _, whereabouts)| whereabouts)
        .collect()
}
