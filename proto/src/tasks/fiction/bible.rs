//! What the author of a book has laid down: for a whole series, a book, a chapter or a scene. Of two words about the same thing the
//! nearer one counts.

use std::borrow::Cow;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{
    cast::{Cast, Person},
    ledger::Key,
};

/// For what an entry holds; a later one is nearer.
#[derive(
    Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum BibleLevel {
    /// All books of the series.
    Series,
    #[default]
    Book,
    Chapter,
    Scene,
}

impl BibleLevel {
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Series => "series",
            Self::Book => "book",
            Self::Chapter => "chapter",
            Self::Scene => "scene",
        }
    }
}

/// One thing that was laid down: `{"level": "chapter", "chapter": 5, "subject": "Mira Voss", "property": "hair", "value": "grey"}`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct BibleEntry {
    pub level: BibleLevel,
    /// Of an entry for a chapter.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub chapter: Option<u32>,
    /// Of an entry for a scene.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scene: Option<Key>,
    /// The key or the name of a character, a place or an item, or whatever else the author keeps a record of.
    pub subject: String,
    /// `eyes`, `hair`, `build`, `mark`, `age` and `profession` of a character are written and checked by rules; others are for
    /// people and models.
    pub property: String,
    pub value: String,
}

impl BibleEntry {
    /// Whether it holds there at all.
    fn holds_at(&self, chapter: u32, scene: &Key) -> bool {
        match self.level {
            BibleLevel::Series | BibleLevel::Book => true,
            BibleLevel::Chapter => self.chapter == Some(chapter),
            BibleLevel::Scene => self.scene.as_ref() == Some(scene),
        }
    }

    /// Whether two entries say something about the same, and so only the nearer one counts.
    pub fn is_about(&self, other: &Self) -> bool {
        self.property == other.property && is_named_so(&self.subject, &other.subject)
    }

    /// For what it holds, in words.
    pub fn place(&self) -> String {
        match (self.level, self.chapter, &self.scene) {
            (BibleLevel::Chapter, Some(chapter), _) => format!("chapter {chapter}"),
            (BibleLevel::Scene, _, Some(scene)) => format!("scene {scene}"),
            (level, ..) => format!("the {}", level.as_str()),
        }
    }

    /// Whether it is about this person.
    pub fn names(&self, person: &Person) -> bool {
        let entity = &person.entity;
        let aliases = entity.aliases.iter().map(String::as_str);

        [entity.key.as_str(), entity.name.as_str()]
            .into_iter()
            .chain(aliases)
            .any(|name| is_named_so(&self.subject, name))
    }
}

fn is_named_so(one: &str, other: &str) -> bool {
    one.to_lowercase() == other.to_lowercase()
}

/// All that was laid down for one book, that of its series among it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(transparent)]
pub struct Bible {
    pub entries: Vec<BibleEntry>,
}

impl Bible {
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// What counts in a scene, by subject and property: of each the nearest.
    pub fn resolve(&self, chapter: u32, scene: &Key) -> Vec<&BibleEntry> {
        let mut nearest: Vec<&BibleEntry> = Vec::new();
        let holding = self.entries.iter().filter(|entry| entry.holds_at(chapter, scene));
        for entry in holding {
            match nearest.iter_mut().find(|known| known.is_about(entry)) {
                Some(known) if known.level <= entry.level => *known = entry,
                Some(_) => {}
                None => nearest.push(entry),
            }
        }
        nearest.sort_by(|one, other| {
            let order = |entry: &BibleEntry| (entry.subject.to_lowercase(), entry.property.clone());
            order(one).cmp(&order(other))
        });

        nearest
    }

    /// What counts in a scene of one property of somebody.
    pub fn find(
        &self,
        (chapter, scene): (u32, &Key),
        person: &Person,
        property: &str,
    ) -> Option<&BibleEntry> {
        let about = self.entries.iter().filter(|entry| {
            entry.property == property && entry.holds_at(chapter, scene) && entry.names(person)
        });
        // Of two on one level, the one that was written last.
        about.max_by_key(|entry| entry.level)
    }

    /// The people as they are in a scene.
    pub fn cast_at<'a>(&self, cast: &'a Cast, (chapter, scene): (u32, &Key)) -> Cow<'a, Cast> {
        match self.is_empty() {
            true => Cow::Borrowed(cast),
            false => Cow::Owned(self.dress(cast, |person, property| {
                self.find((chapter, scene), person, property)
            })),
        }
    }

    /// The people as they are in the whole book, unless something nearer says otherwise.
    pub fn cast_of_book(&self, cast: &Cast) -> Cast {
        self.dress(cast, |person, property| {
            let about = self.entries.iter().filter(|entry| {
                entry.level <= BibleLevel::Book && entry.property == property && entry.names(person)
            });
            about.max_by_key(|entry| entry.level)
        })
    }

    fn dress<'a>(&'a self, cast: &Cast, find: impl Fn(&Person, &str) -> Option<&'a BibleEntry>) -> Cast {
        let mut cast = cast.clone();
        for person in &mut cast.people {
            let value = |property| find(person, property).map(|entry| entry.value.clone());
            let looks = [value("eyes"), value("hair"), value("build"), value("mark")];
            let (age, profession) = (value("age"), value("profession"));
            let age = age.and_then(|text| text.trim().parse().ok());

            let [eyes, hair, build, mark] = looks;
            let appearance = &mut person.appearance;
            appearance.eyes = eyes.or(appearance.eyes.take());
            appearance.hair = hair.or(appearance.hair.take());
            appearance.build = build.or(appearance.build.take());
            appearance.mark = mark.or(appearance.mark.take());
            person.age = age.or(person.age);
            person.profession = profession.or(person.profession.take());
        }

        cast
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(level: BibleLevel, at: &str, value: &str) -> BibleEntry {
        BibleEntry {
            level,
            chapter: at.parse().ok(),
            scene: (level == BibleLevel::Scene).then(|| Key::parse(at).unwrap()),
            subject: "Mira Voss".to_owned(),
            property: "hair".to_owned(),
            value: value.to_owned(),
        }
    }

    #[test]
    fn the_nearest_value_wins_wherever_it_stands_in_the_list() {
        let mut entries = vec![
            entry(BibleLevel::Scene, "c2-s1", "wet"),
            entry(BibleLevel::Chapter, "2", "grey"),
            entry(BibleLevel::Book, "", "brown"),
            entry(BibleLevel::Series, "", "black"),
        ];
        let key = |text: &str| Key::parse(text).unwrap();
        for _ in 0..4 {
            entries.rotate_left(1);
            let bible = Bible {
                entries: entries.clone(),
            };
            let values = |chapter, scene: &str| {
                let found = bible.resolve(chapter, &key(scene));
                found.iter().map(|entry| entry.value.clone()).collect::<Vec<_>>()
            };
            assert_eq!(values(2, "c2-s1"), ["wet"]);
            assert_eq!(values(2, "c2-s2"), ["grey"]);
            assert_eq!(values(3, "c3-s1"), ["brown"]);
        }

        let series = Bible {
            entries: vec![entry(BibleLevel::Series, "", "black")],
        };
        assert_eq!(series.resolve(3, &key("c3-s1"))[0].value, "black");
        assert!(Bible::default().resolve(1, &key("c1-s1")).is_empty());
    }
}
