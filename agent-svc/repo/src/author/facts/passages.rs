//! What the documents say, by the role of their headings: what it is, features, how it works, usage, contents, limits.

mod listed;
mod opening;
mod subjects;

use std::collections::HashMap;

use super::parts::definition_called;
use super::told::{self, Manner, Told, alone, section, tellable};
use super::{Group, Source, Telling};
use crate::analysis::model::{DefinitionKind, Material, Passage, PassageRole as Role, Remark};
use crate::author::grammar::prose;
use crate::author::guard;
use crate::author::phrase::Kind;
use crate::author::shape::Topic;
use crate::narration::speakable::speakable;

use self::listed::{examples, sections, shown_examples};
pub(super) use self::opening::what_it_is;

fn of_role(source: &Source<'_>, role: Role) -> Vec<Passage> {
    source
        .analysis
        .explained
        .passages
        .iter()
        .filter(|passage| passage.role == role)
        .cloned()
        .collect()
}

/// What the sections of one topic say.
pub(super) fn of_topic(source: &Source<'_>, topic: Topic) -> Vec<Group> {
    let (roles, manner): (&[Role], Manner) = match topic {
        Topic::Features => (&[Role::Features], Manner::Statement),
        Topic::How => (&[Role::How], Manner::Statement),
        Topic::Usage => (&[Role::Usage], Manner::Advice),
        Topic::Contents => (&[Role::Contents, Role::Subject, Role::Goals], Manner::Statement),
        Topic::Caveats => (&[Role::Caveats], Manner::Statement),
        _ => return Vec::new(),
    };
    let explained = &source.analysis.explained;
    let pages =
        topic == Topic::Contents && matches!(explained.material, Material::Documents | Material::Teaching);

    let mut groups = Vec::new();
    let mut of_page: HashMap<&str, usize> = HashMap::new();
    let manner = if pages { Manner::Advice } else { manner };
    let mut before = String::new();
    let passages = explained
        .passages
        .iter()
        .filter(|passage| {
            let first = opens_the_page(source, passage);
            if pages && passage.role == Role::Alternatives {
                return true;
            }
            roles.contains(&passage.role)
                && !(is_a_subject(source, passage) && topic != Topic::Contents)
                && !(first && topic == Topic::Contents)
                || topic == Topic::Contents && is_a_subject(source, passage)
                || topic == Topic::Features && first
        })
        .filter(|passage| {
            let links = leads_elsewhere(&passage.heading);
            !links || pages && !passage.heading.to_lowercase().contains("further reading")
        });
    for (place, passage) in passages.enumerate() {
        // Of pages every one is heard before the third sentence of any; elsewhere the first sections say most.
        let page = if passage.page.is_empty() {
            passage.heading.as_str()
        } else {
            passage.page.as_str()
        };
        let told = of_page.entry(page).or_default();
        let mut telling = if pages {
            Telling::new(named(passage), *told as f64 + place as f64 * 0.004, 1.0)
        } else {
            Telling::new(named(passage), place as f64 * 0.35, 0.4)
        };
        let heading = heading_of(passage);
        let again = !heading.is_empty() && heading == before;
        one_section(&mut telling, passage, topic, manner, again, pages);
        before = heading;
        let group = telling.finish();
        *told += group.facts.len();
        groups.push(group);
    }
    if pages {
        groups.insert(0, sections(source));
    }
    if topic == Topic::Usage {
        groups.insert(0, shown_examples(source));
        groups.push(examples(source));
    }
    groups.retain(|group| !group.facts.is_empty());

    groups
}

/// Whether a section of the read-me stands before how it is used and started: there a page says what the thing can do, one
/// heading for each.
fn opens_the_page(source: &Source<'_>, passage: &Passage) -> bool {
    let explained = &source.analysis.explained;
    let pages = matches!(explained.material, Material::Documents | Material::Teaching);
    if pages || passage.role != Role::Subject || passage.file.contains('/') {
        return false;
    }
    let own = || {
        explained
            .passages
            .iter()
            .filter(|other| other.file == passage.file)
    };
    let start = own()
        .find(|other| matches!(other.role, Role::Start | Role::Usage))
        .map(|other| other.line);

    start.is_some_and(|start| passage.line < start)
}

/// A list of what others wrote.
fn leads_elsewhere(heading: &str) -> bool {
    let plain = heading.trim().to_lowercase();
    plain.contains("further reading")
        || ["resources", "references", "links", "see also", "useful links"].contains(&plain.as_str())
}

/// `again`: the section before had the same heading, which need not be said twice.
fn one_section(
    telling: &mut Telling,
    passage: &Passage,
    topic: Topic,
    manner: Manner,
    again: bool,
    pages: bool,
) {
    if passage.role == Role::Goals {
        goals(telling, passage);
        return;
    }

    if questions(telling, passage) {
        return;
    }

    // Many subjects are heard a little each.
    let many = pages && passage.role != Role::Contents;
    let most = if topic == Topic::Usage { 3 } else { 8 };
    let most = if many { 2 } else { most };
    // A page below the root goes into one thing: it is told with its heading, and not far.
    let deep = passage.file.contains('/') && !pages;
    let led =
        !again && (passage.own || passage.role == Role::Subject || topic == Topic::Caveats || deep || many);
    let used = if led {
        lead(telling, passage, manner, pages)
    } else {
        0
    };
    if (many || deep) && used == 0 && !passage.sentences.is_empty() {
        return;
    }
    // A list of links below a heading of its own is heard by its names.
    let names = topic == Topic::Contents
        && !(deep && passage.role == Role::Features)
        && passage.role != Role::Goals
        && passage.sentences.is_empty()
        && passage.items.len() > 3;
    if names
        && told::under_their_heading(telling, &passage.heading, &passage.items, manner, true)
        && telling.count() > 0
    {
        return;
    }
    let most = if deep { 1 } else { most };
    let rest: Vec<Told> = tellable(&passage.sentences[used..], manner)
        .into_iter()
        .take(most)
        .collect();
    let orders = if topic == Topic::Features {
        Manner::Advice
    } else {
        manner
    };
    // Lists of a page below the root are for those who do what it tells of.
    let items: &[Remark] = if deep { &[] } else { &passage.items };
    section(telling, &passage.heading, &rest, items, orders, 18);
}

/// In a collection of subjects, what stands below a heading is one of them, unless that asks for the reasons of the whole.
fn is_a_subject(source: &Source<'_>, passage: &Passage) -> bool {
    let heading = passage.heading.to_lowercase();
    let whole = [
        "why",
        "motivation",
        "rationale",
        "goal",
        "about",
        "purpose",
        "how to use",
        "how to read",
        "using this",
    ]
    .iter()
    .any(|word| heading.starts_with(word));

    source.analysis.explained.material == Material::Documents
        && matches!(passage.role, Role::Why | Role::How | Role::Usage)
        && !whole
        && !heading.is_empty()
}

/// A list of questions is heard by two of them; `false` where it is none.
fn questions(telling: &mut Telling, passage: &Passage) -> bool {
    const LEAST: usize = 4;
    let asks = |remark: &&Remark| remark.text.trim_end().ends_with('?');
    let asked = passage.items.iter().filter(asks);
    if asked.clone().count() < LEAST || asked.clone().count() * 2 < passage.items.len() {
        return false;
    }
    let heading = heading_of(passage);
    let said: Vec<&Remark> = asked
        .filter(|remark| {
            let words = remark.text.split_whitespace().count();
            let plain = speakable(&remark.text);
            (5..=22).contains(&words)
                && remark.text.matches('?').count() == 1
                && !remark.text.contains(['`', '"', '“', '*'])
                && prose::is_sayable(&plain)
                && prose::is_english(&plain)
                && prose::is_verbatim(&plain, &remark.text)
        })
        .take(2)
        .collect();
    if let ([one, two], false) = (
        said.as_slice(),
        heading.is_empty() || !prose::is_sayable(&heading),
    ) {
        let says = format!(
            "{heading}, among others: “{}” and “{}”",
            one.text.trim(),
            two.text.trim()
        );
        let sources = vec![(*one).clone(), (*two).clone()];
        telling.tell_from(Kind::Told, [("says", says)], sources);
    }

    true
}

/// What is to be learned from a page, in one sentence.
fn goals(telling: &mut Telling, passage: &Passage) {
    let heading = heading_of(passage);
    let said: Vec<(String, Remark)> = passage
        .items
        .iter()
        .filter_map(|remark| {
            let words = told::label(&remark.text);
            let fits = (2..=26).contains(&words.split_whitespace().count()) && prose::is_sayable(&words);
            fits.then(|| (prose::lower_first(&words), remark.clone()))
        })
        .take(3)
        .collect();
    if said.is_empty() || heading.is_empty() || !prose::is_sayable(&heading) {
        return;
    }

    let words: Vec<&str> = said.iter().map(|(words, _)| words.as_str()).collect();
    let sources = said.iter().map(|(_, source)| source.clone()).collect();
    telling.tell_from(
        Kind::Goals,
        [("heading", heading), ("items", words.join("; "))],
        sources,
    );
}

fn heading_of(passage: &Passage) -> String {
    let heading = if passage.heading.is_empty() {
        &passage.page
    } else {
        &passage.heading
    };

    told::label(heading)
        .trim_end_matches(['?', '!', '.', ','])
        .to_owned()
}

/// The first sentence under a heading that is its subject says the heading with it; how many sentences that took.
fn lead(telling: &mut Telling, passage: &Passage, manner: Manner, pages: bool) -> usize {
    let heading = heading_of(passage);
    let question = passage.heading.trim_end().ends_with('?');
    let words = heading.split_whitespace().count();
    let example = heading.to_lowercase().contains("example") || heading.to_lowercase().starts_with("note ");
    if !(1..=12).contains(&words) || !prose::is_sayable(&heading) || example {
        return 0;
    }
    let first = passage
        .sentences
        .iter()
        .take(3)
        .enumerate()
        .find_map(|(at, remark)| Some((at, told::led(remark, manner)?)));
    // "Limits: This is impossible": of what, the heading does not say.
    let points = |text: &str| {
        ["This ", "These ", "That "]
            .iter()
            .any(|word| text.starts_with(word))
            && !guard::takes_up_its_heading(text)
    };
    // What the authors say of themselves is quoted, without a heading before it.
    let told = first.filter(|(_, first)| first.kind == Kind::Told && (question || !points(&first.text)));
    let Some((at, first)) = told else {
        return 0;
    };
    // Of a manual's page the first sentence may be about anything, unless it takes up what the heading names.
    if !pages && !question && !takes_up(&heading, &first.text) {
        return 0;
    }

    // "Milld: milld is the daemon" says its name twice.
    let itself = first
        .text
        .to_lowercase()
        .starts_with(&format!("{} ", heading.to_lowercase()));
    let kind = match (question, itself) {
        (true, _) => Kind::Asked,
        (false, true) => Kind::Told,
        (false, false) => Kind::Subject,
    };
    let place = Remark {
        text: passage.heading.clone(),
        file: passage.file.clone(),
        line: passage.line,
    };
    let sources = first.sources.iter().cloned().chain([place]).collect();
    telling.tell_from(kind, [("heading", heading), ("says", first.text)], sources);

    at + 1
}

/// Whether a sentence has a word of the heading above it.
fn takes_up(heading: &str, text: &str) -> bool {
    const SMALL: [&str; 12] = [
        "the", "and", "for", "with", "from", "your", "how", "use", "using", "not", "all", "you",
    ];
    let words = |text: &str| -> Vec<String> {
        text.to_lowercase()
            .split(|c: char| !c.is_alphanumeric())
            .filter(|word| word.len() > 2 && !SMALL.contains(word))
            .map(str::to_owned)
            .collect()
    };
    let said = words(text);
    let same = |one: &str, other: &str| {
        let start = one
            .bytes()
            .zip(other.bytes())
            .take_while(|(one, other)| one == other)
            .count();
        let shorter = one.len().min(other.len());
        start == shorter && one.len().abs_diff(other.len()) < 4 || shorter > 5 && start + 2 >= shorter
    };

    words(heading)
        .iter()
        .any(|word| said.iter().any(|other| same(word, other)))
}

fn named(passage: &Passage) -> String {
    let label = heading_of(passage);
    if label.is_empty() { "it".to_owned() } else { label }
}

/// The function or type whose documentation or body a comment is a part of, with its article; empty when none is known.
fn stands_in(source: &Source<'_>, remark: &Remark) -> String {
    let definitions = source.analysis.definitions.iter();
    let around = definitions.filter(|found| {
        // What stands beside one field of a type is not said of the type.
        let acts = matches!(found.kind, DefinitionKind::Function | DefinitionKind::Method);
        let inside = acts && found.line <= remark.line && remark.line < found.line + found.lines;
        let documents = found.doc.as_ref().is_some_and(|doc| {
            let opening: String = remark.text.chars().take(30).collect();
            doc.contains(&opening)
        });
        found.path == remark.file && (inside || documents)
    });

    around
        .min_by_key(|found| found.lines)
        .map(definition_called)
        .filter(|called| prose::is_sayable(called))
        .unwrap_or_default()
}

/// Why it is built this way: sections that say why, then reasons in documents and comments.
pub(super) fn decisions(source: &Source<'_>) -> Vec<Group> {
    let mut groups = Vec::new();
    let mut seen: Vec<String> = Vec::new();
    let reasons = of_role(source, Role::Why);
    let reasons = reasons.iter().filter(|passage| !is_a_subject(source, passage));
    for (place, passage) in reasons.enumerate() {
        let mut telling = Telling::new(named(passage), place as f64 * 0.4, 0.45);
        // "Why doesn't it delete anything?" is told with its answer.
        let asks = passage.heading.trim_end().ends_with('?');
        let used = if asks {
            lead(&mut telling, passage, Manner::Statement, false)
        } else {
            0
        };
        let sentences = tellable(&passage.sentences[used..], Manner::Statement);
        seen.extend(sentences.iter().map(|told| told.text.clone()));
        let heading = passage.heading.to_lowercase();
        let principles = ["principle", "goal", "philosophy", "value"]
            .iter()
            .any(|word| heading.contains(word));
        let items: &[Remark] = if passage.file.contains('/') && !principles {
            &[]
        } else {
            &passage.items
        };
        section(
            &mut telling,
            &passage.heading,
            &sentences,
            items,
            Manner::Statement,
            8,
        );
        groups.push(telling.finish());
    }

    let mut telling = Telling::new("the reasons", 0.2, 0.4);
    let most = 3 + 3 * source.reach();
    let explained = &source.analysis.explained;
    let pages = matches!(explained.material, Material::Documents | Material::Teaching);
    for remark in explained.decisions.iter().take(most * 2) {
        // A sentence of a page needs the heading that it stands under.
        if pages
            && [".md", ".rst", ".adoc", ".txt", "md"]
                .iter()
                .any(|end| remark.file.ends_with(end))
        {
            continue;
        }
        let prose_file = [".md", ".rst", ".adoc", ".txt"]
            .iter()
            .any(|end| remark.file.ends_with(end));
        let Some(told) = alone(remark, Manner::Statement).filter(|told| !seen.contains(&told.text)) else {
            continue;
        };
        // What stands beside code is quoted, whole and word for word, or not told at all.
        let whole = told::hangs(&told.text) || !prose::is_verbatim(&told.text, &remark.text);
        if !prose_file && (whole || told::names_code(&remark.text) > 0) {
            continue;
        }
        let kind = if prose_file { told.kind } else { Kind::ReasonQuoted };
        telling.tell_from(
            kind,
            [
                ("says", told.text),
                ("file", source.file(&remark.file)),
                ("def", stands_in(source, remark)),
            ],
            told.sources,
        );
        if telling.count() >= most {
            break;
        }
    }
    groups.push(telling.finish());
    groups.retain(|group| !group.facts.is_empty());

    groups
}

#[cfg(test)]
mod tests {
    use super::takes_up;

    #[test]
    fn a_sentence_takes_up_the_heading_above_it() {
        assert!(takes_up(
            "Renaming gates",
            "By default the gate has the name of its wheel"
        ));
        assert!(takes_up("Static files", "Static files are served from the barn"));
        assert!(!takes_up(
            "Callbacks and eager wheels",
            "Sometimes, you want to change the tide"
        ));
    }
}
