//! How long the offline author takes for a book of twenty chapters, and the checker for a hundred thousand words.
//!
//! `cargo bench --bench book`

#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a benchmark reads the clock and says what it saw"
)]

use std::time::{Duration, Instant};

use continuity::check_book;
use fiction::{cast_book, plan_book, write_book};
use proto::tasks::fiction::{
    bible::Bible,
    cast::CharacterSmithInput,
    finding::ContinuityInput,
    plan::{ArchitectInput, ArchitectOutput, Genre},
};

const ROUNDS: u64 = 7;

fn write_whole_book(genre: Genre, words: u32, seed: u64) -> ContinuityInput {
    let brief = ArchitectInput {
        prompt: "A librarian in Prague finds a stolen violin. Detective Novak suspects her father."
            .to_owned(),
        genres: vec![genre.as_str().to_owned()],
        chapters: 20,
        words_per_chapter: words,
        seed,
        ..ArchitectInput::default()
    };
    let ArchitectOutput::Outline(outline) = plan_book(&brief).unwrap() else {
        panic!("a genre was given");
    };
    let cast = cast_book(&CharacterSmithInput {
        brief,
        outline: outline.clone(),
    })
    .unwrap();
    let scenes = write_book(&outline, &cast, &Bible::default(), seed).unwrap();

    ContinuityInput {
        outline: Some(outline),
        cast,
        bible: Bible::default(),
        scenes,
    }
}

fn say(what: &str, words: usize, mut times: Vec<Duration>) {
    times.sort();
    println!(
        "{what}: {words} words, median {:?}, slowest {:?}",
        times[times.len() / 2],
        times[times.len() - 1]
    );
}

fn count_words(book: &ContinuityInput) -> usize {
    book.scenes.iter().map(|scene| scene.count_words()).sum()
}

fn main() {
    for genre in [Genre::Mystery, Genre::ScienceFiction, Genre::Romance] {
        let mut words = 0;
        let times = (0..ROUNDS).map(|seed| {
            let begun = Instant::now();
            words = count_words(&write_whole_book(genre, 1200, seed));
            begun.elapsed()
        });
        let times = times.collect();
        say(&format!("write {}", genre.as_str()), words, times);
    }

    let book = write_whole_book(Genre::Mystery, 5000, 1);
    let times = (0..ROUNDS).map(|_| {
        let begun = Instant::now();
        let findings = check_book(&book).findings.len();
        assert!(findings < 1000);
        begun.elapsed()
    });
    let times = times.collect();
    say("check", count_words(&book), times);
}
