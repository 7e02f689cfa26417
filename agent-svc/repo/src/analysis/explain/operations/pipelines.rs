//! What a pipeline runs and when, what an image starts, which services stand together, which commands have a name.

use super::operation;
use crate::analysis::{
    explain::callpath::calls::is_program_line,
    model::{Operation, OperationKind},
};

const MOST_COMMANDS: usize = 5;
const MOST_NAMES: usize = 9;

/// Whether a path is that of a pipeline which checks what is pushed.
pub(super) fn is_pipeline(path: &str) -> bool {
    let yaml = path.ends_with(".yml") || path.ends_with(".yaml");

    path.starts_with(".github/workflows/") && yaml
        || matches!(
            path,
            ".gitlab-ci.yml" | ".travis.yml" | ".circleci/config.yml" | "azure-pipelines.yml" | ".cirrus.yml"
        )
}

/// The commands of a pipeline that build, test or check, with the events that start it.
pub(super) fn checks(path: &str, text: &str) -> Vec<Operation> {
    let lines: Vec<&str> = text.lines().collect();
    let mut commands: Vec<String> = Vec::new();
    let mut first = None;
    let mut block: Option<usize> = None;
    let mut script = false;
    for (row, line) in lines.iter().enumerate() {
        let depth = line.len() - line.trim_start().len();
        let trimmed = line.trim();
        if let Some(opened) = block {
            if depth > opened || trimmed.is_empty() {
                take(trimmed, &mut commands, &mut first, row);
                continue;
            }
            block = None;
        }

        let bare = trimmed.trim_start_matches("- ");
        if let Some(run) = bare
            .strip_prefix("run:")
            .or_else(|| bare.strip_prefix("command:"))
        {
            let run = run.trim();
            if matches!(run, "|" | ">" | "|-" | ">-" | "") {
                block = Some(depth);
            } else {
                take(run.trim_matches(['"', '\'']), &mut commands, &mut first, row);
            }
        } else if let Some(rest) = bare.strip_prefix("script:") {
            // Travis and GitLab list theirs.
            script = true;
            take(
                rest.trim().trim_matches(['"', '\'']),
                &mut commands,
                &mut first,
                row,
            );
        } else if script && trimmed.starts_with("- ") {
            take(bare.trim_matches(['"', '\'']), &mut commands, &mut first, row);
        } else if !trimmed.is_empty() {
            script = false;
        }
    }
    let Some(first) = first else { return Vec::new() };

    vec![operation(
        path,
        first,
        OperationKind::Checks,
        &events(path, &lines),
        commands,
    )]
}

/// A command that says what is checked; setting up and fetching say nothing.
fn take(line: &str, commands: &mut Vec<String>, first: &mut Option<usize>, row: usize) {
    const CHECKING: [&str; 22] = [
        "test",
        "check",
        "lint",
        "clippy",
        "fmt",
        "build",
        "pytest",
        "tox",
        "vet",
        "mypy",
        "flake8",
        "ruff",
        "rspec",
        "rake",
        "phpunit",
        "molecule",
        "validate",
        "typecheck",
        "e2e",
        "nextest",
        "cover",
        "shellcheck",
    ];
    let line = line.trim().trim_end_matches('\\').trim();
    let plain = !line.contains(['$', '{', '|', '<', '>', '`', ';', '"', '\'', '=', '(', '*', '#'])
        && !line.contains("&&")
        && !line.contains("install")
        && line.len() < 70;
    let checks = line
        .split([' ', ':', '-', '/'])
        .any(|word| CHECKING.contains(&word.to_ascii_lowercase().as_str()));
    let known = commands.iter().any(|known| known == line);

    if plain && checks && is_program_line(line) && !known && commands.len() < MOST_COMMANDS {
        commands.push(line.to_owned());
        first.get_or_insert(row);
    }
}

/// What starts a workflow of GitHub: "pushes and pull requests"; empty elsewhere.
fn events(path: &str, lines: &[&str]) -> String {
    if !path.starts_with(".github/") {
        return String::new();
    }
    const KNOWN: [(&str, &str); 4] = [
        ("push", "pushes"),
        ("pull_request", "pull requests"),
        ("release", "releases"),
        ("schedule", "a schedule"),
    ];
    let Some(at) = lines
        .iter()
        .position(|line| matches!(line.split(':').next(), Some("on" | "\"on\"" | "'on'")))
    else {
        return String::new();
    };
    let inline = lines[at].split_once(':').map_or("", |(_, rest)| rest);
    let below = lines[at + 1..]
        .iter()
        .take_while(|line| line.starts_with([' ', '#']) || line.trim().is_empty());
    let depth = |line: &str| line.len() - line.trim_start().len();
    let outermost = below
        .clone()
        .filter(|line| !line.trim().is_empty() && !line.trim_start().starts_with('#'))
        .map(|line| depth(line))
        .min()
        .unwrap_or(0);
    let names: Vec<&str> = inline
        .split([',', '[', ']', ' '])
        .chain(
            below
                .filter(|line| depth(line) == outermost)
                .map(|line| line.trim().trim_start_matches("- ").trim_end_matches(':')),
        )
        .map(|name| name.split(':').next().unwrap_or_default().trim())
        .collect();
    let said: Vec<&str> = KNOWN
        .iter()
        .filter(|(event, _)| names.contains(event))
        .map(|(_, said)| *said)
        .collect();

    said.join(" and ")
}

/// The last base of an image that is no stage of its own, and the command that it starts.
pub(super) fn image(path: &str, text: &str) -> Vec<Operation> {
    if path.matches('/').count() > 2 {
        return Vec::new();
    }
    let mut stages: Vec<String> = Vec::new();
    let mut base: Option<(usize, String)> = None;
    let mut starts: Vec<String> = Vec::new();
    for (row, line) in text.lines().enumerate() {
        let words: Vec<&str> = line.split_whitespace().collect();
        let Some(first) = words.first().map(|word| word.to_ascii_uppercase()) else {
            continue;
        };
        match first.as_str() {
            "FROM" => {
                let named = words.iter().skip(1).find(|word| !word.starts_with("--"));
                // `debian:${VERSION}` is Debian, and what is wholly a variable is not known.
                let known = named.map(|named| named.split('$').next().unwrap_or_default());
                let known = known.map(|known| known.trim_end_matches([':', '-', '/', '@']));
                if let Some(known) = known.filter(|known| !stages.iter().any(|stage| stage == known)) {
                    base = Some((row, known.to_owned())).filter(|_| !known.is_empty());
                }
                if let [.., before, stage] = words.as_slice()
                    && before.eq_ignore_ascii_case("as")
                {
                    stages.push((*stage).to_owned());
                }
                starts.clear();
            }
            "CMD" | "ENTRYPOINT" => starts.extend(started(line)),
            _ => {}
        }
    }
    let Some((row, base)) = base.filter(|(_, base)| base != "scratch") else {
        return Vec::new();
    };

    vec![operation(path, row, OperationKind::Image, &base, starts)]
}

/// `CMD ["npm", "start"]` and `CMD npm start` start `npm start`.
fn started(line: &str) -> Option<String> {
    let (_, rest) = line.trim().split_once(char::is_whitespace)?;
    let rest = rest.trim();
    let words: Vec<&str> = match rest.strip_prefix('[') {
        Some(list) => list
            .trim_end_matches(']')
            .split(',')
            .map(|word| word.trim().trim_matches('"'))
            .collect(),
        None => rest.split_whitespace().collect(),
    };
    let said = words.join(" ");
    let plain = said.len() < 70
        && said
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || " -_./:".contains(c));

    (plain && !said.is_empty()).then_some(said)
}

/// The services of a compose file, with their images where they are others' work.
pub(super) fn services(path: &str, text: &str) -> Vec<Operation> {
    if path.matches('/').count() > 1 {
        return Vec::new();
    }
    let mut names: Vec<String> = Vec::new();
    let mut first = 0;
    let mut own = 0;
    let mut inside = false;
    for (row, line) in text.lines().enumerate() {
        let depth = line.len() - line.trim_start().len();
        let trimmed = line.trim();
        if trimmed.is_empty() || trimmed.starts_with('#') {
            continue;
        }
        if depth == 0 {
            inside = trimmed == "services:";
            own = 0;
            continue;
        }
        if !inside {
            continue;
        }
        if own == 0 {
            (own, first) = (depth, row);
        }
        if depth == own
            && let Some(name) = trimmed.strip_suffix(':')
            && names.len() < MOST_NAMES
        {
            names.push(name.trim_matches(['"', '\'']).to_owned());
        }
    }
    if names.len() < 2 {
        return Vec::new();
    }

    vec![operation(path, first, OperationKind::Services, "", names)]
}

/// The versions that a module of Terraform asks for.
pub(super) fn needs(path: &str, text: &str) -> Vec<Operation> {
    let newer = |line: &str| -> Option<String> {
        let value = line.split_once('=')?.1.trim().trim_matches('"');
        let version = value.trim_start_matches([' ', '>', '=', '~']);
        let open = value.starts_with(">=") || value.starts_with("~>");
        let plain = version.starts_with(|c: char| c.is_ascii_digit())
            && version.chars().all(|c| c.is_ascii_digit() || c == '.');

        (open && plain).then(|| version.to_owned())
    };
    let mut words: Vec<String> = Vec::new();
    let mut first = None;
    let mut provider: Option<&str> = None;
    for (row, line) in text.lines().enumerate() {
        let trimmed = line.trim();
        let needed = if trimmed.starts_with("required_version") {
            newer(trimmed).map(|version| format!("Terraform {version} or newer"))
        } else if trimmed.starts_with("version") {
            let named = provider.zip(newer(trimmed));
            named.map(|(name, version)| format!("the {name} provider {version} or newer"))
        } else {
            None
        };
        if let Some((name, "{")) = trimmed.split_once(" = ") {
            provider = Some(name.trim());
        }
        if let Some(needed) = needed {
            words.push(needed);
            first.get_or_insert(row);
        }
    }
    let Some(first) = first else { return Vec::new() };

    vec![operation(path, first, OperationKind::Needs, "", words)]
}

/// The targets of the makefile at the root, in their order.
pub(super) fn targets(path: &str, text: &str) -> Vec<Operation> {
    let mut names: Vec<String> = Vec::new();
    let mut first = None;
    for (row, line) in text.lines().enumerate() {
        let Some((name, rest)) = line.split_once(':') else {
            continue;
        };
        let plain = name.len() > 1
            && name.starts_with(|c: char| c.is_ascii_lowercase())
            && name
                .chars()
                .all(|c| c.is_ascii_alphanumeric() || c == '-' || c == '_')
            && !rest.starts_with('=');
        if plain && names.len() < MOST_NAMES && !names.iter().any(|known| known == name) {
            names.push(name.to_owned());
            first.get_or_insert(row);
        }
    }
    let Some(first) = first.filter(|_| names.len() > 1) else {
        return Vec::new();
    };

    vec![operation(path, first, OperationKind::Targets, "", names)]
}

/// The commands that a package of npm gives a name to.
pub(super) fn scripts(path: &str, text: &str) -> Vec<Operation> {
    const KNOWN: [&str; 8] = [
        "start", "dev", "serve", "build", "test", "lint", "deploy", "bench",
    ];
    let Ok(manifest) = serde_json::from_str::<serde_json::Value>(text) else {
        return Vec::new();
    };
    let scripts = manifest.get("scripts").and_then(serde_json::Value::as_object);
    let command = |name: &str| scripts?.get(name)?.as_str().map(str::to_owned);
    let placeholder = |line: &str| line.contains("no test specified");
    let plain = |line: &str| {
        line.len() < 60
            && line
                .chars()
                .all(|c| c.is_ascii_alphanumeric() || " -_./:@=".contains(c))
    };
    let words: Vec<String> = KNOWN
        .iter()
        .filter_map(|name| {
            let line = command(name).filter(|line| plain(line) && !placeholder(line))?;
            Some(format!("{name}: {line}"))
        })
        .collect();
    let row = text
        .lines()
        .position(|line| line.trim_start().starts_with("\"scripts\""));
    let Some(row) = row.filter(|_| !words.is_empty()) else {
        return Vec::new();
    };

    vec![operation(path, row, OperationKind::Scripts, "", words)]
}

#[cfg(test)]
mod tests {
    use super::super::find;
    use super::*;

    fn words(path: &str, text: &str) -> Vec<String> {
        find(path, text, false)
            .into_iter()
            .flat_map(|found| found.words)
            .collect()
    }

    #[test]
    fn a_pipeline_is_told_by_its_events_and_by_what_it_checks() {
        let text = "name: ci\non:\n  push:\n    branches: [main]\n  pull_request:\njobs:\n  a:\n    steps:\n      - uses: actions/checkout@v4\n      - run: npm ci\n      - run: npm test\n      - name: lint\n        run: |\n          echo hi\n          npm run lint\n          npm test\n      - run: npm run build -- --to ${{ matrix.os }}\n";
        let found = find(".github/workflows/test.yml", text, true);
        assert_eq!(found[0].subject, "pushes and pull requests");
        assert_eq!(found[0].words, ["npm test", "npm run lint"]);
        assert_eq!(found[0].line, 11);

        let travis = "language: go\nscript:\n  - go vet ./...\n  - go test ./...\nafter:\n  - make deploy\n";
        assert_eq!(words(".travis.yml", travis), ["go vet ./...", "go test ./..."]);
        assert_eq!(
            events(".github/workflows/a.yml", &["on: [push, release]"]),
            "pushes and releases"
        );
    }

    #[test]
    fn an_image_is_told_by_its_last_base_and_what_it_starts() {
        let text = "FROM golang:1.22 AS build\nRUN go build\nFROM alpine:3.19\nCOPY --from=build /m /m\nCMD [\"/m\", \"serve\"]\n";
        let found = find("Dockerfile", text, false);
        assert_eq!(
            (found[0].subject.as_str(), found[0].words.as_slice()),
            ("alpine:3.19", ["/m serve".to_owned()].as_slice())
        );
        let text = "FROM node:24 AS build\nFROM debian:${VERSION}\nCMD /m\n";
        assert_eq!(image("Dockerfile", text)[0].subject, "debian");
        assert!(image("Dockerfile", "FROM node:24 AS build\nFROM ${BASE}\nCMD /m\n").is_empty());

        let text = "FROM node:20 AS build\nFROM build\nCMD npm start\n";
        assert_eq!(find("Dockerfile", text, false)[0].subject, "node:20");
        assert!(find("examples/a/Dockerfile", text, false).is_empty());
    }

    #[test]
    fn a_module_asks_for_versions() {
        let text = "terraform {\n  required_version = \">= 1.5\"\n  required_providers {\n    aws = {\n      source = \"hashicorp/aws\"\n      version = \">= 6.0\"\n    }\n  }\n}\n";
        assert_eq!(
            words("versions.tf", text),
            ["Terraform 1.5 or newer", "the aws provider 6.0 or newer"]
        );
    }

    #[test]
    fn services_targets_and_scripts_are_named() {
        let text = "version: '3'\nservices:\n  web:\n    build: .\n    depends_on:\n      - db\n  db:\n    image: postgres:16\nvolumes:\n  data:\n";
        assert_eq!(words("docker-compose.yml", text), ["web", "db"]);
        let text = "CC := gcc\n.PHONY: all\nall: mill\nmill.o: mill.c\n\tcc\ntest: all\n\t./test\nclean:\n";
        assert_eq!(words("Makefile", text), ["all", "test", "clean"]);
        let text = "{\n \"scripts\": {\"start\": \"node server.js\", \"test\": \"echo \\\"no test specified\\\" && exit 1\"}\n}";
        assert_eq!(words("package.json", text), ["start: node server.js"]);
    }
}
