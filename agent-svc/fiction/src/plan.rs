//! From what was asked to the outline: numbers of scenes, their chapters, their times, their causes.

use proto::tasks::fiction::{
    cast::{Cast, CharacterSmithInput},
    ledger::Key,
    plan::{
        ArchitectInput, ArchitectOutput, BookChapter, BookOutline, Cause, Genre, NarrativePerson,
        PlannedPromise, ScenePlan, Setting, Tense,
    },
};

use crate::{
    bank::{find_text, find_texts, list_episodes},
    chance::Chance,
    error::FictionError,
    genre::{choose_genre, choose_sequel_genre, find_stage},
    plot::{Plot, Step, count_episodes, count_promises},
    slots::{Names, Voice, fill_text},
    world::World,
};

const CHAPTERS: std::ops::RangeInclusive<u32> = 1..=60;
const WORDS: std::ops::RangeInclusive<u32> = 100..=5000;
/// A scene of this many words has room for its beats.
const WORDS_OF_SCENE: u32 = 400;
/// The day has scenes from here on, in minutes.
const MORNING: i64 = 7 * 60;
const NIGHT: i64 = 23 * 60;
const DAY: i64 = 24 * 60;

/// Plans a book, or asks the one question that has to be answered first.
///
/// # Errors
/// Chapters or words out of range.
pub fn plan_book(input: &ArchitectInput) -> Result<ArchitectOutput, FictionError> {
    check_input(input)?;
    let genre = match choose_genre(input) {
        Ok(genre) => genre,
        Err(question) => return Ok(ArchitectOutput::Question(*question)),
    };
    let (world, steps) = imagine(input, genre);

    Ok(ArchitectOutput::Outline(write_outline(input, &world, steps)))
}

/// The people, places, things and facts of a book that was planned from the same brief.
///
/// # Errors
/// Chapters or words out of range.
pub fn cast_book(input: &CharacterSmithInput) -> Result<Cast, FictionError> {
    check_input(&input.brief)?;
    let genre = match &input.brief.earlier {
        Some(earlier) => choose_sequel_genre(&input.brief, &earlier.outline),
        None => input.outline.genre,
    };
    let (mut world, steps) = imagine(&input.brief, genre);
    note_goals(&mut world);
    let first = input.brief.earlier.as_ref().map_or(0, |earlier| {
        earlier
            .outline
            .chapters
            .last()
            .map_or(0, |chapter| chapter.number)
    });
    note_clues(&mut world, &steps, first);
    if let Some(earlier) = &input.brief.earlier {
        let mut cast = earlier.cast.clone();
        let is_new = |key: &Key| earlier.cast.entities().all(|entity| entity.key != *key);
        cast.people.extend(
            world
                .cast
                .people
                .into_iter()
                .filter(|person| is_new(&person.entity.key)),
        );
        cast.places.extend(world.cast.places);
        cast.items.extend(world.cast.items);
        cast.facts.extend(world.cast.facts);
        return Ok(cast);
    }

    Ok(world.cast)
}

fn check_input(input: &ArchitectInput) -> Result<(), FictionError> {
    if !CHAPTERS.contains(&input.chapters) {
        return Err(FictionError::Invalid {
            field: "chapters",
            expected: "1 to 60",
        });
    }
    if !WORDS.contains(&input.words_per_chapter) {
        return Err(FictionError::Invalid {
            field: "words_per_chapter",
            expected: "100 to 5000",
        });
    }

    Ok(())
}

fn imagine(input: &ArchitectInput, genre: Genre) -> (World, Vec<Step>) {
    let per_chapter = (input.words_per_chapter / WORDS_OF_SCENE).clamp(1, 4);
    let available = list_episodes(genre == Genre::ScienceFiction).count();
    let most = 8 + available * 6;
    let scenes = usize::try_from(input.chapters * per_chapter)
        .unwrap_or(1)
        .min(most);
    let scenes = scenes.max(usize::try_from(input.chapters).unwrap_or(1));
    let world = World::imagine(
        input,
        genre,
        count_episodes(scenes, available),
        count_promises(scenes),
    );
    let steps = Plot::lay_out(&world, scenes);

    (world, steps)
}

fn write_outline(input: &ArchitectInput, world: &World, steps: Vec<Step>) -> BookOutline {
    let names = Names::of_world(world);
    let mut chance = Chance::for_purpose(input.seed, "title");
    let frame = |part: &str| format!("frame/{}/{part}", world.premise.course);
    let say =
        |text: &str, chance: &mut Chance| fill_text(text, &names, Voice::Outline, chance).unwrap_or_default();
    let titles = find_texts(&frame("title"));
    let title = chance
        .pick(titles)
        .map_or_else(String::new, |text| say(text, &mut chance));
    let logline = say(find_text(&frame("logline")), &mut chance);
    let first = input.earlier.as_ref().map_or(0, |earlier| {
        earlier
            .outline
            .chapters
            .last()
            .map_or(0, |chapter| chapter.number)
    });

    let person = match (&input.earlier, world.brief.tells_in_first_person) {
        (Some(earlier), _) => earlier.outline.person,
        (None, true) => NarrativePerson::First,
        (None, false) => NarrativePerson::Third,
    };
    BookOutline {
        title: crate::world::write_title(&title),
        logline: crate::world::write_title(&logline),
        genre: world.genre,
        premise: Some(world.premise.clone()),
        setting: Setting {
            place: world.town.clone(),
            time: world.season.clone(),
            mood: world
                .brief
                .mood
                .clone()
                .unwrap_or_else(|| find_mood(world.genre).to_owned()),
        },
        themes: vec![
            find_mood(world.genre).to_owned(),
            say(find_text(&frame("xgoal")), &mut chance),
        ],
        point_of_view: world.protagonist.clone(),
        person,
        tense: Tense::Past,
        promises: plan_promises(world, input.chapters, &steps, first, &names),
        chapters: divide_steps(input, world, steps, first),
    }
}

const fn find_mood(genre: Genre) -> &'static str {
    match genre {
        Genre::Mystery => "watchful",
        Genre::Thriller => "breathless",
        Genre::Romance => "tender",
        Genre::Fantasy => "strange",
        Genre::ScienceFiction => "cool and clear",
        Genre::Horror => "uneasy",
        Genre::Historical => "grave",
        Genre::Literary => "quiet",
        Genre::Children => "bright",
        Genre::Adventure => "restless",
    }
}

/// The chapter, from 0, that a scene belongs to: scenes are spread evenly.
const fn find_chapter(scene: usize, scenes: usize, chapters: usize) -> usize {
    scene * chapters / scenes
}

fn plan_promises(
    world: &World,
    chapters: u32,
    steps: &[Step],
    first: u32,
    names: &Names<'_>,
) -> Vec<PlannedPromise> {
    let mut chance = Chance::for_purpose(0, "promise");
    let count = usize::try_from(chapters).unwrap_or(1);
    let chapter_of = |kind: &str| {
        let at = steps
            .iter()
            .position(|step| step.beats.iter().any(|beat| beat.kind == kind))
            .unwrap_or(0);
        first + 1 + u32::try_from(find_chapter(at, steps.len(), count)).unwrap_or(0)
    };

    world
        .promises
        .iter()
        .filter_map(|promise| {
            let text = find_text(&format!("promise/{promise}/text"));
            Some(PlannedPromise {
                key: Key::parse(&format!("{}promise-{promise}", mark_sequel(first)))?,
                text: fill_text(text, names, Voice::Outline, &mut chance)?,
                who: Some(world.protagonist.clone()),
                planted_chapter: chapter_of(&format!("promise/{promise}/plant")),
                due_chapter: chapter_of(&format!("promise/{promise}/pay")),
            })
        })
        .collect()
}

fn mark_sequel(first: u32) -> String {
    match first {
        0 => String::new(),
        first => format!("p{first}-"),
    }
}

fn divide_steps(input: &ArchitectInput, world: &World, steps: Vec<Step>, first: u32) -> Vec<BookChapter> {
    let count = usize::try_from(input.chapters).unwrap_or(1);
    let scenes = steps.len();
    let times = schedule_steps(input, world, &steps);
    let mut chapters: Vec<BookChapter> = Vec::new();
    let mut before: Option<Key> = None;
    for (index, step) in steps.into_iter().enumerate() {
        let chapter = find_chapter(index, scenes, count);
        if chapter >= chapters.len() {
            chapters.push(BookChapter {
                number: first + u32::try_from(chapter).unwrap_or(0) + 1,
                title: step.title.clone(),
                purpose: step.goal.clone(),
                genre: input.earlier.is_some().then_some(world.genre),
                premise: input.earlier.is_some().then(|| world.premise.clone()),
                words: input.words_per_chapter,
                scenes: Vec::new(),
            });
        }
        let Some(last) = chapters.last_mut() else { continue };
        let number = u32::try_from(last.scenes.len()).unwrap_or(0) + 1;
        let Some(key) = Key::parse(&format!("c{}s{number}", last.number)) else {
            continue;
        };
        let (from, until) = times[index];
        let promises = step
            .promises
            .iter()
            .filter_map(|name| Key::parse(&format!("{}promise-{name}", mark_sequel(first))))
            .collect();
        let mut beats = step.beats;
        for beat in &mut beats {
            let promise = beat.promise.take();
            beat.promise = promise.and_then(|key| Key::parse(&format!("{}{key}", mark_sequel(first))));
            let clue = beat.fact.take();
            beat.fact = clue.map(|key| match key.as_str().starts_with("clue-") {
                true => Key::parse(&format!("{}{key}", mark_sequel(first))).unwrap_or(key),
                false => key,
            });
        }
        last.scenes.push(ScenePlan {
            key: key.clone(),
            number,
            title: step.title,
            place: step.place,
            from,
            until,
            point_of_view: world.protagonist.clone(),
            present: step.present,
            goal: step.goal,
            obstacle: step.obstacle,
            outcome: step.outcome,
            because: before.replace(key).map(|scene| Cause {
                scene,
                link: step.link,
            }),
            promises,
            words: 0,
            beats,
        });
    }
    share_words(&mut chapters, &world.premise.course);

    chapters
}

/// A chapter's words go to its scenes by how much has to be said in them, and a chapter in which much has to be said is
/// longer than others, by a fifth at most.
fn share_words(chapters: &mut [BookChapter], course: &str) {
    let weigh_beat = |kind: &str| {
        let section = match kind.strip_prefix("frame/") {
            Some(part) => format!("frame/{course}/{part}"),
            None => kind.to_owned(),
        };
        crate::text::count_words(find_text(&section)).max(12)
    };

    let weight = |scene: &ScenePlan| {
        let words: usize = scene.beats.iter().map(|beat| weigh_beat(&beat.kind)).sum();
        u32::try_from(words).unwrap_or(0) + 60
    };
    balance_chapters(chapters, weight);
    for chapter in chapters {
        let total: u32 = chapter.scenes.iter().map(weight).sum();
        let mut left = chapter.words;
        let count = chapter.scenes.len();
        for (index, scene) in chapter.scenes.iter_mut().enumerate() {
            scene.words = match index + 1 == count {
                true => left,
                false => chapter.words * weight(scene) / total.max(1),
            };
            left = left.saturating_sub(scene.words);
        }
    }
}

fn balance_chapters(chapters: &mut [BookChapter], weight: impl Fn(&ScenePlan) -> u32) {
    let asked: u32 = chapters.iter().map(|chapter| chapter.words).sum();
    let weights: Vec<u32> = chapters
        .iter()
        .map(|chapter| chapter.scenes.iter().map(&weight).sum())
        .collect();
    let mean = weights.iter().sum::<u32>() / u32::try_from(weights.len()).unwrap_or(1).max(1);
    for (chapter, weight) in chapters.iter_mut().zip(&weights) {
        let wanted = chapter.words * weight / mean.max(1);
        chapter.words = wanted.clamp(chapter.words * 4 / 5, chapter.words * 6 / 5);
    }

    let got: u32 = chapters.iter().map(|chapter| chapter.words).sum();
    for chapter in chapters {
        chapter.words =
            u32::try_from(u64::from(chapter.words) * u64::from(asked) / u64::from(got.max(1))).unwrap_or(0);
    }
}

/// The story's days are filled evenly from morning to night; a way is never longer than the time for it.
fn schedule_steps(input: &ArchitectInput, world: &World, steps: &[Step]) -> Vec<(i64, i64)> {
    let days = find_stage(world.genre).days;
    let count = i64::try_from(steps.len()).unwrap_or(1);
    let begin = input.earlier.as_ref().map_or(0, |earlier| {
        let last = earlier.outline.scenes().map(|(_, scene)| scene.until).max();
        (last.unwrap_or(0) / DAY + 1) * DAY
    });
    let span = days * (NIGHT - MORNING);
    let mut end = i64::MIN;

    (0..count)
        .map(|index| {
            let at = span * index / count;
            let mut from = begin + (at / (NIGHT - MORNING)) * DAY + MORNING + at % (NIGHT - MORNING);
            from = from.max(end.saturating_add(25));
            let until = from + 20 + (index * 7) % 25;
            end = until;
            (from, until)
        })
        .collect()
}

fn note_goals(world: &mut World) {
    let names = Names::of_world(world);
    let mut chance = Chance::for_purpose(0, "goals");
    let frame = |part: &str| find_text(&format!("frame/{}/{part}", world.premise.course));
    let quest = fill_text(frame("quest"), &names, Voice::Outline, &mut chance).unwrap_or_default();
    let stakes = fill_text(frame("stakes"), &names, Voice::Outline, &mut chance).unwrap_or_default();
    let hidden = fill_text(frame("xgoal"), &names, Voice::Outline, &mut chance).unwrap_or_default();
    let fear = find_text(&format!("fear/{}/name", world.fear)).to_owned();
    let mut pick = |section: &str| {
        let mut chance = Chance::for_purpose(crate::chance::hash_text(&quest), section);
        let text = chance.pick(find_texts(section)).copied().unwrap_or_default();
        let (goal, obstacle) = text.split_once('|').unwrap_or((text, ""));
        [goal, obstacle].map(|text| fill_text(text, &names, Voice::Outline, &mut chance).unwrap_or_default())
    };
    let [
        [ally, ally_obstacle],
        [mentor, mentor_obstacle],
        [home, home_obstacle],
        [absent, absent_obstacle],
        [_, hidden_obstacle],
    ] = ["want/a", "want/m", "want/c", "want/v", "want/x"].map(&mut pick);
    let keys = [
        (
            world.protagonist.clone(),
            format!("to find out {quest}"),
            format!("{stakes}; and there is {fear} to be afraid of"),
        ),
        (world.ally.clone(), ally, ally_obstacle),
        (world.mentor.clone(), mentor, mentor_obstacle),
        (world.antagonist.clone(), hidden, hidden_obstacle),
        (world.home.clone(), home, home_obstacle),
        (world.absent.clone(), absent, absent_obstacle),
    ];

    let mut traits = find_texts("trait").to_vec();
    Chance::for_purpose(crate::chance::hash_text(&quest), "traits").shuffle(&mut traits);
    for (index, person) in world.cast.people.iter_mut().enumerate() {
        if let Some((_, goal, obstacle)) = keys.iter().find(|(key, ..)| *key == person.entity.key) {
            person.goal.clone_from(goal);
            person.obstacle.clone_from(obstacle);
        }
        let count = traits.len().max(1);
        person.traits = (0..2)
            .filter_map(|offset| traits.get((index * 2 + offset) % count))
            .map(|text| (*text).to_owned())
            .collect();
    }
}

/// The pieces of the truth, each known to who tells it.
fn note_clues(world: &mut World, steps: &[Step], first: u32) {
    use proto::tasks::fiction::{
        cast::StoryFact,
        ledger::{FactObject, LedgerFact},
    };

    let names = Names::of_world(world);
    let mut facts = Vec::new();
    for beat in steps.iter().flat_map(|step| &step.beats) {
        let (Some(key), Some(who)) = (&beat.fact, &beat.who) else {
            continue;
        };
        let Some(part) = beat.kind.strip_prefix("frame/") else {
            continue;
        };
        let text = find_text(&format!(
            "frame/{}/{}",
            world.premise.course,
            part.replace("clue", "think")
        ));
        let mut chance = Chance::for_purpose(0, "clue");
        let thought = fill_text(text, &names, Voice::Outline, &mut chance).unwrap_or_default();
        let statement = state_thought(&thought);
        facts.push(StoryFact {
            fact: LedgerFact {
                key: Key::parse(&format!("{}{key}", mark_sequel(first))).unwrap_or_else(|| key.clone()),
                subject: who.clone(),
                predicate: "has told".to_owned(),
                object: FactObject::Text(statement.clone()),
                from: None,
                until: None,
            },
            statement,
            known_by: vec![who.clone()],
            hidden: true,
        });
    }
    world.cast.facts.extend(facts);
}

/// What a thought comes to, as a clause: its first sentence that says something.
fn state_thought(thought: &str) -> String {
    const WORDS_OF_STATEMENT: usize = 6;
    let sentences = crate::text::split_sentences(thought);
    let says = |sentence: &&&str| {
        crate::text::count_words(sentence) >= WORDS_OF_STATEMENT
            && sentence.ends_with('.')
            && !sentence.contains('"')
    };
    let chosen = sentences.iter().find(says).or(sentences.first()).copied();

    chosen
        .unwrap_or_default()
        .trim_end_matches(['.', '?', '!'])
        .to_owned()
}
