//! Where a project starts: what its manifests and build files name, and the places where each language starts by
//! itself. What nothing names is not told.

use std::sync::LazyLock;

use regex::Regex;

use super::builds::{self, Target, Tree};
use crate::analysis::manifests::Facts;
use crate::analysis::model::{DefinitionKind as Kind, EntryPoint, EntryPointKind as Entry, ModuleRole};
use crate::analysis::modules::imports::join;
use crate::analysis::places;
use crate::analysis::survey::FileFacts;

const MOST: usize = 24;
/// The least weight of what a manifest or a build file names.
const DECLARED: i64 = 85;
/// Programs of one manifest that are told as ways in; more of them are exercises or samples.
const MOST_OF_ONE: usize = 8;

struct EntryCandidate {
    entry: EntryPoint,
    /// Larger is told sooner.
    weight: i64,
}

/// Entry points, the one that matters most first.
pub(crate) fn entry_points(
    files: &[FileFacts],
    manifests: &[Facts],
    repo_name: &str,
    read: &dyn Fn(&FileFacts) -> Option<String>,
) -> Vec<EntryPoint> {
    let mut found: Vec<EntryCandidate> = Vec::new();
    let tree = Tree { files };
    let repo_name = own_name(repo_name);
    let own = plain(repo_name);

    for facts in manifests
        .iter()
        .filter(|facts| !places::is_aside(&facts.manifest.path))
    {
        let many = facts.entry_points.len() > MOST_OF_ONE;
        for entry in facts.entry_points.iter().filter(|_| !many) {
            add(&mut found, files, entry.clone(), 100, &own);
        }
    }

    for file in files
        .iter()
        .filter(|file| builds::is_build_file(&file.path) && !places::is_aside(&file.path))
    {
        let Some(text) = read(file) else { continue };
        for (at, target) in builds::targets(&file.path, &text, &tree).into_iter().enumerate() {
            let Target {
                path,
                kind,
                name,
                evidence,
            } = target;
            let entry = EntryPoint {
                path,
                kind,
                name,
                evidence,
            };
            add(&mut found, files, entry, 99 - at as i64, &own);
        }
    }

    for file in files.iter().filter(|file| file.code() > 0) {
        if let Some((kind, evidence, weight)) = conventional(file, repo_name) {
            let entry = EntryPoint {
                path: file.path.clone(),
                kind,
                name: package_of(&file.path, manifests),
                evidence: evidence.to_owned(),
            };
            add(&mut found, files, entry, weight, &own);
        }
    }

    for file in files
        .iter()
        .filter(|file| file.name() == "index.html" && is_site(file.folder()))
    {
        let Some(text) = read(file) else { continue };
        pages(&mut found, files, file, &text, &own);
    }

    found.sort_by(|a, b| {
        b.weight
            .cmp(&a.weight)
            .then_with(|| {
                a.entry
                    .path
                    .matches('/')
                    .count()
                    .cmp(&b.entry.path.matches('/').count())
            })
            .then_with(|| a.entry.path.cmp(&b.entry.path))
    });

    let mut entries: Vec<EntryPoint> = Vec::new();
    for candidate in found {
        if entries.len() < MOST && entries.iter().all(|known| known.path != candidate.entry.path) {
            entries.push(candidate.entry);
        }
    }

    entries
}

/// Adds a candidate whose file is there and part of the product.
fn add(found: &mut Vec<EntryCandidate>, files: &[FileFacts], entry: EntryPoint, base: i64, own: &str) {
    let Some(file) = files.iter().find(|file| file.path == entry.path) else {
        return;
    };
    // What a build file names may lie among the tools; what only looks like a start may not.
    let aside = match places::role_of(&entry.path) {
        Some(ModuleRole::Tooling) => base < DECLARED,
        Some(role) => !role.is_product(),
        None => false,
    };
    if file.is_test || aside {
        return;
    }

    let stem = file.name().split('.').next().unwrap_or_default();
    let named = |name: &str| {
        !own.is_empty() && (plain(name) == own || plain(name).starts_with(&format!("{own}server")))
    };
    let name = entry
        .name
        .as_deref()
        .map(|name| name.rsplit('/').next().unwrap_or(name));
    let kind = match entry.kind {
        Entry::Server => 12,
        Entry::Program => 10,
        Entry::Library => 6,
        Entry::Page | Entry::Module => 4,
        Entry::Script => 0,
    };
    let weight = base
        + kind
        + if name.is_some_and(named) || named(stem) {
            15
        } else {
            0
        }
        + (file.imports.len() as i64).min(10)
        - 4 * file.path.matches('/').count() as i64;

    found.push(EntryCandidate { entry, weight });
}

/// A project's name without the ending that only says what it is written in.
fn own_name(repo_name: &str) -> &str {
    let endings = [
        ".sh", ".js", ".nvim", ".vim", ".el", ".rb", ".py", ".zsh", ".lua", ".jl", ".ts",
    ];
    let bare = endings.iter().find_map(|end| repo_name.strip_suffix(end));
    bare.filter(|bare| !bare.is_empty()).unwrap_or(repo_name)
}

/// Letters and digits in lower case.
fn plain(name: &str) -> String {
    let letters = name.chars().filter(|c| c.is_alphanumeric());
    letters.flat_map(char::to_lowercase).collect()
}

/// Where a language starts by itself: what starts there, why, and how surely.
fn conventional(file: &FileFacts, repo_name: &str) -> Option<(Entry, &'static str, i64)> {
    let (path, folder, name) = (file.path.as_str(), file.folder(), file.name());
    let (stem, extension) = name.rsplit_once('.').unwrap_or((name, ""));
    let depth = path.matches('/').count();
    let defines = |name: &str| {
        file.definitions
            .iter()
            .any(|found| found.name == name && matches!(found.kind, Kind::Function | Kind::Method))
    };
    let serves = !file.routes.is_empty();
    let own = plain(stem) == plain(repo_name);
    let near = depth < 3;

    Some(match (extension, name) {
        ("rs", "main.rs") if folder.ends_with("src") || defines("main") => {
            (Entry::Program, "Rust programs start in main.rs", 80)
        }
        ("rs", "lib.rs") if folder.ends_with("src") => (Entry::Library, "Rust libraries start in lib.rs", 80),
        ("rs", _) if path.contains("src/bin/") => (
            Entry::Program,
            "Cargo builds each file in src/bin into a program",
            70,
        ),
        ("py", _) => return python(file, serves, own),
        ("go", _) if defines("main") => (Entry::Program, "it defines the function main", 80),
        ("js" | "mjs" | "cjs" | "ts" | "tsx" | "jsx", _) => return javascript(file, serves),
        ("c" | "cc" | "cpp" | "cxx" | "m" | "mm", _) if defines("main") => {
            (Entry::Program, "it defines the function main", 60)
        }
        ("h" | "hpp" | "hh" | "hxx", _)
            if own && (depth == 0 || path.starts_with("include/") || folder == "src") =>
        {
            (Entry::Library, "programs that use it include it", 60)
        }
        ("ino", _) => (Entry::Program, "an Arduino sketch starts there", 80),
        ("java", _) if name.ends_with("Application.java") || stem == "Main" => {
            (Entry::Program, "programs start in the class of that name", 70)
        }
        ("java" | "kt", _) if stem == "MainActivity" => (Entry::Program, "Android opens it first", 75),
        ("kt" | "scala" | "swift" | "dart" | "zig" | "nim", _)
            if defines("main") && (stem.to_lowercase() == "main" || own || near) =>
        {
            (Entry::Program, "it defines the function main", 70)
        }
        ("swift", "main.swift") => (Entry::Program, "Swift programs start in main.swift", 80),
        ("dart", "main.dart") => (Entry::Program, "Flutter apps start in main.dart", 80),
        ("cs", "Program.cs") => (Entry::Program, "programs of .NET start in Program.cs", 75),
        ("hs", "Main.hs") => (Entry::Program, "Haskell programs start in the module Main", 75),
        ("lua", "main.lua") => (Entry::Program, "LÖVE games start in main.lua", 70),
        ("lua", "init.lua") if depth <= 2 => (Entry::Library, "Lua loads it when the folder is required", 50),
        ("rb", _) if own && folder.ends_with("lib") => {
            (Entry::Library, "it is what a require of the gem loads", 75)
        }
        ("ru", "config.ru") => (Entry::Server, "Rack starts the application with it", 75),
        ("php", "index.php") if matches!(folder, "" | "public" | "web" | "www" | "htdocs") => {
            (Entry::Server, "web servers hand every request to it", 75)
        }
        ("ex", _) if own && folder == "lib" => (Entry::Library, "it bears the project's name", 60),
        ("jl", _) if own && folder == "src" => {
            (Entry::Library, "Julia loads the file with the package's name", 75)
        }
        ("tf", "main.tf") if depth == 0 => (Entry::Module, "Terraform starts with the root module", 80),
        ("vim", _) if matches!(folder, "plugin") && own => {
            (Entry::Library, "Vim loads it when it starts", 60)
        }
        ("lua", _) if folder == "plugin" && own => (Entry::Library, "Neovim loads it when it starts", 60),
        ("swift" | "cs" | "kt" | "scala" | "php", _) if own && !file.is_test && depth < 4 => {
            (Entry::Library, "it bears the project's name", 45)
        }
        ("el", _) if own && depth == 0 => (Entry::Library, "it bears the project's name", 60),
        _ => return script(file, own, depth),
    })
}

fn python(file: &FileFacts, serves: bool, own: bool) -> Option<(Entry, &'static str, i64)> {
    let folder = file.folder();
    let near = matches!(folder, "" | "src" | "app" | "server" | "backend" | "api");

    Some(match file.name() {
        "__main__.py" => (Entry::Program, "Python runs it when the package is run", 75),
        "manage.py" => (Entry::Program, "Django projects are managed with it", 70),
        "wsgi.py" | "asgi.py" => (Entry::Server, "web servers load it", 60),
        "app.py" | "main.py" | "server.py" if near && serves => (Entry::Server, "it declares routes", 75),
        "main.py" if near => (Entry::Program, "by its name", 60),
        "app.py" | "server.py" if near => (Entry::Program, "by its name", 50),
        "__init__.py" if folder.matches('/').count() <= 1 && !folder.is_empty() => {
            let package = folder.strip_prefix("src/").unwrap_or(folder);
            let outer = !package.contains('/') && file.code() > 0;
            return outer.then_some((Entry::Library, "an import of the package starts there", 40));
        }
        _ if own && near => (Entry::Script, "it bears the project's name", 50),
        _ => return None,
    })
}

fn javascript(file: &FileFacts, serves: bool) -> Option<(Entry, &'static str, i64)> {
    let (name, folder) = (file.name(), file.folder());
    let stem = name.split('.').next().unwrap_or(name);
    let near = folder.matches('/').count() < 2;

    Some(match stem {
        "server" | "app" if near && serves => (Entry::Server, "it declares routes", 70),
        "server" if near => (Entry::Server, "by its name", 50),
        "index" if matches!(folder, "" | "src" | "lib") && !name.ends_with('x') => {
            (Entry::Library, "packages start in their index", 50)
        }
        "main" | "index" if matches!(folder, "src" | "") && (stem == "main" || name.ends_with('x')) => {
            (Entry::Page, "the page starts there", 65)
        }
        _ => return None,
    })
}

/// Scripts that people run: installers, programs in `bin`, and the one that bears the project's name.
fn script(file: &FileFacts, own: bool, depth: usize) -> Option<(Entry, &'static str, i64)> {
    let language = file.counted.map(|counted| counted.name)?;
    let folder = file.folder();
    let stem = file.name().split('.').next().unwrap_or_default().to_lowercase();
    let runs = matches!(
        language,
        "Shell" | "Python" | "Ruby" | "Perl" | "PHP" | "Tcl" | "Fish" | "PowerShell" | "Lua" | "JavaScript"
    );
    if !runs || file.path.starts_with('.') {
        return None;
    }

    let installs = ["bootstrap", "install", "setup", "deploy"].contains(&stem.as_str());
    Some(match folder {
        "" if own => (Entry::Script, "it bears the project's name", 60),
        "bin" | "exe" | "script" if own => (Entry::Program, "it bears the project's name", 60),
        "" if installs && depth == 0 => (Entry::Script, "people run it to set everything up", 40),
        "bin" | "exe" if !file.name().contains('.') => (Entry::Script, "it lies among the commands", 30),
        _ => return None,
    })
}

fn is_site(folder: &str) -> bool {
    matches!(
        folder,
        "" | "public" | "src" | "app" | "www" | "site" | "static" | "web" | "client" | "frontend" | "html"
    )
}

/// A page, and the script that it loads last: by then everything else is there.
fn pages(found: &mut Vec<EntryCandidate>, files: &[FileFacts], page: &FileFacts, text: &str, own: &str) {
    static SCRIPT: LazyLock<Option<Regex>> =
        LazyLock::new(|| crate::pattern::compile(r#"(?i)<script[^>]*\bsrc\s*=\s*["']([^"'?]+)"#).ok());

    let entry = EntryPoint {
        path: page.path.clone(),
        kind: Entry::Page,
        name: None,
        evidence: "browsers open it first".to_owned(),
    };
    add(found, files, entry, 55, own);

    let local = SCRIPT
        .iter()
        .flat_map(|pattern| pattern.captures_iter(text))
        .map(|groups| groups[1].to_owned())
        .filter(|source| !source.contains("//"));
    let scripts: Vec<String> = local
        .map(|source| match source.strip_prefix('/') {
            Some(source) => join(page.folder(), source),
            None => join(page.folder(), &source),
        })
        .filter(|path| files.iter().any(|file| file.path == *path))
        .collect();
    let Some(last) = scripts.last() else { return };

    let evidence = if scripts.len() == 1 {
        format!("{} loads it", page.path)
    } else {
        format!("{} loads it last", page.path)
    };
    let entry = EntryPoint {
        path: last.clone(),
        kind: Entry::Page,
        name: None,
        evidence,
    };
    add(found, files, entry, 66, own);
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
    let name = above.max_by_key(|(length, _)| *length).map(|(_, name)| name)?;

    // "github.com/owner/name/v2" is called "name"; a program of Go is called after its folder.
    let parts = path.rsplit('/').skip(1).collect::<Vec<_>>();
    if path.ends_with(".go") && parts.get(1).or(parts.last()) == Some(&"cmd") {
        return parts.first().map(|folder| (*folder).to_owned());
    }
    let short = name
        .rsplit('/')
        .find(|part| !(part.starts_with('v') && part.len() <= 3))
        .filter(|_| name.contains('.') && !name.starts_with('@'));

    Some(short.map_or_else(|| name.clone(), str::to_owned))
}
