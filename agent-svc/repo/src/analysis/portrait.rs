//! The conclusions: where a project starts, what it is made of; below, what kind it is and which chapters there are
//! facts for.

mod chapters;
mod kind;

pub(crate) use chapters::chapters;
pub(crate) use kind::kind;

use super::{
    manifests::Facts,
    model::{
        Analysis, DependencyCategory as Category, DependencyScope as Scope, EntryPoint,
        EntryPointKind as Entry,
    },
    places,
    survey::FileFacts,
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
        _ if (path.ends_with(".c") || path.ends_with(".go")) && defines("main") => {
            (Entry::Program, "it defines the function main")
        }
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
