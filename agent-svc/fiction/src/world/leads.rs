//! The six who are in every book, and who of the prompt's people is which of them.

use proto::tasks::fiction::{
    cast::{Cast, Person, Role},
    ledger::Key,
    plan::{Genre, Premise},
};
use serde_json::{Value, json};

use super::{ABSENT, HOME, Maker};
use crate::{
    bank::find_texts,
    brief::{Brief, NamedPerson, Part, is_kin, is_kin_a_man},
};

impl Maker<'_> {
    /// The six who are in every book: protagonist, ally, mentor, antagonist, the one who is absent, the one at home.
    pub(super) fn make_leads(&mut self, brief: &Brief, premise: &Premise) -> [Key; 6] {
        if let Some(earlier) = &self.input.earlier {
            self.cast.people = keep_leads(&earlier.cast);
        }
        let is_new = self.input.earlier.is_none();
        let named = match is_new {
            true => deal_parts(brief, &premise.course),
            false => Default::default(),
        };
        let mut kin = brief.kin.clone();
        let owner = kin
            .iter()
            .position(|word| premise.matter.contains(&format!("{word}'s")))
            .map(|at| kin.remove(at));

        let parts = ["p", "a", "m", "x", "v", "c"];
        parts.map(|part| {
            let lead =
                |person: &&Person| person.entity.details.get("lead").and_then(Value::as_str) == Some(part);
            if let Some(kept) = self.cast.people.iter().find(lead) {
                return kept.entity.key.clone();
            }
            let given = parts
                .iter()
                .position(|other| *other == part)
                .and_then(|at| named[at]);
            let own = match part {
                "v" => owner.clone().or_else(|| {
                    let suits = !brief.is_absent_dead || may_be_dead(&premise.course);
                    brief.absent_kin.clone().filter(|_| suits)
                }),
                "c" | "a" if given.is_none() && is_new => take_kin(&mut kin, part),
                _ => None,
            };

            self.make_lead(part, given, own, brief, &premise.course)
        })
    }

    fn make_lead(
        &mut self,
        part: &'static str,
        given: Option<&NamedPerson>,
        kin: Option<String>,
        brief: &Brief,
        course: &str,
    ) -> Key {
        let young = self.genre == Genre::Children;
        let relation = given.and_then(|given| given.relation.clone()).or(kin);
        let is_man = given
            .and_then(|given| given.is_man)
            .or_else(|| relation.as_deref().and_then(is_kin_a_man))
            .or_else(|| find_force(&format!("frame/{course}/force"), part))
            .unwrap_or_else(|| self.chance.pick_below(2) == 0);
        let name = match given {
            Some(given) if given.is_family => {
                let first = self.make_word(if is_man { "men" } else { "women" });
                format!("{first} {}", given.name)
            }
            Some(given) if given.name.contains(' ') => given.name.clone(),
            given => {
                let first = given.map(|given| given.name.clone());
                let first = first.unwrap_or_else(|| self.make_word(if is_man { "men" } else { "women" }));
                let family = match relation.as_deref().filter(|relation| is_kin(relation)) {
                    Some(_) => self.find_own_family(),
                    None => self.make_family(),
                };
                format!("{first} {family}").trim_end().to_owned()
            }
        };
        let named_job = given.and_then(|given| given.job.clone());
        let profession = match part {
            "p" if young => Some("schoolchild".to_owned()),
            "p" => Some(
                brief
                    .profession
                    .clone()
                    .unwrap_or_else(|| self.pick_text("job").to_owned()),
            ),
            _ => named_job,
        };
        let own_age = given.and_then(|given| given.age).map(|age| (age, age));
        let ages = match brief.age.filter(|_| part == "p").or(own_age) {
            Some(ages) => ages,
            None => self.find_ages(part, relation.as_deref(), young),
        };
        let role = match part {
            "p" => Role::Protagonist,
            "a" => Role::Ally,
            "m" => Role::Mentor,
            "x" => Role::Antagonist,
            _ => Role::Other,
        };
        let key = self.make_person(name, role, is_man, ages, profession);

        self.note_detail(&key, "lead", json!(part));
        if let Some(relation) = relation {
            self.note_detail(&key, "relation", json!(relation));
        }
        match part {
            "v" => self.note_detail(&key, "part", json!(ABSENT)),
            "c" => self.note_detail(&key, "part", json!(HOME)),
            _ => {}
        }
        key
    }

    /// The family of the one whom the book is about.
    fn find_own_family(&mut self) -> String {
        let hero = self
            .cast
            .people
            .iter()
            .find(|person| person.role == Role::Protagonist);
        let family = hero.and_then(|hero| Some(hero.entity.name.split_once(' ')?.1.to_owned()));

        family.unwrap_or_else(|| self.make_family())
    }

    /// Youngest and oldest; kin are as much older or younger than the one whom the book is about as they can be.
    fn find_ages(&mut self, part: &str, relation: Option<&str>, young: bool) -> (usize, usize) {
        let lead_ages = if young { (8, 11) } else { (24, 44) };
        let hero = self
            .cast
            .people
            .iter()
            .find(|person| person.role == Role::Protagonist);
        let hero = hero
            .and_then(|hero| usize::try_from(hero.age?).ok())
            .unwrap_or(34);
        let around = |younger: usize, older: usize| (hero.saturating_sub(younger).max(7), hero + older);

        match (part, relation) {
            ("p", _) => lead_ages,
            (_, Some("grandson" | "granddaughter")) => {
                (hero.saturating_sub(54).max(7), hero.saturating_sub(46).max(9))
            }
            (_, Some("niece" | "nephew" | "daughter" | "son")) if hero >= 50 => (hero - 34, hero - 26),
            (_, Some("niece" | "nephew" | "daughter" | "son")) => (7, 10),
            (_, Some("mother" | "father" | "aunt" | "uncle")) => (hero + 22, hero + 30),
            (_, Some("grandmother" | "grandfather")) => (hero + 45, hero + 52),
            (_, Some("twin")) => (hero, hero),
            (_, Some("wife" | "husband" | "brother" | "sister" | "cousin")) => around(5, 6),
            ("a", _) => lead_ages,
            ("m", _) => (61, 76),
            ("x", _) => (42, 66),
            ("v", _) => (47, 70),
            _ if self.chance.pick_below(2) == 0 && !young => (7, 10),
            _ => (70, 82),
        }
    }
}

/// Whom the prompt names gets the part that is said of them, or the next that is free: ally, antagonist, the absent one,
/// mentor, the one at home. In the order of `make_leads`.
fn deal_parts<'b>(brief: &'b Brief, course: &str) -> [Option<&'b NamedPerson>; 6] {
    let mut dealt: [Option<&NamedPerson>; 6] = [None; 6];
    let is_told_of = |person: &&NamedPerson| person.is_dead && !may_be_dead(course);
    let mut left: Vec<&NamedPerson> = brief.people.iter().filter(|person| !is_told_of(person)).collect();
    if !brief.begins_unnamed && !left.is_empty() {
        dealt[0] = Some(left.remove(0));
    }
    let forced = |at: usize| {
        find_force(
            &format!("frame/{course}/force"),
            ["p", "a", "m", "x", "v", "c"][at],
        )
    };
    let suits = |person: &NamedPerson, at: usize| {
        forced(at).is_none_or(|is_man| person.is_man.is_none_or(|own| own == is_man))
    };

    left.retain(|person| {
        let at = match person.part {
            Some(Part::Ally) => 1,
            Some(Part::Mentor) => 2,
            Some(Part::Antagonist) => 3,
            Some(Part::Absent) => 4,
            Some(Part::Home) => 5,
            None => return true,
        };
        let fits = dealt[at].is_none() && suits(person, at);
        if fits {
            dealt[at] = Some(person);
        }
        !fits
    });
    // Who shares what neither can do without is the other one, not the friend.
    let order = match course {
        "rival" => [3, 1, 4, 2, 5],
        _ => [1, 3, 4, 2, 5],
    };
    for person in left {
        let free = order
            .into_iter()
            .find(|at| dealt[*at].is_none() && suits(person, *at));
        if let Some(at) = free {
            dealt[at] = Some(person);
        }
    }

    dealt
}

/// Whether who is absent in a course may be dead, or comes back.
pub(crate) fn may_be_dead(course: &str) -> bool {
    !matches!(
        course,
        "historical" | "journey" | "missing" | "find" | "theft" | "horror"
    )
}

/// Kin without a name who suit a part.
fn take_kin(kin: &mut Vec<String>, part: &str) -> Option<String> {
    let is_close = |word: &str| {
        matches!(
            word,
            "brother" | "sister" | "cousin" | "friend" | "partner" | "colleague"
        )
    };
    let at = kin.iter().position(|word| is_close(word) == (part == "a"))?;

    Some(kin.remove(at))
}

/// Who goes on: all who lead, save who was the antagonist or absent, for both of whom the book is over.
fn keep_leads(earlier: &Cast) -> Vec<Person> {
    let goes_on = |person: &&Person| {
        let lead = person.entity.details.get("lead").and_then(Value::as_str);
        matches!(lead, Some("p" | "a" | "m" | "c"))
    };

    earlier.people.iter().filter(goes_on).cloned().collect()
}

/// What `section` says of a part: `x he`.
fn find_force(section: &str, part: &str) -> Option<bool> {
    find_texts(section)
        .iter()
        .find_map(|line| match line.split_once(' ') {
            Some((of, "he")) if of == part => Some(true),
            Some((of, "she")) if of == part => Some(false),
            _ => None,
        })
}
