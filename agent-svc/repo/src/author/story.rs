//! Puts a story together: plans, says every fact once, and corrects the plan until the length is right.

use super::facts::{self, FactSection, Facts, Group};
use super::grammar;
use super::model::{Chapter, ChapterPlan, CodeExample, Outline, StorySpec};
use super::phrase::{Kind, Slots, Teller};
use super::plan::{self, Draft, PlannedBlock, Planner};
use super::titles;
use crate::analysis::Analysis;
use crate::narration::pace::Pace;

/// Silence between two chapters, in seconds; the voice agent joins them with it.
pub const CHAPTER_PAUSE: f64 = 0.8;
/// A story with less than this share of the wished time is short, and says so.
const SHORT: f64 = 0.85;
/// Facts that make one paragraph.
const PARAGRAPH: usize = 5;
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
    let mut best: Option<(f64, Vec<Written>, String)> = None;
    for _ in 0..7 {
        let drafts = planner.chapters(budget);
        let chapters = write(analysis, wish, &facts, pace, &drafts);
        let length = length(&chapters);
        let miss = (length - target).abs();
        if best.as_ref().is_none_or(|(least, ..)| miss < *least) {
            best = Some((miss, chapters, titles::route(&drafts)));
        }

        if miss < target * 0.012 || length <= 0.0 {
            break;
        }

        budget *= (target / length).clamp(0.6, 1.7);
    }

    let (_, chapters, route) = best.unwrap_or_default();
    let (title, summary) = titles::of_story(analysis, wish, &facts, &route);

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
            claims: Vec::new(),
            turns: Vec::new(),
        })
    }
}

fn length(chapters: &[Written]) -> f64 {
    let pauses = chapters.len().saturating_sub(1) as f64 * CHAPTER_PAUSE;
    chapters.iter().map(|chapter| chapter.seconds).sum::<f64>() + pauses
}

/// The story will be shorter than wished: its end says so and why.
fn own_up(facts: &mut Facts, wish: &StorySpec) {
    let minutes = grammar::count(u64::from(wish.duration_minutes), "minute", "minutes");
    let slots = Slots::from([("minutes", minutes)]);
    let short = facts::Fact {
        kind: Kind::Short,
        slots,
        files: Vec::new(),
        rank: -5.0,
        seconds: 0.0,
    };

    if let Some(group) = facts
        .sections
        .get_mut(&FactSection::Closing)
        .and_then(|groups| groups.first_mut())
    {
        let end = group.facts.len().saturating_sub(1);
        group.facts.insert(end, short);
    }
}

fn write(analysis: &Analysis, wish: &StorySpec, facts: &Facts, pace: Pace, drafts: &[Draft]) -> Vec<Written> {
    let mut teller = Teller::new(wish.style, seed(analysis));
    let route = titles::route(drafts);
    let mut shown: Vec<String> = Vec::new();
    let mut written = Vec::with_capacity(drafts.len());

    for draft in drafts {
        let mut paragraphs = Vec::new();
        let mut files: Vec<String> = Vec::new();
        for block in &draft.blocks {
            paragraphs.extend(say_block(&mut teller, facts, block, &route, &mut files));
        }

        let content = paragraphs.join("\n\n");
        if content.is_empty() {
            continue;
        }

        files.truncate(FILES);

        let examples = examples(analysis, &files, &mut shown);
        let seconds = pace.seconds(&content);
        let (title, purpose) = titles::of_chapter(analysis, wish.style, facts, draft);
        written.push(Written {
            title,
            purpose,
            content,
            files,
            examples,
            seconds,
        });
    }

    titles::make_unique(
        &mut written
            .iter_mut()
            .map(|chapter| &mut chapter.title)
            .collect::<Vec<_>>(),
    );

    written
}

/// The paragraphs of one block; the files it speaks of are added to `files`.
fn say_block(
    teller: &mut Teller,
    facts: &Facts,
    block: &PlannedBlock,
    route: &str,
    files: &mut Vec<String>,
) -> Vec<String> {
    let mut paragraphs: Vec<String> = Vec::new();
    let mut current: Vec<String> = Vec::new();
    if let Some(opening) = module_opening(teller, facts, block) {
        current.push(opening);
    }

    let alone = block.groups.len() == 1;
    for group in &block.groups {
        let said = say_group(teller, facts, group, files);
        if said.len() > 2 && !current.is_empty() && !(alone || current.len() < 2) {
            paragraphs.push(std::mem::take(&mut current).join(" "));
        }

        for sentence in said {
            current.push(sentence);
            if current.len() >= PARAGRAPH {
                paragraphs.push(std::mem::take(&mut current).join(" "));
            }
        }
    }

    if block.section == FactSection::Opening && !route.is_empty() {
        let slots = with_globals(facts, &Slots::from([("route", route.to_owned())]));
        current.extend(teller.say(Kind::Roadmap, &slots));
    }

    match (current.len(), paragraphs.last_mut()) {
        (0, _) => {}
        (1, Some(last)) => {
            last.push(' ');
            last.push_str(&current[0]);
        }
        _ => paragraphs.push(current.join(" ")),
    }

    paragraphs
}

fn say_group(teller: &mut Teller, facts: &Facts, group: &Group, files: &mut Vec<String>) -> Vec<String> {
    let mut said = Vec::with_capacity(group.facts.len());
    for fact in &group.facts {
        let Some(sentence) = teller.say(fact.kind, &with_globals(facts, &fact.slots)) else {
            continue;
        };
        said.push(sentence);

        let new: Vec<String> = fact
            .files
            .iter()
            .filter(|file| !files.contains(file))
            .cloned()
            .collect();

        files.extend(new);
    }

    said
}

/// The first words of a chapter of modules: where the walk begins, or how it goes on.
fn module_opening(teller: &mut Teller, facts: &Facts, block: &PlannedBlock) -> Option<String> {
    if block.section != FactSection::Modules {
        return None;
    }

    let names: Vec<String> = block
        .groups
        .iter()
        .map(|group| group.name.clone())
        .take(3)
        .collect();

    let kind = if block.part == 0 {
        Kind::OpenModules
    } else {
        Kind::MoreModules
    };

    let slots = Slots::from([
        ("count", grammar::number(block.groups.len() as u64)),
        ("first", format!("the {}", names.first()?)),
        (
            "last",
            if names.len() > 1 {
                format!("the {}", block.groups.last()?.name)
            } else {
                String::new()
            },
        ),
    ]);

    teller.say(kind, &with_globals(facts, &slots))
}

fn with_globals(facts: &Facts, slots: &Slots) -> Slots {
    let mut all = facts.globals.clone();
    all.extend(slots.iter().map(|(name, value)| (*name, value.clone())));
    all
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
