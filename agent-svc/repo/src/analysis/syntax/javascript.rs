//! JavaScript and TypeScript, modules and CommonJS.

use tree_sitter::Node;

use super::{DefinitionKind as Kind, File, Found, comments, count_parameters, has_child, named_children};

pub(super) fn read(file: &mut File<'_>, root: Node<'_>) {
    header(file, root);
    statements(file, root, false, 0);
    requires(file);
}

/// The first block comment, when it is about the file.
fn header(file: &mut File<'_>, root: Node<'_>) {
    for node in named_children(root).into_iter().take(4) {
        let text = file.text(node);
        match node.kind() {
            "hash_bang_line" => continue,
            "comment"
                if comments::is_legal(text)
                    || comments::is_directive(text)
                    || text.contains("Module dependencies") =>
            {
                continue;
            }
            "comment" if text.starts_with("/*") || text.starts_with("//") => {
                let next = node.next_named_sibling();
                let alone = next.is_none_or(|next| next.start_position().row > node.end_position().row + 1)
                    || text.contains("@file")
                    || text.contains("@module")
                    || next.is_some_and(|next| next.kind() == "import_statement");
                if alone {
                    let clean = comments::clean(text);
                    let tagged = clean.lines().find_map(|line| {
                        ["@fileoverview ", "@file ", "@overview "]
                            .iter()
                            .find_map(|tag| line.strip_prefix(tag))
                    });
                    let text = tagged.map_or_else(|| clean.clone(), str::to_owned);
                    file.header(&text);
                }

                return;
            }
            _ => return,
        }
    }
}

fn statements(file: &mut File<'_>, parent: Node<'_>, exported: bool, depth: usize) {
    if depth > 4 {
        return;
    }
    for node in named_children(parent) {
        statement(file, node, node, exported, depth);
    }
}

/// `outer` is the node that carries the comment: the export statement, when there is one.
fn statement(file: &mut File<'_>, node: Node<'_>, outer: Node<'_>, exported: bool, depth: usize) {
    match node.kind() {
        "export_statement" => {
            if let Some(source) = node.child_by_field_name("source") {
                file.import(unquote(file.text(source)));
            }
            if let Some(inner) = node.child_by_field_name("declaration") {
                statement(file, inner, node, true, depth);
            } else if let Some(value) = node.child_by_field_name("value") {
                anonymous(file, value, node);
            }
        }
        "import_statement" => {
            if let Some(source) = node.child_by_field_name("source") {
                file.import(unquote(file.text(source)));
            }
        }
        "function_declaration" | "generator_function_declaration" | "function_signature" => {
            function(
                file,
                node,
                outer,
                file.field(node, "name").unwrap_or_default(),
                Kind::Function,
                exported,
                None,
            );
        }
        "class_declaration" | "abstract_class_declaration" => class(file, node, outer, exported),
        "interface_declaration" => plain(file, node, outer, Kind::Interface, exported),
        "enum_declaration" => plain(file, node, outer, Kind::Enum, exported),
        "type_alias_declaration" => plain(file, node, outer, Kind::Type, exported),
        "lexical_declaration" | "variable_declaration" => variables(file, node, outer, exported),
        "expression_statement" => assignment(file, node),
        "ambient_declaration" | "internal_module" | "module" | "statement_block" => {
            statements(
                file,
                node.child_by_field_name("body").unwrap_or(node),
                exported,
                depth + 1,
            );
        }
        _ => {}
    }
}

fn doc(file: &File<'_>, node: Node<'_>) -> Option<String> {
    comments::read_above(file, node, &["decorator"], |text| {
        (text.starts_with("/**") || text.starts_with("//"))
            && !comments::is_directive(text)
            && !comments::is_legal(text)
            && !["@file", "@module", "@overview", "Module "]
                .iter()
                .any(|mark| text.contains(mark))
    })
}

fn plain(file: &mut File<'_>, node: Node<'_>, outer: Node<'_>, kind: Kind, public: bool) {
    let name = file.field(node, "name").unwrap_or_default();
    let doc = doc(file, outer);

    file.push(
        node,
        Found {
            name,
            kind,
            parent: None,
            public,
            doc,
            parameters: None,
            is_async: false,
        },
    );
}

fn function(
    file: &mut File<'_>,
    node: Node<'_>,
    outer: Node<'_>,
    name: &str,
    kind: Kind,
    public: bool,
    parent: Option<&str>,
) {
    let doc = doc(file, outer);
    let parameters = count_parameters(node.child_by_field_name("parameters"), &[]);
    let is_async = has_child(node, "async");

    file.push(
        node,
        Found {
            name,
            kind,
            parent,
            public,
            doc,
            parameters,
            is_async,
        },
    );
}

fn class(file: &mut File<'_>, node: Node<'_>, outer: Node<'_>, public: bool) {
    plain(file, node, outer, Kind::Class, public);

    let owner = file.field(node, "name").unwrap_or_default();
    let Some(body) = node.child_by_field_name("body") else {
        return;
    };

    for member in named_children(body) {
        let name = file.field(member, "name").unwrap_or_default();
        if member.kind() == "method_definition" && name != "constructor" {
            let hidden =
                name.starts_with('#') || name.starts_with('_') || file.text(member).starts_with("private ");
            function(
                file,
                member,
                member,
                name.trim_matches(['"', '\'']),
                Kind::Method,
                public && !hidden,
                Some(owner),
            );
        }
    }
}

/// `export default function …`, `export default class …`.
fn anonymous(file: &mut File<'_>, value: Node<'_>, outer: Node<'_>) {
    match value.kind() {
        "class" => class(file, value, outer, true),
        "function_expression" | "function" => {
            let name = file.field(value, "name").unwrap_or_default();
            function(file, value, outer, name, Kind::Function, true, None);
        }
        _ => {}
    }
}

const FUNCTIONS: [&str; 4] = [
    "arrow_function",
    "function_expression",
    "function",
    "generator_function",
];

/// `const f = () => …`, `const LIMIT = 10`.
fn variables(file: &mut File<'_>, node: Node<'_>, outer: Node<'_>, exported: bool) {
    for variable in named_children(node)
        .into_iter()
        .filter(|child| child.kind() == "variable_declarator")
    {
        let name = file.field(variable, "name").unwrap_or_default();
        let Some(value) = variable.child_by_field_name("value") else {
            continue;
        };

        if FUNCTIONS.contains(&value.kind()) {
            function(file, value, outer, name, Kind::Function, exported, None);
        } else if exported && !name.starts_with(['{', '[']) {
            let doc = doc(file, outer);
            file.push(
                variable,
                Found {
                    name,
                    kind: Kind::Constant,
                    parent: None,
                    public: true,
                    doc,
                    parameters: None,
                    is_async: false,
                },
            );
        }
    }
}

/// `exports.f = function …`, `app.use = function …`, `Type.prototype.method = function …`.
fn assignment(file: &mut File<'_>, node: Node<'_>) {
    let Some(assignment) = node
        .named_child(0)
        .filter(|child| child.kind() == "assignment_expression")
    else {
        return;
    };
    let Some(value) = assignment.child_by_field_name("right") else {
        return;
    };
    // `exports = module.exports = createApplication`: nothing new is defined.
    if !FUNCTIONS.contains(&value.kind()) && value.kind() != "class" {
        return;
    }

    let target = file.field(assignment, "left").unwrap_or_default();
    let (owner, name) = target.rsplit_once('.').unwrap_or(("", target));
    let (name, parent) = match owner {
        _ if target == "module.exports" => (file.field(value, "name").unwrap_or_default(), None),
        "exports" | "module.exports" | "" => (name, None),
        owner => (
            name,
            Some(
                owner
                    .trim_end_matches(".prototype")
                    .trim_start_matches("exports."),
            ),
        ),
    };

    if value.kind() == "class" {
        return class(file, value, node, true);
    }

    let kind = if parent.is_some() {
        Kind::Method
    } else {
        Kind::Function
    };

    if name.chars().all(|c| c.is_alphanumeric() || c == '_' || c == '$') {
        function(file, value, node, name, kind, !name.starts_with('_'), parent);
    }
}

/// `require('x')`, wherever it stands.
fn requires(file: &mut File<'_>) {
    let text = file.text;
    let mut rest = text;

    while let Some(at) = rest.find("require(") {
        rest = &rest[at + 8..];

        let quoted = rest
            .chars()
            .next()
            .filter(|quote| matches!(quote, '\'' | '"' | '`'));

        if let Some(target) = quoted.and_then(|quote| rest[1..].split(quote).next())
            && target.len() < 200
            && !target.contains('\n')
        {
            file.import(target);
        }
    }
}

fn unquote(text: &str) -> &str {
    text.trim_matches(|c| matches!(c, '"' | '\'' | '`'))
}
