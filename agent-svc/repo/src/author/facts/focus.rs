//! What the listener asked to hear about: searched in names, comments, headings and prose, by stems and synonyms.
//!
//! Finds, and tells what it found; never says that something is not there.

mod synonyms;

use rust_stemmers::{Algorithm, Stemmer};

use super::told::{self, Item, Manner, alone};
use super::{Group, Source, Telling, parts, quote_doc, quote_doc_of_function};
use crate::analysis::model::{Definition, DefinitionKind, Remark};
use crate::author::grammar::prose;
use crate::author::phrase::Kind;
use crate::narration::speakable::{names, speakable};

/// Facts of one focus.
const MOST: usize = 40;

const EMPTY_WORDS: [&str; 22] = [
    "the", "a", "an", "of", "and", "its", "how", "it", "in", "to", "code", "works", "is", "are", "with",
    "module", "about", "for", "what", "does", "logic", "work",
];

/// One thing that was asked for.
#[derive(Debug, Clone)]
pub(in crate::author) struct Wanted {
    /// As the listener said it, cleaned.
    pub said: String,
    /// Stems of its own words.
    own: Vec<String>,
    /// Stems of words that speak of the same thing.
    near: Vec<String>,
}

/// Everything that was asked for.
#[derive(Debug, Clone, Default)]
pub(in crate::author) struct Focus {
    pub wanted: Vec<Wanted>,
}

impl Focus {
    pub(super) fn find(wanted: &[String]) -> Self {
        let wanted = wanted.iter().filter_map(|area| Wanted::new(area)).collect();
        Self { wanted }
    }

    /// Whether a text speaks of a focus.
    pub(super) fn touches(&self, text: &str) -> bool {
        self.wanted.iter().any(|wanted| wanted.score(text) > 0)
    }
}

fn stem(word: &str) -> String {
    let stemmer = Stemmer::create(Algorithm::English);
    stemmer.stem(&word.to_lowercase()).into_owned()
}

/// Words of prose and of identifiers alike, stemmed.
fn stems(text: &str) -> Vec<String> {
    let stemmer = Stemmer::create(Algorithm::English);
    let spaced = split_names(text);
    spaced
        .split(|c: char| !c.is_alphanumeric())
        .filter(|word| word.len() > 1)
        .map(|word| stemmer.stem(&word.to_lowercase()).into_owned())
        .collect()
}

/// `parseRequest` with a space before each capital that follows a small letter.
fn split_names(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 8);
    let mut small = false;
    for symbol in text.chars() {
        if small && symbol.is_uppercase() {
            out.push(' ');
        }
        small = symbol.is_lowercase();
        out.push(symbol);
    }

    out
}

impl Wanted {
    fn new(area: &str) -> Option<Self> {
        let said: String = speakable(area)
            .trim_end_matches(['.', '!', '?'])
            .chars()
            .take(60)
            .collect();
        let words: Vec<String> = said
            .to_lowercase()
            .split(|c: char| !c.is_alphanumeric())
            .filter(|word| word.len() > 1 && !EMPTY_WORDS.contains(word))
            .map(str::to_owned)
            .collect();
        let own: Vec<String> = words.iter().map(|word| stem(word)).collect();
        if own.is_empty() {
            return None;
        }

        let lines = synonyms::SYNONYMS
            .iter()
            .filter(|line| line.iter().any(|word| own.contains(&stem(word))));
        let near = lines
            .flat_map(|line| line.iter().map(|word| stem(word)))
            .filter(|stem| !own.contains(stem))
            .collect();

        Some(Self { said, own, near })
    }

    /// How much a text speaks of it: its own words count three times as much as others for the same thing.
    fn score(&self, text: &str) -> u32 {
        let stems = stems(text);
        let hits = |words: &[String]| {
            u32::try_from(words.iter().filter(|word| stems.contains(word)).count()).unwrap_or(0)
        };

        hits(&self.own) * 3 + hits(&self.near).min(2)
    }
}

/// What was found on each focus, the most telling first.
pub(super) fn tell(source: &Source<'_>) -> Vec<Group> {
    let mut groups: Vec<Group> = source
        .focus
        .wanted
        .iter()
        .map(|wanted| one(source, wanted))
        .collect();
    groups.retain(|group| !group.facts.is_empty());

    groups
}

/// A finding with its score; several of one file are spread.
struct Finding {
    score: u32,
    kind: Kind,
    slots: Vec<(&'static str, String)>,
    sources: Vec<Remark>,
}

fn one(source: &Source<'_>, wanted: &Wanted) -> Group {
    let mut findings: Vec<Finding> = Vec::new();
    documents(source, wanted, &mut findings);
    code(source, wanted, &mut findings);
    for remark in &source.analysis.explained.remarks {
        let score = wanted.score(&remark.text) + wanted.score(&remark.file);
        if score > 0
            && let Some(told) = alone(remark, Manner::Statement)
            && !told::hangs(&told.text)
        {
            let slots = vec![("says", told.text), ("file", source.file(&remark.file))];
            let kind = if told.kind == Kind::Quoted {
                Kind::ReasonQuoted
            } else {
                Kind::Remarked
            };
            findings.push(Finding {
                score,
                kind,
                slots,
                sources: told.sources,
            });
        }
    }
    findings.sort_by_key(|finding| std::cmp::Reverse(finding.score));
    findings.truncate(MOST);

    let mut telling = Telling::new(wanted.said.clone(), 0.0, 0.1);
    if findings.is_empty() {
        telling.tell(Kind::Wished, [("focus", wanted.said.clone())]);
    }
    for finding in findings {
        let mut slots = finding.slots;
        slots.resize(4, ("", String::new()));
        let slots: [(&'static str, String); 4] = std::array::from_fn(|at| slots[at].clone());
        telling.tell_from(finding.kind, slots, finding.sources);
    }

    telling.finish()
}

fn documents(source: &Source<'_>, wanted: &Wanted, findings: &mut Vec<Finding>) {
    for passage in &source.analysis.explained.passages {
        let heading = wanted.score(&passage.heading);
        for told in told::tellable(&passage.sentences, Manner::Statement) {
            let score = wanted.score(&told.text) * 2 + heading * 3;
            if score > 1 {
                findings.push(Finding {
                    score,
                    kind: told.kind,
                    slots: vec![("says", told.text)],
                    sources: told.sources,
                });
            }
        }
        for remark in &passage.items {
            let score = wanted.score(&remark.text) * 2 + heading * 2;
            let finding = match told::item(remark, told::Manner::Statement).filter(|_| score > 1) {
                Some(Item::Term { term, note }) => (
                    Kind::Item,
                    vec![("term", term), ("note", prose::lower_first(&note))],
                ),
                Some(Item::Sentence(told)) => (told.kind, vec![("says", told.text)]),
                _ => continue,
            };
            findings.push(Finding {
                score,
                kind: finding.0,
                slots: finding.1,
                sources: vec![remark.clone()],
            });
        }
    }
}

fn code(source: &Source<'_>, wanted: &Wanted, findings: &mut Vec<Finding>) {
    for module in &source.analysis.modules {
        let score = wanted.score(&module.words) * 3
            + wanted.score(&module.path)
            + module.purpose.as_deref().map_or(0, |text| wanted.score(text));
        let Some((slot, text)) = quote_doc(&module.name, module.purpose.as_deref()).filter(|_| score > 0)
        else {
            continue;
        };
        let kind = if slot == "does" {
            Kind::ModDoes
        } else {
            Kind::ModSays
        };
        let place = module.purpose_source.clone().map(|file| Remark {
            text: text.clone(),
            file,
            line: 1,
        });
        findings.push(Finding {
            score: score + 4,
            kind,
            slots: vec![
                ("mod", parts::module_title(source.analysis, module)),
                (slot, text),
            ],
            sources: place.into_iter().collect(),
        });
    }

    for definition in &source.analysis.definitions {
        let score = wanted.score(&definition.name) * 2
            + wanted.score(&definition.path)
            + definition.doc.as_deref().map_or(0, |text| wanted.score(text));
        if score > 0 {
            findings.extend(of_definition(definition, score));
        }
    }

    for declared in &source.analysis.explained.declared {
        let score = wanted.score(&declared.name) * 2 + wanted.score(&declared.note);
        let note = speakable(&declared.note).trim_end_matches(['.', ' ']).to_owned();
        if score > 1 && prose::is_sayable(&note) {
            let place = Remark {
                text: declared.note.clone(),
                file: declared.file.clone(),
                line: declared.line,
            };
            let slots = vec![
                ("noun", "name".to_owned()),
                ("decl", names::identifier(&declared.name)),
                ("note", prose::lower_first(&note)),
            ];
            findings.push(Finding {
                score,
                kind: Kind::DeclaredAs,
                slots,
                sources: vec![place],
            });
        }
    }
}

fn of_definition(definition: &Definition, score: u32) -> Option<Finding> {
    let callable = matches!(definition.kind, DefinitionKind::Function | DefinitionKind::Method);
    let doc = definition.doc.as_deref();
    let (slot, text) = if callable {
        quote_doc_of_function(&definition.name, doc)
    } else {
        quote_doc(&definition.name, doc)
    }?;
    let words = parts::definition_words(&definition.name);
    if !prose::is_sayable(&words) || words.len() < 3 {
        return None;
    }

    let place = Remark {
        text: text.clone(),
        file: definition.path.clone(),
        line: definition.line,
    };

    Some(Finding {
        score,
        kind: if slot == "does" { Kind::Def } else { Kind::DefSays },
        slots: vec![("def", parts::definition_called(definition)), (slot, text)],
        sources: vec![place],
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_focus_is_found_by_stems_and_by_words_for_the_same_thing() {
        let wanted = Wanted::new("persistence").expect("a focus");
        assert!(wanted.score("It persists every key.") >= 3);
        assert!(wanted.score("A snapshot is written to disk.") > 0);
        assert_eq!(wanted.score("Nothing of the kind."), 0);
        assert!(
            Wanted::new("error handling")
                .expect("a focus")
                .score("handleError")
                >= 6
        );
    }
}
