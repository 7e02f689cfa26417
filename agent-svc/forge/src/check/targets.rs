//! Imports that lead nowhere, names that are not exported there, and types that are taken for values.

use std::ops::Range;

use super::imports::{ProjectSources, Target, join_path, relative_path};
use super::near::nearest;
use super::scope::{BindingKind, UseKind};
use super::source::{ExportKind, Import, ImportedName, Source};
use super::{Edit, Finding, Severity, finding};

pub(super) fn check_imports(project: &ProjectSources<'_, '_>, findings: &mut Vec<Finding>) {
    for source in project.sources().filter(|source| !source.tree.has_errors) {
        for import in &source.imports {
            let found = match project.target(source, import) {
                Target::Nowhere => vec![report_nowhere(project, source, import)],
                Target::Package(name) if !project.has_package(&name) => {
                    vec![report_package(project, source, import, &name)]
                }
                Target::Code(target) => check_imported(project, source, import, target),
                _ => Vec::new(),
            };
            findings.extend(found);
        }
    }
}

fn report(source: &Source<'_>, line: usize, says: String, suggestion: &str) -> Finding {
    finding(Severity::Critical, "imports", source.path, line, says, suggestion)
}

fn report_nowhere(project: &ProjectSources<'_, '_>, source: &Source<'_>, import: &Import<'_>) -> Finding {
    let line = source.tree.line(import.source);
    let says = format!("There is no file {}.", import.from);
    let found = report(source, line, says, "Correct the path, or write the file.");

    let names: Vec<&str> = import.names.iter().map(|name| name.exported).collect();
    let with_names = project.file_with(source, &names).map(|file| file.path);
    let wanted = join_path(source.path, import.from).unwrap_or_default();
    let stem = wanted.rsplit('/').next().unwrap_or_default();
    let stems = project.sources().map(|other| stem_of(other.path));
    let near = match stems.clone().filter(|other| *other == stem).count() {
        1 => Some(stem),
        _ => nearest(stem, stems),
    };
    let near = near.and_then(|near| {
        let mut files = project.sources().filter(|other| stem_of(other.path) == near);
        let (first, second) = (files.next()?, files.next());
        let has_all = names
            .iter()
            .all(|name| first.export(name).is_some() || first.exports_all_of_another());
        (second.is_none() && has_all && first.path != source.path).then_some(first.path)
    });

    let edit = with_names
        .or(near)
        .map(|path| replace_source(source, import, path));
    found.mended_by(edit)
}

fn report_package(
    project: &ProjectSources<'_, '_>,
    source: &Source<'_>,
    import: &Import<'_>,
    name: &str,
) -> Finding {
    let line = source.tree.line(import.source);
    let says = format!("The package {name} is not in package.json.");
    let found = report(
        source,
        line,
        says,
        "Use what the project has, or add the package.",
    );

    let names: Vec<&str> = import.names.iter().map(|name| name.exported).collect();
    let known = project
        .packages
        .iter()
        .flatten()
        .map(String::as_str)
        .filter(|known| !known.starts_with("@types/"));
    let edit = match project.file_with(source, &names) {
        Some(file) => Some(replace_source(source, import, file.path)),
        None => nearest(name, known).map(|known| {
            let spelled = import.from.replacen(name, known, 1);
            Edit::replace(source, inside_quotes(source, import), spelled)
        }),
    };
    found.mended_by(edit)
}

fn stem_of(path: &str) -> &str {
    let name = path.rsplit('/').next().unwrap_or_default();
    name.rsplit_once('.').map_or(name, |(stem, _)| stem)
}

fn inside_quotes(source: &Source<'_>, import: &Import<'_>) -> Range<usize> {
    let bytes = &source.tree.nodes[import.source].bytes;
    bytes.start + 1..bytes.end.saturating_sub(1)
}

fn replace_source(source: &Source<'_>, import: &Import<'_>, path: &str) -> Edit {
    let spelled = relative_path(source.path, path);
    Edit::replace(source, inside_quotes(source, import), spelled)
}

/// Names that the other file does not export, and types that are not imported as such.
fn check_imported(
    project: &ProjectSources<'_, '_>,
    source: &Source<'_>,
    import: &Import<'_>,
    target: &Source<'_>,
) -> Vec<Finding> {
    let mut findings = Vec::new();
    if target.tree.has_errors || target.is_declaration() {
        return findings;
    }

    for name in &import.names {
        match target.export(name.exported) {
            None if target.exports_all_of_another() => {}
            None => findings.push(report_missing(source, import, name, target)),
            Some(export) => findings.extend(check_kind(project, source, import, name, export.kind, target)),
        }
    }
    findings
}

fn report_missing(
    source: &Source<'_>,
    import: &Import<'_>,
    name: &ImportedName<'_>,
    target: &Source<'_>,
) -> Finding {
    let line = source.tree.line(name.node);
    let says = match name.exported {
        "default" => format!("{} has no default export.", target.path),
        exported => format!("{} does not export {exported}.", target.path),
    };
    let found = report(source, line, says, "Export it there, or import what is exported.");
    found.mended_by(mend_missing(source, import, name, target))
}

fn mend_missing(
    source: &Source<'_>,
    import: &Import<'_>,
    name: &ImportedName<'_>,
    target: &Source<'_>,
) -> Option<Edit> {
    let tree = &source.tree;
    let is_alone = import.names.len() == 1 && !import.is_passed_on && !import.is_whole;
    if name.exported == "default" {
        let is_named = target.export(name.local).is_some() && is_alone;
        return is_named.then(|| {
            Edit::replace(
                source,
                tree.nodes[name.node].bytes.clone(),
                format!("{{ {} }}", name.local),
            )
        });
    }

    let declared = target
        .names
        .at_top(name.exported)
        .find(|binding| !matches!(binding.kind, BindingKind::Import | BindingKind::ImportType));
    if let Some(binding) = declared {
        return Some(export_declaration(target, binding.declaration));
    }
    let specifier = tree.nodes[name.node].bytes.clone();
    let near = nearest(name.exported, target.exports.iter().map(|export| export.name));
    if let Some(near) = near.filter(|near| *near != "default") {
        let is_meant = source
            .names
            .free
            .iter()
            .any(|free| tree.text_of(free.node) == near);
        let text = match is_meant || near == name.local {
            true => near.to_owned(),
            false => format!("{near} as {}", name.local),
        };
        return Some(Edit::replace(source, specifier, text));
    }

    let clause = tree.ancestor_of_kind(name.node, &["named_imports"])?;
    (is_alone && target.export("default").is_some())
        .then(|| Edit::replace(source, tree.nodes[clause].bytes.clone(), name.local))
}

/// Writes `export` before a declaration.
fn export_declaration(target: &Source<'_>, declaration: usize) -> Edit {
    let tree = &target.tree;
    let statement = match tree.kind(declaration) {
        "variable_declarator" => tree.nodes[declaration].parent,
        _ => declaration,
    };
    Edit::insert(target, tree.nodes[statement].bytes.start, "export ")
}

/// A type is imported as a type, and no value is made of it; a value is no type.
fn check_kind(
    project: &ProjectSources<'_, '_>,
    source: &Source<'_>,
    import: &Import<'_>,
    name: &ImportedName<'_>,
    kind: ExportKind,
    target: &Source<'_>,
) -> Option<Finding> {
    let tree = &source.tree;
    let is_typed = source.path.ends_with(".ts") || source.path.ends_with(".tsx");
    if !is_typed || import.is_passed_on {
        return None;
    }
    let binding = source
        .names
        .at_top(name.local)
        .find(|binding| binding.node >= name.node && binding.node < tree.nodes[name.node].end)?;
    let used_as = |kind| binding.uses.iter().find(|used| used.kind == kind);

    if kind == ExportKind::Type
        && let Some(used) = used_as(UseKind::Value)
    {
        let says = format!(
            "{} is a type of {}, and is used as a value here.",
            name.exported, target.path
        );
        let line = tree.line(used.node);
        return Some(types(
            source,
            Severity::Critical,
            line,
            says,
            "Use a value, or the type in a type only.",
        ));
    }
    if kind == ExportKind::Value
        && let Some(used) = used_as(UseKind::Type)
    {
        let says = format!(
            "{} is a value of {}, and is used as a type here.",
            name.exported, target.path
        );
        let line = tree.line(used.node);
        let edit = Edit::insert(source, tree.nodes[used.node].bytes.start, "typeof ");
        let found = types(
            source,
            Severity::High,
            line,
            says,
            "Write typeof, or name a type.",
        );
        return Some(found.mended_by([edit]));
    }
    if name.is_type
        && kind != ExportKind::Type
        && let Some(used) = used_as(UseKind::Value)
    {
        let says = format!(
            "{} is imported as a type, and is used as a value here.",
            name.exported
        );
        let found = types(
            source,
            Severity::Critical,
            tree.line(used.node),
            says,
            "Import it without type.",
        );
        return Some(found.mended_by(drop_type(source, import, name)));
    }

    let is_unmarked = kind == ExportKind::Type && !name.is_type && project.is_verbatim;
    is_unmarked.then(|| {
        let says = format!("{} is a type, and is not imported as one.", name.exported);
        let found = types(
            source,
            Severity::High,
            tree.line(name.node),
            says,
            "Write type before its name.",
        );
        let edit = (name.exported != "default")
            .then(|| Edit::insert(source, tree.nodes[name.node].bytes.start, "type "));
        found.mended_by(edit)
    })
}

fn types(source: &Source<'_>, severity: Severity, line: usize, says: String, suggestion: &str) -> Finding {
    finding(severity, "types", source.path, line, says, suggestion)
}

/// Takes away the word that makes an import one of a type.
fn drop_type(source: &Source<'_>, import: &Import<'_>, name: &ImportedName<'_>) -> Option<Edit> {
    let tree = &source.tree;
    let own = tree.child_of_kind(name.node, "type");
    let word = own.or_else(|| tree.child_of_kind(import.statement, "type"))?;
    if own.is_none() && import.names.len() > 1 {
        return None;
    }

    let start = tree.nodes[word].bytes.start;
    Some(Edit::replace(source, start..tree.nodes[word].bytes.end + 1, ""))
}
