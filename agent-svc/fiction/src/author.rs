//! Scenes of prose, one or all of a book's, with their ledgers.

use proto::tasks::fiction::{
    bible::Bible,
    cast::{Cast, Pronoun},
    ledger::Key,
    plan::{BookOutline, ScenePlan},
    scene::{ProseWeaverInput, WrittenScene},
};

use crate::{
    chance::{Chance, hash_text},
    error::FictionError,
    fit::fit_units,
    record::record_scene,
    slots::Voice,
    weave::{Unit, Used, Weaver},
};

/// Writes one scene of an outline that `plan_book` made. The same input gives the same words. A later `take` gives others
/// that repeat nothing of the rest of the book.
///
/// # Errors
/// A scene that the outline does not have, an outline without beats, a cast without its leads.
pub fn write_scene(input: &ProseWeaverInput) -> Result<WrittenScene, FictionError> {
    let scenes: Vec<(u32, &ScenePlan)> = input.outline.scenes().collect();
    let at = scenes
        .iter()
        .position(|(_, scene)| scene.key == input.scene)
        .ok_or_else(|| FictionError::UnknownScene(input.scene.clone()))?;
    check_book_parts(&input.outline, &input.cast, scenes[at].1)?;

    let mut book = Book::begin(&input.outline, &input.cast, &input.bible, input.seed);
    let last = match input.take {
        0 => at,
        _ => scenes.len() - 1,
    };
    let mut without = Used::default();
    let mut words = 0;
    let mut prose = Vec::new();
    for (index, (chapter, scene)) in scenes.iter().enumerate().take(last + 1) {
        // Somebody else wrote it.
        if scene.beats.is_empty() {
            continue;
        }
        let before = book.used.clone_if(index == at && input.take > 0);
        let target = book.find_target(scene);
        let written = book.weave_scene(*chapter, scene);
        if index == at {
            words = target;
            prose = written;
        }
        if let Some(before) = before {
            without = book.used.subtract(&before);
        }
    }
    if input.take > 0 {
        book.used = book.used.subtract(&without);
        book.carry = 0;
        prose = book.weave_words(scenes[at], input.take, words);
    }

    Ok(WrittenScene {
        scene: record_scene(&input.outline, &input.cast, &input.bible, scenes[at]),
        prose,
    })
}

/// Writes all scenes of a book at once, each as `write_scene` would.
///
/// # Errors
/// As `write_scene`.
pub fn write_book(
    outline: &BookOutline,
    cast: &Cast,
    bible: &Bible,
    seed: u64,
) -> Result<Vec<WrittenScene>, FictionError> {
    let mut book = Book::begin(outline, cast, bible, seed);
    outline
        .scenes()
        .map(|(chapter, scene)| {
            check_book_parts(outline, cast, scene)?;
            let prose = book.weave_scene(chapter, scene);
            Ok(WrittenScene {
                scene: record_scene(outline, cast, bible, (chapter, scene)),
                prose,
            })
        })
        .collect()
}

fn check_book_parts(outline: &BookOutline, cast: &Cast, scene: &ScenePlan) -> Result<(), FictionError> {
    if scene.beats.is_empty() {
        return Err(FictionError::ForeignOutline(scene.key.clone()));
    }
    let has = |key: &Key| cast.person(key).is_some();
    if !has(&outline.point_of_view) {
        return Err(FictionError::ForeignCast("who the book is about"));
    }
    if !scene.present.iter().all(has) {
        return Err(FictionError::ForeignCast("somebody who is present"));
    }
    if cast.place(&scene.place).is_none() {
        return Err(FictionError::ForeignCast("a place"));
    }

    Ok(())
}

/// A book while it is written.
struct Book<'a> {
    outline: &'a BookOutline,
    cast: &'a Cast,
    bible: &'a Bible,
    seed: u64,
    used: Used,
    /// Words that the scenes so far are short of.
    carry: i64,
    /// Percent of what was asked for: a long book is better a little short than stretched.
    share: i64,
}

impl<'a> Book<'a> {
    fn begin(outline: &'a BookOutline, cast: &'a Cast, bible: &'a Bible, seed: u64) -> Self {
        const LONG_BOOK: u32 = 12_000;
        let asked: u32 = outline.scenes().map(|(_, scene)| scene.words).sum();

        Self {
            outline,
            cast,
            bible,
            // Two prompts with one seed are two books, down to what happens on the way.
            seed: seed ^ hash_text(&outline.logline),
            used: Used::default(),
            carry: 0,
            share: if asked >= LONG_BOOK { 97 } else { 100 },
        }
    }

    fn find_target(&self, scene: &ScenePlan) -> usize {
        let words = i64::from(scene.words) * self.share / 100;
        let corrected = words + self.carry.clamp(-words / 2, words / 2);

        usize::try_from(corrected).unwrap_or(0)
    }

    fn weave_scene(&mut self, chapter: u32, scene: &ScenePlan) -> Vec<String> {
        let target = self.find_target(scene);
        let prose = self.weave_words((chapter, scene), 0, target);
        let words: usize = prose
            .iter()
            .map(|paragraph| crate::text::count_words(paragraph))
            .sum();
        self.carry += i64::from(scene.words) * self.share / 100 - i64::try_from(words).unwrap_or(0);

        prose
    }

    fn weave_words(&mut self, (chapter, scene): (u32, &ScenePlan), take: u32, words: usize) -> Vec<String> {
        let cast = self.bible.cast_at(self.cast, (chapter, &scene.key));
        let chance = Chance::for_purpose(self.seed, &format!("{} {take}", scene.key));
        let mut weaver = Weaver::begin(self.outline, &cast, scene, chance, &mut self.used);
        let mut units: Vec<Unit> = Vec::new();
        for beat in &scene.beats {
            units.extend(weaver.weave_beat(beat));
        }
        let units = fit_units(&mut weaver, units, words);

        let hero = weaver
            .names
            .find_person("p")
            .filter(|_| weaver.voice == Voice::Third);
        let name = hero.map(|hero| (weaver.names.shorten_name("p", hero), hero.pronoun));
        let pronoun = match name.as_ref().map(|(_, pronoun)| pronoun) {
            Some(Pronoun::He) => "He",
            Some(Pronoun::She) => "She",
            _ => "They",
        };

        join_paragraphs(units, name.as_ref().map(|(name, _)| (name.as_str(), pronoun)))
    }
}

/// Short narration of one sort runs on in one paragraph; speech has one of its own.
fn join_paragraphs(units: Vec<Unit>, name: Option<(&str, &str)>) -> Vec<String> {
    const LONG: usize = 62;
    let mut joined: Vec<String> = Vec::new();
    let mut open: Option<&'static str> = None;
    for unit in &units {
        let sort = find_sort(&unit.kind);
        let count = unit.paragraphs.len();
        for (index, paragraph) in unit.paragraphs.iter().enumerate() {
            let is_plain = !paragraph.contains('"');
            let fits = joined.last().is_some_and(|last| {
                crate::text::count_words(last) + crate::text::count_words(paragraph) <= LONG
            });
            let goes_on = open.is_some_and(|open| open == sort && sort != "own");
            match joined.last_mut() {
                Some(last) if goes_on && is_plain && index == 0 && fits => {
                    last.push(' ');
                    last.push_str(paragraph);
                }
                _ => joined.push(paragraph.clone()),
            }
            open = (is_plain && index + 1 == count).then_some(sort);
        }
    }

    match name {
        Some((name, pronoun)) => joined
            .into_iter()
            .map(|paragraph| say_pronouns(&paragraph, name, pronoun))
            .collect(),
        None => joined,
    }
}

/// What one looks at, what one feels and does, or something that stands alone.
pub(crate) fn find_sort(kind: &str) -> &'static str {
    match kind {
        "hour" | "place" | "arrive" | "filler/view" => "view",
        "mind" | "note" | "filler/mind" | "filler/mine" => "self",
        kind if kind.contains("/think") => "self",
        _ => "own",
    }
}

/// Who has just been named is not named again: `Ines waited. Ines nodded.` becomes `Ines waited. She nodded.`
fn say_pronouns(paragraph: &str, name: &str, pronoun: &str) -> String {
    if paragraph.contains('"') {
        return paragraph.to_owned();
    }
    let named = format!("{name} ");
    let mut is_named = false;
    let sentences: Vec<String> = crate::text::split_sentences(paragraph)
        .into_iter()
        .map(|sentence| {
            let rest = sentence.strip_prefix(&named);
            let said = match rest {
                Some(rest) if is_named => format!("{pronoun} {rest}"),
                _ => sentence.to_owned(),
            };
            is_named = rest.is_some();
            said
        })
        .collect();

    sentences.join(" ")
}
