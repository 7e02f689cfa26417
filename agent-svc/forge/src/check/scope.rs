//! Names of a file: what declares them, in which scope, and what uses them.

use std::collections::{BTreeMap, BTreeSet};

use super::syntax::{NodeId, SyntaxTree};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum BindingKind {
    Import,
    /// An import of a type alone.
    ImportType,
    Const,
    Let,
    Var,
    Function,
    Class,
    Type,
    Enum,
    Namespace,
    Parameter,
    /// Of types, of loops over keys, and what else nobody is blamed for.
    Other,
}

/// One declared name.
pub(super) struct Binding<'a> {
    pub(super) name: &'a str,
    /// Where the name stands.
    pub(super) node: NodeId,
    /// What declares it.
    pub(super) declaration: NodeId,
    pub(super) kind: BindingKind,
    pub(super) scope: usize,
    /// Uses that read it, of values and of types.
    pub(super) uses: Vec<Reference>,
    /// Assignments beside that of its declaration.
    pub(super) assigned: Vec<NodeId>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum UseKind {
    Value,
    Type,
    /// `typeof x`, `export { x }`.
    Either,
}

#[derive(Debug, Clone, Copy)]
pub(super) struct Reference {
    pub(super) node: NodeId,
    pub(super) kind: UseKind,
}

/// All names of a file.
#[derive(Default)]
pub(super) struct Names<'a> {
    pub(super) bindings: Vec<Binding<'a>>,
    /// What no scope of the file declares.
    pub(super) free: Vec<Reference>,
    /// The scope around each scope.
    parents: Vec<usize>,
    /// Of each scope, what a name is declared as.
    by_name: Vec<BTreeMap<&'a str, Vec<usize>>>,
    /// Identifiers that declare or name a part of something.
    not_used: BTreeSet<NodeId>,
    /// The scope that each node is in.
    scopes: Vec<usize>,
}

const FUNCTIONS: [&str; 12] = [
    "function_declaration",
    "generator_function_declaration",
    "function_expression",
    "generator_function",
    "arrow_function",
    "method_definition",
    "function_signature",
    "method_signature",
    "call_signature",
    "construct_signature",
    "function_type",
    "constructor_type",
];
const BLOCKS: [&str; 14] = [
    "statement_block",
    "for_statement",
    "for_in_statement",
    "catch_clause",
    "switch_body",
    "class_declaration",
    "abstract_class_declaration",
    "class",
    "interface_declaration",
    "type_alias_declaration",
    "conditional_type",
    "index_signature",
    "abstract_method_signature",
    "class_static_block",
];

pub(super) fn is_function(kind: &str) -> bool {
    FUNCTIONS[..6].contains(&kind)
}

impl<'a> Names<'a> {
    pub(super) fn read(tree: &SyntaxTree<'a>) -> Self {
        let mut names = Self {
            parents: vec![0],
            ..Self::default()
        };
        names.number_scopes(tree);
        for node in 0..tree.nodes.len() {
            names.declare_node(tree, node);
        }
        names.by_name = vec![BTreeMap::new(); names.parents.len()];
        for (at, binding) in names.bindings.iter().enumerate() {
            names.by_name[binding.scope]
                .entry(binding.name)
                .or_default()
                .push(at);
        }
        for node in 0..tree.nodes.len() {
            names.refer(tree, node);
        }

        names
    }

    /// The names that are declared where a node is, under one name.
    pub(super) fn resolve(&self, name: &str, node: NodeId) -> Option<&[usize]> {
        let mut scope = self.scopes[node];
        loop {
            if let Some(found) = self.by_name.get(scope).and_then(|names| names.get(name)) {
                return Some(found);
            }
            if scope == 0 {
                return None;
            }
            scope = self.parents[scope];
        }
    }

    /// What a name means at the top of the file.
    pub(super) fn at_top(&self, name: &str) -> impl Iterator<Item = &Binding<'a>> + use<'_, 'a> {
        let found = self.by_name.first().and_then(|names| names.get(name));
        let found = found.map(Vec::as_slice).unwrap_or_default();
        found.iter().map(|at| &self.bindings[*at])
    }

    fn number_scopes(&mut self, tree: &SyntaxTree<'a>) {
        let mut own: Vec<usize> = vec![0; tree.nodes.len()];
        self.scopes = vec![0; tree.nodes.len()];

        for node in 1..tree.nodes.len() {
            let around = own[tree.nodes[node].parent];
            self.scopes[node] = around;
            let kind = tree.kind(node);
            own[node] = around;
            if tree.nodes[node].is_named && (FUNCTIONS.contains(&kind) || BLOCKS.contains(&kind)) {
                own[node] = self.parents.len();
                self.parents.push(around);
                // The names that a function or a class takes are in it, its own name is not.
                self.scopes[node] = around;
            }
        }
    }

    /// The scope that a node opens, found by one of the nodes in it.
    fn scope_inside(&self, tree: &SyntaxTree<'a>, node: NodeId) -> usize {
        tree.children(node)
            .next()
            .map_or(self.scopes[node], |child| self.scopes[child])
    }

    fn declare_node(&mut self, tree: &SyntaxTree<'a>, node: NodeId) {
        let around = self.scopes[node];
        let name = tree.field(node, "name");

        match tree.kind(node) {
            "import_specifier" => self.declare_import(tree, node),
            "import_clause" | "namespace_import" | "import_require_clause" => {
                if let Some(local) = tree.child_of_kind(node, "identifier") {
                    let kind = import_kind(tree, node);
                    self.declare(tree, local, node, kind, 0);
                }
            }
            "variable_declarator" => self.declare_variable(tree, node, name),
            "function_declaration" | "generator_function_declaration" | "function_signature" => {
                self.declare_some(tree, name, node, BindingKind::Function, around);
            }
            "class_declaration" | "abstract_class_declaration" => {
                self.declare_some(tree, name, node, BindingKind::Class, around);
            }
            "function_expression" | "class" => {
                let inside = self.scope_inside(tree, node);
                self.declare_some(tree, name, node, BindingKind::Other, inside);
            }
            "interface_declaration" | "type_alias_declaration" => {
                self.declare_some(tree, name, node, BindingKind::Type, around);
            }
            "enum_declaration" => self.declare_some(tree, name, node, BindingKind::Enum, around),
            "internal_module" | "module" => {
                self.declare_some(tree, name, node, BindingKind::Namespace, around);
            }
            "required_parameter" | "optional_parameter" => {
                let pattern = tree.field(node, "pattern").or(name);
                self.declare_pattern(tree, pattern, node, BindingKind::Parameter, around);
            }
            "arrow_function" => {
                let inside = self.scope_inside(tree, node);
                let parameter = tree.field(node, "parameter");
                self.declare_some(tree, parameter, node, BindingKind::Parameter, inside);
            }
            "catch_clause" => {
                let inside = self.scope_inside(tree, node);
                let parameter = tree.field(node, "parameter");
                self.declare_pattern(tree, parameter, node, BindingKind::Other, inside);
            }
            "for_in_statement" if tree.field(node, "kind").is_some() => {
                let inside = self.scope_inside(tree, node);
                let left = tree.field(node, "left");
                self.declare_pattern(tree, left, node, BindingKind::Other, inside);
            }
            "type_parameter" | "index_signature" | "mapped_type_clause" | "tuple_parameter" => {
                let inside = self.scope_inside(tree, node);
                self.declare_some(tree, name, node, BindingKind::Other, inside);
            }
            "infer_type" => {
                let inferred = tree.child_of_kind(node, "type_identifier");
                let conditional = tree.ancestor_of_kind(node, &["conditional_type"]);
                let scope = conditional.map_or(around, |above| self.scope_inside(tree, above));
                self.declare_some(tree, inferred, node, BindingKind::Other, scope);
            }
            "nested_type_identifier" | "namespace_export" | "import_alias" => {
                self.not_used.extend(name);
                self.not_used.extend(
                    tree.child_of_kind(node, "identifier")
                        .filter(|_| tree.kind(node) != "nested_type_identifier"),
                );
            }
            "export_specifier" => self.skip_export(tree, node),
            _ => {}
        }
    }

    fn declare_import(&mut self, tree: &SyntaxTree<'a>, node: NodeId) {
        let (name, alias) = (tree.field(node, "name"), tree.field(node, "alias"));
        self.not_used.extend(name);
        let kind = import_kind(tree, node);
        self.declare_some(tree, alias.or(name), node, kind, 0);
    }

    fn declare_variable(&mut self, tree: &SyntaxTree<'a>, node: NodeId, name: Option<NodeId>) {
        let statement = tree.nodes[node].parent;
        let keyword = tree
            .children(statement)
            .next()
            .map_or("", |first| tree.kind(first));
        let kind = match keyword {
            "const" => BindingKind::Const,
            "var" => BindingKind::Var,
            _ => BindingKind::Let,
        };
        let scope = match kind {
            BindingKind::Var => tree
                .ancestors(node)
                .find(|above| is_function(tree.kind(*above)))
                .map_or(0, |function| self.scope_inside(tree, function)),
            _ => self.scopes[node],
        };

        self.declare_pattern(tree, name, node, kind, scope);
    }

    /// The names after `export {`: those of the file are used, those of another file and new ones are not names here.
    fn skip_export(&mut self, tree: &SyntaxTree<'a>, node: NodeId) {
        let statement = tree.ancestor_of_kind(node, &["export_statement"]);
        let is_passed_on = statement.is_some_and(|statement| tree.field(statement, "source").is_some());
        self.not_used.extend(tree.field(node, "alias"));
        if is_passed_on {
            self.not_used.extend(tree.field(node, "name"));
        }
    }

    /// All names of a pattern, however deep.
    fn declare_pattern(
        &mut self,
        tree: &SyntaxTree<'a>,
        pattern: Option<NodeId>,
        declaration: NodeId,
        kind: BindingKind,
        scope: usize,
    ) {
        let Some(pattern) = pattern else {
            return;
        };
        if tree.kind(pattern) == "identifier" {
            self.declare(tree, pattern, declaration, kind, scope);
            return;
        }

        for node in tree.descendants(pattern) {
            let is_name = match tree.kind(node) {
                "shorthand_property_identifier_pattern" => true,
                "identifier" => is_target(tree, node, pattern),
                _ => false,
            };
            if is_name {
                self.declare(tree, node, declaration, kind, scope);
            }
        }
    }

    fn declare_some(
        &mut self,
        tree: &SyntaxTree<'a>,
        name: Option<NodeId>,
        declaration: NodeId,
        kind: BindingKind,
        scope: usize,
    ) {
        if let Some(name) = name {
            self.declare(tree, name, declaration, kind, scope);
        }
    }

    fn declare(
        &mut self,
        tree: &SyntaxTree<'a>,
        name: NodeId,
        declaration: NodeId,
        kind: BindingKind,
        scope: usize,
    ) {
        self.not_used.insert(name);
        self.bindings.push(Binding {
            name: tree.text_of(name),
            node: name,
            declaration,
            kind,
            scope,
            uses: Vec::new(),
            assigned: Vec::new(),
        });
    }

    fn refer(&mut self, tree: &SyntaxTree<'a>, node: NodeId) {
        let kind = match tree.kind(node) {
            "identifier" | "shorthand_property_identifier" => UseKind::Value,
            "type_identifier" => UseKind::Type,
            _ => return,
        };
        if self.not_used.contains(&node) || tree.nodes[node].is_missing || is_tag(tree, node) {
            return;
        }
        let kind = match is_either(tree, node) {
            true => UseKind::Either,
            false => kind,
        };

        let reference = Reference { node, kind };
        let Some(found) = self.resolve(tree.text_of(node), node).map(<[usize]>::to_vec) else {
            self.free.push(reference);
            return;
        };
        for at in found {
            match is_assigned(tree, node) {
                true => self.bindings[at].assigned.push(node),
                false => self.bindings[at].uses.push(reference),
            }
        }
    }
}

fn import_kind(tree: &SyntaxTree<'_>, node: NodeId) -> BindingKind {
    let has_type = |node| tree.child_of_kind(node, "type").is_some();
    let statement = tree.ancestor_of_kind(node, &["import_statement"]);

    match has_type(node) || statement.is_some_and(has_type) {
        true => BindingKind::ImportType,
        false => BindingKind::Import,
    }
}

/// Whether an identifier in a pattern takes a value, and is no default, key or type.
fn is_target(tree: &SyntaxTree<'_>, node: NodeId, pattern: NodeId) -> bool {
    let mut at = node;
    while at != pattern {
        let parent = tree.nodes[at].parent;
        let is_part = match tree.kind(parent) {
            "pair_pattern" => tree.nodes[at].field == "value",
            "assignment_pattern" | "object_assignment_pattern" => tree.nodes[at].field == "left",
            "array_pattern" | "object_pattern" | "rest_pattern" => true,
            _ => false,
        };
        if !is_part {
            return false;
        }
        at = parent;
    }

    true
}

/// Names of HTML elements are not names of the file.
fn is_tag(tree: &SyntaxTree<'_>, node: NodeId) -> bool {
    let parent = tree.kind(tree.nodes[node].parent);
    match parent {
        "jsx_namespace_name" => true,
        "jsx_opening_element" | "jsx_closing_element" | "jsx_self_closing_element" => {
            tree.nodes[node].field == "name"
                && tree
                    .text_of(node)
                    .starts_with(|first: char| first.is_ascii_lowercase())
        }
        _ => false,
    }
}

fn is_either(tree: &SyntaxTree<'_>, node: NodeId) -> bool {
    let is_query = tree
        .ancestors(node)
        .take_while(|above| {
            matches!(
                tree.kind(*above),
                "type_query" | "member_expression" | "nested_identifier"
            )
        })
        .any(|above| tree.kind(above) == "type_query");
    let parent = tree.kind(tree.nodes[node].parent);

    is_query
        || matches!(
            parent,
            "export_specifier" | "nested_type_identifier" | "nested_identifier" | "import_alias"
        )
        || (parent == "export_statement")
}

/// Whether a statement only gives a name another value.
fn is_assigned(tree: &SyntaxTree<'_>, node: NodeId) -> bool {
    let parent = tree.nodes[node].parent;
    let is_target = matches!(
        tree.kind(parent),
        "assignment_expression" | "augmented_assignment_expression" | "update_expression"
    ) && matches!(tree.nodes[node].field, "left" | "argument");

    is_target && tree.kind(tree.nodes[parent].parent) == "expression_statement"
}
