//! Arguments, and the values that a document writes itself.

use std::{collections::HashSet, fmt};

use async_graphql::{Name, Pos, Positioned, Value as Const, indexmap::IndexMap};
use async_graphql_value::Value;

use super::{
    Checker, Subject, ValuePlace, VariableUse,
    values::{self, WrongValue},
};
use crate::engine::{
    refusal::{Fault, Problem, quote_text},
    types::{Input, TypeId, TypeRef, TypeShape},
};

impl<'a> Checker<'a> {
    /// `given` to a field or directive, which is the `subject` of messages.
    pub(super) fn check_arguments(
        &mut self,
        given: &'a [(Positioned<Name>, Positioned<Value>)],
        known: &'a [Input],
        subject: Subject<'_>,
        at: Pos,
    ) {
        if given.is_empty() && known.is_empty() {
            return;
        }

        let mut seen = HashSet::with_capacity(given.len());
        for (name, value) in given {
            if self.is_full() {
                return;
            }

            if !seen.insert(name.node.as_str()) {
                let message = format!("The argument {} is given twice.", quote_text(name.node.as_str()));
                self.report(name.pos, message);
            }

            let trail = Trail::of(name.node.as_str());
            let Some(input) = known.iter().find(|input| input.name == name.node.as_str()) else {
                let hint = self.hint(name.node.as_str(), known.iter().map(|input| input.name.as_str()));
                let unknown = quote_text(name.node.as_str());
                let message = format!("There is no argument {unknown} of {subject}.{hint}");
                self.report_value(name.pos, message, &trail, &WrongValue::unknown_argument(&subject));
                continue;
            };

            self.value(&value.node, place(input), value.pos, &trail);
        }

        for input in known.iter().filter(|input| input.is_required()) {
            if !seen.contains(input.name.as_str()) {
                let shown = self.types.show(&input.ty);
                let message = format!(
                    "The argument {} of {subject} is missing: {}.",
                    quote_text(&input.name),
                    quote_text(&shown)
                );
                self.report_value(at, message, &Trail::of(&input.name), &WrongValue::missing(shown));
            }
        }
    }

    fn value(&mut self, value: &'a Value, place: ValuePlace<'a>, at: Pos, trail: &Trail<'_>) {
        if self.is_full() {
            return;
        }

        if let Value::Variable(name) = value {
            return self.scope.uses.push(VariableUse {
                name: name.as_str(),
                at,
                place: Some(place),
            });
        }

        match (place.ty, value) {
            (TypeRef::NonNull(_), Value::Null) => {
                let wrong = WrongValue::type_error(format!("{}, not null", self.types.show(place.ty)));
                self.expected(place.ty, at, trail, &wrong);
            }
            (_, Value::Null) => {}
            (TypeRef::NonNull(inner), _) => {
                self.value(value, ValuePlace { ty: inner, ..place }, at, trail);
            }
            (TypeRef::List(item), Value::List(values)) => {
                let place = ValuePlace {
                    ty: item,
                    has_default: false,
                    one_of: false,
                };
                for (index, value) in values.iter().enumerate() {
                    self.value(value, place, at, &trail.index(index));
                }
            }
            // One value stands for a list of one.
            (TypeRef::List(item), _) => self.value(value, ValuePlace { ty: item, ..place }, at, trail),
            (TypeRef::Named(id), _) => self.named(value, *id, at, trail),
        }
    }

    fn named(&mut self, value: &'a Value, id: TypeId, at: Pos, trail: &Trail<'_>) {
        let ty = self.types.get(id);
        match (&ty.shape, value) {
            (TypeShape::Input { fields, one_of }, Value::Object(given)) => {
                self.object(given, (id, fields, *one_of), at, trail)
            }
            (TypeShape::Scalar, Value::List(_) | Value::Object(_)) => {
                self.free(value, at);
                if let Some(constant) = value.clone().into_const() {
                    self.leaf(&constant, id, at, trail);
                }
            }
            (TypeShape::Scalar | TypeShape::Enum(_), _) => match value.clone().into_const() {
                Some(constant) => self.leaf(&constant, id, at, trail),
                None => {
                    let wrong = WrongValue::leaf(ty, &Const::Null);
                    self.expected(&TypeRef::Named(id), at, trail, &wrong);
                }
            },
            _ => {
                let wrong = WrongValue::type_error(ty.name.clone());
                self.expected(&TypeRef::Named(id), at, trail, &wrong);
            }
        }
    }

    fn object(
        &mut self,
        given: &'a IndexMap<Name, Value>,
        (id, fields, one_of): (TypeId, &'a [Input], bool),
        at: Pos,
        trail: &Trail<'_>,
    ) {
        let types = self.types;
        let of = &types.get(id).name;
        for (name, value) in given {
            let trail = trail.field(name.as_str());
            match fields.iter().find(|field| field.name == name.as_str()) {
                Some(field) => {
                    let place = ValuePlace {
                        one_of,
                        ..place(field)
                    };
                    self.value(value, place, at, &trail);
                }
                None => {
                    let hint = self.hint(name.as_str(), fields.iter().map(|field| field.name.as_str()));
                    let message = format!(
                        "There is no field {} of {}.{hint}",
                        quote_text(name.as_str()),
                        quote_text(of)
                    );
                    self.report_value(at, message, &trail, &WrongValue::unknown_field(of));
                }
            }
        }

        for field in fields.iter().filter(|field| field.is_required()) {
            if !given.contains_key(field.name.as_str()) {
                let shown = types.show(&field.ty);
                let message = format!(
                    "The field {} of {} is missing: {}.",
                    quote_text(&field.name),
                    quote_text(of),
                    quote_text(&shown)
                );
                let trail = trail.field(&field.name);
                self.report_value(at, message, &trail, &WrongValue::missing(shown));
            }
        }

        if one_of && (given.len() != 1 || given.values().any(|value| matches!(value, Value::Null))) {
            let message = format!("Exactly one field of {} must be given.", quote_text(of));
            self.report_value(at, message, trail, &WrongValue::one_of(of));
        }
    }

    /// A value of a type without fields.
    fn leaf(&mut self, value: &Const, id: TypeId, at: Pos, trail: &Trail<'_>) {
        let ty = self.types.get(id);
        if !values::accepts_value(ty, value, values::ValueSource::Document) {
            self.expected(&TypeRef::Named(id), at, trail, &WrongValue::leaf(ty, value));
        }
    }

    fn expected(&mut self, ty: &TypeRef, at: Pos, trail: &Trail<'_>, wrong: &WrongValue) {
        let shown = match wrong.kind {
            "enum" => wrong.expected.clone(),
            _ => quote_text(&self.types.show(ty)),
        };
        let message = format!("This value has the wrong type: expected {shown}.");
        self.report_value(at, message, trail, wrong);
    }

    /// The problem names the argument, as that of a variable does.
    fn report_value(&mut self, at: Pos, message: String, trail: &Trail<'_>, wrong: &WrongValue) {
        if !self.is_full() {
            let fault = Fault::new(trail.to_string(), wrong);
            self.problems
                .push(Problem::invalid(at, message).with_fault(fault));
        }
    }

    /// Variables inside a scalar that takes anything, such as JSON.
    fn free(&mut self, value: &'a Value, at: Pos) {
        match value {
            Value::Variable(name) => self.scope.uses.push(VariableUse {
                name: name.as_str(),
                at,
                place: None,
            }),
            Value::List(values) => values.iter().for_each(|value| self.free(value, at)),
            Value::Object(fields) => fields.values().for_each(|value| self.free(value, at)),
            _ => {}
        }
    }
}

/// The way from an argument to a value in it: `input.focus.2`.
struct Trail<'t> {
    before: Option<&'t Trail<'t>>,
    step: Step<'t>,
}

enum Step<'t> {
    Name(&'t str),
    Index(usize),
}

impl<'t> Trail<'t> {
    fn of(argument: &'t str) -> Self {
        Self {
            before: None,
            step: Step::Name(argument),
        }
    }

    fn field<'s>(&'s self, name: &'s str) -> Trail<'s> {
        Trail {
            before: Some(self),
            step: Step::Name(name),
        }
    }

    fn index(&self, index: usize) -> Trail<'_> {
        Trail {
            before: Some(self),
            step: Step::Index(index),
        }
    }
}

impl fmt::Display for Trail<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(before) = self.before {
            write!(f, "{before}.")?;
        }

        match self.step {
            Step::Name(name) => f.write_str(name),
            Step::Index(index) => write!(f, "{index}"),
        }
    }
}

fn place(input: &Input) -> ValuePlace<'_> {
    ValuePlace {
        ty: &input.ty,
        has_default: input.default.is_some(),
        one_of: false,
    }
}
