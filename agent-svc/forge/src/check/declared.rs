//! Names that nothing declares, constants that are given another value, names that are declared twice.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

use super::imports::{ProjectSources, relative_path};
use super::near::nearest;
use super::scope::{Binding, BindingKind, Reference, UseKind};
use super::source::{ExportKind, Source};
use super::syntax::SyntaxTree;
use super::unused::remove_import;
use super::{Edit, Finding, Severity, finding};

/// What a browser and its language have without an import, a name a line.
static GLOBALS: LazyLock<BTreeSet<&str>> =
    LazyLock::new(|| include_str!("../../data/globals.txt").lines().collect());

/// What React exports that apps forget to import most.
const REACT_VALUES: [&str; 22] = [
    "useState",
    "useEffect",
    "useMemo",
    "useCallback",
    "useRef",
    "useContext",
    "useReducer",
    "useId",
    "useLayoutEffect",
    "useTransition",
    "useDeferredValue",
    "useSyncExternalStore",
    "createContext",
    "memo",
    "lazy",
    "forwardRef",
    "Fragment",
    "StrictMode",
    "Suspense",
    "Children",
    "cloneElement",
    "isValidElement",
];
const REACT_TYPES: [&str; 14] = [
    "ReactNode",
    "ReactElement",
    "FormEvent",
    "ChangeEvent",
    "KeyboardEvent",
    "MouseEvent",
    "CSSProperties",
    "PropsWithChildren",
    "ComponentProps",
    "Dispatch",
    "SetStateAction",
    "RefObject",
    "ComponentType",
    "FocusEvent",
];
/// What test runners have without an import, where they are told so.
const OF_TESTS: [&str; 14] = [
    "describe",
    "it",
    "test",
    "expect",
    "vi",
    "jest",
    "beforeEach",
    "afterEach",
    "beforeAll",
    "afterAll",
    "suite",
    "cy",
    "Cypress",
    "assert",
];
/// What code for Node.js, and for a bundler, has.
const OF_NODE: [&str; 8] = [
    "process",
    "require",
    "module",
    "exports",
    "__dirname",
    "__filename",
    "Buffer",
    "global",
];

pub(super) fn check_names(
    source: &Source<'_>,
    project: &ProjectSources<'_, '_>,
    findings: &mut Vec<Finding>,
) {
    if source.is_declaration() {
        return;
    }

    check_free(source, project, findings);
    check_constants(source, findings);
    check_twice(source, findings);
}

fn report(source: &Source<'_>, line: usize, says: String, suggestion: &str) -> Finding {
    finding(Severity::Critical, "names", source.path, line, says, suggestion)
}

fn check_free(source: &Source<'_>, project: &ProjectSources<'_, '_>, findings: &mut Vec<Finding>) {
    let tree = &source.tree;
    let mut told: BTreeSet<&str> = BTreeSet::new();
    for free in &source.names.free {
        let name = tree.text_of(free.node);
        if told.contains(name) || !is_unknown(source, project, *free, name) {
            continue;
        }

        told.insert(name);
        let says = format!("{name} is neither declared nor imported.");
        let found = report(
            source,
            tree.line(free.node),
            says,
            "Import it, or correct the name.",
        );
        findings.push(found.mended_by(declare(source, project, *free, name)));
    }
}

fn is_unknown(source: &Source<'_>, project: &ProjectSources<'_, '_>, free: Reference, name: &str) -> bool {
    let tree = &source.tree;
    let is_type = free.kind != UseKind::Value;
    let parent = tree.kind(tree.nodes[free.node].parent);
    let is_guarded = is_type
        || parent == "unary_expression"
        || (source.is_test() && OF_TESTS.contains(&name))
        || OF_NODE.contains(&name)
        || name.starts_with('_')
        || matches!(name, "undefined" | "arguments" | "React" | "JSX" | "const")
        || project.global_names.contains(name);
    if is_type && free.kind == UseKind::Type {
        return project.file_with(source, &[name]).is_some()
            || REACT_TYPES.contains(&name) && !GLOBALS.contains(name);
    }

    !is_guarded && !GLOBALS.contains(name)
}

/// The import that is missing, or the declared name that was meant.
fn declare(
    source: &Source<'_>,
    project: &ProjectSources<'_, '_>,
    free: Reference,
    name: &str,
) -> Option<Edit> {
    let tree = &source.tree;
    if let Some(file) = project.file_with(source, &[name]) {
        let is_type = file
            .export(name)
            .is_some_and(|export| export.kind == ExportKind::Type);
        let path = relative_path(source.path, file.path);
        return Some(add_import(source, name, &path, is_type));
    }
    if REACT_VALUES.contains(&name) || REACT_TYPES.contains(&name) {
        return Some(add_import(source, name, "react", REACT_TYPES.contains(&name)));
    }

    let known = source
        .names
        .bindings
        .iter()
        .filter(|binding| {
            let found = source.names.resolve(binding.name, free.node);
            found.is_some_and(|found| {
                found
                    .iter()
                    .any(|at| std::ptr::eq(&source.names.bindings[*at], *binding))
            })
        })
        .map(|binding| binding.name);
    let meant = nearest(name, known)?;
    (tree.kind(free.node) == "identifier")
        .then(|| Edit::replace(source, tree.nodes[free.node].bytes.clone(), meant))
}

/// Adds a name to the import from there, or an import before the first one.
fn add_import(source: &Source<'_>, name: &str, from: &str, is_type: bool) -> Edit {
    let tree = &source.tree;
    let spelled = match is_type {
        true => format!("type {name}"),
        false => name.to_owned(),
    };
    let listed = source.imports.iter().find_map(|import| {
        let is_whole_type = tree.child_of_kind(import.statement, "type").is_some();
        let clause = tree.child_of_kind(import.statement, "import_clause")?;
        let names = tree.child_of_kind(clause, "named_imports")?;
        (import.from == from && !is_whole_type && tree.named_children(names).next().is_some())
            .then_some(names)
    });
    if let Some(names) = listed {
        return Edit::insert(source, tree.nodes[names].bytes.start + 1, format!(" {spelled},"));
    }

    let first = tree.all(&["import_statement"]).next();
    let at = first.map_or(0, |statement| tree.nodes[statement].bytes.start);
    let is_quoted_twice = first.is_some_and(|statement| tree.text_of(statement).contains('"'));
    let (quote, end) = match (
        is_quoted_twice,
        first.is_some_and(|statement| tree.text_of(statement).ends_with(';')),
    ) {
        (true, true) => ('"', ";"),
        (true, false) => ('"', ""),
        (false, true) => ('\'', ";"),
        (false, false) => ('\'', ""),
    };
    Edit::insert(
        source,
        at,
        format!("import {{ {spelled} }} from {quote}{from}{quote}{end}\n"),
    )
}

/// A constant, a function, an import keeps its value.
fn check_constants(source: &Source<'_>, findings: &mut Vec<Finding>) {
    let tree = &source.tree;
    for binding in &source.names.bindings {
        let is_constant = matches!(
            binding.kind,
            BindingKind::Const | BindingKind::Import | BindingKind::Function | BindingKind::Class
        );
        if !is_constant {
            continue;
        }
        let uses = binding.uses.iter().map(|used| used.node);
        let assigned = binding.assigned.iter().copied().chain(uses).find(|node| {
            let parent = tree.nodes[*node].parent;
            matches!(
                (tree.kind(parent), tree.nodes[*node].field),
                (
                    "assignment_expression" | "augmented_assignment_expression",
                    "left"
                ) | ("update_expression", "argument")
            )
        });

        let Some(node) = assigned else {
            continue;
        };
        let says = format!("{} is constant, and is given another value here.", binding.name);
        let found = report(
            source,
            tree.line(node),
            says,
            "Declare it with let, or use another name.",
        );
        findings.push(found.mended_by(make_variable(source, binding)));
    }
}

fn make_variable(source: &Source<'_>, binding: &Binding<'_>) -> Option<Edit> {
    let tree = &source.tree;
    let statement = tree.nodes[binding.declaration].parent;
    let word = tree.child_of_kind(statement, "const")?;
    let is_alone = tree.named_children(statement).count() == 1
        && tree.field(binding.declaration, "name") == Some(binding.node);

    is_alone.then(|| Edit::replace(source, tree.nodes[word].bytes.clone(), "let"))
}

/// Two values of one name in one scope.
fn check_twice(source: &Source<'_>, findings: &mut Vec<Finding>) {
    let tree = &source.tree;
    let mut first: BTreeMap<(usize, &str), &Binding<'_>> = BTreeMap::new();
    for binding in &source.names.bindings {
        let is_single = |kind| {
            matches!(
                kind,
                BindingKind::Const
                    | BindingKind::Let
                    | BindingKind::Import
                    | BindingKind::Class
                    | BindingKind::Enum
            )
        };
        let is_value =
            is_single(binding.kind) || matches!(binding.kind, BindingKind::Function | BindingKind::Var);
        if !is_value || is_ambient(tree, binding) {
            continue;
        }

        let Some(before) = first.insert((binding.scope, binding.name), binding) else {
            continue;
        };
        let may_merge = matches!(
            (before.kind, binding.kind),
            (BindingKind::Enum, BindingKind::Enum)
                | (BindingKind::Import, BindingKind::Enum | BindingKind::Class)
        );
        if !(is_single(before.kind) || is_single(binding.kind)) || may_merge {
            continue;
        }
        let says = format!(
            "{} is declared here again; line {} has it, too.",
            binding.name,
            tree.line(before.node)
        );
        let found = report(
            source,
            tree.line(binding.node),
            says,
            "Leave one of them out, or rename it.",
        );
        let are_imports = before.kind == BindingKind::Import && binding.kind == BindingKind::Import;
        let edit = are_imports.then(|| remove_import(source, binding)).flatten();
        findings.push(found.mended_by(edit));
    }
}

fn is_ambient(tree: &SyntaxTree<'_>, binding: &Binding<'_>) -> bool {
    tree.ancestor_of_kind(
        binding.node,
        &["ambient_declaration", "module", "internal_module"],
    )
    .is_some()
}
