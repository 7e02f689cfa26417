//! Turns an analysis into facts: what can be told, in which part of a story, how much it matters, about which files.
//!
//! Every slot value is already English for the ear. Never decides on length or order between parts: `plan` does.

mod dependencies;
mod focus;
mod habits;
mod history;
mod layout;
mod modules;
mod opening;
mod path;
mod reading;

use std::collections::{BTreeMap, HashSet};

use super::grammar::prose::{Said, said_of};
use super::model::{Depth, StorySpec};
use super::phrase::{Kind, Slots};
use crate::analysis::Analysis;
use crate::narration::speakable::names;

pub(super) use focus::Focus;

/// A part of a story; each style puts them in its own order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum FactSection {
    Opening,
    History,
    Layout,
    Path,
    Modules,
    Dependencies,
    Tests,
    Habits,
    Reading,
    Closing,
}

/// One thing that can be said.
#[derive(Debug, Clone)]
pub(super) struct Fact {
    pub kind: Kind,
    pub slots: Slots,
    /// Paths that it speaks of.
    pub files: Vec<String>,
    /// Smaller is told sooner when time is short.
    pub rank: f64,
    /// About how long it takes to say, in seconds; 0 when the style has no words for it.
    pub seconds: f64,
}

/// Facts about one subject, told together in this order.
#[derive(Debug, Clone, Default)]
pub(super) struct Group {
    pub facts: Vec<Fact>,
    /// The subject's plain name, for titles and transitions.
    pub name: String,
}

/// Everything that can be told of one repository for one wish.
#[derive(Debug)]
pub(super) struct Facts {
    pub sections: BTreeMap<FactSection, Vec<Group>>,
    /// Values that every sentence may use.
    pub globals: Slots,
    pub focus: Focus,
}

/// What the makers of facts look at.
pub(super) struct Source<'a> {
    pub analysis: &'a Analysis,
    pub wish: &'a StorySpec,
    pub focus: &'a Focus,
    pub name: String,
}

impl Source<'_> {
    pub(super) fn is(&self, depth: Depth) -> bool {
        self.wish.technical_depth == depth
    }

    /// How far a story of this length may go into one subject: 1 for five minutes, 4 for twenty.
    pub(super) fn reach(&self) -> usize {
        (self.wish.duration_minutes as usize / 5).clamp(1, 4)
    }

    /// A file, said with its article.
    pub(super) fn file(&self, path: &str) -> String {
        // A script without an extension is a file all the same; a folder ends in a slash.
        let name = path.rsplit('/').next().unwrap_or(path);
        let said = names::path(path);
        if name.is_empty() || name.contains('.') || !said.contains(" folder") || said.contains(" file") {
            return said;
        }

        names::path(&format!("{path}.sh"))
    }
}

/// Collects facts of a group in the order they are told; ranks grow with it.
#[derive(Debug)]
pub(super) struct Telling {
    group: Group,
    next: f64,
    step: f64,
}

impl Telling {
    /// Facts that start at `rank` and grow by `step`.
    pub(super) fn new(name: impl Into<String>, rank: f64, step: f64) -> Self {
        Self {
            group: Group {
                facts: Vec::new(),
                name: name.into(),
            },
            next: rank,
            step,
        }
    }

    /// Adds a fact with the next rank.
    pub(super) fn tell<const N: usize>(
        &mut self,
        kind: Kind,
        slots: [(&'static str, String); N],
    ) -> &mut Self {
        self.add_about(kind, slots, Vec::new())
    }

    /// Adds a fact that speaks of files.
    pub(super) fn add_about<const N: usize>(
        &mut self,
        kind: Kind,
        slots: [(&'static str, String); N],
        files: Vec<String>,
    ) -> &mut Self {
        let slots = slots
            .into_iter()
            .filter(|(_, value)| !value.trim().is_empty())
            .collect();
        self.group.facts.push(Fact {
            kind,
            slots,
            files,
            rank: self.next,
            seconds: 0.0,
        });
        self.next += self.step;

        self
    }

    /// Adds a fact only when it is there to tell.
    pub(super) fn maybe<const N: usize>(
        &mut self,
        kind: Kind,
        slots: Option<[(&'static str, String); N]>,
    ) -> &mut Self {
        if let Some(slots) = slots {
            self.tell(kind, slots);
        }
        self
    }

    /// The fact just told is told sooner (negative) or later than its place says.
    pub(super) fn sooner(&mut self, by: f64) -> &mut Self {
        if let Some(last) = self.group.facts.last_mut() {
            last.rank -= by;
        }
        self
    }

    /// The fact just told has this rank.
    pub(super) fn rank_last(&mut self, rank: f64) {
        if let Some(last) = self.group.facts.last_mut() {
            last.rank = rank;
        }
    }

    pub(super) fn finish(self) -> Group {
        self.group
    }
}

/// The two slots of a documentation text: `does` for a predicate, `says` for a quotation.
pub(super) fn quote_doc(name: &str, text: Option<&str>) -> Option<(&'static str, String)> {
    match said_of(name, text?)? {
        Said::Does(does) => Some(("does", does)),
        Said::Says(says) => Some(("says", says)),
    }
}

/// Everything that can be told, by part.
pub(super) fn collect(analysis: &Analysis, wish: &StorySpec) -> Facts {
    let focus = Focus::find(analysis, &wish.focus_areas);
    let name = spoken_name(&analysis.repo.name);
    let source = Source {
        analysis,
        wish,
        focus: &focus,
        name: name.clone(),
    };

    let sections = BTreeMap::from([
        (FactSection::Opening, opening::tell(&source)),
        (FactSection::History, history::tell(&source)),
        (FactSection::Layout, layout::tell(&source)),
        (FactSection::Path, path::tell(&source)),
        (FactSection::Modules, modules::tell(&source)),
        (FactSection::Dependencies, dependencies::tell(&source)),
        (FactSection::Tests, habits::tests(&source)),
        (FactSection::Habits, habits::tell(&source)),
        (FactSection::Reading, reading::tell(&source)),
        (FactSection::Closing, reading::close(&source)),
    ]);
    let mut sections = sections;
    once_only(&mut sections);

    let globals = Slots::from([
        ("name", name.clone()),
        ("whose", super::grammar::possessive(&name)),
        ("kind", analysis.kind.label().to_owned()),
        (
            "lang",
            analysis
                .main_language
                .clone()
                .or_else(|| Some(analysis.languages.first()?.name.clone()))
                .unwrap_or_default(),
        ),
    ]);

    Facts {
        sections,
        globals,
        focus,
    }
}

/// The same words of the repository are told in one place only: a package often repeats its description.
fn once_only(sections: &mut BTreeMap<FactSection, Vec<Group>>) {
    let mut told: HashSet<String> = HashSet::new();

    for group in sections.values_mut().flatten() {
        let mut plain = false;
        for fact in &mut group.facts {
            let Some(words) = fact.slots.get("does").or_else(|| fact.slots.get("says")) else {
                continue;
            };
            let key: Vec<&str> = words.split_whitespace().take(7).collect();
            if told.insert(key.join(" ").to_lowercase()) {
                continue;
            }

            let lead = matches!(fact.kind, Kind::ModDoes | Kind::ModSays);
            fact.slots.retain(|name, _| !matches!(*name, "does" | "says"));
            fact.kind = if lead { Kind::ModPlain } else { Kind::Welcome };
            fact.rank = if lead { fact.rank } else { f64::INFINITY };
            plain |= lead;
        }

        group
            .facts
            .retain(|fact| fact.rank.is_finite() && !(plain && fact.kind == Kind::ModSize));
    }
}

/// The project's name as it can be said; a name without a Latin letter or a digit is "this project".
pub(super) fn spoken_name(name: &str) -> String {
    let words = name.trim_end_matches(".git").replace(['_', '-', '.'], " ");
    let said = words.split_whitespace().collect::<Vec<_>>().join(" ");
    if said.chars().any(|c| c.is_ascii_alphanumeric()) && said.chars().count() <= 60 {
        said
    } else {
        "this project".to_owned()
    }
}
