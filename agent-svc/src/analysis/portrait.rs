//! The conclusions: what kind of project it is, where it starts, which files to read first, what it is made of, and
//! which chapters there are facts for.

use super::{
    manifests::Facts,
    model::{
        Analysis, DependencyCategory as Category, DependencyScope as Scope, EntryPoint,
        EntryPointKind as Entry, ProjectKind as Kind, SuggestedChapter,
    },
    places,
    survey::FileFacts,
    words,
};

/// Entry points from manifests (when their files exist) and from the places where each language starts.
pub(crate) fn entry_points(files: &[FileFacts], manifests: &[Facts]) -> Vec<EntryPoint> {
    let mut found: Vec<EntryPoint> = Vec::new();
    let declared = manifests
        .iter()
        .filter(|facts| !places::is_aside(&facts.manifest.path))
        .flat_map(|facts| &facts.entry_points);
    for entry in declared {
        // TypeScript packages name what is built; the source has the same name elsewhere.
        if files.iter().any(|file| file.path == entry.path) {
            found.push(entry.clone());
        }
    }
    for file in files
        .iter()
        .filter(|file| file.code() > 0 && !file.is_test && !places::is_aside(&file.path))
    {
        if !found.iter().any(|entry| entry.path == file.path)
            && let Some((kind, evidence)) = conventional(file)
        {
            found.push(EntryPoint {
                path: file.path.clone(),
                kind,
                name: package_of(&file.path, manifests),
                evidence: evidence.into(),
            });
        }
    }
    found.sort_by_key(|entry| (entry.kind, entry.path.matches('/').count(), entry.path.clone()));
    found.dedup_by(|a, b| a.path == b.path);
    found.truncate(24);
    found
}

fn conventional(file: &FileFacts) -> Option<(Entry, &'static str)> {
    let path = file.path.as_str();
    let defines = |name: &str| {
        file.definitions
            .iter()
            .any(|found| found.name == name && found.parent.is_none())
    };
    let serves = !file.routes.is_empty();
    Some(match file.name() {
        "main.rs" if file.folder().ends_with("src") || defines("main") => {
            (Entry::Program, "Rust programs start in main.rs")
        }
        "lib.rs" if file.folder().ends_with("src") => (Entry::Library, "Rust libraries start in lib.rs"),
        _ if path.ends_with(".rs") && path.contains("src/bin/") => {
            (Entry::Program, "Cargo builds each file in src/bin into a program")
        }
        "__main__.py" => (Entry::Program, "Python runs it when the package is run"),
        "manage.py" => (Entry::Program, "Django projects are managed with it"),
        "wsgi.py" | "asgi.py" => (Entry::Server, "web servers load it"),
        "app.py" | "main.py" | "server.py"
            if matches!(file.folder(), "" | "src" | "app" | "server" | "backend" | "api") =>
        {
            if serves {
                (Entry::Server, "it declares routes")
            } else {
                (Entry::Program, "by its name")
            }
        }
        "main.go" => (Entry::Program, "Go programs start in main.go"),
        "server.js" | "server.ts" | "app.js" | "app.ts" if file.folder().matches('/').count() < 2 => {
            (Entry::Server, "by its name")
        }
        "index.js" | "index.ts" | "index.mjs" if matches!(file.folder(), "" | "src" | "lib") => {
            (Entry::Library, "packages start in their index")
        }
        "main.ts" | "main.tsx" | "main.jsx" | "index.tsx" | "index.jsx"
            if matches!(file.folder(), "src" | "") =>
        {
            (Entry::Page, "the page starts there")
        }
        "main.c" | "main.cpp" | "main.cc" => (Entry::Program, "by its name"),
        "index.html" if file.folder().matches('/').count() < 1 => (Entry::Page, "browsers open it first"),
        name if name.ends_with("Application.java") || name == "Main.java" => (Entry::Program, "by its name"),
        "Program.cs" => (Entry::Program, "programs of .NET start in Program.cs"),
        _ => return None,
    })
}

fn package_of(path: &str, manifests: &[Facts]) -> Option<String> {
    let above = manifests.iter().filter_map(|facts| {
        let folder = facts
            .manifest
            .path
            .rsplit_once('/')
            .map_or("", |(folder, _)| folder);
        let inside = folder.is_empty()
            || path
                .strip_prefix(folder)
                .is_some_and(|rest| rest.starts_with('/'));
        Some((folder.len(), facts.manifest.name.clone().filter(|_| inside)?))
    });
    above.max_by_key(|(length, _)| *length).map(|(_, name)| name)
}

/// What kind of project it is, and why.
pub(crate) fn kind(analysis: &Analysis) -> (Kind, Vec<String>) {
    let code: u64 = analysis.languages.iter().map(|language| language.code).sum();
    let prose = analysis
        .formats
        .iter()
        .filter(|format| matches!(format.name.as_str(), "Markdown" | "ReStructuredText" | "AsciiDoc"))
        .map(|format| format.code + format.comments)
        .sum::<u64>();
    if analysis.files_analyzed == 0 {
        return (Kind::Opaque, vec!["no text file could be read".into()]);
    }
    let nothing_to_run = analysis.entry_points.is_empty() && analysis.manifests.is_empty();
    if code == 0 || prose > code * 20 || nothing_to_run && prose > code * 4 {
        let (kind, lines) = if prose > 0 {
            (Kind::Documentation, prose)
        } else {
            (Kind::Data, analysis.totals.code)
        };
        return (
            kind,
            vec![format!(
                "{} against {}",
                words::counted(lines, "line of prose or data", "lines of prose or data"),
                words::counted(code, "line of code", "lines of code")
            )],
        );
    }
    let uses = |category: Category| {
        let found = analysis.dependencies.iter().find(|found| {
            !found.internal && found.scope <= Scope::Optional && found.category == Some(category)
        });
        found.map(|found| format!("it uses {}", found.name))
    };
    let entry = |kind: Entry| {
        analysis
            .entry_points
            .iter()
            .find(|entry| entry.kind == kind)
            .map(|entry| entry.path.clone())
    };
    let starts = |path: String| format!("a program starts in {path}");
    let program = entry(Entry::Program).or(entry(Entry::Server)).map(starts);
    let packages = analysis
        .manifests
        .iter()
        .filter(|manifest| manifest.name.is_some() && !places::is_aside(&manifest.path))
        .count();
    let members = analysis
        .manifests
        .iter()
        .find(|manifest| !manifest.workspace_members.is_empty());
    let routes = (analysis.routes.len() >= 2).then(|| {
        words::counted(
            analysis.routes.len() as u64,
            "route is declared",
            "routes are declared",
        )
    });
    if packages >= 6 || packages >= 4 && members.is_some() && program.is_some() {
        let evidence = members.map(|manifest| format!("{} holds them together", manifest.path));
        return (
            Kind::Workspace,
            [
                Some(words::counted(packages as u64, "package", "packages")),
                evidence,
            ]
            .into_iter()
            .flatten()
            .collect(),
        );
    }
    let said = analysis
        .repo
        .description
        .as_deref()
        .unwrap_or_default()
        .to_lowercase();
    let said_word = |words: &[&'static str]| {
        words
            .iter()
            .find(|word| {
                said.split(|c: char| !c.is_alphanumeric() && c != '-')
                    .any(|part| part == **word)
            })
            .copied()
    };
    if let (Some(word), false) = (
        said_word(&[
            "library",
            "framework",
            "toolkit",
            "sdk",
            "bindings",
            "middleware",
            "crate",
        ]),
        analysis.manifests.is_empty(),
    ) {
        return (
            Kind::Library,
            vec![format!("its own description calls it a {word}")],
        );
    }
    let some = |list: [Option<String>; 3]| list.into_iter().flatten().collect::<Vec<_>>();
    let pages = entry(Entry::Page);
    if pages.is_some() && uses(Category::Interface).is_some() && routes.is_none() {
        return (Kind::WebFrontend, some([pages, uses(Category::Interface), None]));
    }
    if routes.is_some() || (program.is_some() && uses(Category::WebFramework).is_some()) {
        return (
            Kind::Service,
            some([routes, uses(Category::WebFramework), program]),
        );
    }
    if program.is_some()
        && (uses(Category::CommandLine).is_some()
            || analysis
                .manifests
                .iter()
                .any(|manifest| !manifest.binaries.is_empty()))
    {
        return (
            Kind::CommandLineTool,
            some([program, uses(Category::CommandLine), None]),
        );
    }
    if let (Some(library), None) = (entry(Entry::Library), &program) {
        return (Kind::Library, vec![format!("{library} is where its users enter")]);
    }
    if let Some(program) = program {
        return (
            if uses(Category::Interface).is_some() {
                Kind::Application
            } else {
                Kind::CommandLineTool
            },
            vec![program],
        );
    }
    let published = analysis
        .manifests
        .iter()
        .find(|manifest| manifest.name.is_some() && !places::is_aside(&manifest.path));
    match published {
        Some(manifest) => (
            Kind::Library,
            vec![format!("{} names a package and no program", manifest.path)],
        ),
        None => (
            Kind::Code,
            vec![words::counted(code, "line of code", "lines of code")],
        ),
    }
}

/// Languages, then what stands out among the dependencies, then tools.
pub(crate) fn tech_stack(analysis: &Analysis) -> Vec<String> {
    let mut stack: Vec<String> = Vec::new();
    let mut add = |name: String| {
        if !stack.iter().any(|known| known.eq_ignore_ascii_case(&name)) && stack.len() < 24 {
            stack.push(name);
        }
    };
    let telling = analysis.languages.iter().filter(|language| {
        language.share >= 0.05
            && !matches!(
                language.name.as_str(),
                "Makefile" | "Batch" | "Dockerfile" | "CMake"
            )
    });
    telling.take(5).for_each(|language| add(language.name.clone()));
    for category in [
        Category::WebFramework,
        Category::Interface,
        Category::AsyncRuntime,
        Category::Database,
        Category::Messaging,
        Category::Rpc,
        Category::MachineLearning,
        Category::Cache,
        Category::CommandLine,
        Category::Serialisation,
        Category::Cloud,
        Category::Observability,
    ] {
        let of = analysis.dependencies.iter().filter(|found| {
            !found.internal && found.scope <= Scope::Optional && found.category == Some(category)
        });
        of.take(2).for_each(|found| {
            add(found
                .name
                .rsplit('/')
                .find(|part| !(part.starts_with('v') && part.len() <= 3))
                .unwrap_or(&found.name)
                .to_owned())
        });
    }
    if !analysis.containers.is_empty() {
        add("Docker".into());
    }
    analysis
        .ci
        .iter()
        .for_each(|pipeline| add(pipeline.system.clone()));
    analysis
        .tests
        .frameworks
        .iter()
        .take(2)
        .for_each(|framework| add(framework.clone()));
    stack
}

/// Chapters in the order in which a listener can follow them; only those that there are facts for.
pub(crate) fn chapters(analysis: &Analysis) -> Vec<SuggestedChapter> {
    let mut chapters = Vec::new();
    let mut add = |title: &str, about: String, files: Vec<String>| {
        chapters.push(SuggestedChapter {
            title: title.into(),
            about,
            files: files.into_iter().take(6).collect(),
        });
    };
    let name = &analysis.repo.name;
    add(
        "What it is",
        format!("What {name} is for, and for whom."),
        analysis.readme.iter().map(|readme| readme.path.clone()).collect(),
    );
    if !analysis.entry_points.is_empty() {
        add(
            "Where it starts",
            "The files that run first.".into(),
            analysis
                .entry_points
                .iter()
                .map(|entry| entry.path.clone())
                .collect(),
        );
    }
    let parts: Vec<_> = analysis
        .modules
        .iter()
        .filter(|module| module.role.is_product())
        .collect();
    if parts.len() > 1 {
        add(
            "The shape of the code",
            format!(
                "Its {} and what connects them.",
                words::counted(parts.len() as u64, "part", "parts")
            ),
            parts
                .iter()
                .filter_map(|module| module.key_files.first().cloned())
                .collect(),
        );
    }
    for module in parts.iter().filter(|module| module.purpose.is_some()).take(3) {
        add(
            &words::capitalise(&module.words),
            module.purpose.clone().unwrap_or_default(),
            module.key_files.clone(),
        );
    }
    if !analysis.routes.is_empty() {
        let mut files: Vec<String> = analysis.routes.iter().map(|route| route.file.clone()).collect();
        files.dedup();
        add(
            "How the outside reaches it",
            words::counted(analysis.routes.len() as u64, "route", "routes") + " over HTTP.",
            files,
        );
    }
    let needed = analysis
        .dependencies
        .iter()
        .filter(|found| !found.internal && found.scope == Scope::Runtime)
        .count();
    if needed > 0 {
        add(
            "What it stands on",
            words::counted(
                needed as u64,
                "package that others wrote",
                "packages that others wrote",
            ) + ".",
            analysis
                .manifests
                .iter()
                .map(|manifest| manifest.path.clone())
                .collect(),
        );
    }
    if analysis.tests.count > 0 {
        add(
            "How it is kept right",
            words::counted(analysis.tests.count, "test", "tests") + " and what they promise.",
            analysis
                .tests
                .examples
                .iter()
                .map(|test| test.path.clone())
                .collect(),
        );
    }
    if let Some(history) = &analysis.history {
        add(
            "How it grew",
            format!(
                "{} by {}.",
                words::counted(history.commits, "commit", "commits"),
                words::counted(history.contributors_count, "person", "people")
            ),
            history
                .busiest_files
                .iter()
                .map(|file| file.path.clone())
                .collect(),
        );
    }
    chapters
}
