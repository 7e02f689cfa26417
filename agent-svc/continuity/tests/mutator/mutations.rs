//! One contradiction of a kind, written into a book as such an error would really appear: in its prose, in its ledgers or
//! in both. `None`: the book has nothing that could be contradicted so.

use proto::tasks::fiction::{
    cast::Item,
    finding::{ContinuityInput, FindingKind},
    ledger::Key,
    plan::{NarrativePerson, Tense},
};
use serde_json::{Value, json};

use crate::chance::Chance;

pub(crate) fn mutate_book(kind: FindingKind, clean: &ContinuityInput, seed: u64) -> Option<ContinuityInput> {
    let mut mutator = Mutator {
        book: clean.clone(),
        chance: Chance::seeded(seed),
    };
    match kind {
        FindingKind::Time => mutator.bend_time(),
        FindingKind::TwoPlaces => mutator.double_somebody(),
        FindingKind::Causality => mutator.turn_cause(),
        FindingKind::Dead => mutator.kill_somebody(),
        FindingKind::Possession => mutator.give_unheld(),
        FindingKind::Memory => mutator.deny_meeting(),
        FindingKind::Knowledge => mutator.tell_unlearned(),
        FindingKind::Skill => mutator.do_unlearned(),
        FindingKind::Appearance => mutator.change_looks(),
        FindingKind::Name => mutator.misspell_name(),
        FindingKind::Quantity => mutator.miscount(),
        FindingKind::Age => mutator.change_age(),
        FindingKind::PointOfView => mutator.slip_person(),
        FindingKind::Tense => mutator.slip_tense(),
        FindingKind::Geography => mutator.shorten_way(),
        FindingKind::Promise => mutator.forget_promise(),
        FindingKind::Repetition => mutator.repeat_sentence(),
        FindingKind::Cliche => mutator.add_phrase(),
    }?;

    Some(mutator.book)
}

struct Mutator {
    book: ContinuityInput,
    chance: Chance,
}

impl Mutator {
    fn scene_below(&mut self, from: usize) -> usize {
        from + self.chance.below(self.book.scenes.len() - from)
    }

    /// As a paragraph of its own among the others.
    fn insert(&mut self, scene: usize, text: impl Into<String>) {
        let at = self.chance.below(self.book.scenes[scene].prose.len() + 1);
        self.book.scenes[scene].prose.insert(at, text.into());
    }

    fn first_name(&self, who: &Key) -> String {
        let name = &self.book.cast.person(who).unwrap().entity.name;
        let first = name.split(' ').next().unwrap().to_owned();
        let shared = self
            .book
            .cast
            .people
            .iter()
            .filter(|person| person.entity.name.split(' ').any(|part| part == first))
            .count();
        if shared > 1 || matches!(first.as_str(), "Aunt" | "Old" | "Dr" | "Mrs" | "Mr") {
            name.clone()
        } else {
            first
        }
    }

    fn present(&self, scene: usize) -> Vec<Key> {
        let ledger = &self.book.scenes[scene].scene.ledger;
        ledger
            .present
            .iter()
            .map(|presence| presence.who.clone())
            .filter(|who| self.book.cast.person(who).is_some())
            .collect()
    }

    fn narrator(&self) -> Option<Key> {
        let outline = self.book.outline.as_ref().unwrap();
        (outline.person == NarrativePerson::First).then(|| outline.point_of_view.clone())
    }

    /// Somebody present who isn't the narrator, and the scene.
    fn somebody(&mut self, from: usize) -> Option<(usize, Key)> {
        for _ in 0..200 {
            let scene = self.scene_below(from);
            let narrator = self.narrator();
            let people: Vec<Key> = self
                .present(scene)
                .into_iter()
                .filter(|who| Some(who) != narrator.as_ref())
                .collect();
            if let Some(who) = self.chance.pick(&people) {
                return Some((scene, who.clone()));
            }
        }
        None
    }

    fn bend_time(&mut self) -> Option<()> {
        let scene = self.scene_below(2);
        match self.chance.below(3) {
            0 => {
                let gap = self.book.scenes[scene].scene.from - self.book.scenes[scene - 1].scene.until;
                let text = if gap.abs() > 30 * 1440 {
                    "An hour later it was all the same."
                } else {
                    "Nine weeks later the door was still open."
                };
                self.book.scenes[scene].prose.insert(0, text.to_owned());
            }
            1 => {
                let (scene, who) = self.somebody(1)?;
                let scene = &mut self.book.scenes[scene].scene;
                let at = scene.until + 600;
                scene.ledger.actions.push(
                    serde_json::from_value(json!({"who": who, "deed": "opens the cellar door", "at": at}))
                        .ok()?,
                );
            }
            _ => {
                let scene = &mut self.book.scenes[scene].scene;
                (scene.from, scene.until) = (scene.until + 30, scene.from);
            }
        }
        Some(())
    }

    fn double_somebody(&mut self) -> Option<()> {
        for _ in 0..200 {
            let (scene, who) = self.somebody(1)?;
            if self.chance.below(2) == 0 {
                let absent: Vec<Key> = self
                    .book
                    .cast
                    .people
                    .iter()
                    .map(|person| person.entity.key.clone())
                    .filter(|who| !self.present(scene).contains(who))
                    .collect();
                let speaker = self.chance.pick(&absent)?.clone();
                let name = self.first_name(&speaker);
                self.insert(scene, format!("“Wait for me at the corner,” said {name}."));
                return Some(());
            }
            let other = self.scene_below(0);
            let (here, there) = (&self.book.scenes[scene].scene, &self.book.scenes[other].scene);
            if here.place == there.place || other == scene || there.until <= there.from {
                continue;
            }
            let (from, until) = (here.from, here.until);
            let presence = json!({"who": who, "from": from, "until": until});
            let there = &mut self.book.scenes[other].scene;
            (there.from, there.until) = (from, until);
            there.ledger.present.retain(|presence| presence.who != who);
            there.ledger.present.push(serde_json::from_value(presence).ok()?);
            return Some(());
        }
        None
    }

    fn turn_cause(&mut self) -> Option<()> {
        let (scene, who) = self.somebody(1)?;
        let early = self.chance.below(scene);
        let key = Key::parse("new-fact")?;
        let place = self.book.scenes[scene].scene.place.clone()?;
        let fact =
            json!({"key": key, "subject": who, "predicate": "has sealed", "object": {"entity": place}});
        // The scene that is first in story time has to come after the fact's own.
        if self.book.scenes[early].scene.until >= self.book.scenes[scene].scene.from {
            return None;
        }
        self.book.scenes[scene]
            .scene
            .ledger
            .facts
            .push(serde_json::from_value(fact).ok()?);
        let ledger = &mut self.book.scenes[early].scene.ledger;
        if self.chance.below(2) == 0 {
            ledger.relies_on.push(key);
        } else {
            let action =
                json!({"who": who, "deed": "breaks the seal", "needs": [{"fact": key, "holds": true}]});
            ledger.actions.push(serde_json::from_value(action).ok()?);
        }
        Some(())
    }

    fn kill_somebody(&mut self) -> Option<()> {
        let (scene, who) = self.somebody(2)?;
        let early = self.chance.below(scene);
        if self.book.scenes[early].scene.until >= self.book.scenes[scene].scene.from {
            return None;
        }
        let name = self.first_name(&who);
        let fact = json!({"key": "death", "subject": who, "predicate": "is dead", "object": {"text": "yes"}});
        self.book.scenes[early]
            .scene
            .ledger
            .facts
            .push(serde_json::from_value(fact).ok()?);
        self.insert(scene, format!("{name} smiled and turned to the window."));
        Some(())
    }

    /// Who has a thing, or where it lies, all through a scene; none when it is moved in it.
    fn find_holder(&self, item: &Item, scene: usize) -> Option<Key> {
        let begin = self.book.scenes[scene].scene.from;
        let mut moves: Vec<_> = self
            .book
            .scenes
            .iter()
            .enumerate()
            .flat_map(|(index, told)| {
                let moves = told.scene.ledger.moves.iter();
                moves.map(move |moved| (moved.at.unwrap_or(told.scene.from), index, moved))
            })
            .filter(|(.., moved)| moved.item == item.entity.key)
            .collect();
        moves.sort_by_key(|(at, index, _)| (*at, *index));
        if moves.iter().any(|(_, index, _)| *index == scene) {
            return None;
        }
        match moves.iter().rfind(|(at, ..)| *at <= begin) {
            Some((.., moved)) => moved.to.clone(),
            None => item.holder.clone().or_else(|| item.place.clone()),
        }
    }

    fn give_unheld(&mut self) -> Option<()> {
        for _ in 0..200 {
            let (scene, who) = self.somebody(0)?;
            let items = self.book.cast.items.clone();
            let item = self.chance.pick(&items)?.clone();
            let to = self.present(scene).into_iter().find(|other| *other != who);
            let is_elsewhere = self
                .find_holder(&item, scene)
                .is_some_and(|holder| holder != who && self.book.cast.person(&holder).is_some());
            let (Some(to), true) = (to, is_elsewhere) else {
                continue;
            };
            if self.chance.below(2) == 0 {
                let moved = json!({"item": item.entity.key, "mode": "held", "to": to, "by": who});
                self.book.scenes[scene]
                    .scene
                    .ledger
                    .moves
                    .push(serde_json::from_value(moved).ok()?);
            } else {
                let (giver, taker) = (self.first_name(&who), self.first_name(&to));
                self.insert(scene, format!("{giver} handed {} to {taker}.", item.entity.name));
            }
            return Some(());
        }
        None
    }

    fn deny_meeting(&mut self) -> Option<()> {
        for _ in 0..300 {
            let (scene, who) = self.somebody(1)?;
            let met = (0..self.book.scenes.len())
                .filter(|other| self.book.scenes[*other].scene.until < self.book.scenes[scene].scene.from);
            let met: Vec<Key> = met
                .map(|other| self.present(other))
                .filter(|present| present.contains(&who))
                .flatten()
                .filter(|other| *other != who)
                .collect();
            let Some(other) = self.chance.pick(&met).cloned() else {
                continue;
            };
            let (one, two) = (
                self.first_name(&who),
                self.book.cast.person(&other)?.entity.name.clone(),
            );
            let text = match self.chance.below(3) {
                0 => format!("{one} had never met {two}."),
                1 => format!("“I have never met {two},” said {one}."),
                _ => {
                    let fact = json!({"key": "stranger", "subject": who, "predicate": "has never met", "object": {"entity": other}});
                    self.book.scenes[scene]
                        .scene
                        .ledger
                        .facts
                        .push(serde_json::from_value(fact).ok()?);
                    return Some(());
                }
            };
            self.insert(scene, text);
            return Some(());
        }
        None
    }

    fn tell_unlearned(&mut self) -> Option<()> {
        for _ in 0..300 {
            let (scene, who) = self.somebody(0)?;
            let secrets: Vec<_> = self
                .book
                .cast
                .facts
                .iter()
                .filter(|fact| fact.hidden && !fact.known_by.contains(&who) && fact.fact.subject != who)
                .cloned()
                .collect();
            let secret = self.chance.pick(&secrets)?.clone();
            let key = &secret.fact.key;
            let knows = self.book.scenes.iter().any(|told| {
                told.scene
                    .ledger
                    .learned
                    .iter()
                    .any(|learned| learned.who == who && learned.fact == *key)
            });
            let Some(other) = self.present(scene).into_iter().find(|other| *other != who) else {
                continue;
            };
            if knows {
                continue;
            }
            let name = self.first_name(&who);
            match self.chance.below(3) {
                0 => {
                    let learned = json!({"who": other, "fact": key, "told_by": who});
                    self.book.scenes[scene]
                        .scene
                        .ledger
                        .learned
                        .push(serde_json::from_value(learned).ok()?);
                }
                1 => self.insert(scene, format!("“{},” said {name}.", secret.statement)),
                _ => self.insert(scene, format!("{name} knew that {}.", secret.statement)),
            }
            return Some(());
        }
        None
    }

    fn do_unlearned(&mut self) -> Option<()> {
        let (scene, who) = self.somebody(1)?;
        let name = self.first_name(&who);
        let skills = [
            ("pick locks", "picked the lock with a hairpin"),
            ("swim", "swam to the far bank"),
            ("play the violin", "played the violin"),
            ("read Latin", "read the Latin aloud"),
        ];
        let (skill, deed) = skills[self.chance.below(3)];
        let owner = self
            .book
            .cast
            .people
            .iter_mut()
            .find(|person| person.entity.key != who)?;
        owner.skills.push(skill.to_owned());
        self.insert(scene, format!("{name} {deed}."));
        Some(())
    }

    fn change_looks(&mut self) -> Option<()> {
        for _ in 0..200 {
            let (scene, who) = self.somebody(0)?;
            let person = self.book.cast.person(&who)?.clone();
            let name = self.first_name(&who);
            let (eyes, hair) = (person.appearance.eyes.clone(), person.appearance.hair.clone());
            let colour = match eyes.as_deref() {
                Some(eyes) if eyes.contains("green") || eyes.contains("brown") || eyes.contains("hazel") => {
                    "blue"
                }
                Some(eyes) if eyes.contains("blue") || eyes.contains("black") || eyes.contains("dark") => {
                    "green"
                }
                Some(_) => "brown",
                None => continue,
            };
            let pronoun = serde_json::to_value(person.pronoun).ok()?;
            let own = match pronoun.as_str()? {
                "he" => "His",
                "she" => "Her",
                _ => continue,
            };
            let strand = match hair.as_deref() {
                Some(hair) if hair.contains("black") || hair.contains("brown") || hair.contains("dark") => {
                    "red"
                }
                Some(_) => "black",
                None => continue,
            };
            let text = match self.chance.below(5) {
                0 => format!("{name}'s {colour} eyes stayed on the door."),
                1 => format!("{name} had short {strand} hair."),
                2 => format!("{name} sat down on the bench by the wall. {own} {colour} eyes were calm."),
                3 => format!("The {colour}-eyed {name} said nothing at all."),
                _ => format!("{name}’s hair was {strand}."),
            };
            self.insert(scene, text);
            return Some(());
        }
        None
    }

    fn misspell_name(&mut self) -> Option<()> {
        for _ in 0..300 {
            let (scene, who) = self.somebody(0)?;
            let full = self.book.cast.person(&who)?.entity.name.clone();
            let parts: Vec<&str> = full.split(' ').filter(|part| part.chars().count() >= 5).collect();
            let Some(part) = self.chance.pick(&parts).map(|part| (*part).to_owned()) else {
                continue;
            };
            let wrong = self.spoil(&part);
            let prose = &mut self.book.scenes[scene].prose;
            let Some(paragraph) = prose.iter_mut().find(|paragraph| paragraph.contains(&part)) else {
                continue;
            };
            *paragraph = paragraph.replacen(&part, &wrong, 1);
            return Some(());
        }
        None
    }

    fn spoil(&mut self, name: &str) -> String {
        let mut letters: Vec<char> = name.chars().collect();
        let at = 1 + self.chance.below(letters.len() - 2);
        match self.chance.below(4) {
            0 => letters.insert(at, letters[at]),
            1 if letters[at] != letters[at + 1] => letters.swap(at, at + 1),
            2 => letters[at] = if letters[at] == 'o' { 'u' } else { 'o' },
            _ => {
                letters.remove(at);
            }
        }
        letters.into_iter().collect()
    }

    fn miscount(&mut self) -> Option<()> {
        let (scene, who) = self.somebody(1)?;
        let name = self.first_name(&who);
        let early = self.chance.below(scene);
        match self.chance.below(3) {
            0 => self.insert(early, format!("{name} had three daughters.")),
            1 => {
                let fact = json!({"key": "daughters", "subject": who, "predicate": "has", "object": {"text": "three daughters"}});
                self.book.scenes[early]
                    .scene
                    .ledger
                    .facts
                    .push(serde_json::from_value(fact).ok()?);
            }
            _ => {
                let person = self
                    .book
                    .cast
                    .people
                    .iter_mut()
                    .find(|person| person.entity.key == who)?;
                person
                    .entity
                    .details
                    .insert("daughters".to_owned(), Value::from(3));
            }
        }
        self.insert(scene, format!("{name}'s four daughters waited in the yard."));
        Some(())
    }

    fn change_age(&mut self) -> Option<()> {
        for _ in 0..200 {
            let (scene, who) = self.somebody(0)?;
            let Some(age) = self.book.cast.person(&who)?.age else {
                continue;
            };
            let years = age + 4 + u32::try_from(self.chance.below(9)).ok()?;
            let name = self.first_name(&who);
            let text = match self.chance.below(4) {
                0 => format!("{name} was {years} years old."),
                1 => format!("“I am {years},” said {name}."),
                2 => format!("{name}, {years}, sat down on the step by the door."),
                _ => {
                    let fact = json!({"key": "new-age", "subject": who, "predicate": "is aged", "object": {"text": years.to_string()}});
                    self.book.scenes[scene]
                        .scene
                        .ledger
                        .facts
                        .push(serde_json::from_value(fact).ok()?);
                    return Some(());
                }
            };
            self.insert(scene, text);
            return Some(());
        }
        None
    }

    fn slip_person(&mut self) -> Option<()> {
        match self.narrator() {
            None => {
                let scene = self.scene_below(0);
                let texts = [
                    "I watched the door and said nothing.",
                    "It made my hands cold to look at it.",
                    "Nobody had told me about the second key.",
                ];
                let text = texts[self.chance.below(3)];
                self.insert(scene, text);
            }
            Some(narrator) => {
                let scene = self.scene_below(0);
                let name = self.first_name(&narrator);
                self.insert(scene, format!("{name} walked to the door and listened."));
            }
        }
        Some(())
    }

    fn slip_tense(&mut self) -> Option<()> {
        let (scene, who) = self.somebody(0)?;
        let name = self.first_name(&who);
        let past = self.book.outline.as_ref()?.tense == Tense::Past;
        let text = match (past, self.chance.below(3)) {
            (true, 0) => format!("{name} walks to the door and opens it."),
            (true, 1) => format!("“Come in,” {name} says."),
            (true, _) => format!("{name} is very quiet in the corner by the stove."),
            (false, _) => format!("{name} walked to the door and opened it."),
        };
        self.insert(scene, text);
        Some(())
    }

    fn shorten_way(&mut self) -> Option<()> {
        for _ in 0..300 {
            let places = self.book.cast.places.clone();
            let place = self.chance.pick(&places)?;
            let Some(way) = self.chance.pick(&place.travel).filter(|way| way.minutes > 1) else {
                continue;
            };
            if self.chance.below(2) == 0 {
                let scene = self.scene_below(0);
                let to = &self.book.cast.place(&way.to)?.entity.name;
                let text = format!(
                    "From {} to {to} the way took {} minutes.",
                    place.entity.name,
                    way.minutes * 5
                );
                self.insert(scene, text);
                return Some(());
            }
            // The next scene of somebody is moved up to this one's end.
            let scene = self.chance.below(self.book.scenes.len() - 1);
            let (here, there) = (&self.book.scenes[scene].scene, &self.book.scenes[scene + 1].scene);
            let shared = self
                .present(scene)
                .iter()
                .any(|who| self.present(scene + 1).contains(who));
            let is_way = here
                .place
                .as_ref()
                .and_then(|here| self.book.cast.place(here))
                .is_some_and(|here| {
                    here.travel
                        .iter()
                        .any(|way| Some(&way.to) == there.place.as_ref() && way.minutes > 1)
                });
            if !shared || !is_way || here.place == there.place {
                continue;
            }
            let (from, length) = (here.until, there.until - there.from);
            let there = &mut self.book.scenes[scene + 1].scene;
            (there.from, there.until) = (from, from + length);
            for at in there
                .ledger
                .actions
                .iter_mut()
                .filter_map(|action| action.at.as_mut())
            {
                *at = from;
            }
            for at in there
                .ledger
                .learned
                .iter_mut()
                .filter_map(|learned| learned.at.as_mut())
            {
                *at = from;
            }
            return Some(());
        }
        None
    }

    fn forget_promise(&mut self) -> Option<()> {
        let promise = self.book.outline.as_ref()?.promises.first()?.key.clone();
        let stage = ["paid", "planted"][self.chance.below(2)];
        for told in &mut self.book.scenes {
            told.scene
                .ledger
                .promises
                .retain(|step| step.promise != promise || step.stage.as_str() != stage);
        }
        Some(())
    }

    fn repeat_sentence(&mut self) -> Option<()> {
        for _ in 0..200 {
            let (from, to) = (self.scene_below(0), self.scene_below(0));
            let sentences: Vec<String> = self.book.scenes[from]
                .prose
                .iter()
                .flat_map(|paragraph| continuity::split_sentences(paragraph))
                .map(str::to_owned)
                .collect();
            let long: Vec<&String> = sentences
                .iter()
                .filter(|sentence| sentence.split_whitespace().count() > 7)
                .collect();
            if let Some(sentence) = self.chance.pick(&long).map(|sentence| (*sentence).clone()) {
                self.insert(to, sentence);
                return Some(());
            }
        }
        None
    }

    fn add_phrase(&mut self) -> Option<()> {
        let scene = self.scene_below(0);
        let texts = [
            "There was a deafening silence.",
            "It happened in the nick of time.",
            "The door was like a needle in a haystack.",
            "It was as cold as ice in there.",
        ];
        let text = texts[self.chance.below(4)];
        self.insert(scene, text);
        Some(())
    }
}
