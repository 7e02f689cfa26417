//! How many contradictions of each kind are found, and how many are found where there are none.

#![expect(clippy::unwrap_used, reason = "a test that is given nonsense shall end")]

mod author;
mod chance;
mod clean;
mod manuscripts;
mod mutations;
mod stories;

use std::collections::{BTreeMap, HashSet};

use continuity::check_book;
use proto::tasks::fiction::bible::{BibleEntry, BibleLevel};
use proto::tasks::fiction::finding::{ContinuityInput, Finding, FindingKind, Severity};
use proto::tasks::fiction::ledger::Key;

use crate::mutations::mutate_book;

#[derive(Default, Clone, Copy)]
struct Tally {
    tried: usize,
    found: usize,
    false_alarms: usize,
}

/// Checks clean books, then the first of them with one contradiction of each kind and several seeds.
fn measure_books(
    title: &str,
    books: &[ContinuityInput],
    (mutated, tries): (usize, u64),
) -> BTreeMap<FindingKind, Tally> {
    let mut table: BTreeMap<FindingKind, Tally> = FindingKind::ALL
        .iter()
        .map(|kind| (*kind, Tally::default()))
        .collect();
    for (number, clean) in books.iter().enumerate() {
        let before = check_book(clean).findings;
        for finding in &before {
            table.entry(finding.kind).or_default().false_alarms += 1;
            say_finding(title, number, finding);
        }
        if number >= mutated {
            continue;
        }
        let known: HashSet<&str> = before.iter().map(|finding| finding.id.as_str()).collect();
        for (kind, tally) in &mut table {
            for seed in 0..tries {
                let Some(wrong) = mutate_book(*kind, clean, 1000 * seed + number as u64 + 1) else {
                    continue;
                };
                let found = check_book(&wrong)
                    .findings
                    .iter()
                    .any(|finding| finding.kind == *kind && !known.contains(finding.id.as_str()));
                tally.tried += 1;
                tally.found += usize::from(found);
            }
        }
    }
    print_table(title, books.len(), &table);

    table
}

#[expect(clippy::print_stderr, reason = "the table is what the test is read for")]
fn print_table(title: &str, books: usize, table: &BTreeMap<FindingKind, Tally>) {
    eprintln!(
        "\n{title}: {books} books\n{:<14} {:>6} {:>6} {:>8} {:>13}",
        "kind", "tried", "found", "recall", "false alarms"
    );
    for (kind, tally) in table {
        let recall = 100 * tally.found / tally.tried.max(1);
        eprintln!(
            "{:<14} {:>6} {:>6} {recall:>6} % {:>13}",
            kind.as_str(),
            tally.tried,
            tally.found,
            tally.false_alarms
        );
    }
}

#[expect(clippy::print_stderr, reason = "a false alarm is to be looked at")]
fn say_finding(title: &str, number: usize, finding: &Finding) {
    let sentence = finding
        .sentence
        .as_ref()
        .map_or("", |sentence| sentence.text.as_str());
    eprintln!(
        "{title} {number} {}: {} | {sentence} | {:?}",
        finding.kind.as_str(),
        finding.message,
        finding.contradicts
    );
}

#[test]
fn contradictions_of_each_kind_are_found_in_plain_books_and_none_where_there_are_none() {
    let books: Vec<ContinuityInput> = (0..10).map(clean::make_book).collect();
    for (kind, tally) in measure_books("plain", &books, (10, 4)) {
        assert_eq!(tally.false_alarms, 0, "{kind:?}");
        assert!(
            100 * tally.found >= 95 * tally.tried && tally.tried > 0,
            "{kind:?}: {} of {}",
            tally.found,
            tally.tried
        );
    }
}

#[test]
fn contradictions_of_each_kind_are_found_in_the_authors_own_books_and_none_where_there_are_none() {
    let books: Vec<ContinuityInput> = (0..50)
        .map(|number| author::write_authors_book(number, 20, 400))
        .collect();
    for (kind, tally) in measure_books("author", &books, (12, 2)) {
        assert_eq!(tally.false_alarms, 0, "{kind:?}");
        assert!(
            100 * tally.found >= 95 * tally.tried && tally.tried > 0,
            "{kind:?}: {} of {}",
            tally.found,
            tally.tried
        );
    }
}

#[test]
fn a_story_written_by_hand_is_clean() {
    for story in [stories::tell_of_the_ferry(), stories::tell_of_the_clock()] {
        let findings = check_book(&story).findings;
        assert!(findings.is_empty(), "{findings:#?}");
    }
}

#[test]
fn what_people_dream_remember_report_and_exaggerate_is_no_contradiction() {
    let mut alarms = 0;
    for paragraphs in manuscripts::CLEAN {
        for finding in check_book(&manuscripts::make_manuscript(paragraphs)).findings {
            say_finding("by hand", 0, &finding);
            alarms += 1;
        }
    }

    assert_eq!(alarms, 0, "of {} paragraphs", manuscripts::CLEAN.len());
}

#[test]
fn what_contradicts_the_record_is_found_however_people_put_it() {
    let mut missed = Vec::new();
    for (kind, sentence) in manuscripts::WRONG {
        let opening = format!("The boats were in. {sentence}");
        let findings = check_book(&manuscripts::make_manuscript(&[&opening])).findings;
        if findings.iter().all(|finding| finding.kind != *kind) {
            missed.push(format!("{kind:?}: {sentence}"));
        }
    }
    // One of twenty may be missed.
    let most = manuscripts::WRONG.len() / 20;

    assert!(missed.len() <= most, "{}", missed.join("\n"));
}

#[test]
fn a_finding_keeps_its_id_when_other_things_change() {
    let clean = clean::make_book(3);
    let wrong = mutate_book(FindingKind::Appearance, &clean, 7).unwrap();
    let mut more = mutate_book(FindingKind::Cliche, &wrong, 9).unwrap();
    more.scenes[0]
        .prose
        .insert(0, "Nothing else was to be done.".to_owned());
    let id = |book: &ContinuityInput| {
        let findings = check_book(book).findings;
        findings
            .into_iter()
            .find(|finding| finding.kind == FindingKind::Appearance)
            .unwrap()
            .id
    };

    assert_eq!(id(&wrong), id(&more));
}

#[test]
fn what_people_say_is_a_warning_at_most() {
    let mut book = clean::make_book(5);
    let name = book.cast.people[1].entity.name.clone();
    let at = book
        .scenes
        .iter()
        .position(|told| told.scene.ledger.present[1].who == book.cast.people[1].entity.key)
        .unwrap();
    book.scenes[at]
        .prose
        .push(format!("“I am ninety-nine,” said {name}."));
    let findings = check_book(&book).findings;

    assert_eq!(findings.len(), 1, "{findings:#?}");
    assert_eq!(
        (findings[0].kind, findings[0].severity),
        (FindingKind::Age, Severity::Warning)
    );
}

#[test]
fn a_book_without_a_ledger_is_checked_by_its_prose_alone() {
    let (clean, wrong) = (stories::import_plain(false), stories::import_plain(true));
    let kinds: HashSet<FindingKind> = check_book(&wrong)
        .findings
        .iter()
        .map(|finding| finding.kind)
        .collect();
    let expected = [
        FindingKind::Appearance,
        FindingKind::Age,
        FindingKind::Repetition,
        FindingKind::Tense,
        FindingKind::Name,
        FindingKind::PointOfView,
        FindingKind::Dead,
    ];

    assert_eq!(check_book(&clean).findings, vec![]);
    for kind in expected {
        assert!(kinds.contains(&kind), "{kind:?} is missing in {kinds:?}");
    }
}

#[test]
fn a_book_of_nothing_has_no_findings() {
    let nothing = ContinuityInput {
        outline: None,
        cast: Default::default(),
        bible: Default::default(),
        scenes: Vec::new(),
    };
    assert_eq!(check_book(&nothing).findings, vec![]);
}

#[test]
fn what_is_laid_down_for_a_scene_counts_there_in_place_of_the_cast() {
    let mut book = author::write_authors_book(1, 3, 600);
    let outline = book.outline.clone().unwrap();
    let hero = book.cast.person(&outline.point_of_view).unwrap().entity.clone();
    let lay = |level, scene: Option<&Key>, property: &str, value: &str| BibleEntry {
        level,
        chapter: None,
        scene: scene.cloned(),
        subject: hero.name.clone(),
        property: property.to_owned(),
        value: value.to_owned(),
    };
    let found = |book: &ContinuityInput, kind| -> Vec<Finding> {
        let findings = check_book(book).findings.into_iter();
        findings.filter(|finding| finding.kind == kind).collect()
    };
    assert_eq!(found(&book, FindingKind::Appearance), vec![]);

    // Its author says otherwise of the scene in which the ledger has the looks, and the cast is no excuse.
    let met = book.scenes[0].scene.key.clone();
    book.bible.entries = vec![
        lay(BibleLevel::Scene, Some(&met), "hair", "violet"),
        lay(BibleLevel::Scene, Some(&met), "age", "97"),
    ];
    for (kind, said) in [
        (FindingKind::Appearance, "hair violet"),
        (FindingKind::Age, "age 97"),
    ] {
        let findings = found(&book, kind);
        assert!(!findings.is_empty(), "{kind:?}");
        assert!(
            findings.iter().all(|finding| finding.scene == met),
            "nowhere else"
        );
        let contradicted = findings[0].contradicts.as_ref().unwrap();
        assert!(contradicted.text.contains(said), "{}", contradicted.text);
    }

    // And where the author wrote by it, nothing is found.
    let last = outline.scenes().last().unwrap().1.key.clone();
    book.bible.entries = vec![
        lay(BibleLevel::Book, None, "hair", "violet"),
        lay(BibleLevel::Scene, Some(&last), "hair", "white"),
    ];
    book.cast = book.bible.cast_of_book(&book.cast);
    book.scenes = fiction::write_book(&outline, &book.cast, &book.bible, 1).unwrap();
    assert_eq!(found(&book, FindingKind::Appearance), vec![]);
}
