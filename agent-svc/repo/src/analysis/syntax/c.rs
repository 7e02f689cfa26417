//! C.

use tree_sitter::Node;

use super::{DefinitionKind as Kind, File, Found, comments, count_parameters, named_children};
use crate::author::grammar::prose::starts_as_order;

pub(super) fn read(file: &mut File<'_>, root: Node<'_>) {
    header(file, root);
    items(file, root, 0);
}

fn header(file: &mut File<'_>, root: Node<'_>) {
    for node in named_children(root)
        .into_iter()
        .take_while(|node| node.kind() == "comment")
        .take(3)
    {
        let text = file.text(node);
        let next = node.next_named_sibling();
        let alone = next.is_none_or(|next| {
            // "disable the warnings of …" speaks of the line below it.
            let apart = next.start_position().row > node.end_position().row + 1;
            apart
                || next.kind().starts_with("preproc") && !starts_as_order(comments::clean(text).trim())
                || next.kind() == "comment"
        });

        if alone && !comments::is_directive(text) {
            file.header(&comments::clean(text));
        }
    }
}

fn doc(file: &File<'_>, node: Node<'_>) -> Option<String> {
    comments::read_above(file, node, &[], |text| {
        !comments::is_legal(text) && !comments::is_directive(text)
    })
}

/// Whether what stands between `#if` and `#endif` is there only for some builds: not in include guards, and not where
/// the choice is between platforms or compilers.
fn is_conditional(file: &File<'_>, node: Node<'_>) -> bool {
    let condition = file
        .field(node, "name")
        .or_else(|| file.field(node, "condition"))
        .unwrap_or_default()
        .to_ascii_uppercase();
    let guard = file.text(node).starts_with("#ifndef")
        && ["_H", "_H_", "_H__", "_HPP", "_INCLUDED"]
            .iter()
            .any(|end| condition.ends_with(end));
    let platform = [
        "WIN32",
        "WIN64",
        "WINDOWS",
        "APPLE",
        "LINUX",
        "UNIX",
        "_MSC",
        "MINGW",
        "GNUC",
        "CPLUSPLUS",
        "EMSCRIPTEN",
        "UNICODE",
        "BSD",
        "ANDROID",
        "HAVE_",
    ];

    !guard && !platform.iter().any(|word| condition.contains(word))
}

fn items(file: &mut File<'_>, parent: Node<'_>, depth: usize) {
    if depth > 6 {
        return;
    }

    for node in named_children(parent) {
        match node.kind() {
            "preproc_ifdef" | "preproc_if" if is_conditional(file, node) => {
                let before = file.found.definitions.len();
                items(file, node, depth + 1);
                let (mut at, definitions) = (0, &mut file.found.definitions);
                definitions.retain(|found| {
                    at += 1;
                    at <= before || found.name != "main"
                });
            }
            "function_definition" => function(file, node),
            "preproc_include" => {
                let path = file.field(node, "path").unwrap_or_default();
                if path.starts_with('"') {
                    file.import(path.trim_matches('"'));
                }
            }
            // Include guards and `extern "C"`.
            "preproc_ifdef"
            | "preproc_if"
            | "preproc_else"
            | "linkage_specification"
            | "declaration_list" => {
                items(file, node, depth + 1);
            }
            "struct_specifier" | "union_specifier" | "enum_specifier" => aggregate(file, node, node, None),
            "type_definition" => typedef(file, node),
            "preproc_function_def" => named(file, node, Kind::Macro),
            "declaration" => {
                if let Some(inner) = node
                    .child_by_field_name("type")
                    .filter(|inner| inner.child_by_field_name("body").is_some())
                {
                    aggregate(file, inner, node, None);
                } else if file.path.ends_with(".h") {
                    function(file, node);
                }
            }
            _ => {}
        }
    }
}

fn named(file: &mut File<'_>, node: Node<'_>, kind: Kind) {
    let name = file.field(node, "name").unwrap_or_default();
    let doc = doc(file, node);
    let public = file.path.ends_with(".h");

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

fn aggregate(file: &mut File<'_>, node: Node<'_>, outer: Node<'_>, alias: Option<&str>) {
    if node.child_by_field_name("body").is_none() {
        return;
    }

    let Some(name) = alias.or_else(|| file.field(node, "name")) else {
        return;
    };
    let kind = if node.kind() == "enum_specifier" {
        Kind::Enum
    } else {
        Kind::Struct
    };

    let doc = doc(file, outer);
    let public = file.path.ends_with(".h");
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

fn typedef(file: &mut File<'_>, node: Node<'_>) {
    let alias = node
        .child_by_field_name("declarator")
        .filter(|name| name.kind() == "type_identifier")
        .map(|name| file.text(name));

    match node.child_by_field_name("type") {
        Some(inner) if inner.child_by_field_name("body").is_some() => aggregate(file, inner, node, alias),
        _ => {
            let Some(name) = alias else { return };
            let doc = doc(file, node);
            let public = file.path.ends_with(".h");
            file.push(
                node,
                Found {
                    name,
                    kind: Kind::Type,
                    parent: None,
                    public,
                    doc,
                    parameters: None,
                    is_async: false,
                },
            );
        }
    }
}

/// Finds the declarator's name through pointers and parentheses.
fn function(file: &mut File<'_>, node: Node<'_>) {
    let mut next = node.child_by_field_name("declarator");
    let mut parameters = None;

    for _ in 0..8 {
        let Some(declarator) = next else { return };
        match declarator.kind() {
            "function_declarator" => parameters = declarator.child_by_field_name("parameters"),
            "identifier" if parameters.is_some() => {
                let name = file.text(declarator);
                let doc = doc(file, node);
                let head = file.text(node);
                let public = !head.starts_with("static ") && !head.starts_with("static\n");
                let parameters = count_parameters(parameters, &[]);
                let found = Found {
                    name,
                    kind: Kind::Function,
                    parent: None,
                    public,
                    doc,
                    parameters,
                    is_async: false,
                };

                return file.push(node, found);
            }
            "identifier" => return,
            _ => {}
        }

        next = declarator
            .child_by_field_name("declarator")
            .or_else(|| declarator.named_child(0));
    }
}
