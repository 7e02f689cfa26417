//! Imports that lead nowhere, names that are not exported there, imports and files that nothing uses.

use std::collections::{BTreeMap, BTreeSet};

use super::{
    Finding, Severity, finding,
    source::{ImportLine, Source},
};

const ENDS: [&str; 7] = ["", ".ts", ".tsx", ".js", ".jsx", "/index.ts", "/index.tsx"];

pub(super) fn check_imports(sources: &[Source<'_>], package: Option<&str>, findings: &mut Vec<Finding>) {
    let by_path: BTreeMap<&str, &Source<'_>> = sources.iter().map(|source| (source.path, source)).collect();
    let packages = package.map(read_packages);
    for source in sources {
        for import in &source.imports {
            check_target(source, import, &by_path, packages.as_ref(), findings);
            check_use(source, import, findings);
        }
    }

    check_unused(sources, &by_path, findings);
}

fn read_packages(text: &str) -> BTreeSet<String> {
    let package: serde_json::Value = serde_json::from_str(text).unwrap_or_default();
    ["dependencies", "devDependencies"]
        .into_iter()
        .filter_map(|part| package[part].as_object())
        .flat_map(|listed| listed.keys().cloned())
        .collect()
}

/// The file that a relative import leads to.
fn resolve<'a>(
    source: &Source<'_>,
    from: &str,
    by_path: &BTreeMap<&'a str, &'a Source<'a>>,
) -> Option<&'a Source<'a>> {
    let mut parts: Vec<&str> = source.path.split('/').collect();
    parts.pop();
    for part in from.split('/') {
        match part {
            "." | "" => {}
            ".." => {
                parts.pop()?;
            }
            part => parts.push(part),
        }
    }

    let path = parts.join("/");
    ENDS.iter()
        .find_map(|end| by_path.get(format!("{path}{end}").as_str()).copied())
}

fn check_target(
    source: &Source<'_>,
    import: &ImportLine,
    by_path: &BTreeMap<&str, &Source<'_>>,
    packages: Option<&BTreeSet<String>>,
    findings: &mut Vec<Finding>,
) {
    let mut report = |severity, says: String, suggestion: &str| {
        findings.push(finding(
            severity,
            "imports",
            source.path,
            import.line,
            says,
            suggestion,
        ))
    };
    if !import.from.starts_with('.') {
        let mut parts = import.from.split('/');
        let first = parts.next().unwrap_or_default();
        let name = if first.starts_with('@') {
            format!("{first}/{}", parts.next().unwrap_or_default())
        } else {
            first.to_owned()
        };
        if packages.is_some_and(|packages| !packages.contains(&name)) {
            report(
                Severity::Critical,
                format!("The package {name} is not in package.json."),
                "Use what the project has, or add the package.",
            );
        }
        return;
    }

    let Some(target) = resolve(source, &import.from, by_path) else {
        report(
            Severity::Critical,
            format!("There is no file {}.", import.from),
            "Correct the path, or write the file.",
        );
        return;
    };
    for (name, _) in import.names.iter().filter(|(name, _)| name != "*") {
        if !target.exports.contains(name) {
            report(
                Severity::Critical,
                format!("{} does not export {name}.", target.path),
                "Export it there, or import what is exported.",
            );
        }
    }
}

fn check_use(source: &Source<'_>, import: &ImportLine, findings: &mut Vec<Finding>) {
    for (_, local) in &import.names {
        let used = source.code.match_indices(local.as_str()).filter(|(at, _)| {
            let before = source.code[..*at].chars().next_back().unwrap_or(' ');
            let after = source.code[at + local.len()..].chars().next().unwrap_or(' ');
            let is_name = |letter: char| letter.is_alphanumeric() || matches!(letter, '_' | '$');
            !is_name(before) && !is_name(after)
        });
        if used.count() < 2 {
            findings.push(finding(
                Severity::Low,
                "unused",
                source.path,
                import.line,
                format!("{local} is imported and not used."),
                "Leave it out.",
            ));
        }
    }
}

/// Files that the app does not reach. What tests alone use is not reached; tests and their helpers need not be.
fn check_unused(sources: &[Source<'_>], by_path: &BTreeMap<&str, &Source<'_>>, findings: &mut Vec<Finding>) {
    let mut reached: BTreeSet<&str> = BTreeSet::new();
    let mut next: Vec<&Source<'_>> = by_path.get("src/main.tsx").copied().into_iter().collect();
    if next.is_empty() {
        return;
    }

    while let Some(source) = next.pop() {
        if reached.insert(source.path) {
            next.extend(
                source
                    .imports
                    .iter()
                    .filter_map(|import| resolve(source, &import.from, by_path)),
            );
        }
    }
    for source in sources
        .iter()
        .filter(|source| !source.is_test() && !reached.contains(source.path))
    {
        findings.push(finding(
            Severity::Medium,
            "unused",
            source.path,
            1,
            "Nothing that the app shows uses this file.".to_owned(),
            "Use it or delete it.",
        ));
    }
}
