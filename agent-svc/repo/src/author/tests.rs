//! Reads whole stories with a critic's eye: length, truth, repetition, holes, styles, depths, focus.

mod coverage;
mod truth;
mod ways;

use std::collections::{HashMap, HashSet};

use super::*;
use crate::narration::cut;
use crate::testing::{PACES, empty, rich, tiny};

fn wish(style: Style, depth: Depth, minutes: u32) -> StorySpec {
    StorySpec {
        focus_areas: vec![],
        technical_depth: depth,
        style,
        duration_minutes: minutes,
    }
}

fn story(analysis: &Analysis, wish: &StorySpec) -> Vec<Chapter> {
    let story = story::compose(analysis, wish, PACES[0]);
    (0..).map_while(|index| story.chapter(index)).collect()
}

fn text(chapters: &[Chapter]) -> String {
    chapters
        .iter()
        .map(|chapter| chapter.content.as_str())
        .collect::<Vec<_>>()
        .join("\n\n")
}

fn every_story(analysis: &Analysis) -> Vec<(StorySpec, Vec<Chapter>)> {
    let mut stories = Vec::new();
    for style in Style::ALL {
        for depth in Depth::ALL {
            for minutes in [5, 10, 15, 20] {
                let wish = wish(style, depth, minutes);
                let told = story(analysis, &wish);
                stories.push((wish, told));
            }
        }
    }

    stories
}

fn all_sentences(text: &str) -> Vec<String> {
    cut::paragraphs(text)
        .into_iter()
        .flat_map(cut::sentences)
        .map(str::to_owned)
        .collect()
}

#[test]
fn no_sentence_is_said_twice_and_none_is_left_open() {
    for analysis in [rich(), tiny(), empty()] {
        for (wish, chapters) in every_story(&analysis) {
            let mut seen = HashSet::new();
            for sentence in all_sentences(&text(&chapters)) {
                assert!(seen.insert(sentence.to_lowercase()), "{wish:?}: {sentence}");
                sound(&sentence);
            }
        }
    }
}

/// What may never be heard.
fn sound(sentence: &str) {
    for bad in [
        "{", "}", "None", "Some(", "  ", "``", " ,", " .", "..", ",,", "::", "_", "0 of", "http:", "https:",
        "()", "the the", " a a ", "“”",
    ] {
        assert!(!sentence.contains(bad), "{bad:?} in: {sentence}");
    }

    let bare = sentence.trim_end_matches(['”', '’']);
    assert!(bare.ends_with(['.', '!', '?']), "{sentence}");

    let first = sentence.chars().find(|c| c.is_alphanumeric());
    assert!(
        first.is_some_and(|c| c.is_uppercase() || c.is_numeric()),
        "{sentence}"
    );
    assert!(
        !sentence.contains(" no lines") && !sentence.contains(" no files"),
        "{sentence}"
    );
    assert!(
        !sentence.contains(" one lines") && !sentence.contains(" one files"),
        "{sentence}"
    );
}

#[test]
fn a_story_is_as_long_as_asked_when_there_is_enough_to_tell() {
    let analysis = rich();

    for (wish, chapters) in every_story(&analysis) {
        let seconds: f64 = chapters
            .iter()
            .map(|chapter| f64::from(chapter.duration_seconds))
            .sum();
        let asked = f64::from(wish.duration_minutes) * 60.0;

        println!(
            "{} {} {}: {:.0} s in {} chapters",
            wish.style,
            wish.technical_depth,
            wish.duration_minutes,
            seconds,
            chapters.len()
        );

        if wish.duration_minutes <= 10 {
            assert!((seconds / asked - 1.0).abs() < 0.08, "{wish:?}: {seconds} s");
        }

        assert!(seconds < asked * 1.08, "{wish:?}: {seconds} s");
    }
}

#[test]
fn a_story_that_cannot_be_long_says_so() {
    for style in Style::ALL {
        let told = text(&story(&tiny(), &wish(style, Depth::Intermediate, 10)));
        assert!(told.contains("shorter"), "{told}");
        let enough = text(&story(&rich(), &wish(style, Depth::Intermediate, 5)));
        assert!(!enough.contains("shorter than"), "{enough}");
    }
    let nothing = text(&story(&empty(), &wish(Style::Documentary, Depth::Beginner, 20)));
    assert!(nothing.contains("empty"), "{nothing}");
}

#[test]
fn the_outline_is_what_the_chapters_are() {
    let pace = PACES[1];
    let wish = wish(Style::Podcast, Depth::Advanced, 10);
    let outline = outline(&rich(), &wish, pace);
    let mut starts = 0.0;

    for (index, plan) in outline.chapters.iter().enumerate() {
        let chapter = chapter(&rich(), &wish, index, pace).expect("a chapter");
        assert_eq!((&chapter.title, &chapter.files), (&plan.title, &plan.files));
        assert_eq!(chapter.duration_seconds, plan.target_seconds);
        assert!((f64::from(chapter.timestamp_start) - starts).abs() < 4.0);
        starts += f64::from(chapter.duration_seconds) + CHAPTER_PAUSE;
        assert!(!plan.purpose.is_empty() && !plan.title.is_empty());
    }

    assert!(chapter(&rich(), &wish, outline.chapters.len(), pace).is_none());

    let titles: HashSet<&String> = outline.chapters.iter().map(|plan| &plan.title).collect();
    assert_eq!(titles.len(), outline.chapters.len());
}

#[test]
fn longer_stories_have_more_chapters() {
    for style in Style::ALL {
        let count = |minutes| story(&rich(), &wish(style, Depth::Intermediate, minutes)).len();
        assert!((4..=5).contains(&count(5)), "{style}: {}", count(5));
        assert!((5..=7).contains(&count(10)), "{style}: {}", count(10));
        assert!((8..=12).contains(&count(20)), "{style}: {}", count(20));
    }
}

/// The share of five-word runs that were heard before in the same story.
fn worn(text: &str) -> f64 {
    let words: Vec<String> = text
        .split_whitespace()
        .map(|w| w.trim_matches(|c: char| !c.is_alphanumeric()).to_lowercase())
        .collect();
    let mut counts: HashMap<&[String], usize> = HashMap::new();
    for run in words.windows(5) {
        *counts.entry(run).or_default() += 1;
    }

    let repeated: usize = counts
        .values()
        .filter(|count| **count > 1)
        .map(|count| count - 1)
        .sum();

    repeated as f64 / words.len().max(1) as f64
}

#[test]
fn phrases_do_not_wear_out() {
    for (wish, chapters) in every_story(&rich()) {
        let worn = worn(&text(&chapters));
        // The invented documentation repeats itself in a long story, as real documentation does.
        let limit = if wish.duration_minutes <= 10 { 0.06 } else { 0.15 };
        assert!(worn < limit, "{wish:?}: {worn:.3}");
    }
}

#[test]
fn neighbouring_sentences_do_not_begin_alike() {
    for (wish, chapters) in every_story(&rich()) {
        let sentences = all_sentences(&text(&chapters));
        let start = |sentence: &str| sentence.split_whitespace().take(2).collect::<Vec<_>>().join(" ");
        let alike = sentences
            .windows(2)
            .filter(|pair| start(&pair[0]) == start(&pair[1]))
            .count();

        assert!(
            alike * 33 < sentences.len(),
            "{wish:?}: {alike} of {}: {:?}",
            sentences.len(),
            sentences
                .windows(2)
                .filter(|pair| start(&pair[0]) == start(&pair[1]))
                .collect::<Vec<_>>()
        );
    }
}

/// Words of a text with their share, names of the repository left out.
fn vocabulary(text: &str) -> HashSet<String> {
    text.split_whitespace()
        .map(|w| w.trim_matches(|c: char| !c.is_alphanumeric()).to_lowercase())
        .filter(|word| word.len() > 2)
        .collect()
}

/// Every word that the repository itself says.
fn words_of(analysis: &Analysis) -> HashSet<String> {
    let json = serde_json::to_string(analysis).expect("an analysis");
    json.split(|c: char| !c.is_alphanumeric())
        .map(str::to_lowercase)
        .collect()
}

/// Places that a story rests on.
fn places(chapters: &[Chapter]) -> HashSet<(String, u32)> {
    let claims = chapters.iter().flat_map(|chapter| &chapter.claims);
    claims.map(|claim| (claim.file.clone(), claim.line)).collect()
}

#[test]
fn the_five_styles_differ_to_the_ear() {
    let theirs = words_of(&rich());
    let own = |text: &str| -> HashSet<String> { vocabulary(text).difference(&theirs).cloned().collect() };
    let told: Vec<(Style, Vec<Chapter>, String)> = Style::ALL
        .map(|style| {
            let chapters = story(&rich(), &wish(style, Depth::Intermediate, 5));
            let said = text(&chapters);
            (style, chapters, said)
        })
        .into();

    for (i, (a, one, one_said)) in told.iter().enumerate() {
        for (b, other, other_said) in &told[i + 1..] {
            let (one_own, other_own) = (own(one_said), own(other_said));
            let shared = one_own.intersection(&other_own).count() as f64;
            let narrators = shared / one_own.union(&other_own).count().max(1) as f64;
            assert!(
                narrators < 0.56,
                "{a} and {b} share {narrators:.2} of the narrator's words"
            );

            let (one, other) = (places(one), places(other));
            let same = one.intersection(&other).count() as f64 / one.union(&other).count() as f64;
            println!("{a} and {b}: narrator's words {narrators:.2}, places {same:.2}");
            assert!(same < 0.92, "{a} and {b} tell the same: {same:.2}");
        }
    }

    let rate = |style: Style, words: &[&str]| {
        let (_, _, said) = told.iter().find(|(of, ..)| *of == style).expect("every style");
        let all: Vec<String> = said
            .split_whitespace()
            .map(|w| w.trim_matches(|c: char| !c.is_alphanumeric()).to_lowercase())
            .collect();
        all.iter().filter(|word| words.contains(&word.as_str())).count() as f64 * 100.0 / all.len() as f64
    };
    let you = ["you", "your"];
    let i = ["i", "i'm", "i'd", "we", "let's", "we're", "i'll"];
    assert!(rate(Style::Tutorial, &you) > 2.0 * rate(Style::Documentary, &you));
    assert!(rate(Style::Podcast, &i) > 2.0 * rate(Style::Documentary, &i));
    assert!(rate(Style::Fiction, &["was", "were", "had", "stood", "said"]) > 2.0);

    let asks = told[2].2.matches('?').count();
    assert!(told[2].0 == Style::Podcast && asks > 4, "a host asks: {asks}");
}

#[test]
fn a_podcast_is_a_conversation_of_two_whose_turns_are_its_text() {
    for chapter in story(&rich(), &wish(Style::Podcast, Depth::Intermediate, 5)) {
        let joined: Vec<&str> = chapter.turns.iter().map(|turn| turn.text.as_str()).collect();
        assert_eq!(joined.join("\n\n"), chapter.content);
        assert!(
            chapter
                .turns
                .windows(2)
                .all(|pair| pair[0].presenter != pair[1].presenter)
        );
        assert!(chapter.turns.iter().any(|turn| turn.presenter == Presenter::Host));
    }
    let others = story(&rich(), &wish(Style::Documentary, Depth::Intermediate, 5));
    assert!(others.iter().all(|chapter| chapter.turns.is_empty()));
}

#[test]
fn the_three_depths_tell_different_things() {
    for style in Style::ALL {
        let told = Depth::ALL.map(|depth| story(&rich(), &wish(style, depth, 5)));
        let [beginner, _, advanced] = &told;
        let (few, many) = (places(beginner), places(advanced));
        let same = few.intersection(&many).count() as f64 / few.union(&many).count() as f64;
        println!("{style}: {same:.2}");
        assert!(same < 0.85, "{style}: {same:.2}");

        let glossed = |chapters: &[Chapter]| text(chapters).contains("a function is a set of steps");
        assert!(
            glossed(beginner) && !glossed(advanced),
            "{style}: beginners hear what words mean"
        );
        let inside = |places: &HashSet<(String, u32)>| {
            places.iter().filter(|(file, _)| file.starts_with("src/")).count()
        };
        assert!(inside(&many) > inside(&few), "{style}: experts hear the insides");
    }
}

#[test]
fn a_focus_gets_the_time_and_a_missing_one_is_owned_up_to() {
    for style in Style::ALL {
        let mut wish = wish(style, Depth::Intermediate, 5);
        let plain = text(&story(&rich(), &wish));

        wish.focus_areas = vec!["retry logic".to_owned(), "blockchain".to_owned()];

        let focused = text(&story(&rich(), &wish));
        let count = |text: &str| {
            text.to_lowercase().matches("retry").count()
                + text.matches("backoff").count()
                + text.matches("attempt").count()
        };

        assert!(
            count(&focused) > count(&plain) + 1,
            "{style}: {} and {}",
            count(&focused),
            count(&plain)
        );
        assert!(focused.contains("blockchain"), "{style}: {focused}");
    }
}

#[test]
fn every_chapter_names_files_that_exist_and_shows_code_of_them() {
    let analysis = rich();
    let chapters = story(&analysis, &wish(Style::Documentary, Depth::Intermediate, 10));
    let with_files = chapters
        .iter()
        .filter(|chapter| !chapter.files.is_empty())
        .count();

    assert!(
        with_files + 1 >= chapters.len(),
        "{with_files} of {}",
        chapters.len()
    );

    let mut shown = HashSet::new();
    for example in chapters.iter().flat_map(|chapter| &chapter.code_examples) {
        assert!(shown.insert(&example.path), "shown twice: {}", example.path);
        assert!(analysis.key_files.iter().any(|key| key.path == example.path));
    }

    assert!(!shown.is_empty());
}

#[test]
fn the_same_commit_is_always_told_in_the_same_words_and_another_in_others() {
    let wish = wish(Style::Fiction, Depth::Beginner, 5);
    assert_eq!(story(&rich(), &wish), story(&rich(), &wish));
    let mut later = rich();
    later.repo.commit = "1".repeat(40);
    assert_ne!(text(&story(&rich(), &wish)), text(&story(&later, &wish)));
}

#[test]
fn odd_repositories_are_told_honestly() {
    let mut binary = empty();
    binary.files_total = 7;

    let told = text(&story(&binary, &wish(Style::Podcast, Depth::Beginner, 5)));
    assert!(told.contains("seven files"), "{told}");

    let mut foreign = rich();
    foreign.repo.name = "项目".to_owned();
    foreign.repo.description = Some("用于处理任务的服务器".to_owned());
    foreign.explained = Default::default();
    foreign.readme.as_mut().expect("a readme").paragraphs =
        vec!["这是一个用于处理任务的服务器。它很快。".to_owned()];
    foreign.readme.as_mut().expect("a readme").highlights = vec![];

    let told = text(&story(&foreign, &wish(Style::Technical, Depth::Advanced, 5)));
    assert!(
        told.contains("this project") || told.contains("This project"),
        "{told}"
    );
    assert!(told.chars().all(|c| !c.is_alphabetic() || c.is_ascii()), "{told}");
}

#[test]
fn other_voices_get_stories_of_the_same_length() {
    for pace in PACES {
        let wish = wish(Style::Documentary, Depth::Intermediate, 10);
        let seconds: f64 = {
            let story = story::compose(&rich(), &wish, pace);
            (0..)
                .map_while(|index| story.chapter(index))
                .map(|chapter| pace.seconds(&chapter.content))
                .sum()
        };

        assert!((seconds / 600.0 - 1.0).abs() < 0.06, "{pace:?}: {seconds}");
    }
}
