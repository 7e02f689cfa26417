//! One call told step by step, and the data it works on.

use super::told::{Manner, alone, hangs, names_code};
use super::{Fact, Group, Source, Telling, parts, quote_doc, quote_doc_of_function};
use crate::analysis::model::{CallStep, Entered, Remark, Structure};
use crate::author::grammar::{self, prose};
use crate::author::model::Depth;
use crate::author::phrase::Kind;
use crate::narration::speakable::{names, speakable};

/// A function, said with its article: "the process command function", "the move method of GameManager".
pub(super) fn step_called(step: &CallStep) -> String {
    let words = prose::lower_first(&names::identifier(&step.name));
    match &step.parent {
        // `bkcore.hexgl.HexGL` is called by its last name.
        Some(parent) => format!(
            "{words} of {}",
            names::identifier(parent.rsplit(['.', ':']).next().unwrap_or(parent))
        ),
        None => words,
    }
}

/// Helpers of one function that are named.
const CALLS: usize = 5;
/// Parts that one function sets up and that are named.
const SET_UP: usize = 9;
/// Functions of one loop that are named.
const TURNS: usize = 9;
/// Fields of one type that are named.
const FIELDS: usize = 8;

pub(super) fn tell(source: &Source<'_>) -> Vec<Group> {
    let steps = &source.analysis.explained.call;
    let inside = match source.wish.technical_depth {
        Depth::Beginner => 4,
        Depth::Intermediate => 7,
        Depth::Advanced => 12,
    };

    let mut groups: Vec<Group> = Vec::new();
    let mut before: Option<&CallStep> = None;
    for (place, step) in steps.iter().enumerate() {
        let rank = place as f64 * 0.5;
        let mut telling = Telling::new(step_called(step), rank, 0.2);
        // What is not called by the step before has to speak for itself.
        let silent = place > 0 && !step.called && step.doc.is_none();
        if silent {
            before = None;
            continue;
        }
        head(source, &mut telling, step, before, place == 0);
        // What stands inside it would be told of the step before.
        if telling.count() == 0 {
            before = None;
            continue;
        }
        notes(&mut telling, step, inside);
        calls(source, &mut telling, step, steps.get(place + 1));
        refusals(&mut telling, step);
        if place == 0 && source.is(Depth::Beginner) {
            let gloss = "a function is a set of steps with a name, to be called as often as it is needed";
            telling
                .tell(Kind::Gloss, [("gloss", gloss.to_owned())])
                .rank_last(rank + 0.01);
        }
        groups.push(telling.finish());
        before = Some(step);
    }
    groups.retain(|group| !group.facts.is_empty());
    // A name alone, of which nothing is said and from which nothing leads on, is no way.
    let bare = |fact: &Fact| matches!(fact.kind, Kind::StepChosenPlain);
    if groups.len() == 1 && groups[0].facts.iter().all(bare) {
        groups.clear();
    }

    groups
}

fn own(step: &CallStep) -> Remark {
    Remark {
        text: step.name.clone(),
        file: step.file.clone(),
        line: step.line,
    }
}

fn head(source: &Source<'_>, telling: &mut Telling, step: &CallStep, before: Option<&CallStep>, first: bool) {
    // `_insert`, which `insert` calls.
    let def = match before {
        Some(before) if step_called(before) == step_called(step) => {
            format!("the inner {}", step_called(step))
        }
        _ => step_called(step),
    };
    if !prose::is_sayable(&def) {
        return;
    }

    let file = source.file(&step.file);
    let elsewhere = before.is_none_or(|before| before.file != step.file);
    let place = if elsewhere { file } else { String::new() };
    let doc = step
        .doc
        .as_ref()
        .and_then(|doc| quote_doc_of_function(&step.name, Some(&doc.text)));
    let sources: Vec<Remark> = step.doc.iter().cloned().chain([own(step)]).collect();
    let calls = step.called && before.is_some();
    if let Some(Entered::Route { method, path }) = step.entered.as_ref().filter(|_| first) {
        by_route(
            telling,
            method,
            path,
            &def,
            &source.file(&step.file),
            doc.as_ref(),
            sources,
        );
        more_of_doc(telling, step);
        return;
    }
    let begins = step.entered.is_some();
    let kind = match (&doc, first, calls) {
        (Some(("does", _)), true, _) if begins => Kind::StepFirst,
        (Some(("does", _)), true, _) => Kind::StepChosen,
        (Some(("does", _)), _, true) => Kind::Step,
        (Some(("does", _)), _, false) => Kind::StepApart,
        (Some(_), true, _) if begins => Kind::StepFirstSays,
        (Some(_), true, _) => Kind::StepChosenSays,
        (Some(_), _, _) => Kind::StepSays,
        (None, true, _) if begins => Kind::StepFirstPlain,
        (None, true, _) => Kind::StepChosenPlain,
        (None, _, _) => Kind::StepPlain,
    };
    if !calls && !first && doc.is_none() {
        return;
    }

    // What it does not call itself it hands over, to be called when its time has come.
    let handed = calls
        && before.is_some_and(|before| {
            let set_up = format!("{}.{}", step.parent.as_deref().unwrap_or_default(), step.name);
            let known = |names: &[String]| names.iter().any(|name| *name == step.name || *name == set_up);
            !known(&before.calls) && !known(&before.turns)
        });
    if let Some(before) = before.filter(|_| handed) {
        let file = if place.is_empty() {
            String::new()
        } else {
            format!(", in {place}")
        };
        let does = match &doc {
            Some(("does", does)) => format!("; that {does}"),
            _ => String::new(),
        };
        let says = format!(
            "{} hands {def} over to be called{file}{does}",
            step_called(before)
        );
        telling.tell_from(Kind::Told, [("says", says)], sources);
        more_of_doc(telling, step);
        return;
    }

    let doc = doc.unwrap_or(("does", String::new()));
    // An overload of the same name is no step.
    let before = before.map(step_called).unwrap_or_default();
    if kind == Kind::StepPlain && before == step_called(step) {
        return;
    }
    telling.tell_from(
        kind,
        [("def", def), ("file", place), ("before", before), doc],
        sources,
    );

    more_of_doc(telling, step);
}

/// "The route GET /boats leads to list boats, which gives all of them": a route is told as it is declared.
fn by_route(
    telling: &mut Telling,
    method: &str,
    path: &str,
    def: &str,
    file: &str,
    doc: Option<&(&'static str, String)>,
    sources: Vec<Remark>,
) {
    let method = if method == "ANY" {
        String::new()
    } else {
        format!("{method} ")
    };
    let does = match doc {
        Some(("does", does)) => format!(", which {does}"),
        Some((_, says)) => format!(": {says}"),
        None => String::new(),
    };
    let path = super::promises::plain_route(path);

    let says = format!("the route {method}{path} leads to {def}, in {file}{does}");
    telling.tell_from(Kind::Told, [("says", says)], sources);
}

/// The second sentence of its documentation often says how.
fn more_of_doc(telling: &mut Telling, step: &CallStep) {
    if let Some(doc) = &step.doc {
        for sentence in crate::analysis::prose::sentences(&doc.text)
            .into_iter()
            .skip(1)
            .take(2)
        {
            let remark = Remark {
                text: sentence.to_owned(),
                ..doc.clone()
            };
            if let Some(told) = alone(&remark, Manner::Statement) {
                telling.tell_from(told.kind, [("says", told.text)], told.sources);
            }
        }
    }
}

/// The comments inside, in their order and word for word, where there are enough of them to name the steps.
fn notes(telling: &mut Telling, step: &CallStep, most: usize) {
    let mut said: Vec<(String, Remark)> = Vec::new();
    for note in &step.notes {
        let plain = speakable(&note.text)
            .trim_end_matches(['.', '!', ' ', ':', ','])
            .to_owned();
        let words = plain.split_whitespace().count();
        if (3..=24).contains(&words)
            && prose::is_sayable(&plain)
            && prose::is_english(&plain)
            && prose::is_verbatim(&plain, &note.text)
            && names_code(&note.text) == 0
            && !hangs(&plain)
            && !plain.contains(['?', ':', '“', '"'])
            && !plain.to_lowercase().starts_with("deprecated")
            && said.iter().all(|(known, _)| *known != plain)
        {
            said.push((plain, note.clone()));
        }
    }
    said.truncate(most);
    // One alone is no list of steps.
    if said.len() < 2 {
        return;
    }

    for (at, pair) in said.chunks(2).enumerate() {
        let sources: Vec<Remark> = pair.iter().map(|(_, source)| source.clone()).collect();
        let kind = if at == 0 { Kind::NoteFirst } else { Kind::NoteNext };
        let (one, two) = (
            pair[0].0.clone(),
            pair.get(1).map(|(said, _)| said.clone()).unwrap_or_default(),
        );
        telling.tell_from(kind, [("one", one), ("two", two)], sources);
    }
}

fn calls(source: &Source<'_>, telling: &mut Telling, step: &CallStep, next: Option<&CallStep>) {
    if source.is(Depth::Beginner) {
        return;
    }
    let next = next.map(|next| next.name.as_str()).unwrap_or_default();
    let said = |names: &[String], skip: &str, most: usize| -> Vec<String> {
        let others = names.iter().filter(|name| *name != skip && **name != step.name);
        others
            .map(|name| prose::lower_first(&names::identifier(name)))
            .filter(|words| prose::is_sayable(words) && (words.contains(' ') || words.len() > 6))
            .take(most)
            .collect()
    };
    let sets_up: Vec<String> = step
        .calls
        .iter()
        .filter_map(|name| Some(names::identifier(name.strip_suffix(".init")?)))
        .filter(|words| prose::is_sayable(words) && words.len() > 2)
        .take(SET_UP)
        .collect();
    if sets_up.len() > 2 {
        let says = format!("{} sets up {}", step_called(step), grammar::list(&sets_up));
        telling.tell_from(Kind::Told, [("says", says)], vec![own(step)]);
    }
    let others: Vec<String> = step
        .calls
        .iter()
        .filter(|name| !name.ends_with(".init"))
        .cloned()
        .collect();
    let listed = said(&others, next, CALLS);
    let turns = said(&step.turns, "", TURNS);

    for (kind, listed) in [(Kind::Calls, listed), (Kind::Turns, turns)] {
        if listed.len() > 1 {
            telling.tell_from(
                kind,
                [("def", step_called(step)), ("calls", grammar::list(&listed))],
                vec![own(step)],
            );
        }
    }
}

/// What it says when it gives up.
fn refusals(telling: &mut Telling, step: &CallStep) {
    for said in step.refusals.iter().take(1) {
        // "Expected a gate" may have gone on with its name.
        let whole = said.text.split_whitespace().count() > 4;
        if whole && prose::is_sayable(&said.text) && prose::is_english(&said.text) {
            telling.tell_from(Kind::Refuses, [("says", said.text.clone())], vec![said.clone()]);
        }
    }
}

/// The central types with their fields.
pub(super) fn structures(source: &Source<'_>) -> Vec<Group> {
    let mut groups = Vec::new();
    let fields = match source.wish.technical_depth {
        Depth::Beginner => 2,
        Depth::Intermediate => 4,
        Depth::Advanced => 9,
    };
    for (place, found) in source
        .analysis
        .explained
        .structures
        .iter()
        .take(2 + 2 * source.reach())
        .enumerate()
    {
        let mut telling = Telling::new(parts::definition_words(&found.name), place as f64 * 0.6, 0.25);
        structure(source, &mut telling, found, fields);
        groups.push(telling.finish());
    }
    groups.retain(|group| !group.facts.is_empty());

    groups
}

fn structure(source: &Source<'_>, telling: &mut Telling, found: &Structure, most: usize) {
    let words = names::identifier(&found.name);
    if !prose::is_sayable(&words) || words.len() < 3 {
        return;
    }

    let place = Remark {
        text: found.name.clone(),
        file: found.file.clone(),
        line: found.line,
    };
    let doc = quote_doc(&found.name, found.doc.as_deref());
    let users = grammar::count(u64::from(found.users), "function", "functions");
    let file = source.file(&found.file);
    let users = if found.users > 1 { users } else { String::new() };
    let carried: Vec<String> = found
        .holds
        .iter()
        .map(|name| prose::lower_first(&names::identifier(name)))
        // "mu" and "buf" tell nothing.
        .filter(|name| prose::is_sayable(name) && name.len() > 3)
        .take(FIELDS)
        .collect();
    let fields = if carried.len() > 1 {
        grammar::list(&carried)
    } else {
        String::new()
    };
    let kind = match &doc {
        Some(("does", _)) => Kind::Type,
        Some(_) => Kind::TypeSays,
        None if !fields.is_empty() => Kind::TypeCarries,
        None => Kind::TypePlain,
    };
    // That much passes through it, nothing shows.
    let headless = matches!(kind, Kind::TypePlain) && users.is_empty();
    let documented = doc.is_some();
    let doc = doc.unwrap_or(("does", String::new()));
    if !headless {
        telling.tell_from(
            kind,
            [
                ("type", words.clone()),
                ("users", users),
                ("file", file),
                ("fields", fields.clone()),
                doc,
            ],
            vec![place.clone()],
        );
    }
    if documented && !fields.is_empty() {
        telling.tell_from(Kind::Carries, [("fields", fields)], vec![place]);
    }

    if !headless {
        fields_of(telling, found, &words, most);
    }
}

/// The documented fields of a type that was told.
fn fields_of(telling: &mut Telling, found: &Structure, words: &str, most: usize) {
    for field in found
        .fields
        .iter()
        .filter(|field| !field.note.contains(":1") && !field.note.contains('#'))
        .take(most)
    {
        let note = speakable(&field.note)
            .trim_end_matches(['.', ' ', ':', ',', '!'])
            .to_owned();
        let name = prose::lower_first(&names::identifier(&field.name));
        let fits = (2..=26).contains(&note.split_whitespace().count())
            && prose::is_sayable(&note)
            && prose::is_sayable(&name);
        let named = note
            .to_lowercase()
            .starts_with(&format!("{} ", name.to_lowercase()));
        if fits && named && prose::is_statement(&note) {
            let source = Remark {
                text: field.note.clone(),
                file: field.file.clone(),
                line: field.line,
            };
            let says = format!("in {words}, {}", prose::lower_first(&note));
            telling.tell_from(Kind::Told, [("says", says)], vec![source]);
        } else if fits && prose::is_english(&note) {
            let source = Remark {
                text: field.note.clone(),
                file: field.file.clone(),
                line: field.line,
            };
            let note = prose::lower_first(&note);
            telling.tell_from(
                Kind::Field,
                [("type", words.to_owned()), ("field", name), ("note", note)],
                vec![source],
            );
        }
    }
}
