//! Tells every repository of the gallery in every style and depth, and holds each story against its repository.

use super::*;
use crate::testing::{Ground, MadeUp, PACES, gallery, slips};

pub(super) fn tell(analysis: &Analysis, style: Style, depth: Depth, minutes: u32) -> Vec<Chapter> {
    let wish = StorySpec {
        focus_areas: vec![],
        technical_depth: depth,
        style,
        duration_minutes: minutes,
    };
    let story = story::compose(analysis, &wish, PACES[0]);
    (0..).map_while(|index| story.chapter(index)).collect()
}

pub(super) fn text(chapters: &[Chapter]) -> String {
    let content: Vec<&str> = chapters.iter().map(|chapter| chapter.content.as_str()).collect();
    content.join("\n\n")
}

fn told(made_up: &MadeUp) -> String {
    text(&tell(
        &made_up.analysis(),
        Style::Documentary,
        Depth::Intermediate,
        10,
    ))
}

#[test]
fn no_story_says_what_is_not_so() {
    let mut false_claims = Vec::new();
    for made_up in gallery() {
        let (analysis, files, messages) = (made_up.analysis(), made_up.texts(), made_up.messages());
        let ground = Ground::new(&files, &messages, &analysis);
        for style in Style::ALL {
            for depth in Depth::ALL {
                let chapters = tell(&analysis, style, depth, 20);
                let name = &analysis.repo.name;
                let claims = ground.false_claims(&chapters);
                false_claims.extend(
                    claims
                        .iter()
                        .map(|claim| format!("{name}, {style}, {depth}: {claim}")),
                );
            }
        }
    }

    assert!(false_claims.is_empty(), "{}", false_claims.join("\n"));
}

#[test]
fn no_story_has_the_slips_that_were_heard() {
    let mut found = Vec::new();
    for made_up in gallery() {
        let analysis = made_up.analysis();
        for style in Style::ALL {
            for depth in Depth::ALL {
                let slips = slips(&text(&tell(&analysis, style, depth, 20)));
                found.extend(
                    slips
                        .iter()
                        .map(|slip| format!("{}, {style}, {depth}: {slip}", analysis.repo.name)),
                );
            }
        }
    }

    assert!(found.is_empty(), "{}", found.join("\n"));
}

#[test]
fn what_is_not_known_is_not_told() {
    let bare = MadeUp::new("bare").file("bare.c", &"int a;\n".repeat(90));
    for style in Style::ALL {
        let story = text(&tell(&bare.analysis(), style, Depth::Intermediate, 5)).to_lowercase();
        for word in [
            " test",
            "pipeline",
            "front door",
            "no one",
            "nobody",
            "silent",
            "undocumented",
        ] {
            assert!(!story.contains(word), "{style}: {word} in {story}");
        }
    }
}

#[test]
fn every_folder_is_counted_and_code_is_what_is_code() {
    let made_up = MadeUp::new("loom")
        .file("src/a.c", &"int a;\n".repeat(40))
        .file("deps/b/b.c", "int b;\n")
        .file(".hidden/c.c", "int c;\n")
        .file("data/d.json", &"[\n1\n]\n".repeat(200));
    let story = told(&made_up);

    for wrong in ["three folders", "two folders", "one folder"] {
        assert!(!story.contains(wrong), "{wrong}: {story}");
    }
    assert!(!story.contains("six hundred"), "{story}");
}

#[test]
fn a_choice_of_licences_is_told_as_one() {
    let mit = "Permission is hereby granted, free of charge, to any person obtaining a copy\nthe above copyright notice and this permission notice\n";
    let story = |files: &[(&str, &str)]| {
        let made_up = files.iter().fold(
            MadeUp::new("loom").file("a.c", "int a;\nint b;\n"),
            |made_up, (path, text)| made_up.file(path, text),
        );
        told(&made_up)
    };

    let choice = story(&[
        ("LICENSE-MIT", mit),
        ("LICENSE-APACHE", "Apache License Version 2.0"),
    ]);
    assert!(
        choice.contains("choice of licences: Apache-2.0 or MIT"),
        "{choice}"
    );
    let one = story(&[("LICENSE", mit)]);
    assert!(
        one.contains("the MIT licence") && !one.contains("Anyone"),
        "{one}"
    );
}

#[test]
fn the_first_sentence_is_told_whatever_signs_are_in_it() {
    for sentence in [
        "Kingfisher is a ledger for boats — it is made for harbours and offices.",
        "Kingfisher is a ledger for boats &mdash; it is made for harbours and offices.",
        "Kingfisher is a ledger for boats – it is made for harbours and offices.",
    ] {
        let made_up = MadeUp::new("kingfisher")
            .file("README.md", &format!("# Kingfisher\n\n{sentence}\n"))
            .file("src/boats.py", &"boats = 1\n".repeat(60));
        let story = told(&made_up);

        assert!(story.contains("a ledger for boats"), "{sentence}: {story}");
    }
}

#[test]
fn what_was_made_sayable_is_no_quotation() {
    let made_up = MadeUp::new("plug")
        .file(
            "README.md",
            "# plug\n\nA manager of plugins for editors.\n\nThe function `plug#end()` automatically executes the filetype plugin of every line.\n",
        )
        .file("plug.vim", &"let a = 1\n".repeat(300))
        .file("test/run", &format!("#!/bin/sh\n{}", "echo 1\n".repeat(30)))
        .commit("Fix breakage of 'PlugUpgrade' on all machines with the other shell!");
    let analysis = made_up.analysis();
    let story = told(&made_up);

    assert!(!story.contains("“The function plug"), "{story}");
    assert!(!story.contains("!."), "{story}");
    // Nor is a test's language the language of what it tests, or the larger part of it.
    assert_eq!(analysis.main_language.as_deref(), Some("Vim Script"), "{story}");
    assert!(
        !story.contains("largest share of the code is in the test folder"),
        "{story}"
    );
}

#[test]
fn names_of_digits_are_names_and_verbs_are_no_nouns() {
    let made_up = MadeUp::new("2048")
        .file("README.md", "# 2048\n\nTOML stands for a list of boats.\n")
        .file("src/boats.py", &"boats = 1\n".repeat(60));
    let story = told(&made_up);

    assert!(
        !story.contains("this project") && !story.contains("This project"),
        "{story}"
    );
    assert!(!story.contains("provides TOML"), "{story}");
}

#[test]
fn the_first_commit_does_not_follow_itself() {
    let made_up = MadeUp::new("loom")
        .file("src/boats.py", "boats = 1\n")
        .commit("Begin to count boats")
        .file("src/more.py", "more = 1\n")
        .commit("Count more boats");
    let story = told(&made_up);

    assert!(!story.contains("two commits followed"), "{story}");
}
