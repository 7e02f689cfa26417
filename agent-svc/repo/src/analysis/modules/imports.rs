//! Which file an import means, and so which module needs which.

use std::collections::{BTreeMap, HashMap, HashSet};

use super::Package;
use crate::analysis::survey::Survey;

/// Every path of the repository that an import can mean.
struct Index<'s> {
    files: HashSet<&'s str>,
    folders: HashSet<&'s str>,
    /// Path from a Java source root, without extension, to the file.
    classes: HashMap<&'s str, &'s str>,
    /// File name to the files of that name, for C.
    names: HashMap<&'s str, Vec<&'s str>>,
    packages: &'s [Package],
    /// Folders that absolute Python imports start from.
    python_roots: Vec<&'s str>,
}

/// For each module, how often it imports which others.
pub(super) fn links(
    survey: &Survey,
    packages: &[Package],
    owner: &dyn Fn(&str) -> String,
) -> BTreeMap<String, BTreeMap<String, u64>> {
    let index = Index::of(survey, packages);
    let mut links: BTreeMap<String, BTreeMap<String, u64>> = BTreeMap::new();
    for file in &survey.files {
        if file.imports.is_empty() {
            continue;
        }

        let from = owner(&file.path);
        for import in &file.imports {
            let Some(target) = index.resolve(&file.path, import) else {
                continue;
            };
            let to = owner(&target);
            if to != from && to != "." {
                *links.entry(from.clone()).or_default().entry(to).or_default() += 1;
            }
        }
    }

    links
}

impl<'s> Index<'s> {
    fn of(survey: &'s Survey, packages: &'s [Package]) -> Self {
        let mut index = Self {
            files: HashSet::new(),
            folders: HashSet::new(),
            classes: HashMap::new(),
            names: HashMap::new(),
            packages,
            python_roots: vec!["", "src", "lib"],
        };
        for file in &survey.files {
            let path = file.path.as_str();
            index.files.insert(path);

            let mut folder = file.folder();
            while !folder.is_empty() && index.folders.insert(folder) {
                folder = folder.rsplit_once('/').map_or("", |(parent, _)| parent);
            }

            if path.ends_with(".java") || path.ends_with(".kt") {
                let inside = ["/java/", "/kotlin/", "/src/"]
                    .iter()
                    .find_map(|root| path.split_once(root).map(|(_, rest)| rest));
                index.classes.insert(super::stem(inside.unwrap_or(path)), path);
            }

            if path.ends_with(".h") {
                index.names.entry(file.name()).or_default().push(path);
            }
        }

        index.python_roots.extend(
            packages
                .iter()
                .filter(|package| package.ecosystem == "PyPI")
                .map(|package| package.folder.as_str()),
        );

        index
    }

    fn resolve(&self, from: &str, import: &str) -> Option<String> {
        let extension = from.rsplit_once('.').map_or("", |(_, extension)| extension);
        match extension {
            "rs" => self.rust(from, import),
            "py" | "pyi" => self.python(from, import),
            "js" | "mjs" | "cjs" | "jsx" | "ts" | "mts" | "cts" | "tsx" => self.javascript(from, import),
            "go" => self.go(import),
            "java" | "kt" => self.java(import),
            "c" | "h" => self.c(from, import),
            _ => None,
        }
    }

    fn exists(&self, path: &str) -> bool {
        self.files.contains(path) || self.folders.contains(path)
    }

    /// The longest prefix of `parts` below `base` that is a file or a folder.
    fn longest(&self, base: &str, parts: &[&str], extensions: &[&str]) -> Option<String> {
        for count in (1..=parts.len()).rev() {
            let path = join(base, &parts[..count].join("/"));
            for extension in extensions {
                let file = format!("{path}.{extension}");
                if self.files.contains(file.as_str()) {
                    return Some(file);
                }
            }

            if self.folders.contains(path.as_str()) {
                return Some(path);
            }
        }

        None
    }

    fn rust(&self, from: &str, import: &str) -> Option<String> {
        let parts: Vec<&str> = import
            .split("::")
            .map(|part| part.trim().trim_start_matches("r#"))
            .filter(|part| !part.is_empty())
            .collect();

        let (folder, name) = from.rsplit_once('/').unwrap_or(("", from));
        // The folder in which this file's submodules lie.
        let own = if super::is_main(name) {
            folder.to_owned()
        } else {
            super::stem(from).to_owned()
        };

        let parent = |path: &str| {
            path.rsplit_once('/')
                .map_or(String::new(), |(parent, _)| parent.to_owned())
        };

        match parts.first().copied()? {
            "crate" => {
                let package = self.package_above(from, "Cargo")?;
                self.longest(&join(&package.folder, "src"), &parts[1..], &["rs"])
            }
            "self" => self.longest(&own, &parts[1..], &["rs"]),
            "super" => {
                let ups = parts.iter().take_while(|part| **part == "super").count();
                let base = (0..ups).fold(own, |base, _| parent(&base));
                self.longest(&base, &parts[ups..], &["rs"])
            }
            first => {
                let same = |package: &&Package| {
                    package.ecosystem == "Cargo" && package.name.replace('-', "_") == first
                };
                if let Some(package) = self.packages.iter().find(same) {
                    let source = join(&package.folder, "src");
                    return self.longest(&source, &parts[1..], &["rs"]).or(Some(source));
                }
                self.longest(&own, &parts, &["rs"])
            }
        }
    }

    fn python(&self, from: &str, import: &str) -> Option<String> {
        let dots = import.chars().take_while(|c| *c == '.').count();
        let parts: Vec<&str> = import[dots..]
            .split('.')
            .filter(|part| !part.is_empty())
            .collect();
        if dots > 0 {
            let mut base = from.rsplit_once('/').map_or("", |(folder, _)| folder);
            for _ in 1..dots {
                base = base.rsplit_once('/').map_or("", |(parent, _)| parent);
            }
            return self
                .longest(base, &parts, &["py"])
                .or_else(|| self.exists(base).then(|| base.to_owned()));
        }

        self.python_roots
            .iter()
            .find_map(|root| self.longest(root, &parts, &["py"]))
    }

    fn javascript(&self, from: &str, import: &str) -> Option<String> {
        const EXTENSIONS: [&str; 8] = ["ts", "tsx", "js", "jsx", "mjs", "cjs", "vue", "svelte"];

        let folder = from.rsplit_once('/').map_or("", |(folder, _)| folder);
        let near = |base: &str, path: &str| {
            let path = join(base, path);
            let bare = EXTENSIONS
                .iter()
                .find_map(|extension| path.strip_suffix(&format!(".{extension}")))
                .unwrap_or(&path)
                .to_owned();
            let mut files = EXTENSIONS
                .iter()
                .flat_map(|extension| [format!("{bare}.{extension}"), format!("{path}/index.{extension}")]);

            files
                .find(|file| self.files.contains(file.as_str()))
                .or_else(|| self.folders.contains(path.as_str()).then_some(path))
        };
        if import.starts_with('.') {
            return near(folder, import);
        }

        if let Some(inside) = ["@/", "~/", "#/"]
            .iter()
            .find_map(|alias| import.strip_prefix(alias))
        {
            let package = self
                .package_above(from, "npm")
                .map_or("", |package| package.folder.as_str());
            return near(&join(package, "src"), inside).or_else(|| near(package, inside));
        }

        let owner = self
            .packages
            .iter()
            .filter(|package| package.ecosystem == "npm")
            .find(|package| {
                import == package.name
                    || import
                        .strip_prefix(&package.name)
                        .is_some_and(|rest| rest.starts_with('/'))
            })?;

        Some(join(&owner.folder, "src"))
            .filter(|path| self.exists(path))
            .or_else(|| Some(owner.folder.clone()))
    }

    fn go(&self, import: &str) -> Option<String> {
        let modules = self
            .packages
            .iter()
            .filter(|package| package.ecosystem == "Go modules");

        let inside = modules.filter_map(|package| {
            let rest = import.strip_prefix(&package.name)?;
            (rest.is_empty() || rest.starts_with('/')).then(|| join(&package.folder, rest))
        });

        inside
            .max_by_key(String::len)
            .filter(|path| self.folders.contains(path.as_str()))
    }

    fn java(&self, import: &str) -> Option<String> {
        let path = import.replace('.', "/");
        let mut at = path.as_str();
        // A nested class or a static member: the class is one or two parts up.
        for _ in 0..3 {
            if let Some(file) = self.classes.get(at) {
                return Some((*file).to_owned());
            }
            at = at.rsplit_once('/')?.0;
        }

        None
    }

    fn c(&self, from: &str, import: &str) -> Option<String> {
        let folder = from.rsplit_once('/').map_or("", |(folder, _)| folder);
        let near = join(folder, import);
        if self.files.contains(near.as_str()) {
            return Some(near);
        }
        let name = import.rsplit('/').next()?;
        let found = self.names.get(name)?.iter().find(|path| path.ends_with(import))?;
        Some((*found).to_owned())
    }

    /// The package of an ecosystem that a file lies in: the deepest one above it.
    fn package_above(&self, path: &str, ecosystem: &str) -> Option<&Package> {
        let above = self.packages.iter().filter(|package| {
            package.ecosystem == ecosystem
                && (package.folder.is_empty()
                    || path
                        .strip_prefix(&package.folder)
                        .is_some_and(|rest| rest.starts_with('/')))
        });
        above.max_by_key(|package| package.folder.len())
    }
}

/// Joins and resolves `.` and `..`.
pub(crate) fn join(base: &str, path: &str) -> String {
    let mut parts: Vec<&str> = Vec::new();
    for part in base.split('/').chain(path.split('/')) {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop();
            }
            part => parts.push(part),
        }
    }

    parts.join("/")
}
