//! What an operation may cost to answer: fields, long ones by their weight, times the lengths of the lists that they are
//! in. A length that a variable gives is filled in for each request; all else is counted once for each document.

use async_graphql::{
    Name, Value as Const, Variables,
    parser::types::{Field, OperationDefinition, Selection, SelectionSet},
};
use async_graphql_value::Value;

use crate::{
    Limits,
    connection::PAGE_MAX,
    engine::{
        lower::is_mark,
        types::{self, TypeId, Types},
    },
};

/// The arguments that say how long a page is.
const LENGTHS: [&str; 2] = ["first", "last"];

#[derive(Clone, Debug, Default)]
pub(crate) struct Cost {
    fixed: u64,
    pages: Vec<ListLength>,
    choices: Vec<Choice>,
}

/// A list whose length a variable gives.
#[derive(Clone, Debug)]
struct ListLength {
    length: Name,
    /// When the variable is not sent.
    default: u64,
    each: Cost,
    times: u64,
    /// A longer one is refused by the field itself, so that it costs nothing.
    most: u64,
}

/// What is asked of an object, for each type that it can have: the dearest counts.
#[derive(Clone, Debug)]
struct Choice {
    of: Vec<Cost>,
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
        let pages = self.pages.iter().map(|page| {
            let length = match variables.get(&page.length) {
                Some(Const::Number(length)) => known_length(length.as_u64(), page.most),
                _ => page.default,
            };
            let each = page.each.evaluate(variables);
            page.times.saturating_mul(length).saturating_mul(each)
        });
        let choices = self.choices.iter().map(|choice| {
            let dearest = choice.of.iter().map(|cost| cost.evaluate(variables)).max();
            choice.times.saturating_mul(dearest.unwrap_or(0))
        });

        pages.chain(choices).fold(self.fixed, u64::saturating_add)
    }

    fn add(&mut self, other: Self) {
        self.fixed = self.fixed.saturating_add(other.fixed);
        self.pages.extend(other.pages);
        self.choices.extend(other.choices);
    }

    fn times(mut self, times: u64) -> Self {
        self.fixed = self.fixed.saturating_mul(times);
        for page in &mut self.pages {
            page.times = page.times.saturating_mul(times);
        }
        for choice in &mut self.choices {
            choice.times = choice.times.saturating_mul(times);
        }
        self
    }

    fn of_leaf(weight: u64) -> Self {
        Self {
            fixed: weight,
            ..Self::default()
        }
    }

    fn one_more(mut self) -> Self {
        self.fixed = self.fixed.saturating_add(1);
        self
    }
}

/// How long a list can become.
enum Length {
    Known(u64),
    /// With its default and the most that is answered.
    Variable(Name, u64, u64),
}

struct Counting<'a> {
    types: &'a Types,
    limits: &'a Limits,
}

/// A length that is no length of a list, or of none that is answered, is none.
fn known_length(length: Option<u64>, most: u64) -> u64 {
    length.filter(|length| *length <= most).unwrap_or(0)
}

impl Counting<'_> {
    fn set(&self, set: &SelectionSet, parent: TypeId) -> Cost {
        let mut sum = Cost::default();
        let mut of = Vec::new();
        for selection in &set.items {
            match &selection.node {
                Selection::Field(field) if is_mark(&field.node) => {}
                Selection::Field(field) => sum.add(self.field(&field.node, parent)),
                Selection::InlineFragment(fragment) => {
                    let condition = fragment.node.type_condition.as_ref();
                    let on = condition.and_then(|condition| self.types.find(&condition.node.on.node));
                    of.push(self.set(&fragment.node.selection_set.node, on.unwrap_or(parent)));
                }
                // There is none in this form.
                Selection::FragmentSpread(_) => {}
            }
        }

        if !of.is_empty() {
            sum.choices.push(Choice { of, times: 1 });
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
            return Cost::of_leaf(definition.weight);
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
        // Only a connection is sure to refuse a length that is none of a page.
        let most = match self.is_connection(definition.ty.named_type()) {
            true => PAGE_MAX,
            false => u64::MAX,
        };
        let given = taken
            .iter()
            .filter_map(|arg| match &field.get_argument(&arg.name)?.node {
                Value::Number(length) => Some(Length::Known(known_length(length.as_u64(), most))),
                Value::Variable(name) => Some(Length::Variable(name.clone(), default, most)),
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
            Length::Variable(name, default, most) => sum.pages.push(ListLength {
                length: name.clone(),
                default: *default,
                most: *most,
                each: each.clone(),
                times: 1,
            }),
        }
    }

    sum
}
