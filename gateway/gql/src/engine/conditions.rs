//! The conditions of a document: what `@skip` and `@include` say of a field or a fragment, once the variables of a request
//! are known. Read before fields are merged, as `CollectFields` of the specification wants it.

use std::collections::HashSet;

use async_graphql::{
    Name, Positioned, Value as Const, Variables,
    parser::types::{Directive, ExecutableDocument, Selection, SelectionSet},
};
use async_graphql_value::Value;

/// Variables that one key can tell apart.
const KEYED: usize = 64;

/// How conditions are judged.
#[derive(Clone, Copy)]
pub(crate) enum Conditions<'a> {
    /// None holds anything back: the most that an operation can be.
    Ignored,
    /// By these values.
    Judged(&'a Variables),
}

impl Conditions<'_> {
    /// Whether what these directives stand on is a part of the operation.
    pub(crate) fn include(self, directives: &[Positioned<Directive>]) -> bool {
        let Self::Judged(variables) = self else {
            return true;
        };

        directives.iter().all(|directive| {
            let given = directive.node.get_argument("if").map(|given| &given.node);
            let holds = match given {
                Some(Value::Boolean(holds)) => *holds,
                Some(Value::Variable(name)) => variables.get(name) == Some(&Const::Boolean(true)),
                _ => false,
            };

            match directive.node.name.node.as_str() {
                "skip" => !holds,
                "include" => holds,
                _ => true,
            }
        })
    }
}

/// Whether a directive is a condition.
pub(crate) fn is_condition(directive: &Positioned<Directive>) -> bool {
    matches!(directive.node.name.node.as_str(), "skip" | "include")
}

/// The variables by which a selection set, with its fragments, is judged; each once.
pub(crate) fn read_variables(document: &ExecutableDocument, set: &SelectionSet) -> Vec<Name> {
    let mut reading = Reading {
        document,
        seen: HashSet::new(),
        found: Vec::new(),
    };
    reading.set(set);

    reading.found
}

struct Reading<'a> {
    document: &'a ExecutableDocument,
    /// Fragments that were read.
    seen: HashSet<&'a str>,
    found: Vec<Name>,
}

impl<'a> Reading<'a> {
    fn set(&mut self, set: &'a SelectionSet) {
        for selection in &set.items {
            for directive in selection.node.directives().iter().filter(|one| is_condition(one)) {
                self.condition(directive);
            }

            match &selection.node {
                Selection::Field(field) => self.set(&field.node.selection_set.node),
                Selection::InlineFragment(fragment) => self.set(&fragment.node.selection_set.node),
                Selection::FragmentSpread(spread) => {
                    let name = &spread.node.fragment_name.node;
                    if let (true, Some(fragment)) =
                        (self.seen.insert(name.as_str()), self.document.fragments.get(name))
                    {
                        self.set(&fragment.node.selection_set.node);
                    }
                }
            }
        }
    }

    fn condition(&mut self, directive: &Positioned<Directive>) {
        if let Some(Value::Variable(name)) = directive.node.get_argument("if").map(|given| &given.node)
            && !self.found.contains(name)
        {
            self.found.push(name.clone());
        }
    }
}

/// A number for the values of these variables: the same only when all of them are the same. None for too many of them.
pub(crate) fn key(names: &[Name], variables: &Variables) -> Option<u64> {
    let is_true = |name: &Name| variables.get(name) == Some(&Const::Boolean(true));
    let bits = names.iter().map(|name| u64::from(is_true(name)));

    (names.len() <= KEYED).then(|| bits.fold(0, |key, bit| key << 1 | bit))
}
