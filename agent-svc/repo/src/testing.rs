//! For tests: repositories built in memory ([`Fixture`]), repositories that are made up file by file, and a check of
//! stories against them; and analyses made by hand: a rich repository, a small one, an empty one, invented, and complete
//! in every field.

mod claims;
mod explained;
mod fixture;
mod gallery;
pub mod kinds;
mod made_up;
pub mod pack;

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};

use crate::analysis::Analysis;
use crate::analysis::model::*;
use crate::narration::Pace;

pub use claims::{Ground, slips};
pub use fixture::Fixture;
pub use gallery::gallery;
pub use made_up::{MadeUp, analysis_of};

/// Four narrators, the last two of whom are quick.
pub const PACES: [Pace; 4] = [
    pace_of(0.0538, 0.705),
    pace_of(0.0571, 0.715),
    pace_of(0.0468, 0.640),
    pace_of(0.0491, 0.610),
];

const fn pace_of(seconds_per_char: f64, seconds_per_mark: f64) -> Pace {
    Pace {
        seconds_per_char,
        seconds_per_mark,
        seconds_per_sentence: 0.33,
        seconds_per_paragraph: 0.37,
    }
}

fn at(text: &str) -> DateTime<Utc> {
    text.parse().expect("a date")
}

fn text(words: &str) -> Option<String> {
    Some(words.to_owned())
}

/// A repository with nothing in it.
pub fn empty() -> Analysis {
    Analysis {
        version: VERSION,
        repo: Repo {
            host: "example.org".to_owned(),
            owner: "someone".to_owned(),
            name: "void".to_owned(),
            url: "https://example.org/someone/void".to_owned(),
            commit: "0".repeat(40),
            committed_at: at("2024-03-01T10:00:00Z"),
            default_branch: text("main"),
            description: None,
        },
        github: None,
        kind: ProjectKind::Opaque,
        kind_evidence: vec![],
        files_analyzed: 0,
        files_total: 0,
        bytes_analyzed: 0,
        files_skipped: vec![],
        notes: vec![],
        redactions: BTreeMap::new(),
        totals: LineCounts::default(),
        languages: vec![],
        main_language: None,
        formats: vec![],
        tree: vec![],
        readme: None,
        manifests: vec![],
        dependencies: vec![],
        tech_stack: vec![],
        entry_points: vec![],
        modules: vec![],
        definitions: vec![],
        definition_counts: vec![],
        public_names: vec![],
        routes: vec![],
        key_files: vec![],
        largest_files: vec![],
        todos: TodoCounts::default(),
        tests: Tests::default(),
        architecture_patterns: vec![],
        complexity: Complexity {
            score: 0.0,
            parts: vec![],
        },
        licence: None,
        history: None,
        ci: vec![],
        containers: vec![],
        docs: vec![],
        configuration: vec![],
        environment_variables: vec![],
        suggested_chapters: vec![],
        explained: Explained::default(),
    }
}

/// One script without a word of documentation.
pub fn tiny() -> Analysis {
    let mut analysis = empty();
    analysis.repo.name = "my_odd-Name".to_owned();
    analysis.kind = ProjectKind::Code;
    analysis.files_total = 2;
    analysis.files_analyzed = 2;
    analysis.totals = LineCounts {
        files: 1,
        code: 1,
        comments: 0,
        blanks: 3,
    };

    analysis.languages = vec![Language {
        name: "Python".to_owned(),
        files: 1,
        code: 1,
        comments: 0,
        blanks: 3,
        share: 1.0,
    }];

    analysis.tree = vec![TreeEntry {
        path: "run.py".to_owned(),
        directory: false,
        files: 1,
        code_lines: 1,
    }];

    analysis.entry_points = vec![EntryPoint {
        path: "run.py".to_owned(),
        kind: EntryPointKind::Script,
        name: None,
        evidence: "It is the only script".to_owned(),
    }];
    analysis.history = Some(history(1, 1));

    analysis
}

fn history(commits: u64, people: u64) -> History {
    History {
        commits,
        capped: false,
        first_at: at("2020-02-11T09:00:00Z"),
        last_at: at("2024-03-01T10:00:00Z"),
        contributors_count: people,
        contributors: ["Ada Hill", "Ben Okoro", "Chen Li", "Dana Weiss", "Emil Sand"]
            .iter()
            .take(people.min(5) as usize)
            .enumerate()
            .map(|(i, name)| Contributor {
                name: (*name).to_owned(),
                commits: (commits / 2) >> i,
            })
            .collect(),
        bot_commits: 0,
        merge_commits: 40,
        pace: vec![MonthlyPace {
            month: "2024-02".to_owned(),
            commits: commits.min(31),
        }],
        years: vec![
            YearlyPace {
                year: 2020,
                commits: commits / 3,
            },
            YearlyPace {
                year: 2021,
                commits: commits / 2,
            },
        ],
        busiest_files: vec![
            BusyFile {
                path: "src/queue/lease.rs".to_owned(),
                changes: 17,
            },
            BusyFile {
                path: "src/door/server.rs".to_owned(),
                changes: 9,
            },
        ],
        recent_commits_compared: 200,
        recent_subjects: vec![
            "Keep the lease alive while a job runs".to_owned(),
            "fix: close the door before the stores (#412)".to_owned(),
            "Say which key was missing".to_owned(),
        ],
        first_subject: text("Start with an empty queue"),
        tags: vec![Tag {
            name: "v1.4.0".to_owned(),
            at: Some(at("2024-01-10T00:00:00Z")),
        }],
        tags_count: 14,
    }
}

/// Module name, its purpose, and nouns for its definitions.
type Part = (&'static str, &'static str, ModuleRole, [&'static str; 6]);

#[rustfmt::skip]
const PARTS: [Part; 14] = [
    (
        "door",
        "The HTTP server that lets jobs in and hands results out.",
        ModuleRole::Api,
        ["session", "listener", "guest list", "greeting", "doormat", "bell"],
    ),
    (
        "queue",
        "Keeps jobs in order until a worker is free.",
        ModuleRole::Domain,
        ["lease", "ticket", "backlog", "turnstile", "shelf", "priority"],
    ),
    (
        "worker",
        "Runs one job at a time and reports how it ended.",
        ModuleRole::Domain,
        ["shift", "bench", "apron", "toolbox", "helper", "report"],
    ),
    (
        "store",
        "Storage for jobs, results and schedules.",
        ModuleRole::Data,
        ["ledger", "row", "snapshot", "index", "journal", "vault"],
    ),
    (
        "clock",
        "This module decides when a repeated job is due.",
        ModuleRole::Domain,
        ["tick", "calendar", "alarm", "interval", "season", "deadline"],
    ),
    (
        "retry",
        "Decides whether a failed job may try again.",
        ModuleRole::Domain,
        ["attempt", "backoff", "excuse", "jitter", "verdict", "limit"],
    ),
    (
        "wire",
        "Encoding and decoding of messages.",
        ModuleRole::Shared,
        ["frame", "envelope", "stamp", "header", "codec", "checksum"],
    ),
    (
        "config",
        "Reads settings from files and the environment.",
        ModuleRole::Configuration,
        ["layer", "secret", "default", "profile", "override", "schema"],
    ),
    (
        "metrics",
        "Counts what happens and exposes the numbers.",
        ModuleRole::Shared,
        ["counter", "gauge", "histogram", "label", "scrape", "registry"],
    ),
    (
        "cli",
        "The commands that people type.",
        ModuleRole::CommandLine,
        ["command", "flag", "prompt", "table", "colour", "help page"],
    ),
    (
        "auth",
        "Checks who is asking.",
        ModuleRole::Api,
        ["token", "issuer", "scope", "key ring", "claim", "grant"],
    ),
    (
        "errors",
        "",
        ModuleRole::Shared,
        ["cause", "kind", "chain", "message", "hint", "trace"],
    ),
    (
        "events",
        "Tells other programs what has changed.",
        ModuleRole::Api,
        ["topic", "subscriber", "outbox", "echo", "replay", "cursor"],
    ),
    (
        "tests",
        "Tests of the whole through its public door.",
        ModuleRole::Tests,
        ["harness", "fake clock", "scenario", "probe", "witness", "oracle"],
    ),
];

const DOES: [&str; 6] = [
    "Holds the {noun} that the {part} part works on.",
    "Create a {noun} from what the caller gave.",
    "A {noun} that cannot be changed once it exists.",
    "Returns the next {noun}, or nothing when there is none left.",
    "Compares one {noun} with another and says which comes first.",
    "Error for a {noun} that was refused.",
];

fn definition(part: &Part, index: usize) -> Definition {
    let noun = part.3[index];
    let kinds = [
        DefinitionKind::Struct,
        DefinitionKind::Function,
        DefinitionKind::Struct,
        DefinitionKind::Function,
        DefinitionKind::Trait,
        DefinitionKind::Enum,
    ];

    Definition {
        name: noun.replace(' ', "_"),
        words: if index == 1 {
            format!("make {noun}")
        } else {
            noun.to_owned()
        },
        kind: kinds[index],
        parent: None,
        path: format!("src/{}/{}.rs", part.0, noun.replace(' ', "_")),
        line: 10,
        lines: 20,
        doc: Some(
            DOES[(index + part.0.len()) % 6]
                .replace("{noun}", noun)
                .replace("{part}", part.0),
        ),
        public: index != 4,
        parameters: Some(1),
        is_async: index == 3,
    }
}

fn module(place: usize, part: &Part) -> Module {
    let neighbour = |step: usize| format!("src/{}", PARTS[(place + step) % PARTS.len()].0);

    Module {
        path: format!("src/{}", part.0),
        name: part.0.to_owned(),
        words: part.0.to_owned(),
        role: part.2,
        purpose: (!part.1.is_empty()).then(|| part.1.to_owned()),
        purpose_source: None,
        files: 3 + place as u64,
        code_lines: 2_400 - 137 * place as u64,
        languages: vec!["Rust".to_owned()],
        definitions_count: 40 - place as u64,
        public_definitions_count: 21 - place as u64,
        key_files: vec![
            format!("src/{}/{}.rs", part.0, part.3[0].replace(' ', "_")),
            format!("src/{}.rs", part.0),
        ],
        main_definitions: part.3.iter().take(4).map(|noun| noun.replace(' ', "_")).collect(),
        depends_on: vec![neighbour(1), neighbour(3)],
        used_by_count: (place % 5) as u64,
    }
}

fn dependency(name: &str, purpose: &str, category: DependencyCategory, scope: DependencyScope) -> Dependency {
    Dependency {
        name: name.to_owned(),
        version: text("1"),
        ecosystem: "Cargo".to_owned(),
        manifest: "Cargo.toml".to_owned(),
        manifests_count: 1,
        scope,
        internal: false,
        category: Some(category),
        purpose: (!purpose.is_empty()).then(|| purpose.to_owned()),
        spoken: None,
    }
}

fn dependencies() -> Vec<Dependency> {
    use DependencyCategory as C;
    use DependencyScope::{Dev, Runtime};

    vec![
        dependency(
            "tokio",
            "An asynchronous runtime: it runs tasks, timers and network input and output.",
            C::AsyncRuntime,
            Runtime,
        ),
        dependency(
            "axum",
            "A web framework: it maps requests to typed functions.",
            C::WebFramework,
            Runtime,
        ),
        dependency(
            "serde",
            "A serialisation framework: it turns values into bytes and back.",
            C::Serialisation,
            Runtime,
        ),
        dependency("serde_json", "JSON for serde.", C::Serialisation, Runtime),
        dependency(
            "sqlx",
            "A database library: it checks queries and keeps connections open.",
            C::Database,
            Runtime,
        ),
        dependency(
            "tracing",
            "Structured logging: it records what happens, and where.",
            C::Logging,
            Runtime,
        ),
        dependency("clap", "A parser of command lines.", C::CommandLine, Runtime),
        dependency(
            "thiserror",
            "Error types without repetition.",
            C::ErrorHandling,
            Runtime,
        ),
        dependency("rand", "Random numbers.", C::Utility, Runtime),
        dependency("proptest", "", C::Testing, Dev),
        dependency("tempfile", "", C::Testing, Dev),
    ]
}

/// A service of fourteen modules with everything that an analysis can know.
pub fn rich() -> Analysis {
    let mut analysis = empty();
    analysis.repo.name = "night-shift".to_owned();
    analysis.repo.description = text("A small job server that keeps its promises.");
    analysis.kind = ProjectKind::Service;
    analysis.files_total = 260;
    analysis.files_analyzed = 231;
    analysis.totals = LineCounts {
        files: 210,
        code: 24_310,
        comments: 3_900,
        blanks: 4_000,
    };

    analysis.files_skipped = vec![SkippedFiles {
        reason: SkipReason::Binary,
        files: 12,
        examples: vec!["logo.png".to_owned()],
    }];

    let language = |name: &str, code, share| Language {
        name: name.to_owned(),
        files: 9,
        code,
        comments: 1,
        blanks: 1,
        share,
    };

    analysis.languages = vec![
        language("Rust", 20_000, 0.86),
        language("Python", 2_300, 0.1),
        language("Shell", 900, 0.04),
    ];
    analysis.formats = vec![
        language("TOML", 300, 0.5),
        language("YAML", 200, 0.4),
        language("Markdown", 90, 0.1),
    ];
    analysis.tree = ["src", "tests", "docs", "scripts", "deploy"]
        .iter()
        .enumerate()
        .map(|(i, name)| TreeEntry {
            path: (*name).to_owned(),
            directory: true,
            files: 90 >> i,
            code_lines: 18_000 >> (2 * i),
        })
        .collect();

    analysis.readme = Some(Readme {
        path: "README.md".to_owned(),
        title: text("night-shift"),
        paragraphs: vec![
            "A job that was accepted is never forgotten, even when the machine loses its power in the middle. \
             It can be asked at any time how far it has come."
                .to_owned(),
            "The server needs no other program beside it, because it keeps everything in one file. \
             You can still give it a real database when one machine is no longer enough. \
             Workers may run on other machines and come and go as they like."
                .to_owned(),
        ],
        headings: vec!["Install".to_owned()],
        highlights: vec!["Jobs that survive a crash".to_owned(), "A schedule with seconds".to_owned(), "One binary".to_owned()],
        ..Readme::default()
    });

    analysis.manifests = vec![Manifest {
        path: "Cargo.toml".to_owned(),
        ecosystem: "Cargo".to_owned(),
        name: text("night-shift"),
        ..Manifest::default()
    }];
    analysis.dependencies = dependencies();
    analysis.entry_points = vec![
        EntryPoint {
            path: "src/main.rs".to_owned(),
            kind: EntryPointKind::Server,
            name: text("night-shift"),
            evidence: "Cargo.toml names it as a binary".to_owned(),
        },
        EntryPoint {
            path: "src/lib.rs".to_owned(),
            kind: EntryPointKind::Library,
            name: text("night-shift"),
            evidence: "it is the root of the library".to_owned(),
        },
    ];

    analysis.modules = PARTS
        .iter()
        .enumerate()
        .map(|(place, part)| module(place, part))
        .collect();
    analysis.definitions = (0..6)
        .flat_map(|index| PARTS.iter().map(move |part| definition(part, index)))
        .collect();
    let exported = |name: &str, path: &str| PublicName {
        name: name.to_owned(),
        path: text(path),
        source: "src/lib.rs".to_owned(),
    };
    analysis.public_names = vec![
        exported("session", "src/door/session.rs"),
        exported("lease", "src/queue/lease.rs"),
        exported("shift", "src/worker/shift.rs"),
        exported("ledger", "src/store/ledger.rs"),
    ];
    finish(&mut analysis);

    analysis.explained = explained::explained();

    analysis
}

fn finish(analysis: &mut Analysis) {
    analysis.definition_counts = vec![
        DefinitionCount {
            kind: DefinitionKind::Function,
            count: 611,
            public: 240,
            documented: 130,
        },
        DefinitionCount {
            kind: DefinitionKind::Struct,
            count: 142,
            public: 90,
            documented: 71,
        },
        DefinitionCount {
            kind: DefinitionKind::Enum,
            count: 38,
            public: 20,
            documented: 20,
        },
    ];

    let route = |method: &str, path: &str, handler: &str| Route {
        method: method.to_owned(),
        path: path.to_owned(),
        handler: text(handler),
        file: "src/door/server.rs".to_owned(),
        line: 3,
    };

    analysis.routes = vec![
        route("POST", "/jobs", "create_job"),
        route("GET", "/jobs/{id}", "show_job"),
        route("DELETE", "/jobs/{id}", "cancelJob"),
    ];

    let key = |path: &str, why: &str| KeyFile {
        path: path.to_owned(),
        why: why.to_owned(),
        language: text("Rust"),
        lines: 120,
        excerpt: "fn main() {}\n".to_owned(),
        excerpt_line: 1,
        truncated: true,
    };

    analysis.key_files = vec![
        key("src/main.rs", "The program starts here."),
        key(
            "src/queue/lease.rs",
            "It holds the rule that a job has one worker.",
        ),
        key("src/door/session.rs", "Every request passes through it."),
        key("src/store/ledger.rs", "All writes end here."),
    ];

    analysis.largest_files = vec![LargestFile {
        path: "src/store/ledger.rs".to_owned(),
        language: "Rust".to_owned(),
        code_lines: 912,
        bytes: 30_000,
    }];

    analysis.todos = TodoCounts {
        todo: 14,
        fixme: 2,
        hack: 0,
        busiest_files: vec![],
    };

    let example = |sentence: &str| TestExample {
        sentence: sentence.to_owned(),
        path: "tests/scenario.rs".to_owned(),
    };
    analysis.tests = Tests {
        files: 31,
        count: 402,
        frameworks: vec!["the built-in test harness".to_owned(), "proptest".to_owned()],
        code_lines: 8_100,
        examples: vec![
            example("A job survives a crash of its worker"),
            example("Two workers never hold the same lease"),
            example("A late answer is refused"),
            example("The schedule skips a missing day"),
        ],
        places: vec![],
    };
    surround(analysis);
}

fn surround(analysis: &mut Analysis) {
    analysis.architecture_patterns = vec![ArchitecturePattern {
        name: "Layered architecture".to_owned(),
        meaning: "The door knows the rules, and the rules know the store, but never the other way round"
            .to_owned(),
        evidence: vec!["src/door".to_owned(), "src/store".to_owned()],
    }];

    analysis.complexity = Complexity {
        score: 0.55,
        parts: vec![ComplexityPart {
            name: "size".to_owned(),
            value: 0.6,
            weight: 0.5,
            fact: "24,310 lines of code".to_owned(),
        }],
    };

    analysis.licence = Some(Licence {
        spdx: "MIT OR Apache-2.0".to_owned(),
        evidence: vec!["LICENSE".to_owned()],
        other: None,
    });
    analysis.history = Some(history(1_830, 23));
    analysis.ci = vec![CiPipeline {
        system: "GitHub Actions".to_owned(),
        path: ".github/workflows/ci.yml".to_owned(),
        name: None,
    }];
    analysis.containers = vec![Container {
        path: "deploy/Dockerfile".to_owned(),
        kind: ContainerKind::Dockerfile,
        images: vec!["debian".to_owned()],
        services: vec![],
    }];

    analysis.docs = vec![DocFile {
        path: "docs/operations.md".to_owned(),
        title: text("Operations"),
        summary: text("Explains how to run the server in production, and what to watch."),
    }];
    analysis.configuration = vec![ConfigFile {
        path: "deploy/saga.toml".to_owned(),
        what: "the server itself".to_owned(),
    }];
    analysis.environment_variables = vec!["A".to_owned(), "B".to_owned(), "C".to_owned()];
}
