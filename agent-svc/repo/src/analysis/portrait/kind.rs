//! What kind of project it is: the first rule that its facts fit, with the facts that made it fit.

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
        prose_or_data,
        workspace,
        by_its_own_words,
        frontend,
        service,
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

/// A package that calls itself a library in its description is one.
fn by_its_own_words(clues: &Clues<'_>) -> KindVerdict {
    const WORDS: [&str; 7] = [
        "library",
        "framework",
        "toolkit",
        "sdk",
        "bindings",
        "middleware",
        "crate",
    ];

    let said = clues
        .analysis
        .repo
        .description
        .as_deref()
        .unwrap_or_default()
        .to_lowercase();
    let mut said = said.split(|c: char| !c.is_alphanumeric() && c != '-');
    let word = said
        .find(|word| WORDS.contains(word))
        .filter(|_| clues.packages().next().is_some())?;

    told(
        Kind::Library,
        [Some(format!("its own description calls it a {word}"))],
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

fn program(clues: &Clues<'_>) -> KindVerdict {
    let program = clues.program()?;
    let interface = clues.uses(Category::Interface);
    let kind = if interface.is_some() {
        Kind::Application
    } else {
        Kind::CommandLineTool
    };
    told(kind, [Some(program), interface])
}
