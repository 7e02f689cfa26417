//! Rust.

use tree_sitter::Node;

use super::{DefinitionKind as Kind, File, Found, comments, count_parameters, has_child, named_children};

pub(super) fn read(file: &mut File<'_>, root: Node<'_>) {
    header(file);
    items(file, root, None, 0);
}

fn header(file: &mut File<'_>) {
    let lines: Vec<&str> = file
        .text
        .lines()
        .skip_while(|line| {
            line.starts_with("#!")
                || line.trim().is_empty()
                || (line.starts_with("//") && !line.starts_with("//!"))
                || line.starts_with("#![") && !line.contains("include_str")
        })
        .collect();

    let header: Vec<&str> = lines
        .iter()
        .copied()
        .take_while(|line| line.trim_start().starts_with("//!"))
        .collect();
    if header.is_empty() {
        // `/*! … */`
        let rest = lines.join("\n");
        let block = rest.trim_start().strip_prefix("/*!");
        if let Some(text) = block.and_then(|block| block.split("*/").next()) {
            file.header(&comments::clean(text));
        }
    } else {
        file.header(&comments::clean(&header.join("\n")));
    }

    // `#![doc = include_str!("../docs/extract.md")]`
    let included = file
        .text
        .lines()
        .take(60)
        .find_map(|line| line.trim().strip_prefix("#![doc = include_str!(\""));

    file.found.header_file = included
        .and_then(|rest| rest.split('"').next())
        .map(str::to_owned);
}

fn items(file: &mut File<'_>, parent: Node<'_>, owner: Option<&str>, depth: usize) {
    if depth > 8 {
        return;
    }

    let mut test_only = false;
    for node in named_children(parent) {
        match node.kind() {
            "attribute_item" => {
                let text = file.text(node);
                test_only |= text.contains("cfg(test") || text.contains("cfg(all(test");
                continue;
            }
            "line_comment" | "block_comment" => continue,
            "use_declaration" => imports(file, node),
            _ if test_only => {}
            kind => item(file, node, kind, owner, depth),
        }

        test_only = false;
    }
}

fn item(file: &mut File<'_>, node: Node<'_>, kind: &str, owner: Option<&str>, depth: usize) {
    let kind = match kind {
        "function_item" | "function_signature_item" if owner.is_some() => Kind::Method,
        "function_item" => Kind::Function,
        "struct_item" | "union_item" => Kind::Struct,
        "enum_item" => Kind::Enum,
        "trait_item" => Kind::Trait,
        "type_item" if owner.is_none() => Kind::Type,
        "const_item" | "static_item" if owner.is_none() => Kind::Constant,
        "macro_definition" => Kind::Macro,
        "mod_item" => Kind::Module,
        "impl_item" => return implementation(file, node, depth),
        "foreign_mod_item" | "extern_crate_declaration" => return,
        _ => return,
    };

    let name = file.field(node, "name").unwrap_or_default();
    let exported = kind == Kind::Macro && above_has(file, node, "macro_export");
    let public =
        exported || has_child(node, "visibility_modifier") || (kind == Kind::Method && owner_is_trait(node));
    let modifiers = named_children(node)
        .into_iter()
        .find(|child| child.kind() == "function_modifiers");
    let doc = comments::read_above(file, node, &["attribute_item"], |text| {
        text.starts_with("///") || text.starts_with("/**")
    });
    let body = node.child_by_field_name("body");
    if kind == Kind::Module && body.is_none() {
        return;
    }

    let parameters = count_parameters(
        node.child_by_field_name("parameters"),
        &["self_parameter", "attribute_item"],
    );
    let is_async = modifiers.is_some_and(|node| file.text(node).contains("async"));
    file.push(
        node,
        Found {
            name,
            kind,
            parent: owner,
            public,
            doc,
            parameters,
            is_async,
        },
    );

    match (kind, body) {
        (Kind::Trait, Some(body)) => items(file, body, Some(name), depth + 1),
        (Kind::Module, Some(body)) => items(file, body, None, depth + 1),
        _ => {}
    }
}

/// Methods of a type's own; those that a trait asks for are told with the trait.
fn implementation(file: &mut File<'_>, node: Node<'_>, depth: usize) {
    if node.child_by_field_name("trait").is_some() {
        return;
    }

    let owner = node.child_by_field_name("type").map(|owner| {
        let base = owner.child_by_field_name("type").unwrap_or(owner);
        file.text(base)
    });

    if let (Some(owner), Some(body)) = (owner, node.child_by_field_name("body")) {
        items(file, body, Some(owner), depth + 1);
    }
}

fn owner_is_trait(node: Node<'_>) -> bool {
    node.parent()
        .and_then(|list| list.parent())
        .is_some_and(|owner| owner.kind() == "trait_item")
}

fn above_has(file: &File<'_>, node: Node<'_>, word: &str) -> bool {
    let mut next = node.prev_sibling();
    while let Some(sibling) = next {
        match sibling.kind() {
            "attribute_item" if file.text(sibling).contains(word) => return true,
            "attribute_item" | "line_comment" | "block_comment" => next = sibling.prev_sibling(),
            _ => return false,
        }
    }

    false
}

/// `use a::{b, c::d};` as `a::b` and `a::c::d`.
fn imports(file: &mut File<'_>, node: Node<'_>) {
    let Some(argument) = node.child_by_field_name("argument") else {
        return;
    };
    let mut open = vec![(String::new(), argument, 0)];

    while let Some((prefix, node, depth)) = open.pop() {
        let join = |path: &str| {
            if prefix.is_empty() {
                path.to_owned()
            } else {
                format!("{prefix}::{path}")
            }
        };

        match node.kind() {
            "use_list" if depth < 16 => {
                open.extend(
                    named_children(node)
                        .into_iter()
                        .map(|child| (prefix.clone(), child, depth + 1)),
                );
            }
            "scoped_use_list" if depth < 16 => {
                let path = node
                    .child_by_field_name("path")
                    .map(|path| join(file.text(path)))
                    .unwrap_or_default();
                if let Some(list) = node.child_by_field_name("list") {
                    open.push((path, list, depth + 1));
                }
            }
            "use_as_clause" => file.import(&join(file.field(node, "path").unwrap_or_default())),
            "use_wildcard" => file.import(join(file.text(node)).trim_end_matches("::*")),
            _ => file.import(&join(file.text(node))),
        }
    }
}
