//! What a prompt names: people and what they are to one another, a profession, a place, a thing, a time, a mood, what has
//! happened and until when it is to be put right. It only reads; what it does not find is chosen elsewhere. Any text is
//! fine, in any script.

mod event;
mod people;
mod phrase;

use crate::bank::find_texts;

pub(crate) use event::{Event, EventKind};
pub(crate) use people::{NamedPerson, Part, is_kin_a_man};
use phrase::{Word, is_capitalised, read_back, read_phrase, split_words};

/// Prompts are read as far as this.
const BYTES_READ: usize = 8000;
const PLACE_MARKS: &[&str] = &["in", "at", "of", "near", "from", "to", "called", "on", "aboard"];
const SEASONS: [&str; 5] = ["spring", "summer", "autumn", "winter", "fall"];
const FINDERS: &[&str] = &[
    "finds",
    "find",
    "found",
    "steals",
    "stole",
    "inherits",
    "inherited",
    "loses",
    "lost",
    "discovers",
    "carries",
    "carry",
    "delivers",
    "deliver",
    "receives",
    "hunts",
    "guards",
    "seeks",
    "opens",
    "buys",
    "repairs",
    "missing",
    "stolen",
    "hidden",
    "hides",
    "bring",
    "brings",
];
/// Adjectives that say what happened to a thing, not which one it is.
const PARTICIPLES: &[&str] = &["stolen", "missing", "lost"];

#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Brief {
    pub(crate) people: Vec<NamedPerson>,
    /// What the person is whom the book is about.
    pub(crate) profession: Option<String>,
    /// Whether somebody without a name comes first: `A librarian finds … Detective Novak suspects …`.
    pub(crate) begins_unnamed: bool,
    /// Kin of theirs without a name: `her father`.
    pub(crate) kin: Vec<String>,
    /// Kin who are gone: `her late husband`.
    pub(crate) absent_kin: Option<String>,
    pub(crate) town: Option<String>,
    /// Where it happens, and what sort of place that is: `the monastery`.
    pub(crate) site: Option<(String, String)>,
    /// With its article: `the brass compass`.
    pub(crate) item: Option<String>,
    pub(crate) season: Option<String>,
    pub(crate) year: Option<String>,
    pub(crate) mood: Option<String>,
    /// Until when, as a clause: `before the first snow`.
    pub(crate) due: Option<String>,
    pub(crate) event: Option<Event>,
    pub(crate) tells_in_first_person: bool,
}

impl Brief {
    pub(crate) fn read(prompt: &str) -> Self {
        let end = (0..=BYTES_READ.min(prompt.len()))
            .rev()
            .find(|end| prompt.is_char_boundary(*end))
            .unwrap_or(0);
        let prompt = &prompt[..end];
        let words: Vec<Word<'_>> = split_words(prompt);
        let lower: Vec<String> = words.iter().map(|word| word.text.to_lowercase()).collect();
        let town = read_town(&words, &lower);
        let people = people::read_people(&words, &lower, town.as_deref());
        let role = people::find_role(&lower, 0, lower.len());
        let begins_unnamed = match (&role, people.first()) {
            (Some((at, role)), Some(first)) => {
                *at < first.at && first.job.as_ref() != Some(role) && first.at - at > 3
            }
            _ => false,
        };
        let profession = match people.first() {
            Some(first) if !begins_unnamed => first.job.clone(),
            _ => role.map(|(_, role)| role),
        };
        let first_person = prompt.to_lowercase();

        Self {
            profession,
            begins_unnamed,
            kin: people::read_kin(&words, &lower, &people),
            absent_kin: people::read_absent_kin(&lower),
            item: read_item(&lower),
            site: read_site(&lower),
            season: lower
                .iter()
                .find(|word| SEASONS.contains(&word.as_str()))
                .map(|word| word.replace("fall", "autumn")),
            year: read_year(prompt),
            mood: find_listed(&lower, "mood/words"),
            due: read_due(&words, &lower),
            event: event::read_event(&words, &lower),
            tells_in_first_person: first_person.contains("first person")
                || first_person.contains("first-person"),
            town,
            people,
        }
    }
}

fn read_town(words: &[Word<'_>], lower: &[String]) -> Option<String> {
    for (at, word) in words.iter().enumerate().skip(1) {
        let is_marked = PLACE_MARKS.contains(&lower[at - 1].as_str());
        if !is_marked
            || !is_capitalised(word.text)
            || people::is_no_name(word.text)
            || people::is_known_name(word.text)
        {
            continue;
        }
        let mut town = word.text.to_owned();
        if let Some(next) = words
            .get(at + 1)
            .filter(|next| !word.ends_clause && is_capitalised(next.text) && !next.begins_sentence)
        {
            town.push(' ');
            town.push_str(next.text);
        }
        return Some(town);
    }

    None
}

/// A building or the like that stands behind an article.
fn read_site(lower: &[String]) -> Option<(String, String)> {
    for (at, word) in lower.iter().enumerate().skip(1) {
        let sort = find_texts("site/words").iter().find_map(|line| {
            let (name, sort) = line.split_once('=')?;
            (name == word).then_some(sort)
        });
        let Some(sort) = sort else { continue };
        let before = lower[at - 1].as_str();
        let behind = lower.get(at + 1).map_or("", String::as_str);
        if matches!(
            behind,
            "owner" | "keeper" | "clerk" | "worker" | "girl" | "boy" | "maid" | "teacher" | "master"
        ) {
            continue;
        }
        let has_article =
            |word: &str| matches!(word, "a" | "an" | "the" | "his" | "her" | "their" | "my" | "old");
        let first = at.checked_sub(2).map_or("", |first| lower[first].as_str());
        if before == "old"
            || (has_article(first)
                && before.is_ascii()
                && !has_article(before)
                && !matches!(before, "of" | "rival"))
        {
            return Some((format!("the {before} {word}"), sort.to_owned()));
        }
        if has_article(before) || PLACE_MARKS.contains(&before) {
            return Some((format!("the {word}"), sort.to_owned()));
        }
    }

    None
}

/// `1952`, `the 1920s`.
fn read_year(prompt: &str) -> Option<String> {
    prompt
        .split(|sign: char| !sign.is_ascii_alphanumeric())
        .map(|chunk| chunk.trim_end_matches('s'))
        .filter(|chunk| chunk.len() == 4)
        .find(|chunk| {
            chunk
                .parse::<u32>()
                .is_ok_and(|year| (1000..2400).contains(&year))
        })
        .map(str::to_owned)
}

/// `before the first snow`, `until the trial`.
fn read_due(words: &[Word<'_>], lower: &[String]) -> Option<String> {
    (0..lower.len()).find_map(|at| {
        let mark = lower[at].as_str();
        if !matches!(mark, "before" | "until") {
            return None;
        }
        let next = lower.get(at + 1)?;
        matches!(next.as_str(), "the" | "a" | "an" | "her" | "his" | "their" | "my").then_some(())?;
        let phrase = read_phrase(words, lower, at + 1)?;
        // A clause goes on where a phrase ends: `before the others find it`.
        let is_clause = words.get(at + phrase.words).is_some_and(|last| !last.ends_clause)
            && lower.get(at + 1 + phrase.words).is_some_and(|behind| {
                !matches!(
                    behind.as_str(),
                    "and" | "while" | "but" | "or" | "with" | "in" | "at"
                )
            });
        (!is_clause).then(|| format!("{mark} {}", phrase.text))
    })
}

fn find_listed(lower: &[String], list: &str) -> Option<String> {
    let texts = find_texts(list);
    (0..lower.len()).find_map(|at| {
        let pair = lower.get(at + 1).map(|next| format!("{} {next}", lower[at]));
        let pair = pair.filter(|pair| texts.contains(&pair.as_str()));
        pair.or_else(|| texts.contains(&lower[at].as_str()).then(|| lower[at].clone()))
    })
}

/// A thing that is known for one, with the adjective before it; best of all one that is found, stolen or sought.
fn read_item(lower: &[String]) -> Option<String> {
    let things = find_texts("thing/words");
    let places: Vec<usize> = (0..lower.len())
        .filter(|at| things.contains(&lower[*at].as_str()))
        .collect();
    let is_sought = |at: &&usize| {
        lower[at.saturating_sub(5)..**at]
            .iter()
            .any(|word| FINDERS.contains(&word.as_str()))
    };
    let at = *places.iter().find(is_sought).or_else(|| places.first())?;
    let noun = &lower[at];

    let before = at.checked_sub(1).map(|before| lower[before].as_str());
    let first = at.checked_sub(2).map(|first| lower[first].as_str());
    let has_article =
        |word: Option<&str>| matches!(word, Some("a" | "an" | "the" | "his" | "her" | "their" | "my"));
    match before {
        Some(adjective)
            if has_article(first)
                && adjective.is_ascii()
                && !has_article(before)
                && !PARTICIPLES.contains(&adjective) =>
        {
            Some(format!("the {adjective} {noun}"))
        }
        _ => Some(format!("the {noun}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_prompt_says_who_what_where_and_when() {
        let brief = Brief::read(
            "Mira Voss is a lighthouse keeper in Port Ellen. One winter she finds a broken compass, \
             and her rival Osric wants it. Dark, first person.",
        );

        assert_eq!(brief.people[0].name, "Mira Voss");
        assert_eq!(brief.people[1].name, "Osric");
        assert_eq!(brief.profession.as_deref(), Some("lighthouse keeper"));
        assert_eq!(brief.town.as_deref(), Some("Port Ellen"));
        assert_eq!(brief.item.as_deref(), Some("the broken compass"));
        assert_eq!(brief.season.as_deref(), Some("winter"));
        assert_eq!(brief.mood.as_deref(), Some("dark"));
        assert!(brief.tells_in_first_person);
    }

    #[test]
    fn names_that_are_words_are_names_and_words_are_not() {
        let names = |prompt: &str| -> Vec<String> {
            Brief::read(prompt)
                .people
                .into_iter()
                .map(|person| person.name)
                .collect()
        };

        assert_eq!(names("Rose and Will find hope."), ["Rose", "Will"]);
        assert_eq!(names("A rose will give hope."), [""; 0]);
    }

    #[test]
    fn any_text_is_read() {
        for text in [
            "",
            "{{name}} {p} {x.full}",
            "灯台守が羅針盤を見つける",
            "\u{0}\u{202e}",
            "'; DROP TABLE x; --",
        ] {
            let brief = Brief::read(text);
            assert!(
                brief
                    .people
                    .iter()
                    .all(|person| !person.name.contains(['{', '\''])),
                "{text}"
            );
        }
        Brief::read(&"é".repeat(60_000));
    }

    #[test]
    fn what_has_happened_decides_the_course_and_is_kept_in_the_words_of_the_prompt() {
        let event = |prompt: &str| {
            let event = Brief::read(prompt).event.unwrap();
            (event.kind, event.matter.or(event.goal).unwrap_or_default())
        };

        assert_eq!(
            event("Ines Moreau returns to find who burned her brother's maps."),
            (EventKind::Fire, "{p.his} brother's maps".to_owned())
        );
        assert_eq!(
            event("Someone poisons the bees of the monastery."),
            (EventKind::Poison, "the bees of the monastery".to_owned())
        );
        assert_eq!(
            event("Tomas Okafor discovers that the water has begun to sing."),
            (EventKind::Sign, "the water".to_owned())
        );
        assert_eq!(
            event("Odile hears her late husband whispering in the walls of the sanatorium."),
            (EventKind::Sign, "the walls of the sanatorium".to_owned())
        );
        assert_eq!(
            event("Corin must carry a cracked bell to the city of Velmar before the first snow."),
            (EventKind::Journey, "the city of Velmar".to_owned())
        );
        assert_eq!(event("A librarian finds a stolen violin.").0, EventKind::Find);
    }

    #[test]
    fn people_are_what_stands_beside_their_names() {
        let brief = Brief::read(
            "In 1952 a librarian in Prague opens the museum. Detective Novak suspects her father; her niece Paula and \
             the doctor, Lin Wei, help before the first snow.",
        );
        let of = |name: &str| {
            let person = brief.people.iter().find(|person| person.name == name).unwrap();
            (person.job.as_deref(), person.relation.as_deref(), person.part)
        };

        assert_eq!(of("Novak"), (Some("detective"), None, Some(Part::Mentor)));
        assert_eq!(of("Paula"), (None, Some("niece"), Some(Part::Home)));
        assert_eq!(of("Lin Wei"), (Some("doctor"), None, None));
        assert!(brief.begins_unnamed);
        assert_eq!(brief.profession.as_deref(), Some("librarian"));
        assert_eq!(brief.kin, ["father"]);
        assert_eq!(brief.year.as_deref(), Some("1952"));
        assert_eq!(brief.due.as_deref(), Some("before the first snow"));
        assert_eq!(brief.site, Some(("the museum".to_owned(), "archive".to_owned())));
    }
}
