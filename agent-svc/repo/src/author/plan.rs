//! Decides what is told, for how long and in which chapter: a pure function of the facts, the wish and a time budget.
//!
//! Never renders a sentence; lengths are estimates that `story` corrects.

use std::collections::BTreeMap;

use super::facts::{FactSection, Facts, Group};
use super::model::{Depth, StorySpec, Style};
use super::phrase::{self, Kind};
use crate::narration::pace::Pace;

/// Part of a chapter: groups of one section, chosen to fit.
#[derive(Debug, Clone)]
pub(super) struct PlannedBlock {
    pub section: FactSection,
    /// Which part of the section, when it is spread over several chapters.
    pub part: usize,
    pub groups: Vec<Group>,
    pub seconds: f64,
}

/// One chapter: one or more blocks.
#[derive(Debug, Clone)]
pub(super) struct Draft {
    pub blocks: Vec<PlannedBlock>,
}

impl Draft {
    fn seconds(&self) -> f64 {
        self.blocks.iter().map(|block| block.seconds).sum()
    }

    /// The block that the chapter is named after.
    pub(super) fn main(&self) -> Option<&PlannedBlock> {
        let weight = |block: &&PlannedBlock| {
            (block.seconds * 10.0) as i64
                + if block.section == FactSection::Opening {
                    400
                } else {
                    0
                }
        };
        self.blocks.iter().max_by_key(weight)
    }
}

/// The parts of a story in the order of its style, each with its share of the time.
fn order(style: Style) -> &'static [(FactSection, f64)] {
    use FactSection::{
        Closing, Dependencies, Habits, History, Layout, Modules, Opening, Path, Reading, Tests,
    };

    match style {
        Style::Documentary => &[
            (Opening, 1.3),
            (History, 1.6),
            (Layout, 1.0),
            (Path, 1.0),
            (Modules, 4.0),
            (Dependencies, 1.0),
            (Tests, 0.8),
            (Habits, 0.5),
            (Reading, 0.5),
            (Closing, 0.5),
        ],
        Style::Tutorial => &[
            (Opening, 1.2),
            (Layout, 1.2),
            (Path, 1.4),
            (Modules, 4.0),
            (Dependencies, 0.9),
            (Tests, 0.9),
            (Habits, 0.6),
            (History, 0.3),
            (Reading, 1.1),
            (Closing, 0.8),
        ],
        Style::Podcast => &[
            (Opening, 1.5),
            (Layout, 0.8),
            (Modules, 3.8),
            (History, 1.5),
            (Path, 0.9),
            (Dependencies, 1.1),
            (Tests, 0.9),
            (Habits, 0.4),
            (Reading, 0.5),
            (Closing, 0.5),
        ],
        Style::Fiction => &[
            (Opening, 1.3),
            (Path, 1.0),
            (Layout, 1.2),
            (Modules, 4.2),
            (Dependencies, 1.0),
            (Tests, 0.9),
            (History, 1.2),
            (Habits, 0.3),
            (Reading, 0.3),
            (Closing, 0.5),
        ],
        Style::Technical => &[
            (Opening, 0.9),
            (Path, 1.2),
            (Layout, 1.1),
            (Modules, 4.2),
            (Dependencies, 1.3),
            (Habits, 1.3),
            (Tests, 1.0),
            (History, 0.4),
            (Reading, 0.6),
            (Closing, 0.3),
        ],
    }
}

/// Least and most chapters for a wished length.
fn chapter_range(minutes: u32) -> (usize, usize) {
    match minutes {
        0..=5 => (4, 5),
        6..=10 => (5, 7),
        11..=15 => (7, 9),
        _ => (8, 12),
    }
}

/// What planning looks at.
pub(super) struct Planner<'a> {
    pub facts: &'a Facts,
    pub wish: &'a StorySpec,
}

/// Notes with each fact how long its style usually takes to say it.
pub(super) fn weigh(facts: &mut Facts, style: Style, pace: Pace) {
    let globals = facts.globals.clone();

    for fact in facts
        .sections
        .values_mut()
        .flatten()
        .flat_map(|group| &mut group.facts)
    {
        let mut slots = globals.clone();
        slots.extend(fact.slots.clone());
        let length = phrase::usual_length(style, fact.kind, &slots);
        fact.seconds = match length {
            0 => 0.0,
            length => pace.usual(length),
        };
    }
}

fn group_seconds(group: &Group) -> f64 {
    group.facts.iter().map(|fact| fact.seconds).sum()
}

/// Whether a group only opens its part of the story without telling anything.
fn only_opens(group: &Group) -> bool {
    group.facts.iter().all(|fact| {
        use Kind::{Gloss, OpenDeps, OpenHistory, OpenLayout, OpenPath, OpenReading, OpenTests};
        matches!(
            fact.kind,
            Gloss | OpenDeps | OpenHistory | OpenLayout | OpenPath | OpenReading | OpenTests
        )
    })
}

impl Planner<'_> {
    /// Seconds that everything there is to tell would take.
    pub(super) fn material(&self) -> f64 {
        self.facts.sections.values().flatten().map(group_seconds).sum()
    }

    /// Chapters that together take about `budget` seconds.
    pub(super) fn chapters(&self, budget: f64) -> Vec<Draft> {
        let blocks = self.blocks(budget);
        let total: f64 = blocks.iter().map(|block| block.seconds).sum();
        let (least, most) = chapter_range(self.wish.duration_minutes);
        let wanted = ((total / 68.0).round() as usize).clamp(1, most);
        let wanted = if total > 200.0 { wanted.max(least) } else { wanted };
        let blocks = spread_modules(blocks, wanted);
        merge(blocks, wanted)
    }

    /// The chosen facts of each section, in the order of the style.
    fn blocks(&self, budget: f64) -> Vec<PlannedBlock> {
        let shares = self.shares(budget);
        let mut left_over = 0.0;
        let mut blocks = Vec::new();
        for (section, _) in order(self.wish.style) {
            let Some(groups) = self
                .facts
                .sections
                .get(section)
                .filter(|groups| !groups.is_empty())
            else {
                continue;
            };

            let share = shares.get(section).copied().unwrap_or(0.0);
            let (groups, seconds) = choose(groups, share + left_over);
            left_over = (share + left_over - seconds).clamp(-20.0, 20.0);
            blocks.push(PlannedBlock {
                section: *section,
                part: 0,
                groups,
                seconds,
            });
        }

        blocks.retain(|block| !block.groups.iter().all(only_opens));

        blocks
    }

    /// How many seconds each section gets: by weight, never more than it has to tell, the rest to the others.
    fn shares(&self, budget: f64) -> BTreeMap<FactSection, f64> {
        let mut open: Vec<(FactSection, f64, f64)> = order(self.wish.style)
            .iter()
            .filter_map(|(section, weight)| {
                let groups = self.facts.sections.get(section)?;
                let capacity: f64 = groups.iter().map(group_seconds).sum();
                (capacity > 0.0).then(|| (*section, weight * self.emphasis(*section), capacity))
            })
            .collect();

        let mut shares = BTreeMap::new();
        let mut left = budget;

        loop {
            let weights: f64 = open.iter().map(|(_, weight, _)| weight).sum();
            let full: Vec<(FactSection, f64)> = open
                .iter()
                .filter(|(_, weight, capacity)| *capacity <= left * weight / weights)
                .map(|(section, _, capacity)| (*section, *capacity))
                .collect();
            if full.is_empty() {
                shares.extend(
                    open.iter()
                        .map(|(section, weight, _)| (*section, left * weight / weights)),
                );
                return shares;
            }

            left -= full.iter().map(|(_, capacity)| capacity).sum::<f64>();
            open.retain(|(section, _, _)| !full.iter().any(|(done, _)| done == section));
            shares.extend(full);
        }
    }

    /// What the listener's depth and focus do to a section's share.
    fn emphasis(&self, section: FactSection) -> f64 {
        let depth = match (self.wish.technical_depth, section) {
            (Depth::Beginner, FactSection::Opening | FactSection::Layout) => 1.3,
            (Depth::Beginner, FactSection::Habits) => 0.5,
            (Depth::Advanced, FactSection::Opening) => 0.7,
            (Depth::Advanced, FactSection::Habits) => 1.5,
            (Depth::Advanced, FactSection::Modules) => 1.2,
            _ => 1.0,
        };

        let named = self.facts.focus.sections.contains(&section);
        let modules = section == FactSection::Modules && !self.facts.focus.modules.is_empty();

        depth
            * if named {
                2.2
            } else if modules {
                1.5
            } else {
                1.0
            }
    }
}

/// The facts of a section that fit, by rank; the first of each group that is told at all comes with it.
fn choose(groups: &[Group], budget: f64) -> (Vec<Group>, f64) {
    let mut ranked: Vec<(f64, usize, usize)> = groups
        .iter()
        .enumerate()
        .flat_map(|(g, group)| {
            group
                .facts
                .iter()
                .enumerate()
                .map(move |(f, fact)| (fact.rank, g, f))
        })
        .collect();

    ranked.sort_by(|a, b| a.0.total_cmp(&b.0).then((a.1, a.2).cmp(&(b.1, b.2))));

    let mut chosen = vec![Vec::new(); groups.len()];
    let mut seconds = 0.0;
    for (place, (_, g, f)) in ranked.into_iter().enumerate() {
        let fact = &groups[g].facts[f];
        let cost = fact.seconds;
        if cost > 0.0 && (place == 0 || seconds + cost * 0.5 <= budget) {
            seconds += cost;
            chosen[g].push(f);
        }
    }

    let kept = groups.iter().zip(&mut chosen).map(|(group, facts)| {
        facts.sort_unstable();
        Group {
            name: group.name.clone(),
            facts: facts.iter().map(|f| group.facts[*f].clone()).collect(),
        }
    });

    (kept.filter(|group| !group.facts.is_empty()).collect(), seconds)
}

/// Cuts a long section of modules into parts of about a chapter each.
fn spread_modules(blocks: Vec<PlannedBlock>, wanted: usize) -> Vec<PlannedBlock> {
    let total: f64 = blocks.iter().map(|block| block.seconds).sum();
    let chapter = total / wanted.max(1) as f64;
    let mut spread = Vec::with_capacity(blocks.len() + 4);
    for block in blocks {
        let parts = ((block.seconds / (chapter * 1.15)).round() as usize).clamp(1, block.groups.len().max(1));
        if block.section != FactSection::Modules || parts == 1 {
            spread.push(block);
            continue;
        }
        spread.extend(split(block, parts));
    }

    spread
}

fn split(block: PlannedBlock, parts: usize) -> Vec<PlannedBlock> {
    let goal = block.seconds / parts as f64;
    let mut out: Vec<PlannedBlock> = Vec::with_capacity(parts);
    let mut current = PlannedBlock {
        section: block.section,
        part: 0,
        groups: Vec::new(),
        seconds: 0.0,
    };
    for group in block.groups {
        let seconds = group_seconds(&group);
        let full =
            current.seconds + seconds * 0.5 > goal && !current.groups.is_empty() && out.len() + 1 < parts;
        if full {
            let part = out.len() + 1;
            out.push(std::mem::replace(
                &mut current,
                PlannedBlock {
                    section: block.section,
                    part,
                    groups: Vec::new(),
                    seconds: 0.0,
                },
            ));
        }

        current.seconds += seconds;
        current.groups.push(group);
    }

    out.push(current);

    out
}

/// Joins neighbours, the shortest first, until there are no more chapters than wanted and none is a mere remark.
fn merge(blocks: Vec<PlannedBlock>, wanted: usize) -> Vec<Draft> {
    let mut drafts: Vec<Draft> = blocks
        .into_iter()
        .map(|block| Draft { blocks: vec![block] })
        .collect();

    loop {
        let shortest = drafts.iter().map(Draft::seconds).fold(f64::INFINITY, f64::min);
        if drafts.len() < 2 || (drafts.len() <= wanted && shortest >= 22.0) {
            return drafts;
        }

        let at = (0..drafts.len() - 1)
            .min_by(|a, b| pair_seconds(&drafts, *a).total_cmp(&pair_seconds(&drafts, *b)))
            .unwrap_or(0);
        let next = drafts.remove(at + 1);
        drafts[at].blocks.extend(next.blocks);
    }
}

fn pair_seconds(drafts: &[Draft], at: usize) -> f64 {
    drafts[at].seconds() + drafts[at + 1].seconds()
}
