//! A file as the checks read it: its syntax tree, its names, what it imports and what it exports.

use super::scope::{BindingKind, Names};
use super::syntax::{NodeId, SyntaxTree};
use crate::project::ProjectFile;

/// One import or passing on of another file's names.
pub(super) struct Import<'a> {
    pub(super) from: &'a str,
    /// The string that says from where.
    pub(super) source: NodeId,
    pub(super) statement: NodeId,
    pub(super) names: Vec<ImportedName<'a>>,
    /// All names of the other file may be used: `* as`, `export *`, `import()`, a mock.
    pub(super) is_whole: bool,
    /// `export … from`.
    pub(super) is_passed_on: bool,
}

pub(super) struct ImportedName<'a> {
    /// As it is exported there; `default` for what has no name.
    pub(super) exported: &'a str,
    pub(super) local: &'a str,
    pub(super) node: NodeId,
    pub(super) is_type: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum ExportKind {
    Value,
    Type,
    /// A class or an enum, or what another file has.
    Either,
}

pub(super) struct Export<'a> {
    pub(super) name: &'a str,
    pub(super) kind: ExportKind,
    pub(super) node: NodeId,
    /// Another file's, passed on.
    pub(super) is_passed_on: bool,
}

pub(super) struct Source<'a> {
    pub(super) path: &'a str,
    pub(super) tree: SyntaxTree<'a>,
    pub(super) names: Names<'a>,
    pub(super) imports: Vec<Import<'a>>,
    pub(super) exports: Vec<Export<'a>>,
}

impl<'a> Source<'a> {
    /// Reads a file; nothing where it is no code.
    pub(super) fn read(file: &'a ProjectFile) -> Option<Self> {
        let tree = SyntaxTree::parse(&file.path, &file.content)?;
        let names = Names::read(&tree);
        let imports = read_imports(&tree);
        let exports = read_exports(&tree, &names);

        Some(Self {
            path: &file.path,
            tree,
            names,
            imports,
            exports,
        })
    }

    /// Tests and their helpers, and stories of components: nothing of them is shown to people.
    pub(super) fn is_test(&self) -> bool {
        let in_folder = [
            "test",
            "tests",
            "__tests__",
            "__mocks__",
            "mocks",
            "e2e",
            "cypress",
        ];
        let mut parts = self.path.split('/');

        [".test.", ".spec.", ".stories.", ".cy."]
            .iter()
            .any(|part| self.path.contains(part))
            || parts.any(|part| in_folder.contains(&part))
            || self.path.contains("setupTests")
    }

    /// Declares for others only, and nothing of it runs.
    pub(super) fn is_declaration(&self) -> bool {
        self.path.ends_with(".d.ts")
    }

    pub(super) fn export(&self, name: &str) -> Option<&Export<'a>> {
        self.exports.iter().find(|export| export.name == name)
    }

    /// Whether it passes on another file's names without naming them.
    pub(super) fn exports_all_of_another(&self) -> bool {
        self.imports
            .iter()
            .any(|import| import.is_passed_on && import.is_whole)
    }

    pub(super) fn has_markup(&self) -> bool {
        self.tree
            .all(&["jsx_element", "jsx_self_closing_element"])
            .next()
            .is_some()
    }
}

fn read_imports<'a>(tree: &SyntaxTree<'a>) -> Vec<Import<'a>> {
    let mut imports = Vec::new();
    for node in 0..tree.nodes.len() {
        let import = match tree.kind(node) {
            "import_statement" | "export_statement" => read_statement(tree, node),
            "string" | "template_string" => read_call(tree, node),
            _ => None,
        };
        imports.extend(import);
    }

    imports
}

fn read_statement<'a>(tree: &SyntaxTree<'a>, statement: NodeId) -> Option<Import<'a>> {
    let required = tree.child_of_kind(statement, "import_require_clause");
    let source = tree
        .field(statement, "source")
        .or_else(|| tree.field(required?, "source"))?;
    let is_passed_on = tree.kind(statement) == "export_statement";
    let is_type = tree.child_of_kind(statement, "type").is_some();
    let mut import = Import {
        from: tree.literal(source)?,
        source,
        statement,
        names: Vec::new(),
        is_whole: required.is_some(),
        is_passed_on,
    };

    for node in tree.descendants(statement) {
        match tree.kind(node) {
            "import_specifier" | "export_specifier" => {
                let name = tree.field(node, "name")?;
                let local = tree.field(node, "alias").unwrap_or(name);
                import.names.push(ImportedName {
                    exported: tree.literal(name).unwrap_or_else(|| tree.text_of(name)),
                    local: tree.text_of(local),
                    node,
                    is_type: is_type || tree.child_of_kind(node, "type").is_some(),
                });
            }
            "import_clause" => {
                if let Some(local) = tree.child_of_kind(node, "identifier") {
                    import.names.push(ImportedName {
                        exported: "default",
                        local: tree.text_of(local),
                        node: local,
                        is_type,
                    });
                }
            }
            "namespace_import" | "namespace_export" | "*" => import.is_whole = true,
            _ => {}
        }
    }
    Some(import)
}

/// What a call names by its path: `import('./a')`, `require('./a')`, `vi.mock('./a')`, `import.meta.glob('./a/*.ts')`.
fn read_call<'a>(tree: &SyntaxTree<'a>, string: NodeId) -> Option<Import<'a>> {
    let text = tree.literal(string)?;
    let arguments = tree.nodes[string].parent;
    let is_argument = matches!(tree.kind(arguments), "arguments" | "array");
    if !is_argument || !text.starts_with("./") && !text.starts_with("../") {
        return None;
    }

    Some(Import {
        from: text,
        source: string,
        statement: string,
        names: Vec::new(),
        is_whole: true,
        is_passed_on: false,
    })
}

fn read_exports<'a>(tree: &SyntaxTree<'a>, names: &Names<'a>) -> Vec<Export<'a>> {
    let mut exports = Vec::new();
    for statement in tree.all(&["export_statement"]) {
        let is_passed_on = tree.field(statement, "source").is_some();
        let is_default = tree.child_of_kind(statement, "default").is_some();
        let mut add = |name, kind, node| {
            exports.push(Export {
                name,
                kind,
                node,
                is_passed_on,
            });
        };
        if is_default || tree.child_of_kind(statement, "=").is_some() {
            add("default", ExportKind::Either, statement);
            continue;
        }

        if let Some(declaration) = tree.field(statement, "declaration") {
            let declared = match tree.kind(declaration) {
                "ambient_declaration" => tree.named_children(declaration).next().unwrap_or(declaration),
                _ => declaration,
            };
            for binding in names.bindings.iter().filter(|binding| {
                binding.scope == 0
                    && (binding.declaration == declared
                        || tree.descendants(declared).contains(&binding.declaration))
            }) {
                add(binding.name, export_kind(binding.kind), binding.node);
            }
        }
        for node in tree.descendants(statement) {
            if tree.kind(node) == "export_specifier" {
                let Some(name) = tree.field(node, "name") else {
                    continue;
                };
                let outer = tree.field(node, "alias").unwrap_or(name);
                let kind = local_kind(names, tree.text_of(name), is_passed_on);
                add(
                    tree.literal(outer).unwrap_or_else(|| tree.text_of(outer)),
                    kind,
                    node,
                );
            } else if tree.kind(node) == "namespace_export"
                && let Some(name) = tree.child_of_kind(node, "identifier")
            {
                add(tree.text_of(name), ExportKind::Either, node);
            }
        }
    }

    exports
}

fn local_kind(names: &Names<'_>, name: &str, is_passed_on: bool) -> ExportKind {
    let mut kinds = names.at_top(name).map(|binding| export_kind(binding.kind));
    match (is_passed_on, kinds.next(), kinds.next()) {
        (false, Some(kind), None) => kind,
        _ => ExportKind::Either,
    }
}

fn export_kind(kind: BindingKind) -> ExportKind {
    match kind {
        BindingKind::Const | BindingKind::Let | BindingKind::Var | BindingKind::Function => ExportKind::Value,
        BindingKind::Type => ExportKind::Type,
        _ => ExportKind::Either,
    }
}
