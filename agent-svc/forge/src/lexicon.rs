//! What the author knows of the world: things with their fields, names of fields, and what it can't build. It stands in
//! `data/`, is read once, and a test holds that all of it can be read.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::OnceLock,
};

use crate::model::{ActionKind, Entity, Era, Field, FieldKind, Rule, View};
use crate::words;

/// A thing as the lexicon describes it.
pub(crate) struct Thing {
    pub(crate) entity: Entity,
    /// Somebody or somewhere: kept only where the idea says more of it than its name.
    pub(crate) is_weak: bool,
}

/// What is understood and not built.
pub(crate) struct Limit {
    pub(crate) name: String,
    pub(crate) reason: String,
}

pub(crate) struct Lexicon {
    things: BTreeMap<String, Thing>,
    /// The noun that a word or several stand for.
    nouns: BTreeMap<String, String>,
    fields: BTreeMap<String, FieldKind>,
    counted: BTreeSet<String>,
    limits: Vec<Limit>,
    beyond: BTreeMap<String, usize>,
    stop: BTreeSet<String>,
}

pub(crate) fn lexicon() -> &'static Lexicon {
    static LEXICON: OnceLock<Lexicon> = OnceLock::new();
    LEXICON.get_or_init(Lexicon::read)
}

impl Lexicon {
    fn read() -> Self {
        let mut lexicon = Self {
            things: BTreeMap::new(),
            nouns: BTreeMap::new(),
            fields: BTreeMap::new(),
            counted: BTreeSet::new(),
            limits: Vec::new(),
            beyond: BTreeMap::new(),
            stop: include_str!("../data/stop.txt")
                .split_whitespace()
                .map(str::to_owned)
                .collect(),
        };
        lexicon.read_things(include_str!("../data/things.txt"));
        lexicon.read_fields(include_str!("../data/words.txt"));
        lexicon.read_limits(include_str!("../data/beyond.txt"));

        lexicon
    }

    fn read_things(&mut self, text: &str) {
        let mut current: Option<Thing> = None;
        for line in text
            .lines()
            .filter(|line| !line.starts_with('#') && !line.trim().is_empty())
        {
            if let Some(head) = line.strip_prefix("thing ") {
                self.keep_thing(current.take());
                current = Some(self.open_thing(head));
            } else if let Some(thing) = &mut current {
                read_line(thing, line.trim());
            }
        }

        self.keep_thing(current);
    }

    fn open_thing(&mut self, head: &str) -> Thing {
        let mut columns = head.split('|').map(str::trim);
        let noun = columns.next().unwrap_or_default();
        let many = columns.next().unwrap_or_default();
        let others = columns.next().unwrap_or_default().split(',').map(str::trim);

        for word in [noun, many]
            .into_iter()
            .chain(others)
            .filter(|word| !word.is_empty())
        {
            self.nouns
                .entry(word.to_owned())
                .or_insert_with(|| noun.to_owned());
        }

        Thing {
            entity: Entity::new(noun, many),
            is_weak: false,
        }
    }

    fn keep_thing(&mut self, thing: Option<Thing>) {
        if let Some(thing) = thing {
            self.things.insert(thing.entity.noun.clone(), thing);
        }
    }

    fn read_fields(&mut self, text: &str) {
        for line in text.lines().filter(|line| !line.starts_with('#')) {
            let Some((names, kind)) = line.split_once('=') else {
                continue;
            };
            for name in names.split(',').map(str::trim) {
                if kind.trim() == "votes" {
                    self.counted.insert(name.to_owned());
                }
                self.fields.insert(name.to_owned(), read_kind(kind.trim()).0);
            }
        }
    }

    fn read_limits(&mut self, text: &str) {
        for line in text.lines().filter(|line| !line.starts_with('#')) {
            let Some((names, (name, reason))) = line
                .split_once('=')
                .and_then(|(names, rest)| Some((names, rest.split_once('|')?)))
            else {
                continue;
            };
            for each in names.split(',') {
                self.beyond.insert(each.trim().to_owned(), self.limits.len());
            }
            self.limits.push(Limit {
                name: name.trim().to_owned(),
                reason: reason.trim().to_owned(),
            });
        }
    }

    /// The thing that words stand for.
    pub(crate) fn thing(&self, words: &str) -> Option<&Thing> {
        let noun = self.nouns.get(words)?;
        self.things.get(noun)
    }

    #[cfg(test)]
    pub(crate) fn things(&self) -> impl Iterator<Item = &Thing> {
        self.things.values()
    }

    /// What the name of a field says about its kind: its last words count.
    pub(crate) fn field_kind(&self, label: &str) -> Option<FieldKind> {
        let mut rest = label;
        loop {
            if let Some(kind) = self
                .fields
                .get(rest)
                .or_else(|| self.fields.get(&words::singular(rest)))
            {
                return Some(kind.clone());
            }
            rest = rest.split_once(' ')?.1;
        }
    }

    /// Whether a field of that name is counted up by a button.
    pub(crate) fn is_counted(&self, label: &str) -> bool {
        self.counted.contains(label)
    }

    /// Whether a longer name of a thing ends with a word: `feature request` with `request`.
    pub(crate) fn ends_a_name(&self, word: &str) -> bool {
        let end = format!(" {word}");
        self.nouns.keys().any(|name| name.ends_with(&end))
    }

    /// Every word that names a thing or a field.
    pub(crate) fn vocabulary(&self) -> impl Iterator<Item = String> {
        let names = self.nouns.keys().chain(self.fields.keys());
        names.flat_map(|name| name.split(' ')).map(str::to_owned)
    }

    pub(crate) fn limit(&self, words: &str) -> Option<&Limit> {
        self.beyond.get(words).and_then(|at| self.limits.get(*at))
    }

    /// Whether a word alone says nothing about the app.
    pub(crate) fn is_stop(&self, word: &str) -> bool {
        self.stop.contains(word)
    }
}

/// One line below the head of a thing.
fn read_line(thing: &mut Thing, line: &str) {
    let mut words = line.split_whitespace();
    let first = words.next().unwrap_or_default();
    let keys: Vec<String> = words.map(|name| key_of(&thing.entity, name)).collect();
    let key = |at: usize| keys.get(at).cloned().unwrap_or_default();
    let entity = &mut thing.entity;

    match first {
        "weak" => thing.is_weak = true,
        "unique" => entity.add_rule(Rule::Unique(key(0))),
        "once" => entity.add_rule(Rule::Once(keys)),
        "after" => entity.add_rule(Rule::After {
            later: key(0),
            earlier: key(1),
            is_strict: false,
        }),
        "board" => entity.add_view(View::Board(key(0))),
        "view" => entity.add_view(View::Calendar(key(1))),
        "chart" => {
            let value = keys
                .first()
                .filter(|value| entity.field(value).is_some())
                .cloned();
            entity.add_view(View::Chart { value, by: key(1) });
        }
        "do" => read_action(entity, line),
        _ => read_field(entity, line),
    }
}

/// The key of a field that a line names as `due_date`.
fn key_of(entity: &Entity, name: &str) -> String {
    let label = name.replace('_', " ");
    entity
        .fields
        .iter()
        .find(|field| field.label == label)
        .map_or(name.to_owned(), Field::key)
}

fn read_action(entity: &mut Entity, line: &str) {
    let mut words = line.split_whitespace().skip(1);
    let verb = words.next().unwrap_or_default();
    let key = key_of(entity, words.next().unwrap_or_default());
    let rest = words.collect::<Vec<_>>().join(" ");

    let kind = match verb {
        "mark" => ActionKind::Mark(key),
        "vote" => ActionKind::Count(key, None),
        "count" => {
            let day = key_of(entity, &rest);
            ActionKind::Count(key, Some(day))
        }
        _ => ActionKind::Stamp(key, rest),
    };
    entity.add_action(kind, false);
}

fn read_field(entity: &mut Entity, line: &str) {
    let (head, samples) = line.split_once('=').unwrap_or((line, ""));
    let (name, kind) = head.split_once(' ').unwrap_or((head, "text"));
    let required = name.ends_with('!');
    let label = name.trim_end_matches('!').replace('_', " ");
    let (kind, range) = read_kind(kind.trim());

    let field = Field {
        label,
        kind,
        required,
        samples: samples
            .split(';')
            .map(|sample| sample.trim().to_owned())
            .filter(|_| !samples.is_empty())
            .collect(),
    };
    let key = field.key();
    entity.fields.push(field);
    if let Some((least, most)) = range {
        entity.add_rule(Rule::AtLeast(key.clone(), least));
        if let Some(most) = most {
            entity.add_rule(Rule::AtMost(key, most));
        }
    }
}

/// A kind, and the range that belongs to it.
fn read_kind(text: &str) -> (FieldKind, Option<(f64, Option<f64>)>) {
    let (name, rest) = text.split_once(' ').unwrap_or((text, ""));
    let range = rest
        .split_once("..")
        .and_then(|(least, most)| Some((least.parse().ok()?, most.parse().ok())));
    let kind = match name {
        "long" => FieldKind::Long,
        "int" | "votes" | "rating" => FieldKind::Number { whole: true },
        "num" => FieldKind::Number { whole: false },
        "money" => return (FieldKind::Money, Some((0.0, None))),
        "date" => FieldKind::Date(match rest {
            "past" => Era::Past,
            "future" => Era::Future,
            _ => Era::Any,
        }),
        "time" => FieldKind::Time,
        "yes" => FieldKind::YesNo,
        "choice" => FieldKind::Choice(rest.split('/').map(str::to_owned).collect()),
        "email" => FieldKind::Email,
        "phone" => FieldKind::Phone,
        "url" => FieldKind::Url,
        "ref" => FieldKind::Reference(rest.to_owned()),
        _ => FieldKind::Text,
    };

    (kind, range)
}
