//! The people whom a prompt names, and what they are to the one whom the book is about.

use super::{
    FINDERS, PLACE_MARKS, Word, is_capitalised,
    kin::{Hero, Part, Tie, find_fate, find_plural, is_kin, read_tie},
    phrase::is_latin,
};
use crate::bank::find_texts;

const MOST_PEOPLE: usize = 5;
/// Words that are names only where a name stands: after a verb of naming or before a verb.
const NAMES_THAT_ARE_WORDS: &[&str] = &[
    "Will", "Rose", "Hope", "Grace", "Faith", "Mark", "Joy", "Art", "Bill", "Dawn", "May", "June", "Violet",
    "Iris", "Hazel", "Ivy", "Ruby", "Pearl", "Lily",
];
/// Words of other uses that are families' names behind a first one.
const FAMILIES_THAT_ARE_WORDS: &[&str] = &[
    "Summer", "Winter", "Spring", "Autumn", "Light", "Long", "King", "Judge", "Abbot", "French", "English",
    "German", "Dark", "Young", "March", "May", "Moon", "Prince", "Lord", "Deep", "Few", "Last", "Story",
    "War",
];
/// What stands behind these is the name of a thing.
const VESSELS: &[&str] = &[
    "schooner",
    "ship",
    "boat",
    "steamer",
    "frigate",
    "barque",
    "brig",
    "ketch",
    "yacht",
    "trawler",
    "submarine",
    "freighter",
    "station",
    "hotel",
    "operation",
    "project",
    "planet",
    "comet",
    "island",
    "lake",
    "mount",
    "river",
];
/// Stand between what somebody is and their name: `the butler, Mr Crane`.
pub(super) const TITLES: &[&str] = &[
    "mr",
    "mrs",
    "ms",
    "miss",
    "dr",
    "doctor",
    "lady",
    "lord",
    "sir",
    "dame",
    "madame",
    "captain",
    "professor",
    "brother",
    "sister",
    "father",
    "bishop",
    "inspector",
    "detective",
    "sergeant",
    "colonel",
    "baron",
    "count",
];
/// Stand within a name.
const PARTICLES: &[&str] = &[
    "van", "von", "de", "del", "der", "den", "di", "da", "dos", "du", "la", "le", "al", "el", "bin", "ibn",
    "ben", "ter",
];

/// Titles and trades that make somebody a part.
const TRADES: &[(&str, Part, Option<bool>)] = &[
    ("witch", Part::Antagonist, Some(false)),
    ("sorcerer", Part::Antagonist, Some(true)),
    ("wizard", Part::Mentor, Some(true)),
    ("thief", Part::Antagonist, None),
    ("detective", Part::Mentor, None),
    ("inspector", Part::Mentor, None),
    ("abbot", Part::Mentor, Some(true)),
    ("professor", Part::Mentor, None),
    ("captain", Part::Mentor, None),
    ("judge", Part::Mentor, None),
];

/// A name as it was written, and what else is said of who has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct NamedPerson {
    pub(crate) name: String,
    pub(crate) is_man: Option<bool>,
    /// `niece`.
    pub(crate) relation: Option<String>,
    pub(crate) job: Option<String>,
    pub(crate) part: Option<Part>,
    /// As the prompt says.
    pub(crate) age: Option<usize>,
    /// Dead when the book begins.
    pub(crate) is_dead: bool,
    /// `Detective Novak` has another name before it.
    pub(crate) is_family: bool,
    /// Where in the prompt.
    pub(crate) at: usize,
}

pub(super) fn is_no_name(text: &str) -> bool {
    find_texts("no/names").contains(&text)
}

pub(super) fn is_known_name(text: &str) -> bool {
    ["women", "men", "known/women", "known/men", "known/either"]
        .iter()
        .any(|list| find_texts(list).contains(&text))
}

/// The first trade within a stretch of the prompt, and where it stands.
pub(super) fn find_role(lower: &[String], from: usize, to: usize) -> Option<(usize, String)> {
    let roles = find_texts("role/words");
    (from..to.min(lower.len())).find_map(|at| {
        let pair = lower.get(at + 1).map(|next| format!("{} {next}", lower[at]));
        if let Some(pair) = pair.filter(|pair| roles.contains(&pair.as_str())) {
            return Some((at, pair));
        }
        roles
            .contains(&lower[at].as_str())
            .then(|| (at, lower[at].clone()))
    })
}

pub(super) fn read_people(words: &[Word<'_>], lower: &[String], town: Option<&str>) -> Vec<NamedPerson> {
    let mut people: Vec<NamedPerson> = Vec::new();
    let mut index = 0;
    while index < words.len() {
        let at = index;
        index += 1;
        if !stands_as_name(words, lower, at, town) {
            continue;
        }
        let (name, behind) = read_full_name(words, at);
        index = behind;
        let first = words[at].text;
        let is_known = people
            .iter()
            .any(|known| known.name.split(' ').any(|part| part == first));
        if !is_known && people.len() < MOST_PEOPLE {
            let person = {
                // `A librarian opens the museum. Detective Novak suspects her father`: whom it is about has no name.
                let is_about =
                    |first: &&NamedPerson| find_role(lower, 0, first.at.saturating_sub(3)).is_none();
                let hero = people.first().filter(is_about).map(Hero::from_person);
                describe_person(words, lower, name, (at, behind), hero)
            };
            people.push(person);
        }
    }
    share_families(words, lower, &mut people);

    people
}

/// A first name, particles and family names, and where it ends.
fn read_full_name(words: &[Word<'_>], at: usize) -> (String, usize) {
    const MOST_PARTS: usize = 4;
    let mut name = words[at].text.to_owned();
    let mut end = at + 1;
    while end < at + MOST_PARTS {
        let last = &words[end - 1];
        if last.is_possessive || last.ends_clause {
            break;
        }
        let is_family = |at: usize| {
            words.get(at).is_some_and(|next| {
                !next.begins_sentence
                    && is_capitalised(next.text)
                    && (!is_no_name(next.text) || FAMILIES_THAT_ARE_WORDS.contains(&next.text))
            })
        };
        let particles = (end..)
            .take_while(|at| words.get(*at).is_some_and(|word| PARTICLES.contains(&word.text)))
            .count();
        if particles > 2 || !is_family(end + particles) {
            break;
        }
        for word in &words[end..=end + particles] {
            name.push(' ');
            name.push_str(word.text);
        }
        end += particles + 1;
    }

    (name, end)
}

/// `Two sisters, Mercy and Joy Carrow`: the last one's family is the first one's, and they are sisters.
fn share_families(words: &[Word<'_>], lower: &[String], people: &mut [NamedPerson]) {
    let [first, second, ..] = people else { return };

    let are_joined = lower
        .get(first.at + first.name.split(' ').count())
        .map(String::as_str)
        == Some("and")
        && second.at == first.at + first.name.split(' ').count() + 1;
    let plural = (first.at.saturating_sub(3)..first.at).find_map(|at| find_plural(&lower[at]));
    if let Some((word, part, _)) = plural.filter(|_| are_joined && second.relation.is_none()) {
        second.relation = Some((*word).to_owned());
        second.part = Some(*part);
        let is_man = |person: &NamedPerson| match *word {
            "sister" => Some(false),
            "brother" => Some(true),
            _ => person.is_man,
        };
        (first.is_man, second.is_man) = (is_man(first), is_man(second));
    }
    let is_close = second.relation.as_deref().is_some_and(is_kin) || are_joined && plural.is_none();
    let takes = is_close && !first.name.contains(' ') && !words[first.at].is_possessive;
    if let Some((_, family)) = second.name.split_once(' ').filter(|_| takes) {
        first.name = format!("{} {family}", first.name);
    }
}

fn stands_as_name(words: &[Word<'_>], lower: &[String], at: usize, town: Option<&str>) -> bool {
    let word = &words[at];
    if !is_capitalised(word.text) || !is_latin(word.text) {
        return false;
    }
    if is_no_name(word.text) {
        return is_month_of_a_person(words, lower, at);
    }
    let is_ship = at > 0 && VESSELS.contains(&lower[at - 1].as_str()) && !words[at - 1].ends_clause;
    if is_ship || word.is_quoted && !is_known_name(word.text) {
        return false;
    }
    let is_word_too = NAMES_THAT_ARE_WORDS.contains(&word.text);
    let is_listed = is_known_name(word.text) && !is_word_too;
    let before = at.checked_sub(1).map_or("", |before| lower[before].as_str());
    // A sentence begins with a capital letter in any case: only what is known for a name or stands as one counts.
    let has_family = words.get(at + 1).is_some_and(|next| {
        !word.ends_clause && !next.begins_sentence && is_capitalised(next.text) && !is_no_name(next.text)
    });
    if word.begins_sentence && !is_listed && !is_word_too && !has_family && !stands_before_verb(lower, at) {
        return false;
    }
    // `Baker Anna Sokolova`: a trade with a capital letter.
    let next_is_first = words.get(at + 1).is_some_and(|next| is_known_name(next.text));
    if word.begins_sentence && has_family && next_is_first && !is_known_name(word.text) {
        return false;
    }
    // `the Danube bridge`, `a Venetian glassblower`.
    if !word.begins_sentence && matches!(before, "the" | "a" | "an") {
        return false;
    }
    if !is_listed && !has_family && is_of_a_people(words, at) {
        return false;
    }
    if at > 0 && PLACE_MARKS.contains(&before) && !is_listed && !is_word_too {
        let is_called = before == "called" && at > 1 && find_role(lower, at - 2, at - 1).is_some();
        if !is_called {
            return false;
        }
    }

    town.is_none_or(|town| town.split(' ').all(|part| part != word.text))
}

/// `to May, a pilot`.
fn is_month_of_a_person(words: &[Word<'_>], lower: &[String], at: usize) -> bool {
    let word = &words[at];
    let before = at.checked_sub(1).map_or("", |before| lower[before].as_str());
    let is_apposed = word.ends_clause
        && lower
            .get(at + 1)
            .is_some_and(|next| matches!(next.as_str(), "a" | "an" | "the" | "his" | "her" | "who"));

    matches!(word.text, "May" | "June" | "April")
        && is_apposed
        && !word.begins_sentence
        && matches!(
            before,
            "to" | "with" | "and" | "named" | "called" | "meets" | "loves"
        )
}

/// `Norwegian sailors`.
fn is_of_a_people(words: &[Word<'_>], at: usize) -> bool {
    let word = &words[at];
    let ends = ["ese", "ish", "ian", "ean"]
        .iter()
        .any(|end| word.text.ends_with(end));

    ends && !word.ends_clause
        && !word.is_possessive
        && words
            .get(at + 1)
            .is_some_and(|next| next.text.starts_with(char::is_lowercase))
}

/// What stands around a name says who it is: `her rival Osric`, `the doctor, Lin Wei`, `Mira Voss is a lighthouse keeper`.
fn describe_person(
    words: &[Word<'_>],
    lower: &[String],
    name: String,
    (at, behind): (usize, usize),
    hero: Option<Hero<'_>>,
) -> NamedPerson {
    let before = at.checked_sub(1).map_or("", |before| lower[before].as_str());
    let before = match before {
        "named" | "called" => at.checked_sub(2).map_or("", |first| lower[first].as_str()),
        before => before,
    };
    let tie = read_tie(words, lower, at, hero).or_else(|| read_apposed_tie(words, lower, behind, hero));
    let order = match before {
        "brother" if tie.is_some_and(|tie| tie.is_nobodys) => Some("monk"),
        "sister" if tie.is_some_and(|tie| tie.is_nobodys) => Some("nun"),
        _ => None,
    };
    let tie = tie.filter(|_| order.is_none());
    let relation = tie.filter(|tie| tie.is_heros).map(|tie| tie.relation);
    let job = read_job(words, lower, (at, behind), before, tie.as_ref()).or_else(|| order.map(str::to_owned));
    let trade = TRADES
        .iter()
        .find(|(trade, ..)| before == *trade || job.as_deref() == Some(*trade));
    let title_is_man = match before {
        "brother" | "father" | "sir" | "lord" | "king" | "prince" | "mr" => Some(true),
        "sister" | "mother" | "lady" | "queen" | "princess" | "mrs" | "ms" => Some(false),
        _ => None,
    };
    let fate = find_fate(lower, behind.saturating_sub(1)).filter(|_| !words[behind - 1].is_possessive);
    let is_dead = tie.is_some_and(|tie| tie.is_dead)
        || matches!(before, "late" | "dead" | "murdered")
        || fate == Some(true);
    let is_away = is_dead || tie.is_some_and(|tie| tie.is_gone) || before == "missing" || fate == Some(false);
    let follows = lower.get(behind).is_some_and(|next| {
        matches!(
            next.as_str(),
            "follows" | "hunts" | "chases" | "threatens" | "wants"
        )
    });

    NamedPerson {
        is_man: title_is_man
            .or_else(|| tie.and_then(|tie| tie.relation.2))
            .or_else(|| trade.and_then(|(.., is_man)| *is_man))
            .or_else(|| guess_gender(&name))
            .or_else(|| read_pronoun(lower, behind)),
        part: is_away
            .then_some(Part::Absent)
            .or_else(|| relation.map(|(_, part, _)| read_part(lower, *part, tie.as_ref())))
            .or_else(|| words[behind - 1].is_possessive.then_some(Part::Home))
            .or_else(|| trade.map(|(_, part, _)| *part))
            .or_else(|| follows.then_some(Part::Antagonist)),
        age: None,
        is_dead,
        relation: relation.map(|(word, ..)| (*word).to_owned()),
        is_family: matches!(
            before,
            "detective"
                | "inspector"
                | "captain"
                | "professor"
                | "doctor"
                | "judge"
                | "mr"
                | "mrs"
                | "ms"
                | "dr"
                | "agent"
        ) && !name.contains(' ')
            && !is_known_name(&name),
        job,
        name,
        at,
    }
}

/// `Hope and her grandson Will`: who is named in one breath with somebody goes along.
fn read_part(lower: &[String], part: Part, tie: Option<&Tie>) -> Part {
    let goes_along = tie
        .and_then(|tie| tie.from.checked_sub(1))
        .is_some_and(|before| matches!(lower[before].as_str(), "and" | "with"));

    match part {
        Part::Home if goes_along => Part::Ally,
        part => part,
    }
}

/// `Osric, her rival`.
fn read_apposed_tie(
    words: &[Word<'_>],
    lower: &[String],
    behind: usize,
    hero: Option<Hero<'_>>,
) -> Option<Tie> {
    if !words[behind - 1].ends_clause {
        return None;
    }
    let whose = words.get(behind)?;
    let is_whose = matches!(lower[behind].as_str(), "her" | "his" | "their" | "my") || whose.is_possessive;
    let at = (behind + 1..behind + 3)
        .take_while(|at| *at < words.len() && !words[at - 1].ends_clause)
        .find(|at| super::kin::find_relation(&lower[*at]).is_some())?;
    // `Hope, her brother Jonas and …` names two.
    let names_another = words
        .get(at + 1)
        .is_some_and(|next| !words[at].ends_clause && is_capitalised(next.text));

    super::kin::tie_at(words, lower, at, hero).filter(|_| is_whose && !names_another)
}

fn read_job(
    words: &[Word<'_>],
    lower: &[String],
    (at, behind): (usize, usize),
    before: &str,
    tie: Option<&Tie>,
) -> Option<String> {
    // What stands before `Faith's brother Jonas` is said of Jonas.
    if words[behind - 1].is_possessive {
        return None;
    }
    let is_led = matches!(before, "named" | "called") || TITLES.contains(&before);
    let from = at.saturating_sub(if is_led { 3 } else { 2 });
    let is_titled = TITLES.contains(&before);
    let ends_at = |end: usize| {
        move |(place, role): &(usize, String)| {
            let behind = place + role.split(' ').count();
            behind == end
                || is_titled && behind + 1 == end
                || before == role.rsplit(' ').next().unwrap_or(role)
        }
    };
    let apposed = tie
        .filter(|tie| tie.from > 0 && tie.at < at && words[tie.from - 1].ends_clause)
        .and_then(|tie| find_role(lower, tie.from.saturating_sub(2), tie.from).filter(ends_at(tie.from)));
    let apposition = lower
        .get(behind)
        .is_some_and(|word| matches!(word.as_str(), "a" | "an" | "the" | "her" | "his" | "is" | "was"));
    let reach = if apposition { behind + 5 } else { behind };

    find_role(lower, from, at)
        .filter(ends_at(at))
        .or(apposed)
        .or_else(|| find_role(lower, behind, reach))
        .map(|(_, role)| role)
}

fn guess_gender(name: &str) -> Option<bool> {
    let first = name.split(' ').next().unwrap_or_default();
    let is_in = |list: &str| find_texts(list).contains(&first);
    if is_in("men") || is_in("known/men") {
        return Some(true);
    }

    if is_in("women") || is_in("known/women") || first.ends_with('a') {
        return Some(false);
    }
    // Family names of eastern Europe say it, too.
    let family = name.rsplit(' ').next().filter(|family| *family != first)?;
    if ["ova", "eva", "skaya", "ska"]
        .iter()
        .any(|end| family.ends_with(end))
    {
        return Some(false);
    }

    ["ov", "ev", "sky", "ski"]
        .iter()
        .any(|end| family.ends_with(end))
        .then_some(true)
}

/// `Mira finds`, `Osric has`.
fn stands_before_verb(lower: &[String], at: usize) -> bool {
    lower.get(at + 1).is_some_and(|next| {
        FINDERS.contains(&next.as_str()) || find_texts("verbs/of/people").contains(&next.as_str())
    })
}

/// The nearest `he` or `she` behind a name.
fn read_pronoun(lower: &[String], from: usize) -> Option<bool> {
    lower
        .iter()
        .skip(from)
        .take(40)
        .find_map(|word| match word.as_str() {
            "he" | "his" | "him" => Some(true),
            "she" | "her" => Some(false),
            _ => None,
        })
}
