//! A ledger as lines: what engines keep and search. A line is derived from its scene alone and never changed, so a scene that
//! is rewritten takes all of its lines with it and those of no other.

use proto::tasks::fiction::ledger::{
    FactObject, ItemMove, Key, LedgerAction, LedgerFact, PromiseStep, Scene, StoryTime,
};
use serde::{Deserialize, Serialize};
use sqlx::FromRow;

/// What a line says. Its columns, besides `at_time`:
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EntryKind {
    /// `subject` is at the place `object` until `until_time`.
    Present,
    /// The item `subject` is with `object`, which `mode` says how; `value` brought it there.
    Move,
    /// `subject` gets to know the fact `about`, from `object` if anybody told.
    Learned,
    /// The promise `about` comes to the stage `mode`; `text` says what, `subject` is bound, `due_chapter` is its chapter.
    Promise,
    /// The fact `about`: `subject`, `text`, and the entity `object` or the words `value`.
    Fact,
    /// The fact `about` holds no longer; `mode` is `inline` when the fact came with its end.
    End,
    /// The scene goes by the fact `about`, which `mode` says how; `value` says whether it has to hold.
    Use,
    /// `subject` does `text`.
    Action,
    /// `subject` takes part in the deed `text` of `object`.
    Part,
}

impl EntryKind {
    const ALL: [Self; 9] = [
        Self::Present,
        Self::Move,
        Self::Learned,
        Self::Promise,
        Self::Fact,
        Self::End,
        Self::Use,
        Self::Action,
        Self::Part,
    ];

    pub(super) const fn as_str(self) -> &'static str {
        match self {
            Self::Present => "present",
            Self::Move => "move",
            Self::Learned => "learned",
            Self::Promise => "promise",
            Self::Fact => "fact",
            Self::End => "end",
            Self::Use => "use",
            Self::Action => "action",
            Self::Part => "part",
        }
    }
}

impl TryFrom<String> for EntryKind {
    type Error = UnknownKind;

    fn try_from(text: String) -> Result<Self, UnknownKind> {
        let known = Self::ALL.into_iter().find(|kind| kind.as_str() == text);
        known.ok_or(UnknownKind(text))
    }
}

/// A kind of line that this build does not know.
#[derive(Debug, thiserror::Error)]
#[error("`{0}` is no kind of line of a ledger")]
pub struct UnknownKind(String);

/// The mode of an end that its own fact came with.
const INLINE: &str = "inline";

/// One line of a ledger, as every engine keeps it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, FromRow)]
pub struct Entry {
    pub(super) scene: String,
    pub(super) ordinal: i64,
    #[sqlx(try_from = "String")]
    pub(super) kind: EntryKind,
    pub(super) subject: Option<String>,
    pub(super) object: Option<String>,
    /// Of a fact or a promise.
    pub(super) about: Option<String>,
    pub(super) text: String,
    pub(super) value: Option<String>,
    pub(super) mode: Option<String>,
    pub(super) due_chapter: Option<i64>,
    pub(super) at_time: StoryTime,
    pub(super) until_time: Option<StoryTime>,
    pub(super) position: String,
}

impl Entry {
    /// Chapter and number of its scene, which its position has.
    pub(super) fn place(&self) -> Option<(u32, u32)> {
        let number = |range| u32::from_str_radix(self.position.get(range)?, 16).ok();
        Some((number(16..24)?, number(24..32)?))
    }

    /// How its scene goes by the fact that it is about, if it does.
    pub(super) fn use_mode(&self) -> Option<&str> {
        match self.kind {
            EntryKind::Learned => Some("learned"),
            EntryKind::End if self.mode.as_deref() != Some(INLINE) => Some("ends"),
            EntryKind::Use => self.mode.as_deref(),
            _ => None,
        }
    }
}

/// A line with what only the engine looks at.
#[derive(Debug, Clone, Serialize)]
pub struct NewEntry {
    /// What a search finds it by; empty for what none finds.
    pub(super) folded: String,
    #[serde(flatten)]
    pub(super) entry: Entry,
}

/// Which lines are wanted. Nothing in it can name another story.
#[derive(Debug, Clone, Default)]
pub struct EntryFilter {
    pub(super) kinds: Vec<EntryKind>,
    pub(super) subjects: Option<Vec<String>>,
    pub(super) objects: Option<Vec<String>>,
    pub(super) abouts: Option<Vec<String>>,
    pub(super) scenes: Option<Vec<String>>,
    pub(super) texts: Option<Vec<String>>,
    pub(super) values: Option<Vec<String>>,
    pub(super) modes: Option<Vec<String>>,
    /// Only what happened before this moment.
    pub(super) before: Option<Moment>,
    pub(super) most: usize,
}

/// A point between two things that happened: all that sorts before it has happened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Moment(pub(super) String);

impl Moment {
    /// When the scene begins.
    pub(super) fn at_beginning(scene: &Scene) -> Self {
        Self(format!("{}:", prefix(scene, scene.from)))
    }

    /// When the scene has ended. `;` sorts behind the `:` of its lines.
    pub(super) fn at_end(scene: &Scene) -> Self {
        Self(format!("{};", prefix(scene, scene.until)))
    }
}

/// Story time, chapter and number as text of one length each, so that bytes sort as what they say; then the key, so that no two
/// scenes share a place.
fn prefix(scene: &Scene, at: StoryTime) -> String {
    let at = at.cast_unsigned() ^ (1 << 63);
    format!("{at:016x}{:08x}{:08x}:{}", scene.chapter, scene.number, scene.key)
}

/// Collects the lines of one scene.
struct Lines<'a> {
    scene: &'a Scene,
    lines: Vec<NewEntry>,
}

impl Lines<'_> {
    fn add(&mut self, kind: EntryKind, at: Option<StoryTime>) -> &mut Entry {
        let at = at.unwrap_or(self.scene.from);
        let ordinal = self.lines.len();
        self.lines.push(NewEntry {
            folded: String::new(),
            entry: Entry {
                scene: self.scene.key.to_string(),
                ordinal: i64::try_from(ordinal).unwrap_or(i64::MAX),
                kind,
                subject: None,
                object: None,
                about: None,
                text: String::new(),
                value: None,
                mode: None,
                due_chapter: None,
                at_time: at,
                until_time: None,
                position: format!("{}:{ordinal:08x}", prefix(self.scene, at)),
            },
        });

        &mut self.lines[ordinal].entry
    }

    fn add_move(&mut self, moved: &ItemMove) {
        let line = self.add(EntryKind::Move, moved.at);
        line.subject = Some(moved.item.to_string());
        line.object = moved.to.as_ref().map(Key::to_string);
        line.value = moved.by.as_ref().map(Key::to_string);
        line.mode = Some(moved.mode.as_str().to_owned());
    }

    fn add_promise(&mut self, step: &PromiseStep) {
        let line = self.add(EntryKind::Promise, None);
        line.subject = step.who.as_ref().map(Key::to_string);
        line.about = Some(step.promise.to_string());
        line.text.clone_from(&step.text);
        line.mode = Some(step.stage.as_str().to_owned());
        line.due_chapter = step.due_chapter.map(i64::from);
    }

    fn add_fact(&mut self, fact: &LedgerFact) {
        let (entity, words) = match &fact.object {
            FactObject::Entity(key) => (Some(key.to_string()), None),
            FactObject::Text(words) => (None, Some(words.clone())),
        };
        let shown = entity.as_deref().or(words.as_deref()).unwrap_or_default();
        let folded = fold(&format!("{}\n{}\n{shown}", fact.subject, fact.predicate));

        let line = self.add(EntryKind::Fact, fact.from);
        line.subject = Some(fact.subject.to_string());
        line.about = Some(fact.key.to_string());
        line.text.clone_from(&fact.predicate);
        line.object = entity;
        line.value = words;
        line.until_time = fact.until;
        if let Some(new) = self.lines.last_mut() {
            new.folded = folded;
        }

        if let Some(until) = fact.until {
            self.add_end(&fact.key, Some(until)).mode = Some(INLINE.to_owned());
        }
    }

    fn add_end(&mut self, fact: &Key, at: Option<StoryTime>) -> &mut Entry {
        let line = self.add(EntryKind::End, at);
        line.about = Some(fact.to_string());

        line
    }

    fn add_use(&mut self, fact: &Key, mode: &str, holds: bool, at: Option<StoryTime>) {
        let line = self.add(EntryKind::Use, at);
        line.about = Some(fact.to_string());
        line.mode = Some(mode.to_owned());
        line.value = Some(holds.to_string());
    }

    fn add_action(&mut self, action: &LedgerAction) {
        let line = self.add(EntryKind::Action, action.at);
        line.subject = Some(action.who.to_string());
        line.text.clone_from(&action.deed);

        for key in &action.with {
            let line = self.add(EntryKind::Part, action.at);
            line.subject = Some(key.to_string());
            line.object = Some(action.who.to_string());
            line.text.clone_from(&action.deed);
        }

        for (conditions, mode) in [(&action.needs, "needs"), (&action.effects, "effects")] {
            for condition in conditions {
                self.add_use(&condition.fact, mode, condition.holds, action.at);
            }
        }
    }
}

/// All lines of the scene's ledger, numbered in its order.
pub(super) fn list_entries(scene: &Scene) -> Vec<NewEntry> {
    let mut lines = Lines {
        scene,
        lines: Vec::new(),
    };
    let ledger = &scene.ledger;

    for presence in &ledger.present {
        let place = presence.place.as_ref().or(scene.place.as_ref());
        let line = lines.add(EntryKind::Present, presence.from);
        line.subject = Some(presence.who.to_string());
        line.object = place.map(Key::to_string);
        line.until_time = Some(presence.until.unwrap_or(scene.until));
    }

    ledger.moves.iter().for_each(|moved| lines.add_move(moved));
    // What is learned in a scene may be said in it, too: facts come first.
    ledger.facts.iter().for_each(|fact| lines.add_fact(fact));
    for learning in &ledger.learned {
        let line = lines.add(EntryKind::Learned, learning.at);
        line.subject = Some(learning.who.to_string());
        line.about = Some(learning.fact.to_string());
        line.object = learning.told_by.as_ref().map(Key::to_string);
    }

    ledger.promises.iter().for_each(|step| lines.add_promise(step));
    for end in &ledger.ended {
        lines.add_end(&end.fact, end.at);
    }
    ledger
        .relies_on
        .iter()
        .for_each(|fact| lines.add_use(fact, "relies_on", true, None));
    ledger.actions.iter().for_each(|action| lines.add_action(action));

    lines.lines
}

/// As a search compares text.
pub(super) fn fold(text: &str) -> String {
    text.to_lowercase()
}

#[cfg(test)]
mod tests {
    use proto::tasks::fiction::ledger::Ledger;

    use super::*;

    fn scene(key: &str, chapter: u32, from: StoryTime) -> Scene {
        Scene {
            key: Key::parse(key).unwrap(),
            chapter,
            number: 1,
            title: String::new(),
            place: None,
            from,
            until: from + 10,
            ledger: Ledger::default(),
        }
    }

    #[test]
    fn moments_sort_by_story_time_and_then_by_the_order_of_telling() {
        let flashback = scene("b", 7, -500);
        let (first, second) = (scene("a", 1, 0), scene("z", 2, 0));
        let in_order = [
            Moment::at_beginning(&flashback).0,
            Moment::at_end(&flashback).0,
            Moment::at_beginning(&first).0,
            Moment::at_beginning(&second).0,
            Moment::at_end(&first).0,
            Moment::at_end(&second).0,
            Moment::at_beginning(&scene("m", 1, 11)).0,
            Moment::at_beginning(&scene("m", 1, StoryTime::MAX - 10)).0,
        ];

        assert!(in_order.is_sorted(), "{in_order:#?}");
    }

    #[test]
    fn a_scenes_lines_lie_between_its_beginning_and_its_end() {
        let mut scene = scene("a-b", 1, 5);
        scene.ledger.relies_on = vec![Key::parse("f").unwrap()];
        scene.ledger.ended = vec![proto::tasks::fiction::ledger::FactEnd {
            fact: Key::parse("f").unwrap(),
            at: Some(15),
        }];

        for line in list_entries(&scene) {
            assert!(line.entry.position > Moment::at_beginning(&scene).0);
            assert!(line.entry.position < Moment::at_end(&scene).0);
        }
    }
}
