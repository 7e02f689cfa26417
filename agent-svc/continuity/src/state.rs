//! The sum of the ledgers: who is where and when, who knows what since when, when facts hold, who has which thing.

use std::collections::HashMap;

use proto::tasks::fiction::ledger::{FactObject, Key, LedgerFact, StoryTime};

use crate::book::Book;

pub(crate) struct World<'a> {
    /// By person, in the order of story time.
    pub(crate) stays: HashMap<&'a Key, Vec<Stay<'a>>>,
    pub(crate) facts: HashMap<&'a Key, FactHistory<'a>>,
    /// By person and fact: the first time.
    pub(crate) learned: HashMap<(&'a Key, &'a Key), (StoryTime, usize)>,
}

/// Somebody is somewhere.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Stay<'a> {
    pub(crate) place: &'a Key,
    pub(crate) from: StoryTime,
    pub(crate) until: StoryTime,
    pub(crate) scene: usize,
}

/// When a fact holds. What the cast says holds from the beginning unless a scene makes it hold.
#[derive(Default)]
pub(crate) struct FactHistory<'a> {
    pub(crate) said: Vec<SaidFact<'a>>,
    pub(crate) ends: Vec<(StoryTime, usize)>,
}

#[derive(Clone, Copy)]
pub(crate) struct SaidFact<'a> {
    pub(crate) fact: &'a LedgerFact,
    pub(crate) from: StoryTime,
    /// None: the cast.
    pub(crate) scene: Option<usize>,
}

impl FactHistory<'_> {
    pub(crate) fn holds_at(&self, at: StoryTime) -> bool {
        self.said.iter().any(|said| {
            let is_ended = self.ends.iter().any(|(end, _)| said.from <= *end && *end < at);
            said.from <= at && said.fact.until.is_none_or(|until| at <= until) && !is_ended
        })
    }
}

impl<'a> World<'a> {
    pub(crate) fn replay(book: &Book<'a>) -> Self {
        let mut world = Self {
            stays: HashMap::new(),
            facts: HashMap::new(),
            learned: HashMap::new(),
        };
        for (index, told) in book.scenes.iter().enumerate() {
            world.add_scene(index, told.written);
        }
        for stays in world.stays.values_mut() {
            stays.sort_by_key(|stay| (stay.from, stay.until, stay.scene));
        }
        for known in &book.input.cast.facts {
            let history = world.facts.entry(&known.fact.key).or_default();
            if history.said.is_empty() {
                history.said.push(SaidFact {
                    fact: &known.fact,
                    from: known.fact.from.unwrap_or(StoryTime::MIN),
                    scene: None,
                });
            }
        }

        world
    }

    fn add_scene(&mut self, index: usize, written: &'a proto::tasks::fiction::scene::WrittenScene) {
        let scene = &written.scene;
        for presence in &scene.ledger.present {
            let Some(place) = presence.place.as_ref().or(scene.place.as_ref()) else {
                continue;
            };
            self.stays.entry(&presence.who).or_default().push(Stay {
                place,
                from: presence.from.unwrap_or(scene.from),
                until: presence.until.unwrap_or(scene.until),
                scene: index,
            });
        }
        for fact in &scene.ledger.facts {
            self.facts.entry(&fact.key).or_default().said.push(SaidFact {
                fact,
                from: fact.from.unwrap_or(scene.from),
                scene: Some(index),
            });
        }
        for end in &scene.ledger.ended {
            let at = end.at.unwrap_or(scene.from);
            self.facts.entry(&end.fact).or_default().ends.push((at, index));
        }

        for learning in &scene.ledger.learned {
            let at = learning.at.unwrap_or(scene.from);
            let first = self
                .learned
                .entry((&learning.who, &learning.fact))
                .or_insert((at, index));
            *first = (*first).min((at, index));
        }
    }

    /// Whether somebody knows a fact at a time: from the beginning, as its subject, or because they learned it.
    pub(crate) fn knows(&self, book: &Book<'a>, who: &Key, fact: &Key, at: StoryTime) -> bool {
        let by_cast = book.input.cast.fact(fact).is_some_and(|known| {
            let is_object = matches!(&known.fact.object, FactObject::Entity(object) if object == who);
            known.known_by.contains(who) || known.fact.subject == *who || is_object || !known.hidden
        });
        let is_subject = self
            .facts
            .get(fact)
            .is_some_and(|history| history.said.iter().any(|said| said.fact.subject == *who));

        by_cast
            || is_subject
            || self
                .learned
                .get(&(who, fact))
                .is_some_and(|(since, _)| *since <= at)
    }

    /// Whether the one place is in the other, or they are the same.
    pub(crate) fn are_one_place(&self, book: &Book<'a>, one: &Key, other: &Key) -> bool {
        let lies_in = |inner: &Key, outer: &Key| {
            self.facts.values().flat_map(|history| &history.said).any(|said| {
                let words = said.fact.predicate.to_lowercase();
                let is_within = words
                    .split_whitespace()
                    .any(|word| matches!(word, "in" | "part" | "inside" | "within"));
                is_within
                    && said.fact.subject == *inner
                    && matches!(&said.fact.object, FactObject::Entity(object) if object == outer)
            })
        };
        let is_no_way = |from: &Key, to: &Key| {
            let place = book.input.cast.place(from);
            place.is_some_and(|place| place.travel.iter().any(|way| way.to == *to && way.minutes == 0))
        };

        one == other
            || lies_in(one, other)
            || lies_in(other, one)
            || is_no_way(one, other)
            || is_no_way(other, one)
    }
}
