//! Who is one person: people commit under several addresses, and under a name, a handle and a name without accents.

use std::collections::{BTreeMap, HashMap, HashSet};

use unicode_normalization::{UnicodeNormalization, char::is_combining_mark};

use crate::analysis::model::Contributor;

/// Shorter handles are shared by many people.
const LEAST_HANDLE: usize = 6;
/// Names that nobody is called by.
const NOBODY: [&str; 10] = [
    "unknown",
    "root",
    "admin",
    "your name",
    "none",
    "user",
    "test",
    "anonymous",
    "ubuntu",
    "no author",
];

/// A person: every address, all commits, and the name with most of them that is written in full.
pub(super) struct Person {
    pub(super) emails: Vec<String>,
    pub(super) contributor: Contributor,
}

/// Joins addresses into people.
pub(super) fn join(by_email: &HashMap<String, u64>, names: &HashMap<String, String>) -> Vec<Person> {
    let mut emails: Vec<&String> = by_email.keys().collect();
    emails.sort();

    let called: HashSet<String> = names.values().map(|name| fold(name)).collect();
    let mut groups = Groups::of(emails.len());
    let mut first_with: BTreeMap<String, usize> = BTreeMap::new();
    for (at, email) in emails.iter().enumerate() {
        for key in keys(email, names.get(*email).map_or("", String::as_str), &called) {
            let known = *first_with.entry(key).or_insert(at);
            groups.unite(known, at);
        }
    }

    let mut people: BTreeMap<usize, (Vec<String>, u64, BTreeMap<&str, u64>)> = BTreeMap::new();
    for (at, email) in emails.iter().enumerate() {
        let commits = by_email.get(*email).copied().unwrap_or(0);
        let person = people.entry(groups.root(at)).or_default();
        person.0.push((*email).clone());
        person.1 += commits;

        let name = names.get(*email).map_or("", String::as_str);
        *person.2.entry(name).or_default() += commits;
    }

    people
        .into_values()
        .map(|(emails, commits, names)| {
            // "Ada Lovelace" before "ada", "José" before "Jose", and among full names the one that was used most.
            let best = names
                .iter()
                .filter(|(name, _)| !name.is_empty())
                .max_by_key(|(name, commits)| {
                    (
                        name.contains(' '),
                        name.chars().any(|c| !c.is_ascii() && c.is_alphabetic()),
                        **commits,
                        std::cmp::Reverse(**name),
                    )
                });
            // "☿ Ada Lovelace" is called Ada Lovelace.
            let bare = best.map(|(name, _)| name.trim_start_matches(|c: char| !c.is_alphanumeric()));
            let name = bare
                .filter(|name| !name.is_empty())
                .unwrap_or("an unnamed author")
                .to_owned();

            Person {
                emails,
                contributor: Contributor { name, commits },
            }
        })
        .collect()
}

/// What only one person has: the name, a handle that somebody is called by, and a login at GitHub. That two addresses
/// begin alike is not enough.
fn keys(email: &str, name: &str, called: &HashSet<String>) -> Vec<String> {
    let plain: String = fold(name);
    if plain.is_empty() || NOBODY.contains(&name.to_lowercase().as_str()) {
        return vec![format!("address {email}")];
    }

    let mut keys = vec![format!("name {plain}")];
    let (local, host) = email.split_once('@').unwrap_or((email, ""));
    // "12345+ada@users.noreply.github.com" is ada.
    let at_github = host == "users.noreply.github.com";
    let handle = if at_github {
        local.rsplit('+').next().unwrap_or(local)
    } else {
        local
    };
    // "junegunn.c" is called "junegunn" by some.
    let start = fold(handle.split(['.', '+', '-', '_']).next().unwrap_or_default());
    let handle = fold(handle);
    if at_github {
        keys.push(format!("login {handle}"));
    }
    if start != handle && start.len() >= LEAST_HANDLE + 2 && called.contains(&start) {
        keys.push(format!("name {start}"));
    }
    if handle.len() >= LEAST_HANDLE && called.contains(&handle) && !NOBODY.contains(&handle.as_str()) {
        keys.push(format!("name {handle}"));
    }

    keys
}

/// Letters and digits in lower case, accents taken off.
fn fold(name: &str) -> String {
    name.nfkd()
        .filter(|c| !is_combining_mark(*c))
        .flat_map(char::to_lowercase)
        .filter(|c| c.is_alphanumeric())
        .map(|c| if c == 'ø' { 'o' } else { c })
        .collect()
}

/// Sets of numbers that are joined in pairs.
struct Groups(Vec<usize>);

impl Groups {
    fn of(count: usize) -> Self {
        Self((0..count).collect())
    }

    fn root(&self, mut at: usize) -> usize {
        while self.0[at] != at {
            at = self.0[at];
        }
        at
    }

    fn unite(&mut self, a: usize, b: usize) {
        let (a, b) = (self.root(a), self.root(b));
        self.0[a.max(b)] = a.min(b);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_person_with_three_names_is_one_person() {
        let seen = [
            ("ada@example.org", "Ada Lovelace", 10),
            ("adalovelace@home.example", "adalovelace", 3),
            ("1234+adalovelace@users.noreply.github.com", "Ada L", 2),
            ("ben@example.org", "José Pérez", 4),
            ("b@example.org", "Jose Perez", 1),
            ("x@example.org", "unknown", 1),
            ("y@example.org", "unknown", 1),
            ("contact@one.example", "Cleo", 1),
            ("contact@two.example", "☿ Dora", 1),
        ];
        let by_email = seen
            .iter()
            .map(|(email, _, commits)| ((*email).to_owned(), *commits))
            .collect();
        let names = seen
            .iter()
            .map(|(email, name, _)| ((*email).to_owned(), (*name).to_owned()))
            .collect();

        let mut people: Vec<(String, u64)> = join(&by_email, &names)
            .into_iter()
            .map(|person| (person.contributor.name, person.contributor.commits))
            .collect();
        people.sort_by_key(|(name, commits)| (std::cmp::Reverse(*commits), name.clone()));
        let people: Vec<(&str, u64)> = people
            .iter()
            .map(|(name, commits)| (name.as_str(), *commits))
            .collect();

        assert_eq!(
            people,
            [
                ("Ada Lovelace", 15),
                ("José Pérez", 5),
                ("Cleo", 1),
                ("Dora", 1),
                ("unknown", 1),
                ("unknown", 1)
            ]
        );
    }
}
