//! Says the groups of a block: paragraphs with who speaks them, and each sentence with the place it rests on.

use crate::analysis::model::Remark;
use crate::author::facts::{Fact, Facts, Group};
use crate::author::model::{Claim, Presenter, Style};
use crate::author::phrase::{Kind, Slots, Teller};
use crate::author::plan::Part;
use crate::narration::cut;

/// Facts that make one paragraph.
const PARAGRAPH: usize = 5;

/// What was said so far in a chapter.
#[derive(Debug, Default)]
pub(super) struct Spoken {
    pub(super) paragraphs: Vec<(Presenter, String)>,
    pub(super) claims: Vec<Claim>,
}

impl Spoken {
    /// A sentence of the narrator's own around the story.
    pub(super) fn frame(&mut self, teller: &mut Teller, facts: &Facts, kind: Kind) {
        if let Some(text) = teller.say(kind, &facts.globals) {
            self.paragraphs.push((Presenter::Guest, text));
        }
    }

    /// Says one block. In a conversation the host asks first, and throws in a name before the guest goes on.
    pub(super) fn block(&mut self, teller: &mut Teller, style: Style, facts: &Facts, block: &Part) {
        let talks = style == Style::Podcast;
        if talks && block.part == 0 {
            let slots = named(facts, block.groups.first());
            self.paragraphs.extend(
                teller
                    .ask(block.topic, &slots)
                    .map(|text| (Presenter::Host, text)),
            );
        }

        let mut current: Vec<String> = Vec::new();
        for (place, group) in block.groups.iter().enumerate() {
            if talks && place > 0 && current.len() >= 3 {
                self.close(&mut current);
                let slots = named(facts, Some(group));
                self.paragraphs
                    .extend(teller.nudge(&slots).map(|text| (Presenter::Host, text)));
            }
            let mut headed = false;
            for fact in &group.facts {
                // Said alone, it would be told of what came before.
                if !headed && leans_on_its_head(fact.kind) {
                    continue;
                }
                if let Some(text) = self.fact(teller, facts, fact) {
                    current.push(text);
                    headed = true;
                }
                if current.len() >= PARAGRAPH {
                    self.close(&mut current);
                }
            }
        }

        // One sentence alone joins the paragraph before it.
        match (current.len(), self.paragraphs.last_mut()) {
            (1, Some((Presenter::Guest, last))) => {
                last.push(' ');
                last.push_str(&current[0]);
            }
            _ => self.close(&mut current),
        }
    }

    fn close(&mut self, current: &mut Vec<String>) {
        if !current.is_empty() {
            self.paragraphs.push((Presenter::Guest, current.join(" ")));
            current.clear();
        }
    }

    fn fact(&mut self, teller: &mut Teller, facts: &Facts, fact: &Fact) -> Option<String> {
        let mut slots = facts.globals.clone();
        slots.extend(fact.slots.iter().map(|(name, value)| (*name, value.clone())));
        let text = teller.say(fact.kind, &slots)?;

        for sentence in cut::sentences(&text) {
            if let Some(source) = rests_on(sentence, &fact.sources) {
                self.claims.push(Claim {
                    text: sentence.to_owned(),
                    file: source.file.clone(),
                    line: source.line.max(1),
                });
            }
        }

        Some(text)
    }
}

/// Of several places the one whose words the sentence has most of.
fn rests_on<'s>(sentence: &str, sources: &'s [Remark]) -> Option<&'s Remark> {
    let lower = sentence.to_lowercase();
    let shared = |source: &Remark| {
        source
            .text
            .to_lowercase()
            .split_whitespace()
            .filter(|word| word.len() > 2 && lower.contains(*word))
            .count()
    };

    sources
        .iter()
        .enumerate()
        .max_by_key(|(at, source)| (shared(source), std::cmp::Reverse(*at)))
        .map(|(_, source)| source)
}

/// The project's name and the subject's.
fn named(facts: &Facts, group: Option<&Group>) -> Slots {
    let mut slots = facts.globals.clone();
    let subject = group
        .map(|group| group.name.trim().to_owned())
        .unwrap_or_default();
    let words = subject.split_whitespace().count();
    if (1..=7).contains(&words) && subject != "it" {
        slots.insert("subject", subject);
    }

    slots
}

/// Whether a fact is told of what the first of its group names: "it carries …", "inside, …".
fn leans_on_its_head(kind: Kind) -> bool {
    matches!(
        kind,
        Kind::NoteFirst
            | Kind::NoteNext
            | Kind::Calls
            | Kind::Turns
            | Kind::Refuses
            | Kind::Carries
            | Kind::Field
            | Kind::ModUses
            | Kind::StepsMore
            | Kind::ChaptersMore
            | Kind::DefsMore
    )
}
