//! What the documents say, by the role of their headings: what it is, features, how it works, usage, contents, limits.

use std::collections::HashMap;

use super::told::{self, Manner, Told, alone, section, tellable};
use super::{Group, Source, Telling};
use crate::analysis::model::{Material, Passage, PassageRole as Role, ProjectKind, Remark};
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

    // How a game is played is said as what one should do.
    let manner = if source.analysis.explained.material == Material::Game {
        Manner::Advice
    } else {
        Manner::Statement
    };
    let passages = of_role(source, Role::What);
    let root: Vec<&Passage> = passages
        .iter()
        .filter(|passage| !passage.file.contains('/'))
        .collect();
    let mut said: Vec<Told> = root
        .iter()
        .flat_map(|passage| tellable(&with_subjects(source, &passage.sentences), manner))
        .collect();
    said.sort_by_key(|told| !defines(source, &told.text));
    // A notice may stand above the title.
    let own = letters(&analysis.repo.name);
    let titled = root.iter().find(|passage| letters(&passage.heading) == own);
    let opening = titled
        .or(root.first())
        .and_then(|passage| passage.sentences.iter().find(|remark| !is_notice(&remark.text)));
    definition(source, &mut telling, &said, opening);
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

/// "Note: please use the other one" stands before what it is.
fn is_notice(text: &str) -> bool {
    let lower = text.trim_start_matches(['*', '_', '>', ' ']).to_lowercase();

    [
        "note",
        "warning",
        "important",
        "please",
        "attention",
        "you can also read",
        "deprecated",
        "if you ",
    ]
    .iter()
    .any(|word| lower.starts_with(word))
}

/// Letters and digits in lower case: `Tide::Mill` and `tide-mill` are one name.
fn letters(text: &str) -> String {
    let letters = text.chars().filter(|c| c.is_alphanumeric());
    letters.flat_map(char::to_lowercase).collect()
}

/// The one sentence that says what it is: the read-me's own, else the description, else the kind.
fn definition(source: &Source<'_>, telling: &mut Telling, said: &[Told], opening: Option<&Remark>) {
    let own = said.first().filter(|told| defines(source, &told.text));
    let opening = opening
        .filter(|remark| !prose::is_statement(&remark.text))
        .and_then(|remark| told::led(remark, Manner::Statement));
    if let Some(told) = own.filter(|_| opening.is_none()) {
        telling.tell_from(told.kind, [("says", told.text.clone())], told.sources.clone());
        return;
    }

    // "Expressive middleware for servers" is what the project is.
    let name = &source.analysis.repo.name;
    let described = source.analysis.repo.description.as_deref().unwrap_or_default();
    let first = crate::analysis::prose::first_sentence(described);
    let candidates = [
        (first, described_at(source).into_iter().collect::<Vec<_>>()),
        opening
            .clone()
            .map_or_else(Default::default, |told| (told.text, told.sources)),
    ];
    // "A fast implementation of …" above all else says what it is; a description may be of a part.
    let thing = opening.as_ref().is_some_and(|told| {
        ["A ", "An ", "a ", "an "]
            .iter()
            .any(|article| told.text.starts_with(article))
    });
    let candidates = if thing {
        let [first, second] = candidates;
        [second, first]
    } else {
        candidates
    };
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
    if let Some(opening) = opening {
        let heading = super::spoken_name(name);
        telling.tell_from(
            Kind::Subject,
            [("heading", heading), ("says", opening.text)],
            opening.sources,
        );
    } else if said.is_empty() {
        telling.tell(Kind::Is, []);
    }
}

/// What a project may call itself.
const ITSELF: [&str; 34] = [
    "lesson",
    "repository",
    "repo",
    "project",
    "book",
    "package",
    "module",
    "library",
    "tool",
    "course",
    "workshop",
    "tutorial",
    "guide",
    "app",
    "role",
    "plugin",
    "extension",
    "action",
    "chart",
    "image",
    "theme",
    "framework",
    "program",
    "script",
    "game",
    "site",
    "demo",
    "template",
    "starter",
    "toolkit",
    "collection",
    "gem",
    "crate",
    "application",
];

/// "Built for our garden." is said of the thing itself: "Mossball is built for its authors' garden."
fn with_subjects(source: &Source<'_>, remarks: &[Remark]) -> Vec<Remark> {
    let name = super::spoken_name(&source.analysis.repo.name);
    let with_subject = |remark: &Remark| {
        let mut words = remark.text.split_whitespace();
        let (first, second) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
        let participle = first.len() > 4 && first.ends_with("ed")
            || matches!(first, "Written" | "Built" | "Made" | "Given" | "Known");
        let passive = participle
            && matches!(
                second,
                "by" | "in"
                    | "on"
                    | "for"
                    | "with"
                    | "from"
                    | "to"
                    | "as"
                    | "at"
                    | "after"
                    | "of"
                    | "using"
                    | "so"
            );
        // "This lesson gives an overview" says it of the thing itself.
        let third = remark.text.split_whitespace().nth(2).unwrap_or_default();
        if first == "This"
            && ITSELF.contains(&second)
            && (prose::is_third_person(third)
                || matches!(third, "is" | "has" | "contains" | "provides" | "gives"))
        {
            let rest = remark
                .text
                .split_whitespace()
                .skip(2)
                .collect::<Vec<_>>()
                .join(" ");
            return Remark {
                text: format!("{name} {rest}"),
                ..remark.clone()
            };
        }
        // "Installs it on every server." lacks only its name.
        let acts = first.ends_with('s')
            && prose::is_third_person(&first.to_lowercase())
            && remark.text.ends_with('.')
            && remark.text.split(' ').count() > 4;
        if acts && !prose::is_statement(&remark.text) {
            return Remark {
                text: format!("{name} {}", prose::lower_first(&remark.text)),
                ..remark.clone()
            };
        }
        // "For people with many photos." says for whom it is.
        let audience =
            first == "For" && !remark.text.contains([',', ':', ';']) && remark.text.split(' ').count() < 18;
        if audience && remark.text.ends_with('.') && !prose::is_statement(&remark.text) {
            return Remark {
                text: format!("{name} is {}", prose::lower_first(&remark.text)),
                ..remark.clone()
            };
        }
        Remark {
            text: if passive {
                format!("{name} is {}", prose::lower_first(&remark.text))
                    .replace(" our ", " its authors' ")
                    .replace(" my ", " its author's ")
            } else {
                remark.text.clone()
            },
            ..remark.clone()
        }
    };

    remarks.iter().map(with_subject).collect()
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
        " gives ",
        " shows ",
        " explains ",
        " describes ",
        " covers ",
        " introduces ",
        " offers ",
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
        .filter(|passage| roles.contains(&passage.role))
        .filter(|passage| pages || !leads_elsewhere(&passage.heading));
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
        one_section(&mut telling, passage, topic, manner, again);
        before = heading;
        let group = telling.finish();
        *told += group.facts.len();
        groups.push(group);
    }
    if topic == Topic::Usage {
        groups.push(examples(source));
    }
    groups.retain(|group| !group.facts.is_empty());

    groups
}

/// Examples that say behind them what they do: `z foo  # cd into the best match`.
fn examples(source: &Source<'_>) -> Group {
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
        let plain = typed
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || " -_./:".contains(c));
        let words = note.split_whitespace().count();
        if !plain
            || !(1..=6).contains(&typed.split_whitespace().count())
            || !(3..=18).contains(&words)
            || note.contains("=>")
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

/// A list of what others wrote.
fn leads_elsewhere(heading: &str) -> bool {
    let plain = heading.trim().to_lowercase();
    [
        "resources",
        "further reading",
        "references",
        "links",
        "see also",
        "useful links",
    ]
    .contains(&plain.as_str())
}

/// `again`: the section before had the same heading, which need not be said twice.
fn one_section(telling: &mut Telling, passage: &Passage, topic: Topic, manner: Manner, again: bool) {
    if passage.role == Role::Goals {
        goals(telling, passage);
        return;
    }

    let most = if topic == Topic::Usage { 4 } else { 8 };
    let led = !again && (passage.own || passage.role == Role::Subject || topic == Topic::Caveats);
    let used = if led { lead(telling, passage, manner) } else { 0 };
    let rest: Vec<Told> = tellable(&passage.sentences[used..], manner)
        .into_iter()
        .take(most)
        .collect();
    let orders = if topic == Topic::Features {
        Manner::Advice
    } else {
        manner
    };
    section(telling, &passage.heading, &rest, &passage.items, orders, 18);
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
fn lead(telling: &mut Telling, passage: &Passage, manner: Manner) -> usize {
    let heading = heading_of(passage);
    let question = passage.heading.trim_end().ends_with('?');
    let words = heading.split_whitespace().count();
    if !(1..=12).contains(&words) || !prose::is_sayable(&heading) {
        return 0;
    }
    let first = passage
        .sentences
        .iter()
        .take(3)
        .enumerate()
        .find_map(|(at, remark)| Some((at, told::led(remark, manner)?)));
    // What the authors say of themselves is quoted, without a heading before it.
    let Some((at, first)) = first.filter(|(_, first)| first.kind == Kind::Told) else {
        return 0;
    };

    let kind = if question { Kind::Asked } else { Kind::Subject };
    let place = Remark {
        text: passage.heading.clone(),
        file: passage.file.clone(),
        line: passage.line,
    };
    let sources = first.sources.iter().cloned().chain([place]).collect();
    telling.tell_from(kind, [("heading", heading), ("says", first.text)], sources);

    at + 1
}

fn named(passage: &Passage) -> String {
    let label = heading_of(passage);
    if label.is_empty() { "it".to_owned() } else { label }
}

/// Why it is built this way: sections that say why, then reasons in documents and comments.
pub(super) fn decisions(source: &Source<'_>) -> Vec<Group> {
    let mut groups = Vec::new();
    let mut seen: Vec<String> = Vec::new();
    for (place, passage) in of_role(source, Role::Why).iter().enumerate() {
        let mut telling = Telling::new(named(passage), place as f64 * 0.4, 0.45);
        // "Why doesn't it delete anything?" is told with its answer.
        let asks = passage.heading.trim_end().ends_with('?');
        let used = if asks {
            lead(&mut telling, passage, Manner::Statement)
        } else {
            0
        };
        let sentences = tellable(&passage.sentences[used..], Manner::Statement);
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
