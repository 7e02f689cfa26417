//! What a prompt names: people, a profession, a place, a thing, a season, a mood, and who is to tell. It only reads;
//! what it does not find is chosen elsewhere. Any text is fine, in any script.

use crate::bank::find_texts;

/// Prompts are read as far as this.
const BYTES_READ: usize = 8000;
/// Words that begin with a capital letter and are no names of people.
const NO_NAMES: &[&str] = &[
    "A",
    "An",
    "The",
    "I",
    "In",
    "On",
    "At",
    "By",
    "It",
    "He",
    "She",
    "They",
    "We",
    "You",
    "My",
    "His",
    "Her",
    "And",
    "But",
    "Or",
    "If",
    "When",
    "Where",
    "Who",
    "What",
    "Why",
    "How",
    "There",
    "This",
    "That",
    "These",
    "Those",
    "Once",
    "After",
    "Before",
    "During",
    "Every",
    "Each",
    "Some",
    "Two",
    "Three",
    "Four",
    "One",
    "No",
    "Not",
    "Write",
    "Tell",
    "Story",
    "Please",
    "Make",
    "Set",
    "For",
    "With",
    "From",
    "To",
    "Of",
    "As",
    "Mr",
    "Mrs",
    "Ms",
    "Dr",
    "Sir",
    "Lady",
    "Lord",
    "Captain",
    "Detective",
    "Inspector",
    "Monday",
    "Tuesday",
    "Wednesday",
    "Thursday",
    "Friday",
    "Saturday",
    "Sunday",
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
    "Victorian",
    "English",
    "French",
    "German",
    "Italian",
    "Chapter",
    "Book",
    "Novel",
    "Spring",
    "Summer",
    "Autumn",
    "Winter",
    "Christmas",
    "God",
    "Earth",
    "Mars",
    "Moon",
    "World",
    "War",
    "DROP",
    "MATCH",
    "SELECT",
];
/// Words that are names when they stand where a name stands: after a verb of naming or before a verb.
const NAMES_THAT_ARE_WORDS: &[&str] = &[
    "Will", "Rose", "Hope", "Grace", "Faith", "Mark", "Joy", "Art", "Bill", "Dawn",
];
const MAN_NAMES: &[&str] = &[
    "Will", "Mark", "Art", "Bill", "John", "James", "Robert", "Michael", "William", "David", "Tom", "Thomas",
    "Jack", "Peter", "Paul", "George", "Henry", "Charles", "Edward", "Sam", "Ben", "Daniel", "Adam", "Noah",
    "Leo", "Max", "Arthur", "Oscar", "Felix", "Theo", "Karl", "Hans", "Juan", "Carlos", "Ahmed", "Ali",
    "Ivan", "Marco", "Luca", "Elias", "Jonas", "Simon", "Martin", "Harold", "Frank", "Fred", "Albert",
    "Joseph", "Samuel", "Isaac", "Ezra",
];
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
    "delivers",
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
];

/// A name as it was written, and whether it is known for a man's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct NamedPerson {
    pub(crate) name: String,
    pub(crate) is_man: Option<bool>,
}

#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Brief {
    pub(crate) people: Vec<NamedPerson>,
    pub(crate) profession: Option<String>,
    pub(crate) town: Option<String>,
    /// With its article: `the brass compass`.
    pub(crate) item: Option<String>,
    pub(crate) season: Option<String>,
    pub(crate) mood: Option<String>,
    pub(crate) tells_in_first_person: bool,
}

impl Brief {
    pub(crate) fn read(prompt: &str) -> Self {
        let end = (0..=BYTES_READ.min(prompt.len()))
            .rev()
            .find(|end| prompt.is_char_boundary(*end))
            .unwrap_or(0);
        let words: Vec<Word<'_>> = split_words(&prompt[..end]);
        let lower: Vec<String> = words.iter().map(|word| word.text.to_lowercase()).collect();
        let town = read_town(&words, &lower);

        Self {
            people: read_people(&words, &lower, town.as_deref()),
            profession: find_listed(&lower, "role/words"),
            item: read_item(&lower),
            season: lower
                .iter()
                .find(|word| SEASONS.contains(&word.as_str()))
                .map(|word| word.replace("fall", "autumn")),
            mood: find_listed(&lower, "mood/words"),
            tells_in_first_person: prompt.to_lowercase().contains("first person")
                || prompt.to_lowercase().contains("first-person"),
            town,
        }
    }
}

struct Word<'a> {
    text: &'a str,
    begins_sentence: bool,
    is_possessive: bool,
}

/// Latin words with their apostrophes taken off; what stands in other signs separates.
fn split_words(text: &str) -> Vec<Word<'_>> {
    let mut words = Vec::new();
    let mut begins_sentence = true;
    for chunk in text.split_whitespace() {
        let inner = chunk.trim_matches(|sign: char| !sign.is_alphanumeric());
        let (base, is_possessive) = match inner.strip_suffix("'s").or_else(|| inner.strip_suffix("’s")) {
            Some(base) => (base, true),
            None => (inner, false),
        };
        if !base.is_empty()
            && base.chars().all(|sign| sign.is_alphabetic() || sign == '-')
            && base.len() <= 24
        {
            words.push(Word {
                text: base,
                begins_sentence,
                is_possessive,
            });
        }
        begins_sentence = chunk.ends_with(['.', '!', '?', ':', '"']);
    }

    words
}

fn is_capitalised(text: &str) -> bool {
    let mut signs = text.chars();
    let begins = signs.next().is_some_and(char::is_uppercase);
    let mut rest = signs.peekable();

    begins && rest.peek().is_some() && rest.all(|sign| sign.is_lowercase() || sign == '-')
}

fn read_people(words: &[Word<'_>], lower: &[String], town: Option<&str>) -> Vec<NamedPerson> {
    let mut people: Vec<NamedPerson> = Vec::new();
    let mut index = 0;
    while let Some(word) = words.get(index) {
        let at = index;
        index += 1;
        let is_word_too = NAMES_THAT_ARE_WORDS.contains(&word.text);
        let is_listed = ["women", "men"]
            .iter()
            .any(|list| find_texts(list).contains(&word.text))
            || MAN_NAMES.contains(&word.text);
        if !is_capitalised(word.text) || NO_NAMES.contains(&word.text) || !word.text.is_ascii() {
            continue;
        }
        // A sentence begins with a capital letter in any case: only what is known for a name or stands as one counts.
        let has_family = words.get(index).is_some_and(|next| {
            !next.begins_sentence && is_capitalised(next.text) && !NO_NAMES.contains(&next.text)
        });
        if word.begins_sentence && !is_listed && !is_word_too && !has_family && !stands_before_verb(lower, at)
        {
            continue;
        }
        if at > 0 && PLACE_MARKS.contains(&lower[at - 1].as_str()) && !is_listed && !is_word_too {
            continue;
        }
        if town.is_some_and(|town| town.split(' ').any(|part| part == word.text)) {
            continue;
        }

        let mut name = word.text.to_owned();
        let next = words.get(index);
        if let Some(next) = next.filter(|next| {
            !word.is_possessive
                && !next.begins_sentence
                && is_capitalised(next.text)
                && !NO_NAMES.contains(&next.text)
        }) {
            name.push(' ');
            name.push_str(next.text);
            index += 1;
        }
        let first = name.split(' ').next().unwrap_or_default().to_owned();
        let is_man = if MAN_NAMES.contains(&first.as_str()) || find_texts("men").contains(&first.as_str()) {
            Some(true)
        } else if is_listed || is_word_too || first.ends_with('a') {
            Some(false)
        } else {
            read_pronoun(lower, index)
        };
        let is_known = people
            .iter()
            .any(|known| known.name.split(' ').any(|part| part == first));
        if !is_known && people.len() < 4 {
            people.push(NamedPerson { name, is_man });
        }
    }

    people
}

/// `Mira finds`, `Osric has`.
fn stands_before_verb(lower: &[String], at: usize) -> bool {
    lower.get(at + 1).is_some_and(|next| {
        FINDERS.contains(&next.as_str())
            || matches!(
                next.as_str(),
                "is" | "has" | "was" | "must" | "and" | "wants" | "returns" | "comes" | "goes"
            )
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

fn read_town(words: &[Word<'_>], lower: &[String]) -> Option<String> {
    for (at, word) in words.iter().enumerate().skip(1) {
        let is_marked = PLACE_MARKS.contains(&lower[at - 1].as_str());
        let is_place = is_marked
            && is_capitalised(word.text)
            && !NO_NAMES.contains(&word.text)
            && !NAMES_THAT_ARE_WORDS.contains(&word.text)
            && !MAN_NAMES.contains(&word.text)
            && !["women", "men"]
                .iter()
                .any(|list| find_texts(list).contains(&word.text));
        if is_place {
            let mut town = word.text.to_owned();
            if let Some(next) = words
                .get(at + 1)
                .filter(|next| is_capitalised(next.text) && !next.begins_sentence)
            {
                town.push(' ');
                town.push_str(next.text);
            }
            return Some(town);
        }
    }

    None
}

fn find_listed(lower: &[String], list: &str) -> Option<String> {
    for at in 0..lower.len() {
        if let Some(next) = lower.get(at + 1) {
            let pair = format!("{} {next}", lower[at]);
            if find_texts(list).contains(&pair.as_str()) {
                return Some(pair);
            }
        }
        if find_texts(list).contains(&lower[at].as_str()) {
            return Some(lower[at].clone());
        }
    }

    None
}

/// A thing that is known for one, with the adjective before it; best of all one that is found, stolen or sought.
fn read_item(lower: &[String]) -> Option<String> {
    let things = find_texts("thing/words");
    let singular = |word: &str| things.contains(&word).then(|| word.to_owned());
    let places: Vec<usize> = (0..lower.len())
        .filter(|at| singular(&lower[*at]).is_some())
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
        Some(adjective) if has_article(first) && adjective.is_ascii() && !has_article(before) => {
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
}
