//! A file's syntax tree (tree-sitter) as a list of nodes in the order of the text, so that no walk needs recursion however deep
//! a file is nested.

use std::cell::RefCell;
use std::ops::{ControlFlow, Range};
use std::sync::LazyLock;

use tree_sitter::{Language, ParseOptions, ParseState, Parser, Tree, TreeCursor};

/// Steps of the parser after which a file is given up; ordinary files of 100,000 bytes take a hundredth of it.
const STEPS_MAX: usize = 20_000;

pub(super) type NodeId = usize;

pub(super) struct SyntaxNode {
    pub(super) kind: &'static str,
    /// What it is to its parent, where the grammar names that.
    pub(super) field: &'static str,
    pub(super) parent: NodeId,
    /// The first node after it that is not in it.
    pub(super) end: NodeId,
    pub(super) bytes: Range<usize>,
    pub(super) line: usize,
    pub(super) is_named: bool,
    pub(super) is_missing: bool,
}

pub(super) struct SyntaxTree<'a> {
    pub(super) text: &'a str,
    /// The first is the whole file.
    pub(super) nodes: Vec<SyntaxNode>,
    pub(super) has_errors: bool,
}

static TYPESCRIPT: LazyLock<Language> = LazyLock::new(|| tree_sitter_typescript::LANGUAGE_TYPESCRIPT.into());
static TSX: LazyLock<Language> = LazyLock::new(|| tree_sitter_typescript::LANGUAGE_TSX.into());

thread_local! {
    static PARSER: RefCell<Parser> = RefCell::new(Parser::new());
}

/// The grammar of a file by its name; nothing for one that is no code.
fn language_of(path: &str) -> Option<&'static Language> {
    let (_, extension) = path.rsplit_once('.')?;
    match extension {
        "ts" | "mts" | "cts" => Some(&TYPESCRIPT),
        "tsx" | "js" | "jsx" | "mjs" | "cjs" => Some(&TSX),
        _ => None,
    }
}

impl<'a> SyntaxTree<'a> {
    /// Parses a file; nothing where it is no code, or keeps the parser busy for too long.
    pub(super) fn parse(path: &str, text: &'a str) -> Option<Self> {
        let language = language_of(path)?;
        let parse = |bytes: &[u8]| PARSER.with_borrow_mut(|parser| parse_text(parser, language, bytes));
        let mut tree = parse(text.as_bytes())?;
        if tree.root_node().has_error() {
            // Two of them are an operator more often than text.
            let others = [false, true].map(|doubled| without_lone_ampersands(text, doubled));
            let parsed = others.into_iter().flatten().filter_map(|plain| parse(&plain));
            tree = parsed
                .into_iter()
                .find(|tree| !tree.root_node().has_error())
                .unwrap_or(tree);
        }

        Some(Self {
            text,
            nodes: list_nodes(&tree, language),
            has_errors: tree.root_node().has_error(),
        })
    }

    pub(super) fn text_of(&self, node: NodeId) -> &'a str {
        self.text.get(self.nodes[node].bytes.clone()).unwrap_or_default()
    }

    pub(super) fn kind(&self, node: NodeId) -> &'static str {
        self.nodes[node].kind
    }

    pub(super) fn line(&self, node: NodeId) -> usize {
        self.nodes[node].line
    }

    /// All nodes of these kinds, in the order of the text.
    pub(super) fn all(&self, kinds: &[&str]) -> impl Iterator<Item = NodeId> {
        (0..self.nodes.len()).filter(move |node| kinds.contains(&self.nodes[*node].kind))
    }

    pub(super) fn children(&self, node: NodeId) -> Children<'_> {
        Children {
            nodes: &self.nodes,
            next: node + 1,
            end: self.nodes[node].end,
        }
    }

    pub(super) fn named_children(&self, node: NodeId) -> impl Iterator<Item = NodeId> {
        self.children(node)
            .filter(|child| self.nodes[*child].is_named && self.kind(*child) != "comment")
    }

    /// The nodes below one.
    pub(super) fn descendants(&self, node: NodeId) -> Range<NodeId> {
        node + 1..self.nodes[node].end
    }

    pub(super) fn field(&self, node: NodeId, name: &str) -> Option<NodeId> {
        self.children(node).find(|child| self.nodes[*child].field == name)
    }

    pub(super) fn child_of_kind(&self, node: NodeId, kind: &str) -> Option<NodeId> {
        self.children(node).find(|child| self.kind(*child) == kind)
    }

    /// What a node is in, from the inside out; the whole file is the last.
    pub(super) fn ancestors(&self, node: NodeId) -> impl Iterator<Item = NodeId> {
        let mut at = node;
        std::iter::from_fn(move || {
            let parent = self.nodes[at].parent;
            (parent != at).then(|| {
                at = parent;
                parent
            })
        })
    }

    /// The nearest of these kinds that a node is in.
    pub(super) fn ancestor_of_kind(&self, node: NodeId, kinds: &[&str]) -> Option<NodeId> {
        self.ancestors(node)
            .find(|above| kinds.contains(&self.kind(*above)))
    }

    /// The text of a string, or of a template that nothing is put into.
    pub(super) fn literal(&self, node: NodeId) -> Option<&'a str> {
        let is_plain = self.kind(node) == "string"
            || (self.kind(node) == "template_string"
                && self.child_of_kind(node, "template_substitution").is_none());
        let text = self.text_of(node);

        is_plain
            .then(|| text.get(1..text.len().checked_sub(1)?))
            .flatten()
    }

    /// What is inside parentheses, casts and `!`.
    pub(super) fn unwrapped(&self, node: NodeId) -> NodeId {
        let mut at = node;
        while matches!(
            self.kind(at),
            "parenthesized_expression" | "as_expression" | "satisfies_expression" | "non_null_expression"
        ) {
            let Some(inner) = self.named_children(at).next() else {
                break;
            };
            at = inner;
        }

        at
    }
}

pub(super) struct Children<'t> {
    nodes: &'t [SyntaxNode],
    next: NodeId,
    end: NodeId,
}

impl Iterator for Children<'_> {
    type Item = NodeId;

    fn next(&mut self) -> Option<NodeId> {
        if self.next >= self.end {
            return None;
        }

        let child = self.next;
        self.next = self.nodes[child].end;
        Some(child)
    }
}

/// Counts steps, not time, so that the same file is always judged the same.
/// The file with another sign for each `&` that stands for itself between two tags, as in "Terms & Conditions": the grammar waits
/// for a character reference after it, and calls it an error. Nothing where there is none.
fn without_lone_ampersands(text: &str, doubled: bool) -> Option<Vec<u8>> {
    let mut plain = text.as_bytes().to_vec();
    let mut is_other = false;
    let mut from = None;

    for (at, byte) in text.bytes().enumerate() {
        if matches!(byte, b'<' | b'{')
            && let Some(begin) = from.take()
        {
            let between = &text.as_bytes()[begin..at];
            // Between braces there may be code.
            let is_text = byte == b'<' && text.as_bytes()[begin - 1] == b'>'
                || !between.iter().any(|sign| b"();=|'\"`".contains(sign));
            let is_sign = |place: usize| between.get(place) == Some(&b'&');

            for place in (0..between.len()).filter(|place| is_text && is_sign(*place)) {
                let is_double = is_sign(place + 1) || place > 0 && is_sign(place - 1);
                if doubled || !is_double {
                    plain[begin + place] = b'-';
                    is_other = true;
                }
            }
        }

        if matches!(byte, b'>' | b'}') {
            from = Some(at + 1);
        }
    }

    is_other.then_some(plain)
}

fn parse_text(parser: &mut Parser, language: &Language, bytes: &[u8]) -> Option<Tree> {
    parser.set_language(language).ok()?;
    let mut steps = 0;
    let mut watch = |_: &ParseState| {
        steps += 1;
        match steps > STEPS_MAX {
            true => ControlFlow::Break(()),
            false => ControlFlow::Continue(()),
        }
    };

    let options = ParseOptions::new().progress_callback(&mut watch);
    let tree = parser.parse_with_options(
        &mut |at: usize, _| bytes.get(at..).unwrap_or_default(),
        None,
        Some(options),
    );
    parser.reset();

    tree
}

fn list_nodes(tree: &Tree, language: &'static Language) -> Vec<SyntaxNode> {
    let mut cursor = tree.walk();
    let mut nodes = vec![read_node(&cursor, language, 0)];
    let mut open = vec![0];

    loop {
        if !cursor.goto_first_child() {
            close_last(&mut nodes, &mut open);
            while !cursor.goto_next_sibling() {
                if !cursor.goto_parent() {
                    return nodes;
                }
                close_last(&mut nodes, &mut open);
            }
        }

        let parent = open.last().copied().unwrap_or_default();
        open.push(nodes.len());
        nodes.push(read_node(&cursor, language, parent));
    }
}

fn close_last(nodes: &mut [SyntaxNode], open: &mut Vec<NodeId>) {
    let end = nodes.len();
    if let Some(node) = open.pop() {
        nodes[node].end = end;
    }
}

fn read_node(cursor: &TreeCursor<'_>, language: &'static Language, parent: NodeId) -> SyntaxNode {
    let node = cursor.node();
    let field = cursor
        .field_id()
        .and_then(|field| language.field_name_for_id(field.get()));

    SyntaxNode {
        kind: language.node_kind_for_id(node.kind_id()).unwrap_or_default(),
        field: field.unwrap_or_default(),
        parent,
        end: 0,
        bytes: node.byte_range(),
        line: node.start_position().row + 1,
        is_named: node.is_named(),
        is_missing: node.is_missing(),
    }
}
