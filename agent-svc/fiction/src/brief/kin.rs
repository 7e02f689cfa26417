//! Kin and others who are known by what they are to somebody: `her rival Osric`, `Faith's brother`, `their father`.

use super::{
    Word,
    people::{NamedPerson, TITLES},
};

/// What somebody is in a book.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Part {
    Ally,
    Mentor,
    Antagonist,
    Home,
    Absent,
}

/// Word, part, and whether it is said of men or of women.
type Relation = (&'static str, Part, Option<bool>);

const KIN: &[Relation] = &[
    ("niece", Part::Home, Some(false)),
    ("nephew", Part::Home, Some(true)),
    ("daughter", Part::Home, Some(false)),
    ("son", Part::Home, Some(true)),
    ("granddaughter", Part::Home, Some(false)),
    ("grandson", Part::Home, Some(true)),
    ("mother", Part::Home, Some(false)),
    ("father", Part::Home, Some(true)),
    ("grandmother", Part::Home, Some(false)),
    ("grandfather", Part::Home, Some(true)),
    ("aunt", Part::Home, Some(false)),
    ("uncle", Part::Home, Some(true)),
    ("wife", Part::Home, Some(false)),
    ("husband", Part::Home, Some(true)),
    ("brother", Part::Ally, Some(true)),
    ("sister", Part::Ally, Some(false)),
    ("twin", Part::Ally, None),
    ("cousin", Part::Ally, None),
];
const OTHERS: &[Relation] = &[
    ("friend", Part::Ally, None),
    ("partner", Part::Ally, None),
    ("colleague", Part::Ally, None),
    ("apprentice", Part::Ally, None),
    ("neighbour", Part::Ally, None),
    ("neighbor", Part::Ally, None),
    ("assistant", Part::Ally, None),
    ("fiancé", Part::Ally, Some(true)),
    ("fiancée", Part::Ally, Some(false)),
    ("lover", Part::Ally, None),
    ("teacher", Part::Mentor, None),
    ("mentor", Part::Mentor, None),
    ("boss", Part::Mentor, None),
    ("rival", Part::Antagonist, None),
    ("enemy", Part::Antagonist, None),
    ("nemesis", Part::Antagonist, None),
    ("landlord", Part::Antagonist, Some(true)),
];
/// `Two sisters, Mercy and Joy Carrow`.
const PLURALS: &[(&str, &str)] = &[
    ("sisters", "sister"),
    ("brothers", "brother"),
    ("twins", "twin"),
    ("siblings", "twin"),
    ("cousins", "cousin"),
    ("friends", "friend"),
    ("rivals", "rival"),
    ("partners", "partner"),
];
/// Stand between whose somebody is and what they are.
const QUALITIES: &[&str] = &[
    "late",
    "dead",
    "murdered",
    "drowned",
    "missing",
    "lost",
    "vanished",
    "old",
    "older",
    "elder",
    "young",
    "younger",
    "little",
    "twin",
    "best",
    "former",
    "estranged",
    "only",
    "blind",
    "long-lost",
];
const DEAD: &[&str] = &["late", "dead", "murdered", "drowned"];
const GONE: &[&str] = &["missing", "lost", "vanished", "long-lost"];
const DIES: &[&str] = &[
    "died", "dies", "drowned", "perished", "dead", "murdered", "killed", "hanged",
];
const GOES: &[&str] = &["vanished", "vanishes", "disappeared", "disappears", "missing"];
const BETWEEN: &[&str] = &["who", "has", "had", "is", "was", "been", "went", "goes", "gone"];

/// Of whom the book is about, as far as it is read.
#[derive(Debug, Clone, Copy)]
pub(super) struct Hero<'a> {
    first_name: &'a str,
    is_man: Option<bool>,
}

impl<'a> Hero<'a> {
    pub(super) fn from_person(person: &'a NamedPerson) -> Self {
        Self {
            first_name: person.name.split(' ').next().unwrap_or(&person.name),
            is_man: person.is_man,
        }
    }

    /// `his` of a woman is another's.
    fn may_own(&self, pronoun: &str) -> bool {
        !matches!((pronoun, self.is_man), ("his", Some(false)) | ("her", Some(true)))
    }
}

/// What is said of somebody by whose they are.
#[derive(Debug, Clone, Copy)]
pub(super) struct Tie {
    pub(super) relation: &'static Relation,
    /// Whose: of the one whom the book is about, unless another name has the apostrophe.
    pub(super) is_heros: bool,
    /// Nobody's: `Brother Anselm`.
    pub(super) is_nobodys: bool,
    pub(super) is_dead: bool,
    pub(super) is_gone: bool,
    /// Where the word for it stands, and where the words of it begin.
    pub(super) at: usize,
    pub(super) from: usize,
}

pub(super) fn find_relation(word: &str) -> Option<&'static Relation> {
    KIN.iter().chain(OTHERS).find(|(name, ..)| *name == word)
}

/// `the sisters` are each other's `sister`.
pub(super) fn find_plural(word: &str) -> Option<&'static Relation> {
    let (_, single) = PLURALS.iter().find(|(plural, _)| *plural == word)?;

    find_relation(single)
}

pub(crate) fn is_kin(word: &str) -> bool {
    KIN.iter().any(|(name, ..)| *name == word)
}

pub(crate) fn is_relation(word: &str) -> bool {
    find_relation(word).is_some()
}

pub(crate) fn is_kin_a_man(word: &str) -> Option<bool> {
    find_relation(word).and_then(|(.., is_man)| *is_man)
}

pub(super) fn is_mine(word: &str) -> bool {
    matches!(word, "his" | "her" | "their" | "my" | "our")
}

/// What stands before a name at `name`: directly, or with a trade between: `her rival, the guard captain Orhan`.
pub(super) fn read_tie(
    words: &[Word<'_>],
    lower: &[String],
    name: usize,
    hero: Option<Hero<'_>>,
) -> Option<Tie> {
    const REACH: usize = 5;
    let mut end = name;
    if end > 0 && matches!(lower[end - 1].as_str(), "named" | "called") {
        end -= 1;
    }
    let at = (end.saturating_sub(REACH)..end)
        .rev()
        .find(|at| find_relation(&lower[*at]).is_some())?;
    let is_apposed = words[at].ends_clause
        && lower.get(at + 1).is_some_and(|next| {
            matches!(next.as_str(), "the" | "a" | "an") || TITLES.contains(&next.as_str())
        })
        && words[at + 1..end].iter().all(|word| !word.ends_clause);
    if !is_apposed && (at + 1 != end || words[at].ends_clause && end == name) {
        return None;
    }

    tie_at(words, lower, at, hero)
}

/// What the relation at `at` says, with the words before it.
pub(super) fn tie_at(words: &[Word<'_>], lower: &[String], at: usize, hero: Option<Hero<'_>>) -> Option<Tie> {
    let relation = find_relation(&lower[at])?;
    let mut from = at;
    let (mut is_dead, mut is_gone) = (false, false);
    while from > 0 && QUALITIES.contains(&lower[from - 1].as_str()) && !words[from - 1].ends_clause {
        from -= 1;
        is_dead |= DEAD.contains(&lower[from].as_str());
        is_gone |= GONE.contains(&lower[from].as_str());
    }
    let owner = from.checked_sub(1).map(|owner| &words[owner]);
    let is_mine = from > 0 && is_mine(&lower[from - 1]);
    let is_others = owner.is_some_and(|owner| {
        let names_another = owner.is_possessive && hero.is_none_or(|hero| hero.first_name != owner.text);
        let pronoun = owner.text.to_lowercase();
        names_another || hero.is_some_and(|hero| !hero.may_own(&pronoun))
    });
    let is_named = owner.is_some_and(|owner| owner.is_possessive);

    Some(Tie {
        relation,
        is_heros: !is_others,
        is_nobodys: !is_mine && !is_named,
        is_dead,
        is_gone,
        at,
        from: if is_mine || is_named { from - 1 } else { from },
    })
}

/// Kin that are spoken of and not named: `Detective Novak suspects her father`.
pub(super) fn read_kin(
    words: &[Word<'_>],
    lower: &[String],
    people: &[NamedPerson],
    begins_unnamed: bool,
) -> Vec<String> {
    let hero = people.first().filter(|_| !begins_unnamed).map(Hero::from_person);

    (1..lower.len())
        .filter(|at| is_mine(&lower[at - 1]) && !words[at - 1].ends_clause)
        .filter(|at| !is_named(words, *at, people) && find_fate(lower, *at).is_none())
        .filter(|at| hero.is_none_or(|hero| hero.may_own(&lower[at - 1])))
        .filter_map(|at| find_relation(&lower[at]))
        .filter(|(_, part, _)| !matches!(part, Part::Antagonist))
        .map(|(word, ..)| (*word).to_owned())
        .collect()
}

/// `her late husband`, `their father, who drowned`: who is gone when the book begins, and whether for good.
pub(super) fn read_absent_kin(
    words: &[Word<'_>],
    lower: &[String],
    people: &[NamedPerson],
) -> Option<(String, bool)> {
    (1..lower.len()).find_map(|at| {
        let tie = tie_at(words, lower, at, None)?;
        if tie.is_nobodys || is_named(words, at, people) {
            return None;
        }
        let is_dead = match (tie.is_dead, tie.is_gone) {
            (true, _) => true,
            (false, true) => false,
            _ => find_fate(lower, at)?,
        };
        Some((lower[at].clone(), is_dead))
    })
}

/// Whether the prompt gives whoever is spoken of at `at` a name.
fn is_named(words: &[Word<'_>], at: usize, people: &[NamedPerson]) -> bool {
    people.iter().any(|person| {
        person.at == at + 1 && !words[at].ends_clause
            || person.at == at + 2
                && person
                    .relation
                    .as_deref()
                    .is_some_and(|word| word == words[at].text)
    })
}

/// What became of who stands at `at`: dead, or away.
pub(super) fn find_fate(lower: &[String], at: usize) -> Option<bool> {
    let next = lower
        .iter()
        .skip(at + 1)
        .take(4)
        .find(|word| !BETWEEN.contains(&word.as_str()))?;
    if DIES.contains(&next.as_str()) {
        return Some(true);
    }

    GOES.contains(&next.as_str()).then_some(false)
}
