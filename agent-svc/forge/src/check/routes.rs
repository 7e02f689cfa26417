//! Links that lead to no page, and pages to which no link leads. Routes are objects with a path and a page, or elements
//! `<Route path>`; where one of them is written so that its address can't be read, nothing is said.

use super::jsx::{Element, elements, value_of};
use super::near::nearest;
use super::source::Source;
use super::syntax::{NodeId, SyntaxTree};
use super::{Edit, Finding, Severity, finding};

/// What an object of a route has beside its path.
const PAGES: [&str; 7] = [
    "page",
    "element",
    "component",
    "Component",
    "lazy",
    "children",
    "render",
];
/// Attributes and keys that lead somewhere.
const LINKS: [&str; 6] = ["to", "href", "path", "navigate", "redirectTo", "link"];
/// Functions that lead somewhere by their first argument.
const MOVES: [&str; 6] = ["go", "navigate", "push", "replace", "redirect", "setLocation"];
/// Stands for what only a running app knows.
const ANY: &str = "\u{0}";

struct Place<'s, 'a> {
    path: String,
    source: &'s Source<'a>,
    node: NodeId,
}

pub(super) fn check_routes(sources: &[&Source<'_>], findings: &mut Vec<Finding>) {
    let apps = || {
        sources
            .iter()
            .copied()
            .filter(|source| !source.is_test() && !source.tree.has_errors)
    };
    let Some(routes) = apps()
        .map(read_routes)
        .collect::<Option<Vec<_>>>()
        .map(|routes| routes.concat())
    else {
        return;
    };
    if routes.len() < 2 {
        return;
    }

    let own: Vec<(&str, NodeId)> = routes
        .iter()
        .map(|route| (route.source.path, route.node))
        .collect();
    let links: Vec<Place<'_, '_>> = apps()
        .flat_map(read_links)
        .filter(|link| !own.contains(&(link.source.path, link.node)))
        .collect();
    let targets: Vec<String> = routes.iter().map(|route| route.path.clone()).collect();
    for link in &links {
        findings.extend(check_link(link, &targets));
    }
    for route in &routes {
        let is_reached = links
            .iter()
            .any(|link| is_meant(&link.path, &route.path, &targets));
        let is_apart = route.path == "/" || route.path.contains('*') || links.is_empty();
        if !is_reached && !is_apart {
            let says = format!("No link leads to {}.", route.path);
            let line = route.source.tree.line(route.node);
            let suggestion = "Link to it, or leave the route out.";
            findings.push(finding(
                Severity::Medium,
                "routes",
                route.source.path,
                line,
                says,
                suggestion,
            ));
        }
    }
}

impl Clone for Place<'_, '_> {
    fn clone(&self) -> Self {
        Self {
            path: self.path.clone(),
            ..*self
        }
    }
}

/// The routes of a file; nothing where one can't be read.
fn read_routes<'s, 'a>(source: &'s Source<'a>) -> Option<Vec<Place<'s, 'a>>> {
    let tree = &source.tree;
    let mut routes = Vec::new();
    for pair in tree.all(&["pair"]) {
        let is_path = tree
            .field(pair, "key")
            .is_some_and(|key| tree.text_of(key) == "path");
        let object = tree.nodes[pair].parent;
        if !is_path || !keys(tree, object).any(|key| PAGES.contains(&key)) {
            continue;
        }
        let value = tree.field(pair, "value")?;
        routes.push(read_route(source, value, object)?);
    }
    for element in elements(tree).filter(|element| element.name() == "Route") {
        if let Some(value) = element.value("path") {
            routes.push(read_route(source, value, element.node)?);
        }
    }

    Some(routes)
}

fn keys<'a>(tree: &SyntaxTree<'a>, object: NodeId) -> impl Iterator<Item = &'a str> {
    tree.named_children(object)
        .filter_map(move |part| match tree.kind(part) {
            "pair" => tree.field(part, "key"),
            "method_definition" => tree.field(part, "name"),
            "shorthand_property_identifier" => Some(part),
            _ => None,
        })
        .map(move |key| tree.text_of(key))
}

/// A route that begins at the root, and is in no other: those below others are not read.
fn read_route<'s, 'a>(source: &'s Source<'a>, value: NodeId, route: NodeId) -> Option<Place<'s, 'a>> {
    let tree = &source.tree;
    let path = tree.literal(value)?;
    let is_nested = tree.ancestors(route).any(|above| {
        Element::read(tree, above).is_some_and(|element| element.name() == "Route" && element.has("path"))
            || (tree.kind(above) == "pair"
                && tree
                    .field(above, "key")
                    .is_some_and(|key| tree.text_of(key) == "children"))
    });
    let is_readable =
        (path.starts_with('/') || path == "*") && !is_nested && !path.contains(['(', '[', '?', '+']);

    is_readable.then(|| Place {
        path: path.to_owned(),
        source,
        node: value,
    })
}

/// What a file leads to: `to="/a"`, `href: '/a'`, `go('/a')`.
fn read_links<'s, 'a>(source: &'s Source<'a>) -> Vec<Place<'s, 'a>> {
    let tree = &source.tree;
    let mut links = Vec::new();
    for node in tree.all(&["string", "template_string"]) {
        let Some(path) = read_address(tree, node) else {
            continue;
        };
        if leads_somewhere(tree, node) {
            links.push(Place { path, source, node });
        }
    }

    links
}

fn leads_somewhere(tree: &SyntaxTree<'_>, node: NodeId) -> bool {
    // Through braces, parentheses and choices up to what takes the address.
    let mut below = node;
    for above in tree.ancestors(node) {
        match tree.kind(above) {
            "jsx_expression" | "parenthesized_expression" | "ternary_expression" | "binary_expression" => {
                below = above
            }
            "jsx_attribute" => {
                let name = tree
                    .named_children(above)
                    .next()
                    .map_or("", |name| tree.text_of(name));
                return LINKS.contains(&name) && value_of(tree, above).is_some();
            }
            "pair" => {
                let key = tree.field(above, "key").map_or("", |key| tree.text_of(key));
                return LINKS.contains(&key) && tree.nodes[below].field == "value";
            }
            "arguments" => {
                let call = tree.nodes[above].parent;
                let name = tree.field(call, "function").map_or("", |function| {
                    tree.field(function, "property")
                        .map_or_else(|| tree.text_of(function), |property| tree.text_of(property))
                });
                let is_first = tree.named_children(above).next() == Some(below);
                return MOVES.contains(&name) && is_first;
            }
            _ => return false,
        }
    }

    false
}

/// An address of the app; what a template puts in is unknown.
fn read_address(tree: &SyntaxTree<'_>, node: NodeId) -> Option<String> {
    let mut path = String::new();
    match tree.literal(node) {
        Some(text) => path.push_str(text),
        None => {
            let bytes = &tree.nodes[node].bytes;
            let mut at = bytes.start + 1;
            for part in tree
                .children(node)
                .filter(|part| tree.kind(*part) == "template_substitution")
            {
                path.push_str(tree.text.get(at..tree.nodes[part].bytes.start)?);
                path.push_str(ANY);
                at = tree.nodes[part].bytes.end;
            }
            path.push_str(tree.text.get(at..bytes.end.checked_sub(1)?)?);
        }
    }
    let path = path.strip_prefix('#').unwrap_or(&path);
    let path = path.split(['?', '#']).next().unwrap_or_default();
    let is_file = path.rsplit('/').next().is_some_and(|last| last.contains('.'));

    (path.starts_with('/') && !path.starts_with("//") && !path.starts_with("/api") && !is_file)
        .then(|| path.to_owned())
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fit {
    No,
    /// A word stands where an id is taken, although other words are pages of their own there.
    AsId,
    Yes,
}

fn leads_to(link: &str, route: &str, routes: &[String]) -> Fit {
    let trim = |path: &str| path.trim_end_matches('/').to_owned();
    let (link, route) = (trim(link), trim(route));
    let (parts, pattern): (Vec<&str>, Vec<&str>) = (link.split('/').collect(), route.split('/').collect());
    if let Some(star) = pattern.iter().position(|part| *part == "*") {
        let fits = parts.len() >= star
            && parts
                .iter()
                .zip(&pattern[..star])
                .all(|(part, wanted)| fits(part, wanted));
        return if fits && star > 1 { Fit::Yes } else { Fit::No };
    }
    if parts.len() != pattern.len()
        || !parts
            .iter()
            .zip(&pattern)
            .all(|(part, wanted)| fits(part, wanted))
    {
        return Fit::No;
    }

    let is_taken_for_id = parts
        .iter()
        .zip(&pattern)
        .enumerate()
        .any(|(at, (part, wanted))| {
            let is_word = part.len() > 2
                && part
                    .chars()
                    .all(|letter| letter.is_ascii_alphabetic() || letter == '-');
            let has_words = routes.iter().any(|other| {
                let other: Vec<&str> = other.split('/').collect();
                other.len() == pattern.len()
                    && other[..at] == pattern[..at]
                    && !other[at].starts_with([':', '*'])
            });
            wanted.starts_with(':') && is_word && has_words
        });
    if is_taken_for_id { Fit::AsId } else { Fit::Yes }
}

/// Whether a link leads there, and not rather to a page that takes what it puts in.
fn is_meant(link: &str, route: &str, routes: &[String]) -> bool {
    let takes = |route: &str| {
        let (parts, pattern): (Vec<&str>, Vec<&str>) =
            (link.split('/').collect(), route.split('/').collect());
        parts.len() == pattern.len()
            && parts
                .iter()
                .zip(&pattern)
                .all(|(part, wanted)| part == wanted || (*part == ANY && wanted.starts_with(':')))
    };

    leads_to(link, route, routes) != Fit::No
        && (takes(route) || !link.contains(ANY) || !routes.iter().any(|other| takes(other)))
}

fn fits(part: &str, wanted: &str) -> bool {
    part == wanted || (wanted.starts_with(':') && !part.is_empty()) || (part == ANY && !wanted.is_empty())
}

fn check_link(link: &Place<'_, '_>, routes: &[String]) -> Option<Finding> {
    let best = routes
        .iter()
        .map(|route| leads_to(&link.path, route, routes))
        .fold(Fit::No, |best, fit| {
            if fit == Fit::Yes || best == Fit::No {
                fit
            } else {
                best
            }
        });
    let exact = routes
        .iter()
        .any(|route| route.trim_end_matches('/') == link.path.trim_end_matches('/'));
    if best == Fit::Yes || exact || routes.iter().any(|route| route == "/*") {
        return None;
    }

    let shown = link.path.replace(ANY, ":id");
    let (severity, says) = match best {
        Fit::AsId => (
            Severity::High,
            format!("No page has the address {shown}; its last part would be taken for an id."),
        ),
        _ => (Severity::High, format!("No page has the address {shown}.")),
    };
    let line = link.source.tree.line(link.node);
    let suggestion = "Correct the link, or add the route.";
    let found = finding(severity, "routes", link.source.path, line, says, suggestion);
    Some(found.mended_by(mend_link(link, routes)))
}

/// The one route that is nearly the same, with what the link puts in kept.
fn mend_link(link: &Place<'_, '_>, routes: &[String]) -> Option<Edit> {
    let parts: Vec<&str> = link.path.split('/').collect();
    let mut fitting = routes.iter().filter_map(|route| {
        let pattern: Vec<&str> = route.split('/').collect();
        let unlike: Vec<(&str, &str)> = parts
            .iter()
            .zip(&pattern)
            .filter(|(part, wanted)| part != wanted && !(wanted.starts_with(':') && **part == ANY))
            .map(|(part, wanted)| (*part, *wanted))
            .collect();
        match (pattern.len() == parts.len(), unlike.as_slice()) {
            (true, [(part, wanted)]) if !part.contains(ANY) && !wanted.starts_with(':') => {
                Some((*part, *wanted))
            }
            _ => None,
        }
    });
    let pairs: Vec<(&str, &str)> = fitting.by_ref().collect();
    let (part, wanted) = match pairs.as_slice() {
        [one] => *one,
        several => {
            let near = nearest(several.first()?.0, several.iter().map(|(_, wanted)| *wanted))?;
            *several.iter().find(|(_, wanted)| *wanted == near)?
        }
    };

    let tree = &link.source.tree;
    let text = tree.text_of(link.node);
    let at = text.find(&format!("/{part}"))? + 1;
    let start = tree.nodes[link.node].bytes.start + at;
    Some(Edit::replace(link.source, start..start + part.len(), wanted))
}
