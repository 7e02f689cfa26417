//! Puts one layer over the other and remembers where each value came from.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::PathBuf,
};

use toml::{Table, Value};

use super::{Alias, ConfigError, Effective, Origin, nearest::nearest, secret, value};

const PREFIX: &str = "SAGA_";

pub(super) struct Layers<'a> {
    defaults: Table,
    open: &'a [&'a str],
    table: Table,
    origins: BTreeMap<String, Origin>,
    notes: Vec<String>,
    errors: Vec<ConfigError>,
}

impl<'a> Layers<'a> {
    pub(super) fn new(defaults: Table, open: &'a [&'a str]) -> Self {
        let table = defaults.clone();
        Self {
            defaults,
            open,
            table,
            origins: BTreeMap::new(),
            notes: Vec::new(),
            errors: Vec::new(),
        }
    }

    pub(super) fn finish(self) -> (Effective, Vec<ConfigError>) {
        (
            Effective {
                table: self.table,
                origins: self.origins,
                notes: self.notes,
            },
            self.errors,
        )
    }

    pub(super) fn file(&mut self, path: PathBuf) {
        let parsed = std::fs::read_to_string(&path)
            .map_err(|err| err.to_string())
            .and_then(|text| text.parse::<Table>().map_err(|err| place(&err, &text)));
        match parsed {
            Ok(table) => self.merge("", table, &Origin::File(path)),
            Err(message) => self.errors.push(ConfigError::File { path, message }),
        }
    }

    pub(super) fn flags(&mut self, flags: Table, set: &[String]) {
        self.merge("", flags, &Origin::Flag);
        for text in set {
            match text.split_once('=') {
                Some((key, text)) => self.text(key.trim(), text, &Origin::Flag),
                None => self.errors.push(ConfigError::Set { text: text.clone() }),
            }
        }
    }

    pub(super) fn env(&mut self, env: Vec<(String, String)>, aliases: &[Alias]) {
        let env: BTreeMap<String, String> = env.into_iter().collect();
        for (key, used) in self.aliases(&env, aliases) {
            let canonical = variable(&key);
            if env.get(&canonical).is_some_and(|own| !own.is_empty()) {
                self.notes
                    .push(format!("{used} is passed over: {canonical} is set too"));
            } else if let Some(text) = env.get(&used) {
                self.notes
                    .push(format!("{used} sets `{key}`; our name for it is {canonical}"));
                self.text(&key, text, &Origin::Alias(used));
            }
        }

        for (name, text) in &env {
            let ours = name
                .strip_prefix(PREFIX)
                .filter(|rest| *rest != "CONFIG" && !rest.starts_with("TEST_"));
            if let Some(rest) = ours {
                self.variable(name, &rest.to_lowercase().replace("__", "."), text);
            }
        }
    }

    fn variable(&mut self, name: &str, key: &str, text: &str) {
        match self.default_of(key) {
            None => {
                let names: Vec<String> = self.keys().iter().map(|key| variable(key)).collect();
                let nearest = nearest(name, names.iter().map(String::as_str));
                self.errors.push(ConfigError::UnknownVariable {
                    name: name.to_owned(),
                    nearest,
                });
            }
            // `X=` in a compose file means that X is not set; for a text that is the same as empty.
            Some(default) if text.is_empty() && !default.is_str() => {}
            Some(_) => self.text(key, text, &Origin::Env(name.to_owned())),
        }
    }

    /// For each key, the one of its aliases that is set. Two that differ are a mistake.
    fn aliases(&mut self, env: &BTreeMap<String, String>, aliases: &[Alias]) -> BTreeMap<String, String> {
        let mut used: BTreeMap<String, String> = BTreeMap::new();
        for alias in aliases {
            let Some(text) = env.get(alias.env).filter(|text| !text.is_empty()) else {
                continue;
            };
            if !(alias.is_ours)(text) {
                continue;
            }

            let Some(first) = used.get(alias.key) else {
                used.insert(alias.key.to_owned(), alias.env.to_owned());
                continue;
            };
            let canonical = variable(alias.key);

            if env.get(first) != Some(text) && env.get(&canonical).is_none_or(String::is_empty) {
                let (first, second) = (first.clone(), alias.env.to_owned());
                self.errors.push(ConfigError::Contradiction {
                    key: alias.key.to_owned(),
                    first,
                    second,
                    canonical,
                });
            }
        }

        used
    }

    fn merge(&mut self, path: &str, layer: Table, origin: &Origin) {
        for (name, value) in layer {
            let key = if path.is_empty() {
                name
            } else {
                format!("{path}.{name}")
            };

            match (self.default_of(&key), value) {
                (Some(Value::Table(_)), Value::Table(inner)) => self.merge(&key, inner, origin),
                (Some(default), value) => match value::coerce(value.clone(), &default) {
                    Some(value) => self.put(&key, value, origin),
                    None => self.wrong_type(&key, &value, &default, origin),
                },
                (None, value) if self.is_open(&key) => self.put(&key, value, origin),
                (None, _) => self.unknown(&key, origin),
            }
        }
    }

    fn text(&mut self, key: &str, text: &str, origin: &Origin) {
        let Some(default) = self.default_of(key) else {
            return self.unknown(key, origin);
        };
        if !value::is_textual(&default) {
            return self.errors.push(ConfigError::FileOnly {
                origin: origin.to_string(),
                key: key.to_owned(),
            });
        }

        match value::parse(text, &default) {
            Some(value) => self.put(key, value, origin),
            None => self.wrong_type(key, &Value::String(text.to_owned()), &default, origin),
        }
    }

    fn put(&mut self, key: &str, value: Value, origin: &Origin) {
        let mut names: Vec<&str> = key.split('.').collect();
        let Some(last) = names.pop() else { return };
        let mut table = &mut self.table;
        for name in names {
            let inner = table.entry(name).or_insert_with(|| Value::Table(Table::new()));
            let Value::Table(inner) = inner else { return };
            table = inner;
        }

        table.insert(last.to_owned(), value);
        self.origins.insert(key.to_owned(), origin.clone());
    }

    /// The default of a key. Below an open table, a sibling's default tells the type; without one it is text.
    fn default_of(&self, key: &str) -> Option<Value> {
        if let Some(found) = lookup(&self.defaults, key) {
            return Some(found.clone());
        }

        let (parent, _) = key.rsplit_once('.')?;
        if !self.open.contains(&parent) {
            return None;
        }

        let sibling = lookup(&self.defaults, parent)?
            .as_table()?
            .values()
            .next()
            .cloned();

        Some(sibling.unwrap_or_else(|| Value::String(String::new())))
    }

    fn is_open(&self, key: &str) -> bool {
        self.open
            .iter()
            .any(|open| key.strip_prefix(open).is_some_and(|rest| rest.starts_with('.')))
    }

    fn keys(&self) -> BTreeSet<String> {
        let mut keys = BTreeSet::new();
        collect("", &self.defaults, &mut keys);
        keys
    }

    fn unknown(&mut self, key: &str, origin: &Origin) {
        let keys = self.keys();
        let nearest = nearest(key, keys.iter().map(String::as_str));
        self.errors.push(ConfigError::UnknownKey {
            origin: origin.to_string(),
            key: key.to_owned(),
            nearest,
        });
    }

    fn wrong_type(&mut self, key: &str, found: &Value, default: &Value, origin: &Origin) {
        let shown = match found {
            Value::Table(_) => "a table".to_owned(),
            Value::String(text) => format!("{:?}", secret::masked(key, text)),
            _ if secret::is_secret(key) => value::expected(found).to_owned(),
            other => other.to_string(),
        };

        let expected = value::expected(default);
        self.errors.push(ConfigError::Type {
            origin: origin.to_string(),
            key: key.to_owned(),
            found: shown,
            expected,
        });
    }
}

/// Our variable for a key: `gateway.public_url` is `SAGA_GATEWAY__PUBLIC_URL`.
fn variable(key: &str) -> String {
    format!("{PREFIX}{}", key.replace('.', "__").to_uppercase())
}

fn lookup<'t>(table: &'t Table, key: &str) -> Option<&'t Value> {
    match key.split_once('.') {
        None => table.get(key),
        Some((first, rest)) => lookup(table.get(first)?.as_table()?, rest),
    }
}

fn collect(path: &str, table: &Table, keys: &mut BTreeSet<String>) {
    for (name, value) in table {
        let key = if path.is_empty() {
            name.clone()
        } else {
            format!("{path}.{name}")
        };

        match value {
            Value::Table(inner) => collect(&key, inner, keys),
            _ => drop(keys.insert(key)),
        }
    }
}

/// Line and reason of a syntax error, without the line itself: it could hold a secret.
fn place(err: &toml::de::Error, text: &str) -> String {
    let line = err.span().map_or(1, |span| {
        text[..span.start.min(text.len())].matches('\n').count() + 1
    });
    format!("line {line}: {}", err.message())
}
