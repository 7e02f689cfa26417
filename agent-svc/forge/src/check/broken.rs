//! Files that do not parse: on which line, and what is missing there.

use super::source::Source;
use super::syntax::{NodeId, SyntaxTree};
use super::{Edit, Finding, Severity, finding};
use crate::check::jsx::{ELEMENTS, Element};

const COMPLETE: &str = "Complete the file, so that it parses.";

/// What breaks a file first.
pub(super) fn find_break(source: &Source<'_>) -> Option<Finding> {
    let tree = &source.tree;
    if !tree.has_errors {
        return find_unlike_tags(source);
    }

    let place = find_bracket(tree).unwrap_or_else(|| find_error(tree));
    let found = finding(
        Severity::Critical,
        "syntax",
        source.path,
        place.line,
        place.says,
        COMPLETE,
    );
    let edit = place
        .edits
        .into_iter()
        .map(|(bytes, text)| Edit::replace(source, bytes, text));
    let edit = edit.into_iter().find(|edit| parses_with(source, edit));

    Some(found.mended_by(edit))
}

struct Break {
    line: usize,
    says: String,
    /// Pieces of text, each of which may mend it.
    edits: Vec<(std::ops::Range<usize>, String)>,
}

/// Whether a file parses with an edit, which then is one that mends it.
fn parses_with(source: &Source<'_>, edit: &Edit) -> bool {
    let text = source.tree.text;
    let (Some(before), Some(after)) = (text.get(..edit.bytes.start), text.get(edit.bytes.end..)) else {
        return false;
    };
    let edited = format!("{before}{}{after}", edit.text);

    SyntaxTree::parse(source.path, &edited).is_some_and(|tree| !tree.has_errors)
}

struct Bracket {
    open: NodeId,
    indent: usize,
}

/// The bracket that has no other half. Where lines are indented, one that closes on another indent than it opened tells which.
fn find_bracket(tree: &SyntaxTree<'_>) -> Option<Break> {
    let mut open: Vec<Bracket> = Vec::new();
    let mut suspect: Option<Break> = None;
    for node in 0..tree.nodes.len() {
        let is_token = tree.nodes[node].end == node + 1 && !tree.nodes[node].is_missing;
        let kind = tree.kind(node);
        if !is_token || tree.nodes[node].is_named {
            continue;
        }
        if closing(kind).is_some() {
            open.push(Bracket {
                open: node,
                indent: indent_of(tree, node),
            });
        } else if matches!(kind, "}" | ")" | "]") {
            let Some(bracket) = open.pop() else {
                return Some(suspect.unwrap_or_else(|| stray(tree, node)));
            };
            if closing(tree.kind(bracket.open)) != Some(kind) {
                return Some(suspect.unwrap_or_else(|| unclosed(tree, bracket.open, Some(node))));
            }
            if suspect.is_none() && begins_line(tree, node) && indent_of(tree, node) != bracket.indent {
                suspect = Some(match indent_of(tree, node) > bracket.indent {
                    true => stray(tree, node),
                    false => unclosed(tree, bracket.open, Some(node)),
                });
            }
        }
    }

    let left = open.last()?;
    Some(suspect.unwrap_or_else(|| unclosed(tree, left.open, None)))
}

fn closing(open: &str) -> Option<&'static str> {
    match open {
        "{" | "${" => Some("}"),
        "(" => Some(")"),
        "[" => Some("]"),
        _ => None,
    }
}

fn stray(tree: &SyntaxTree<'_>, node: NodeId) -> Break {
    Break {
        line: tree.line(node),
        says: format!("The bracket {} closes nothing.", tree.kind(node)),
        edits: vec![(tree.nodes[node].bytes.clone(), String::new())],
    }
}

/// `before`: where it must be closed at the latest.
fn unclosed(tree: &SyntaxTree<'_>, open: NodeId, before: Option<NodeId>) -> Break {
    let bracket = tree.kind(open);
    let close = closing(bracket).unwrap_or_default();
    let end = before.map_or(tree.text.len(), |node| tree.nodes[node].bytes.start);
    let line_end = tree.nodes[open].bytes.end
        + tree.text[tree.nodes[open].bytes.end..]
            .find('\n')
            .unwrap_or_default();
    let line_begin = tree.text[..end].rfind('\n').map_or(0, |at| at + 1);
    let indent = " ".repeat(indent_of(tree, open));

    Break {
        line: tree.line(open),
        says: format!("The bracket {bracket} is not closed: the file is cut off or broken."),
        edits: vec![
            (line_begin..line_begin, format!("{indent}{close}\n")),
            (end..end, close.to_owned()),
            (line_end..line_end, close.to_owned()),
        ],
    }
}

/// The first place that the grammar does not know, where brackets are whole.
fn find_error(tree: &SyntaxTree<'_>) -> Break {
    let is_wrong = |node: NodeId| tree.nodes[node].is_missing || tree.kind(node) == "ERROR";
    let first = (0..tree.nodes.len()).find(|node| is_wrong(*node) && !tree.descendants(*node).any(is_wrong));
    let Some(node) = first else {
        return Break {
            line: 1,
            says: "This file does not parse.".to_owned(),
            edits: Vec::new(),
        };
    };

    let (line, bytes) = (tree.line(node), tree.nodes[node].bytes.clone());
    if tree.nodes[node].is_missing {
        let wanted = tree.kind(node).to_owned();
        return Break {
            line,
            says: format!("Here {wanted} is missing."),
            edits: vec![(bytes, wanted)],
        };
    }
    let text: String = tree.text_of(node).trim().chars().take(60).collect();
    Break {
        line,
        says: format!("This does not parse: {}", text.lines().next().unwrap_or_default()),
        edits: vec![(bytes, String::new())],
    }
}

/// Elements that another tag closes; the grammar takes them for whole.
fn find_unlike_tags(source: &Source<'_>) -> Option<Finding> {
    let tree = &source.tree;
    let elements = tree
        .all(&ELEMENTS[..1])
        .filter_map(|node| Element::read(tree, node));

    for element in elements {
        let Some(close) = tree.field(element.node, "close_tag") else {
            continue;
        };
        let name = tree.field(close, "name");
        let closes = name.map_or("", |name| tree.text_of(name));
        if closes == element.name() {
            continue;
        }
        let says = format!("<{}> is closed by </{closes}>.", element.name());
        let (path, line) = (source.path, tree.line(close));
        let found = finding(Severity::Critical, "syntax", path, line, says, COMPLETE);
        let edit = Edit::replace(
            source,
            tree.nodes[close].bytes.clone(),
            format!("</{}>", element.name()),
        );
        return Some(found.mended_by([edit]));
    }

    None
}

fn begins_line(tree: &SyntaxTree<'_>, node: NodeId) -> bool {
    let start = tree.nodes[node].bytes.start;
    let line = tree.text[..start].rfind('\n').map_or(0, |at| at + 1);
    tree.text[line..start].trim().is_empty()
}

/// Spaces before the first letter of a node's line.
fn indent_of(tree: &SyntaxTree<'_>, node: NodeId) -> usize {
    let start = tree.nodes[node].bytes.start;
    let line = tree.text[..start].rfind('\n').map_or(0, |at| at + 1);
    tree.text[line..]
        .chars()
        .take_while(|letter| matches!(letter, ' ' | '\t'))
        .count()
}
