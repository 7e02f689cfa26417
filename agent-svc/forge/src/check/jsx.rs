//! Elements of a page in a syntax tree: their names, attributes and content.

use super::syntax::{NodeId, SyntaxTree};

/// An element, as `<a …>…</a>` or as `<a … />`.
#[derive(Clone, Copy)]
pub(super) struct Element<'t, 'a> {
    pub(super) tree: &'t SyntaxTree<'a>,
    pub(super) node: NodeId,
    /// Holds the name and the attributes.
    pub(super) tag: NodeId,
}

pub(super) const ELEMENTS: [&str; 2] = ["jsx_element", "jsx_self_closing_element"];

pub(super) fn elements<'t, 'a>(tree: &'t SyntaxTree<'a>) -> impl Iterator<Item = Element<'t, 'a>> {
    tree.all(&ELEMENTS).filter_map(|node| Element::read(tree, node))
}

impl<'t, 'a> Element<'t, 'a> {
    pub(super) fn read(tree: &'t SyntaxTree<'a>, node: NodeId) -> Option<Self> {
        let tag = match tree.kind(node) {
            "jsx_element" => tree.field(node, "open_tag")?,
            "jsx_self_closing_element" => node,
            _ => return None,
        };
        Some(Self { tree, node, tag })
    }

    /// Empty for a fragment.
    pub(super) fn name(&self) -> &'a str {
        let name = self.tree.field(self.tag, "name");
        name.map_or("", |name| self.tree.text_of(name))
    }

    /// One of HTML's, not a component.
    pub(super) fn is_native(&self) -> bool {
        self.name().starts_with(|first: char| first.is_ascii_lowercase())
    }

    pub(super) fn line(&self) -> usize {
        self.tree.line(self.tag)
    }

    /// Where another attribute can be written: behind the name.
    pub(super) fn after_name(&self) -> Option<usize> {
        let name = self.tree.field(self.tag, "name")?;
        let types = self.tree.field(self.tag, "type_arguments");
        Some(self.tree.nodes[types.unwrap_or(name)].bytes.end)
    }

    /// Attributes with their names.
    pub(super) fn attributes(&self) -> impl Iterator<Item = (&'a str, NodeId)> {
        let tree = self.tree;
        tree.children(self.tag)
            .filter(|child| tree.kind(*child) == "jsx_attribute")
            .filter_map(move |attribute| {
                let name = tree.named_children(attribute).next()?;
                Some((tree.text_of(name), attribute))
            })
    }

    pub(super) fn attribute(&self, name: &str) -> Option<NodeId> {
        self.attributes()
            .find(|(found, _)| *found == name)
            .map(|(_, attribute)| attribute)
    }

    pub(super) fn has(&self, name: &str) -> bool {
        self.attribute(name).is_some()
    }

    /// What an attribute is set to: the string, or what is in the braces. Nothing for one that only stands there.
    pub(super) fn value(&self, name: &str) -> Option<NodeId> {
        value_of(self.tree, self.attribute(name)?)
    }

    /// The text of an attribute that is a plain string.
    pub(super) fn text(&self, name: &str) -> Option<&'a str> {
        self.tree.literal(self.value(name)?)
    }

    /// What is spread into it: `{...rest}`.
    pub(super) fn spread(&self) -> Option<NodeId> {
        self.tree
            .children(self.tag)
            .filter(|child| self.tree.kind(*child) == "jsx_expression")
            .find_map(|child| {
                let spread = self.tree.child_of_kind(child, "spread_element")?;
                self.tree.named_children(spread).next()
            })
    }

    /// Texts, expressions and elements in it.
    pub(super) fn content(&self) -> impl Iterator<Item = NodeId> {
        let tree = self.tree;
        let (node, has_content) = (self.node, self.node != self.tag);

        tree.children(node)
            .filter(move |_| has_content)
            .filter(move |child| {
                matches!(
                    tree.kind(*child),
                    "jsx_text"
                        | "jsx_expression"
                        | "jsx_element"
                        | "jsx_self_closing_element"
                        | "html_character_reference"
                )
            })
            .filter(move |child| match tree.kind(*child) {
                "jsx_text" => !tree.text_of(*child).trim().is_empty(),
                "jsx_expression" => tree.named_children(*child).next().is_some(),
                _ => true,
            })
    }

    /// The elements that it is in, from the inside out, as far as the same expression goes.
    pub(super) fn parents(&self) -> impl Iterator<Item = Element<'t, 'a>> {
        let tree = self.tree;
        tree.ancestors(self.node)
            .filter(|above| tree.kind(*above) == "jsx_element")
            .filter_map(move |above| Element::read(tree, above))
    }
}

/// The value of an attribute.
pub(super) fn value_of(tree: &SyntaxTree<'_>, attribute: NodeId) -> Option<NodeId> {
    let value = tree.named_children(attribute).nth(1)?;
    match tree.kind(value) {
        "jsx_expression" => tree.named_children(value).next(),
        _ => Some(value),
    }
}

/// `deleteBook`, `onDeleteBook` and `delete_book` as people would say it: `Delete book`.
pub(super) fn say_name(name: &str) -> String {
    let mut said = String::new();
    for letter in name.chars() {
        if letter == '_' || letter == '-' || letter == '.' {
            said.push(' ');
        } else if letter.is_uppercase() && !said.is_empty() {
            said.push(' ');
            said.extend(letter.to_lowercase());
        } else {
            said.push(letter);
        }
    }

    let words: Vec<&str> = said
        .split_whitespace()
        .skip_while(|word| matches!(*word, "handle" | "on"))
        .collect();
    let said = words.join(" ");
    let mut letters = said.chars();
    letters
        .next()
        .map(|first| first.to_uppercase().chain(letters).collect())
        .unwrap_or_default()
}
