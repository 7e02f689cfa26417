//! What the documents say, by the role of their headings: what it is, features, how it works, usage, contents, limits.

use super::told::{self, Manner, Told, alone, section, tellable};
use super::{Group, Source, Telling};
use crate::analysis::model::{Passage, PassageRole as Role, ProjectKind, Remark};
use crate::author::grammar::{self, prose};
use crate::author::model::Depth;
use crate::author::phrase::Kind;
use crate::author::shape::Topic;

/// Sentences of the opening that say what it is.
const OPENING: usize = 5;

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

/// What it is, for whom, and what one would use instead.
pub(super) fn what_it_is(source: &Source<'_>) -> Vec<Group> {
    let analysis = source.analysis;
    let mut telling = Telling::new("what it is", 0.0, 0.25);
    if analysis.files_total == 0 {
        telling.tell(Kind::Empty, []);
        return vec![telling.finish()];
    }
    if analysis.files_analyzed == 0 {
        let files = grammar::count(analysis.files_total, "file", "files");
        telling.tell(Kind::Opaque, [("files", files)]);
        return vec![telling.finish()];
    }

    let passages = of_role(source, Role::What);
    let root: Vec<&Passage> = passages
        .iter()
        .filter(|passage| !passage.file.contains('/'))
        .collect();
    let mut said: Vec<Told> = root
        .iter()
        .flat_map(|passage| tellable(&passage.sentences, Manner::Statement))
        .collect();
    said.sort_by_key(|told| !defines(source, &told.text));
    definition(source, &mut telling, &said);
    said.retain(|told| !overlaps(&telling, &told.text));
    for told in said.iter().take(OPENING) {
        telling.tell_from(told.kind, [("says", told.text.clone())], told.sources.clone());
    }
    if source.is(Depth::Beginner) {
        gloss(&mut telling, analysis.kind);
    }

    let others = of_role(source, Role::Alternatives);
    let instead: Vec<Told> = others
        .iter()
        .flat_map(|passage| tellable(&passage.sentences, Manner::Statement))
        .collect();
    for told in instead.iter().take(4) {
        telling
            .tell_from(told.kind, [("says", told.text.clone())], told.sources.clone())
            .sooner(0.5);
    }
    for passage in &others {
        section(
            &mut telling,
            &passage.heading,
            &[],
            &passage.items,
            Manner::Statement,
            8,
        );
    }
    for passage in root {
        section(
            &mut telling,
            &passage.heading,
            &[],
            &passage.items,
            Manner::Advice,
            6,
        );
    }

    vec![telling.finish()]
}

/// The one sentence that says what it is: the read-me's own, else the description, else the kind.
fn definition(source: &Source<'_>, telling: &mut Telling, said: &[Told]) {
    if let Some(told) = said.first().filter(|told| defines(source, &told.text)) {
        telling.tell_from(told.kind, [("says", told.text.clone())], told.sources.clone());
        return;
    }

    // "Expressive middleware for servers" is what the project is.
    let name = &source.analysis.repo.name;
    let described = source.analysis.repo.description.as_deref().unwrap_or_default();
    let first = crate::analysis::prose::first_sentence(described);
    let opening = said
        .first()
        .filter(|told| !prose::has_verb(&first_words(&told.text)));
    let candidates = [
        (first, described_at(source).into_iter().collect::<Vec<_>>()),
        opening.map_or_else(Default::default, |told| (told.text.clone(), told.sources.clone())),
    ];
    for (text, sources) in candidates {
        if text.split(' ').count() < 3 || !prose::is_english(&text) {
            continue;
        }
        match prose::said_of(name, &text) {
            Some(prose::Said::Does(does)) => {
                telling.tell_from(Kind::Described, [("does", does)], sources);
                return;
            }
            Some(prose::Said::Says(says)) if defines(source, &says) => {
                telling.tell_from(Kind::Told, [("says", says)], sources);
                return;
            }
            _ => {}
        }
    }
    if said.is_empty() {
        telling.tell(Kind::Is, []);
    }
}

fn first_words(text: &str) -> String {
    text.split_whitespace().take(7).collect::<Vec<_>>().join(" ")
}

/// Where the description stands, when a file of the repository has it.
fn described_at(source: &Source<'_>) -> Option<Remark> {
    let text = source.analysis.repo.description.clone()?;
    let manifest = source
        .analysis
        .manifests
        .iter()
        .find(|manifest| manifest.description.as_deref() == Some(text.as_str()));
    let passage = source.analysis.explained.passages.first();
    let first = passage.and_then(|passage| {
        passage
            .sentences
            .iter()
            .find(|remark| text.starts_with(remark.text.trim_end_matches('.')))
    });

    first.cloned().or_else(|| {
        Some(Remark {
            file: manifest?.path.clone(),
            line: 1,
            text,
        })
    })
}

/// Whether a sentence says of the project what it is.
fn defines(source: &Source<'_>, text: &str) -> bool {
    let lower = text.to_lowercase();
    let name = source.analysis.repo.name.to_lowercase().replace(['-', '_'], " ");
    let words: Vec<&str> = lower.split(|c: char| !c.is_alphanumeric()).collect();
    // One word of a long name ("site" of terraform-aws-static-site) is anything's.
    let parts: Vec<&str> = name.split(' ').filter(|word| word.len() > 1).collect();
    let named = parts.iter().filter(|word| words.contains(word)).count();
    let about = named > 0 && named * 2 >= parts.len()
        || lower.starts_with("this ")
        || lower.starts_with("a ")
        || lower.starts_with("an ");
    let verbs = [
        " is ",
        " are ",
        " provides ",
        " implements ",
        " lets ",
        " allows ",
        " helps ",
        " creates ",
        " teaches ",
        " contains ",
        " can be used ",
    ];
    let first_half: String = lower.chars().take(90).collect();

    let denies = first_half.contains(" not ");

    about && !denies && verbs.iter().any(|verb| first_half.contains(verb))
}

/// Whether most words of a text were told already.
fn overlaps(telling: &Telling, text: &str) -> bool {
    let words: Vec<String> = text
        .to_lowercase()
        .split_whitespace()
        .map(str::to_owned)
        .collect();
    telling.words_told().any(|said| {
        let said = said.to_lowercase();
        let known = words.iter().filter(|word| said.contains(word.as_str())).count();
        known * 10 > words.len() * 8
    })
}

/// For listeners who are new to it: what kind of thing this is.
fn gloss(telling: &mut Telling, kind: ProjectKind) {
    let gloss = match kind {
        ProjectKind::Library => {
            "a library is code that other programs borrow, so that they need not write it again"
        }
        ProjectKind::Service => "a service is a program that waits for requests and answers each of them",
        ProjectKind::CommandLineTool => "a command-line tool is a program that is started by typing its name",
        ProjectKind::WebFrontend => "a front end is the part of a web site that runs in the reader's browser",
        ProjectKind::Application => "an application is a program that people open and use directly",
        ProjectKind::Workspace => "a workspace is one repository in which several packages live side by side",
        _ => "a repository is a folder of files that remembers every change ever made to it",
    };

    telling
        .tell(Kind::Gloss, [("gloss", gloss.to_owned())])
        .sooner(0.3);
}

/// What the sections of one topic say.
pub(super) fn of_topic(source: &Source<'_>, topic: Topic) -> Vec<Group> {
    let (roles, manner): (&[Role], Manner) = match topic {
        Topic::Features => (&[Role::Features], Manner::Statement),
        Topic::How => (&[Role::How], Manner::Statement),
        Topic::Usage => (&[Role::Usage], Manner::Advice),
        Topic::Contents => (&[Role::Contents, Role::Subject], Manner::Statement),
        Topic::Caveats => (&[Role::Caveats], Manner::Statement),
        _ => return Vec::new(),
    };

    let mut groups = Vec::new();
    let passages = source
        .analysis
        .explained
        .passages
        .iter()
        .filter(|passage| roles.contains(&passage.role));
    for (place, passage) in passages.enumerate() {
        // The first sentences of every section come before the second half of any.
        let mut telling = Telling::new(named(passage), place as f64 * 0.35, 0.4);
        let sentences = tellable(&passage.sentences, manner);
        let subject = matches!(passage.role, Role::Subject) || topic == Topic::Caveats;
        let most = if topic == Topic::Usage { 4 } else { 8 };
        lead(&mut telling, passage, subject, &sentences);
        let rest: Vec<Told> = sentences
            .iter()
            .skip(usize::from(telling.has_facts()))
            .take(most)
            .cloned()
            .collect();
        let orders = if topic == Topic::Features {
            Manner::Advice
        } else {
            manner
        };
        section(&mut telling, &passage.heading, &rest, &passage.items, orders, 18);
        groups.push(telling.finish());
    }
    groups.retain(|group| !group.facts.is_empty());

    groups
}

/// The first sentence under a heading that is its subject says the heading with it.
fn lead(telling: &mut Telling, passage: &Passage, subject: bool, sentences: &[Told]) {
    let heading = told::label(&passage.heading)
        .trim_end_matches(['?', '!', '.', ','])
        .to_owned();
    let question = passage.heading.trim_end().ends_with('?');
    let words = heading.split_whitespace().count();
    let Some(first) = sentences
        .first()
        .filter(|_| subject && (1..=12).contains(&words) && prose::is_sayable(&heading))
    else {
        return;
    };

    let kind = if question { Kind::Asked } else { Kind::Subject };
    let place = Remark {
        text: passage.heading.clone(),
        file: passage.file.clone(),
        line: passage.line,
    };
    let sources = first.sources.iter().cloned().chain([place]).collect();
    telling.tell_from(
        kind,
        [("heading", heading), ("says", first.text.clone())],
        sources,
    );
}

fn named(passage: &Passage) -> String {
    let label = told::label(&passage.heading);
    if label.is_empty() { "it".to_owned() } else { label }
}

/// Why it is built this way: sections that say why, then reasons in documents and comments.
pub(super) fn decisions(source: &Source<'_>) -> Vec<Group> {
    let mut groups = Vec::new();
    let mut seen: Vec<String> = Vec::new();
    for (place, passage) in of_role(source, Role::Why).iter().enumerate() {
        let mut telling = Telling::new(named(passage), place as f64 * 0.4, 0.45);
        let sentences = tellable(&passage.sentences, Manner::Statement);
        seen.extend(sentences.iter().map(|told| told.text.clone()));
        section(
            &mut telling,
            &passage.heading,
            &sentences,
            &passage.items,
            Manner::Statement,
            8,
        );
        groups.push(telling.finish());
    }

    let mut telling = Telling::new("the reasons", 0.2, 0.4);
    let most = 5 + 5 * source.reach();
    for remark in source.analysis.explained.decisions.iter().take(most * 2) {
        let Some(told) = alone(remark, Manner::Statement).filter(|told| !seen.contains(&told.text)) else {
            continue;
        };
        let document = remark.file.ends_with(".md") || remark.file.ends_with(".rst");
        let kind = match told.kind {
            Kind::Quoted => Kind::ReasonQuoted,
            _ if document => told.kind,
            _ => Kind::Reason,
        };
        telling.tell_from(
            kind,
            [("says", told.text), ("file", source.file(&remark.file))],
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
