//! Beats become paragraphs. A book is woven from its first scene on, so that what one scene has said no later one says
//! again; a scene alone is woven behind all that come before it, which takes milliseconds.

use std::collections::HashSet;

use proto::tasks::fiction::{
    cast::Cast,
    plan::{Beat, BookOutline, NarrativePerson, ScenePlan},
};

use crate::{
    bank::find_texts,
    chance::{Chance, hash_text},
    record::is_promised,
    slots::{Names, Voice, capitalise, fill_text, find_course, find_topic},
    text::{count_words, split_sentences},
};

/// Shorter sentences may come again: "No," people say.
const WORDS_OF_UNIQUE: usize = 4;

/// One thing that is said, in whole paragraphs.
#[derive(Debug, Clone)]
pub(crate) struct Unit {
    /// The beat that it comes from.
    pub(crate) kind: String,
    pub(crate) paragraphs: Vec<String>,
    /// 0 has to stand; the highest is left out first.
    pub(crate) rank: u8,
}

impl Unit {
    pub(crate) fn count_words(&self) -> usize {
        self.paragraphs
            .iter()
            .map(|paragraph| count_words(paragraph))
            .sum()
    }
}

/// What a book has used up so far.
#[derive(Debug, Clone, Default)]
pub(crate) struct Used {
    texts: HashSet<usize>,
    sentences: HashSet<u64>,
}

impl Used {
    pub(crate) fn clone_if(&self, wanted: bool) -> Option<Self> {
        wanted.then(|| self.clone())
    }

    /// What is used and is not in `other`.
    pub(crate) fn subtract(&self, other: &Self) -> Self {
        Self {
            texts: self.texts.difference(&other.texts).copied().collect(),
            sentences: self.sentences.difference(&other.sentences).copied().collect(),
        }
    }
}

pub(crate) struct Weaver<'a> {
    pub(crate) names: Names<'a>,
    pub(crate) voice: Voice,
    pub(crate) chance: Chance,
    used: &'a mut Used,
    cast: &'a Cast,
    outline: &'a BookOutline,
    /// The course of events.
    pub(crate) course: &'a str,
    /// Whether the friend is there to talk.
    pub(crate) has_friend: bool,
    pub(crate) hour: &'static str,
    pub(crate) mood: String,
    /// The how many-eth scene it is, from 0, of how many.
    progress: (usize, usize),
    pub(crate) sort: String,
}

impl<'a> Weaver<'a> {
    pub(crate) fn begin(
        outline: &'a BookOutline,
        cast: &'a Cast,
        scene: &ScenePlan,
        chance: Chance,
        used: &'a mut Used,
    ) -> Self {
        let genre = outline.genre_of(&scene.key);
        let mut names = Names::of_cast(cast, genre, &outline.setting.place, &outline.setting.time);
        if genre == outline.genre {
            names.cast_first_leads(cast);
        }
        let holder = scene
            .beats
            .iter()
            .filter(|beat| !beat.kind.ends_with("/echo"))
            .filter_map(|beat| beat.who.as_ref())
            .find(|who| names.find_role(who).is_none());
        names.cast_role("h", holder.and_then(|who| cast.person(who)));
        let next = scene.beats.iter().find_map(|beat| beat.with.first());
        names.cast_role("n", next.and_then(|who| cast.person(who)));
        let place = cast.place(&scene.place);
        if let Some(place) = place {
            names.set_word("here", place.entity.name.clone());
        }
        let main = cast.items.iter().find(|item| !is_promised(&item.entity.name));
        if let Some(item) = main {
            names.set_word("o", item.entity.name.clone());
        }
        let voice = match outline.person {
            NarrativePerson::First => Voice::First,
            NarrativePerson::Third => Voice::Third,
        };
        let mut weaver = Self {
            names,
            voice,
            chance,
            used,
            cast,
            course: find_course(outline, &scene.key),
            outline,
            has_friend: false,
            hour: name_hour(scene.from),
            mood: outline.setting.mood.clone(),
            progress: find_progress(outline, scene),
            sort: place.map_or_else(String::new, |place| place.sort.clone()),
        };
        weaver.names.set_company(voice);
        let friend = weaver.names.find_person("a");
        weaver.has_friend = friend.is_some_and(|friend| scene.present.contains(&friend.entity.key));
        weaver.names.set_premise(outline.premise_of(&scene.key), voice);
        let topic = weaver.fill(find_topic(weaver.course)).unwrap_or_default();
        weaver.names.set_word("t", topic);

        weaver
    }

    pub(crate) fn fill(&mut self, text: &str) -> Option<String> {
        fill_text(text, &self.names, self.voice, &mut self.chance)
    }

    /// A text of the section that the book has not used, filled; none when nothing of it is left.
    pub(crate) fn take_text(&mut self, section: &str) -> Option<String> {
        self.take_fitting(section, usize::MAX)
    }

    /// As `take_text`, of so many words at most.
    pub(crate) fn take_fitting(&mut self, section: &str, words: usize) -> Option<String> {
        let texts = find_texts(section);
        if self.has_had_share(section, texts) {
            return None;
        }
        let mut order: Vec<usize> = (0..texts.len()).collect();
        self.chance.shuffle(&mut order);
        for index in order {
            let text = texts[index];
            // Where a text stands is enough to know it by, and costs nothing.
            let mark = text.as_ptr().addr();
            if self.used.texts.contains(&mark) {
                continue;
            }
            let Some(filled) = self.fill(text) else { continue };
            if count_words(&filled) > words || !self.is_new(&filled) {
                continue;
            }
            self.used.texts.insert(mark);
            self.keep(&filled);
            return Some(filled);
        }

        None
    }

    /// What any scene may use is dealt out over the whole book, so that its end has some of it left.
    fn has_had_share(&self, section: &str, texts: &[&str]) -> bool {
        let is_dealt = ["piece", "interlude", "memory", "chat", "mind", "mine", "bond"]
            .iter()
            .any(|dealt| {
                section
                    .strip_prefix(dealt)
                    .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
            });
        if !is_dealt || texts.is_empty() {
            return false;
        }
        let (scene, scenes) = self.progress;
        let share = (texts.len() * (scene + 1)).div_ceil(scenes.max(1));
        let used = texts
            .iter()
            .filter(|text| self.used.texts.contains(&text.as_ptr().addr()))
            .count();

        used >= share.max(1)
    }

    /// Again a text that the book has used, when with other names it makes other sentences.
    pub(crate) fn retake_text(&mut self, section: &str) -> Option<String> {
        let texts = find_texts(section);
        let text = texts.get(self.chance.pick_below(texts.len()))?;
        let filled = self.fill(text).filter(|filled| self.is_new(filled))?;
        self.keep(&filled);

        Some(filled)
    }

    pub(crate) fn is_new(&self, filled: &str) -> bool {
        unique_sentences(filled).all(|mark| !self.used.sentences.contains(&mark))
    }

    pub(crate) fn keep(&mut self, filled: &str) {
        self.used.sentences.extend(unique_sentences(filled));
    }

    fn make_unit(&mut self, section: &str, rank: u8) -> Option<Unit> {
        let text = capitalise(&self.take_text(section)?);

        Some(Unit {
            kind: String::new(),
            paragraphs: split_paragraphs(&text),
            rank,
        })
    }

    pub(crate) fn weave_beat(&mut self, beat: &Beat) -> Vec<Unit> {
        let mut units = self.find_words_for(beat);
        for unit in &mut units {
            if unit.kind.is_empty() {
                unit.kind.clone_from(&beat.kind);
            }
        }

        units
    }

    fn find_words_for(&mut self, beat: &Beat) -> Vec<Unit> {
        if let Some(prev) = &beat.text {
            self.names.set_word("prev", prev.clone());
        }
        let kind = beat.kind.as_str();
        if let Some(part) = kind.strip_prefix("frame/") {
            let course = self.course;
            let due = (part == "deadline").then(|| self.make_unit("due", 0)).flatten();
            let date = (part == "open").then(|| self.make_unit("date", 0)).flatten();
            let date = date.map(|date| Unit {
                kind: "date".to_owned(),
                ..date
            });
            let told = due.or_else(|| self.make_unit(&format!("frame/{course}/{part}"), 0));
            let mut units: Vec<Unit> = date.into_iter().chain(told).collect();
            if part.starts_with("clue") {
                self.add_listener(&mut units, "h");
            }
            return units;
        }
        if kind.ends_with("/echo") {
            let holder = self.names.find_person("h");
            let person = beat.who.as_ref().and_then(|who| self.cast.person(who));
            self.names.cast_role("h", person);
            let unit = self.make_unit(kind, 1);
            self.names.cast_role("h", holder);
            return unit.into_iter().collect();
        }

        self.weave_plain_beat(kind)
    }

    fn weave_plain_beat(&mut self, kind: &str) -> Vec<Unit> {
        let unit = match kind {
            "hour" => self.weave_hour(),
            "place" => self.weave_place(),
            "mind" => self.make_unit("mind", 2),
            "bond" => self.make_unit("bond", 2),
            "self" | "partner" | "home" | "patron" | "late" | "site" => self.make_unit(kind, 1),
            "interlude" => self.make_unit("interlude", 2),
            "greet" => self.weave_line("h", "greet", 3),
            "ask" => self.weave_line("p", "ask", 1),
            "bridge" => self.weave_line("h", "bridge", 1),
            "lead" => self.make_unit("lead", 0),
            "gain" | "note" | "lead/think" | "sum" | "decide" | "confront/after" | "seek/react" => {
                self.make_unit(kind, 2)
            }
            "seek" | "rest" | "leave" | "arrive" | "gossip/out" => self.make_unit(kind, 3),
            "go/therefore" | "go/but" | "meet" | "point" | "confront/in" | "gossip/in" => {
                let fresh = self.make_unit(kind, 1);
                fresh.or_else(|| {
                    let paragraphs = split_paragraphs(&self.retake_text(kind)?);
                    Some(Unit {
                        kind: String::new(),
                        paragraphs,
                        rank: 1,
                    })
                })
            }
            kind if kind.starts_with("episode/") && kind.ends_with("/rumour") => self.make_unit(kind, 2),
            kind => self.make_unit(kind, 0),
        };

        unit.into_iter().collect()
    }

    fn weave_hour(&mut self) -> Option<Unit> {
        let time = self.outline.setting.time.clone();
        let season = ["spring", "summer", "autumn", "winter"]
            .into_iter()
            .find(|season| time.contains(season));
        let section = if self.chance.pick_below(3) == 0 {
            season.unwrap_or(self.hour)
        } else {
            self.hour
        };
        let is_ship = self.sort == "corridor" || self.sort == "deck" || self.sort == "tanks";
        if is_ship {
            return self.make_unit("ship/hour", 2);
        }

        let hour = self.hour;
        self.make_unit(section, 2).or_else(|| self.make_unit(hour, 2))
    }

    pub(crate) fn weave_place(&mut self) -> Option<Unit> {
        let section = format!("place/{}", self.sort);

        self.make_unit(&section, 2)
    }

    /// A line in somebody's own way of speaking, with who says it.
    pub(crate) fn weave_line(&mut self, role: &'static str, intention: &str, rank: u8) -> Option<Unit> {
        let person = self.names.find_person(role)?;
        let section = format!("voice/{}/{intention}", person.voice);
        let line = self.take_text(&section).or_else(|| self.retake_text(&section))?;
        let paragraph = self.tag_line(role, &line);

        Some(Unit {
            kind: String::new(),
            paragraphs: vec![paragraph],
            rank,
        })
    }

    /// As `weave_line`, and none rather than one that was said before.
    pub(crate) fn weave_fresh_line(&mut self, role: &'static str, intention: &str) -> Option<Unit> {
        let person = self.names.find_person(role)?;
        let line = self.take_text(&format!("voice/{}/{intention}", person.voice))?;
        let paragraph = self.tag_line(role, &line);

        Some(Unit {
            kind: String::new(),
            paragraphs: vec![paragraph],
            rank: 3,
        })
    }

    /// By turns: who says it, what they do meanwhile, both, or nothing.
    fn tag_line(&mut self, role: &'static str, line: &str) -> String {
        let gesture = match self.chance.pick_below(5) {
            0 => return line.to_owned(),
            1 | 2 => None,
            _ => self.take_gesture(role),
        };
        if let Some(gesture) = gesture {
            return match self.chance.pick_below(2) {
                0 => format!("{gesture} {line}"),
                _ => format!("{line} {gesture}"),
            };
        }

        let tagged = attach_tag(line, &self.name_speaker(role));
        // With who says it the last sentence is another one than it was.
        let last = split_sentences(&tagged)
            .last()
            .map_or_else(String::new, |last| (*last).to_owned());
        if !self.is_new(&last) {
            return line.to_owned();
        }
        self.keep(&last);
        tagged
    }

    fn name_speaker(&mut self, role: &'static str) -> String {
        if role == "p" && self.voice == Voice::First {
            return "I said".to_owned();
        }
        let person = self.names.find_person(role);
        let name = person.map_or_else(String::new, |person| self.names.shorten_name(role, person));

        format!("said {name}")
    }

    pub(crate) fn take_gesture(&mut self, role: &'static str) -> Option<String> {
        if role == "p" {
            return self.take_text("mine");
        }
        let person = self.names.find_person(role)?;
        self.names.cast_role("s", Some(person));
        let text = self.take_text("gesture").or_else(|| self.retake_text("gesture"));
        self.names.cast_role("s", None);

        text
    }

    /// Some bodies move while a thing is told.
    fn add_listener(&mut self, units: &mut Vec<Unit>, role: &'static str) {
        if let Some(gesture) = self.take_gesture(role) {
            units.insert(
                0,
                Unit {
                    kind: "gesture".to_owned(),
                    paragraphs: vec![gesture],
                    rank: 3,
                },
            );
        }
    }
}

fn find_progress(outline: &BookOutline, scene: &ScenePlan) -> (usize, usize) {
    let at = outline.scenes().position(|(_, plan)| plan.key == scene.key);

    (at.unwrap_or(0), outline.scenes().count())
}

const fn name_hour(at: i64) -> &'static str {
    match at.rem_euclid(24 * 60) / 60 {
        5..=10 => "morning",
        11..=13 => "noon",
        14..=17 => "afternoon",
        18..=20 => "evening",
        _ => "night",
    }
}

/// `"No."` → `"No," said Quayle.`
fn attach_tag(line: &str, tag: &str) -> String {
    if let Some(open) = line.strip_suffix(".\"").filter(|open| !open.ends_with("..")) {
        return format!("{open},\" {tag}.");
    }

    format!("{line} {tag}.")
}

fn unique_sentences(text: &str) -> impl Iterator<Item = u64> {
    let sentences: Vec<u64> = text
        .split(" / ")
        .flat_map(split_sentences)
        .filter(|sentence| count_words(sentence) >= WORDS_OF_UNIQUE)
        .map(|sentence| hash_text(&crate::text::normalise_sentence(sentence)))
        .collect();

    sentences.into_iter()
}

/// ` / ` ends a paragraph, and so does a speaker when the next one begins.
pub(crate) fn split_paragraphs(text: &str) -> Vec<String> {
    text.split(" / ")
        .flat_map(|part| {
            let parts: Vec<String> = part
                .replace("\" \"", "\"\n\"")
                .lines()
                .map(str::to_owned)
                .collect();
            parts
        })
        .collect()
}
