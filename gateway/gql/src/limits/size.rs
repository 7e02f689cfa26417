//! Counts what a parsed document grows to when every fragment is put in place of its spreads, without doing it: each
//! fragment is counted once, whatever the number of its spreads. Knows no types.

use std::collections::HashMap;

use async_graphql::{
    Name, Pos, Positioned,
    parser::types::{Directive, ExecutableDocument, Field, FragmentDefinition, Selection, SelectionSet},
};

use async_graphql_value::Value;

use super::check_limit;
use crate::{
    Limits,
    engine::refusal::{Code, Problem, quote_text},
};

/// Fragments of a circle that a message names.
const NAMED_IN_CIRCLE: usize = 4;

/// Bytes that a document's names and literals may grow to, as a multiple of what it may have as written.
const GROWTH: u64 = 4;

/// Refuses a document that is, or would become, too large; else the bytes that its names and literals grow to.
pub(crate) fn check_size(document: &ExecutableDocument, limits: &Limits) -> Result<u64, Problem> {
    let operations = document.operations.iter().len();
    let what = format!("The document has {operations} operations");
    check_limit(Code::TooManyOperations, operations, limits.operations, &what)?;

    let fragments = document.fragments.len();
    let what = format!("The document has {fragments} fragments");
    check_limit(Code::TooManyFragments, fragments, limits.fragments, &what)?;
    written(document, limits)?;

    let mut sizes = Sizes::default();
    for name in in_order(&document.fragments)? {
        if let Some(fragment) = document.fragments.get(name) {
            let size = sizes.of(&fragment.node.selection_set.node);
            sizes.known.insert(name, size);
        }
    }

    // All operations count: each is checked, whichever runs.
    let (mut selections, mut bytes) = (0_u64, 0_u64);
    for (_, operation) in document.operations.iter() {
        let size = sizes.of(&operation.node.selection_set.node);
        selections = selections.saturating_add(size.selections);
        bytes = bytes.saturating_add(size.bytes);
        let place = operation.pos;
        grown(&size, (selections, bytes), limits).map_err(|problem| problem.with_place(place))?;
    }

    Ok(bytes)
}

fn grown(size: &Size, (selections, bytes): (u64, u64), limits: &Limits) -> Result<(), Problem> {
    let what = "With every fragment in place the document selects too much";
    check_limit(Code::TooManySelections, selections, limits.selections, what)?;
    let what = "With every fragment in place the names and values of the document are too long";
    let most = (limits.document_bytes as u64).saturating_mul(GROWTH);
    check_limit(Code::TooManySelections, bytes, most, what)?;
    let what = "With every fragment in place too many selections are open at once";
    check_limit(Code::NestedTooDeep, size.levels, limits.nesting as u64, what)?;
    let what = format!("The query is {} fields deep", size.depth);
    check_limit(Code::TooDeep, size.depth, limits.depth, &what)?;
    let what = format!("The operation has {} root fields", size.width);
    check_limit(Code::TooManyRootFields, size.width, limits.root_fields, &what)
}

/// What a selection set grows to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Size {
    /// Fields, spreads and inline fragments.
    selections: u64,
    /// Of the names and arguments of its fields.
    bytes: u64,
    /// Fields inside one another.
    depth: u64,
    /// Selection sets inside one another.
    levels: u64,
    /// Fields of the set itself.
    width: u64,
}

#[derive(Default)]
struct Sizes<'a> {
    /// Of the fragments counted so far.
    known: HashMap<&'a str, Size>,
}

impl Sizes<'_> {
    fn of(&self, set: &SelectionSet) -> Size {
        let mut sum = Size::default();
        for selection in &set.items {
            let (own, inner) = match &selection.node {
                Selection::Field(field) => {
                    sum.bytes = sum.bytes.saturating_add(bytes_of(&field.node));
                    (1, self.of(&field.node.selection_set.node))
                }
                Selection::InlineFragment(fragment) => (0, self.of(&fragment.node.selection_set.node)),
                // One that does not exist is refused later, by name.
                Selection::FragmentSpread(spread) => {
                    let name = spread.node.fragment_name.node.as_str();
                    (0, self.known.get(name).copied().unwrap_or_default())
                }
            };

            sum.selections = sum.selections.saturating_add(1).saturating_add(inner.selections);
            sum.bytes = sum.bytes.saturating_add(inner.bytes);
            sum.depth = sum.depth.max(own + inner.depth);
            sum.levels = sum.levels.max(inner.levels);

            let width = if own == 1 { 1 } else { inner.width };
            sum.width = sum.width.saturating_add(width);
        }

        sum.levels += u64::from(!set.items.is_empty());

        sum
    }
}

/// What each place of a field repeats: its names and the values that are written there.
fn bytes_of(field: &Field) -> u64 {
    let alias = field.alias.as_ref().map_or(0, |alias| alias.node.len());
    let arguments = field
        .arguments
        .iter()
        .map(|(name, value)| name.node.len() as u64 + value_bytes(&value.node));

    (alias + field.name.node.len()) as u64 + arguments.sum::<u64>()
}

fn value_bytes(value: &Value) -> u64 {
    let inner = match value {
        Value::String(text) => text.len() as u64,
        Value::List(values) => values.iter().map(value_bytes).sum(),
        Value::Object(fields) => fields
            .iter()
            .map(|(name, value)| name.len() as u64 + value_bytes(value))
            .sum(),
        _ => 0,
    };

    // Nothing is smaller than the value that holds it.
    inner + size_of::<Value>() as u64
}

/// The fragments, each after those that it spreads; a circle of spreads is refused.
fn in_order(fragments: &HashMap<Name, Positioned<FragmentDefinition>>) -> Result<Vec<&str>, Problem> {
    let mut order = Order {
        fragments,
        path: Vec::new(),
        seen: HashMap::new(),
        done: Vec::with_capacity(fragments.len()),
    };
    for (name, fragment) in fragments {
        order.visit(name.as_str(), fragment)?;
    }

    Ok(order.done)
}

struct Order<'a> {
    fragments: &'a HashMap<Name, Positioned<FragmentDefinition>>,
    path: Vec<&'a str>,
    /// True once the fragment and all that it spreads are in order.
    seen: HashMap<&'a str, bool>,
    done: Vec<&'a str>,
}

impl<'a> Order<'a> {
    fn visit(&mut self, name: &'a str, fragment: &'a Positioned<FragmentDefinition>) -> Result<(), Problem> {
        match self.seen.get(name) {
            Some(true) => return Ok(()),
            Some(false) => return Err(self.circle(name, fragment.pos)),
            None => {}
        }

        self.seen.insert(name, false);
        self.path.push(name);

        let mut spreads = Vec::new();
        gather(&fragment.node.selection_set.node, &mut spreads);

        for spread in spreads {
            if let Some((name, fragment)) = self.fragments.get_key_value(spread) {
                self.visit(name.as_str(), fragment)?;
            }
        }

        self.path.pop();
        self.seen.insert(name, true);
        self.done.push(name);

        Ok(())
    }

    fn circle(&self, name: &str, place: Pos) -> Problem {
        let start = self.path.iter().position(|one| *one == name).unwrap_or(0);
        let circle = &self.path[start..];
        let mut named: Vec<_> = circle
            .iter()
            .take(NAMED_IN_CIRCLE)
            .map(|one| quote_text(one))
            .collect();
        if circle.len() > NAMED_IN_CIRCLE {
            named.push("…".to_owned());
        }

        named.push(quote_text(name));

        let message = format!("Fragments spread themselves in a circle: {}.", named.join(" → "));
        Problem::invalid(place, message)
    }
}

fn gather<'a>(set: &'a SelectionSet, spreads: &mut Vec<&'a str>) {
    for selection in &set.items {
        match &selection.node {
            Selection::Field(field) => gather(&field.node.selection_set.node, spreads),
            Selection::InlineFragment(fragment) => gather(&fragment.node.selection_set.node, spreads),
            Selection::FragmentSpread(spread) => spreads.push(spread.node.fragment_name.node.as_str()),
        }
    }
}

/// Aliases and directives, as they are written.
fn written(document: &ExecutableDocument, limits: &Limits) -> Result<(), Problem> {
    let mut count = Written {
        limits,
        aliases: 0,
        directives: 0,
    };
    for (_, operation) in document.operations.iter() {
        count.directives(&operation.node.directives)?;

        for variable in &operation.node.variable_definitions {
            count.directives(&variable.node.directives)?;
        }

        count.set(&operation.node.selection_set.node)?;

        let variables = operation.node.variable_definitions.len();
        let what = format!("The operation has {variables} variables");
        check_limit(Code::TooManyVariables, variables, limits.variables, &what)
            .map_err(|problem| problem.with_place(operation.pos))?;
    }

    for fragment in document.fragments.values() {
        count.directives(&fragment.node.directives)?;
        count.set(&fragment.node.selection_set.node)?;
    }

    Ok(())
}

struct Written<'a> {
    limits: &'a Limits,
    aliases: usize,
    directives: usize,
}

impl Written<'_> {
    fn set(&mut self, set: &SelectionSet) -> Result<(), Problem> {
        for selection in &set.items {
            self.directives(selection.node.directives())?;

            match &selection.node {
                Selection::Field(field) => {
                    if let Some(alias) = &field.node.alias {
                        self.aliases += 1;
                        let what = "The document has too many aliases";
                        check_limit(Code::TooManyAliases, self.aliases, self.limits.aliases, what)
                            .map_err(|problem| problem.with_place(alias.pos))?;
                    }
                    self.set(&field.node.selection_set.node)?;
                }
                Selection::InlineFragment(fragment) => self.set(&fragment.node.selection_set.node)?,
                Selection::FragmentSpread(_) => {}
            }
        }

        Ok(())
    }

    fn directives(&mut self, directives: &[Positioned<Directive>]) -> Result<(), Problem> {
        let Some(first) = directives.first() else {
            return Ok(());
        };
        self.directives += directives.len();

        let what = "Too many directives stand in one place";
        check_limit(
            Code::TooManyDirectives,
            directives.len(),
            self.limits.directives_at_once,
            what,
        )
        .and_then(|()| {
            let what = "The document has too many directives";
            check_limit(
                Code::TooManyDirectives,
                self.directives,
                self.limits.directives,
                what,
            )
        })
        .map_err(|problem| problem.with_place(first.pos))
    }
}
