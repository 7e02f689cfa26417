//! Free questions about a story, in a small language: atoms over the lines of its ledgers, as in Datalog.
//!
//! ```text
//! learned(?who, ?fact) and fact(?fact, lantern, "was stolen by", ?thief) before scene-12 limit 20
//! ```
//!
//! It is read, judged and joined here, over bounded typed reads of one story. No text of a question reaches an engine as a
//! statement, so there is nothing to escape from: not another story, not a write, not a read without end. Raw Cypher could be
//! kept inside its story only by rewriting it, which takes a whole parser of Cypher and would not work on tables.

mod answer;
mod parse;

use proto::tasks::fiction::ledger::{EntityKind, Key};

pub use self::answer::QueryAnswer;
use super::answers::SceneMoment;
use super::entries::EntryKind;
use super::error::KnowledgeError;

/// What a name in front of brackets stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Relation {
    Entities(EntityKind),
    Lines(EntryKind),
}

/// What a place between the brackets stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Column {
    Subject,
    Object,
    About,
    Text,
    Mode,
    Scene,
    /// The entity or the words that a fact is about.
    Thing,
    Key,
    Name,
}

/// Names, what they stand for, and the places between their brackets. Places at the end may be left out.
const RELATIONS: &[(&str, Relation, &[(&str, Column)])] = &[
    ("character", Relation::Entities(EntityKind::Character), NAMED),
    ("place", Relation::Entities(EntityKind::Place), NAMED),
    ("item", Relation::Entities(EntityKind::Item), NAMED),
    (
        "present",
        Relation::Lines(EntryKind::Present),
        &[("who", Column::Subject), ("place", Column::Object), SCENE],
    ),
    (
        "moved",
        Relation::Lines(EntryKind::Move),
        &[
            ("item", Column::Subject),
            ("to", Column::Object),
            ("mode", Column::Mode),
            SCENE,
        ],
    ),
    (
        "learned",
        Relation::Lines(EntryKind::Learned),
        &[("who", Column::Subject), FACT, ("told_by", Column::Object), SCENE],
    ),
    (
        "fact",
        Relation::Lines(EntryKind::Fact),
        &[
            FACT,
            ("subject", Column::Subject),
            ("predicate", Column::Text),
            ("object", Column::Thing),
            SCENE,
        ],
    ),
    ("ended", Relation::Lines(EntryKind::End), &[FACT, SCENE]),
    (
        "uses",
        Relation::Lines(EntryKind::Use),
        &[SCENE, FACT, ("how", Column::Mode)],
    ),
    (
        "promise",
        Relation::Lines(EntryKind::Promise),
        &[
            ("promise", Column::About),
            ("stage", Column::Mode),
            ("text", Column::Text),
            SCENE,
        ],
    ),
    (
        "did",
        Relation::Lines(EntryKind::Action),
        &[("who", Column::Subject), ("deed", Column::Text), SCENE],
    ),
    (
        "took_part",
        Relation::Lines(EntryKind::Part),
        &[
            ("what", Column::Subject),
            ("who", Column::Object),
            ("deed", Column::Text),
            SCENE,
        ],
    ),
];
const NAMED: &[(&str, Column)] = &[("key", Column::Key), ("name", Column::Name)];
const SCENE: (&str, Column) = ("scene", Column::Scene);
const FACT: (&str, Column) = ("fact", Column::About);

/// What stands at a place.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Term {
    Anything,
    /// By its number.
    Variable(usize),
    Text(String),
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Atom {
    relation: Relation,
    terms: Vec<(Column, Term)>,
}

/// A question that can be asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoryQuery {
    atoms: Vec<Atom>,
    /// In the order in which they are first named; the answer's columns.
    variables: Vec<String>,
    moment: Option<(Key, SceneMoment)>,
    most: usize,
}

impl StoryQuery {
    /// Reads a question.
    ///
    /// # Errors
    /// `Invalid`, with what was expected where.
    pub fn parse(text: &str) -> Result<Self, KnowledgeError> {
        parse::parse_query(text)
    }

    /// The moment up to which it looks, if it names one.
    pub(super) fn moment(&self) -> Option<(&Key, SceneMoment)> {
        self.moment.as_ref().map(|(scene, moment)| (scene, *moment))
    }
}
