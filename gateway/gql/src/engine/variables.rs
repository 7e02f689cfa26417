//! The variables of a request: checked against the types that the operation gives them, before anything runs.

use async_graphql::{
    Name, Positioned, Value as Const, Variables,
    parser::types::{Directive, Field, OperationDefinition, Selection, SelectionSet},
};
use async_graphql_value::Value;
use serde_json::{Map, Value as Json};

use super::{
    refusal::{Code, Problem, quote},
    types::{Ref, Types},
};
use crate::validate::values;

/// One variable of an operation.
#[derive(Debug)]
pub(crate) struct Definition {
    name: Name,
    ty: Ref,
    default: Option<Const>,
}

/// What the operation says of its variables.
pub(crate) fn definitions(operation: &OperationDefinition, types: &Types) -> Vec<Definition> {
    let definitions = operation.variable_definitions.iter().filter_map(|definition| {
        Some(Definition {
            name: definition.node.name.node.clone(),
            ty: types.resolve(&definition.node.var_type.node)?,
            default: definition
                .node
                .default_value
                .as_ref()
                .map(|default| default.node.clone()),
        })
    });

    definitions.collect()
}

/// Values for an operation.
#[derive(Debug, Default)]
pub(crate) struct Coerced {
    /// With the defaults filled in: async-graphql forgets them in `@skip` and `@include`.
    pub(crate) variables: Variables,
    /// Variables without a value. An argument that is such a variable is not given at all.
    pub(crate) absent: Vec<Name>,
}

/// `CoerceVariableValues` of the specification. What was sent and is not defined is left out.
pub(crate) fn coerce(
    definitions: &[Definition],
    mut sent: Map<String, Json>,
    types: &Types,
    problems: usize,
) -> Result<Coerced, Vec<Problem>> {
    let mut coerced = Coerced::default();
    let mut wrong = Vec::new();
    for definition in definitions {
        if wrong.len() == problems {
            break;
        }

        let name = definition.name.as_str();
        let value = match (sent.remove(name), &definition.default) {
            (Some(json), _) => read(json, definition, types),
            (None, Some(default)) => Ok(default.clone()),
            (None, None) if definition.ty.is_non_null() => {
                let expected = format!("{}, but it is missing", types.show(&definition.ty));
                Err(problem(name, "", &expected))
            }
            (None, None) => {
                coerced.absent.push(definition.name.clone());
                continue;
            }
        };

        match value {
            Ok(value) => {
                coerced.variables.insert(definition.name.clone(), value);
            }
            Err(problem) => wrong.push(problem),
        }
    }

    if wrong.is_empty() { Ok(coerced) } else { Err(wrong) }
}

fn read(json: Json, definition: &Definition, types: &Types) -> Result<Const, Problem> {
    let name = definition.name.as_str();
    let value = Const::from_json(json).map_err(|_| problem(name, "", "JSON"))?;
    match values::check(types, &value, &definition.ty, values::From::Json) {
        Ok(()) => Ok(value),
        Err(wrong) => Err(problem(name, &wrong.path().to_string(), &wrong.expected)),
    }
}

fn problem(name: &str, path: &str, expected: &str) -> Problem {
    let message = format!(
        "The variable {} is not valid: expected {expected}.",
        quote(&format!("${name}{path}"))
    );
    Problem::new(Code::BadUserInput, message).of_field(format!("variables.{name}{path}"))
}

/// Takes the variables out that have no value: an argument or a field of an object that is one is as if not written,
/// so that its own default counts; an item of a list is null.
pub(crate) fn leave_out(set: &mut Positioned<SelectionSet>, absent: &[Name]) {
    for selection in &mut set.node.items {
        match &mut selection.node {
            Selection::Field(field) => {
                let Field {
                    arguments,
                    directives,
                    selection_set,
                    ..
                } = &mut field.node;

                keep(arguments, absent);
                from_directives(directives, absent);
                leave_out(selection_set, absent);
            }
            Selection::InlineFragment(fragment) => {
                from_directives(&mut fragment.node.directives, absent);
                leave_out(&mut fragment.node.selection_set, absent);
            }
            Selection::FragmentSpread(_) => {}
        }
    }
}

fn from_directives(directives: &mut [Positioned<Directive>], absent: &[Name]) {
    for directive in directives {
        keep(&mut directive.node.arguments, absent);
    }
}

fn keep(arguments: &mut Vec<(Positioned<Name>, Positioned<Value>)>, absent: &[Name]) {
    arguments.retain(|(_, value)| !is_absent(&value.node, absent));
    for (_, value) in arguments {
        within(&mut value.node, absent);
    }
}

fn is_absent(value: &Value, absent: &[Name]) -> bool {
    matches!(value, Value::Variable(name) if absent.contains(name))
}

fn within(value: &mut Value, absent: &[Name]) {
    match value {
        Value::Object(fields) => {
            fields.retain(|_, value| !is_absent(value, absent));
            fields.values_mut().for_each(|value| within(value, absent));
        }
        Value::List(values) => values.iter_mut().for_each(|value| {
            if is_absent(value, absent) {
                *value = Value::Null;
            }
            within(value, absent);
        }),
        _ => {}
    }
}
