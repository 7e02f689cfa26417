//! Tells the made-up repositories of each kind and counts which of their twelve points are heard.

use super::truth::{tell, text};
use super::*;
use crate::analysis::model::Material;
use crate::testing::kinds::{KINDS, Kind, skeleton};
use crate::testing::{Ground, MadeUp, gallery, slips};

/// Points of twelve that a documentary of ten minutes has to make.
const ENOUGH: usize = 10;
/// Hundredths of a story's words that another story may share in runs of four.
const SHARED: f64 = 25.0;
/// Words from which on a story of the gallery, whose repositories are small, is one and not a remark.
const STORY_WORDS: usize = 250;

fn documentary(analysis: &Analysis) -> Vec<Chapter> {
    tell(analysis, Style::Documentary, Depth::Intermediate, 10)
}

#[test]
fn a_documentary_of_each_kind_says_what_a_listener_must_hear() {
    let mut poor = Vec::new();
    for kind in KINDS {
        let chapters = documentary(&kind.made_up().analysis());
        let told: Vec<&str> = chapters.iter().map(|chapter| chapter.content.as_str()).collect();
        let missing = kind.missing(&told);
        println!("{}: {} of 12, missing {missing:?}", kind.name, 12 - missing.len());

        if std::env::var_os("SAGA_SHOW").is_some() {
            for chapter in &chapters {
                println!("## {}\n{}\n", chapter.title, chapter.content);
            }
        }
        if 12 - missing.len() < ENOUGH {
            poor.push(format!("{}: {missing:?}", kind.name));
        }
    }

    assert!(poor.is_empty(), "{}", poor.join("\n"));
}

#[test]
fn every_kind_of_material_is_known_for_what_it_is() {
    let seen = |kind: &Kind| kind.made_up().analysis().explained.material;
    let wrong: Vec<(&str, Material)> = KINDS
        .iter()
        .map(|kind| (kind.name, seen(kind), kind.material))
        .filter(|(_, seen, right)| seen != right)
        .map(|(name, seen, _)| (name, seen))
        .collect();

    assert!(wrong.is_empty(), "{wrong:?}");
}

#[test]
fn no_story_of_any_kind_says_what_is_not_so() {
    let mut found = Vec::new();
    for kind in KINDS {
        let made_up = kind.made_up();
        let (analysis, files, messages) = (made_up.analysis(), made_up.texts(), made_up.messages());
        let ground = Ground::new(&files, &messages, &analysis);
        for style in Style::ALL {
            for depth in Depth::ALL {
                let chapters = tell(&analysis, style, depth, 10);
                let mut wrong = ground.false_claims(&chapters);
                wrong.extend(slips(&text(&chapters)));
                found.extend(
                    wrong
                        .iter()
                        .map(|claim| format!("{}, {style}, {depth}: {claim}", kind.name)),
                );
            }
        }
    }

    assert!(found.is_empty(), "{}", found.join("\n"));
}

#[test]
fn two_repositories_are_not_told_in_the_same_words() {
    let told = |made_up: MadeUp| {
        let analysis = made_up.analysis();
        (analysis.repo.name.clone(), text(&documentary(&analysis)))
    };
    let mut stories: Vec<(String, String)> = KINDS.iter().map(Kind::made_up).map(told).collect();
    let small = gallery().into_iter().map(told);
    stories.extend(small.filter(|(_, story)| story.split_whitespace().count() >= STORY_WORDS));

    let mut shares = Vec::new();
    for (name, story) in &stories {
        for (other_name, other) in stories.iter().filter(|(other, _)| other != name) {
            shares.push((skeleton(story, other), name, other_name));
        }
    }
    shares.sort_by(|a, b| b.0.total_cmp(&a.0));

    for (share, name, other) in shares.iter().take(12) {
        println!("{name} and {other}: {share:.1} %");
    }
    assert!(shares[0].0 < SHARED, "{:?}", shares[0]);
}
