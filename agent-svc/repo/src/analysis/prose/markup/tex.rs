//! TeX: chapters and sections as headings, plain paragraphs, lists. What only a typesetter understands is left out; a
//! sentence with a formula keeps a mark, so that it is never told.

use std::sync::LazyLock;

use regex::{Captures, Regex};

use crate::analysis::prose::FORMULA;

/// What stands between these is no prose.
const UNREAD: [&str; 24] = [
    "verbatim",
    "lstlisting",
    "minted",
    "code",
    "equation",
    "equation*",
    "align",
    "align*",
    "eqnarray",
    "gather",
    "gather*",
    "figure",
    "figure*",
    "table",
    "tabular",
    "tikzpicture",
    "proof",
    "thebibliography",
    "alltt",
    "exercise",
    "displaymath",
    "multline",
    "stdout",
    "trivlist",
];

/// The text of a file of TeX, line by line.
pub(super) fn to_markdown(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut unread: Option<&str> = None;
    let mut formula = false;
    // A document begins where it says so; a part of one begins at once.
    let mut begun = !text.contains("\\begin{document}");
    for line in text.lines() {
        let line = without_comment(line).trim();
        if line.starts_with("\\begin{document}") {
            begun = true;
        } else if let Some(name) = unread {
            if line.contains(&format!("\\end{{{name}}}")) {
                unread = None;
            }
        } else if formula {
            formula = !(line.contains("\\]") || line.ends_with("$$"));
        } else if !begun {
        } else if let Some(name) = UNREAD
            .iter()
            .find(|name| line.starts_with(&format!("\\begin{{{name}}}")))
        {
            unread = Some(name)
                .copied()
                .filter(|name| !line.contains(&format!("\\end{{{name}}}")));
        } else if line.starts_with("\\[") || line.starts_with("$$") {
            formula = !(line.ends_with("\\]") || line.len() > 2 && line.ends_with("$$"));
        } else if let Some(heading) = heading(line) {
            out.push_str(&heading);
        } else if let Some(item) = line.strip_prefix("\\item") {
            out.push_str("- ");
            out.push_str(inline(item.trim_start_matches(['[', ']'])).trim());
        } else if !line.starts_with('\\') || is_prose_command(line) {
            out.push_str(inline(line).trim());
        }
        out.push('\n');
    }

    out
}

fn without_comment(line: &str) -> &str {
    let end = line
        .match_indices('%')
        .find(|(at, _)| *at == 0 || line.as_bytes()[at - 1] != b'\\')
        .map_or(line.len(), |(at, _)| at);

    &line[..end]
}

/// `\section{On water}` as `## On water`.
fn heading(line: &str) -> Option<String> {
    const LEVELS: [(&str, &str); 8] = [
        ("\\part", "#"),
        ("\\chapter", "#"),
        ("\\section", "##"),
        ("\\subsection", "###"),
        ("\\subsubsection", "####"),
        ("\\chapter*", "#"),
        ("\\section*", "##"),
        ("\\subsection*", "###"),
    ];
    let (_, rest, mark) = LEVELS.iter().find_map(|(command, mark)| {
        let rest = line.strip_prefix(command)?;
        rest.starts_with(['{', '[']).then_some((command, rest, mark))
    })?;
    let inner = &rest[rest.find('{')? + 1..];
    let mut depth = 1_i32;
    let end = inner.find(|symbol| {
        depth += match symbol {
            '{' => 1,
            '}' => -1,
            _ => 0,
        };
        depth == 0
    });
    let title = &inner[..end?];

    Some(format!("{mark} {}", inline(title)))
}

/// A line that begins with a command of words: `\emph{Water} rises`.
fn is_prose_command(line: &str) -> bool {
    [
        "\\emph{",
        "\\textit{",
        "\\textbf{",
        "\\texttt{",
        "\\define{",
        "\\defn{",
        "\\LaTeX",
        "\\TeX",
        "\\verb",
    ]
    .iter()
    .any(|command| line.starts_with(command))
}

fn inline(line: &str) -> String {
    static RULES: LazyLock<Vec<(Regex, &str)>> = LazyLock::new(|| {
        let rules = [
            (r"\$[^$]*\$|\\\(.*?\\\)|\\begin\{.*", FORMULA),
            (
                r"\\(?:index|label|cite[tp]?|footnote|vspace|hspace|marginpar)(?:\[[^\]]*\])?\{[^{}]*(?:\{[^{}]*\})?[^{}]*\}",
                "",
            ),
            (
                r"\\(?:ref|autoref|cref|Cref|pageref|eqref|autopageref)\{[^}]*\}",
                FORMULA,
            ),
            (r"\\(?:url|href)\{[^}]*\}", ""),
            (
                r"\\(?:texttt|java|py|code)\{([^{}]*)\}|\{\\tt\s+([^{}]*)\}",
                "`$1$2`",
            ),
            (
                r"\\(?:emph|textit|textbf|textsc|define|defn|textsf|uline)\{([^{}]*)\}|\{\\(?:em|bf|it|sf|sc)\s+([^{}]*)\}",
                "$1$2",
            ),
            (r"``|''", "\""),
            (r"\\(?:ldots|dots)\b", "…"),
            (r"\\([&%#_$])", "$1"),
            (r"~|\\,|\\ ", " "),
            (r"\\[LT]a?TeX\b(?:\{\})?", "TeX"),
        ];
        let compiled = rules
            .into_iter()
            .filter_map(|(pattern, with)| Some((crate::pattern::compile(pattern).ok()?, with)));
        compiled.collect()
    });
    static VERB: LazyLock<Option<Regex>> = LazyLock::new(|| {
        crate::pattern::compile(r#"\\verb(?:\|([^|]*)\||"([^"]*)"|\+([^+]*)\+|!([^!]*)!|'([^']*)')"#).ok()
    });

    let mut text = match VERB.as_ref() {
        Some(pattern) => pattern
            .replace_all(line, |groups: &Captures<'_>| {
                let words = groups
                    .iter()
                    .skip(1)
                    .flatten()
                    .next()
                    .map_or("", |words| words.as_str());
                format!("`{words}`")
            })
            .into_owned(),
        None => line.to_owned(),
    };
    for (pattern, with) in RULES.iter() {
        text = pattern.replace_all(&text, *with).into_owned();
    }
    // A command that is not known may stand for anything.
    if text.contains('\\') {
        text = text.split('\\').next().unwrap_or_default().to_owned() + FORMULA;
    }

    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headings_and_plain_sentences_are_kept_on_their_lines() {
        let text = "\\documentclass{book}\n\\begin{document}\n\\chapter[Water]{On {\\em water}}\n% no word\nWater \\emph{rises}\\index{rise} by the ``moon''.\n\\begin{verbatim}\nx = 1\n\\end{verbatim}\nIts height is $h$.\n\\begin{itemize}\n\\item A gate\n\\end{itemize}\n";
        let lines: Vec<String> = to_markdown(text).lines().map(str::to_owned).collect();
        assert_eq!(lines[2], "# On water");
        assert_eq!(lines[4], "Water rises by the \"moon\".");
        assert_eq!(lines[8], "Its height is {formula}.");
        assert_eq!(lines[10], "- A gate");
        assert!(lines.iter().all(|line| !line.contains("x = 1")), "{lines:?}");
        assert_eq!(lines.len(), 12);
        assert_eq!(heading("\\section{On gates}").as_deref(), Some("## On gates"));
    }
}
