//! A workflow that a fan-out calls for each item of its list. A definition holds its nodes once; a run's graph has a copy of them
//! for each item, under `NODE[INDEX]/`, from the moment that the list is known. The copies begin `at_once` at a time.

use std::borrow::Cow;
use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{Compiled, Node, NodeKind};

/// What a copy's last nodes lead to, before it has a name.
pub(super) const COPY_END: &str = "/end";
/// Nodes that all copies of one graph may have.
const COPIED_MAX: usize = 10_000;
/// Items of one fan-out.
const ITEMS_MAX: usize = 1_000;
/// Where a fan-out does not say.
pub(crate) const AT_ONCE: usize = 8;

/// Which item of which list a copy is for.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct ItemOf {
    /// The fan-out's node.
    pub(crate) fan: String,
    pub(crate) index: usize,
}

impl Compiled {
    /// The node of a run's graph, those of copies included.
    pub(crate) fn find(&self, id: &str) -> Option<Cow<'_, Node>> {
        if let Some(node) = self.node(id) {
            return Some(Cow::Borrowed(node));
        }

        let (name, rest) = id.split_once('[')?;
        let (index, rest) = rest.split_once(']')?;
        let node = self.node(name)?;
        let place = Copying::of(node, index.parse().ok()?)?;
        match rest {
            "" => Some(Cow::Owned(place.enter())),
            COPY_END => Some(Cow::Owned(place.leave())),
            _ => {
                let inner = rest.strip_prefix('/')?;
                let inner = place.body.iter().find(|node| node.id == inner)?;
                Some(Cow::Owned(place.copy(inner)))
            }
        }
    }

    /// All nodes of a run's graph, where the list of each fan-out has so many items.
    pub(crate) fn unfold(&self, items: &dyn Fn(&str) -> usize) -> Vec<Node> {
        let mut nodes = Vec::with_capacity(self.nodes.len());
        for node in &self.nodes {
            if let NodeKind::PerItem { fan, .. } = &node.kind {
                let copies = (0..items(fan)).filter_map(|index| Copying::of(node, index));
                nodes.extend(copies.flat_map(|copy| copy.nodes().collect::<Vec<_>>()));
            }
            nodes.push(node.clone());
        }

        nodes
    }

    /// How many items a fan-out that leads to this node may have.
    pub(crate) fn items_max(&self, each: &Node) -> usize {
        let NodeKind::PerItem { nodes, .. } = &each.kind else {
            return ITEMS_MAX;
        };
        let callers = self.per_item().count().max(1);

        (COPIED_MAX / callers / (nodes.len() + 2)).clamp(1, ITEMS_MAX)
    }

    /// Whether these lists are none that a run would have refused.
    pub(crate) fn can_walk(&self, lists: &BTreeMap<String, Vec<Value>>) -> bool {
        self.per_item().all(|(node, fan)| {
            let items = lists.get(fan).map_or(0, Vec::len);
            items <= self.items_max(node)
        })
    }

    /// A number that changes when copies are made or taken away.
    pub(crate) fn shape(&self, lists: &BTreeMap<String, Vec<Value>>) -> u64 {
        self.per_item().fold(0, |shape, (_, fan)| {
            let items = lists.get(fan).map_or(0, Vec::len);
            shape * (ITEMS_MAX as u64 + 1) + items as u64
        })
    }

    fn per_item(&self) -> impl Iterator<Item = (&Node, &String)> {
        self.nodes.iter().filter_map(|node| match &node.kind {
            NodeKind::PerItem { fan, .. } => Some((node, fan)),
            _ => None,
        })
    }
}

/// The name of a copy's part.
pub(crate) fn copy_name(node: &str, index: usize, part: &str) -> String {
    format!("{node}[{index}]{part}")
}

/// One copy of what is called for each item.
struct Copying<'a> {
    node: &'a Node,
    input: &'a Value,
    start: &'a [String],
    body: &'a [Node],
    output: Option<&'a Value>,
    of: ItemOf,
    name: String,
}

impl<'a> Copying<'a> {
    fn of(node: &'a Node, index: usize) -> Option<Self> {
        let NodeKind::PerItem {
            fan,
            input,
            start,
            nodes,
            output,
        } = &node.kind
        else {
            return None;
        };

        Some(Self {
            node,
            input,
            start,
            body: nodes,
            output: output.as_ref(),
            of: ItemOf {
                fan: fan.clone(),
                index,
            },
            name: copy_name(&node.id, index, ""),
        })
    }

    fn nodes(&self) -> impl Iterator<Item = Node> {
        let inner = self.body.iter().map(|node| self.copy(node));
        [self.enter()].into_iter().chain(inner).chain([self.leave()])
    }

    fn enter(&self) -> Node {
        Node {
            id: self.name.clone(),
            kind: NodeKind::Enter {
                scope: self.name.clone(),
                input: self.input.clone(),
                of: Some(self.of.clone()),
            },
            next: self.start.iter().map(|start| self.place(start)).collect(),
            emit: None,
            ..self.node.clone()
        }
    }

    fn leave(&self) -> Node {
        Node {
            id: self.place(COPY_END),
            kind: NodeKind::Leave {
                scope: self.name.clone(),
                output: self.output.cloned(),
                of: Some(self.of.clone()),
            },
            next: Vec::new(),
            emit: None,
            ..self.node.clone()
        }
    }

    fn copy(&self, node: &Node) -> Node {
        let scope = match node.scope.as_str() {
            "" => self.name.clone(),
            scope => self.place(scope),
        };

        Node {
            id: self.place(&node.id),
            kind: node.kind.clone().moved(&|target: &String| self.place(target)),
            next: node.next.iter().map(|next| self.place(next)).collect(),
            scope,
            ..node.clone()
        }
    }

    fn place(&self, target: &str) -> String {
        match target {
            COPY_END => format!("{}{COPY_END}", self.name),
            _ => format!("{}/{target}", self.name),
        }
    }
}
