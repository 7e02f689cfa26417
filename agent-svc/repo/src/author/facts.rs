//! Turns an analysis into facts: what can be told, in which part of a story, how much it matters, about which files.
//!
//! Every slot value is already English for the ear. Never decides on length or order between parts: `plan` does.

mod call;
mod dependencies;
mod focus;
mod growth;
mod operations;
mod parts;
mod passages;
mod project_name;
mod promises;
mod start;
mod told;

use std::collections::{BTreeMap, HashSet};

use super::grammar::prose::{Said, said_of, tells_of_a_deed};
use super::model::{Depth, StorySpec};
use super::phrase::{Kind, Slots};
use super::shape::{self, Topic};
use crate::analysis::Analysis;
use crate::analysis::model::{Material, Remark};
use crate::narration::speakable::{names, speakable};

pub(super) use focus::Focus;
pub(super) use project_name::project_name;
pub(super) use start::minutes;

/// One thing that can be said.
#[derive(Debug, Clone)]
pub(super) struct Fact {
    pub kind: Kind,
    pub slots: Slots,
    /// What it rests on, with files and lines.
    pub sources: Vec<Remark>,
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
    pub topics: BTreeMap<Topic, Vec<Group>>,
    pub material: Material,
    /// Values that every sentence may use.
    pub globals: Slots,
}

/// What the makers of facts look at.
pub(super) struct Source<'a> {
    pub analysis: &'a Analysis,
    pub wish: &'a StorySpec,
    pub focus: &'a Focus,
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

    /// Adds a fact of ours with the next rank.
    pub(super) fn tell<const N: usize>(
        &mut self,
        kind: Kind,
        slots: [(&'static str, String); N],
    ) -> &mut Self {
        self.tell_from(kind, slots, Vec::new())
    }

    /// Adds a fact that rests on places in the repository.
    pub(super) fn tell_from<const N: usize>(
        &mut self,
        kind: Kind,
        slots: [(&'static str, String); N],
        sources: Vec<Remark>,
    ) -> &mut Self {
        let slots = slots
            .into_iter()
            .filter(|(_, value)| !value.trim().is_empty())
            .collect();
        self.group.facts.push(Fact {
            kind,
            slots,
            sources,
            rank: self.next,
            seconds: 0.0,
        });
        self.next += self.step;

        self
    }

    /// The authors' words that were told so far.
    pub(super) fn words_told(&self) -> impl Iterator<Item = &String> {
        self.group
            .facts
            .iter()
            .filter_map(|fact| fact.slots.get("says").or_else(|| fact.slots.get("does")))
    }

    /// Whether something of this kind is told.
    pub(super) fn tells(&self, kind: Kind) -> bool {
        self.group.facts.iter().any(|fact| fact.kind == kind)
    }

    pub(super) fn count(&self) -> usize {
        self.group.facts.len()
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
        // "This gate is to keep boats out" says what it is for, and "the gate is to keep" nothing.
        Said::Does(does) if does.starts_with("is to ") => None,
        Said::Does(does) => Some(("does", does)),
        Said::Says(says) => Some(("says", says)),
    }
}

/// The same of a function: what it does, in a verb of its documentation. "The width of a gate" says of no function what it
/// does.
pub(super) fn quote_doc_of_function(name: &str, text: Option<&str>) -> Option<(&'static str, String)> {
    quote_doc(name, text)
        .filter(|(slot, said)| *slot != "does" || tells_of_a_deed(said, text.unwrap_or_default()))
}

/// Everything that can be told, by part.
pub(super) fn collect(analysis: &Analysis, wish: &StorySpec) -> Facts {
    let focus = Focus::find(&wish.focus_areas);
    let name = spoken_name(&project_name(analysis));
    let source = Source {
        analysis,
        wish,
        focus: &focus,
    };

    let material = analysis.explained.material;
    let mut topics: BTreeMap<Topic, Vec<Group>> = BTreeMap::from([
        (Topic::What, passages::what_it_is(&source)),
        (Topic::Focus, focus::tell(&source)),
        (Topic::Call, call::tell(&source)),
        (Topic::Structures, call::structures(&source)),
        (Topic::Declared, promises::declared(&source)),
        (Topic::Decisions, passages::decisions(&source)),
        (Topic::Parts, parts::tell(&source)),
        (Topic::Dependencies, dependencies::tell(&source)),
        (Topic::Promises, promises::tell(&source)),
        (Topic::Growth, growth::tell(&source)),
        (Topic::Start, start::tell(&source)),
        (Topic::End, start::end(&source)),
    ]);
    for topic in [
        Topic::Features,
        Topic::How,
        Topic::Usage,
        Topic::Contents,
        Topic::Caveats,
    ] {
        topics.insert(topic, passages::of_topic(&source, topic));
    }
    for (topic, first, group) in operations::tell(&source) {
        let groups = topics.entry(topic).or_default();
        let at = if first { 0 } else { groups.len() };
        groups.insert(at, group);
    }
    once_only(&mut topics, shape::order(material));
    as_it_is_written(&mut topics, analysis);

    let globals = Slots::from([
        ("name", name.clone()),
        ("whose", super::grammar::possessive(&name)),
        ("kind", analysis.kind.label().to_owned()),
        (
            "lang",
            styled(analysis)
                .or_else(|| analysis.main_language.clone())
                .or_else(|| Some(analysis.languages.first()?.name.clone()))
                .unwrap_or_default(),
        ),
    ]);

    Facts {
        topics,
        material,
        globals,
    }
}

/// A name with capitals inside, such as cJSON, is printed in one word wherever it was taken apart.
fn as_it_is_written(topics: &mut BTreeMap<Topic, Vec<Group>>, analysis: &Analysis) {
    for name in written_names(analysis) {
        let plain = name.chars().all(char::is_alphanumeric);
        let ways = [names::identifier(&name), speakable(&name)];
        for apart in ways.into_iter().filter(|apart| apart.contains(' ')) {
            // "Animate.css" is no file, and "dash-name" no words with a dash.
            let dotted = name.contains('.') && !name.contains(['-', '_']);
            if plain || dotted || apart.ends_with(" file") {
                joined_everywhere(topics, &apart, &name);
            }
        }
    }
}

/// The language of what is mostly style sheets.
fn styled(analysis: &Analysis) -> Option<String> {
    let first = analysis.languages.first()?;
    let sheets = ["CSS", "SCSS", "Sass", "LESS", "Less"].contains(&first.name.as_str());
    let all: u64 = analysis.languages.iter().map(|language| language.code).sum();

    (sheets && first.code * 10 > all * 6).then(|| first.name.clone())
}

/// The name of the repository, and the ways in which its read-me writes it.
fn written_names(analysis: &Analysis) -> Vec<String> {
    let known = project_name(analysis);
    let own = known.to_lowercase();
    let mut found = vec![known];
    let passages = analysis.explained.passages.iter().take(12);
    let texts = passages.flat_map(|passage| {
        let sentences = passage.sentences.iter().map(|remark| remark.text.as_str());
        sentences.chain([passage.heading.as_str()])
    });
    for word in texts.flat_map(str::split_whitespace) {
        let word = word.trim_matches(|c: char| !c.is_alphanumeric());
        let word = word.trim_end_matches("'s").trim_end_matches("’s");
        if word.to_lowercase() == own && !found.iter().any(|known| known == word) {
            found.push(word.to_owned());
        }
    }

    // What the authors write has the last word.
    found.truncate(3);
    found
}

fn joined_everywhere(topics: &mut BTreeMap<Topic, Vec<Group>>, apart: &str, name: &str) {
    for group in topics.values_mut().flatten() {
        group.name = joined(&group.name, apart, name);
        for value in group.facts.iter_mut().flat_map(|fact| fact.slots.values_mut()) {
            *value = joined(value, apart, name);
        }
    }
}

/// The text with every `apart` that stands alone, in any case, as `name`.
fn joined(text: &str, apart: &str, name: &str) -> String {
    let (lower, needle) = (text.to_ascii_lowercase(), apart.to_ascii_lowercase());
    let mut out = String::with_capacity(text.len());
    let mut from = 0;
    for (at, _) in lower.match_indices(&needle) {
        let end = at + needle.len();
        let edge = |symbol: Option<char>| symbol.is_none_or(|symbol| !symbol.is_alphanumeric());
        let alone = edge(text[..at].chars().next_back()) && edge(text[end..].chars().next());
        if alone && at >= from {
            out.push_str(&text[from..at]);
            out.push_str(name);
            from = end;
        }
    }
    out.push_str(&text[from..]);

    out
}

/// The same words of the repository are told in one place only, the first in the order of the story; what was asked for
/// has its words before any other.
fn once_only(topics: &mut BTreeMap<Topic, Vec<Group>>, order: &[(Topic, f64)]) {
    let mut told: HashSet<String> = HashSet::new();
    let first = [Topic::What, Topic::Focus];
    let others = order
        .iter()
        .map(|(topic, _)| *topic)
        .filter(|topic| !first.contains(topic));

    for topic in first.into_iter().chain(others).collect::<Vec<_>>() {
        let Some(groups) = topics.get_mut(&topic) else {
            continue;
        };
        for group in groups.iter_mut() {
            group.facts.retain(|fact| {
                if fact.kind == Kind::Listed && was_listed(fact, &mut told) {
                    return false;
                }
                let words = ["does", "says", "note", "rule", "items"]
                    .iter()
                    .find_map(|slot| fact.slots.get(slot));
                words.is_none_or(|words| {
                    let key: Vec<&str> = words.split_whitespace().take(8).collect();
                    // "Milld is the daemon that grinds" and what `milld` is, "the daemon that grinds", are one.
                    let tail = key.iter().position(|word| *word == "is").filter(|at| *at < 3);
                    let tail = tail.map(|at| key[at..].iter().take(5).copied().collect::<Vec<_>>());
                    let tail = tail.filter(|tail| tail.len() == 5);
                    let again = tail.is_some_and(|tail| !told.insert(tail.join(" ").to_lowercase()));
                    told.insert(key.join(" ").to_lowercase()) && !again
                })
            });
        }
        groups.retain(|group| !group.facts.is_empty());
    }
}

/// Whether most of what a list names was told in another one: a read-me and its documents often have the same.
fn was_listed(fact: &Fact, told: &mut HashSet<String>) -> bool {
    let items = fact.slots.get("items").map_or("", String::as_str);
    let names: Vec<String> = items
        .split([';', ','])
        .map(|item| item.trim().trim_start_matches("and ").to_lowercase())
        .filter(|item| !item.is_empty())
        .collect();
    let known = names
        .iter()
        .filter(|item| told.contains(&format!("item {item}")))
        .count();
    if known * 2 > names.len() {
        return true;
    }

    told.extend(names.iter().map(|item| format!("item {item}")));
    false
}

/// The project's name as it can be said; a name without a Latin letter or a digit is "this project".
pub(super) fn spoken_name(name: &str) -> String {
    // "wttr.in" is written with its dot.
    let words = name.trim_end_matches(".git").replace(['_', '-'], " ");
    let said = words.split_whitespace().collect::<Vec<_>>().join(" ");
    if said.chars().any(|c| c.is_ascii_alphanumeric()) && said.chars().count() <= 60 {
        said
    } else {
        "this project".to_owned()
    }
}
