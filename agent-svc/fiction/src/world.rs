//! The small world that a book happens in: who there is, where they are to be found, what they hide, what they carry and
//! what they are afraid of. It follows from the brief and the seed alone.

mod leads;

pub(crate) use leads::may_be_dead;

use std::collections::HashSet;

use proto::tasks::fiction::{
    cast::{Appearance, Cast, Item, Person, Place, Pronoun, Role, StoryFact, Travel},
    ledger::{Entity, EntityKind, FactObject, Key, LedgerFact},
    plan::{ArchitectInput, Genre, Premise},
};
use serde_json::{Map, Value, json};

use crate::{
    bank::{find_text, find_texts, list_episodes},
    brief::Brief,
    chance::Chance,
    genre::find_stage,
    premise::{choose_premise, find_course_stage, find_stolen},
    slots::capitalise,
};

pub(crate) const VOICES: [&str; 10] = [
    "terse", "ornate", "proverb", "joker", "exact", "trailing", "formal", "warm", "grumbler", "curious",
];
const FEARS: [&str; 5] = ["water", "height", "dark", "speak", "fire"];
const PROMISES: [&str; 6] = ["knife", "lamp", "song", "letter", "bet", "plant"];
/// Parts of people who hide nothing: `details.part`.
pub(crate) const ABSENT: &str = "absent";
pub(crate) const HOME: &str = "home";

pub(crate) struct World {
    pub(crate) genre: Genre,
    pub(crate) brief: Brief,
    pub(crate) premise: Premise,
    pub(crate) town: String,
    pub(crate) season: String,
    pub(crate) cast: Cast,
    pub(crate) episodes: Vec<Episode>,
    pub(crate) fear: &'static str,
    pub(crate) promises: Vec<&'static str>,
    pub(crate) protagonist: Key,
    pub(crate) ally: Key,
    pub(crate) antagonist: Key,
    pub(crate) mentor: Key,
    pub(crate) absent: Key,
    pub(crate) home: Key,
    pub(crate) stage: Key,
    pub(crate) finale: Key,
    pub(crate) at_home: Key,
    pub(crate) item: Key,
}

/// Somebody who holds a piece of the truth and hides something else.
pub(crate) struct Episode {
    pub(crate) name: &'static str,
    pub(crate) holder: Key,
    pub(crate) place: Key,
    pub(crate) secret: Key,
}

impl World {
    pub(crate) fn imagine(input: &ArchitectInput, genre: Genre, episodes: usize, promises: usize) -> Self {
        let brief = Brief::read(&input.prompt);
        let premise = choose_premise(input, &brief, genre);
        let mut maker = Maker::begin(input, genre, &brief);
        let [protagonist, ally, mentor, antagonist, absent, home] = maker.make_leads(&brief, &premise);

        let own = find_stage(genre);
        let stage = find_course_stage(&premise.course, genre, own.days).unwrap_or(own);
        let site = brief.site.as_ref().filter(|_| genre != Genre::ScienceFiction);
        // What is found is found at home, and it ends where the prompt says.
        let begins_at_home = premise.course == "find";
        let stage_key = match (site, stage.name) {
            (Some((name, sort)), _) if !begins_at_home => maker.make_place(sort, Some(name)),
            (_, "") => maker.make_place(stage.sort, None),
            (_, name) => maker.make_place(stage.sort, Some(name)),
        };
        let finale = match (site, stage.finale) {
            (Some((name, sort)), _) if begins_at_home => maker.make_place(sort, Some(name)),
            (_, "") => stage_key.clone(),
            (_, name) => maker.make_place(stage.finale_sort, Some(name)),
        };
        let sort = maker.find_sort("house");
        let at_home = maker.make_place(sort, None);
        let episodes = maker.make_episodes(episodes);
        maker.measure_ways();

        let item = maker.make_item(
            &brief,
            &premise,
            &stage_key,
            [&protagonist, &mentor, &antagonist, &absent],
        );
        let fear = *maker.chance.pick(&FEARS).unwrap_or(&"water");
        let mut chosen = PROMISES.to_vec();
        maker.chance.shuffle(&mut chosen);
        chosen.truncate(promises);
        maker.make_promised_items(&chosen, &home);
        let town = maker.choose_town(&brief);
        let season = brief
            .season
            .clone()
            .unwrap_or_else(|| maker.pick_text("season").to_owned());

        Self {
            genre,
            brief,
            premise,
            town,
            season,
            cast: maker.cast,
            episodes,
            fear,
            promises: chosen,
            protagonist,
            ally,
            antagonist,
            mentor,
            absent,
            home,
            stage: stage_key,
            finale,
            at_home,
            item,
        }
    }
}

struct Maker<'a> {
    input: &'a ArchitectInput,
    genre: Genre,
    chance: Chance,
    cast: Cast,
    names: HashSet<String>,
    marks: Vec<&'static str>,
    voices: usize,
    /// Keys of a book that goes on begin with this, so that they stand for nothing that was there.
    prefix: String,
}

impl<'a> Maker<'a> {
    fn begin(input: &'a ArchitectInput, genre: Genre, brief: &Brief) -> Self {
        let mut chance =
            Chance::for_purpose(input.seed, &format!("world {} {}", genre.as_str(), input.prompt));
        let mut marks = find_texts("mark").to_vec();
        chance.shuffle(&mut marks);
        let mut names: HashSet<String> = brief
            .people
            .iter()
            .flat_map(|person| person.name.split(' ').map(str::to_owned))
            .collect();
        if let Some(earlier) = &input.earlier {
            let known = earlier.cast.entities().flat_map(|entity| entity.name.split(' '));
            names.extend(known.map(str::to_owned));
        }
        let prefix = match &input.earlier {
            Some(earlier) => format!("p{}-", earlier.outline.chapters.len()),
            None => String::new(),
        };

        Self {
            input,
            genre,
            voices: chance.pick_below(VOICES.len()),
            chance,
            cast: Cast::default(),
            names,
            marks,
            prefix,
        }
    }

    fn pick_text(&mut self, section: &str) -> &'static str {
        self.chance.pick(find_texts(section)).copied().unwrap_or_default()
    }

    fn note_detail(&mut self, key: &Key, name: &str, value: Value) {
        if let Some(person) = self
            .cast
            .people
            .iter_mut()
            .find(|person| person.entity.key == *key)
        {
            person.entity.details.insert(name.to_owned(), value);
        }
    }

    fn make_name(&mut self, is_man: bool) -> String {
        let first = self.make_word(if is_man { "men" } else { "women" });
        let family = self.make_family();

        format!("{first} {family}").trim_end().to_owned()
    }

    fn make_family(&mut self) -> String {
        self.make_word("families")
    }

    /// A name that no other of the book can be mistaken for; empty when all are taken.
    fn make_word(&mut self, list: &str) -> String {
        let mut choices = find_texts(list).to_vec();
        self.chance.shuffle(&mut choices);
        let is_free = |choice: &&&str| !self.names.iter().any(|taken| are_alike(taken, choice));
        let chosen = choices
            .iter()
            .find(is_free)
            .or_else(|| choices.iter().find(|choice| !self.names.contains(**choice)));
        let word = chosen.copied().unwrap_or_default().to_owned();
        self.names.insert(word.clone());

        word
    }

    fn make_person(
        &mut self,
        name: String,
        role: Role,
        is_man: bool,
        (youngest, oldest): (usize, usize),
        profession: Option<String>,
    ) -> Key {
        let key = self.make_key(&name);
        let age = youngest + self.chance.pick_below(oldest - youngest + 1);
        let hair = match age {
            0..50 => self.pick_young_hair(),
            _ => ["grey", "white"][self.chance.pick_below(2)].to_owned(),
        };
        let appearance = Appearance {
            eyes: Some(self.pick_text("eyes").to_owned()),
            hair: Some(hair),
            build: Some(self.pick_text("build").to_owned()),
            mark: self.marks.pop().map(str::to_owned),
        };
        self.voices += 1;
        let mut details = Map::new();
        details.insert("age".to_owned(), json!(age));
        if let Some(profession) = &profession {
            details.insert("profession".to_owned(), json!(profession));
        }

        self.cast.people.push(Person {
            entity: Entity {
                key: key.clone(),
                kind: EntityKind::Character,
                name,
                aliases: Vec::new(),
                details,
                scene: None,
            },
            role,
            pronoun: if is_man { Pronoun::He } else { Pronoun::She },
            age: u32::try_from(age).ok(),
            profession,
            goal: String::new(),
            obstacle: String::new(),
            traits: Vec::new(),
            voice: VOICES[(self.voices * 3) % VOICES.len()].to_owned(),
            appearance,
            secret: None,
            skills: Vec::new(),
        });
        key
    }

    fn pick_young_hair(&mut self) -> String {
        let colours = ["black", "brown", "red", "fair", "chestnut"];
        self.chance.pick(&colours).copied().unwrap_or("brown").to_owned()
    }

    fn make_key(&self, name: &str) -> Key {
        let plain: String = deunicode::deunicode(name)
            .to_lowercase()
            .chars()
            .map(|sign| if sign.is_ascii_alphanumeric() { sign } else { '-' })
            .collect();
        let plain = match plain.trim_matches('-') {
            "" => "somebody",
            plain => plain,
        };
        let taken = |key: &Key| self.cast.entities().any(|entity| entity.key == *key);

        (0..)
            .map(|number| match number {
                0 => format!("{}{plain}", self.prefix),
                number => format!("{}{plain}-{number}", self.prefix),
            })
            .filter_map(|text| Key::parse(&text.chars().take(60).collect::<String>()))
            .find(|key| !taken(key))
            .unwrap_or_else(|| unreachable!("the numbers have no end"))
    }

    /// On a ship there are no streets.
    fn find_sort(&mut self, sort: &'static str) -> &'static str {
        if self.genre == Genre::ScienceFiction {
            return ["corridor", "deck", "tanks"][self.chance.pick_below(3)];
        }

        sort
    }

    fn make_place(&mut self, sort: &str, name: Option<&str>) -> Key {
        let is_free = |name: &str, cast: &Cast| !cast.places.iter().any(|place| place.entity.name == name);
        let listed = find_texts(&format!("name/{sort}"));
        let known = self.input.earlier.as_ref().map(|earlier| &earlier.cast);
        let name = name.map(str::to_owned).unwrap_or_else(|| {
            let free = listed
                .iter()
                .find(|name| is_free(name, &self.cast) && known.is_none_or(|known| is_free(name, known)));
            match free {
                Some(name) => (*name).to_owned(),
                None => {
                    let owner = self
                        .cast
                        .people
                        .last()
                        .map_or("", |person| person.entity.name.as_str());
                    format!("{}'s {sort}", owner.rsplit(' ').next().unwrap_or(owner))
                }
            }
        });
        let key = self.make_key(&name);

        self.cast.places.push(Place {
            entity: Entity {
                key: key.clone(),
                kind: EntityKind::Place,
                name,
                aliases: Vec::new(),
                details: Map::new(),
                scene: None,
            },
            sort: sort.to_owned(),
            travel: Vec::new(),
        });
        key
    }

    fn make_episodes(&mut self, count: usize) -> Vec<Episode> {
        let told: HashSet<&str> = self.input.earlier.as_ref().map_or_else(HashSet::new, |earlier| {
            let people = earlier.cast.people.iter();
            people
                .filter_map(|person| person.entity.details.get("episode").and_then(Value::as_str))
                .collect()
        });
        let mut names: Vec<_> = list_episodes(self.genre == Genre::ScienceFiction)
            .filter(|name| !told.contains(name))
            .collect();
        self.chance.shuffle(&mut names);
        names.truncate(count);

        names.into_iter().map(|name| self.make_episode(name)).collect()
    }

    fn make_episode(&mut self, name: &'static str) -> Episode {
        let section = |part: &str| format!("episode/{name}/{part}");
        let is_man = match find_text(&section("force")) {
            "he" => true,
            "she" => false,
            _ => self.chance.pick_below(2) == 0,
        };
        let full_name = self.make_name(is_man);
        let profession = Some(find_text(&section("job")).to_owned());
        let holder = self.make_person(full_name.clone(), Role::Suspect, is_man, (34, 68), profession);
        self.note_detail(&holder, "episode", json!(name));
        let place = self.make_place(find_text(&section("sort")), None);

        let pronoun = if is_man { "his" } else { "her" };
        let statement = find_text(&section("fact"))
            .replace("{h.full}", &full_name)
            .replace("{h.his}", pronoun);
        let goal = self.pick_text("goals").to_owned();
        if let Some(person) = self.cast.people.last_mut() {
            person.secret = Some(statement.clone());
            person.goal = goal;
            "somebody has begun to ask questions".clone_into(&mut person.obstacle);
        }
        let secret = Key::parse(&format!("{}f-{name}", self.prefix)).unwrap_or_else(|| holder.clone());
        self.cast.facts.push(StoryFact {
            fact: LedgerFact {
                key: secret.clone(),
                subject: holder.clone(),
                predicate: "hides".to_owned(),
                object: FactObject::Text(statement.clone()),
                from: None,
                until: None,
            },
            statement,
            known_by: vec![holder.clone()],
            hidden: true,
        });

        Episode {
            name,
            holder,
            place,
            secret,
        }
    }

    /// Places lie on a grid; a step of it takes a minute.
    fn measure_ways(&mut self) {
        let spots: Vec<(Key, i64, i64)> = self
            .cast
            .places
            .iter()
            .map(|place| place.entity.key.clone())
            .collect::<Vec<_>>()
            .into_iter()
            .map(|key| (key, self.chance.pick_below(9), self.chance.pick_below(9)))
            .map(|(key, x, y)| (key, i64::try_from(x).unwrap_or(0), i64::try_from(y).unwrap_or(0)))
            .collect();

        for (place, (_, x, y)) in self.cast.places.iter_mut().zip(&spots) {
            place.travel = spots
                .iter()
                .filter(|(key, ..)| *key != place.entity.key)
                .map(|(to, other_x, other_y)| Travel {
                    to: to.clone(),
                    minutes: u32::try_from(3 + (x - other_x).abs() + (y - other_y).abs()).unwrap_or(3),
                })
                .collect();
        }
    }

    /// `token` of a frame says who has the thing that the book is about when it begins.
    fn make_item(&mut self, brief: &Brief, premise: &Premise, stage: &Key, [p, m, x, v]: [&Key; 4]) -> Key {
        let listed = match find_texts(&format!("frame/{}/item", premise.course)) {
            [] => format!("item/{}", self.genre.as_str()),
            _ => format!("frame/{}/item", premise.course),
        };
        let name = match brief.item.clone().or_else(|| find_stolen(brief)) {
            Some(item) => item,
            None => self.pick_text(&listed).to_owned(),
        };
        let start = find_token(&premise.course, "start");
        let holder = match start.first().copied() {
            Some("p") => Some(p.clone()),
            Some("m") => Some(m.clone()),
            Some("x") => Some(x.clone()),
            Some("v") => Some(v.clone()),
            _ => None,
        };
        let place = holder.is_none().then(|| stage.clone());

        self.add_item(&name, holder, place)
    }

    fn add_item(&mut self, name: &str, holder: Option<Key>, place: Option<Key>) -> Key {
        let key = self.make_key(name.strip_prefix("the ").unwrap_or(name));
        self.cast.items.push(Item {
            entity: Entity {
                key: key.clone(),
                kind: EntityKind::Item,
                name: name.to_owned(),
                aliases: Vec::new(),
                details: Map::new(),
                scene: None,
            },
            holder,
            place,
        });

        key
    }

    fn make_promised_items(&mut self, promises: &[&str], home: &Key) {
        for promise in promises {
            let item = find_text(&format!("promise/{promise}/item"));
            if !item.is_empty() {
                self.add_item(&format!("the {item}"), Some(home.clone()), None);
            }
        }
    }

    fn choose_town(&mut self, brief: &Brief) -> String {
        if let Some(town) = &brief.town {
            return town.clone();
        }
        if let Some(earlier) = &self.input.earlier {
            return earlier.outline.setting.place.clone();
        }

        self.pick_text(&format!("town/{}", self.genre.as_str()))
            .to_owned()
    }
}

/// The words of a frame's `token` line that begins with `moment`.
pub(crate) fn find_token(course: &str, moment: &str) -> Vec<&'static str> {
    find_texts(&format!("frame/{course}/token"))
        .iter()
        .filter_map(|line| line.strip_prefix(moment))
        .flat_map(str::split_whitespace)
        .collect()
}

/// Names that a hurried reader takes for one another.
fn are_alike(one: &str, other: &str) -> bool {
    one == other || crate::distance::measure_distance(one, other, 2) <= 2
}

/// `the ship's clock` → `The ship's clock`, as a title.
pub(crate) fn write_title(text: &str) -> String {
    capitalise(text)
}
