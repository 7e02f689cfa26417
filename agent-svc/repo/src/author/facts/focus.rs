//! Finds what the listener asked to hear about: which modules, dependencies and parts of the story a focus word names.

use std::collections::BTreeSet;

use super::FactSection;
use crate::analysis::Analysis;
use crate::author::grammar;
use crate::narration::speakable::speakable;

/// One focus that the repository has something on.
#[derive(Debug, Clone)]
pub(in crate::author) struct FocusMatch {
    /// As the listener said it, cleaned.
    pub wanted: String,
    /// Where it is, said with articles: "the routing module and the extract module". May be empty.
    pub places: String,
}

/// What was asked for, and where it is.
#[derive(Debug, Clone, Default)]
pub(in crate::author) struct Focus {
    pub found: Vec<FocusMatch>,
    pub missing: Vec<String>,
    /// Paths of modules that match.
    pub modules: BTreeSet<String>,
    /// Lower-case stems of every focus word.
    pub stems: Vec<String>,
    /// Parts of the story that match.
    pub sections: BTreeSet<FactSection>,
}

/// Words that name a part of every story.
const SECTION_WORDS: [(&str, FactSection); 26] = [
    ("test", FactSection::Tests),
    ("quality", FactSection::Habits),
    ("depend", FactSection::Dependencies),
    ("librar", FactSection::Dependencies),
    ("package", FactSection::Dependencies),
    ("history", FactSection::History),
    ("contributor", FactSection::History),
    ("people", FactSection::History),
    ("team", FactSection::History),
    ("author", FactSection::History),
    ("evolution", FactSection::History),
    ("structure", FactSection::Layout),
    ("layout", FactSection::Layout),
    ("architect", FactSection::Layout),
    ("organi", FactSection::Layout),
    ("entry", FactSection::Path),
    ("flow", FactSection::Path),
    ("endpoint", FactSection::Path),
    ("route", FactSection::Path),
    ("build", FactSection::Habits),
    ("deploy", FactSection::Habits),
    ("config", FactSection::Habits),
    ("docker", FactSection::Habits),
    ("document", FactSection::Reading),
    ("get started", FactSection::Reading),
    ("start", FactSection::Reading),
];

const EMPTY_WORDS: [&str; 16] = [
    "the", "a", "an", "of", "and", "its", "how", "it", "in", "to", "code", "works", "is", "are", "with",
    "module",
];

impl Focus {
    pub(super) fn find(analysis: &Analysis, wanted: &[String]) -> Self {
        let mut focus = Self::default();
        for area in wanted {
            let said: String = speakable(area)
                .trim_end_matches(['.', '!', '?'])
                .chars()
                .take(60)
                .collect();
            if said.trim().is_empty() {
                continue;
            }

            let stems = stems(&said);
            let modules: Vec<_> = analysis
                .modules
                .iter()
                .filter(|module| stems.iter().any(|stem| matches_module(module, stem)))
                .collect();

            let lower = said.to_lowercase();
            let sections: Vec<FactSection> = SECTION_WORDS
                .iter()
                .filter(|(word, section)| lower.contains(word) && has_material(analysis, *section))
                .map(|(_, section)| *section)
                .collect();

            let defined = has_definition(analysis, &stems) || has_dependency(analysis, &stems);
            if modules.is_empty() && sections.is_empty() && !defined {
                focus.missing.push(said);
                continue;
            }

            let places: Vec<String> = modules
                .iter()
                .take(3)
                .map(|module| super::modules::module_title(analysis, module))
                .collect();
            focus.found.push(FocusMatch {
                wanted: said,
                places: grammar::list(&places),
            });
            focus
                .modules
                .extend(modules.iter().map(|module| module.path.clone()));
            focus.sections.extend(sections);
            focus.stems.extend(stems);
        }

        focus
    }

    /// Whether a text speaks of a focus.
    pub(super) fn touches(&self, text: &str) -> bool {
        let lower = text.to_lowercase();
        self.stems.iter().any(|stem| lower.contains(stem))
    }
}

/// "error handling" is looked for as "error" and "handl".
fn stems(area: &str) -> Vec<String> {
    area.to_lowercase()
        .split(|c: char| !c.is_alphanumeric())
        .filter(|word| word.len() > 1 && !EMPTY_WORDS.contains(word))
        .map(|word| {
            let stem = ["ation", "ing", "ers", "er", "es", "s", "e"]
                .into_iter()
                .find_map(|end| word.strip_suffix(end));
            stem.filter(|stem| stem.len() >= 4).unwrap_or(word).to_owned()
        })
        .collect()
}

fn matches_module(module: &crate::analysis::model::Module, stem: &str) -> bool {
    let texts = [&module.name, &module.path, &module.words];
    texts.into_iter().any(|text| text.to_lowercase().contains(stem))
        || module
            .purpose
            .as_deref()
            .is_some_and(|purpose| purpose.to_lowercase().contains(stem))
}

fn has_definition(analysis: &Analysis, stems: &[String]) -> bool {
    analysis.definitions.iter().any(|definition| {
        stems
            .iter()
            .any(|stem| definition.words.to_lowercase().contains(stem))
    })
}

fn has_dependency(analysis: &Analysis, stems: &[String]) -> bool {
    analysis.dependencies.iter().any(|dependency| {
        stems
            .iter()
            .any(|stem| dependency.name.to_lowercase().contains(stem))
    })
}

fn has_material(analysis: &Analysis, section: FactSection) -> bool {
    match section {
        FactSection::Tests => analysis.tests.count > 0 || analysis.tests.files > 0,
        FactSection::Dependencies => !analysis.dependencies.is_empty(),
        FactSection::History => analysis.history.is_some(),
        FactSection::Path => !analysis.entry_points.is_empty() || !analysis.routes.is_empty(),
        FactSection::Habits => {
            !analysis.ci.is_empty() || !analysis.containers.is_empty() || !analysis.configuration.is_empty()
        }
        FactSection::Reading => !analysis.docs.is_empty() || !analysis.key_files.is_empty(),
        FactSection::Opening | FactSection::Layout | FactSection::Modules | FactSection::Closing => {
            !analysis.tree.is_empty()
        }
    }
}
