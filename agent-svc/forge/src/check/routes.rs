//! Links that lead to no page, and pages to which no link leads.

use super::{Finding, Severity, finding, source::Source};

struct LinkPlace<'a> {
    path: String,
    file: &'a str,
    line: usize,
}

pub(super) fn check_routes(sources: &[Source<'_>], findings: &mut Vec<Finding>) {
    let routes: Vec<LinkPlace<'_>> = sources
        .iter()
        .flat_map(|source| {
            source
                .code
                .lines()
                .enumerate()
                .map(move |(at, line)| (source, at, line))
        })
        .filter(|(source, _, line)| !source.is_test() && line.contains("page:") && line.contains("path:"))
        .filter_map(|(source, at, line)| {
            Some(LinkPlace {
                path: literals(line).into_iter().find(|path| path.starts_with('/'))?,
                file: source.path,
                line: at + 1,
            })
        })
        .collect();
    if routes.is_empty() {
        return;
    }

    let links: Vec<LinkPlace<'_>> = sources
        .iter()
        .filter(|source| !source.is_test())
        .flat_map(links_of)
        .collect();
    for link in &links {
        if !routes.iter().any(|route| leads_to(&link.path, &route.path)) {
            findings.push(finding(
                Severity::High,
                "routes",
                link.file,
                link.line,
                format!("No page has the address {}.", link.path),
                "Correct the link, or add the route.",
            ));
        }
    }
    for route in &routes {
        if !links.iter().any(|link| leads_to(&link.path, &route.path)) {
            findings.push(finding(
                Severity::Medium,
                "routes",
                route.file,
                route.line,
                format!("No link leads to {}.", route.path),
                "Link to it, or leave the route out.",
            ));
        }
    }
}

/// The addresses that a file leads to.
fn links_of<'a>(source: &'a Source<'_>) -> Vec<LinkPlace<'a>> {
    let mut links = Vec::new();
    for (at, line) in source.code.lines().enumerate() {
        let is_route = line.contains("page:");
        let leads = line.contains("to=")
            || line.contains("go(")
            || line.contains("path:")
            || line.contains("href:")
            || line.contains("href=");
        if is_route || !leads {
            continue;
        }
        for path in literals(line)
            .into_iter()
            .filter(|path| path.starts_with('/') && !path.starts_with("//"))
        {
            links.push(LinkPlace {
                path,
                file: source.path,
                line: at + 1,
            });
        }
    }

    links
}

/// The strings of a line; what a template puts in stands as `:id`.
fn literals(line: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut rest = line;
    while let Some(open) = rest.find(['\'', '"', '`']) {
        let mark = rest[open..].chars().next().unwrap_or('\'');
        let Some(length) = rest[open + 1..].find(mark) else {
            break;
        };
        let text = &rest[open + 1..open + 1 + length];
        found.push(fill_template(text));
        rest = &rest[open + 2 + length..];
    }

    found
}

fn fill_template(text: &str) -> String {
    let mut filled = String::new();
    let mut rest = text;
    while let Some(open) = rest.find("${") {
        filled.push_str(&rest[..open]);
        filled.push_str(":id");
        rest = rest[open..]
            .find('}')
            .map_or("", |close| &rest[open + close + 1..]);
    }
    filled.push_str(rest);
    filled
}

fn leads_to(link: &str, route: &str) -> bool {
    let (link, route): (Vec<&str>, Vec<&str>) = (link.split('/').collect(), route.split('/').collect());
    link.len() == route.len()
        && link
            .iter()
            .zip(&route)
            .all(|(part, pattern)| part == pattern || (pattern.starts_with(':') && part.starts_with(':')))
}
