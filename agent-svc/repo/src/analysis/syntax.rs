//! What a source file defines, imports and says of itself: by tree-sitter, one file a language below, or by a row of
//! patterns (`rows`) where there is no grammar. Here is what the grammars share. Only the outer levels of a file are visited, never the bodies of functions, so that depth is bounded.

mod c;
mod comments;
mod go;
mod java;
mod javascript;
pub(crate) mod lines;
mod notebook;
mod python;
mod rows;
mod rust;

use std::{
    cell::RefCell,
    ops::ControlFlow,
    time::{Duration, Instant},
};

use tree_sitter::{Language, Node, ParseOptions, ParseState, Parser};

use super::{
    model::{Definition, DefinitionKind},
    prose, words,
};

/// A language whose definitions are understood.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Grammar {
    Rust,
    Python,
    JavaScript,
    TypeScript,
    Tsx,
    Go,
    Java,
    C,
}

impl Grammar {
    pub(crate) fn from_path(path: &str) -> Option<Self> {
        let (_, extension) = path.rsplit_once('.')?;
        Some(match extension {
            "rs" => Self::Rust,
            "py" | "pyi" | "pyw" => Self::Python,
            "js" | "mjs" | "cjs" | "jsx" => Self::JavaScript,
            "ts" | "mts" | "cts" => Self::TypeScript,
            "tsx" => Self::Tsx,
            "go" => Self::Go,
            "java" => Self::Java,
            "c" | "h" => Self::C,
            _ => return None,
        })
    }

    fn language(self) -> Language {
        match self {
            Self::Rust => tree_sitter_rust::LANGUAGE.into(),
            Self::Python => tree_sitter_python::LANGUAGE.into(),
            Self::JavaScript => tree_sitter_javascript::LANGUAGE.into(),
            Self::TypeScript => tree_sitter_typescript::LANGUAGE_TYPESCRIPT.into(),
            Self::Tsx => tree_sitter_typescript::LANGUAGE_TSX.into(),
            Self::Go => tree_sitter_go::LANGUAGE.into(),
            Self::Java => tree_sitter_java::LANGUAGE.into(),
            Self::C => tree_sitter_c::LANGUAGE.into(),
        }
    }
}

/// What one file says.
#[derive(Debug, Default)]
pub(crate) struct Syntax {
    pub(crate) definitions: Vec<Definition>,
    /// As written: `crate::a::b`, `./util`, `github.com/x/y`, `com.x.Y`, `x.h`.
    pub(crate) imports: Vec<String>,
    /// First paragraph of the documentation of the file itself.
    pub(crate) header: Option<String>,
    /// The file that holds the documentation of this file, as written beside it.
    pub(crate) header_file: Option<String>,
    /// Whether parsing ran out of time, so that nothing is known.
    pub(crate) gave_up: bool,
}

thread_local! {
    static PARSER: RefCell<Parser> = RefCell::new(Parser::new());
}

/// Reads one file. `limit` bounds the time for parsing it.
pub(crate) fn read(grammar: Grammar, path: &str, text: &str, limit: Duration) -> Syntax {
    let tree = PARSER.with_borrow_mut(|parser| {
        parser.set_language(&grammar.language()).ok()?;

        let until = Instant::now() + limit;
        let mut watch = |_: &ParseState| {
            if Instant::now() < until {
                ControlFlow::Continue(())
            } else {
                ControlFlow::Break(())
            }
        };

        let bytes = text.as_bytes();
        let options = ParseOptions::new().progress_callback(&mut watch);
        let tree = parser.parse_with_options(
            &mut |at, _| bytes.get(at..).unwrap_or_default(),
            None,
            Some(options),
        );

        parser.reset();

        tree
    });

    let Some(tree) = tree else {
        return Syntax {
            gave_up: true,
            ..Syntax::default()
        };
    };

    let mut file = File {
        path,
        text,
        found: Syntax::default(),
    };

    let root = tree.root_node();
    match grammar {
        Grammar::Rust => rust::read(&mut file, root),
        Grammar::Python => python::read(&mut file, root),
        Grammar::JavaScript | Grammar::TypeScript | Grammar::Tsx => javascript::read(&mut file, root),
        Grammar::Go => go::read(&mut file, root),
        Grammar::Java => java::read(&mut file, root),
        Grammar::C => c::read(&mut file, root),
    }

    file.found
}

/// Reads a file without a grammar of its own: a notebook, or a language with a row; `language` is for scripts
/// without an extension.
pub(crate) fn read_plainly(path: &str, language: Option<&str>, text: &str, limit: Duration) -> Syntax {
    if path.ends_with(".ipynb") {
        return notebook::read(path, text, limit);
    }
    if language == Some("Python") {
        return read(Grammar::Python, path, text, limit);
    }

    lines::read(path, language, text).unwrap_or_default()
}

/// The file being read.
struct File<'t> {
    path: &'t str,
    text: &'t str,
    found: Syntax,
}

/// A definition as a language sees it.
struct Found<'a> {
    name: &'a str,
    kind: DefinitionKind,
    parent: Option<&'a str>,
    public: bool,
    doc: Option<String>,
    parameters: Option<u32>,
    is_async: bool,
}

impl<'t> File<'t> {
    fn text(&self, node: Node<'_>) -> &'t str {
        self.text.get(node.byte_range()).unwrap_or_default()
    }

    fn field(&self, node: Node<'_>, name: &str) -> Option<&'t str> {
        node.child_by_field_name(name).map(|child| self.text(child))
    }

    fn push(&mut self, node: Node<'_>, found: Found<'_>) {
        if found.name.is_empty() || found.name.len() > 120 {
            return;
        }

        let (start, end) = (node.start_position().row, node.end_position().row);
        self.found.definitions.push(Definition {
            name: found.name.to_owned(),
            words: words::words(found.name),
            kind: found.kind,
            parent: found.parent.map(str::to_owned),
            path: self.path.to_owned(),
            line: u32::try_from(start + 1).unwrap_or(u32::MAX),
            lines: u32::try_from(end - start + 1).unwrap_or(u32::MAX),
            doc: found.doc.as_deref().and_then(prose::doc),
            public: found.public,
            parameters: found.parameters,
            is_async: found.is_async,
        });
    }

    fn import(&mut self, target: &str) {
        let target = target.trim();
        if !target.is_empty() && target.len() <= 300 && self.found.imports.len() < 500 {
            self.found.imports.push(target.to_owned());
        }
    }

    fn header(&mut self, text: &str) {
        if self.found.header.is_none() {
            self.found.header = comments::about(text).and_then(|about| prose::doc(&about));
        }
    }
}

fn named_children<'n>(node: Node<'n>) -> Vec<Node<'n>> {
    let mut cursor = node.walk();
    node.named_children(&mut cursor).collect()
}

fn has_child(node: Node<'_>, kind: &str) -> bool {
    let mut cursor = node.walk();
    node.children(&mut cursor).any(|child| child.kind() == kind)
}

/// Parameters of a list node, comments and receivers left out.
fn count_parameters(list: Option<Node<'_>>, skip: &[&str]) -> Option<u32> {
    let count = named_children(list?)
        .into_iter()
        .filter(|child| !child.kind().contains("comment") && !skip.contains(&child.kind()))
        .count();
    u32::try_from(count).ok()
}

#[cfg(test)]
mod tests;
