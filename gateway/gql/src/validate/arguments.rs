//! Arguments, and the values that a document writes itself.

use std::collections::HashSet;

use async_graphql::{Name, Pos, Positioned, Value as Const, indexmap::IndexMap};
use async_graphql_value::Value;

use super::{Checker, Place, Subject, Use, values};
use crate::engine::{
    refusal::quote,
    types::{Input, Ref, Shape, TypeId},
};

impl<'a> Checker<'a> {
    /// `given` to a field or directive, which is the `subject` of messages.
    pub(super) fn arguments(
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
                let message = format!("The argument {} is given twice.", quote(name.node.as_str()));
                self.report(name.pos, message);
            }

            let Some(input) = known.iter().find(|input| input.name == name.node.as_str()) else {
                let hint = self.hint(name.node.as_str(), known.iter().map(|input| input.name.as_str()));
                let unknown = quote(name.node.as_str());
                self.report(
                    name.pos,
                    format!("There is no argument {unknown} of {subject}.{hint}"),
                );
                continue;
            };

            self.value(&value.node, place(input), value.pos);
        }

        for input in known.iter().filter(|input| input.is_required()) {
            if !seen.contains(input.name.as_str()) {
                let ty = quote(&self.types.show(&input.ty));
                let message = format!(
                    "The argument {} of {subject} is missing: {ty}.",
                    quote(&input.name)
                );
                self.report(at, message);
            }
        }
    }

    fn value(&mut self, value: &'a Value, place: Place<'a>, at: Pos) {
        if self.is_full() {
            return;
        }

        if let Value::Variable(name) = value {
            return self.scope.uses.push(Use {
                name: name.as_str(),
                at,
                place: Some(place),
            });
        }

        match (place.ty, value) {
            (Ref::NonNull(_), Value::Null) => self.expected(place.ty, at),
            (_, Value::Null) => {}
            (Ref::NonNull(inner), _) => self.value(value, Place { ty: inner, ..place }, at),
            (Ref::List(item), Value::List(values)) => {
                let place = Place {
                    ty: item,
                    has_default: false,
                    one_of: false,
                };
                values.iter().for_each(|value| self.value(value, place, at));
            }
            // One value stands for a list of one.
            (Ref::List(item), _) => self.value(value, Place { ty: item, ..place }, at),
            (Ref::Named(id), _) => self.named(value, *id, at),
        }
    }

    fn named(&mut self, value: &'a Value, id: TypeId, at: Pos) {
        match (&self.types.get(id).shape, value) {
            (Shape::Input { fields, one_of }, Value::Object(given)) => {
                self.object(given, id, fields, *one_of, at)
            }
            (Shape::Scalar, Value::List(_) | Value::Object(_)) => {
                self.free(value, at);
                if let Some(constant) = value.clone().into_const() {
                    self.leaf(&constant, id, at);
                }
            }
            (Shape::Scalar | Shape::Enum(_), _) => match value.clone().into_const() {
                Some(constant) => self.leaf(&constant, id, at),
                None => self.expected(&Ref::Named(id), at),
            },
            _ => self.expected(&Ref::Named(id), at),
        }
    }

    fn object(
        &mut self,
        given: &'a IndexMap<Name, Value>,
        id: TypeId,
        fields: &'a [Input],
        one_of: bool,
        at: Pos,
    ) {
        let types = self.types;
        let of = &types.get(id).name;
        for (name, value) in given {
            match fields.iter().find(|field| field.name == name.as_str()) {
                Some(field) => self.value(
                    value,
                    Place {
                        one_of,
                        ..place(field)
                    },
                    at,
                ),
                None => {
                    let hint = self.hint(name.as_str(), fields.iter().map(|field| field.name.as_str()));
                    let message = format!(
                        "There is no field {} of {}.{hint}",
                        quote(name.as_str()),
                        quote(of)
                    );
                    self.report(at, message);
                }
            }
        }

        for field in fields.iter().filter(|field| field.is_required()) {
            if !given.contains_key(field.name.as_str()) {
                let ty = quote(&types.show(&field.ty));
                let message = format!(
                    "The field {} of {} is missing: {ty}.",
                    quote(&field.name),
                    quote(of)
                );
                self.report(at, message);
            }
        }

        if one_of && (given.len() != 1 || given.values().any(|value| matches!(value, Value::Null))) {
            self.report(at, format!("Exactly one field of {} must be given.", quote(of)));
        }
    }

    /// A value of a type without fields.
    fn leaf(&mut self, value: &Const, id: TypeId, at: Pos) {
        if !values::accepts(self.types.get(id), value, values::From::Document) {
            self.expected(&Ref::Named(id), at);
        }
    }

    fn expected(&mut self, ty: &Ref, at: Pos) {
        let shown = quote(&self.types.show(ty));
        self.report(at, format!("This value has the wrong type: expected {shown}."));
    }

    /// Variables inside a scalar that takes anything, such as JSON.
    fn free(&mut self, value: &'a Value, at: Pos) {
        match value {
            Value::Variable(name) => self.scope.uses.push(Use {
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

fn place(input: &Input) -> Place<'_> {
    Place {
        ty: &input.ty,
        has_default: input.default.is_some(),
        one_of: false,
    }
}
