//! What the author can say: the texts under `data/`, read once. A text has slots (`{p.his}`) and paragraphs (` / `); the
//! texts of a section are variants of one another, of which a book uses each once.

use std::{collections::HashMap, sync::LazyLock};

use proto::tasks::fiction::plan::Genre;

const FRAMES: [(Genre, &str); 10] = [
    (Genre::Mystery, include_str!("../data/frames/mystery.txt")),
    (Genre::Romance, include_str!("../data/frames/romance.txt")),
    (Genre::Fantasy, include_str!("../data/frames/fantasy.txt")),
    (
        Genre::ScienceFiction,
        include_str!("../data/frames/science_fiction.txt"),
    ),
    (Genre::Horror, include_str!("../data/frames/horror.txt")),
    (Genre::Thriller, include_str!("../data/frames/thriller.txt")),
    (Genre::Historical, include_str!("../data/frames/historical.txt")),
    (Genre::Literary, include_str!("../data/frames/literary.txt")),
    (Genre::Children, include_str!("../data/frames/children.txt")),
    (Genre::Adventure, include_str!("../data/frames/adventure.txt")),
];
const EPISODES: [&str; 4] = [
    include_str!("../data/episodes/a.txt"),
    include_str!("../data/episodes/b.txt"),
    include_str!("../data/episodes/c.txt"),
    include_str!("../data/episodes/ship.txt"),
];
const VOICES: [&str; 3] = [
    include_str!("../data/voices/a.txt"),
    include_str!("../data/voices/b.txt"),
    include_str!("../data/voices/c.txt"),
];
/// Courses of events for prompts that say what has happened; any genre may take one that suits it.
const COURSES: [(&str, &str); 8] = [
    ("fire", include_str!("../data/skeletons/fire.txt")),
    ("poison", include_str!("../data/skeletons/poison.txt")),
    ("theft", include_str!("../data/skeletons/theft.txt")),
    ("find", include_str!("../data/skeletons/find.txt")),
    ("missing", include_str!("../data/skeletons/missing.txt")),
    ("journey", include_str!("../data/skeletons/journey.txt")),
    ("sign", include_str!("../data/skeletons/sign.txt")),
    ("rival", include_str!("../data/skeletons/rival.txt")),
];
const PLAIN: [&str; 11] = [
    include_str!("../data/arcs.txt"),
    include_str!("../data/people.txt"),
    include_str!("../data/scenes.txt"),
    include_str!("../data/more.txt"),
    include_str!("../data/hours.txt"),
    include_str!("../data/extra.txt"),
    include_str!("../data/talks.txt"),
    include_str!("../data/lexicon.txt"),
    include_str!("../data/names.txt"),
    include_str!("../data/premise.txt"),
    include_str!("../data/pieces.txt"),
];
const PLACES: &str = include_str!("../data/places.txt");
const INTERLUDES: &str = include_str!("../data/interludes.txt");

static BANK: LazyLock<Bank> = LazyLock::new(Bank::read);

/// All texts by the name of their section.
pub(crate) struct Bank {
    sections: HashMap<String, Vec<&'static str>>,
    episodes: Vec<String>,
}

/// The texts of a section; none when there is no such section.
pub(crate) fn find_texts(section: &str) -> &'static [&'static str] {
    BANK.sections.get(section).map_or(&[], Vec::as_slice)
}

/// The first text of a section that has only one.
pub(crate) fn find_text(section: &str) -> &'static str {
    find_texts(section).first().copied().unwrap_or_default()
}

/// The stories of people who hide something; those of a ship are for ships only.
pub(crate) fn list_episodes(on_ship: bool) -> impl Iterator<Item = &'static str> {
    BANK.episodes
        .iter()
        .map(String::as_str)
        .filter(move |name| name.starts_with("ship-") == on_ship)
}

impl Bank {
    fn read() -> Self {
        let mut bank = Self {
            sections: HashMap::new(),
            episodes: Vec::new(),
        };
        for (genre, text) in FRAMES {
            bank.add(&format!("frame/{}/", genre.as_str()), text);
        }
        for (course, text) in COURSES {
            bank.add(&format!("frame/{course}/"), text);
        }
        for text in EPISODES {
            bank.add("episode/", text);
        }
        for text in VOICES {
            bank.add("voice/", text);
        }
        for text in PLAIN {
            bank.add("", text);
        }
        bank.add("place/", PLACES);
        bank.sections
            .insert("interlude".to_owned(), INTERLUDES.lines().collect());

        bank
    }

    /// Lines `= name` begin an episode, lines `[name]` a section; every other line is a text.
    fn add(&mut self, prefix: &str, text: &'static str) {
        let mut episode = String::new();
        let mut section = String::new();

        for line in text.lines().filter(|line| !line.is_empty()) {
            if let Some(name) = line.strip_prefix("= ") {
                name.clone_into(&mut episode);
                self.episodes.push(episode.clone());
            } else if let Some(name) = line.strip_prefix('[').and_then(|line| line.strip_suffix(']')) {
                section = match episode.as_str() {
                    "" => format!("{prefix}{name}"),
                    episode => format!("{prefix}{episode}/{name}"),
                };
            } else {
                self.sections.entry(section.clone()).or_default().push(line);
            }
        }
    }
}
