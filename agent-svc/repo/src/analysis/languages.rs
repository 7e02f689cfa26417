//! Which language a file is in, and its lines, by tokei. Languages that listeners take for one are merged.

use std::{collections::BTreeMap, path::Path};

use tokei::{Config, LanguageType};

use super::{
    model::{Language, LineCounts},
    survey::FileFacts,
};

/// A file's language and lines.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Counted {
    pub(crate) name: &'static str,
    /// Programming, as against data, markup and prose.
    pub(crate) is_code: bool,
    pub(crate) code: u64,
    pub(crate) comments: u64,
    pub(crate) blanks: u64,
}

/// Counts one file; `None` when its language is unknown.
pub(crate) fn count(path: &str, text: &str) -> Option<Counted> {
    let language = of(path, text)?;
    if language == LanguageType::Jupyter {
        return Some(count_notebook(text));
    }
    let stats = language.parse_from_str(text, &Config::default()).summarise();

    Some(Counted {
        name: if path.ends_with(".tf") {
            "Terraform"
        } else {
            merged_name(language)
        },
        is_code: is_code(language) && !is_dump(language, text),
        code: stats.code as u64,
        comments: stats.comments as u64,
        blanks: stats.blanks as u64,
    })
}

/// The lines of a notebook's cells: code, and prose as comments.
fn count_notebook(text: &str) -> Counted {
    let notebook: serde_json::Value = serde_json::from_str(text).unwrap_or_default();
    let lines = |kind: &str| -> u64 {
        let cells = notebook["cells"].as_array().into_iter().flatten();
        let source = cells
            .filter(|cell| cell["cell_type"] == kind)
            .map(|cell| match &cell["source"] {
                serde_json::Value::String(text) => {
                    text.lines().filter(|line| !line.trim().is_empty()).count()
                }
                serde_json::Value::Array(lines) => {
                    let lines = lines.iter().filter_map(serde_json::Value::as_str);
                    lines.filter(|line| !line.trim().is_empty()).count()
                }
                _ => 0,
            });
        source.sum::<usize>() as u64
    };

    Counted {
        name: merged_name(LanguageType::Jupyter),
        is_code: true,
        code: lines("code"),
        comments: lines("markdown"),
        blanks: 0,
    }
}

fn of(path: &str, text: &str) -> Option<LanguageType> {
    let name = path.rsplit('/').next().unwrap_or(path);
    // tokei opens files without an extension to look for a shebang; this path cannot be opened, so it looks at the
    // name only.
    let named = LanguageType::from_path(Path::new("/dev/null").join(name), &Config::default());
    let bats = name.ends_with(".bats").then_some(LanguageType::Bash);
    named.or(bats).or_else(|| shebang(text))
}

fn shebang(text: &str) -> Option<LanguageType> {
    let line = text.lines().next()?.strip_prefix("#!")?;
    let program = line
        .split(['/', ' '])
        .rfind(|part| !part.is_empty() && !part.starts_with('-'))?;

    Some(
        match program.trim_end_matches(|c: char| c.is_ascii_digit() || c == '.') {
            "bash" => LanguageType::Bash,
            "sh" | "dash" => LanguageType::Sh,
            "zsh" => LanguageType::Zsh,
            "python" => LanguageType::Python,
            "node" | "deno" | "bun" => LanguageType::JavaScript,
            "ruby" => LanguageType::Ruby,
            "perl" => LanguageType::Perl,
            "php" => LanguageType::Php,
            "bats" | "ksh" | "ash" => LanguageType::Sh,
            "tclsh" | "wish" | "expect" => LanguageType::Tcl,
            "lua" | "luajit" => LanguageType::Lua,
            "fish" => LanguageType::Fish,
            "Rscript" => LanguageType::R,
            "runghc" | "runhaskell" => LanguageType::Haskell,
            "elixir" => LanguageType::Elixir,
            "julia" => LanguageType::Julia,
            _ => return None,
        },
    )
}

fn merged_name(language: LanguageType) -> &'static str {
    match language {
        LanguageType::CHeader => "C",
        LanguageType::CppHeader => "C++",
        LanguageType::Tsx => "TypeScript",
        LanguageType::Jsx => "JavaScript",
        LanguageType::Sh | LanguageType::Bash | LanguageType::Zsh | LanguageType::Ksh => "Shell",
        LanguageType::Tcl => "Tcl",
        LanguageType::Jupyter => "Jupyter notebooks",
        language => language.name(),
    }
}

fn is_code(language: LanguageType) -> bool {
    !matches!(
        language,
        LanguageType::Json
            | LanguageType::Yaml
            | LanguageType::Toml
            | LanguageType::Xml
            | LanguageType::Svg
            | LanguageType::Ini
            | LanguageType::Markdown
            | LanguageType::ReStructuredText
            | LanguageType::AsciiDoc
            | LanguageType::Text
            | LanguageType::Org
            | LanguageType::MsBuild
            | LanguageType::Tex
            | LanguageType::DotNetResource
            | LanguageType::Edn
            | LanguageType::GodotTextScene
            | LanguageType::IntelHex
            | LanguageType::Mdx
            | LanguageType::NuGetConfig
            | LanguageType::Po
            | LanguageType::RON
            | LanguageType::UnrealPlugin
            | LanguageType::UnrealProject
            | LanguageType::VisualStudioProject
            | LanguageType::VisualStudioSolution
    )
}

/// Rows of a database written down as SQL are data.
fn is_dump(language: LanguageType, text: &str) -> bool {
    if language != LanguageType::Sql || text.len() < 20_000 {
        return false;
    }

    let row = |line: &&str| {
        let line = line.trim_start();
        line.starts_with('(')
            || line.contains('\t')
            || line
                .get(..6)
                .is_some_and(|start| start.eq_ignore_ascii_case("insert"))
    };
    let lines = text.lines().filter(|line| !line.trim().is_empty());
    let (rows, all) = lines.fold((0usize, 0usize), |(rows, all), line| {
        (rows + usize::from(row(&line)), all + 1)
    });

    rows * 10 > all * 7
}

/// Headers are of the language that the sources beside them are written in: C++ where there is more of it than of C.
pub(crate) fn settle(files: &mut [FileFacts]) {
    let lines = |files: &[FileFacts], name: &str| -> u64 {
        let sources = files.iter().filter(|file| !file.path.ends_with(".h"));
        let counted = sources.filter_map(|file| file.counted.filter(|counted| counted.name == name));
        counted.map(|counted| counted.code).sum()
    };
    if lines(files, "C++") <= lines(files, "C") {
        return;
    }

    for file in files.iter_mut().filter(|file| file.path.ends_with(".h")) {
        if let Some(counted) = file.counted.as_mut().filter(|counted| counted.name == "C") {
            counted.name = "C++";
        }
    }
}

/// Languages that dress or carry a project: they name it only when it has nothing else.
fn is_dress(name: &str) -> bool {
    matches!(
        name,
        "CSS"
            | "HTML"
            | "Sass"
            | "LESS"
            | "Stylus"
            | "PostCSS"
            | "Vim Script"
            | "Makefile"
            | "CMake"
            | "Batch"
            | "Dockerfile"
            | "Autoconf"
            | "Automake"
            | "M4"
            | "Just"
            | "Meson"
            | "Bazel"
            | "Cabal"
            | "Nix"
            | "Rakefile"
            | "XSL"
            | "Handlebars"
            | "Mustache"
            | "Jinja2"
            | "Liquid"
            | "Haml"
            | "Ruby HTML"
            | "Go HTML"
            | "Blade templating language"
            | "Protocol Buffers"
            | "GraphQL"
            | "Emacs Lisp"
            | "Linker Script"
            | "Assembly"
            | "GNU Style Assembly"
            | "SQL"
            | "Gherkin (Cucumber)"
    )
}

/// The language that a project is said to be written in: that of its entry when a good part of it is, or else the one
/// with the most code beside tests and examples.
pub(crate) fn main_language(files: &[FileFacts], entry: Option<&str>) -> Option<String> {
    let sum = |product: bool| {
        let mut by_name: BTreeMap<&'static str, u64> = BTreeMap::new();
        for file in files.iter().filter(|file| file.code() > 0) {
            if product && (file.is_test || super::places::is_aside(&file.path)) {
                continue;
            }
            if let Some(counted) = file.counted {
                *by_name.entry(counted.name).or_default() += counted.code;
            }
        }
        by_name
    };

    let mut by_name = sum(true);
    if by_name.keys().all(|name| is_dress(name)) {
        by_name = sum(false);
    }
    if by_name.keys().any(|name| !is_dress(name)) {
        by_name.retain(|name, _| !is_dress(name));
    }

    let whole: u64 = by_name.values().sum();
    let of_entry = entry
        .and_then(|path| files.iter().find(|file| file.path == path))
        .and_then(|file| file.counted)
        .map(|counted| counted.name)
        .filter(|name| by_name.get(name).is_some_and(|lines| lines * 5 >= whole));
    let most = || {
        let best = by_name
            .iter()
            .max_by_key(|(name, lines)| (**lines, std::cmp::Reverse(**name)));
        best.map(|(name, _)| *name)
    };

    of_entry.or_else(most).map(str::to_owned)
}

/// Sums by language, most code first: programming languages, then formats; last all code together, without the data.
pub(crate) fn sum<'a>(
    files: impl Iterator<Item = &'a Counted>,
) -> (Vec<Language>, Vec<Language>, LineCounts) {
    let mut totals = LineCounts::default();
    let mut by_name: BTreeMap<(bool, &str), LineCounts> = BTreeMap::new();
    for file in files {
        let own = by_name.entry((file.is_code, file.name)).or_default();
        let all = file.is_code.then_some(&mut totals);
        for counts in [Some(own), all].into_iter().flatten() {
            counts.files += 1;
            counts.code += file.code;
            counts.comments += file.comments;
            counts.blanks += file.blanks;
        }
    }

    let list = |wanted: bool| {
        let of_kind = || by_name.iter().filter(move |((is_code, _), _)| *is_code == wanted);
        // Prose has no code lines in tokei's count; its comments are its lines.
        let weight = |counts: &LineCounts| {
            if wanted {
                counts.code
            } else {
                counts.code + counts.comments
            }
        };
        let whole: u64 = of_kind().map(|(_, counts)| weight(counts)).sum();
        let mut all: Vec<Language> = of_kind()
            .map(|((_, name), counts)| Language {
                name: (*name).to_owned(),
                files: counts.files,
                code: counts.code,
                comments: counts.comments,
                blanks: counts.blanks,
                share: if whole == 0 {
                    0.0
                } else {
                    (weight(counts) as f64 / whole as f64 * 1e4).round() / 1e4
                },
            })
            .collect();

        all.sort_by(|a, b| {
            b.share
                .total_cmp(&a.share)
                .then_with(|| b.files.cmp(&a.files))
                .then_with(|| a.name.cmp(&b.name))
        });

        all
    };

    (list(true), list(false), totals)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_counted_by_language() {
        let rust = count("src/main.rs", "// c\nfn main() {}\n\n").expect("Rust");
        assert_eq!(
            (rust.name, rust.code, rust.comments, rust.blanks, rust.is_code),
            ("Rust", 1, 1, 1, true)
        );

        assert_eq!(
            count("run", "#!/usr/bin/env python3\nx = 1\n").map(|file| file.name),
            Some("Python")
        );
        assert_eq!(
            count("Dockerfile", "FROM x\n").map(|file| file.name),
            Some("Dockerfile")
        );
        assert_eq!(count("a.json", "{}\n").map(|file| file.is_code), Some(false));
        assert_eq!(count("passwd", "root:x:0\n"), None);
    }

    #[test]
    fn shares_are_of_code_only() {
        let file = |name, is_code, code| Counted {
            name,
            is_code,
            code,
            comments: 0,
            blanks: 0,
        };

        let files = [
            file("Rust", true, 75),
            file("Shell", true, 25),
            file("JSON", false, 500),
        ];
        let (languages, formats, totals) = sum(files.iter());

        assert_eq!(
            languages
                .iter()
                .map(|l| (l.name.as_str(), l.share))
                .collect::<Vec<_>>(),
            [("Rust", 0.75), ("Shell", 0.25)]
        );
        assert_eq!(formats[0].name, "JSON");
        assert_eq!(totals.code, 100, "data is no code");
    }
}
