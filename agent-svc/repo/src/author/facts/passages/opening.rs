//! What it is, for whom, and what one would use instead: the first sentences of a story.

use super::of_role;
use super::subjects::with_subjects;
use crate::analysis::model::{Material, Passage, PassageRole as Role, ProjectKind, Remark};
use crate::author::facts::told::{self, Manner, Told, section, tellable};
use crate::author::facts::{Group, Source, Telling, operations, project_name, spoken_name};
use crate::author::grammar::{self, prose};
use crate::author::model::Depth;
use crate::author::phrase::Kind;

/// Sentences of the opening that say what it is.
const OPENING: usize = 8;

/// What it is, for whom, and what one would use instead.
pub(in crate::author::facts) fn what_it_is(source: &Source<'_>) -> Vec<Group> {
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
    first_sentences(source, &mut telling, &root);
    operations::stack(source, &mut telling);
    if source.is(Depth::Beginner) {
        gloss(&mut telling, analysis.kind);
    }

    // What stands under the name of another project is about that one.
    let mut others = of_role(source, Role::Alternatives);
    // Of pages each is about what its heading sets side by side.
    let pages = is_of_pages(source);
    others.retain(|passage| !passage.heading.contains('/') && !pages);
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
        // What each of them is, its own page says.
        if passage.sentences.is_empty() && passage.items.len() > 2 {
            told::under_their_heading(
                &mut telling,
                &passage.heading,
                &passage.items,
                Manner::Statement,
                true,
            );
            continue;
        }
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
        if super::leads_elsewhere(&passage.heading) {
            continue;
        }
        section(
            &mut telling,
            &passage.heading,
            &[],
            &passage.items,
            Manner::Advice,
            14,
        );
    }

    vec![telling.finish()]
}

/// The definition, and the sentences of the read-me that go on from it.
fn first_sentences(source: &Source<'_>, telling: &mut Telling, root: &[&Passage]) {
    let analysis = source.analysis;
    // How a game is played is said as what one should do.
    let manner = if source.analysis.explained.material == Material::Game {
        Manner::Advice
    } else {
        Manner::Statement
    };
    let mut said: Vec<Told> = root
        .iter()
        .flat_map(|passage| {
            tellable(
                &with_subjects(&spoken_name(&project_name(analysis)), &passage.sentences),
                manner,
            )
        })
        .collect();
    said.sort_by_key(|told| !defines(source, &told.text));
    let itself = of_itself(source).filter(|_| said.iter().all(|told| !defines(source, &told.text)));
    // A notice may stand above the title.
    let name = project_name(analysis);
    let own = letters(&name);
    let titled = root.iter().find(|passage| letters(&passage.heading) == own);
    let opening = titled.or(root.first()).and_then(|passage| {
        passage
            .sentences
            .iter()
            .find(|remark| !is_notice(&remark.text) && !remark.text.starts_with(['.', '…']))
    });

    match itself {
        Some(told) => {
            telling.tell_from(told.kind, [("says", told.text)], told.sources);
        }
        None => definition(source, telling, &said, opening),
    }
    said.retain(|told| !overlaps(telling, &told.text));
    for told in said.iter().take(OPENING) {
        telling.tell_from(told.kind, [("says", told.text.clone())], told.sources.clone());
    }
}

/// "This repo is a collection of gates.", wherever it stands in the first sections of the read-me.
fn of_itself(source: &Source<'_>) -> Option<Told> {
    const FIRST: usize = 6;
    let name = spoken_name(&project_name(source.analysis));
    let passages = source.analysis.explained.passages.iter().take(FIRST);
    let sentences = passages
        .filter(|passage| !passage.file.contains('/'))
        .flat_map(|passage| &passage.sentences);
    let own = |remark: &Remark| {
        let given = with_subjects(&name, std::slice::from_ref(remark)).pop()?;
        let changed = given.text != remark.text && given.text.starts_with(&name);
        let told = changed.then(|| told::alone(&given, Manner::Statement))??;
        defines(source, &told.text).then_some(told)
    };

    sentences
        .filter(|remark| remark.text.starts_with("This "))
        .find_map(own)
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

/// Whether it begins with what it calls the project.
fn names_a_thing(text: &str) -> bool {
    ["A ", "An ", "a ", "an "]
        .iter()
        .any(|article| text.starts_with(article))
}

/// The one sentence that says what it is: the read-me's own, else the description, else the kind.
fn definition(source: &Source<'_>, telling: &mut Telling, said: &[Told], opening: Option<&Remark>) {
    let own = said.first().filter(|told| defines(source, &told.text));
    let owned = opening.map(|remark| Remark {
        text: as_its_authors(without_title(
            &project_name(source.analysis),
            &told::without_pointers(&remark.text),
        )),
        ..remark.clone()
    });
    let opening = owned
        .as_ref()
        .filter(|remark| !prose::is_statement(&remark.text))
        .and_then(|remark| told::led(remark, Manner::Statement))
        // What its authors did is not what it is.
        .filter(|told| told.kind == Kind::Told && !told.text.to_lowercase().starts_with("the authors "));
    if let Some(told) = own.filter(|_| opening.is_none()) {
        telling.tell_from(told.kind, [("says", told.text.clone())], told.sources.clone());
        return;
    }

    // "Expressive middleware for servers" is what the project is.
    let name = &project_name(source.analysis);
    let described = source.analysis.repo.description.as_deref().unwrap_or_default();
    let described = if of_its_tools(source, described) || of_a_part(source, described) && !said.is_empty() {
        ""
    } else {
        described
    };
    let described = told::without_pointers(described);
    let first = as_its_authors(&crate::analysis::prose::first_sentence(&described))
        .replace(" our ", " its authors' ")
        .replace(" my ", " its author's ");
    let candidates = [
        (first, described_at(source).into_iter().collect::<Vec<_>>()),
        opening
            .clone()
            .map_or_else(Default::default, |told| (told.text, told.sources)),
    ];
    // "A fast implementation of …" above all else says what it is; a description may be of a part.
    let candidates = match opening.as_ref().is_some_and(|told| names_a_thing(&told.text)) {
        true => {
            let [first, second] = candidates;
            [second, first]
        }
        false => candidates,
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
            // "Fast firmware for mills, written in C" has no verb of its own.
            Some(prose::Said::Says(says))
                if defines(source, &says) && !prose::is_statement(&says) && !is_about(&says, name) =>
            {
                let heading = spoken_name(name);
                let says = prose::lower_first(&says);
                telling.tell_from(Kind::Subject, [("heading", heading), ("says", says)], sources);
                return;
            }
            Some(prose::Said::Says(says)) if defines(source, &says) => {
                telling.tell_from(Kind::Told, [("says", says)], sources);
                return;
            }
            _ => {}
        }
    }
    // "This small tool and its library make gates." behind the name says what that is, whatever its verb.
    let first = owned
        .as_ref()
        .filter(|remark| {
            said.iter()
                .all(|told| told.sources.iter().all(|known| known.line != remark.line))
        })
        .filter(|remark| told::starts_with_its_kind(&remark.text))
        .and_then(|remark| told::led(remark, Manner::Statement));
    if let Some(opening) = opening.or(first) {
        let heading = spoken_name(name);
        telling.tell_from(
            Kind::Subject,
            [("heading", heading), ("says", opening.text)],
            opening.sources,
        );
    } else if let Some(told) = right_below_its_name(said, owned.as_ref(), name) {
        let heading = spoken_name(name);
        let says = prose::lower_first(&told.text);
        telling.tell_from(
            Kind::Subject,
            [("heading", heading), ("says", says)],
            told.sources.clone(),
        );
    } else if said.is_empty() && !is_vague(source.analysis.kind) && !is_of_pages(source) {
        telling.tell(Kind::Is, []);
    }
}

/// "Fast firmware for mills" right under the name is what the project is.
fn right_below_its_name<'t>(said: &'t [Told], opening: Option<&Remark>, name: &str) -> Option<&'t Told> {
    let told = said.first()?;
    let line = told.sources.first()?.line;

    (told.kind == Kind::Told && line == opening?.line && !is_about(&told.text, name)).then_some(told)
}

/// Whether a text begins with the project's name.
fn is_about(text: &str, name: &str) -> bool {
    letters(text).starts_with(&letters(name))
}

/// "A collection of documents" is said of whatever has many of them, and "a code base" of everything.
fn is_vague(kind: ProjectKind) -> bool {
    matches!(
        kind,
        ProjectKind::Documentation | ProjectKind::Data | ProjectKind::Code
    )
}

/// Whether the pages are the work, whatever the scripts beside them are.
fn is_of_pages(source: &Source<'_>) -> bool {
    matches!(
        source.analysis.explained.material,
        Material::Documents | Material::Teaching
    )
}

/// Whether a description is that of a package which only helps to build what is written in something else.
fn of_its_tools(source: &Source<'_>, described: &str) -> bool {
    let web = [
        "JavaScript",
        "TypeScript",
        "CoffeeScript",
        "JSX",
        "TSX",
        "Vue",
        "Svelte",
        "CSS",
        "SCSS",
        "Sass",
        "LESS",
        "HTML",
        "Elm",
        "ReScript",
    ];
    let language = source.analysis.main_language.as_deref().unwrap_or("JavaScript");
    let mut manifests = source.analysis.manifests.iter();
    let npm = manifests
        .any(|manifest| manifest.ecosystem == "npm" && manifest.description.as_deref() == Some(described));

    npm && !described.is_empty() && !web.contains(&language)
}

/// Whether a description is that of a package below the root: of a binding, say, and not of what it binds.
fn of_a_part(source: &Source<'_>, described: &str) -> bool {
    let mut told = source
        .analysis
        .manifests
        .iter()
        .filter(|manifest| manifest.description.as_deref() == Some(described))
        .peekable();

    told.peek().is_some() && told.all(|manifest| manifest.path.contains('/'))
}

/// "My settings for …" are their author's.
fn as_its_authors(text: &str) -> String {
    match text.split_once(' ') {
        Some(("My", rest)) => format!("Its author's {rest}"),
        Some(("Our", rest)) => format!("Its authors' {rest}"),
        _ => text.to_owned(),
    }
}

/// "Tidemill: a mill of the sea" without its title, which is said before it.
fn without_title<'t>(name: &str, text: &'t str) -> &'t str {
    let parted = [": ", " - ", " – ", " — "]
        .iter()
        .filter_map(|mark| text.split_once(mark))
        .min_by_key(|(title, _)| title.len());

    parted
        .filter(|(title, _)| letters(title) == letters(name))
        .map_or(text, |(_, rest)| rest)
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
    let name = project_name(source.analysis)
        .to_lowercase()
        .replace(['-', '_'], " ");
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
