//! Which files are read, and why the others are not. Decides by path, by the repository's own ignore rules and
//! attributes, by size, and by a look at the first bytes.

use std::{path::Path, sync::LazyLock};

use ignore::gitignore::{Gitignore, GitignoreBuilder};
use regex::Regex;

use super::model::SkipReason;
use crate::checkout::{Reader, TreeFile, TreeFileKind};

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
    Regex::new(
        r"(?x) \.min\.(js|css|mjs)$ | [.-]min\.js$ | \.bundle\.js$ | \.(js|css|mjs|cjs)\.map$ | \.pb\.(go|cc|h|rs|swift|gw\.go)$ | _pb2(_grpc)?\.pyi?$
            | _pb\.(js|d\.ts|ts)$ | _grpc\.pb\.go$ | \.(g|freezed|gr|mocks)\.dart$ | \.designer\.(cs|vb)$ | \.generated\.[a-z]+$ | _generated\.[a-z]+$
            | (^|/)zz_generated | \.snap$ | \.snap\.new$ | (^|/)__snapshots__/ | \.gen\.(go|ts|rs)$ | _gen\.go$ | jquery[-.\d]*(\.slim)?\.js$ ",
    )
    .ok()
});

/// The repository's own rules, and the limits.
pub(crate) struct Rules {
    ignored: Vec<(String, Gitignore)>,
    generated: Vec<(String, Gitignore)>,
    vendored: Vec<(String, Gitignore)>,
    max_file_bytes: u64,
}

/// A file that is worth reading.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Verdict {
    Read(String),
    Skip(SkipReason),
}

impl Rules {
    /// Reads every `.gitignore` and `.gitattributes` of the tree.
    pub(crate) fn read_tree(files: &[TreeFile], reader: &Reader, max_file_bytes: u64) -> Self {
        let mut rules = Self {
            ignored: Vec::new(),
            generated: Vec::new(),
            vendored: Vec::new(),
            max_file_bytes,
        };
        for file in files
            .iter()
            .filter(|file| matches!(file.kind, TreeFileKind::File | TreeFileKind::Executable))
        {
            let (folder, name) = file.path.rsplit_once('/').unwrap_or(("", &file.path));
            if !matches!(name, ".gitignore" | ".gitattributes")
                || reader.size(file.id).is_none_or(|size| size > MAX_RULES_BYTES)
            {
                continue;
            }

            let text = reader.read(file.id).unwrap_or_default();
            let text = String::from_utf8_lossy(&text);

            if name == ".gitignore" {
                push(&mut rules.ignored, folder, text.lines());
            } else {
                push(
                    &mut rules.generated,
                    folder,
                    attributed(&text, "linguist-generated"),
                );
                push(
                    &mut rules.vendored,
                    folder,
                    attributed(&text, "linguist-vendored"),
                );
            }
        }

        // The rules of the nearest folder come first.
        for list in [&mut rules.ignored, &mut rules.generated, &mut rules.vendored] {
            list.sort_by_key(|(folder, _)| std::cmp::Reverse(folder.len()));
        }

        rules
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

        if matches(&self.ignored, &file.path) {
            Some(SkipReason::Ignored)
        } else if folders
            .split('/')
            .any(|folder| VENDORED_FOLDERS.contains(&folder))
            || matches(&self.vendored, &file.path)
        {
            Some(SkipReason::Vendored)
        } else if WRITTEN_BY_TOOLS.contains(&name)
            || GENERATED_NAME
                .as_ref()
                .is_some_and(|pattern| pattern.is_match(&lower))
            || matches(&self.generated, &file.path)
        {
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
        let Some(text) = decode(bytes) else {
            return Verdict::Skip(SkipReason::Binary);
        };
        if is_generated(&file.path, &text) {
            return Verdict::Skip(SkipReason::Generated);
        }

        Verdict::Read(text)
    }
}

fn push<'a>(list: &mut Vec<(String, Gitignore)>, folder: &str, lines: impl Iterator<Item = &'a str>) {
    let mut builder = GitignoreBuilder::new("");
    let mut any = false;
    for line in lines {
        // A pattern that cannot be understood is left out, as git does.
        any |= builder.add_line(None, line).is_ok();
    }

    if let (true, Ok(rules)) = (any, builder.build())
        && !rules.is_empty()
    {
        list.push((folder.to_owned(), rules));
    }
}

/// Patterns of `.gitattributes` lines that set `attribute`, with unset ones negated.
fn attributed<'a>(text: &'a str, attribute: &'a str) -> impl Iterator<Item = &'a str> {
    text.lines().filter_map(move |line| {
        let mut words = line.split_whitespace();
        let pattern = words.next().filter(|pattern| !pattern.starts_with('#'))?;
        words
            .any(|word| word == attribute || word == format!("{attribute}=true"))
            .then_some(pattern)
    })
}

fn matches(list: &[(String, Gitignore)], path: &str) -> bool {
    for (folder, rules) in list {
        let inside = match folder.as_str() {
            "" => path,
            folder => match path.strip_prefix(folder).and_then(|rest| rest.strip_prefix('/')) {
                Some(inside) => inside,
                None => continue,
            },
        };
        let found = rules.matched_path_or_any_parents(Path::new(inside), false);

        if !found.is_none() {
            return found.is_ignore();
        }
    }

    false
}

/// UTF-8, or UTF-16 with its mark, or nearly UTF-8 with replacement characters; `None` for what is not text.
fn decode(bytes: Vec<u8>) -> Option<String> {
    for (mark, from) in [
        ([0xFF, 0xFE], u16::from_le_bytes as fn([u8; 2]) -> u16),
        ([0xFE, 0xFF], u16::from_be_bytes),
    ] {
        if bytes.starts_with(&mark) {
            let units = bytes[2..].chunks_exact(2).map(|pair| from([pair[0], pair[1]]));
            let text: String = char::decode_utf16(units)
                .map(|c| c.unwrap_or(char::REPLACEMENT_CHARACTER))
                .collect();
            return Some(text);
        }
    }

    if bytes.iter().take(8_000).any(|byte| *byte == 0) {
        return None;
    }

    match String::from_utf8(bytes) {
        Ok(text) => Some(match text.strip_prefix('\u{feff}') {
            Some(rest) => rest.to_owned(),
            None => text,
        }),
        Err(err) => {
            let text = String::from_utf8_lossy(err.as_bytes()).into_owned();
            let broken = text.chars().filter(|c| *c == char::REPLACEMENT_CHARACTER).count();
            (broken * 10 <= text.chars().count()).then_some(text)
        }
    }
}

/// Marks that generators leave in the first lines, and lines that no person types.
fn is_generated(path: &str, text: &str) -> bool {
    let marked = text.lines().take(10).any(|line| {
        let line = line.trim_start();
        let comment = ["//", "#", "/*", "*", "<!--", "--", ";", "%", "\"\"\""]
            .iter()
            .any(|mark| line.starts_with(mark));
        let lower = line.to_ascii_lowercase();

        comment
            && (lower.contains("@generated")
                || lower.contains("code generated by")
                || lower.contains("do not edit")
                || lower.contains("automatically generated")
                || lower.contains("autogenerated by")
                || lower.contains("auto-generated by")
                || lower.contains("this file was generated")
                || lower.contains("this file is generated"))
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

    fn rules(ignore: &[(&str, &str)]) -> Rules {
        let mut rules = Rules {
            ignored: Vec::new(),
            generated: Vec::new(),
            vendored: Vec::new(),
            max_file_bytes: 1_000,
        };
        for (folder, text) in ignore {
            push(&mut rules.ignored, folder, text.lines());
        }

        rules
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
    fn ignore_rules_of_the_nearest_folder_win() {
        let rules = rules(&[("web", "!keep.log\n"), ("", "*.log\n/build/\n")]);
        assert_eq!(rules.by_path(&file("a.log")), Some(SkipReason::Ignored));
        assert_eq!(rules.by_path(&file("build/x.rs")), Some(SkipReason::Ignored));
        assert_eq!(rules.by_path(&file("src/build/x.rs")), None);

        // The nearest folder's list is asked first.
        let mut sorted = rules;
        sorted
            .ignored
            .sort_by_key(|(folder, _)| std::cmp::Reverse(folder.len()));

        assert_eq!(sorted.by_path(&file("web/keep.log")), None);
    }

    #[test]
    fn attributes_mark_generated_and_vendored_files() {
        let text = "# c\n*.gen linguist-generated=true\nlib/** linguist-vendored\n*.md text\n";
        assert_eq!(
            attributed(text, "linguist-generated").collect::<Vec<_>>(),
            ["*.gen"]
        );
        assert_eq!(
            attributed(text, "linguist-vendored").collect::<Vec<_>>(),
            ["lib/**"]
        );
    }

    #[test]
    fn text_is_decoded_even_when_it_is_not_utf8() {
        assert_eq!(
            decode(b"caf\xe9 au lait, s'il vous pla\xeet".to_vec()).map(|text| text.len() > 20),
            Some(true)
        );
        assert_eq!(decode(vec![0xFF, 0xFE, b'h', 0, b'i', 0]).as_deref(), Some("hi"));
        assert_eq!(decode(b"\xef\xbb\xbfhi".to_vec()).as_deref(), Some("hi"));
        assert_eq!(decode(b"a\0b".to_vec()), None);
        assert_eq!(decode(vec![0xC3; 500]), None);
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
    }
}
