//! The variables of a request: checked against the types that the operation gives them, before anything runs.

use std::collections::HashMap;

use async_graphql::{
    Name, Positioned, Value as Const, Variables,
    parser::types::{Field, OperationDefinition, Selection, SelectionSet},
};
use async_graphql_value::Value;
use serde_json::{Map, Value as Json};

use super::{
    refusal::{Code, Fault, Problem, quote_text},
    types::{TypeRef, Types},
};
use crate::validate::values::{self, WrongValue};

/// One variable of an operation.
#[derive(Debug)]
pub(crate) struct Definition {
    name: Name,
    ty: TypeRef,
    default: Option<Const>,
    /// Path of the argument that it is, e.g. `input.title`.
    argument: String,
}

impl Definition {
    pub(crate) fn name(&self) -> &Name {
        &self.name
    }

    /// What was sent for it may not be null where it is used.
    pub(crate) fn refuse_null(&self) -> Problem {
        self.refuse(&WrongValue::type_error("Boolean!, not null".to_owned()))
    }

    /// The refusal has the shape that a resolver's has: `field` and `fields` name the argument.
    fn refuse(&self, wrong: &WrongValue) -> Problem {
        let path = wrong.path().to_string();
        let field = format!("{}{path}", self.argument);
        let variable = quote_text(&format!("${}{path}", self.name));
        let message = format!(
            "The variable {variable} is not valid: expected {}.",
            wrong.expected
        );
        let fault = Fault::new(field, wrong);

        Problem::new(Code::BadUserInput, message).with_fault(fault)
    }
}

/// The arguments that variables are, by the names of the variables: the first of each.
pub(crate) fn find_arguments(set: &SelectionSet) -> HashMap<Name, String> {
    let mut found = HashMap::new();
    find_in_set(set, &mut found);
    found
}

fn find_in_set(set: &SelectionSet, found: &mut HashMap<Name, String>) {
    for selection in &set.items {
        match &selection.node {
            Selection::Field(field) => {
                for (name, value) in &field.node.arguments {
                    find_in_value(&value.node, name.node.as_str(), found);
                }
                find_in_set(&field.node.selection_set.node, found);
            }
            Selection::InlineFragment(fragment) => find_in_set(&fragment.node.selection_set.node, found),
            Selection::FragmentSpread(_) => {}
        }
    }
}

fn find_in_value(value: &Value, path: &str, found: &mut HashMap<Name, String>) {
    match value {
        Value::Variable(name) => {
            found.entry(name.clone()).or_insert_with(|| path.to_owned());
        }
        Value::List(values) => {
            for (index, value) in values.iter().enumerate() {
                find_in_value(value, &format!("{path}.{index}"), found);
            }
        }
        Value::Object(fields) => {
            for (name, value) in fields {
                find_in_value(value, &format!("{path}.{name}"), found);
            }
        }
        _ => {}
    }
}

/// What the operation says of its variables. One that is no argument decides about a condition: `if`.
pub(crate) fn read_definitions(
    operation: &OperationDefinition,
    arguments: &HashMap<Name, String>,
    types: &Types,
) -> Vec<Definition> {
    let definitions = operation.variable_definitions.iter().filter_map(|definition| {
        Some(Definition {
            name: definition.node.name.node.clone(),
            ty: types.resolve(&definition.node.var_type.node)?,
            default: definition
                .node
                .default_value
                .as_ref()
                .map(|default| default.node.clone()),
            argument: match arguments.get(&definition.node.name.node) {
                Some(path) => path.clone(),
                None => "if".to_owned(),
            },
        })
    });

    definitions.collect()
}

/// Values for an operation.
#[derive(Debug, Default)]
pub(crate) struct Coerced {
    /// With the defaults filled in, for conditions and costs to be judged by.
    pub(crate) variables: Variables,
    /// Variables without a value. An argument that is such a variable is not given at all.
    pub(crate) absent: Vec<Name>,
}

/// `CoerceVariableValues` of the specification. What was sent and is not defined is left out.
pub(crate) fn coerce_variables(
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
                Err(definition.refuse(&WrongValue::missing(types.show(&definition.ty))))
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
    let not_json = |_| definition.refuse(&WrongValue::type_error("JSON".to_owned()));
    let value = Const::from_json(json).map_err(not_json)?;

    match values::check_value(types, &value, &definition.ty, values::ValueSource::Json) {
        Ok(()) => Ok(value),
        Err(wrong) => Err(definition.refuse(&wrong)),
    }
}

/// Takes the variables out that have no value: an argument or a field of an object that is one is as if not written,
/// so that its own default counts; an item of a list is null.
pub(crate) fn leave_out_absent(set: &mut Positioned<SelectionSet>, absent: &[Name]) {
    for selection in &mut set.node.items {
        match &mut selection.node {
            Selection::Field(field) => {
                let Field {
                    arguments,
                    selection_set,
                    ..
                } = &mut field.node;

                keep(arguments, absent);
                leave_out_absent(selection_set, absent);
            }
            Selection::InlineFragment(fragment) => {
                leave_out_absent(&mut fragment.node.selection_set, absent);
            }
            Selection::FragmentSpread(_) => {}
        }
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
