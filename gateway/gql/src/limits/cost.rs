//! What an operation may cost to answer: fields, times the lengths of the lists that they are in. A length that a
//! variable gives is filled in for each request; all else is counted once for each document.

use async_graphql::{
    Name, Value as Const, Variables,
    parser::types::{Field, OperationDefinition, Selection, SelectionSet},
};
use async_graphql_value::Value;

use crate::{
    Limits,
    engine::types::{self, TypeId, Types},
};

/// The arguments that say how long a page is.
const LENGTHS: [&str; 2] = ["first", "last"];

#[derive(Clone, Debug, Default)]
pub(crate) struct Cost {
    fixed: u64,
    pages: Vec<ListLength>,
}

/// A list whose length a variable gives.
#[derive(Clone, Debug)]
struct ListLength {
    length: Name,
    /// When the variable is not sent.
    default: u64,
    each: Cost,
    times: u64,
}

impl Cost {
    /// Of an operation in the form in which it runs.
    pub(crate) fn estimate(
        operation: &OperationDefinition,
        root: TypeId,
        types: &Types,
        limits: &Limits,
    ) -> Self {
        Counting { types, limits }.set(&operation.selection_set.node, root)
    }

    /// With the variables of a request, their defaults filled in.
    pub(crate) fn evaluate(&self, variables: &Variables) -> u64 {
        self.pages.iter().fold(self.fixed, |sum, page| {
            let length = match variables.get(&page.length) {
                Some(Const::Number(length)) => length.as_u64().unwrap_or(0),
                _ => page.default,
            };
            let each = page.each.evaluate(variables);
            sum.saturating_add(page.times.saturating_mul(length).saturating_mul(each))
        })
    }

    fn add(&mut self, other: Self) {
        self.fixed = self.fixed.saturating_add(other.fixed);
        self.pages.extend(other.pages);
    }

    fn times(mut self, times: u64) -> Self {
        self.fixed = self.fixed.saturating_mul(times);
        for page in &mut self.pages {
            page.times = page.times.saturating_mul(times);
        }
        self
    }

    fn one_more(mut self) -> Self {
        self.fixed = self.fixed.saturating_add(1);
        self
    }
}

/// How long a list can become.
enum Length {
    Known(u64),
    Variable(Name, u64),
}

struct Counting<'a> {
    types: &'a Types,
    limits: &'a Limits,
}

impl Counting<'_> {
    fn set(&self, set: &SelectionSet, parent: TypeId) -> Cost {
        let mut sum = Cost::default();
        for selection in &set.items {
            sum.add(match &selection.node {
                Selection::Field(field) => self.field(&field.node, parent),
                Selection::InlineFragment(fragment) => {
                    let condition = fragment.node.type_condition.as_ref();
                    let on = condition.and_then(|condition| self.types.find(&condition.node.on.node));
                    self.set(&fragment.node.selection_set.node, on.unwrap_or(parent))
                }
                // There is none in this form.
                Selection::FragmentSpread(_) => Cost::default(),
            });
        }

        sum
    }

    fn field(&self, field: &Field, parent: TypeId) -> Cost {
        let name = field.name.node.as_str();
        let Some(definition) = self.types.field(parent, name) else {
            return Cost::default().one_more();
        };

        // Introspection has a count of its own.
        if field.selection_set.node.items.is_empty() || name.starts_with("__") {
            return Cost::default().one_more();
        }

        let each = self.set(&field.selection_set.node, definition.ty.named_type());
        let cost = match self.lengths(field, definition) {
            Some(lengths) => page(&lengths, each),
            // The items of a connection are counted by the field that returns it.
            None if definition.ty.is_list() && !self.is_connection(parent) => {
                each.times(self.limits.list_size)
            }
            None => each,
        };

        cost.one_more()
    }

    fn is_connection(&self, ty: TypeId) -> bool {
        self.types.get(ty).name.ends_with("Connection")
    }

    /// None for a field that takes no length.
    fn lengths(&self, field: &Field, definition: &types::Field) -> Option<Vec<Length>> {
        let takes = |name: &str| definition.args.iter().find(|arg| arg.name == name);
        let taken: Vec<_> = LENGTHS.iter().filter_map(|name| takes(name)).collect();
        if taken.is_empty() {
            return None;
        }

        let default = taken.iter().find_map(|arg| arg.default.as_deref()?.parse().ok());
        let default = default.unwrap_or(self.limits.page_size);
        let given = taken
            .iter()
            .filter_map(|arg| match &field.get_argument(&arg.name)?.node {
                Value::Number(length) => Some(Length::Known(length.as_u64().unwrap_or(0))),
                Value::Variable(name) => Some(Length::Variable(name.clone(), default)),
                _ => None,
            });
        let mut lengths: Vec<_> = given.collect();
        if lengths.is_empty() {
            lengths.push(Length::Known(default));
        }

        Some(lengths)
    }
}

/// A page is as long as all that was asked for together: a length from either end.
fn page(lengths: &[Length], each: Cost) -> Cost {
    let mut sum = Cost::default();
    for length in lengths {
        match length {
            Length::Known(length) => sum.add(each.clone().times(*length)),
            Length::Variable(name, default) => sum.pages.push(ListLength {
                length: name.clone(),
                default: *default,
                each: each.clone(),
                times: 1,
            }),
        }
    }

    sum
}
