//! Java.

use tree_sitter::Node;

use super::{DefinitionKind as Kind, File, Found, comments, count_parameters, named_children};

pub(super) fn read(file: &mut File<'_>, root: Node<'_>) {
    for node in named_children(root) {
        if node.kind() == "package_declaration"
            && let Some(text) = doc(file, node).filter(|text| !comments::is_legal(text))
        {
            file.header(&text);
        }

        if node.kind() == "import_declaration" {
            let path = file
                .text(node)
                .trim_start_matches("import")
                .trim_end_matches(';')
                .trim();
            file.import(path.trim_start_matches("static ").trim_end_matches(".*"));
        }

        declaration(file, node, None, 0);
    }
}

fn doc(file: &File<'_>, node: Node<'_>) -> Option<String> {
    comments::read_above(file, node, &[], |text| text.starts_with("/**"))
}

fn declaration(file: &mut File<'_>, node: Node<'_>, owner: Option<&str>, depth: usize) {
    let kind = match node.kind() {
        "class_declaration" | "record_declaration" => Kind::Class,
        "interface_declaration" | "annotation_type_declaration" => Kind::Interface,
        "enum_declaration" => Kind::Enum,
        "method_declaration" => Kind::Method,
        _ => return,
    };

    let name = file.field(node, "name").unwrap_or_default();
    let modifiers = named_children(node)
        .into_iter()
        .find(|child| child.kind() == "modifiers");
    let in_interface = node
        .parent()
        .is_some_and(|parent| parent.kind() == "interface_body");
    let public = in_interface || modifiers.is_some_and(|node| file.text(node).contains("public"));
    let doc = doc(file, node);
    let parameters = match kind {
        Kind::Method => count_parameters(node.child_by_field_name("parameters"), &["receiver_parameter"]),
        _ => None,
    };
    file.push(
        node,
        Found {
            name,
            kind,
            parent: owner,
            public,
            doc,
            parameters,
            is_async: false,
        },
    );

    if let (true, Some(body)) = (
        kind != Kind::Method && depth < 4,
        node.child_by_field_name("body"),
    ) {
        for member in named_children(body) {
            if member.kind() == "enum_body_declarations" {
                named_children(member)
                    .into_iter()
                    .for_each(|inner| declaration(file, inner, Some(name), depth + 1));
            }
            declaration(file, member, Some(name), depth + 1);
        }
    }
}
