//! Programs and libraries that build files name: cabal, CMake, Makefiles, Dockerfiles, scripts of npm, gemspecs and
//! mix. Only targets are read here, by their lines; a target whose file is not there is none.

use std::collections::HashMap;
use std::sync::LazyLock;

use regex::Regex;

use crate::analysis::model::EntryPointKind as Entry;
use crate::analysis::survey::FileFacts;

/// A file that a build file names as the start of something.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Target {
    pub(super) path: String,
    pub(super) kind: Entry,
    pub(super) name: Option<String>,
    pub(super) evidence: String,
}

/// The repository's files, to see which of a target's names is one.
pub(super) struct Tree<'a> {
    pub(super) files: &'a [FileFacts],
}

impl Tree<'_> {
    fn has(&self, path: &str) -> bool {
        self.files.iter().any(|file| file.path == path)
    }

    /// The first of these paths that is a file.
    fn first(&self, paths: impl IntoIterator<Item = String>) -> Option<String> {
        paths.into_iter().find(|path| self.has(path))
    }

    /// Whether a file defines a `main` that is always built.
    fn has_main(&self, path: &str) -> bool {
        let mut found = self.files.iter().filter(|file| file.path == path);
        found.any(|file| file.definitions.iter().any(|found| found.name == "main"))
    }
}

pub(super) fn is_build_file(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or(path);

    name.ends_with(".cabal")
        || name.ends_with(".gemspec")
        || matches!(
            name,
            "Makefile"
                | "GNUmakefile"
                | "makefile"
                | "CMakeLists.txt"
                | "package.json"
                | "mix.exs"
                | "package.yaml"
                | "meson.build"
        )
        || name == "Dockerfile"
        || name == "Containerfile"
}

/// The targets of one build file, the most important first.
pub(super) fn targets(path: &str, text: &str, tree: &Tree<'_>) -> Vec<Target> {
    let name = path.rsplit('/').next().unwrap_or(path);
    let folder = path.rsplit_once('/').map_or("", |(folder, _)| folder);

    match name {
        _ if name.ends_with(".cabal") || name == "package.yaml" => cabal(path, folder, text, tree),
        _ if name.ends_with(".gemspec") => gemspec(path, folder, text, tree),
        "CMakeLists.txt" | "meson.build" => cmake(path, folder, text, tree),
        "package.json" => npm(path, folder, text, tree),
        "mix.exs" => mix(path, folder, text, tree),
        "Dockerfile" | "Containerfile" => docker(path, folder, text, tree),
        _ => make(path, folder, text, tree),
    }
}

fn join(folder: &str, inside: &str) -> String {
    crate::analysis::modules::imports::join(folder, inside)
}

/// `executable NAME` with its `main-is` and `hs-source-dirs`, and what a `library` exposes.
fn cabal(path: &str, folder: &str, text: &str, tree: &Tree<'_>) -> Vec<Target> {
    #[derive(Default)]
    struct Stanza {
        kind: String,
        name: Option<String>,
        main: Option<String>,
        folders: Vec<String>,
        exposed: Vec<String>,
    }

    let mut stanzas: Vec<Stanza> = vec![Stanza::default()];
    let mut field = String::new();
    for line in text.lines().filter(|line| !line.trim_start().starts_with("--")) {
        let words: Vec<&str> = line.split_whitespace().collect();
        let lower = words.first().map(|word| word.to_lowercase()).unwrap_or_default();
        if !line.starts_with([' ', '\t'])
            && [
                "executable",
                "library",
                "test-suite",
                "benchmark",
                "common",
                "flag",
            ]
            .contains(&lower.as_str())
        {
            stanzas.push(Stanza {
                kind: lower,
                name: words.get(1).map(|name| (*name).to_owned()),
                ..Stanza::default()
            });
            field.clear();
            continue;
        }

        let (key, value) = match line.split_once(':') {
            Some((key, value)) if !key.trim().contains(' ') => (key.trim().to_lowercase(), value),
            _ => (field.clone(), line),
        };
        field.clone_from(&key);

        let Some(stanza) = stanzas.last_mut() else {
            continue;
        };
        let values = || {
            value
                .split([',', ' ', '\t'])
                .map(|value| value.trim().trim_matches(['"', '\'', '-']))
                .filter(|value| !value.is_empty())
                .map(str::to_owned)
        };
        match key.as_str() {
            "main-is" | "main" => stanza.main = stanza.main.take().or_else(|| values().next()),
            "hs-source-dirs" | "source-dirs" => stanza.folders.extend(values()),
            "exposed-modules" => stanza.exposed.extend(values()),
            _ => {}
        }
    }

    let within = |stanza: &Stanza, file: &str| {
        let folders = if stanza.folders.is_empty() {
            vec![String::new()]
        } else {
            stanza.folders.clone()
        };
        tree.first(folders.iter().map(|inside| join(folder, &join(inside, file))))
    };

    let executables = stanzas
        .iter()
        .filter(|stanza| stanza.kind == "executable")
        .filter_map(|stanza| {
            Some(Target {
                path: within(stanza, stanza.main.as_deref()?)?,
                kind: Entry::Program,
                name: stanza.name.clone(),
                evidence: format!("{path} names it as the start of a program"),
            })
        });
    let libraries = stanzas
        .iter()
        .filter(|stanza| stanza.kind == "library")
        .filter_map(|stanza| {
            let shortest = stanza
                .exposed
                .iter()
                .min_by_key(|module| module.matches('.').count())?;
            Some(Target {
                path: within(stanza, &format!("{}.hs", shortest.replace('.', "/")))?,
                kind: Entry::Library,
                name: Some(shortest.clone()),
                evidence: format!("{path} names it among the modules that others may import"),
            })
        });

    executables.chain(libraries).collect()
}

/// `add_executable(name a.cpp b.cpp)`, `executable('name', 'a.c')`.
fn cmake(path: &str, folder: &str, text: &str, tree: &Tree<'_>) -> Vec<Target> {
    static CALL: LazyLock<Option<Regex>> = LazyLock::new(|| {
        crate::pattern::compile(r"(?is)\b(?:add_executable|executable)\s*\(\s*([^)]*)\)").ok()
    });

    let mut found = Vec::new();
    for call in CALL.iter().flat_map(|pattern| pattern.captures_iter(text)) {
        let words: Vec<&str> = call[1]
            .split(|c: char| c.is_whitespace() || c == ',')
            .map(|word| word.trim_matches(['"', '\'']))
            .filter(|word| !word.is_empty())
            .collect();
        let Some((name, sources)) = words.split_first() else {
            continue;
        };

        let paths = sources.iter().map(|source| {
            let source = source
                .replace("${CMAKE_CURRENT_SOURCE_DIR}/", "")
                .replace("${PROJECT_SOURCE_DIR}/", "")
                .replace("${CMAKE_SOURCE_DIR}/", "");
            join(folder, &source)
        });
        let sources: Vec<String> = paths.filter(|path| tree.has(path)).collect();
        let start = sources
            .iter()
            .find(|path| tree.has_main(path))
            .or_else(|| sources.first());
        if let Some(start) = start {
            found.push(Target {
                path: start.clone(),
                kind: Entry::Program,
                name: (!name.contains('$')).then(|| (*name).to_owned()),
                evidence: format!("{path} builds a program from it"),
            });
        }
    }

    found
}

/// Rules whose objects or sources have a `main`; those that the first rule asks for come first.
fn make(path: &str, folder: &str, text: &str, tree: &Tree<'_>) -> Vec<Target> {
    let joined = text.replace("\\\n", " ");
    let mut values: HashMap<String, String> = HashMap::new();
    for line in joined.lines().filter(|line| !line.starts_with('\t')) {
        let assigned = line.split_once('=').filter(|(name, _)| {
            let name = name.trim().trim_end_matches([':', '?', '+', '!']).trim();
            !name.is_empty() && name.chars().all(|c| c.is_alphanumeric() || "_.-".contains(c))
        });
        if let Some((name, value)) = assigned {
            let adds = name.trim().ends_with('+');
            let name = name
                .trim()
                .trim_end_matches([':', '?', '+', '!'])
                .trim()
                .to_owned();
            let value = value.split('#').next().unwrap_or_default().trim().to_owned();
            let known = values.entry(name).or_default();
            if adds {
                known.push(' ');
                known.push_str(&value);
            } else if known.is_empty() {
                *known = value;
            }
        }
    }

    let rules: Vec<(String, String)> = joined
        .lines()
        .filter(|line| !line.starts_with(['\t', ' ', '#', '.']) && !line.contains('='))
        .filter_map(|line| line.split_once(':'))
        .map(|(targets, needs)| (expand(targets, &values), expand(needs, &values)))
        .collect();
    let wanted = rules
        .first()
        .map(|(first, needs)| format!("{first} {needs}"))
        .unwrap_or_default();

    let mut found: Vec<(usize, Target)> = Vec::new();
    for (targets, needs) in &rules {
        for name in targets
            .split_whitespace()
            .filter(|name| !name.contains('%') && !name.ends_with(".o"))
        {
            let sources = needs.split_whitespace().chain([name]).flat_map(|need| {
                let stem = need.rsplit_once('.').map_or(need, |(stem, _)| stem);
                ["c", "cc", "cpp", "cxx"].map(|extension| {
                    [
                        join(folder, &format!("{stem}.{extension}")),
                        join(folder, &format!("src/{stem}.{extension}")),
                    ]
                })
            });
            let Some(start) = sources.flatten().find(|source| tree.has_main(source)) else {
                continue;
            };
            let place = wanted
                .split_whitespace()
                .position(|want| want == name)
                .unwrap_or(usize::MAX);
            if found.iter().all(|(_, target)| target.path != start) {
                found.push((
                    place,
                    Target {
                        path: start,
                        kind: Entry::Program,
                        name: Some(name.rsplit('/').next().unwrap_or(name).to_owned()),
                        evidence: format!("{path} builds a program from it"),
                    },
                ));
            }
        }
    }
    found.sort_by_key(|(place, _)| *place);

    found.into_iter().map(|(_, target)| target).collect()
}

/// A text with its `$(NAME)` replaced, a few levels deep.
fn expand(text: &str, values: &HashMap<String, String>) -> String {
    static VARIABLE: LazyLock<Option<Regex>> =
        LazyLock::new(|| crate::pattern::compile(r"\$[({]([\w.-]+)(?::[^)}]*)?[)}]").ok());

    let mut text = text.to_owned();
    for _ in 0..4 {
        let Some(pattern) = VARIABLE.as_ref().filter(|pattern| pattern.is_match(&text)) else {
            break;
        };
        text = pattern
            .replace_all(&text, |groups: &regex::Captures<'_>| {
                values.get(&groups[1]).cloned().unwrap_or_default()
            })
            .into_owned();
        if text.len() > 20_000 {
            break;
        }
    }

    text
}

/// `"start": "node server.js"`.
fn npm(path: &str, folder: &str, text: &str, tree: &Tree<'_>) -> Vec<Target> {
    let Ok(root) = serde_json::from_str::<serde_json::Value>(text) else {
        return Vec::new();
    };
    let script = |key: &str| {
        root["scripts"][key]
            .as_str()
            .map(|command| (key.to_owned(), command.to_owned()))
    };

    ["start", "serve", "dev"]
        .into_iter()
        .filter_map(script)
        .filter_map(|(key, command)| {
            let runs = ["node", "nodemon", "ts-node", "tsx", "bun", "deno", "electron"]
                .iter()
                .any(|program| command.split_whitespace().any(|word| word == *program));
            let word = command
                .split_whitespace()
                .filter(|word| !word.starts_with('-'))
                .find_map(|word| tree.first([join(folder, word), join(folder, &format!("{word}.js"))]))?;
            runs.then(|| Target {
                path: word,
                kind: Entry::Program,
                name: root["name"].as_str().map(str::to_owned),
                evidence: format!("the script called {key} in {path} runs it"),
            })
        })
        .take(1)
        .collect()
}

/// `mod: {App.Application, []}` and `escript: [main_module: App.CLI]`.
fn mix(path: &str, folder: &str, text: &str, tree: &Tree<'_>) -> Vec<Target> {
    static MODULE: LazyLock<Option<Regex>> =
        LazyLock::new(|| crate::pattern::compile(r"\b(mod:\s*\{|main_module:)\s*([A-Z][\w.]*)").ok());

    let mut found = Vec::new();
    for groups in MODULE.iter().flat_map(|pattern| pattern.captures_iter(text)) {
        // The supervisor of a library starts nothing by itself; a web application's does.
        let serves = [":phoenix", ":plug_cowboy", ":bandit"]
            .iter()
            .any(|name| text.contains(&format!("{{{name},")));
        let runs = groups[1].starts_with("main_module");
        if !runs && !serves {
            continue;
        }

        let file: Vec<String> = groups[2].split('.').map(snake).collect();
        let Some(start) = tree.first([join(folder, &format!("lib/{}.ex", file.join("/")))]) else {
            continue;
        };
        found.push(Target {
            path: start,
            kind: if runs { Entry::Program } else { Entry::Server },
            name: Some(groups[2].to_owned()),
            evidence: format!("{path} starts it"),
        });
    }

    found
}

/// `HttpServer` is `http_server`.
fn snake(name: &str) -> String {
    crate::analysis::words::words(name).replace(' ', "_")
}

/// `spec.executables = ["name"]` with `exe/name` or `bin/name`.
fn gemspec(path: &str, folder: &str, text: &str, tree: &Tree<'_>) -> Vec<Target> {
    static LISTED: LazyLock<Option<Regex>> =
        LazyLock::new(|| crate::pattern::compile(r"\.executables?\s*=\s*([^\n]*)").ok());

    let line = LISTED.as_ref().and_then(|pattern| pattern.captures(text));
    let Some(line) = line else { return Vec::new() };
    let names = line[1]
        .split(|c: char| !(c.is_alphanumeric() || "_-.".contains(c)))
        .filter(|name| !name.is_empty());

    names
        .filter_map(|name| {
            let start = tree.first([
                join(folder, &format!("exe/{name}")),
                join(folder, &format!("bin/{name}")),
            ])?;
            Some(Target {
                path: start,
                kind: Entry::Program,
                name: Some(name.to_owned()),
                evidence: format!("{path} installs it as a command"),
            })
        })
        .collect()
}

/// The file of the repository that the last `ENTRYPOINT` or `CMD` names.
fn docker(path: &str, folder: &str, text: &str, tree: &Tree<'_>) -> Vec<Target> {
    let joined = text.replace("\\\n", " ");
    let started = joined.lines().rev().find_map(|line| {
        let (word, rest) = line.trim().split_once(char::is_whitespace)?;
        let starts = word.eq_ignore_ascii_case("CMD") || word.eq_ignore_ascii_case("ENTRYPOINT");
        let mut words = rest.split(|c: char| c.is_whitespace() || "[],\"'".contains(c));
        let file = words.find_map(|word| {
            let word = word.trim_start_matches("./");
            let inside = word
                .trim_start_matches('/')
                .split_once('/')
                .map_or(word, |(_, rest)| rest);
            let code = word.contains('.');
            code.then(|| {
                tree.first([
                    join(folder, word),
                    word.to_owned(),
                    join(folder, inside),
                    inside.to_owned(),
                ])
            })?
        });
        starts.then_some(file)?
    });

    let target = started.map(|start| Target {
        path: start,
        kind: Entry::Program,
        name: None,
        evidence: format!("{path} starts the container with it"),
    });
    target.into_iter().collect()
}
