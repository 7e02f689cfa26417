//! Whole books.

use std::collections::HashMap;

use proto::tasks::fiction::{
    bible::{Bible, BibleEntry, BibleLevel},
    cast::{Cast, CharacterSmithInput},
    plan::{ArchitectInput, ArchitectOutput, BookOutline, EarlierBook},
    scene::WrittenScene,
};

use crate::{
    cast_book, plan_book,
    text::{count_words, normalise_sentence, split_sentences},
    write_book,
};

pub(crate) struct MadeBook {
    pub(crate) outline: BookOutline,
    pub(crate) cast: Cast,
    pub(crate) scenes: Vec<WrittenScene>,
}

pub(crate) fn make_book(prompt: &str, genre: &str, chapters: u32, words: u32, seed: u64) -> MadeBook {
    let brief = ArchitectInput {
        prompt: prompt.to_owned(),
        genres: vec![genre.to_owned()],
        chapters,
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

    MadeBook {
        outline,
        cast,
        scenes,
    }
}

fn print_book(book: &MadeBook) -> String {
    let mut text = format!("# {}\n\n{}\n", book.outline.title, book.outline.logline);
    let mut chapter = 0;
    for scene in &book.scenes {
        if scene.scene.chapter != chapter {
            chapter = scene.scene.chapter;
            let title = &book
                .outline
                .chapters
                .iter()
                .find(|plan| plan.number == chapter)
                .unwrap()
                .title;
            text.push_str(&format!("\n## {chapter}. {title}\n"));
        }
        text.push_str("\n* * *\n\n");
        text.push_str(&scene.prose.join("\n\n"));
        text.push('\n');
    }

    text
}

/// For reading: `BOOK="genre|chapters|words|seed|prompt" cargo test print_a_book -- --ignored --nocapture`.
#[test]
#[ignore = "for people to read"]
fn print_a_book() {
    let wish = std::env::var("BOOK").unwrap_or_else(|_| "mystery|20|1200|1|".to_owned());
    let parts: Vec<&str> = wish.splitn(5, '|').collect();
    let book = make_book(
        parts[4],
        parts[0],
        parts[1].parse().unwrap(),
        parts[2].parse().unwrap(),
        parts[3].parse().unwrap(),
    );
    println!("{}", print_book(&book));
    let words: usize = book.scenes.iter().map(WrittenScene::count_words).sum();
    println!("{words} words");
}

fn find_holes(book: &MadeBook) -> Vec<String> {
    let text = print_book(book);
    ["{", "}", "  ", " ,", " .\n", "..\"  ", "\"\"", "None", "''"]
        .into_iter()
        .filter(|hole| text.contains(hole))
        .map(str::to_owned)
        .collect()
}

fn find_doubles(book: &MadeBook) -> Vec<String> {
    let mut seen: HashMap<String, u32> = HashMap::new();
    for paragraph in book.scenes.iter().flat_map(|scene| &scene.prose) {
        for sentence in split_sentences(paragraph) {
            if count_words(sentence) >= 4 {
                *seen.entry(normalise_sentence(sentence)).or_default() += 1;
            }
        }
    }
    seen.into_iter()
        .filter(|(_, count)| *count > 1)
        .map(|(sentence, _)| sentence)
        .collect()
}

#[test]
fn every_genre_gives_books_of_the_length_that_was_asked_for_without_holes_or_repetition() {
    let sizes = [
        (1, 100),
        (1, 1200),
        (2, 400),
        (5, 300),
        (8, 1200),
        (20, 1200),
        (10, 5000),
        (60, 100),
    ];
    let mut broken = Vec::new();
    for genre in proto::tasks::fiction::plan::Genre::ALL {
        for (chapters, words) in sizes {
            let book = make_book("", genre.as_str(), chapters, words, 7);
            let asked = chapters * words;
            let got: usize = book.scenes.iter().map(WrittenScene::count_words).sum();
            let off = (f64::from(u32::try_from(got).unwrap()) / f64::from(asked) - 1.0).abs();
            let (holes, doubles) = (find_holes(&book), find_doubles(&book));
            if off > 0.05
                || !holes.is_empty()
                || !doubles.is_empty()
                || book.outline.chapters.len() != chapters as usize
            {
                broken.push(format!(
                    "{} {chapters}×{words}: {got} words, holes {holes:?}, doubles {doubles:?}",
                    genre.as_str()
                ));
            }
        }
    }
    assert!(broken.is_empty(), "{}", broken.join("\n"));
}

#[test]
fn a_scene_alone_is_word_for_word_what_it_is_in_its_book_and_another_take_is_new() {
    let book = make_book("Rose and Will in Port Ellen", "fantasy", 5, 900, 11);
    let brief_scene = book.scenes[6].clone();
    let mut input = proto::tasks::fiction::scene::ProseWeaverInput {
        outline: book.outline.clone(),
        cast: book.cast.clone(),
        bible: Default::default(),
        scene: brief_scene.scene.key.clone(),
        seed: 11,
        take: 0,
        context: Default::default(),
        repair: Vec::new(),
    };
    assert_eq!(crate::write_scene(&input).unwrap(), brief_scene);

    input.take = 1;
    let again = crate::write_scene(&input).unwrap();
    assert_ne!(again.prose, brief_scene.prose);
    let mut with_again = MadeBook {
        scenes: book.scenes.clone(),
        ..book
    };
    with_again.scenes[6] = again;
    assert_eq!(find_doubles(&with_again), [""; 0]);
}

#[test]
fn what_is_wrong_is_refused_and_what_is_odd_is_written() {
    let mut brief = ArchitectInput {
        chapters: 0,
        words_per_chapter: 1200,
        ..ArchitectInput::default()
    };
    assert!(plan_book(&brief).is_err());
    brief.chapters = 3;
    assert!(matches!(plan_book(&brief).unwrap(), ArchitectOutput::Question(_)));
    for prompt in [
        "{{name}} and {p.full} look for %s",
        "灯台守が羅針盤を見つける。灯台守が羅針盤を見つける。",
        "Will will hope, and Hope will rose",
        &"word ".repeat(20_000),
    ] {
        let book = make_book(prompt, "cosy whodunit", 3, 500, 2);
        assert!(find_holes(&book).is_empty(), "{prompt:.40}");
    }
}

#[test]
fn who_tells_in_the_first_person_is_one_of_us() {
    let book = make_book(
        "Mira Voss finds a brass key. First person, melancholy.",
        "mystery",
        8,
        1200,
        4,
    );
    let text = print_book(&book);

    assert!(text.contains("We ") && text.contains(" us "), "{text}");
    for slip in [
        "They quarrelled on the way",
        "They both looked for it",
        "They sat down on it",
    ] {
        assert!(!text.contains(slip), "{slip}");
    }
}

#[test]
fn two_prompts_with_one_seed_are_two_books() {
    let count_common = |one: &MadeBook, other: &MadeBook| {
        let paragraphs: Vec<&String> = other.scenes.iter().flat_map(|scene| &scene.prose).collect();
        let own = one.scenes.iter().flat_map(|scene| &scene.prose);
        own.filter(|paragraph| paragraphs.contains(paragraph)).count()
    };
    let one = make_book("A letter that was never sent.", "mystery", 8, 1200, 4);
    let other = make_book("Two sisters quarrel over a mill.", "literary", 8, 1200, 4);
    let all: usize = one.scenes.iter().map(|scene| scene.prose.len()).sum();

    assert!(count_common(&one, &other) * 3 < all, "{all}");
}

#[test]
fn a_book_that_goes_on_keeps_its_people_and_tells_nothing_twice() {
    let earlier = make_book(
        "Mira Voss keeps the lighthouse at Harrow Point.",
        "mystery",
        3,
        300,
        7,
    );
    let brief = ArchitectInput {
        prompt: "The letter's writer comes back.".to_owned(),
        chapters: 3,
        words_per_chapter: 300,
        seed: 7,
        earlier: Some(Box::new(EarlierBook {
            outline: earlier.outline.clone(),
            cast: earlier.cast.clone(),
        })),
        ..ArchitectInput::default()
    };

    let ArchitectOutput::Outline(added) = plan_book(&brief).unwrap() else {
        panic!("a book is there");
    };
    let mut outline = earlier.outline.clone();
    outline.chapters.extend(added.chapters);
    let cast = cast_book(&CharacterSmithInput {
        brief,
        outline: outline.clone(),
    })
    .unwrap();
    let scenes = write_book(&outline, &cast, &Bible::default(), 7).unwrap();
    let book = MadeBook {
        outline,
        cast,
        scenes,
    };

    let old = earlier.scenes.len();
    let prose = |scenes: &[WrittenScene]| scenes.iter().map(|scene| scene.prose.clone()).collect::<Vec<_>>();
    assert_eq!(
        prose(&book.scenes[..old]),
        prose(&earlier.scenes),
        "what was told stays as it was"
    );
    assert!(book.scenes.len() > old);
    assert_eq!(find_doubles(&book), Vec::<String>::new());
    if std::env::var_os("BOOK").is_some() {
        println!("{}", print_book(&book));
    }
}

/// A book that was imported: prose by somebody else, people who were read from it, no plan.
#[test]
fn a_book_that_somebody_else_began_goes_on_with_its_people() {
    let earlier = make_book("Mira Voss and Osric Pell.", "literary", 2, 300, 7);
    let mut outline = earlier.outline.clone();
    outline.premise = None;
    outline.setting = Default::default();
    for scene in outline
        .chapters
        .iter_mut()
        .flat_map(|chapter| &mut chapter.scenes)
    {
        scene.beats.clear();
        (scene.from, scene.until) = (0, 0);
    }
    let mut cast = earlier.cast.clone();
    cast.people.retain(|person| {
        ["p", "a"]
            .iter()
            .any(|lead| person.entity.details["lead"] == *lead)
    });
    cast.facts.clear();
    cast.items.clear();
    for person in &mut cast.people {
        (person.age, person.profession) = (None, None);
    }
    let brief = ArchitectInput {
        prompt: "They find a stolen violin. A mystery.".to_owned(),
        chapters: 3,
        words_per_chapter: 900,
        seed: 3,
        earlier: Some(Box::new(EarlierBook {
            outline: outline.clone(),
            cast,
        })),
        ..ArchitectInput::default()
    };

    let ArchitectOutput::Outline(added) = plan_book(&brief).unwrap() else {
        panic!("a book is there");
    };
    outline.chapters.extend(added.chapters);
    let cast = cast_book(&CharacterSmithInput {
        brief,
        outline: outline.clone(),
    })
    .unwrap();
    let scenes: Vec<WrittenScene> = outline
        .scenes()
        .filter(|(_, scene)| !scene.beats.is_empty())
        .map(|(_, scene)| {
            let input = proto::tasks::fiction::scene::ProseWeaverInput {
                outline: outline.clone(),
                cast: cast.clone(),
                bible: Default::default(),
                scene: scene.key.clone(),
                seed: 3,
                take: 0,
                context: Default::default(),
                repair: Vec::new(),
            };
            crate::write_scene(&input).unwrap()
        })
        .collect();
    let words: usize = scenes.iter().map(WrittenScene::count_words).sum();
    let book = MadeBook {
        outline,
        cast,
        scenes,
    };

    assert!((2565..=2835).contains(&words), "{words}");
    let text = print_book(&book);
    assert!(
        text.contains("Mira") && text.contains("Osric") && text.contains("violin"),
        "{text}"
    );
    assert_eq!((find_holes(&book), find_doubles(&book)), (Vec::new(), Vec::new()));
}

/// From the third chapter on hair is another, and in one scene another again.
#[test]
fn what_is_laid_down_for_a_chapter_or_a_scene_is_written_there_and_nowhere_else() {
    let book = make_book(
        "A librarian in Prague finds a stolen violin.",
        "mystery",
        4,
        800,
        5,
    );
    let hero = book.cast.person(&book.outline.point_of_view).unwrap().clone();
    let scenes: Vec<_> = book.outline.scenes().collect();
    let lay = |level, chapter, scene, value: &str| BibleEntry {
        level,
        chapter,
        scene,
        subject: hero.entity.name.clone(),
        property: "hair".to_owned(),
        value: value.to_owned(),
    };
    let (last, single) = scenes.last().unwrap();
    let bible = Bible {
        entries: vec![
            lay(BibleLevel::Scene, None, Some(single.key.clone()), "white"),
            lay(BibleLevel::Series, None, None, "copper"),
            lay(BibleLevel::Chapter, Some(*last), None, "grey"),
        ],
    };
    let cast = bible.cast_of_book(&book.cast);
    assert_eq!(
        cast.person(&hero.entity.key).unwrap().appearance.hair.as_deref(),
        Some("copper")
    );

    let written = write_book(&book.outline, &cast, &bible, 5).unwrap();
    let mut hair = Vec::new();
    for told in &written {
        for fact in &told.scene.ledger.facts {
            if fact.predicate == "has hair" && fact.subject == hero.entity.key {
                hair.push((told.scene.chapter, told.scene.key.clone(), fact.object.clone()));
            }
        }
    }
    let text = |word: &str| proto::tasks::fiction::ledger::FactObject::Text(word.to_owned());
    let said: Vec<_> = hair.iter().map(|(.., object)| object.clone()).collect();
    assert_eq!(said.first(), Some(&text("copper")));
    assert_eq!(
        said.last(),
        Some(&text("white")),
        "the last scene of all is the nearest"
    );
    assert_eq!(hair.last().unwrap().1, single.key);
    let ended: usize = written.iter().map(|told| told.scene.ledger.ended.len()).sum();
    assert!(ended >= hair.len() - 1, "what was so before has ended");

    // One scene alone is written as it is in the whole book.
    let input = proto::tasks::fiction::scene::ProseWeaverInput {
        outline: book.outline.clone(),
        cast,
        bible,
        scene: single.key.clone(),
        seed: 5,
        take: 0,
        context: Default::default(),
        repair: Vec::new(),
    };
    assert_eq!(crate::write_scene(&input).unwrap(), *written.last().unwrap());
}
