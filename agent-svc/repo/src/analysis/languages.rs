//! Which language a file is in, and its lines, by tokei. Languages that listeners take for one are merged.

use std::{collections::BTreeMap, path::Path};

use tokei::{Config, LanguageType};

use super::model::{Language, LineCounts};

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
    let stats = language.parse_from_str(text, &Config::default()).summarise();

    Some(Counted {
        name: merged_name(language),
        is_code: is_code(language) && !is_dump(language, text),
        code: stats.code as u64,
        comments: stats.comments as u64,
        blanks: stats.blanks as u64,
    })
}

fn of(path: &str, text: &str) -> Option<LanguageType> {
    let name = path.rsplit('/').next().unwrap_or(path);
    // tokei opens files without an extension to look for a shebang; this path cannot be opened, so it looks at the
    // name only.
    let named = LanguageType::from_path(Path::new("/dev/null").join(name), &Config::default());
    named.or_else(|| shebang(text))
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
        LanguageType::Sh | LanguageType::Bash | LanguageType::Zsh => "Shell",
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

    // C headers in a project of C++ are C++.
    let lines = |name| {
        by_name
            .get(&(true, name))
            .map_or(0, |counts: &LineCounts| counts.code)
    };
    if lines("C++") > lines("C") * 3
        && let Some(headers) = by_name.remove(&(true, "C"))
        && let Some(cpp) = by_name.get_mut(&(true, "C++"))
    {
        cpp.files += headers.files;
        cpp.code += headers.code;
        cpp.comments += headers.comments;
        cpp.blanks += headers.blanks;
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
