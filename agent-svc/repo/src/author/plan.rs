//! Decides what is told, for how long and in which chapter: a pure function of the facts, the wish and a time budget.
//!
//! Never renders a sentence; lengths are estimates that `story` corrects.

use std::collections::BTreeMap;

use super::facts::{Facts, Group};
use super::model::{StorySpec, Style};
use super::phrase;
use super::shape::{self, Topic};
use crate::narration::pace::Pace;

/// What was asked for gets this share of the time, when there is enough of it.
const FOCUS_SHARE: f64 = 0.42;

/// Part of a chapter: groups of one topic, chosen to fit.
#[derive(Debug, Clone)]
pub(super) struct Part {
    pub topic: Topic,
    /// Which part of the topic, when it is spread over several chapters.
    pub part: usize,
    pub groups: Vec<Group>,
    pub seconds: f64,
}

/// One chapter: one or more blocks.
#[derive(Debug, Clone)]
pub(super) struct Draft {
    pub blocks: Vec<Part>,
}

impl Draft {
    fn seconds(&self) -> f64 {
        self.blocks.iter().map(|block| block.seconds).sum()
    }

    /// The block that the chapter is named after.
    pub(super) fn main(&self) -> Option<&Part> {
        let weight =
            |block: &&Part| (block.seconds * 10.0) as i64 + if block.topic == Topic::What { 200 } else { 0 };
        self.blocks.iter().max_by_key(weight)
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
        .topics
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

impl Planner<'_> {
    /// Seconds that everything there is to tell would take.
    pub(super) fn material(&self) -> f64 {
        self.facts.topics.values().flatten().map(group_seconds).sum()
    }

    /// Chapters that together take about `budget` seconds.
    pub(super) fn chapters(&self, budget: f64) -> Vec<Draft> {
        let blocks = self.blocks(budget);
        let total: f64 = blocks.iter().map(|block| block.seconds).sum();
        let (least, most) = chapter_range(self.wish.duration_minutes);
        let wanted = ((total / 68.0).round() as usize).clamp(1, most);
        let wanted = if total > 200.0 { wanted.max(least) } else { wanted };
        let blocks = spread(blocks, wanted);
        merge(blocks, wanted)
    }

    /// The chosen facts of each topic, in the order of the material.
    fn blocks(&self, budget: f64) -> Vec<Part> {
        let shares = self.shares(budget);
        let mut left_over = 0.0;
        let mut blocks = Vec::new();
        for (topic, _) in shape::order(self.facts.material) {
            let Some(groups) = self.facts.topics.get(topic).filter(|groups| !groups.is_empty()) else {
                continue;
            };

            let share = shares.get(topic).copied().unwrap_or(0.0);
            let (groups, seconds) = choose(groups, share + left_over);
            left_over = (share + left_over - seconds).clamp(-20.0, 20.0);
            if !groups.is_empty() {
                blocks.push(Part {
                    topic: *topic,
                    part: 0,
                    groups,
                    seconds,
                });
            }
        }

        blocks
    }

    /// How many seconds each topic gets: what was asked for first, the others by weight, never more than they have to
    /// tell, the rest to the others.
    fn shares(&self, budget: f64) -> BTreeMap<Topic, f64> {
        let mut shares = BTreeMap::new();
        let mut left = budget;
        let capacity = |topic: &Topic| {
            self.facts
                .topics
                .get(topic)
                .map_or(0.0, |groups| groups.iter().map(group_seconds).sum())
        };
        let focus = f64::min(capacity(&Topic::Focus), budget * FOCUS_SHARE);
        if focus > 0.0 {
            shares.insert(Topic::Focus, focus);
            left -= focus;
        }

        let mut open: Vec<(Topic, f64, f64)> = shape::order(self.facts.material)
            .iter()
            .map(|(topic, weight)| (*topic, weight * self.emphasis(*topic), capacity(topic)))
            .filter(|(topic, weight, capacity)| *topic != Topic::Focus && *weight > 0.0 && *capacity > 0.0)
            .collect();

        loop {
            let weights: f64 = open.iter().map(|(_, weight, _)| weight).sum();
            let full: Vec<(Topic, f64)> = open
                .iter()
                .filter(|(_, weight, capacity)| *capacity <= left * weight / weights)
                .map(|(topic, _, capacity)| (*topic, *capacity))
                .collect();
            if full.is_empty() {
                shares.extend(
                    open.iter()
                        .map(|(topic, weight, _)| (*topic, left * weight / weights)),
                );
                return shares;
            }

            left -= full.iter().map(|(_, capacity)| capacity).sum::<f64>();
            open.retain(|(topic, _, _)| !full.iter().any(|(done, _)| done == topic));
            shares.extend(full);
        }
    }

    /// What the listener's style and depth do to a topic's share.
    fn emphasis(&self, topic: Topic) -> f64 {
        shape::leaning(self.wish.style, topic) * shape::experience(self.wish.technical_depth, topic)
    }
}

/// The facts of a topic that fit, by rank; the first of each group that is told at all comes with it.
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

/// Cuts a long topic into parts of about a chapter each.
fn spread(blocks: Vec<Part>, wanted: usize) -> Vec<Part> {
    let total: f64 = blocks.iter().map(|block| block.seconds).sum();
    let chapter = total / wanted.max(1) as f64;
    let mut spread = Vec::with_capacity(blocks.len() + 4);
    for block in blocks {
        let parts = ((block.seconds / (chapter * 1.3)).round() as usize).clamp(1, block.groups.len().max(1));
        if parts == 1 {
            spread.push(block);
        } else {
            spread.extend(split(block, parts));
        }
    }

    spread
}

fn split(block: Part, parts: usize) -> Vec<Part> {
    let goal = block.seconds / parts as f64;
    let mut out: Vec<Part> = Vec::with_capacity(parts);
    let mut current = Part {
        topic: block.topic,
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
                Part {
                    topic: block.topic,
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
fn merge(blocks: Vec<Part>, wanted: usize) -> Vec<Draft> {
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
