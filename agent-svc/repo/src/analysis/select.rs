//! Which files are read, and why the others are not. Decides by path, by the repository's own attributes, by size, and
//! by a look at the content. Ignore rules say nothing: git does not apply them to what it tracks, and a commit holds
//! nothing else.

use std::{
    collections::BTreeSet,
    path::{Path, PathBuf},
    sync::LazyLock,
};

use gix::attrs::{
    StateRef,
    glob::pattern::Case,
    search::{MetadataCollection, Outcome},
};
use regex::Regex;

use super::{model::SkipReason, places};
use crate::checkout::{Reader, TreeFile, TreeFileKind};
use crate::text;

/// Files above this size are never rules files.
const MAX_RULES_BYTES: u64 = 256 * 1024;

/// Folders whose content was copied from other projects.
const VENDORED_FOLDERS: &[&str] = &[
    "vendor",
    "vendors",
    "vendored",
    "node_modules",
    "bower_components",
    "third_party",
    "third-party",
    "thirdparty",
    "3rdparty",
    "3rd_party",
    "external_libs",
    "godeps",
    "pods",
    "carthage",
    "site-packages",
    ".venv",
    "venv",
    "virtualenv",
    ".yarn",
    "jspm_packages",
    "dist",
    "deps",
    ".bundle",
    "gems",
];

const WRITTEN_BY_TOOLS: &[&str] = &[
    "cargo.lock",
    "package-lock.json",
    "npm-shrinkwrap.json",
    "yarn.lock",
    "pnpm-lock.yaml",
    "bun.lock",
    "bun.lockb",
    "deno.lock",
    "poetry.lock",
    "pdm.lock",
    "uv.lock",
    "pipfile.lock",
    "gemfile.lock",
    "composer.lock",
    "go.sum",
    "go.work.sum",
    "mix.lock",
    "pubspec.lock",
    "podfile.lock",
    "package.resolved",
    "packages.lock.json",
    "gradle.lockfile",
    "flake.lock",
    "conan.lock",
    ".terraform.lock.hcl",
    "rebar.lock",
    "cargo.lock.msrv",
    // Wrappers that a build tool puts there.
    "gradlew",
    "gradlew.bat",
    "mvnw",
    "mvnw.cmd",
];

const BINARY_EXTENSIONS: &[&str] = &[
    "svg", "png", "jpg", "jpeg", "gif", "webp", "avif", "bmp", "ico", "icns", "tif", "tiff", "psd", "pdf",
    "doc", "docx", "xls", "xlsx", "ppt", "pptx", "odt", "zip", "gz", "tgz", "bz2", "xz", "zst", "7z", "rar",
    "tar", "jar", "war", "aar", "apk", "ipa", "dmg", "iso", "exe", "dll", "so", "dylib", "a", "lib", "o",
    "obj", "class", "pyc", "pyo", "wasm", "woff", "woff2", "ttf", "otf", "eot", "mp3", "mp4", "m4a", "mov",
    "avi", "mkv", "webm", "wav", "flac", "ogg", "opus", "db", "sqlite", "sqlite3", "bin", "dat", "pack",
    "idx", "onnx", "pt", "pth", "h5", "npy", "npz", "parquet", "keystore", "jks", "p12", "pfx", "der", "glb",
    "blend", "fbx",
];

static GENERATED_NAME: LazyLock<Option<Regex>> = LazyLock::new(|| {
    crate::pattern::compile(
        r"(?x) \.min\.(js|css|mjs)$ | [.-]min\.js$ | \.bundle\.js$ | \.(js|css|mjs|cjs)\.map$ | \.pb\.(go|cc|h|rs|swift|gw\.go)$ | _pb2(_grpc)?\.pyi?$
            | _pb\.(js|d\.ts|ts)$ | _grpc\.pb\.go$ | \.(g|freezed|gr|mocks)\.dart$ | \.designer\.(cs|vb)$ | \.generated\.[a-z]+$ | _generated\.[a-z]+$
            | (^|/)zz_generated | \.snap$ | \.snap\.new$ | (^|/)__snapshots__/ | \.gen\.(go|ts|rs)$ | _gen\.go$ | jquery[-.\d]*(\.slim)?\.js$ ",
    )
    .ok()
});

/// The repository's own rules, and the limits.
pub(crate) struct Rules {
    attributes: Attributes,
    max_file_bytes: u64,
    /// Folders, with a slash, that were copied from elsewhere as what lies in them tells.
    bundled: Vec<String>,
}

/// What `.gitattributes` say of files, with git's own rules for which line wins.
#[derive(Default)]
struct Attributes {
    search: gix::attrs::Search,
    names: MetadataCollection,
}

/// What a repository says of one file itself; `None` where it says nothing.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Marking {
    vendored: Option<bool>,
    generated: Option<bool>,
}

impl Attributes {
    /// Nearer folders are added later and win.
    fn add(&mut self, path: &str, bytes: &[u8]) {
        let added = self.search.add_patterns_buffer(
            bytes,
            PathBuf::from(path),
            Some(Path::new("")),
            &mut self.names,
            !path.contains('/'),
        );
        // Lines that cannot be understood are left out, as git does.
        drop(added);
    }

    fn of(&self, path: &str) -> Marking {
        let mut found = Outcome::default();
        found.initialize_with_selection(&self.names, ["linguist-vendored", "linguist-generated"]);
        self.search
            .pattern_matching_relative_path(path.into(), Case::Sensitive, Some(false), &mut found);

        let mut said = [None; 2];
        for (said, one) in said.iter_mut().zip(found.iter_selected()) {
            *said = match one.assignment.state {
                StateRef::Set => Some(true),
                StateRef::Unset => Some(false),
                StateRef::Value(value) => Some(!value.as_bstr().eq_ignore_ascii_case(b"false")),
                StateRef::Unspecified => None,
            };
        }

        Marking {
            vendored: said[0],
            generated: said[1],
        }
    }
}

/// A file that is worth reading.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Verdict {
    Read(String),
    Skip(SkipReason),
}

impl Rules {
    /// Reads every `.gitattributes` of the tree.
    pub(crate) fn read_tree(files: &[TreeFile], reader: &Reader, max_file_bytes: u64) -> Self {
        let mut found: Vec<&TreeFile> = files
            .iter()
            .filter(|file| matches!(file.kind, TreeFileKind::File | TreeFileKind::Executable))
            .filter(|file| file.path.rsplit('/').next() == Some(".gitattributes"))
            .filter(|file| reader.size(file.id).is_some_and(|size| size <= MAX_RULES_BYTES))
            .collect();
        found.sort_by_key(|file| file.path.matches('/').count());

        let mut attributes = Attributes::default();
        for file in found {
            let text = text::decode(reader.read(file.id).unwrap_or_default()).unwrap_or_default();
            attributes.add(&file.path, text.as_bytes());
        }

        Self {
            attributes,
            max_file_bytes,
            bundled: bundled_folders(files),
        }
    }

    /// What the path alone says.
    pub(crate) fn by_path(&self, file: &TreeFile) -> Option<SkipReason> {
        match file.kind {
            TreeFileKind::Symlink => return Some(SkipReason::Symlink),
            TreeFileKind::Submodule => return Some(SkipReason::Submodule),
            TreeFileKind::File | TreeFileKind::Executable => {}
        }

        let lower = file.path.to_ascii_lowercase();
        let (folders, name) = lower.rsplit_once('/').unwrap_or(("", &lower));
        let said = self.attributes.of(&file.path);
        let vendored = || {
            folders
                .split('/')
                .any(|folder| VENDORED_FOLDERS.contains(&folder))
                || self.bundled.iter().any(|folder| file.path.starts_with(folder))
        };
        let generated = || {
            WRITTEN_BY_TOOLS.contains(&name)
                || GENERATED_NAME
                    .as_ref()
                    .is_some_and(|pattern| pattern.is_match(&lower))
        };

        // What the repository says of itself outweighs our lists.
        if said.vendored.unwrap_or_else(vendored) {
            Some(SkipReason::Vendored)
        } else if said.generated.unwrap_or_else(generated) {
            Some(SkipReason::Generated)
        } else if name
            .rsplit_once('.')
            .is_some_and(|(_, extension)| BINARY_EXTENSIONS.contains(&extension))
        {
            Some(SkipReason::Binary)
        } else {
            None
        }
    }

    /// Reads a file and decides by its content.
    pub(crate) fn read(&self, file: &TreeFile, reader: &Reader) -> Verdict {
        match reader.size(file.id) {
            None => return Verdict::Skip(SkipReason::Missing),
            Some(size) if size > self.max_file_bytes => return Verdict::Skip(SkipReason::TooLarge),
            Some(_) => {}
        }

        let Some(bytes) = reader.read(file.id) else {
            return Verdict::Skip(SkipReason::Missing);
        };
        if is_pointer(&bytes) {
            return Verdict::Skip(SkipReason::StoredElsewhere);
        }
        let Some(text) = text::decode(bytes) else {
            return Verdict::Skip(SkipReason::Binary);
        };
        if self.attributes.of(&file.path).generated != Some(false) && is_generated(&file.path, &text) {
            return Verdict::Skip(SkipReason::Generated);
        }

        Verdict::Read(text)
    }
}

/// A framework below the tests that has a licence of its own, a library that was copied with its licence, and a folder of
/// libraries for a page that holds what was made small elsewhere.
fn bundled_folders(files: &[TreeFile]) -> Vec<String> {
    let mut found: BTreeSet<String> = copied_libraries(files);
    for file in files {
        let lower = file.path.to_ascii_lowercase();
        let name = lower.rsplit('/').next().unwrap_or(&lower);
        if is_licence(name)
            && let Some(tests) = places::test_folder(&file.path)
            && let Some((inner, _)) = file.path[tests.len()..].trim_start_matches('/').split_once('/')
        {
            found.insert(format!("{tests}/{inner}/"));
        }

        let small = name.ends_with(".min.js");
        let libs = [
            "libs/",
            "js/lib/",
            "js/libs/",
            "javascripts/lib/",
            "extern/",
            "external/",
        ];
        let folder = libs.iter().find_map(|libs| {
            let at = lower
                .find(libs)
                .filter(|at| *at == 0 || lower.as_bytes()[at - 1] == b'/')?;
            (small && at + libs.len() + name.len() == lower.len())
                .then(|| file.path[..at + libs.len()].to_owned())
        });
        found.extend(folder);
    }

    found.into_iter().collect()
}

fn is_licence(lower_name: &str) -> bool {
    ["license", "licence", "copying"]
        .iter()
        .any(|start| lower_name.starts_with(start))
        && !lower_name.ends_with(".rs")
}

/// Folders below one for libraries whose licence is not the repository's: `src/libs/radio/LICENSE`.
fn copied_libraries(files: &[TreeFile]) -> BTreeSet<String> {
    const HOLDING: [&str; 12] = [
        "lib",
        "libs",
        "libraries",
        "external",
        "externals",
        "extern",
        "ext",
        "subprojects",
        "submodules",
        "subtrees",
        "imported",
        "contrib",
    ];
    let licences = || {
        files.iter().filter(|file| {
            let lower = file.path.to_ascii_lowercase();
            is_licence(lower.rsplit('/').next().unwrap_or(&lower))
        })
    };
    let own: Vec<_> = licences()
        .filter(|file| !file.path.contains('/'))
        .map(|file| file.id)
        .collect();
    if own.is_empty() {
        return BTreeSet::new();
    }

    let copied = licences().filter_map(|file| {
        let (folder, _) = file.path.rsplit_once('/')?;
        let (above, _) = folder.rsplit_once('/')?;
        let held = above
            .split('/')
            .any(|part| HOLDING.contains(&part.to_ascii_lowercase().as_str()));
        (held && !own.contains(&file.id)).then(|| format!("{folder}/"))
    });

    copied.collect()
}

/// A file whose content lies in Git LFS or git-annex, and which only says where.
fn is_pointer(bytes: &[u8]) -> bool {
    const STARTS: [&[u8]; 4] = [
        b"version https://git-lfs.github.com/spec/",
        b"version https://hawser.github.com/spec/",
        b"# git-media\n",
        b"/annex/objects/",
    ];
    bytes.len() < 1_024 && STARTS.iter().any(|start| bytes.starts_with(start))
}

/// Lines in which generators mark what they wrote. Each speaks of the file that it stands in, and of nothing else.
static GENERATED_MARK: LazyLock<Option<Regex>> = LazyLock::new(|| {
    crate::pattern::compile(
        r"(?ix)
          (^|\s)@generated\b
        | ^code\ generated\b.*(do\ not\ edit|by\ )
        | ^(this|the)\ (file|code|class|module|source(\ file)?|script|document|header)\ (is|was|has\ been)\ ((auto(-|matically\ )?|machine[-\ ])?generated|created\ automatically|produced)\b
        | ^(file|source)\ (auto(-|matically\ )?)?generated\ (by|from|with|on)\b
        | ^((auto(-|\ )?|automatically\ |machine[-\ ]|tool-)generated)(\ (file|code|by|from|with|using|on|at)\b|\s*[.!:;,-]|$)
        | ^(generated|created)\ (automatically\ )?(by|from|with|using)\ (the\ )?\S+
        | ^(!+|\*+|-+|warning[:!]?|attention[:!]?|caution[:!]?|note[:!]?)?\s*(please\s+)?do\ not\ (edit|modify|change)\b\s*(this\ (generated\ )?(file|code)|it|me|by\ hand|manually|directly|[.!;,*-]|$)
        | ^(any|your|manual)\ (changes|edits|modifications)\ (made\ )?(here|to\ this\ file|in\ this\ file)?\s*(will|may)\ be\ (lost|overwritten)
        ",
    )
    .ok()
});

/// Marks that generators leave in the first lines, and lines that no person types.
fn is_generated(path: &str, text: &str) -> bool {
    let marked = text.lines().take(12).any(|line| {
        let line = line.trim();
        let start = [
            "///", "//!", "//", "#", "/**", "/*", "*", "<!--", "--", ";;", ";", "%", "\"\"\"", "{-", "(*",
            "rem ", "'",
        ]
        .iter()
        .find_map(|mark| line.strip_prefix(mark));

        start.is_some_and(|comment| {
            let comment = comment.trim_matches(|c: char| c.is_whitespace() || "*-=#/!<>".contains(c));
            GENERATED_MARK
                .as_ref()
                .is_some_and(|pattern| pattern.is_match(comment))
        })
    });

    let script = path.ends_with(".js") || path.ends_with(".css") || path.ends_with(".mjs");
    let minified = script && text.len() > 5_000 && text.len() / text.lines().count().max(1) > 300;

    marked || minified
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(path: &str) -> TreeFile {
        TreeFile {
            path: path.into(),
            kind: TreeFileKind::File,
            id: gix::ObjectId::null(gix::hash::Kind::Sha1),
        }
    }

    fn rules(attributes: &[(&str, &str)]) -> Rules {
        let mut rules = Rules {
            attributes: Attributes::default(),
            max_file_bytes: 1_000,
            bundled: Vec::new(),
        };
        for (path, text) in attributes {
            rules.attributes.add(path, text.as_bytes());
        }

        rules
    }

    #[test]
    fn folders_that_were_copied_whole_are_known_by_what_lies_in_them() {
        let files = [
            "libs/three.js",
            "libs/stats.min.js",
            "tests/frame/docs/license.txt",
            "tests/frame/src/frame.c",
            "tests/parse.c",
            "packages/libs/own.js",
            "LICENSE",
        ]
        .map(file);
        assert_eq!(bundled_folders(&files), ["libs/", "tests/frame/"]);
    }

    #[test]
    fn a_library_with_a_licence_that_is_not_the_repositorys_was_copied() {
        let of = |path: &str, content: &[u8]| TreeFile {
            id: gix::objs::compute_hash(gix::hash::Kind::Sha1, gix::objs::Kind::Blob, content).unwrap(),
            ..file(path)
        };
        let files = [
            of("LICENSE", b"ours"),
            of("src/libs/radio/LICENSE", b"theirs"),
            of("libs/own/LICENSE", b"ours"),
            of("packages/gate/LICENSE", b"another"),
            of("libs/LICENSE", b"of whatever lies here"),
        ];
        assert_eq!(bundled_folders(&files), ["src/libs/radio/"]);
        assert!(bundled_folders(&files[1..]).is_empty());
    }

    #[test]
    fn paths_tell_vendored_generated_and_binary_files() {
        let rules = rules(&[]);

        for (path, expected) in [
            ("src/main.rs", None),
            ("vendor/lib/a.go", Some(SkipReason::Vendored)),
            ("web/node_modules/x/index.js", Some(SkipReason::Vendored)),
            ("dist/app.js", Some(SkipReason::Vendored)),
            ("Cargo.lock", Some(SkipReason::Generated)),
            ("api/v1/x.pb.go", Some(SkipReason::Generated)),
            ("static/app.min.js", Some(SkipReason::Generated)),
            ("logo.PNG", Some(SkipReason::Binary)),
            ("src/vendor.rs", None),
            ("src/distance/a.rs", None),
        ] {
            assert_eq!(rules.by_path(&file(path)), expected, "{path}");
        }
    }

    #[test]
    fn attributes_outweigh_our_lists() {
        let rules = rules(&[
            (
                ".gitattributes",
                "# c\nvendor/** -linguist-vendored\nsrc/node_modules/** linguist-vendored=false\napi/*.pb.go linguist-generated=false\n\
                 *.gen linguist-generated=true\nlib/** linguist-vendored\n*.md text\nthird_party/** !linguist-vendored\n\
                 [attr]copied linguist-vendored\nborrowed/** copied\nCargo.lock -linguist-generated\n",
            ),
            ("lib/own/.gitattributes", "*.c -linguist-vendored\n"),
        ]);

        for (path, expected) in [
            ("vendor/boats.py", None),
            ("src/node_modules/tide/index.js", None),
            ("api/hand.pb.go", None),
            ("api/deep/hand.pb.go", Some(SkipReason::Generated)),
            ("x/y.gen", Some(SkipReason::Generated)),
            ("lib/a.c", Some(SkipReason::Vendored)),
            ("lib/own/a.c", None),
            ("third_party/a.c", Some(SkipReason::Vendored)),
            ("borrowed/a.c", Some(SkipReason::Vendored)),
            ("Cargo.lock", None),
        ] {
            assert_eq!(rules.by_path(&file(path)), expected, "{path}");
        }
    }

    #[test]
    fn pointers_to_content_elsewhere_are_known() {
        assert!(is_pointer(
            b"version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 9\n"
        ));
        assert!(is_pointer(b"/annex/objects/SHA256E-s9--00.sql\n"));
        assert!(!is_pointer(b"CREATE TABLE version (id INTEGER);\n"));
    }

    #[test]
    fn generators_are_recognised_by_their_marks_but_not_by_talk_of_them() {
        assert!(is_generated(
            "x.go",
            "// Code generated by protoc-gen-go. DO NOT EDIT.\npackage x\n"
        ));
        assert!(is_generated("x.rs", "// @generated\nfn a() {}\n"));
        assert!(!is_generated("x.rs", "fn a() { println!(\"@generated\") }\n"));
        assert!(is_generated("x.js", &format!("var a={}", "1+".repeat(4_000))));

        for line in [
            "# Automatically generated by SWIG. Do not edit.",
            "/* DO NOT EDIT THIS FILE - it is machine generated */",
            "// This file is auto-generated. Any changes will be lost.",
            "# This file was generated by tool 1.2",
            "// <auto-generated/>",
            "<!-- Generated by the site builder -->",
            " * This class was automatically generated",
            "-- do not edit by hand",
            "# !!! DO NOT MODIFY !!!",
            "# Generated from schema.json",
        ] {
            assert!(is_generated("x.txt", &format!("{line}\nx\n")), "{line}");
        }

        for line in [
            "# The prefix avoids a clash with the collection routes, which are automatically generated.",
            " * Callers do not edit the list while it is read.",
            "// Reads code generated by protoc and prints it.",
            "# Tells whether a file is auto-generated.",
            "// Users do not modify this file's callers.",
            "# Do not edit more than one ledger at a time.",
            "// Creates files that say DO NOT EDIT.",
            "# generates a report",
        ] {
            assert!(!is_generated("x.py", &format!("{line}\nx\n")), "{line}");
        }
    }
}
