//! Made-up repositories, one of each kind of material, as people publish them; and for each the twelve points that a
//! listener has to hear, written down from the repository alone.

mod configuration;
mod data;
mod documents;
mod firmware;
mod game;
mod infrastructure;
mod library;
mod server;
mod teaching;
mod tool;
mod web_application;

use crate::analysis::model::Material;
use crate::narration::cut;

use super::MadeUp;

/// What has to be heard, and the ways to say it: key words, in any order, that begin words of one sentence or of two
/// neighbours.
pub type Point = (&'static str, &'static [&'static str]);

/// A made-up repository of one kind.
#[derive(Debug, Clone, Copy)]
pub struct Kind {
    pub name: &'static str,
    pub material: Material,
    files: &'static [(&'static str, &'static str)],
    /// Day, author and subject.
    commits: &'static [(&'static str, &'static str, &'static str)],
    points: [Point; 12],
}

/// One of each kind.
pub const KINDS: [Kind; 11] = [
    library::KIND,
    tool::KIND,
    server::KIND,
    web_application::KIND,
    game::KIND,
    infrastructure::KIND,
    documents::KIND,
    data::KIND,
    configuration::KIND,
    teaching::KIND,
    firmware::KIND,
];

impl Kind {
    /// The repository; its files came one after the other with its commits.
    pub fn made_up(&self) -> MadeUp {
        let mut made_up = MadeUp::new(self.name);
        let (files, commits) = (self.files.len(), self.commits.len());
        for (at, (day, author, subject)) in self.commits.iter().enumerate() {
            let arrived = &self.files[at * files / commits..(at + 1) * files / commits];
            for (path, text) in arrived {
                made_up = made_up.file(path, text);
            }

            let address = author.to_lowercase().replace(' ', ".") + "@example.org";
            made_up = made_up
                .author(author, &address)
                .at(&format!("{day}T10:00:00Z"))
                .commit(subject);
        }

        made_up
    }

    /// The points that the chapters of a story do not make.
    pub fn missing(&self, chapters: &[&str]) -> Vec<&'static str> {
        let heard: Vec<Vec<String>> = chapters.iter().flat_map(|chapter| neighbours(chapter)).collect();
        let is_heard = |ways: &[&str]| {
            ways.iter().any(|way| {
                let keys = words(way);
                heard.iter().any(|said| {
                    keys.iter()
                        .all(|key| said.iter().any(|word| word.starts_with(key.as_str())))
                })
            })
        };

        self.points
            .iter()
            .filter(|(_, ways)| !is_heard(ways))
            .map(|(point, _)| *point)
            .collect()
    }
}

/// The words of each two neighbouring sentences.
fn neighbours(chapter: &str) -> Vec<Vec<String>> {
    let sentences: Vec<Vec<String>> = cut::paragraphs(chapter)
        .into_iter()
        .flat_map(cut::sentences)
        .map(words)
        .collect();
    if sentences.len() < 2 {
        return sentences;
    }

    sentences.windows(2).map(<[Vec<String>]>::concat).collect()
}

/// The words of a text in small letters, without marks.
pub fn words(text: &str) -> Vec<String> {
    text.split(|c: char| !c.is_alphanumeric())
        .filter(|word| !word.is_empty())
        .map(str::to_lowercase)
        .collect()
}

/// The share of a story's words, in hundredths, that stand in runs of four which another story also has. What either
/// repository says itself, which stands between quotation marks, is left out.
pub fn skeleton(story: &str, other: &str) -> f64 {
    let (story, other) = (narrators_words(story), narrators_words(other));
    let known: std::collections::HashSet<&[String]> =
        other.iter().flat_map(|passage| passage.windows(4)).collect();
    let all: usize = story.iter().map(Vec::len).sum();
    let mut shared = 0;
    for passage in &story {
        let mut marked = vec![false; passage.len()];
        for (at, run) in passage.windows(4).enumerate() {
            if known.contains(run) {
                marked[at..at + 4].fill(true);
            }
        }
        shared += marked.iter().filter(|stands| **stands).count();
    }

    100.0 * shared as f64 / all.max(1) as f64
}

/// The words between the quotations of a story.
fn narrators_words(story: &str) -> Vec<Vec<String>> {
    let outside = |part: &str| part.split_once('”').map_or(part, |(_, rest)| rest).to_owned();
    story.split('“').map(|part| words(&outside(part))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_point_is_heard_in_neighbouring_sentences_only() {
        let kind = Kind {
            points: [("what", &["duration timedelta", "boat"]); 12],
            ..KINDS[0]
        };

        assert!(
            kind.missing(&["It reads durations. They become a timedelta."])
                .is_empty()
        );
        assert!(kind.missing(&["Two Boats."]).is_empty());
        assert_eq!(
            kind.missing(&["It reads durations. It is fast. It gives a timedelta."])
                .len(),
            12
        );
    }

    #[test]
    fn a_skeleton_is_what_two_stories_say_alike() {
        let share = |a, b| skeleton(a, b).round() as u64;

        assert_eq!(share("one two three four five", "one two three four six"), 80);
        assert_eq!(
            share("one “two three four five six” seven", "two three four five six"),
            0
        );
        assert_eq!(share("one two three", "one two three"), 0);
    }
}
