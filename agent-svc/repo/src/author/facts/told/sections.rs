//! A section as it is told: its sentences, then its items, each alone or in one breath; long lists by their names.

use super::items::{self, Item, item, note_after};
use super::leaning::leans;
use super::{LONGEST, Manner, Told, label};
use crate::analysis::model::Remark;
use crate::author::facts::Telling;
use crate::author::grammar::{self, prose};
use crate::author::guard;
use crate::author::phrase::Kind;
use crate::narration::speakable::speakable;

/// Tells what a section says: its sentences, then its items; short items come in one breath.
pub(in crate::author::facts) fn section(
    telling: &mut Telling,
    heading: &str,
    sentences: &[Told],
    items: &[Remark],
    manner: Manner,
    most_items: usize,
) {
    for told in sentences {
        telling.tell_from(told.kind, [("says", told.text.clone())], told.sources.clone());
    }

    let joined = with_their_leads(items);
    let all = many_names(&joined, manner);
    if telling.count() == 0 && under_their_heading(telling, heading, &joined, manner, all) {
        return;
    }
    let mut words: Vec<(String, Remark)> = Vec::new();
    for remark in joined.iter().take(most_items) {
        match item(remark, manner) {
            // What its author says of himself is quoted.
            Some(Item::Term { note, .. }) if speaks_of_itself(&note) => {
                let plain = speakable(&remark.text);
                let plain = plain.trim_end_matches(['.', '!', ' ']);
                if prose::is_verbatim(plain, &remark.text) && plain.chars().count() < LONGEST {
                    telling.tell_from(Kind::Quoted, [("says", plain.to_owned())], vec![remark.clone()]);
                }
            }
            Some(Item::Term { term, note }) => {
                let note = note_after(&term, &note);
                telling.tell_from(Kind::Item, [("term", term), ("note", note)], vec![remark.clone()]);
            }
            Some(Item::Sentence(told)) => {
                telling.tell_from(told.kind, [("says", told.text)], told.sources);
            }
            // "Otherwise, if it matches …" goes on from the item before.
            Some(Item::Words(said)) if leans(&said) => {}
            Some(Item::Words(said)) => words.push((said, remark.clone())),
            None => {}
        }
    }

    let lead = label(heading);
    let lead = prose::lower_first(lead.trim_end_matches(['?', '!', ',', ';', '.']));
    let lead = if prose::is_sayable(&lead) && lead.split_whitespace().count() < 7 && !prose::has_verb(&lead) {
        lead
    } else {
        String::new()
    };
    // "Introduction" says nothing of what is listed below it.
    let general = [
        "introduction",
        "overview",
        "about",
        "description",
        "summary",
        "readme",
        "general",
    ];
    let lead = if general.contains(&lead.to_lowercase().as_str()) {
        "the read-me lists".to_owned()
    } else {
        lead
    };
    // Names under a heading that says nothing of them are no list of anything.
    let named = !lead.is_empty() || heading.is_empty();
    let short = words.iter().all(|(said, _)| said.split(' ').count() < 4);
    let most = if short { 9 } else { 6 };
    for (place, chunk) in words
        .chunks(most)
        .filter(|chunk| named && chunk.len() > 1)
        .enumerate()
    {
        let lead = if place > 0 && !lead.is_empty() {
            "also"
        } else {
            &lead
        };
        // As they are written: a name keeps its capital.
        let listed: Vec<&str> = chunk.iter().map(|(said, _)| said.as_str()).collect();
        let sources = chunk.iter().map(|(_, source)| source.clone()).collect();
        // Items with a comma or an "and" of their own are kept apart.
        let own = listed
            .iter()
            .any(|said| said.contains(", ") || said.contains(" and ") || said.contains(" or "));
        let items = if own {
            listed.join("; ")
        } else {
            grammar::list(&listed)
        };
        telling.tell_from(
            Kind::Listed,
            [("items", items), ("lead", lead.to_owned())],
            sources,
        );
    }
}

/// A heading with nothing below it but names, each with a note, is told by the names: "Integrations: a, b and c". One
/// note after the other would sound like parts of the thing itself.
pub(in crate::author::facts) fn under_their_heading(
    telling: &mut Telling,
    heading: &str,
    items: &[Remark],
    manner: Manner,
    names_only: bool,
) -> bool {
    const OTHERS: [&str; 11] = [
        "integration",
        "third",
        "plugin",
        "extension",
        "used by",
        "using",
        "users of",
        "showcase",
        "who uses",
        "projects",
        "clients",
    ];
    let lower = heading.to_lowercase();
    let others = OTHERS.iter().any(|word| lower.contains(word));
    if !(others || names_only && (1..=6).contains(&label(heading).split_whitespace().count())) {
        return false;
    }
    let named: Vec<(String, &Remark)> = items
        .iter()
        .filter_map(|remark| match item(remark, manner) {
            Some(Item::Term { term, .. }) => Some((written(&remark.text).unwrap_or(term), remark)),
            _ => None,
        })
        .take(9)
        .collect();
    let lead = label(heading)
        .trim_end_matches(['?', '!', ',', ';', '.'])
        .to_owned();
    if named.len() > 2 && named.len() * 2 > items.len().min(9) && prose::is_sayable(&lead) {
        let terms: Vec<&str> = named.iter().map(|(term, _)| term.as_str()).collect();
        let sources = named.iter().map(|(_, remark)| (*remark).clone()).collect();
        telling.tell_from(
            Kind::Listed,
            [("items", grammar::list(&terms)), ("lead", lead)],
            sources,
        );
    }

    true
}

/// The name of an item as it is written, where it is one of plain words.
fn written(raw: &str) -> Option<String> {
    let name = items::parted(raw)?.0.trim().trim_matches(['*', '_']);
    let plain = name
        .chars()
        .all(|c| c.is_ascii_alphanumeric() || " -+&'".contains(c));

    (plain && name.starts_with(|c: char| c.is_ascii_uppercase())).then(|| name.to_owned())
}

/// A long list of names, few of them with a note, or each with a note of its own: too many to be heard one by one.
fn many_names(items: &[Remark], manner: Manner) -> bool {
    const MANY: usize = 14;
    let terms = items
        .iter()
        .filter(|remark| matches!(item(remark, manner), Some(Item::Term { .. })))
        .count();

    items.len() >= MANY && terms * 2 > items.len()
}

fn speaks_of_itself(note: &str) -> bool {
    guard::fault_of_words(note, false) == Some(guard::Fault::FirstPerson)
}

/// "Otherwise, if it matches …" comes together with the item before it, as long as both are one breath.
fn with_their_leads(items: &[Remark]) -> Vec<Remark> {
    let mut joined: Vec<Remark> = Vec::new();
    for remark in items {
        let otherwise = remark.text.to_lowercase().starts_with("otherwise");
        match joined.last_mut().filter(|_| otherwise) {
            Some(last) if last.text.len() + remark.text.len() < LONGEST => {
                let before = last.text.trim_end_matches(['.', ';', ',']).to_owned();
                last.text = format!("{before}; {}", prose::lower_first(remark.text.trim()));
            }
            Some(_) => {}
            None => joined.push(remark.clone()),
        }
    }

    joined
}
