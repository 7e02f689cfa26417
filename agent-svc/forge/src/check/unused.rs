//! What nothing uses: imports, variables, exports and files.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use super::imports::{ProjectSources, Target};
use super::scope::{Binding, BindingKind};
use super::source::Source;
use super::syntax::{NodeId, SyntaxTree};
use super::{Edit, Finding, Severity, finding};

pub(super) fn check_unused(project: &ProjectSources<'_, '_>, findings: &mut Vec<Finding>) {
    for source in project.sources() {
        if !source.tree.has_errors && !source.is_declaration() {
            check_names(source, findings);
        }
    }

    // What a broken file or import would reach nobody knows.
    let is_whole = project.sources().all(|source| {
        let mut targets = source.imports.iter().map(|import| project.target(source, import));
        !source.tree.has_errors && !targets.any(|target| matches!(target, Target::Nowhere))
    });
    if let Some(entry) = project.entry().filter(|_| is_whole) {
        check_files(project, entry, findings);
        check_exports(project, entry, findings);
    }
}

fn check_names(source: &Source<'_>, findings: &mut Vec<Finding>) {
    let tree = &source.tree;
    let exported: BTreeSet<NodeId> = source.exports.iter().map(|export| export.node).collect();
    let is_script = source.imports.is_empty() && source.exports.is_empty();

    for binding in &source.names.bindings {
        let is_import = matches!(binding.kind, BindingKind::Import | BindingKind::ImportType);
        let is_own = matches!(
            binding.kind,
            BindingKind::Const
                | BindingKind::Let
                | BindingKind::Var
                | BindingKind::Function
                | BindingKind::Class
                | BindingKind::Type
                | BindingKind::Enum
        );
        let is_taken = !binding.uses.is_empty()
            || exported.contains(&binding.node)
            || binding.name.starts_with('_')
            || is_default_export(tree, binding)
            || (is_script && binding.scope == 0)
            || is_ambient(tree, binding.node)
            || (binding.name == "React" && source.has_markup());
        if is_taken || !(is_import || is_own) || leaves_others_out(tree, binding) {
            continue;
        }

        let says = match is_import {
            true => format!("{} is imported and not used.", binding.name),
            false => format!("{} is declared and not used.", binding.name),
        };
        let edits = match is_import {
            true => remove_import(source, binding),
            false => remove_declaration(source, binding),
        };
        let line = tree.line(binding.node);
        let found = finding(Severity::Low, "unused", source.path, line, says, "Leave it out.");
        findings.push(found.mended_by(edits));
    }
}

fn is_default_export(tree: &SyntaxTree<'_>, binding: &Binding<'_>) -> bool {
    tree.kind(tree.nodes[binding.declaration].parent) == "export_statement"
}

/// Declared for the types alone, or in a module that others fill in.
fn is_ambient(tree: &SyntaxTree<'_>, node: NodeId) -> bool {
    tree.ancestor_of_kind(node, &["ambient_declaration", "internal_module", "module"])
        .is_some()
}

/// `const { left, ...rest } = all` names what is left out of the rest.
fn leaves_others_out(tree: &SyntaxTree<'_>, binding: &Binding<'_>) -> bool {
    tree.ancestors(binding.node)
        .take_while(|above| *above != binding.declaration)
        .any(|above| {
            tree.kind(above) == "object_pattern" && tree.child_of_kind(above, "rest_pattern").is_some()
        })
}

/// One name of an import, or the whole statement where it is the only one.
pub(super) fn remove_import(source: &Source<'_>, binding: &Binding<'_>) -> Option<Edit> {
    let tree = &source.tree;
    let statement = tree.ancestor_of_kind(binding.node, &["import_statement"])?;
    let names = tree
        .descendants(statement)
        .filter(|node| tree.kind(*node) == "import_specifier")
        .count();
    let clause = tree.child_of_kind(statement, "import_clause")?;
    let parts = tree.named_children(clause).count();
    if parts == 1 && names <= 1 {
        return Some(Edit::replace(source, whole_line(tree, statement), ""));
    }
    if tree.kind(binding.declaration) != "import_specifier" || names <= 1 {
        return None;
    }

    Some(Edit::replace(source, with_comma(tree, binding.declaration), ""))
}

/// A part of a list with the comma that belongs to it.
fn with_comma(tree: &SyntaxTree<'_>, node: NodeId) -> Range<usize> {
    let bytes = tree.nodes[node].bytes.clone();
    let rest = &tree.text[bytes.end..];
    let behind = rest.len() - rest.trim_start().len();
    if rest.trim_start().starts_with(',') {
        let after = &rest[behind + 1..];
        let space = after.len() - after.trim_start_matches(' ').len();
        return bytes.start..bytes.end + behind + 1 + space;
    }

    let before = tree.text[..bytes.start].trim_end();
    match before.ends_with(',') {
        true => before.len() - 1..bytes.end,
        false => bytes,
    }
}

/// A declaration that can go without anything else being done less.
fn remove_declaration(source: &Source<'_>, binding: &Binding<'_>) -> Option<Edit> {
    let tree = &source.tree;
    let declaration = binding.declaration;
    if tree.kind(declaration) != "variable_declarator" {
        let is_statement = matches!(
            tree.kind(tree.nodes[declaration].parent),
            "program" | "statement_block"
        );
        return is_statement.then(|| Edit::replace(source, whole_line(tree, declaration), ""));
    }

    let pattern = tree.field(declaration, "name")?;
    if tree.kind(pattern) == "array_pattern" && tree.nodes[binding.node].parent == pattern {
        let is_first = tree.children(pattern).nth(1) == Some(binding.node);
        return is_first.then(|| Edit::replace(source, tree.nodes[binding.node].bytes.clone(), ""));
    }
    if tree.kind(pattern) == "object_pattern" && tree.nodes[binding.node].parent == pattern {
        let names = tree.named_children(pattern).count();
        return (names > 1).then(|| Edit::replace(source, with_comma(tree, binding.node), ""));
    }

    let statement = tree.nodes[declaration].parent;
    let is_alone = tree.named_children(statement).count() == 1;
    let is_quiet = tree.field(declaration, "value").is_none_or(|value| {
        !tree.descendants(value).chain([value]).any(|node| {
            matches!(
                tree.kind(node),
                "call_expression" | "new_expression" | "await_expression" | "yield_expression"
            )
        }) || matches!(tree.kind(value), "arrow_function" | "function_expression")
    });
    (pattern == binding.node && is_alone && is_quiet && binding.assigned.is_empty())
        .then(|| Edit::replace(source, whole_line(tree, statement), ""))
}

/// A statement with the rest of its last line, where nothing else is there.
fn whole_line(tree: &SyntaxTree<'_>, node: NodeId) -> Range<usize> {
    let bytes = &tree.nodes[node].bytes;
    let begin = tree.text[..bytes.start].rfind('\n').map_or(0, |at| at + 1);
    let rest = &tree.text[bytes.end..];
    let end = rest.find('\n').map_or(tree.text.len(), |at| bytes.end + at + 1);
    let around = [&tree.text[begin..bytes.start], &tree.text[bytes.end..end]];

    match around.iter().all(|text| text.trim().trim_matches(';').is_empty()) {
        true => begin..end,
        false => bytes.clone(),
    }
}

/// Files that the app does not reach. What tests alone use is not reached; tests and their helpers need not be.
fn check_files<'p, 'a>(
    project: &'p ProjectSources<'p, 'a>,
    entry: &'p Source<'a>,
    findings: &mut Vec<Finding>,
) {
    let mut reached: BTreeSet<&str> = BTreeSet::new();
    let mut next = vec![entry];
    while let Some(source) = next.pop() {
        if reached.insert(source.path) {
            next.extend(project.targets(source));
        }
    }

    for source in project.sources() {
        let is_apart = source.is_test() || source.is_declaration() || source.path.contains("worker");
        if !is_apart && !reached.contains(source.path) {
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
}

/// Names that a file offers, that it does not use itself and that nobody takes.
fn check_exports(project: &ProjectSources<'_, '_>, entry: &Source<'_>, findings: &mut Vec<Finding>) {
    let mut taken: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    let mut whole: BTreeSet<&str> = BTreeSet::from([entry.path]);
    for source in project.sources() {
        let asked_for = project.targets(source);
        whole.extend(
            source
                .imports
                .iter()
                .any(|import| import.from.contains('*'))
                .then(|| asked_for.iter().map(|target| target.path))
                .into_iter()
                .flatten(),
        );
        for import in &source.imports {
            let Target::Code(target) = project.target(source, import) else {
                continue;
            };
            if import.is_whole {
                whole.insert(target.path);
            }
            let names = import.names.iter().map(|name| name.exported);
            taken.entry(target.path).or_default().extend(names);
        }
    }

    for source in project.sources() {
        // A folder of parts may offer more than this app takes.
        let is_library = ["/lib/", "/ui/", "/utils/"]
            .iter()
            .any(|folder| source.path.contains(folder));
        let is_apart =
            is_library || source.is_test() || source.is_declaration() || whole.contains(source.path);
        let Some(taken) = taken.get(source.path).filter(|_| !is_apart) else {
            continue;
        };
        for export in source
            .exports
            .iter()
            .filter(|export| !taken.contains(export.name))
        {
            let is_used_here = export.is_passed_on
                || source
                    .names
                    .at_top(export.name)
                    .any(|binding| !binding.uses.is_empty());
            if export.name == "default" || is_used_here {
                continue;
            }
            let says = format!("Nothing uses {}, which is exported here.", export.name);
            let line = source.tree.line(export.node);
            findings.push(finding(
                Severity::Low,
                "unused",
                source.path,
                line,
                says,
                "Use it or leave it out.",
            ));
        }
    }
}
