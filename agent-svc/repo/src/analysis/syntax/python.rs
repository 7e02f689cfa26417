//! Python.

use tree_sitter::Node;

use super::{DefinitionKind as Kind, File, Found, comments, count_parameters, has_child, named_children};

pub(super) fn read(file: &mut File<'_>, root: Node<'_>) {
    if let Some(text) = docstring(file, root) {
        file.header(&text);
    } else {
        comment_header(file);
    }
    statements(file, root, None, 0);
}

/// `# What the file is for`, at its top, before an empty line or an import.
fn comment_header(file: &mut File<'_>) {
    let lines: Vec<&str> = file
        .text
        .lines()
        .skip_while(|line| line.starts_with("#!") || line.contains("coding:") || line.trim().is_empty())
        .collect();
    let header: Vec<&str> = lines
        .iter()
        .copied()
        .take_while(|line| line.starts_with('#') && !line.starts_with("# %%"))
        .collect();
    let next = lines.get(header.len()).copied().unwrap_or_default();
    let alone = next.trim().is_empty() || next.starts_with("import ") || next.starts_with("from ");

    if alone && !comments::is_directive(&header.join(" ")) {
        file.header(&comments::clean(&header.join("\n")));
    }
}

fn statements(file: &mut File<'_>, parent: Node<'_>, owner: Option<&str>, depth: usize) {
    if depth > 6 {
        return;
    }

    for node in named_children(parent) {
        match node.kind() {
            "decorated_definition" => {
                if let Some(inner) = node.child_by_field_name("definition") {
                    definition(file, inner, owner, depth);
                }
            }
            "function_definition" | "class_definition" => definition(file, node, owner, depth),
            "import_statement" | "import_from_statement" => import(file, node),
            // Definitions behind `if TYPE_CHECKING`, `try`, and the like.
            "if_statement" | "try_statement" | "else_clause" | "except_clause" | "block"
                if owner.is_none() =>
            {
                statements(file, node, owner, depth + 1);
            }
            "expression_statement" if owner.is_none() && depth == 0 => constant(file, node),
            _ => {}
        }
    }
}

fn definition(file: &mut File<'_>, node: Node<'_>, owner: Option<&str>, depth: usize) {
    let name = file.field(node, "name").unwrap_or_default();
    let class = node.kind() == "class_definition";
    let kind = match (class, owner) {
        (true, _) => Kind::Class,
        (false, Some(_)) => Kind::Method,
        (false, None) => Kind::Function,
    };

    let body = node.child_by_field_name("body");
    let doc = body.and_then(|body| docstring(file, body));
    let parameters = count_parameters(
        node.child_by_field_name("parameters"),
        &["keyword_separator", "positional_separator"],
    );
    let receiver = u32::from(kind == Kind::Method);
    let special = name.starts_with("__") && name.ends_with("__");
    let found = Found {
        name,
        kind,
        parent: owner,
        public: !name.starts_with('_') && owner.is_none_or(|owner| !owner.starts_with('_')),
        doc,
        parameters: if class {
            None
        } else {
            parameters.map(|count| count.saturating_sub(receiver))
        },
        is_async: has_child(node, "async"),
    };
    if !special {
        file.push(node, found);
    }

    if let (true, Some(body)) = (class, body) {
        statements(file, body, Some(name), depth + 1);
    }
}

/// `LIMIT = 10` at the top level.
fn constant(file: &mut File<'_>, node: Node<'_>) {
    let Some(assignment) = node.named_child(0).filter(|child| child.kind() == "assignment") else {
        return;
    };
    let name = file.field(assignment, "left").unwrap_or_default();
    let constant = name.len() > 2
        && name
            .chars()
            .all(|c| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_');

    if constant && !name.starts_with('_') {
        let found = Found {
            name,
            kind: Kind::Constant,
            parent: None,
            public: true,
            doc: None,
            parameters: None,
            is_async: false,
        };

        file.push(node, found);
    }
}

/// The string that a module, class or function begins with.
fn docstring(file: &File<'_>, body: Node<'_>) -> Option<String> {
    let first = named_children(body)
        .into_iter()
        .find(|child| child.kind() != "comment")?;
    let string = first
        .named_child(0)
        .filter(|_| first.kind() == "expression_statement")?;
    if string.kind() != "string" {
        return None;
    }

    let text = file
        .text(string)
        .trim_start_matches(|c: char| c.is_ascii_alphabetic());
    let text = text.trim_matches(|c| c == '"' || c == '\'');
    let lines: Vec<&str> = text.lines().map(str::trim).collect();

    Some(lines.join("\n").trim().to_owned())
}

fn import(file: &mut File<'_>, node: Node<'_>) {
    if node.kind() == "import_from_statement" {
        let module = file.field(node, "module_name").unwrap_or_default();
        let mut cursor = node.walk();
        let names: Vec<_> = node.children_by_field_name("name", &mut cursor).collect();
        if names.is_empty() {
            file.import(module);
        }

        for name in names {
            let name = file.field(name, "name").unwrap_or(file.text(name));
            let join = if module.ends_with('.') { "" } else { "." };
            file.import(&format!("{module}{join}{name}"));
        }

        return;
    }

    for child in named_children(node) {
        let name = file.field(child, "name").unwrap_or(file.text(child));
        file.import(name);
    }
}
