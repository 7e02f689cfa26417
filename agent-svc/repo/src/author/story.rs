//! Puts a story together: plans, says every fact once, and corrects the plan until the length is right.

mod say;

use super::facts::{self, Facts};
use super::grammar;
use super::model::{Chapter, ChapterPlan, Claim, CodeExample, Outline, Presenter, StorySpec, Style, Turn};
use super::phrase::{Kind, Slots, Teller};
use super::plan::{self, Draft, Planner};
use super::shape::{self, Titled, Topic};
use crate::analysis::Analysis;
use crate::narration::pace::Pace;

/// Silence between two chapters, in seconds; the voice agent joins them with it.
pub const CHAPTER_PAUSE: f64 = 0.8;
/// A story with less than this share of the wished time is short, and says so.
const SHORT: f64 = 0.85;
const FILES: usize = 12;
const EXAMPLE_LINES: usize = 28;

/// A whole written story.
#[derive(Debug)]
pub(super) struct Story {
    title: String,
    summary: String,
    chapters: Vec<Written>,
}

#[derive(Debug)]
struct Written {
    title: String,
    purpose: String,
    content: String,
    files: Vec<String>,
    examples: Vec<CodeExample>,
    claims: Vec<Claim>,
    turns: Vec<Turn>,
    seconds: f64,
}

/// Writes the whole story, as long as wished when there is enough to tell.
pub(super) fn compose(analysis: &Analysis, wish: &StorySpec, pace: Pace) -> Story {
    let mut facts = facts::collect(analysis, wish);
    let target = f64::from(wish.duration_minutes.max(1)) * 60.0;

    plan::weigh(&mut facts, wish.style, pace);

    if (Planner { facts: &facts, wish }).material() < target * SHORT {
        own_up(&mut facts, wish);
        plan::weigh(&mut facts, wish.style, pace);
    }

    let planner = Planner { facts: &facts, wish };
    let mut budget = target;
    let mut best: Option<(f64, Vec<Written>)> = None;
    for _ in 0..7 {
        let drafts = planner.chapters(budget);
        let chapters = write(analysis, wish, &facts, pace, &drafts);
        let length = length(&chapters);
        let miss = (length - target).abs();
        if best.as_ref().is_none_or(|(least, _)| miss < *least) {
            best = Some((miss, chapters));
        }

        if miss < target * 0.012 || length <= 0.0 {
            break;
        }

        budget *= (target / length).clamp(0.6, 1.7);
    }

    let (_, chapters) = best.unwrap_or_default();
    let (title, summary) = of_story(wish, &facts, &chapters);

    Story {
        title,
        summary,
        chapters,
    }
}

impl Story {
    pub(super) fn outline(&self) -> Outline {
        let chapters = self.chapters.iter().map(|chapter| ChapterPlan {
            title: chapter.title.clone(),
            purpose: chapter.purpose.clone(),
            files: chapter.files.clone(),
            target_seconds: chapter.seconds.round() as u32,
            claims: Vec::new(),
        });

        Outline {
            title: self.title.clone(),
            summary: self.summary.clone(),
            chapters: chapters.collect(),
        }
    }

    pub(super) fn chapter(&self, index: usize) -> Option<Chapter> {
        let chapter = self.chapters.get(index)?;
        let before: f64 = self.chapters[..index]
            .iter()
            .map(|earlier| earlier.seconds + CHAPTER_PAUSE)
            .sum();

        Some(Chapter {
            title: chapter.title.clone(),
            content: chapter.content.clone(),
            code_examples: chapter.examples.clone(),
            files: chapter.files.clone(),
            duration_seconds: chapter.seconds.round() as u32,
            timestamp_start: before.round() as u32,
            claims: chapter.claims.clone(),
            turns: chapter.turns.clone(),
        })
    }
}

fn length(chapters: &[Written]) -> f64 {
    let pauses = chapters.len().saturating_sub(1) as f64 * CHAPTER_PAUSE;
    chapters.iter().map(|chapter| chapter.seconds).sum::<f64>() + pauses
}

/// The story will be shorter than wished: its end says so and why.
fn own_up(facts: &mut Facts, wish: &StorySpec) {
    let slots = Slots::from([("minutes", facts::minutes(wish.duration_minutes))]);
    let short = facts::Fact {
        kind: Kind::Short,
        slots,
        sources: Vec::new(),
        rank: -5.0,
        seconds: 0.0,
    };
    let empty = facts
        .topics
        .get(&Topic::What)
        .and_then(|groups| groups.first())
        .is_some_and(|group| {
            group
                .facts
                .iter()
                .any(|fact| matches!(fact.kind, Kind::Empty | Kind::Opaque))
        });
    if empty {
        return;
    }

    let groups = facts.topics.entry(Topic::End).or_default();
    match groups.first_mut() {
        Some(group) => group.facts.push(short),
        None => groups.push(facts::Group {
            facts: vec![short],
            name: String::new(),
        }),
    }
}

fn write(analysis: &Analysis, wish: &StorySpec, facts: &Facts, pace: Pace, drafts: &[Draft]) -> Vec<Written> {
    let mut teller = Teller::new(wish.style, seed(analysis));
    let mut shown: Vec<String> = Vec::new();
    let mut written: Vec<Written> = Vec::with_capacity(drafts.len());

    for (place, draft) in drafts.iter().enumerate() {
        let mut said = say::Spoken::default();
        if place == 0 {
            said.frame(&mut teller, facts, Kind::Scene);
        }
        for block in &draft.blocks {
            said.block(&mut teller, wish.style, facts, block);
        }
        if place + 1 == drafts.len() {
            said.frame(&mut teller, facts, Kind::Farewell);
        }

        let say::Spoken { paragraphs, claims } = said;
        let content = paragraphs
            .iter()
            .map(|(_, text)| text.as_str())
            .collect::<Vec<_>>()
            .join("\n\n");
        if content.is_empty() {
            continue;
        }

        let mut files: Vec<String> = Vec::new();
        for claim in &claims {
            if !files.contains(&claim.file) && files.len() < FILES {
                files.push(claim.file.clone());
            }
        }
        let examples = examples(analysis, &files, &mut shown);
        let (title, purpose) = of_chapter(analysis, wish.style, facts, draft);
        written.push(Written {
            title,
            purpose,
            seconds: pace.seconds(&content),
            content,
            files,
            examples,
            claims,
            turns: turns(wish.style, paragraphs),
        });
    }

    shape::make_unique(
        &mut written
            .iter_mut()
            .map(|chapter| &mut chapter.title)
            .collect::<Vec<_>>(),
    );

    written
}

/// Who says what; neighbouring paragraphs of one person are one turn.
fn turns(style: Style, paragraphs: Vec<(Presenter, String)>) -> Vec<Turn> {
    if style != Style::Podcast {
        return Vec::new();
    }

    let mut turns: Vec<Turn> = Vec::new();
    for (presenter, text) in paragraphs {
        match turns.last_mut().filter(|last| last.presenter == presenter) {
            Some(last) => {
                last.text.push_str("\n\n");
                last.text.push_str(&text);
            }
            None => turns.push(Turn { presenter, text }),
        }
    }

    turns
}

/// Title and purpose of one chapter.
fn of_chapter(analysis: &Analysis, style: Style, facts: &Facts, draft: &Draft) -> (String, String) {
    let Some(main) = draft.main() else {
        return (String::new(), String::new());
    };
    let name = facts.globals.get("name").map_or("the project", String::as_str);
    let entry = facts
        .topics
        .get(&Topic::Call)
        .and_then(|groups| groups.first())
        .map_or("", |group| group.name.as_str());
    let subject = main.groups.first().map_or("", |group| group.name.as_str());
    let title = if analysis.files_total == 0 {
        "An empty repository".to_owned()
    } else {
        shape::title(
            facts.material,
            style,
            main.topic,
            &Titled { name, entry, subject },
        )
    };

    let mut topics: Vec<&str> = Vec::new();
    for block in &draft.blocks {
        let gives = shape::gives(block.topic);
        if !topics.contains(&gives) {
            topics.push(gives);
        }
    }
    let purpose = format!("Tells of {name} {}.", grammar::list(&topics));

    (
        grammar::sentences(&title).trim_end_matches('.').to_owned(),
        purpose,
    )
}

/// Title and summary of the whole: the summary says what the thing is, in the story's own first words.
fn of_story(wish: &StorySpec, facts: &Facts, chapters: &[Written]) -> (String, String) {
    let name = grammar::sentences(facts.globals.get("name").map_or("this project", String::as_str));
    let name = name.trim_end_matches('.');
    let title = match wish.style {
        Style::Documentary => format!("{name}: what it is and how it works"),
        Style::Tutorial => format!("Finding your way in {name}"),
        Style::Podcast => format!("Two people talk about {name}"),
        Style::Fiction => format!("The city of {name}"),
        Style::Technical => format!("{name}: a technical briefing"),
    };

    let what = facts.topics.get(&Topic::What).and_then(|groups| groups.first());
    let said = what.and_then(|group| {
        group
            .facts
            .iter()
            .find_map(|fact| fact.slots.get("says").or_else(|| fact.slots.get("does")))
    });
    let described = what
        .and_then(|group| group.facts.first())
        .filter(|fact| fact.kind == Kind::Described)
        .is_some();
    let said = said.map(|said| {
        if described {
            format!("{name} {said}")
        } else {
            said.clone()
        }
    });
    let told: Vec<String> = chapters
        .iter()
        .take(3)
        .map(|chapter| chapter.title.clone())
        .collect();
    let summary = match said {
        Some(said) => format!(
            "{} Told for {} listeners.",
            grammar::sentences(&said),
            wish.technical_depth
        ),
        None => format!(
            "{name}, told for {} listeners: {}.",
            wish.technical_depth,
            told.join("; ")
        ),
    };

    (title, summary)
}

/// Code to show beside a chapter: the beginnings of its key files, each in one chapter only.
fn examples(analysis: &Analysis, files: &[String], shown: &mut Vec<String>) -> Vec<CodeExample> {
    let mut examples = Vec::new();
    for key in analysis
        .key_files
        .iter()
        .filter(|key| files.contains(&key.path) && key.language.is_some())
    {
        if shown.contains(&key.path) || key.excerpt.trim().is_empty() || examples.len() == 2 {
            continue;
        }

        shown.push(key.path.clone());
        examples.push(CodeExample {
            path: key.path.clone(),
            language: key.language.clone().unwrap_or_default(),
            code: key
                .excerpt
                .lines()
                .take(EXAMPLE_LINES)
                .collect::<Vec<_>>()
                .join("\n"),
            note: key.why.clone(),
        });
    }

    examples
}

/// The story's own number: the same commit is always told in the same words, another one in others.
fn seed(analysis: &Analysis) -> u64 {
    let hash = blake3::hash(format!("{}/{}", analysis.repo.name, analysis.repo.commit).as_bytes());
    hash.as_bytes()
        .iter()
        .take(8)
        .fold(0, |sum, byte| (sum << 8) | u64::from(*byte))
}
