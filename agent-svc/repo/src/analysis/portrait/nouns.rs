//! What a project calls itself: the noun at the end of "X is a fast key-value store library that …".

use crate::analysis::model::{Analysis, ProjectKind as Kind};
use crate::analysis::prose;

/// Words and pairs of words, each with the kind of thing that it names. The last one of a phrase decides.
const NOUNS: &[(&str, Kind)] = &[
    ("library", Kind::Library),
    ("libraries", Kind::Library),
    ("framework", Kind::Library),
    ("toolkit", Kind::Library),
    ("sdk", Kind::Library),
    ("bindings", Kind::Library),
    ("binding", Kind::Library),
    ("middleware", Kind::Library),
    ("crate", Kind::Library),
    ("gem", Kind::Library),
    ("dsl", Kind::Library),
    ("polyfill", Kind::Library),
    ("plugin", Kind::Library),
    ("plug-in", Kind::Library),
    ("orm", Kind::Library),
    ("parser", Kind::Library),
    ("api wrapper", Kind::Library),
    ("game engine", Kind::Library),
    ("template engine", Kind::Library),
    ("templating engine", Kind::Library),
    ("test runner", Kind::CommandLineTool),
    ("package for", Kind::Library),
    ("web framework", Kind::Library),
    ("server", Kind::Service),
    ("servers", Kind::Service),
    ("daemon", Kind::Service),
    ("database", Kind::Service),
    ("data store", Kind::Service),
    ("microservice", Kind::Service),
    ("service", Kind::Service),
    ("broker", Kind::Service),
    ("message queue", Kind::Service),
    ("reverse proxy", Kind::Service),
    ("proxy", Kind::Service),
    ("load balancer", Kind::Service),
    ("backend", Kind::Service),
    ("rest api", Kind::Service),
    ("bot", Kind::Service),
    ("tool", Kind::CommandLineTool),
    ("tools", Kind::CommandLineTool),
    ("cli", Kind::CommandLineTool),
    ("command-line", Kind::CommandLineTool),
    ("command line", Kind::CommandLineTool),
    ("utility", Kind::CommandLineTool),
    ("utilities", Kind::CommandLineTool),
    ("script", Kind::CommandLineTool),
    ("scripts", Kind::CommandLineTool),
    ("version manager", Kind::CommandLineTool),
    ("package manager", Kind::CommandLineTool),
    ("task runner", Kind::CommandLineTool),
    ("compiler", Kind::CommandLineTool),
    ("interpreter", Kind::CommandLineTool),
    ("linter", Kind::CommandLineTool),
    ("formatter", Kind::CommandLineTool),
    ("bundler", Kind::CommandLineTool),
    ("site generator", Kind::CommandLineTool),
    ("fuzzy finder", Kind::CommandLineTool),
    ("shell prompt", Kind::CommandLineTool),
    ("downloader", Kind::CommandLineTool),
    ("scanner", Kind::CommandLineTool),
    ("app", Kind::Application),
    ("application", Kind::Application),
    ("window manager", Kind::Application),
    ("editor", Kind::Application),
    ("text editor", Kind::Application),
    ("terminal emulator", Kind::Application),
    ("desktop environment", Kind::Application),
    ("browser", Kind::Application),
    ("music player", Kind::Application),
    ("media player", Kind::Application),
    ("video player", Kind::Application),
    ("emulator", Kind::Application),
    ("ide", Kind::Application),
    ("file manager", Kind::Application),
    ("operating system", Kind::Application),
    ("web app", Kind::WebFrontend),
    ("web application", Kind::WebFrontend),
    ("website", Kind::WebFrontend),
    ("web site", Kind::WebFrontend),
    ("dashboard", Kind::WebFrontend),
    ("single-page app", Kind::WebFrontend),
    ("single-page application", Kind::WebFrontend),
    ("front end", Kind::WebFrontend),
    ("frontend", Kind::WebFrontend),
    ("game", Kind::Game),
    ("games", Kind::Game),
    ("puzzle", Kind::Game),
    ("roguelike", Kind::Game),
    ("platformer", Kind::Game),
    ("shooter", Kind::Game),
    ("terraform module", Kind::Infrastructure),
    ("terraform modules", Kind::Infrastructure),
    ("terraform configuration", Kind::Infrastructure),
    ("infrastructure", Kind::Infrastructure),
    ("helm chart", Kind::Infrastructure),
    ("helm charts", Kind::Infrastructure),
    ("ansible role", Kind::Infrastructure),
    ("ansible playbooks", Kind::Infrastructure),
    ("ansible playbook", Kind::Infrastructure),
    ("cloudformation templates", Kind::Infrastructure),
    ("puppet module", Kind::Infrastructure),
    ("list", Kind::Documentation),
    ("book", Kind::Documentation),
    ("handbook", Kind::Documentation),
    ("specification", Kind::Documentation),
    ("style guide", Kind::Documentation),
    ("guide", Kind::Documentation),
    ("documentation", Kind::Documentation),
    ("cheat sheet", Kind::Documentation),
    ("cheatsheet", Kind::Documentation),
    ("collection of links", Kind::Documentation),
    ("dataset", Kind::Data),
    ("datasets", Kind::Data),
    ("data set", Kind::Data),
    ("corpus", Kind::Data),
    ("notebooks", Kind::Data),
    ("jupyter notebooks", Kind::Data),
    ("dotfiles", Kind::Configuration),
    ("configuration files", Kind::Configuration),
    ("config files", Kind::Configuration),
    ("configuration", Kind::Configuration),
    ("course", Kind::Teaching),
    ("curriculum", Kind::Teaching),
    ("exercises", Kind::Teaching),
    ("exercise", Kind::Teaching),
    ("lessons", Kind::Teaching),
    ("tutorial", Kind::Teaching),
    ("tutorials", Kind::Teaching),
    ("workshop", Kind::Teaching),
    ("koans", Kind::Teaching),
    ("katas", Kind::Teaching),
    ("homework", Kind::Teaching),
    ("bootcamp", Kind::Teaching),
    ("teaching material", Kind::Teaching),
    ("firmware", Kind::Firmware),
    ("bootloader", Kind::Firmware),
];

/// Words after which something else is spoken of.
const ENDS: [&str; 34] = [
    "that",
    "which",
    "for",
    "written",
    "used",
    "to",
    "with",
    "by",
    "in",
    "of",
    "from",
    "on",
    "using",
    "designed",
    "built",
    "made",
    "based",
    "inspired",
    "where",
    "whose",
    "supporting",
    "allowing",
    "providing",
    "compatible",
    "focused",
    "it",
    "as",
    "developed",
    "powered",
    "featuring",
    "like",
    "without",
    "you",
    "when",
];

/// The kind that a project's own first sentence names, with that sentence.
pub(super) fn own_words(analysis: &Analysis) -> Option<(Kind, String)> {
    let name = analysis.repo.name.to_lowercase();
    let readme = analysis
        .readme
        .iter()
        .flat_map(|readme| readme.paragraphs.iter().take(4));
    let sentences: Vec<String> = readme
        .flat_map(|text| prose::sentences(text).into_iter().take(2).map(str::to_owned))
        .collect();
    let title = analysis.readme.as_ref().and_then(|readme| readme.title.clone());
    let title = title.map(|title| title.to_lowercase()).unwrap_or_default();
    let short = title.split([' ', ':']).next().unwrap_or_default().to_owned();

    // A sentence that says what the project is comes before its tagline, and its tagline before any other words.
    let defining = sentences
        .iter()
        .filter_map(|sentence| Some((sentence, predicate(sentence, &[&name, &short])?)));
    let defining = defining.map(|(sentence, phrase)| (sentence.clone(), phrase));
    let described = analysis.repo.description.iter().chain(sentences.first());
    let tagline = described.map(|text| prose::first_sentence(text)).map(|text| {
        (
            text.clone(),
            predicate(&text, &[&name, &short]).unwrap_or_else(|| text.to_lowercase()),
        )
    });
    let heading = Some(&title)
        .filter(|title| title.contains([':', '-', '–', '—', '|']))
        .map(|title| (title.clone(), title.clone()));

    defining
        .chain(tagline)
        .chain(heading)
        .find_map(|(sentence, phrase)| Some((head(&phrase)?, sentence)))
}

/// What follows "X is a": in lower case.
fn predicate(sentence: &str, names: &[&str]) -> Option<String> {
    let lower = sentence.to_lowercase();
    let (subject, rest) = [" is a ", " is an ", " is the ", " are "]
        .iter()
        .filter_map(|link| lower.split_once(link))
        .min_by_key(|(subject, _)| subject.len())?;
    let subject = subject
        .rsplit(", ")
        .next()
        .unwrap_or(subject)
        .trim_start_matches("the ");
    let own = names
        .iter()
        .any(|name| !name.is_empty() && subject.split([' ', '(']).any(|word| word == *name))
        || [
            "this",
            "this project",
            "this repository",
            "this repo",
            "it",
            "this module",
            "this is",
        ]
        .contains(&subject);

    own.then(|| rest.to_owned())
}

/// The kind named by the last known noun of a phrase, before it goes on to speak of other things.
fn head(phrase: &str) -> Option<Kind> {
    let words: Vec<&str> = phrase.split_whitespace().collect();
    let end = words
        .iter()
        .enumerate()
        .position(|(at, word)| {
            let bare = word.trim_matches(|c: char| !c.is_alphanumeric());
            let list = bare == "of"
                && words.get(at.wrapping_sub(1)).is_some_and(|before| {
                    matches!(
                        *before,
                        "collection" | "set" | "bunch" | "series" | "suite" | "repository"
                    )
                });
            let another = bare == "and" && words.get(at + 1).is_some_and(|next| matches!(*next, "a" | "an"));
            ENDS.contains(&bare) && !list && at > 0 || another
        })
        .unwrap_or(words.len());
    let known: Vec<String> = words[..end]
        .iter()
        .map(|word| word.trim_matches(|c: char| !c.is_alphanumeric()).to_owned())
        .collect();

    let at = |from: usize| {
        let pair = known.get(from..from + 2).map(|pair| pair.join(" "));
        NOUNS
            .iter()
            .find(|(noun, _)| pair.as_deref() == Some(noun))
            .or_else(|| NOUNS.iter().find(|(noun, _)| *noun == known[from]))
    };
    (0..known.len())
        .filter_map(|from| {
            let (noun, kind) = at(from)?;
            Some((from + noun.split(' ').count(), noun.len(), *kind))
        })
        .max_by_key(|(end, length, _)| (*end, *length))
        .map(|(_, _, kind)| kind)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_noun_of_the_first_sentence_names_the_kind() {
        for (phrase, kind) in [
            (
                "fast key-value storage library written at google",
                Some(Kind::Library),
            ),
            (
                "general-purpose command-line fuzzy finder and an interactive terminal toolkit",
                Some(Kind::CommandLineTool),
            ),
            (
                "preferred, fastest, and most feature-rich cache, data structure server, and document engine",
                Some(Kind::Service),
            ),
            ("tiling window manager for x", Some(Kind::Application)),
            (
                "fast, unopinionated, minimalist web framework for node",
                Some(Kind::Library),
            ),
            ("web server framework", Some(Kind::Library)),
            ("python client library for the redis server", Some(Kind::Library)),
            (
                "small exercises to get you used to reading rust code",
                Some(Kind::Teaching),
            ),
            ("curated list of awesome things", Some(Kind::Documentation)),
            ("set of terraform modules for a vpc", Some(Kind::Infrastructure)),
            ("beautiful thing", None),
        ] {
            assert_eq!(head(phrase), kind, "{phrase}");
        }
    }
}
