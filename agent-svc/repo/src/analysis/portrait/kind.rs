//! What kind of project it is: the first rule that its facts fit, with the facts that made it fit.

use super::nouns;
use crate::analysis::{
    model::{
        Analysis, DependencyCategory as Category, DependencyScope as Scope, EntryPointKind as Entry,
        Manifest, ProjectKind as Kind,
    },
    places, words,
};

type KindVerdict = Option<(Kind, Vec<String>)>;

/// What kind of project it is, and why.
pub(crate) fn kind(analysis: &Analysis) -> (Kind, Vec<String>) {
    let rules = [
        unreadable,
        by_its_own_words,
        configuration,
        notebooks,
        prose_or_data,
        infrastructure,
        firmware,
        game,
        workspace,
        frontend,
        application,
        service,
        site,
        tool,
        library,
        program,
    ];

    let clues = Clues { analysis };
    rules.iter().find_map(|rule| rule(&clues)).unwrap_or_else(|| {
        (
            Kind::Code,
            vec![words::counted(clues.code(), "line of code", "lines of code")],
        )
    })
}

struct Clues<'a> {
    analysis: &'a Analysis,
}

impl Clues<'_> {
    fn code(&self) -> u64 {
        self.analysis.languages.iter().map(|language| language.code).sum()
    }

    fn prose(&self) -> u64 {
        let prose = |name: &str| matches!(name, "Markdown" | "ReStructuredText" | "AsciiDoc");
        let formats = self.analysis.formats.iter().filter(|format| prose(&format.name));
        formats.map(|format| format.code + format.comments).sum()
    }

    /// The share of the code that is in these languages.
    fn share(&self, names: &[&str]) -> f64 {
        let found = self.analysis.languages.iter();
        found
            .filter(|language| names.contains(&language.name.as_str()))
            .map(|language| language.share)
            .sum()
    }

    fn uses(&self, category: Category) -> Option<String> {
        let fits = |scope: Scope| scope <= Scope::Optional;
        let mut shipped = self
            .analysis
            .dependencies
            .iter()
            .filter(|found| !found.internal && fits(found.scope));

        shipped
            .find(|found| found.category == Some(category))
            .map(|found| format!("it uses {}", found.name))
    }

    fn entry(&self, kind: Entry) -> Option<&str> {
        let mut entries = self.analysis.entry_points.iter();
        entries
            .find(|entry| entry.kind == kind)
            .map(|entry| entry.path.as_str())
    }

    fn program(&self) -> Option<String> {
        let path = self.entry(Entry::Program).or(self.entry(Entry::Server))?;
        Some(format!("a program starts in {path}"))
    }

    fn routes(&self) -> Option<String> {
        let count = self.analysis.routes.len() as u64;
        (count >= 2).then(|| words::counted(count, "route is declared", "routes are declared"))
    }

    /// Named packages of the product.
    fn packages(&self) -> impl Iterator<Item = &Manifest> {
        let manifests = self.analysis.manifests.iter();
        manifests.filter(|manifest| manifest.name.is_some() && !places::is_aside(&manifest.path))
    }
}

fn told<const N: usize>(kind: Kind, facts: [Option<String>; N]) -> KindVerdict {
    Some((kind, facts.into_iter().flatten().collect()))
}

fn unreadable(clues: &Clues<'_>) -> KindVerdict {
    if clues.analysis.files_analyzed > 0 {
        return None;
    }
    told(Kind::Opaque, [Some("no text file could be read".into())])
}

fn prose_or_data(clues: &Clues<'_>) -> KindVerdict {
    let (code, prose) = (clues.code(), clues.prose());
    let nothing_to_run = clues.analysis.entry_points.is_empty() && clues.analysis.manifests.is_empty();
    if code > 0 && prose <= code * 20 && !(nothing_to_run && prose > code * 4) {
        return None;
    }

    let (kind, lines) = if prose > 0 {
        (Kind::Documentation, prose)
    } else {
        (
            Kind::Data,
            clues.analysis.formats.iter().map(|format| format.code).sum(),
        )
    };
    let lines = words::counted(lines, "line of prose or data", "lines of prose or data");
    let code = words::counted(code, "line of code", "lines of code");

    told(kind, [Some(format!("{lines} against {code}"))])
}

fn workspace(clues: &Clues<'_>) -> KindVerdict {
    let packages = clues.packages().count() as u64;
    let root = clues
        .analysis
        .manifests
        .iter()
        .find(|manifest| !manifest.workspace_members.is_empty());
    if packages < 4 || packages < 6 && (root.is_none() || clues.program().is_none()) {
        return None;
    }

    let packages = words::counted(packages, "package", "packages");
    told(
        Kind::Workspace,
        [
            Some(packages),
            root.map(|root| format!("{} holds them together", root.path)),
        ],
    )
}

/// What its own first sentence calls it, unless its files say otherwise.
fn by_its_own_words(clues: &Clues<'_>) -> KindVerdict {
    let (kind, sentence) = nouns::own_words(clues.analysis)?;
    let code = clues.code();
    let fits = match kind {
        Kind::Documentation | Kind::Data => code < 2_000 || clues.prose() > code,
        Kind::Configuration => clues.packages().next().is_none(),
        // A cache, a store or a proxy may be a library; a server is started.
        Kind::Service => {
            clues.program().is_some() || clues.routes().is_some() || clues.entry(Entry::Script).is_some()
        }
        Kind::Library | Kind::CommandLineTool | Kind::Application | Kind::Firmware => code > 0,
        _ => true,
    };

    // A server of files that declares no port is still one; an application in a page is a web application.
    let in_a_page =
        kind == Kind::Application && clues.program().is_none() && clues.entry(Entry::Page).is_some();
    let kind = if in_a_page { Kind::WebFrontend } else { kind };

    fits.then(|| (kind, vec![format!("its own words: {sentence}")]))
}

/// Descriptions of machines, when there is little else.
fn infrastructure(clues: &Clues<'_>) -> KindVerdict {
    let share = clues.share(&["Terraform", "HCL", "Puppet", "Bicep"]);
    if share < 0.5 {
        return None;
    }
    told(
        Kind::Infrastructure,
        [Some("most of its code describes infrastructure".into())],
    )
}

/// The files of a person's home folder.
fn configuration(clues: &Clues<'_>) -> KindVerdict {
    let name = clues.analysis.repo.name.to_lowercase();
    let called = [
        "dotfiles",
        "dots",
        ".files",
        "dotfile",
        "nixos-config",
        ".config",
        "nvim-config",
        "vimrc",
        ".emacs.d",
    ];
    let hidden = [
        "bashrc",
        "zshrc",
        "vimrc",
        "gitconfig",
        "tmux.conf",
        "bash_profile",
        "aliases",
        "inputrc",
        "emacs",
    ];
    let files = clues.analysis.tree.iter().filter(|entry| {
        let bare = entry.path.trim_start_matches(['.', '_']);
        hidden.contains(&bare)
    });
    let files = files.count();

    if !called
        .iter()
        .any(|known| name.trim_start_matches("my-") == *known || name.ends_with("dotfiles"))
        && files < 3
    {
        return None;
    }
    told(
        Kind::Configuration,
        [Some("it holds the settings of a home folder".into())],
    )
}

fn notebooks(clues: &Clues<'_>) -> KindVerdict {
    let share = clues.share(&["Jupyter notebooks"]);
    if share < 0.5 {
        return None;
    }
    told(Kind::Data, [Some("most of it is notebooks".into())])
}

fn firmware(clues: &Clues<'_>) -> KindVerdict {
    let tree = &clues.analysis.tree;
    let marks = [
        "platformio.ini",
        "sdkconfig",
        "sdkconfig.defaults",
        "Kconfig.projbuild",
    ];
    let sketch = clues
        .analysis
        .entry_points
        .iter()
        .find(|entry| entry.path.ends_with(".ino"));
    let mark = tree
        .iter()
        .find(|entry| marks.contains(&entry.path.as_str()))
        .map(|entry| &entry.path);
    let path = mark.or(sketch.map(|entry| &entry.path))?;

    told(Kind::Firmware, [Some(format!("{path} is for microcontrollers"))])
}

fn game(clues: &Clues<'_>) -> KindVerdict {
    let engines = [
        "bevy",
        "macroquad",
        "ggez",
        "pygame",
        "phaser",
        "pixi.js",
        "raylib",
        "love",
        "ebiten",
        "godot",
        "arcade",
        "libgdx",
    ];
    let uses = clues.analysis.dependencies.iter().find(|found| {
        let name = found
            .name
            .rsplit('/')
            .next()
            .unwrap_or(&found.name)
            .to_lowercase();
        !found.internal && found.scope <= Scope::Optional && engines.contains(&name.as_str())
    });
    let said = clues
        .analysis
        .readme
        .iter()
        .flat_map(|readme| readme.paragraphs.iter().take(4));
    let plays = said.map(|text| text.to_lowercase()).any(|text| {
        [
            "play it",
            "play the game",
            "the game ",
            "this game",
            "the player ",
            "how to play",
        ]
        .iter()
        .any(|words| text.contains(words))
    });
    let starts = clues.entry(Entry::Page).or(clues.entry(Entry::Program));
    let project = clues
        .analysis
        .tree
        .iter()
        .any(|entry| entry.path == "project.godot");
    let love = clues
        .entry(Entry::Program)
        .is_some_and(|path| path.ends_with("main.lua"));
    let library = clues.entry(Entry::Library).is_some();

    if !(project || (uses.is_some() || love) && !library || plays && starts.is_some() && !library) {
        return None;
    }
    told(
        Kind::Game,
        [
            uses.map(|found| format!("it uses {}", found.name)),
            plays.then(|| "its read-me speaks of playing it".to_owned()),
        ],
    )
}

fn frontend(clues: &Clues<'_>) -> KindVerdict {
    let page = clues.entry(Entry::Page).filter(|_| clues.routes().is_none())?;
    let interface = clues.uses(Category::Interface)?;
    told(
        Kind::WebFrontend,
        [Some(format!("its page starts in {page}")), Some(interface)],
    )
}

/// A framework that makes pages and their server out of a folder, in a package that nobody imports.
fn application(clues: &Clues<'_>) -> KindVerdict {
    let frameworks = [
        "next",
        "nuxt",
        "@sveltejs/kit",
        "@remix-run/react",
        "@react-router/serve",
        "astro",
        "gatsby",
        "@solidjs/start",
    ];
    let uses = clues.analysis.dependencies.iter().find(|found| {
        !found.internal && found.scope <= Scope::Optional && frameworks.contains(&found.name.as_str())
    })?;
    if clues.entry(Entry::Library).is_some() && clues.routes().is_none() {
        return None;
    }

    told(
        Kind::Application,
        [Some(format!("it is built with {}", uses.name)), clues.routes()],
    )
}

/// A page and what it loads, and nothing else that starts.
fn site(clues: &Clues<'_>) -> KindVerdict {
    let page = clues.entry(Entry::Page)?;
    let other = clues.program().is_some()
        || clues.entry(Entry::Library).is_some()
        || clues.entry(Entry::Script).is_some();
    if other {
        return None;
    }
    told(Kind::WebFrontend, [Some(format!("its page starts in {page}"))])
}

fn service(clues: &Clues<'_>) -> KindVerdict {
    let (routes, framework, program) = (
        clues.routes(),
        clues.uses(Category::WebFramework),
        clues.program(),
    );
    if routes.is_none() && (framework.is_none() || program.is_none()) {
        return None;
    }

    told(Kind::Service, [routes, framework, program])
}

fn tool(clues: &Clues<'_>) -> KindVerdict {
    let program = clues.program()?;
    let library = clues.uses(Category::CommandLine);
    let installs = clues
        .analysis
        .manifests
        .iter()
        .filter(|manifest| !places::is_aside(&manifest.path))
        .any(|manifest| !manifest.binaries.is_empty());
    if library.is_none() && !installs {
        return None;
    }

    told(Kind::CommandLineTool, [Some(program), library])
}

fn library(clues: &Clues<'_>) -> KindVerdict {
    if clues.program().is_some() {
        return None;
    }
    let fact = match clues.entry(Entry::Library) {
        Some(path) => format!("{path} is where its users enter"),
        None => format!("{} names a package and no program", clues.packages().next()?.path),
    };
    told(Kind::Library, [Some(fact)])
}

/// Something starts, and what it is for is not known: a window, or else a code base.
fn program(clues: &Clues<'_>) -> KindVerdict {
    let program = clues.program()?;
    if clues.entry(Entry::Server).is_some() {
        return told(Kind::Service, [Some(program)]);
    }

    let interface = clues.uses(Category::Interface);
    let kind = if interface.is_some() {
        Kind::Application
    } else {
        Kind::Code
    };
    told(kind, [Some(program), interface])
}
