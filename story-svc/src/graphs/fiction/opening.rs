//! What holds before the book begins, as a ledger: who has what, what is so, and who knows it. In the graph it is a scene of its
//! own before all others; it is never told.

use proto::tasks::fiction::cast::Cast;
use proto::tasks::fiction::ledger::{
    ItemMove, Key, Learning, Ledger, LedgerFact, MoveMode, Scene, StoryTime,
};
use proto::tasks::fiction::plan::BookOutline;

/// The key of that scene.
pub(crate) const BEGINNING: &str = "before-the-book";
/// Behind all chapters that a book can have; only its time says that it comes first.
const CHAPTER: u32 = 1_000_000;

/// `None` for a book without scenes.
pub(super) fn opening_scene(outline: &BookOutline, cast: &Cast) -> Option<Scene> {
    let first = outline.scenes().map(|(_, scene)| scene.from).min()?;
    let at = first - 1;

    let holders = cast.items.iter().filter_map(|item| {
        let (mode, to) = match (&item.holder, &item.place) {
            (Some(holder), _) => (MoveMode::Held, holder),
            (None, Some(place)) => (MoveMode::Left, place),
            (None, None) => return None,
        };
        Some(ItemMove {
            item: item.entity.key.clone(),
            mode,
            to: Some(to.clone()),
            by: None,
            at: None,
        })
    });

    let facts = cast
        .facts
        .iter()
        .filter(|fact| holds_from_the_beginning(&fact.fact, first));
    let known = facts.clone().flat_map(|fact| {
        fact.known_by.iter().map(|who| Learning {
            who: who.clone(),
            fact: fact.fact.key.clone(),
            told_by: None,
            at: None,
        })
    });

    Some(Scene {
        key: Key::parse(BEGINNING)?,
        chapter: CHAPTER,
        number: 1,
        title: String::new(),
        place: None,
        from: at,
        until: at,
        ledger: Ledger {
            moves: holders.collect(),
            learned: known.collect(),
            facts: facts.map(|fact| fact.fact.clone()).collect(),
            ..Ledger::default()
        },
    })
}

fn holds_from_the_beginning(fact: &LedgerFact, first: StoryTime) -> bool {
    fact.from.is_none_or(|from| from < first)
}

/// The scene as the graph takes it: a fact that holds from the beginning is not said anew, a time outside of the scene is its
/// beginning, and nothing is without words.
pub(super) fn fit_scene(scene: &Scene, opening: Option<&Scene>) -> Scene {
    let mut fitted = scene.clone();
    let said =
        |key: &Key| opening.is_some_and(|opening| opening.ledger.facts.iter().any(|fact| fact.key == *key));

    let ledger = &mut fitted.ledger;
    let again: Vec<Key> = ledger
        .facts
        .extract_if(.., |fact| said(&fact.key))
        .map(|fact| fact.key)
        .collect();
    for key in again {
        if !ledger.relies_on.contains(&key) {
            ledger.relies_on.push(key);
        }
    }

    let times = ledger.moves.iter_mut().map(|one| &mut one.at);
    let times = times.chain(ledger.learned.iter_mut().map(|one| &mut one.at));
    for at in times.chain(ledger.actions.iter_mut().map(|one| &mut one.at)) {
        *at = at.filter(|at| (scene.from..=scene.until).contains(at));
    }
    for step in &mut ledger.promises {
        if step.text.trim().is_empty() {
            step.text = step.promise.to_string();
        }
    }

    fitted
}
