//! How much of the schema an operation reads. Follows what the introspection fields will return, value by value, on the
//! types themselves: lists of fields of types of fields grow too fast to be judged by depth.

use async_graphql::{
    Name,
    parser::types::{Field, OperationDefinition, Selection, SelectionSet},
};
use async_graphql_value::Value;

use crate::engine::types::{self, Input, TypeId, TypeRef, TypeShape, Types};

/// The values that an operation reads, or None when they are more than `limit`. Stops there.
pub(crate) fn count_values(operation: &OperationDefinition, types: &Types, limit: u64) -> Option<u64> {
    let mut reading = Reading { types, left: limit };
    reading.root(&operation.selection_set.node)?;
    Some(limit - reading.left)
}

/// Whether an operation reads the schema at all.
pub(crate) fn is_asked(set: &SelectionSet) -> bool {
    set.items.iter().any(|selection| match &selection.node {
        Selection::Field(field) => matches!(field.node.name.node.as_str(), "__schema" | "__type"),
        Selection::InlineFragment(fragment) => is_asked(&fragment.node.selection_set.node),
        Selection::FragmentSpread(_) => false,
    })
}

/// Where the answer has the description of the schema itself: the key of `__schema`, and that of its field.
pub(crate) fn find_descriptions(set: &SelectionSet) -> Vec<(Name, Name)> {
    let schemas = fields(set).filter(|field| field.name.node == "__schema");
    let found = schemas.flat_map(|schema| {
        let inner = fields(&schema.selection_set.node).filter(|field| field.name.node == "description");
        inner.map(|field| {
            (
                schema.response_key().node.clone(),
                field.response_key().node.clone(),
            )
        })
    });

    found.collect()
}

fn fields(set: &SelectionSet) -> impl Iterator<Item = &Field> {
    set.items.iter().filter_map(|selection| match &selection.node {
        Selection::Field(field) => Some(&field.node),
        Selection::InlineFragment(_) | Selection::FragmentSpread(_) => None,
    })
}

/// What introspection tells about.
enum Told<'a> {
    Schema,
    Type(&'a TypeRef),
    Named(TypeId),
    Field(&'a types::Field),
    Input(&'a Input),
    Directive(&'a types::Directive),
    /// A value of an enum, which has no parts.
    Value,
}

struct Reading<'a> {
    types: &'a Types,
    left: u64,
}

impl<'a> Reading<'a> {
    fn root(&mut self, set: &SelectionSet) -> Option<()> {
        set.items.iter().try_for_each(|selection| match &selection.node {
            Selection::Field(field) => match field.node.name.node.as_str() {
                "__schema" => self.set(&field.node.selection_set.node, &Told::Schema),
                "__type" => self.ty(&field.node),
                _ => Some(()),
            },
            Selection::InlineFragment(fragment) => self.root(&fragment.node.selection_set.node),
            Selection::FragmentSpread(_) => Some(()),
        })
    }

    /// One type by its name. A name that comes in a variable may be any: then all types are counted.
    fn ty(&mut self, field: &Field) -> Option<()> {
        let set = &field.selection_set.node;
        match field.get_argument("name").map(|name| &name.node) {
            Some(Value::String(name)) => match self.types.find(name) {
                Some(id) => self.set(set, &Told::Named(id)),
                None => Some(()),
            },
            _ => self.each(set, self.types.iter().map(|(id, _)| Told::Named(id))),
        }
    }

    fn set(&mut self, set: &SelectionSet, told: &Told<'a>) -> Option<()> {
        for selection in &set.items {
            match &selection.node {
                Selection::Field(field) => {
                    self.left = self.left.checked_sub(1)?;
                    self.field(&field.node, told)?;
                }
                Selection::InlineFragment(fragment) => self.set(&fragment.node.selection_set.node, told)?,
                Selection::FragmentSpread(_) => {}
            }
        }

        Some(())
    }

    fn each(&mut self, set: &SelectionSet, mut all: impl Iterator<Item = Told<'a>>) -> Option<()> {
        all.try_for_each(|told| self.set(set, &told))
    }

    fn field(&mut self, field: &Field, told: &Told<'a>) -> Option<()> {
        let set = &field.selection_set.node;
        let types = self.types;

        match (told, field.name.node.as_str()) {
            (Told::Schema, "types") => self.each(set, types.iter().map(|(id, _)| Told::Named(id))),
            (Told::Schema, "directives") => self.each(set, types.directives.values().map(Told::Directive)),
            (Told::Schema, "queryType" | "mutationType" | "subscriptionType") => {
                self.set(set, &Told::Named(types.query()))
            }
            (Told::Type(TypeRef::Named(id)), _) => self.field(field, &Told::Named(*id)),
            (Told::Type(TypeRef::List(inner) | TypeRef::NonNull(inner)), "ofType") => {
                self.set(set, &Told::Type(inner))
            }
            (Told::Named(id), name) => self.named(set, *id, name),
            (Told::Field(of), "args") => self.each(set, of.args.iter().map(Told::Input)),
            (Told::Field(of), "type") => self.set(set, &Told::Type(&of.ty)),
            (Told::Input(of), "type") => self.set(set, &Told::Type(&of.ty)),
            (Told::Directive(of), "args") => self.each(set, of.args.iter().map(Told::Input)),
            _ => Some(()),
        }
    }

    fn named(&mut self, set: &SelectionSet, id: TypeId, name: &str) -> Option<()> {
        let types = self.types;
        let ids = |ids: Vec<TypeId>| ids.into_iter().map(Told::Named);

        match (&types.get(id).shape, name) {
            (TypeShape::Object { fields, .. } | TypeShape::Interface { fields, .. }, "fields") => {
                self.each(set, fields.values().map(Told::Field))
            }
            (TypeShape::Object { interfaces, .. }, "interfaces") => self.each(set, ids(interfaces.clone())),
            (TypeShape::Interface { possible, .. } | TypeShape::Union { possible }, "possibleTypes") => {
                self.each(set, ids(possible.iter().copied().collect()))
            }
            (TypeShape::Enum(values), "enumValues") => self.each(set, values.iter().map(|_| Told::Value)),
            (TypeShape::Input { fields, .. }, "inputFields") => {
                self.each(set, fields.iter().map(Told::Input))
            }
            _ => Some(()),
        }
    }
}
