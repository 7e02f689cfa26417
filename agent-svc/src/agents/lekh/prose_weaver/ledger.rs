//! The ledger of a scene that a model wrote: what it says is read by names, held against the cast and against what was so when the
//! scene began, and left out where it can't be. What is left out is said, so that the model may mend its prose.

use proto::tasks::fiction::ledger::{
    EntityKind, FactObject, ItemMove, Key, Learning, Ledger, LedgerFact, MoveMode, Presence, PromiseStage,
    PromiseStep, Scene,
};
use proto::tasks::fiction::plan::ScenePlan;
use proto::tasks::fiction::scene::ProseWeaverInput;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::ModelText;
use crate::agents::lekh::names::{find_entity, key_of, one_line};

const LINE: usize = 200;
const TEXT: usize = 1_000;

/// A thing goes somewhere.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
pub(super) struct ModelMove {
    item: String,
    mode: MoveMode,
    /// Who has it then, or where it lies.
    to: Option<String>,
    /// Who gave it away or took it there.
    by: Option<String>,
}

/// Somebody gets to know a fact.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
pub(super) struct ModelLearning {
    who: String,
    /// The key of a fact of the book.
    fact: String,
    told_by: Option<String>,
}

/// A promise is planted, goes on or is kept.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
pub(super) struct ModelPromiseStep {
    promise: String,
    stage: PromiseStage,
    text: String,
}

/// Something that is so from now on.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
pub(super) struct ModelNews {
    subject: String,
    predicate: String,
    object: String,
}

/// The scene with its ledger, and what of it was left out.
pub(super) fn settle(
    input: &ProseWeaverInput,
    (chapter, plan): (u32, &ScenePlan),
    text: ModelText,
) -> (Scene, Vec<String>) {
    let mut settling = LedgerSettling {
        input,
        plan,
        against: Vec::new(),
    };
    let mut scene = begin_scene(chapter, plan);

    scene.ledger = Ledger {
        present: scene.ledger.present,
        moves: text
            .moved
            .iter()
            .filter_map(|moved| settling.read_move(moved))
            .collect(),
        learned: text
            .learned
            .iter()
            .filter_map(|learned| settling.read_learning(learned))
            .collect(),
        promises: text
            .promises
            .iter()
            .filter_map(|step| settling.read_step(step))
            .collect(),
        facts: text
            .news
            .iter()
            .enumerate()
            .filter_map(|(index, news)| settling.read_news(index, news))
            .collect(),
        ..Ledger::default()
    };

    (scene, settling.against)
}

/// The scene with those who are there, before anything happens in it.
pub(super) fn begin_scene(chapter: u32, plan: &ScenePlan) -> Scene {
    let present = plan.present.iter().map(|who| Presence {
        who: who.clone(),
        place: None,
        from: None,
        until: None,
    });

    Scene {
        key: plan.key.clone(),
        chapter,
        number: plan.number,
        title: plan.title.clone(),
        place: Some(plan.place.clone()),
        from: plan.from,
        until: plan.until,
        ledger: Ledger {
            present: present.collect(),
            ..Ledger::default()
        },
    }
}

struct LedgerSettling<'a> {
    input: &'a ProseWeaverInput,
    plan: &'a ScenePlan,
    /// What was left out, in words for the model.
    against: Vec<String>,
}

impl LedgerSettling<'_> {
    fn find(&self, name: &str, kind: EntityKind) -> Option<Key> {
        find_entity(&self.input.cast, name, kind)
    }

    fn read_move(&mut self, moved: &ModelMove) -> Option<ItemMove> {
        let item = self.find(&moved.item, EntityKind::Item)?;
        let kind = match moved.mode {
            MoveMode::Held | MoveMode::Worn => EntityKind::Character,
            MoveMode::Left | MoveMode::Gone => EntityKind::Place,
        };
        let to = moved.to.as_ref().and_then(|name| self.find(name, kind));
        let by = moved
            .by
            .as_ref()
            .and_then(|name| self.find(name, EntityKind::Character));
        if to.is_none() && moved.mode != MoveMode::Gone {
            return None;
        }

        let held_by = self.input.context.people.iter();
        let holder = held_by
            .clone()
            .find(|person| person.holds.contains(&item) || person.wears.contains(&item));
        if let (Some(giver), Some(holder)) = (&by, holder)
            && holder.who != *giver
        {
            self.against.push(format!(
                "{giver} gives {item} away, and it is {} who has it",
                holder.who
            ));
            return None;
        }

        Some(ItemMove {
            item,
            mode: moved.mode,
            to: to.filter(|_| moved.mode != MoveMode::Gone),
            by,
            at: None,
        })
    }

    fn read_learning(&mut self, learned: &ModelLearning) -> Option<Learning> {
        let who = self.find(&learned.who, EntityKind::Character)?;
        let key = Key::parse(learned.fact.trim())?;
        self.input.cast.fact(&key)?;
        if !self.plan.present.contains(&who) {
            self.against
                .push(format!("{who} learns something, and is not there"));
            return None;
        }

        let told_by = learned.told_by.as_ref();
        let told_by = told_by.and_then(|name| self.find(name, EntityKind::Character));
        let teller = told_by.as_ref().and_then(|teller| {
            let people = &self.input.context.people;
            people.iter().find(|person| person.who == *teller)
        });
        if let Some(teller) = teller.filter(|teller| !teller.knows.contains(&key)) {
            self.against
                .push(format!("{} tells {key}, and does not know it", teller.who));
            return None;
        }

        Some(Learning {
            who,
            fact: key,
            told_by,
            at: None,
        })
    }

    fn read_step(&self, step: &ModelPromiseStep) -> Option<PromiseStep> {
        let key = Key::parse(step.promise.trim()).or_else(|| key_of(&step.promise))?;
        let planned = self
            .input
            .outline
            .promises
            .iter()
            .find(|planned| planned.key == key);

        Some(PromiseStep {
            stage: step.stage,
            text: one_line(&step.text, TEXT),
            who: None,
            due_chapter: planned.map(|planned| planned.due_chapter),
            promise: key,
        })
        .filter(|step| !step.text.is_empty())
    }

    fn read_news(&self, index: usize, news: &ModelNews) -> Option<LedgerFact> {
        let kinds = EntityKind::ALL;
        let find = |name: &str| kinds.into_iter().find_map(|kind| self.find(name, kind));
        let (predicate, object) = (one_line(&news.predicate, LINE), one_line(&news.object, TEXT));
        let fits = !predicate.is_empty() && !object.is_empty();

        Some(LedgerFact {
            key: Key::parse(&format!("{}-{}-{}", self.plan.key, self.input.take, index + 1))?,
            subject: find(&news.subject).filter(|_| fits)?,
            object: find(&news.object).map_or(FactObject::Text(object), FactObject::Entity),
            predicate,
            from: None,
            until: None,
        })
    }
}
