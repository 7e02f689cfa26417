//! Which skeleton a book gets, from the genres that were asked for and from the words of the prompt, and what belongs to
//! each: its stage, its finale, how long its story may last.

use proto::tasks::fiction::plan::{ArchitectInput, AuthorQuestion, BookOutline, Genre};
use serde_json::json;

/// The key of the one question that the offline author asks.
pub(crate) const QUESTION: &str = "genre";
const DEFAULT: Genre = Genre::Mystery;
const SIGNS: &[(Genre, &[&str])] = &[
    (
        Genre::Children,
        &[
            "child",
            "kids",
            "fairy tale",
            "picture book",
            "bedtime",
            "middle grade",
        ],
    ),
    (
        Genre::ScienceFiction,
        &[
            "science fiction",
            "science_fiction",
            "sci-fi",
            "scifi",
            "space",
            "cyberpunk",
            "dystop",
            "robot",
            "alien",
            "starship",
            "station",
            "europa",
            "mars",
            "orbit",
            "colony",
            "android",
            "galax",
        ],
    ),
    (
        Genre::Fantasy,
        &[
            "fantasy", "magic", "dragon", "wizard", "witch", "sword", "elf", "elves", "myth", "spell",
            "sorcerer", "kingdom", "prophecy",
        ],
    ),
    (
        Genre::Horror,
        &["horror", "ghost", "gothic", "haunt", "vampire", "demon", "zombie"],
    ),
    (
        Genre::Thriller,
        &[
            "thriller",
            "spy",
            "suspense",
            "conspiracy",
            "assassin",
            "espionage",
        ],
    ),
    (
        Genre::Mystery,
        &[
            "mystery",
            "crime",
            "detective",
            "murder",
            "noir",
            "whodunit",
            "stolen",
            "missing",
            "cosy",
            "cozy",
            "poison",
            "theft",
            "thief",
            "inspector",
        ],
    ),
    (Genre::Romance, &["romance", "romantic", "love", "wedding"]),
    (
        Genre::Historical,
        &["histor", "medieval", "victorian", "century", "war", "regency"],
    ),
    (
        Genre::Adventure,
        &[
            "adventure",
            "treasure",
            "pirate",
            "western",
            "expedition",
            "quest",
            "jungle",
            "island",
        ],
    ),
    (
        Genre::Literary,
        &[
            "literary",
            "drama",
            "contemporary",
            "general",
            "memoir",
            "family",
            "slice of life",
            "fiction",
        ],
    ),
];

/// Where a book begins and where it comes to a head: the sort of place, and its name.
pub(crate) struct Stage {
    pub(crate) sort: &'static str,
    pub(crate) name: &'static str,
    pub(crate) finale_sort: &'static str,
    pub(crate) finale: &'static str,
    /// Days that the story may last.
    pub(crate) days: i64,
}

pub(crate) const fn find_stage(genre: Genre) -> Stage {
    let (sort, name, finale_sort, finale, days) = match genre {
        Genre::Mystery => ("study", "the registrar's rooms", "", "", 20),
        Genre::Thriller => (
            "street",
            "the café on the corner",
            "house",
            "the flat above the bell foundry",
            8,
        ),
        Genre::Romance => ("house", "the house", "shore", "the quay", 20),
        Genre::Fantasy => ("house", "the cottage by the wells", "gate", "the ninth gate", 20),
        Genre::ScienceFiction => ("deck", "the watch deck", "", "", 18),
        Genre::Horror => ("house", "the dining room", "", "", 12),
        Genre::Historical => ("archive", "the scriptorium", "gate", "the steps of the court", 30),
        Genre::Literary => (
            "house",
            "the empty house",
            "street",
            "the square with the clock",
            30,
        ),
        Genre::Children => ("field", "the wall", "tower", "the old tower", 10),
        Genre::Adventure => (
            "house",
            "the rooms over the chandler's",
            "forest",
            "the wreck",
            20,
        ),
    };

    Stage {
        sort,
        name,
        finale_sort,
        finale,
        days,
    }
}

/// The first genre that was asked for wins, then the prompt. `None` when neither says anything.
fn find_genre(input: &ArchitectInput) -> Option<Genre> {
    let read = |text: &str| {
        let text = text.to_lowercase();
        SIGNS
            .iter()
            .find(|(_, signs)| signs.iter().any(|sign| shows_sign(&text, sign)))
            .map(|(genre, _)| *genre)
    };
    let exact = |text: &String| {
        let plain = text.trim().to_lowercase().replace([' ', '-'], "_");
        Genre::ALL.into_iter().find(|genre| genre.as_str() == plain)
    };

    let asked = input
        .genres
        .iter()
        .find_map(|text| exact(text).or_else(|| read(text)));
    asked.or_else(|| read(&input.prompt))
}

/// A sign stands where a word begins; a short one is the whole word, so that `warm` is no war.
fn shows_sign(text: &str, sign: &str) -> bool {
    text.match_indices(sign).any(|(at, _)| {
        let begins = text[..at]
            .chars()
            .next_back()
            .is_none_or(|before| !before.is_alphanumeric());
        let rest = text[at + sign.len()..].trim_start_matches('s');
        let ends = rest.chars().next().is_none_or(|behind| !behind.is_alphanumeric());

        begins && (ends || sign.len() > 4)
    })
}

/// The genre of a book, or the question that has to be answered first: only when there is nothing to go by at all.
pub(crate) fn choose_genre(input: &ArchitectInput) -> Result<Genre, Box<AuthorQuestion>> {
    if let Some(earlier) = &input.earlier {
        return Ok(choose_sequel_genre(input, &earlier.outline));
    }
    if let Some(genre) = find_genre(input) {
        return Ok(genre);
    }
    let answer = input.answers.iter().find(|answer| answer.question == QUESTION);
    if let Some(answer) = answer {
        let text = answer.value.as_str().unwrap_or_default();
        let genre = Genre::ALL.into_iter().find(|genre| genre.as_str() == text);
        return Ok(genre.unwrap_or(DEFAULT));
    }
    if input.prompt.split_whitespace().count() > 2 {
        return Ok(DEFAULT);
    }

    let names: Vec<_> = Genre::ALL.iter().map(|genre| genre.as_str()).collect();
    Err(Box::new(AuthorQuestion {
        key: QUESTION.to_owned(),
        reason: "Neither the prompt nor the genres say what kind of story it is to be.".to_owned(),
        prompt: "What kind of story shall it be?".to_owned(),
        response_schema: json!({"type": "string", "enum": names}),
        default: json!(DEFAULT.as_str()),
    }))
}

/// A book that somebody else began is of the kind that is asked for.
pub(crate) fn choose_sequel_genre(input: &ArchitectInput, earlier: &BookOutline) -> Genre {
    match earlier.scenes().any(|(_, scene)| !scene.beats.is_empty()) {
        true => find_next_genre(earlier.genre),
        false => find_genre(input).unwrap_or(earlier.genre),
    }
}

/// A book that goes on takes another skeleton, so that nothing in it has been told.
const fn find_next_genre(genre: Genre) -> Genre {
    match genre {
        Genre::Mystery => Genre::Thriller,
        Genre::Thriller => Genre::Mystery,
        Genre::Romance | Genre::Historical => Genre::Literary,
        Genre::Literary => Genre::Romance,
        Genre::Fantasy => Genre::Adventure,
        Genre::Adventure | Genre::Children => Genre::Fantasy,
        Genre::Horror => Genre::Historical,
        Genre::ScienceFiction => Genre::Horror,
    }
}
