//! How to start and what to open first; at the end, the limits of the telling.

use super::told::{Manner, tellable};
use super::{Group, Source, Telling};
use crate::analysis::model::{Material, OperationKind, Passage, PassageRole as Role, Remark};
use crate::author::grammar::{self, prose};
use crate::author::phrase::Kind;
use crate::narration::speakable::{is_program, speakable};

pub(super) fn tell(source: &Source<'_>) -> Vec<Group> {
    let explained = &source.analysis.explained;
    let mut telling = Telling::new("the start", 0.0, 0.3);

    commands(source, &mut telling);

    open_first(source, &mut telling);

    let near = near_enough(&explained.passages);
    for passage in explained
        .passages
        .iter()
        .filter(|passage| passage.role == Role::Start && near(passage))
        .take(5)
    {
        for told in tellable(&passage.sentences, Manner::Advice).into_iter().take(3) {
            telling.tell_from(told.kind, [("says", told.text)], told.sources);
        }
    }

    vec![telling.finish()]
        .into_iter()
        .filter(|group| !group.facts.is_empty())
        .collect()
}

/// Whether a page may say how it is started: the read-me, and where that says nothing of it, a page one folder below.
fn near_enough(passages: &[Passage]) -> impl Fn(&Passage) -> bool {
    let says = |passage: &Passage| !passage.commands.is_empty() || !passage.sentences.is_empty();
    let of_root = passages
        .iter()
        .any(|passage| passage.role == Role::Start && !passage.file.contains('/') && says(passage));

    move |passage| {
        let depth = passage.file.matches('/').count();
        depth == 0 || depth == 1 && !of_root
    }
}

/// How it is started: the commands of the block that does most.
fn commands(source: &Source<'_>, telling: &mut Telling) {
    let explained = &source.analysis.explained;
    let near = &near_enough(&explained.passages);
    let commanded = |role: Role| {
        explained.passages.iter().filter(move |passage| {
            let here = !passage.file.contains('/') || role == Role::Start && near(passage);
            passage.role == role && !passage.commands.is_empty() && here
        })
    };
    let shell = |remark: &&Remark| command(&remark.text).is_some();
    let others = commanded(Role::Usage).chain(commanded(Role::What));
    let blocks: Vec<_> = commanded(Role::Start)
        .chain(others)
        .filter(|passage| passage.commands.iter().filter(shell).count() > 0)
        .collect();

    // What builds and runs it is worth more than what brings in others, and the first of equals is the authors' own.
    let name = source.analysis.repo.name.to_lowercase();
    let worth = |passage: &&&Passage| {
        let commands = || passage.commands.iter().filter_map(|line| command(&line.text));
        let heading = passage.heading.to_lowercase();
        let runs = ["run", "compil", "start", "build", "launch", "usage"];
        i64::from(commands().any(|words| !installs(&words))) * 4
            + i64::from(runs.iter().any(|word| heading.contains(word))) * 2
            + i64::from(passage.role == Role::Start)
            + i64::from(
                ["quick", "getting started"]
                    .iter()
                    .any(|word| heading.contains(word)),
            ) * 6
            + i64::from(commands().any(|words| words.to_lowercase().starts_with(&name))) * 3
    };

    let best = blocks.iter().map(|passage| worth(&passage)).max();
    let block = blocks.iter().find(|passage| Some(worth(passage)) == best);
    if let Some(passage) = block {
        let said: Vec<(String, Remark)> = passage
            .commands
            .iter()
            .filter_map(|remark| Some((command(&remark.text)?, remark.clone())))
            .filter(|(words, _)| explained.material != Material::Library || !runs_an_example(words))
            .take(4)
            .collect();
        let said = one_way(said);
        // That alone starts nothing.
        let said = if said
            .iter()
            .all(|(words, _)| words.starts_with("git clone its address"))
        {
            Vec::new()
        } else {
            said
        };
        let words: Vec<&String> = said.iter().map(|(words, _)| words).collect();
        // Between lines that cannot be said the others are no way from start to end.
        let broken = passage
            .commands
            .iter()
            .any(|line| is_a_line_of_a_shell(&line.text) && command(&line.text).is_none());
        let sources = said.iter().map(|(_, source)| source.clone()).collect();
        let kind = if words.iter().all(|words| installs(words)) {
            Kind::Installed
        } else {
            Kind::Commands
        };
        if !said.is_empty() && broken {
            let named: Vec<String> = said.iter().map(|(words, _)| words.clone()).collect();
            let commands = named.join(", ");
            telling.tell_from(Kind::CommandsAmong, [("commands", commands)], sources);
            telling.sooner(1.0);
        } else if !said.is_empty() {
            telling.tell_from(
                kind,
                [(
                    "commands",
                    words
                        .iter()
                        .map(|words| words.as_str())
                        .collect::<Vec<_>>()
                        .join(", then "),
                )],
                sources,
            );
            telling.sooner(1.0);
        }
        if kind == Kind::Commands {
            own_install(source, telling, &blocks);
        }
    }
}

/// `node split.js` of a library's read-me runs the reader's own file.
fn runs_an_example(words: &str) -> bool {
    let mut words = words.split(' ');
    let program = words.next().unwrap_or_default();
    let file = words.next().unwrap_or_default();

    ["node", "python", "python3", "ruby", "php", "lua", "deno", "bun"].contains(&program)
        && file.contains('.')
}

/// A line that a shell would run: no comment, no output, no prompt alone.
fn is_a_line_of_a_shell(line: &str) -> bool {
    let bare = line.trim().trim_start_matches(['$', '%', '>', ' ']);
    let first = bare.split_whitespace().next().unwrap_or_default();
    let named = first
        .chars()
        .all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || "-_./=".contains(c));

    !bare.starts_with('#')
        && named
        && first.len() > 1
        && first.starts_with(|c: char| c.is_ascii_lowercase() || c == '.')
}

/// Of several programs that all install it the first is enough: one is not run after the other.
fn one_way(mut said: Vec<(String, Remark)>) -> Vec<(String, Remark)> {
    let program = |words: &str| {
        let words = words.trim_start_matches("sudo ");
        words.split(' ').next().unwrap_or_default().to_owned()
    };
    let follows = |words: &str| words.starts_with("git clone") || words.starts_with("cd ");
    let all = said.iter().all(|(words, _)| installs(words) && !follows(words));
    let first = said.first().map(|(words, _)| program(words)).unwrap_or_default();
    if all && said.iter().any(|(words, _)| program(words) != first) {
        said.truncate(1);
    }

    said
}

/// How it comes onto the machine, where the commands that were told already use it.
fn own_install(source: &Source<'_>, telling: &mut Telling, blocks: &[&Passage]) {
    let name = source.analysis.repo.name.to_lowercase();
    let own = blocks
        .iter()
        .flat_map(|passage| &passage.commands)
        .find_map(|line| {
            let words = command(&line.text)?;
            let brings = installs(&words) && !words.starts_with("git clone") && !words.starts_with("cd ");
            let it = words
                .to_lowercase()
                .split([' ', '/', '@'])
                .any(|word| word == name);
            (brings && it).then(|| (words, line.clone()))
        });

    if let Some((words, line)) = own {
        telling
            .tell_from(Kind::Installed, [("commands", words)], vec![line])
            .sooner(0.9);
    }
}

/// Whether a command only brings something onto the machine.
fn installs(words: &str) -> bool {
    let words = words.trim_start_matches("sudo ");

    [
        "brew ",
        "apt ",
        "apt-get ",
        "pip install",
        "pip3 install",
        "npm install ",
        "npm i ",
        "yarn add",
        "cargo install",
        "go get",
        "go install",
        "gem install",
        "choco ",
        "dnf ",
        "yum ",
        "pacman ",
        "pkg ",
        "apk ",
        "zypper ",
        "winget ",
        "scoop ",
        "snap ",
        "conda install",
        "port install",
        "git clone",
        "cd ",
    ]
    .iter()
    .any(|start| words.starts_with(start))
}

/// Where a reader begins: where the call enters, the central data, what explains most.
fn open_first(source: &Source<'_>, telling: &mut Telling) {
    let explained = &source.analysis.explained;
    let mut opened: Vec<String> = Vec::new();
    let mut open = |telling: &mut Telling, kind: Kind, file: &str, line: u32, why: String| {
        if !opened.iter().any(|known| known == file) {
            opened.push(file.to_owned());
            let place = Remark {
                text: why.clone(),
                file: file.to_owned(),
                line,
            };
            telling.tell_from(kind, [("file", source.file(file)), ("why", why)], vec![place]);
        }
    };

    if let Some(step) = explained.call.first() {
        let why = format!("{} is there", super::call::step_called(step));
        open(telling, Kind::OpenFirst, &step.file, step.line, why);
    }
    if let Some(found) = explained.structures.first() {
        let why = format!(
            "it declares {}",
            crate::narration::speakable::names::identifier(&found.name)
        );
        let kind = if explained.call.is_empty() {
            Kind::OpenFirst
        } else {
            Kind::OpenNext
        };
        open(telling, kind, &found.file, found.line, why);
    }
    // A role is read from its tasks.
    let tasks = explained.operations.iter();
    if let Some(tasks) = tasks
        .filter(|found| found.kind == OperationKind::Steps)
        .find(|_| explained.call.is_empty() && explained.structures.is_empty())
    {
        let why = "its tasks stand there in their order".to_owned();
        open(telling, Kind::OpenFirst, &tasks.file, tasks.line, why);
        return;
    }
    // Of somebody's settings no script is the first to be read.
    let settings = explained.material == Material::Configuration;
    if explained.call.is_empty() && explained.structures.is_empty() && !settings {
        // That one reads the read-me needs no saying.
        let read_me = source.analysis.readme.as_ref().map(|readme| readme.path.as_str());
        let keys = source
            .analysis
            .key_files
            .iter()
            .filter(|key| Some(key.path.as_str()) != read_me)
            // What tests need is read after what they test.
            .filter(|key| !crate::analysis::places::is_test(&key.path))
            .filter(|key| explained.material != Material::Documents || is_prose(&key.path));
        for (place, key) in keys.take(2).enumerate() {
            let why = prose::lower_first(speakable(&key.why).trim_end_matches('.'));
            let kind = if place == 0 {
                Kind::OpenFirst
            } else {
                Kind::OpenNext
            };
            if prose::is_sayable(&why) {
                open(telling, kind, &key.path, key.excerpt_line.max(1), why);
            }
        }
    }
}

/// The script that makes a book is no part of what is read.
fn is_prose(path: &str) -> bool {
    [".md", ".rst", ".adoc", ".txt", ".tex", ".ipynb", ".markdown"]
        .iter()
        .any(|end| path.to_lowercase().ends_with(end))
}

/// A line of a shell as it is said; `None` for output, comments and code.
fn command(line: &str) -> Option<String> {
    let line = line.trim();
    // The rest of it stands below, and is lost.
    if line.ends_with('\\') {
        return None;
    }
    let (prompted, bare) = match line.strip_prefix(['$', '%', '>']) {
        Some(rest) => (true, rest.trim()),
        None => (false, line),
    };
    let bare = bare.split(" # ").next().unwrap_or_default().trim();
    let bare = without_settings(bare);
    let first = bare.split_whitespace().next()?;
    // What only brings a page is no start of this.
    if matches!(
        first,
        "curl" | "wget" | "cat" | "echo" | "ls" | "telnet" | "open" | "export"
    ) {
        return None;
    }
    // What a shell reads of its user's own is no start of anything.
    if first == "source" && bare.contains('~') {
        return None;
    }
    // `NAME=value` is a setting.
    if first.contains('=') {
        return None;
    }
    // `encoding/json` alone is a package that is taken in.
    let script = [
        "script/", "scripts/", "bin/", "src/", "tools/", "build/", "target/",
    ]
    .iter()
    .any(|folder| first.starts_with(folder));
    let path =
        first.contains('/') && !first.starts_with(['/', '.', '*', '"']) && (bare.contains(' ') || script);
    let runs = is_program(first) || path || first.starts_with("./") || prompted;
    // What only shows something of a package starts nothing.
    if ["cargo tree", "npm ls", "go list", "git log"]
        .iter()
        .any(|shows| bare.starts_with(shows))
    {
        return None;
    }
    let ends = [
        " rm ",
        " stop ",
        " delete ",
        " destroy",
        " down",
        " uninstall",
        "chmod ",
        "chown ",
        "dpkg ",
        "wget ",
        " prune",
    ]
    .iter()
    .any(|word| bare.contains(word));
    if !runs
        || ends
        || bare.starts_with('#')
        || bare.len() > 120
        || bare.contains(['{', '|', ';', '`', '('])
        || bare.contains(" = ")
        || bare.contains("://") && !bare.starts_with("git") && !prompted
    {
        return None;
    }

    // As it is typed, but for the values that are somebody's own.
    let said: Vec<&str> = bare
        .split_whitespace()
        .map(|word| match word {
            "&&" => "and",
            word if word.contains("://") || word.starts_with("git@") => "its address",
            word => word.trim_start_matches("./"),
        })
        .collect();
    let mut said = said.join(" ");
    // Where it is put is somebody's own.
    if said.starts_with("git clone")
        && !said.contains(" and ")
        && let Some(at) = said.find("its address")
    {
        said.truncate(at + "its address".len());
    }
    let typed = said
        .chars()
        .all(|c| c.is_ascii_alphanumeric() || " -_./:@=,+~&^\"'".contains(c));

    // "cmake .." does something only where the lines before it led.
    let names = said
        .split(' ')
        .skip(1)
        .any(|word| word.chars().any(char::is_alphanumeric));
    let alone = !said.contains(' ');

    (typed && said.len() > 2 && (names || alone)).then(|| said.replace(['"', '\''], ""))
}

/// `RUST_LOG=debug cargo run` runs without its settings, too.
fn without_settings(line: &str) -> &str {
    let setting = |word: &str| {
        word.split_once('=').is_some_and(|(name, value)| {
            name.chars().all(|c| c.is_ascii_uppercase() || c == '_')
                && !name.is_empty()
                && !value.contains('$')
        })
    };

    match line.split_once(' ') {
        Some((first, rest)) if setting(first) && is_program(rest.split(' ').next().unwrap_or_default()) => {
            rest
        }
        _ => line,
    }
}

/// The limits of the telling.
pub(super) fn end(source: &Source<'_>) -> Vec<Group> {
    let mut telling = Telling::new("the end", 0.0, 0.3);
    for note in source.analysis.notes.iter().take(2) {
        let note = speakable(note).trim_end_matches('.').to_owned();
        if prose::is_sayable(&note) {
            telling.tell(Kind::Limit, [("note", note)]);
        }
    }
    if let Some(licence) = &source.analysis.licence {
        let spoken = licence
            .spdx
            .replace(" OR ", " or ")
            .replace(" AND ", " and ")
            .replace(" WITH ", " with ");
        let spoken = if spoken.contains(" or ") {
            format!("a choice of licences: {spoken}")
        } else {
            format!("the {spoken} licence")
        };
        let sources = licence
            .evidence
            .iter()
            .take(1)
            .map(|file| Remark {
                text: spoken.clone(),
                file: file.clone(),
                line: 1,
            })
            .collect();
        match &licence.other {
            Some(other) => telling.tell_from(
                Kind::Licences,
                [("licence", spoken), ("other", other.clone())],
                sources,
            ),
            None => telling.tell_from(Kind::Licence, [("licence", spoken)], sources),
        };
    }

    vec![telling.finish()]
        .into_iter()
        .filter(|group| !group.facts.is_empty())
        .collect()
}

/// The length that was asked for, as it is said.
pub(in crate::author) fn minutes(minutes: u32) -> String {
    grammar::count(u64::from(minutes), "minute", "minutes")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commands_are_said_without_their_marks() {
        assert_eq!(
            command("$ npm install express --save").as_deref(),
            Some("npm install express --save")
        );
        assert_eq!(command("./src/redis-server").as_deref(), Some("src/redis-server"));
        assert_eq!(
            command("git clone https://x.y/z && cd z").as_deref(),
            Some("git clone its address and cd z")
        );
        assert_eq!(
            command("KILN_LOG=debug cargo run --bin kiln").as_deref(),
            Some("cargo run --bin kiln")
        );
        assert_eq!(
            command("git clone https://x.y/z ~/z").as_deref(),
            Some("git clone its address")
        );
        assert_eq!(command("const app = express()"), None);
        assert_eq!(command("# a comment"), None);
        assert_eq!(command("encoding/json"), None);
        assert_eq!(command("script/bootstrap").as_deref(), Some("script/bootstrap"));
        assert_eq!(command("docker run --detach \\"), None);
        assert_eq!(command("sudo chmod +x /usr/local/bin/mill"), None);
        assert_eq!(command("curl -s https://example.org"), None);
        assert_eq!(command("REPO=git@example.org:a/b.git"), None);
    }

    #[test]
    fn a_line_that_cannot_be_said_is_noticed() {
        assert!(is_a_line_of_a_shell("env KILN=$HOME/kiln bake") && is_a_line_of_a_shell("./configure"));
        assert!(!is_a_line_of_a_shell("# a comment") && !is_a_line_of_a_shell("Baked 3 loaves."));
    }

    #[test]
    fn what_brings_others_in_is_told_from_what_runs() {
        assert!(installs("brew install cmake") && installs("sudo apt-get install x"));
        assert!(!installs("make") && !installs("npm install") && !installs("cargo run"));
    }
}
