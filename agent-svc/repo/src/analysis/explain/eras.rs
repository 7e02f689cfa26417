//! History as hand-overs: stretches of years with one leader.

use std::collections::{BTreeMap, HashMap};

use crate::analysis::model::Era;

/// A year with no more commits belongs to its neighbour, unless they are many for this history.
const QUIET: u64 = 3;
/// With no more commits nobody leads others.
const LEAST: u64 = 1;
/// So many times the commits of a quiet year are fewer than all of them.
const FEW: u64 = 8;

/// What the walk through the history notes.
#[derive(Debug, Default)]
pub(crate) struct Ledger {
    people: BTreeMap<i32, HashMap<String, u64>>,
}

impl Ledger {
    /// Notes one commit that is neither a merge nor a bot's.
    pub(crate) fn note(&mut self, year: i32, email: &str) {
        *self
            .people
            .entry(year)
            .or_default()
            .entry(email.to_owned())
            .or_default() += 1;
    }
}

impl Ledger {
    /// What was done from several addresses was done by one person.
    pub(crate) fn join(&mut self, emails: &[String], name: &str) {
        for people in self.people.values_mut() {
            let commits: u64 = emails.iter().filter_map(|email| people.remove(email)).sum();
            if commits > 0 {
                *people.entry(name.to_owned()).or_default() += commits;
            }
        }
    }
}

/// Stretches of years in which the same person did most.
pub(crate) fn eras(ledger: &Ledger) -> Vec<Era> {
    let all: u64 = ledger.people.values().flat_map(HashMap::values).sum();
    let is_quiet = |commits: u64| commits <= QUIET && (commits < 2 || commits * FEW < all);
    let mut eras: Vec<Era> = Vec::new();
    for (year, people) in &ledger.people {
        let commits: u64 = people.values().sum();
        let Some((leader, led)) = people
            .iter()
            .max_by(|a, b| a.1.cmp(b.1).then_with(|| b.0.cmp(a.0)))
        else {
            continue;
        };
        match eras.last_mut() {
            Some(last) if last.leader == *leader || is_quiet(commits) => {
                last.to = *year;
                last.commits += commits;
                last.led += people.get(&last.leader).copied().unwrap_or(0);
            }
            _ => eras.push(Era {
                from: *year,
                to: *year,
                leader: leader.clone(),
                commits,
                led: *led,
            }),
        }
    }

    while eras.len() > 4 {
        let Some(at) = (1..eras.len()).min_by_key(|at| eras[*at].commits.min(eras[at - 1].commits)) else {
            break;
        };
        let gone = eras.remove(at);
        let kept = &mut eras[at - 1];
        kept.to = gone.to;
        if gone.led > kept.led {
            (kept.leader, kept.led) = (gone.leader, gone.led);
        }
        kept.commits += gone.commits;
    }

    name_leaders(&mut eras, ledger);

    eras
}

/// Names who did most in the whole of each stretch, and joins neighbours with the same leader.
fn name_leaders(eras: &mut Vec<Era>, ledger: &Ledger) {
    for era in eras.iter_mut() {
        let mut people: BTreeMap<&str, u64> = BTreeMap::new();
        for (name, commits) in ledger
            .people
            .range(era.from..=era.to)
            .flat_map(|(_, people)| people)
        {
            *people.entry(name).or_default() += commits;
        }

        let most = people
            .iter()
            .max_by_key(|(name, commits)| (**commits, **name == era.leader));
        if let Some((leader, led)) = most {
            // Of several who did as much, and of one who did next to nothing, none is in front.
            let others = people.values().filter(|commits| *commits == led).count();
            let leads = others == 1 && (*led > LEAST || people.len() == 1);
            era.leader = if leads {
                (*leader).to_owned()
            } else {
                String::new()
            };
            era.led = *led;
        }
    }

    eras.dedup_by(|next, kept| {
        let same = next.leader == kept.leader;
        if same {
            kept.to = next.to;
            kept.commits += next.commits;
            kept.led += next.led;
        }
        same
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_is_in_front_of_others_who_did_as_much() {
        let mut ledger = Ledger::default();
        for _ in 0..8 {
            ledger.note(2010, "ann@mill.example");
        }
        for name in ["bob", "cleo", "dan", "eve"] {
            ledger.note(2015, &format!("{name}@mill.example"));
        }
        let found = eras(&ledger);
        let leaders: Vec<&str> = found.iter().map(|era| era.leader.as_str()).collect();
        assert_eq!(leaders, ["ann@mill.example", ""]);
    }

    #[test]
    fn a_person_with_two_addresses_hands_nothing_over() {
        let mut ledger = Ledger::default();
        for _ in 0..8 {
            ledger.note(2010, "ann@home.example");
            ledger.note(2012, "ann@work.example");
        }
        let emails = ["ann@home.example".to_owned(), "ann@work.example".to_owned()];
        ledger.join(&emails, "Ann Lee");

        let found = eras(&ledger);
        assert_eq!((found.len(), found[0].leader.as_str()), (1, "Ann Lee"));
    }

    #[test]
    fn a_hand_over_ends_an_era() {
        let mut ledger = Ledger::default();
        for _ in 0..8 {
            ledger.note(2010, "Ann");
            ledger.note(2011, "Ann");
            ledger.note(2015, "Bob");
        }
        let found = eras(&ledger);
        let told: Vec<(i32, i32, &str)> = found
            .iter()
            .map(|era| (era.from, era.to, era.leader.as_str()))
            .collect();
        assert_eq!(told, [(2010, 2011, "Ann"), (2015, 2015, "Bob")]);
    }

    #[test]
    fn a_short_history_has_its_hand_over_too() {
        let mut ledger = Ledger::default();
        let years = [
            (2016, "Ann"),
            (2016, "Ann"),
            (2017, "Ann"),
            (2018, "Cid"),
            (2020, "Bob"),
            (2020, "Bob"),
        ];
        for (year, person) in years {
            ledger.note(year, person);
        }

        let found = eras(&ledger);
        let told: Vec<(i32, i32, &str, u64, u64)> = found
            .iter()
            .map(|era| (era.from, era.to, era.leader.as_str(), era.led, era.commits))
            .collect();
        assert_eq!(told, [(2016, 2018, "Ann", 3, 4), (2020, 2020, "Bob", 2, 2)]);
    }
}
