//! Comments of a source file, in blocks, with the line where each begins. Works on lines, so that it serves every language.

use crate::analysis::prose;

/// Comment lines that stand together.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub(super) struct CommentBlock {
    /// 0-based row of its first line.
    pub(super) row: usize,
    /// 0-based row of its last line.
    pub(super) end: usize,
    /// Its lines without their marks.
    pub(super) lines: Vec<String>,
    /// Stands behind code on the same line.
    pub(super) trailing: bool,
}

impl CommentBlock {
    /// Its first paragraph in one line; lists, tags and code end it, and what goes on after a tag is the tag's.
    pub(super) fn paragraph(&self) -> String {
        let ends = |line: &str| {
            line.is_empty()
                || line.starts_with(['@', '-', '*', '|', '#', '=', '`', '\\'])
                || line.starts_with(":param")
        };
        let mut kept: Vec<&str> = Vec::new();
        let mut tagged = false;
        for line in self.lines.iter().map(|line| line.trim()) {
            let brief = ["@brief ", "\\brief ", "@summary ", "@description "]
                .iter()
                .find_map(|tag| line.strip_prefix(tag))
                .map(str::trim_start);
            if let (Some(brief), true) = (brief, kept.is_empty()) {
                kept.push(brief);
            } else if ends(line) {
                if !kept.is_empty() {
                    break;
                }
                tagged = line.starts_with(['@', '\\']) || tagged && !line.is_empty();
            } else if !tagged {
                kept.push(line);
            }
        }

        prose::tidy(&prose::unwrap_roles(&kept.join(" ")))
    }

    /// Sentences with the rows on which they begin.
    pub(super) fn sentences(&self) -> Vec<(usize, String)> {
        let mut found = Vec::new();
        let mut paragraph: Vec<(usize, &str)> = Vec::new();
        for (at, line) in self.lines.iter().enumerate() {
            let line = line.trim();
            let ends = line.is_empty()
                || line.starts_with(['@', '|', '`', '#', '\\'])
                || line.chars().all(|c| !c.is_alphanumeric());
            if ends || line.starts_with(['-', '*']) {
                flush(&mut paragraph, &mut found);
            }
            if !ends {
                paragraph.push((self.row + at, line.trim_start_matches(['-', '*', ' '])));
            }
        }
        flush(&mut paragraph, &mut found);

        found
    }
}

fn flush(paragraph: &mut Vec<(usize, &str)>, found: &mut Vec<(usize, String)>) {
    let mut text = String::new();
    let mut starts: Vec<(usize, usize)> = Vec::new();
    for (row, line) in paragraph.drain(..) {
        let line = prose::tidy(&prose::unwrap_roles(line));
        if !text.is_empty() {
            text.push(' ');
        }
        starts.push((text.len(), row));
        text.push_str(&line);
    }

    for sentence in prose::sentences(&text) {
        let at = sentence.as_ptr() as usize - text.as_ptr() as usize;
        let row = starts
            .iter()
            .rev()
            .find(|(start, _)| *start <= at)
            .map_or(0, |(_, row)| *row);
        found.push((row, sentence.to_owned()));
    }
}

/// How a language marks its comments.
struct Marks {
    line: &'static [&'static str],
    block: Option<(&'static str, &'static str)>,
}

fn marks(extension: &str) -> Option<Marks> {
    let (line, block): (&[&str], _) = match extension {
        "rs" | "go" | "js" | "mjs" | "cjs" | "jsx" | "ts" | "mts" | "tsx" | "java" | "kt" | "c" | "h"
        | "cc" | "cpp" | "cxx" | "hpp" | "hh" | "ino" | "cs" | "swift" | "scala" | "dart" | "php" | "zig"
        | "proto" | "gradle" | "groovy" | "scss" | "less" | "vue" | "svelte" | "m" | "mm" | "pde"
        | "jsonnet" | "html" | "htm" => (&["//"], Some(("/*", "*/"))),
        "css" => (&[], Some(("/*", "*/"))),
        "tf" | "hcl" => (&["#", "//"], Some(("/*", "*/"))),
        "py" | "pyi" => (&["#"], Some(("\"\"\"", "\"\"\""))),
        "sh" | "bash" | "zsh" | "fish" | "rb" | "pl" | "r" | "yml" | "yaml" | "toml" | "nix" | "tcl"
        | "ex" | "exs" | "jl" | "mk" | "conf" | "cfg" | "ps1" | "tmux" | "awk" | "ksh" | "cmake" => {
            (&["#"], None)
        }
        "hs" | "lua" | "sql" | "elm" | "ads" | "adb" => (&["--"], Some(("{-", "-}"))),
        "vim" => (&["\""], None),
        "el" | "lisp" | "clj" | "scm" | "asm" | "s" => (&[";"], None),
        _ => return None,
    };

    Some(Marks { line, block })
}

/// The kind of comments that a file has, by its name; dot files of a shell are `sh`.
pub(super) fn extension(path: &str) -> &str {
    let name = path.rsplit('/').next().unwrap_or(path);
    let bare = name.trim_start_matches('.');

    match bare.rsplit_once('.') {
        Some((_, "symlink" | "zsh-theme" | "bashrc" | "aliases")) => "sh",
        Some((_, extension)) => extension,
        None if matches!(bare, "vimrc" | "gvimrc") => "vim",
        None if name.starts_with('.')
            || path.starts_with("bin/")
            || matches!(bare, "Makefile" | "Dockerfile" | "Brewfile") =>
        {
            "sh"
        }
        None => "",
    }
}

/// Whether the code of a file stands in it between tags.
pub(crate) fn is_page(path: &str) -> bool {
    matches!(extension(path), "html" | "htm" | "vue" | "svelte")
}

/// What stands between the `<script>` tags of a page, every line in its place; empty when there is nothing.
pub(crate) fn script_of_page(text: &str) -> String {
    let mut out = String::new();
    let mut inside = false;
    let mut any = false;
    for line in text.lines() {
        let lower = line.to_ascii_lowercase();
        if inside && lower.contains("</script") {
            inside = false;
        } else if inside {
            out.push_str(line);
            any |= !line.trim().is_empty();
        }
        let opens = lower.rfind("<script").filter(|at| {
            let tag = &lower[*at..];
            let other = tag.contains("src=") || tag.contains("json") || tag.contains("template");
            !tag.contains("</script") && !other
        });
        inside |= opens.is_some();
        out.push('\n');
    }

    if any { out } else { String::new() }
}

/// Every comment of a file, in order.
pub(super) fn blocks(path: &str, text: &str) -> Vec<CommentBlock> {
    if is_page(path) {
        return blocks("page.js", &script_of_page(text));
    }

    let scripted = text.starts_with("#!").then_some("sh");
    let Some(marks) = marks(extension(path)).or_else(|| marks(scripted?)) else {
        return Vec::new();
    };

    let mut found: Vec<CommentBlock> = Vec::new();
    let mut open: Option<CommentBlock> = None;
    for (row, raw) in text.lines().enumerate() {
        let line = raw.trim();
        if let Some(mut block) = open.take() {
            let close = marks.block.map_or("", |(_, close)| close);
            match line.find(close) {
                Some(at) => {
                    block.lines.push(unstarred(&line[..at]));
                    block.end = row;
                    found.push(block);
                }
                None => {
                    block.lines.push(unstarred(line));
                    open = Some(block);
                }
            }
            continue;
        }

        open = comment(&marks, row, line, &mut found);
    }

    found
}

/// Takes the comment of one line; a block that goes on below is given back.
fn comment(marks: &Marks, row: usize, line: &str, found: &mut Vec<CommentBlock>) -> Option<CommentBlock> {
    if let Some((start, close)) = marks.block
        && let Some(at) = line.find(start)
        && !inside_string(&line[..at])
        && !(start == "\"\"\"" && !line.starts_with(start) && line[..at].trim_end().ends_with(['=', '(']))
    {
        let inner = line[at + start.len()..].trim_start_matches(['*', '!', '<']);
        let mut block = CommentBlock {
            row,
            end: row,
            lines: Vec::new(),
            trailing: at > 0,
        };
        if let Some(end) = inner.find(close) {
            block
                .lines
                .push(inner[..end].trim().trim_end_matches('*').trim().to_owned());
            found.push(block);
            return None;
        }
        block.lines.push(inner.trim().to_owned());
        return Some(block);
    }

    let at = marks
        .line
        .iter()
        .filter_map(|mark| Some((line.find(mark)?, *mark)))
        .min()?;
    let (at, mark) = at;
    let fits = at == 0 || (line[..at].ends_with(' ') && !inside_string(&line[..at]) && mark != "\"");
    if !fits || line.starts_with("#!") || line.starts_with("#[") || line.starts_with("#include") {
        return None;
    }

    let body = line[at + mark.len()..]
        .trim_start_matches(['/', '!', '#', '-', '<', ';', '"', '|', '^'])
        .trim()
        .to_owned();
    match found.last_mut() {
        Some(last) if at == 0 && !last.trailing && last.end + 1 == row => {
            last.end = row;
            last.lines.push(body);
        }
        _ => found.push(CommentBlock {
            row,
            end: row,
            lines: vec![body],
            trailing: at > 0,
        }),
    }

    None
}

fn unstarred(line: &str) -> String {
    line.trim()
        .trim_start_matches('*')
        .trim_end_matches('*')
        .trim()
        .to_owned()
}

fn inside_string(before: &str) -> bool {
    ['"', '\'', '`']
        .iter()
        .any(|quote| before.matches(*quote).count() % 2 == 1)
}

/// Whether a comment is code that was put out of use, a notice about rights, or a word to a tool.
pub(super) fn is_noise(text: &str) -> bool {
    let lower = text.to_ascii_lowercase();
    let legal = [
        "copyright",
        "spdx",
        "licensed under",
        "licensed to ",
        "licenses this file",
        "license agreement",
        "this file is part of",
        "is free software",
        "all rights reserved",
        "redistribut",
        "warranty",
        "todo",
        "fixme",
        "xxx",
        "eslint",
        "noqa",
        "nolint",
        "pragma",
        "shellcheck",
        "vim:",
        "-*-",
        "http:",
        "https:",
        "@ts-",
        "prettier",
        "istanbul",
    ];
    let code = text.ends_with([';', '{', '}', ','])
        || text.contains("();")
        || text.contains(":\"")
        || text.contains(" = ")
        || text.contains("==")
        || text.contains("=>")
        || text.contains("->");

    code || legal.iter().any(|word| lower.contains(word))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn comments_come_in_blocks_with_their_rows() {
        assert_eq!(
            script_of_page("<p>x</p>\n<script src=\"a.js\"></script>\n<script>\nlet a;\n</script>\n"),
            "\n\n\nlet a;\n\n"
        );
        let text = "/* Reads a line.\n * It waits. */\nint a; // how many\n// One.\n// Two.\nchar *b = \"http://x\";\n";
        let found = blocks("a.c", text);
        assert_eq!(found.len(), 3, "{found:?}");
        assert_eq!(
            found[0].sentences(),
            [(0, "Reads a line.".to_owned()), (1, "It waits.".to_owned())]
        );
        assert!(found[1].trailing && found[1].row == 2);
        assert_eq!(found[2].paragraph(), "One. Two.");
    }

    #[test]
    fn what_goes_on_after_a_tag_is_not_what_the_comment_says() {
        let said = |text: &str| blocks("a.cpp", text)[0].paragraph();
        assert_eq!(
            said(
                "/*!\n *  @brief  Sets the name.\n *  @param  gate\n *          Gate that will be set\n */\n"
            ),
            "Sets the name."
        );
        assert_eq!(
            said("/**\n * @param gate\n *   Gate that will be set\n *\n * Opens it.\n */\n"),
            "Opens it."
        );
    }

    #[test]
    fn shells_and_python_have_theirs() {
        let found = blocks(".zshrc", "#!/bin/sh\n# Opens it.\nalias o=open # short\n");
        assert_eq!(found.len(), 2, "{found:?}");
        let found = blocks("a.py", "def f():\n    \"\"\"Says it.\"\"\"\n    x = 1  # why\n");
        assert_eq!(found[0].paragraph(), "Says it.");
    }
}
