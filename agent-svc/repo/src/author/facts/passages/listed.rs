//! What the pages list: their sections by the headings, the pages of a collection by their titles, the examples of a read-me
//! by what they are of and by what they do. Names only what has a heading, a title or a note of its own.

use crate::analysis::model::{Passage, PassageRole as Role, Remark};
use crate::author::facts::told;
use crate::author::facts::{Group, Source, Telling};
use crate::author::grammar::prose;
use crate::author::phrase::Kind;

/// What a long page goes through, by the headings right below its title.
pub(super) fn sections(source: &Source<'_>) -> Group {
    const FEWEST: usize = 5;
    let mut telling = Telling::new("", -0.6, 0.2);
    let passages = &source.analysis.explained.passages;
    let of_page = |passage: &&Passage| !passage.file.contains('/') && passage.page.is_empty();
    let count = |level: u8| {
        passages
            .iter()
            .filter(of_page)
            .filter(|p| p.level == level)
            .count()
    };
    let Some(level) = [2, 1, 3].into_iter().find(|level| count(*level) >= FEWEST) else {
        titles(&mut telling, passages);
        return telling.finish();
    };

    let mut said: Vec<(String, Remark)> = Vec::new();
    for passage in passages
        .iter()
        .filter(of_page)
        .filter(|passage| passage.level == level)
    {
        let words = told::label(&passage.heading)
            .trim_end_matches(['!', '.', ','])
            .to_owned();
        let fits = (1..=8).contains(&words.split_whitespace().count())
            && prose::is_sayable(&words)
            && !words.contains([';', '?'])
            && passage.role != Role::What;
        if fits && said.iter().all(|(known, _)| *known != words) {
            let place = Remark {
                text: passage.heading.clone(),
                file: passage.file.clone(),
                line: passage.line,
            };
            said.push((words, place));
        }
    }
    if said.len() < FEWEST {
        return telling.finish();
    }
    for (at, some) in said.chunks(8).take(2).enumerate() {
        let items: Vec<&str> = some.iter().map(|(words, _)| words.as_str()).collect();
        let lead = if at == 0 {
            "Its sections"
        } else {
            "Further sections"
        };
        telling.tell_from(
            Kind::Listed,
            [("items", items.join("; ")), ("lead", lead.to_owned())],
            some.iter().map(|(_, place)| place.clone()).collect(),
        );
    }

    telling.finish()
}

/// The pages of a collection whose read-me only leads to them, by their titles.
fn titles(telling: &mut Telling, passages: &[Passage]) {
    const FEWEST: usize = 4;
    let mut said: Vec<(String, Remark)> = Vec::new();
    for passage in passages.iter().filter(|passage| !passage.page.is_empty()) {
        let words = told::label(&passage.page);
        let fits = (1..=8).contains(&words.split_whitespace().count())
            && prose::is_sayable(&words)
            && prose::is_english(&words)
            && !words.contains([';', '?', ':']);
        if fits && said.iter().all(|(known, _)| !known.eq_ignore_ascii_case(&words)) {
            let place = Remark {
                text: passage.page.clone(),
                file: passage.file.clone(),
                line: 1,
            };
            said.push((words, place));
        }
    }

    said.truncate(10);
    if said.len() >= FEWEST {
        let items: Vec<&str> = said.iter().map(|(words, _)| words.as_str()).collect();
        telling.tell_from(
            Kind::Listed,
            [("items", items.join("; ")), ("lead", "Its pages".to_owned())],
            said.iter().map(|(_, place)| place.clone()).collect(),
        );
    }
}

/// What the examples of the read-me are of, by their headings.
pub(super) fn shown_examples(source: &Source<'_>) -> Group {
    let mut telling = Telling::new("the examples", -0.2, 0.3);
    let own = source
        .analysis
        .explained
        .passages
        .iter()
        .filter(|passage| !passage.file.contains('/') && !passage.commands.is_empty())
        .filter(|passage| passage.role == Role::Usage);
    let mut said: Vec<(String, Remark)> = Vec::new();
    for passage in own {
        let heading = passage.heading.trim();
        let bare = ["Example: ", "Example - ", "Examples: "]
            .iter()
            .find_map(|start| heading.strip_prefix(start));
        // "To/from strings" is read as another thing.
        if heading.contains('/') {
            continue;
        }
        let words = told::label(bare.unwrap_or(heading));
        let plain = words.to_lowercase();
        let general = [
            "example",
            "examples",
            "usage",
            "basic usage",
            "quick example",
            "api",
            "options",
        ]
        .contains(&plain.as_str());
        let fits = (1..=10).contains(&words.split_whitespace().count())
            && prose::is_sayable(&words)
            && !words.contains([':', '?'])
            && !general
            && (bare.is_some() || passage.own);
        if fits && !said.iter().any(|(known, _)| known.eq_ignore_ascii_case(&words)) {
            let place = Remark {
                text: passage.heading.clone(),
                file: passage.file.clone(),
                line: passage.line,
            };
            // "Encrypt and Upload" is a title, and keeps its capitals.
            let titled = words
                .split(' ')
                .skip(1)
                .any(|word| word.starts_with(char::is_uppercase));
            let words = if titled { words } else { prose::lower_first(&words) };
            said.push((words, place));
        }
    }
    said.truncate(6);
    if said.len() > 1 {
        let words: Vec<&str> = said.iter().map(|(words, _)| words.as_str()).collect();
        let items = words.join("; ");
        let sources = said.iter().map(|(_, place)| place.clone()).collect();
        telling.tell_from(Kind::Shown, [("items", items)], sources);
    }

    telling.finish()
}

/// Examples that say behind them what they do: `z foo  # cd into the best match`.
pub(super) fn examples(source: &Source<'_>) -> Group {
    let mut telling = Telling::new("the examples", 0.1, 0.3);
    let own = source
        .analysis
        .explained
        .passages
        .iter()
        .filter(|passage| !passage.file.contains('/'));
    let mut seen: Vec<String> = Vec::new();
    for line in own.flat_map(|passage| &passage.commands) {
        let found = [" # ", " // ", "\t# "]
            .iter()
            .find_map(|mark| line.text.split_once(mark));
        let Some((typed, note)) = found else { continue };
        let typed = typed.trim().trim_start_matches(['$', '>', '%', ' ']).to_owned();
        let note = crate::narration::speakable::speakable(note)
            .trim_end_matches(['.', ' ', ':'])
            .to_owned();
        // `ttl: 10m  # short` is a line of a configuration.
        let plain = !typed.contains(": ")
            && typed
                .chars()
                .all(|c| c.is_ascii_alphanumeric() || " -_./:".contains(c));
        let words = note.split_whitespace().count();
        if !plain
            || !(1..=6).contains(&typed.split_whitespace().count())
            || !(3..=18).contains(&words)
            || note.contains("=>")
            // "if built from git" says when, and not what it does.
            || !prose::starts_as_order(&note) && !begins_as_deed(&note)
            || !prose::is_sayable(&note)
            || !prose::is_english(&note)
            || seen.contains(&note)
        {
            continue;
        }
        seen.push(note.clone());
        telling.tell_from(
            Kind::Example,
            [("typed", typed), ("note", prose::lower_first(&note))],
            vec![line.clone()],
        );
        if telling.count() > 1 + 3 * source.reach() {
            break;
        }
    }

    telling.finish()
}

/// "Shows the open gates".
fn begins_as_deed(note: &str) -> bool {
    let first = note.split_whitespace().next().unwrap_or_default().to_lowercase();
    // "works in every shell but one" is about the line, and no deed of it.
    let judges = ["works", "fails", "breaks", "needs"].contains(&first.as_str());

    first == "cd" || prose::is_third_person(&first) && !judges
}
