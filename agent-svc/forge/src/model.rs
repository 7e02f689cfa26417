//! The model of an app: the one source of its requirements, pages, code and tests. It knows nothing of files.

use crate::words;

pub(crate) const MOST_ENTITIES: usize = 5;
pub(crate) const MOST_FIELDS: usize = 12;

/// All that was understood of an idea.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct AppModel {
    pub(crate) name: String,
    pub(crate) tone: Tone,
    pub(crate) seed: u64,
    pub(crate) entities: Vec<Entity>,
    pub(crate) roles: Vec<Role>,
    pub(crate) omissions: Vec<Omission>,
    pub(crate) questions: Vec<Question>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Tone {
    Plain,
    Playful,
    Serious,
    Dark,
}

/// A kind of thing that the app keeps.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Entity {
    pub(crate) noun: String,
    pub(crate) many: String,
    pub(crate) fields: Vec<Field>,
    pub(crate) rules: Vec<Rule>,
    pub(crate) actions: Vec<Action>,
    pub(crate) views: Vec<View>,
    /// Whether the idea names it; one that came with another was not asked for.
    pub(crate) asked: bool,
}

#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Field {
    pub(crate) label: String,
    pub(crate) kind: FieldKind,
    pub(crate) required: bool,
    pub(crate) samples: Vec<String>,
}

#[derive(Debug, Clone, PartialEq)]
pub(crate) enum FieldKind {
    Text,
    Long,
    /// Whole or not.
    Number {
        whole: bool,
    },
    Money,
    Date(Era),
    Time,
    YesNo,
    Choice(Vec<String>),
    Email,
    Phone,
    Url,
    /// Another entity, by its noun.
    Reference(String),
}

/// Where examples of a day lie.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Era {
    Past,
    Future,
    Any,
}

/// What must hold of a record. Fields are named by their keys.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Rule {
    Required(String),
    Whole(String),
    AtLeast(String, f64),
    AtMost(String, f64),
    Shortest(String, u32),
    Longest(String, u32),
    Format(String),
    Unique(String),
    NotPast(String),
    NotFuture(String),
    /// The later, or larger, one is not before the earlier one; nor equal to it, where that is strict.
    After {
        later: String,
        earlier: String,
        is_strict: bool,
    },
    /// No two records agree in all of them.
    Once(Vec<String>),
    /// No two records that agree in these overlap, from one day or time to another.
    Apart {
        same: Vec<String>,
        begin: String,
        end: String,
    },
    /// At most so many records refer to the same one.
    MostOf(String, u32),
}

#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Action {
    pub(crate) kind: ActionKind,
    pub(crate) asked: bool,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum ActionKind {
    Add,
    Edit,
    Delete,
    Search,
    Filter(String),
    Sort,
    Export,
    Import,
    Print,
    /// A yes or no that a button turns.
    Mark(String),
    /// A number that a button makes larger by one; a day that becomes today with it.
    Count(String, Option<String>),
    /// A day that a button makes today; what the button says.
    Stamp(String, String),
    /// A reference that is chosen on the record's page.
    Assign(String),
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum View {
    List,
    Cards,
    Board(String),
    Calendar(String),
    /// What is added up (records, where it is nothing), and by what.
    Chart {
        value: Option<String>,
        by: String,
    },
}

/// Who works with the app, and what they may not do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Role {
    pub(crate) name: String,
    pub(crate) denied: Vec<Denial>,
}

/// An action that a role may not do; of every entity, where none is named.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Denial {
    pub(crate) verb: &'static str,
    pub(crate) noun: Option<String>,
}

/// What was asked for and is not in the project, with the reason.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Omission {
    pub asked: String,
    pub reason: String,
}

/// What the author would ask: why, and the answers that it could go on with.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Question {
    pub question: String,
    pub why: String,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub options: Vec<String>,
}

impl Field {
    pub(crate) fn key(&self) -> String {
        let key = words::key_name(&self.label);
        match &self.kind {
            FieldKind::Reference(_) => format!("{key}Id"),
            _ => key,
        }
    }

    /// As it stands before the field of a form.
    pub(crate) fn title(&self) -> String {
        words::sentence_case(&self.label)
    }

    pub(crate) fn is_text(&self) -> bool {
        matches!(
            self.kind,
            FieldKind::Text | FieldKind::Long | FieldKind::Email | FieldKind::Phone | FieldKind::Url
        )
    }

    pub(crate) fn is_number(&self) -> bool {
        matches!(self.kind, FieldKind::Number { .. } | FieldKind::Money)
    }

    pub(crate) fn is_date(&self) -> bool {
        matches!(self.kind, FieldKind::Date(_))
    }

    pub(crate) fn options(&self) -> &[String] {
        match &self.kind {
            FieldKind::Choice(options) => options,
            _ => &[],
        }
    }

    pub(crate) fn target(&self) -> Option<&str> {
        match &self.kind {
            FieldKind::Reference(noun) => Some(noun),
            _ => None,
        }
    }
}

impl Entity {
    pub(crate) fn new(noun: &str, many: &str) -> Self {
        Self {
            noun: noun.to_owned(),
            many: many.to_owned(),
            fields: Vec::new(),
            rules: Vec::new(),
            actions: Vec::new(),
            views: Vec::new(),
            asked: true,
        }
    }

    /// `Book`, the name of its type and the beginning of its components' names.
    pub(crate) fn type_name(&self) -> String {
        words::type_name(&self.noun)
    }

    /// `book`, the beginning of the names of its values.
    pub(crate) fn value_name(&self) -> String {
        words::value_name(&self.noun)
    }

    /// `books`, its folder and its address.
    pub(crate) fn folder(&self) -> String {
        words::path_name(&self.many)
    }

    /// `Books`, the heading of its page.
    pub(crate) fn title(&self) -> String {
        words::sentence_case(&self.many)
    }

    pub(crate) fn field(&self, key: &str) -> Option<&Field> {
        self.fields.iter().find(|field| field.key() == key)
    }

    /// Gives a field another name and kind, wherever its key is named. Its examples go.
    pub(crate) fn change_field(&mut self, place: usize, label: &str, kind: FieldKind) {
        let Some(field) = self.fields.get_mut(place) else {
            return;
        };
        let before = field.key();
        label.clone_into(&mut field.label);
        field.kind = kind;
        field.samples.clear();
        let after = field.key();

        let rename = |key: &mut String| {
            if *key == before {
                key.clone_from(&after);
            }
        };
        for rule in &mut self.rules {
            match rule {
                Rule::Once(keys) => keys.iter_mut().for_each(rename),
                Rule::Apart { same, .. } => same.iter_mut().for_each(rename),
                Rule::MostOf(key, _) => rename(key),
                _ => {}
            }
        }
        for action in &mut self.actions {
            if let ActionKind::Filter(key) | ActionKind::Assign(key) = &mut action.kind {
                rename(key);
            }
        }
        for view in &mut self.views {
            if let View::Chart { by, .. } = view {
                rename(by);
            }
        }
    }

    /// The field that names a record, if a text does.
    pub(crate) fn name_field(&self) -> Option<&Field> {
        self.fields
            .iter()
            .find(|field| field.required && field.kind == FieldKind::Text)
            .or_else(|| self.fields.iter().find(|field| field.required && field.is_text()))
    }

    /// What names a record where no text does: its references, and its first day.
    pub(crate) fn name_parts(&self) -> Vec<&Field> {
        let references = self
            .fields
            .iter()
            .filter(|field| field.target().is_some() && field.required);
        let day = self.fields.iter().find(|field| field.is_date());
        references.chain(day).collect()
    }

    pub(crate) fn can(&self, kind: &ActionKind) -> bool {
        self.actions.iter().any(|action| action.kind == *kind)
    }

    /// Adds an action, or says of one that is there that it was asked for.
    pub(crate) fn add_action(&mut self, kind: ActionKind, asked: bool) {
        match self.actions.iter_mut().find(|action| action.kind == kind) {
            Some(action) => action.asked |= asked,
            None => self.actions.push(Action { kind, asked }),
        }
    }

    pub(crate) fn add_view(&mut self, view: View) {
        if !self.views.contains(&view) {
            self.views.push(view);
        }
    }

    pub(crate) fn add_rule(&mut self, rule: Rule) {
        if !self.rules.contains(&rule) {
            self.rules.push(rule);
        }
    }

    pub(crate) fn references(&self) -> impl Iterator<Item = (&Field, &str)> {
        self.fields
            .iter()
            .filter_map(|field| field.target().map(|noun| (field, noun)))
    }

    pub(crate) fn filters(&self) -> impl Iterator<Item = &Field> {
        self.actions.iter().filter_map(|action| match &action.kind {
            ActionKind::Filter(key) => self.field(key),
            _ => None,
        })
    }
}

impl AppModel {
    pub(crate) fn entity(&self, noun: &str) -> Option<&Entity> {
        self.entities.iter().find(|entity| entity.noun == noun)
    }

    /// The entities and fields that refer to one.
    pub(crate) fn referrers<'a>(&'a self, noun: &'a str) -> impl Iterator<Item = (&'a Entity, &'a Field)> {
        self.entities.iter().flat_map(move |entity| {
            entity
                .references()
                .filter(move |(_, target)| *target == noun)
                .map(move |(field, _)| (entity, field))
        })
    }
}
