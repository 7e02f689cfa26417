//! Go.

use tree_sitter::Node;

use super::{DefinitionKind as Kind, File, Found, comments, count_parameters, named_children};

pub(super) fn read(file: &mut File<'_>, root: Node<'_>) {
    for node in named_children(root) {
        match node.kind() {
            "package_clause" => {
                if let Some(text) = doc(file, node).filter(|text| !comments::is_legal(text)) {
                    file.header(&text);
                }
            }
            "import_declaration" => imports(file, node),
            "function_declaration" => function(file, node, None),
            "method_declaration" => {
                let owner = node
                    .child_by_field_name("receiver")
                    .map(|receiver| receiver_type(file.text(receiver)));
                function(file, node, owner);
            }
            "type_declaration" => types(file, node),
            "const_declaration" => constants(file, node),
            _ => {}
        }
    }
}

fn doc(file: &File<'_>, node: Node<'_>) -> Option<String> {
    comments::read_above(file, node, &[], |text| !comments::is_directive(text))
}

fn is_public(name: &str) -> bool {
    name.chars().next().is_some_and(char::is_uppercase)
}

fn function(file: &mut File<'_>, node: Node<'_>, parent: Option<&str>) {
    let name = file.field(node, "name").unwrap_or_default();
    let kind = if parent.is_some() {
        Kind::Method
    } else {
        Kind::Function
    };

    let doc = doc(file, node);
    let parameters = count_parameters(node.child_by_field_name("parameters"), &[]);
    let public = is_public(name) && parent.is_none_or(is_public);
    file.push(
        node,
        Found {
            name,
            kind,
            parent,
            public,
            doc,
            parameters,
            is_async: false,
        },
    );
}

/// `(s *Server[T])` → `Server`.
fn receiver_type(receiver: &str) -> &str {
    let inside = receiver.trim_matches(['(', ')']);
    let named = inside
        .rsplit(' ')
        .next()
        .unwrap_or(inside)
        .trim_start_matches('*');
    named.split('[').next().unwrap_or(named)
}

fn types(file: &mut File<'_>, node: Node<'_>) {
    for spec in named_children(node) {
        if !matches!(spec.kind(), "type_spec" | "type_alias") {
            continue;
        }

        let name = file.field(spec, "name").unwrap_or_default();
        let kind = match spec.child_by_field_name("type").map(|inner| inner.kind()) {
            Some("struct_type") => Kind::Struct,
            Some("interface_type") => Kind::Interface,
            _ => Kind::Type,
        };

        let doc = doc(file, spec).or_else(|| doc(file, node));
        let found = Found {
            name,
            kind,
            parent: None,
            public: is_public(name),
            doc,
            parameters: None,
            is_async: false,
        };

        file.push(spec, found);
    }
}

fn constants(file: &mut File<'_>, node: Node<'_>) {
    for spec in named_children(node)
        .into_iter()
        .filter(|spec| spec.kind() == "const_spec")
    {
        let name = file.field(spec, "name").unwrap_or_default();
        let doc = doc(file, spec).or_else(|| doc(file, node));
        let public = is_public(name);
        file.push(
            spec,
            Found {
                name,
                kind: Kind::Constant,
                parent: None,
                public,
                doc,
                parameters: None,
                is_async: false,
            },
        );
    }
}

fn imports(file: &mut File<'_>, node: Node<'_>) {
    let mut open = named_children(node);
    while let Some(next) = open.pop() {
        if next.kind() == "import_spec_list" {
            open.extend(named_children(next));
        } else if let Some(path) = next.child_by_field_name("path") {
            file.import(file.text(path).trim_matches(['"', '`']));
        }
    }
}
