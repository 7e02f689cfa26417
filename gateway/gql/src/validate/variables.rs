//! Variables: defined once, of types that can be sent, used where their type may stand, and used at all.

use std::collections::{HashMap, HashSet};

use async_graphql::{
    Name, Positioned, Value,
    parser::types::{OperationDefinition, VariableDefinition},
};

use super::{Checker, Scope, Use, values};
use crate::engine::{refusal::quote, types::Ref};

impl<'a> Checker<'a> {
    pub(super) fn definitions(&mut self, definitions: &'a [Positioned<VariableDefinition>]) {
        let mut seen = HashSet::with_capacity(definitions.len());

        for definition in definitions {
            if self.is_full() {
                return;
            }

            self.directives(&definition.node.directives, "VARIABLE_DEFINITION");

            let name = quote(&format!("${}", definition.node.name.node));
            if !seen.insert(definition.node.name.node.as_str()) {
                self.report(definition.pos, format!("The variable {name} is defined twice."));
            }

            let written = &definition.node.var_type.node;
            let shown = quote(&written.to_string());
            let Some(ty) = self.types.resolve(written) else {
                self.report(
                    definition.pos,
                    format!("The variable {name} is of a type that does not exist: {shown}."),
                );
                continue;
            };

            if !self.types.is_input(ty.named()) {
                let message = format!("The variable {name} cannot be of type {shown}, which cannot be sent.");
                self.report(definition.pos, message);
            } else if let Some(default) = &definition.node.default_value
                && let Err(wrong) = values::check(self.types, &default.node, &ty, values::From::Document)
            {
                let name = quote(&format!("${}{}", definition.node.name.node, wrong.path()));
                let message = format!("The default of {name} does not fit: expected {}.", wrong.expected);
                self.report(default.pos, message);
            }
        }
    }

    /// `scopes` are the operation's own and those of the fragments that it reaches.
    pub(super) fn variables(
        &mut self,
        of: Option<&Name>,
        operation: &'a Positioned<OperationDefinition>,
        scopes: &[&Scope<'a>],
    ) {
        let definitions = operation.node.variable_definitions.iter();
        let defined: HashMap<_, _> = definitions
            .map(|one| (one.node.name.node.as_str(), one))
            .collect();
        let mut used = HashSet::new();
        for one in scopes.iter().flat_map(|scope| &scope.uses) {
            if self.is_full() {
                return;
            }

            match defined.get(one.name) {
                Some(definition) => {
                    used.insert(one.name);
                    self.usage(one, definition);
                }
                None => {
                    let name = quote(&format!("${}", one.name));
                    let of = of.map_or_else(String::new, |of| format!(" by the operation {}", quote(of)));
                    self.report(one.at, format!("The variable {name} is not defined{of}."));
                }
            }
        }

        for definition in &operation.node.variable_definitions {
            if !used.contains(definition.node.name.node.as_str()) {
                let name = quote(&format!("${}", definition.node.name.node));
                self.report(definition.pos, format!("The variable {name} is never used."));
            }
        }
    }

    /// `IsVariableUsageAllowed` of the specification.
    fn usage(&mut self, one: &Use<'a>, definition: &Positioned<VariableDefinition>) {
        let Some(place) = one.place else {
            return;
        };
        let Some(ty) = self.types.resolve(&definition.node.var_type.node) else {
            return;
        };
        let default = definition.node.default_value.as_ref();
        let never_null = default.is_some_and(|default| default.node != Value::Null);
        let fits = if !ty.is_non_null() && place.ty.is_non_null() {
            (never_null || place.has_default) && fits(&ty, place.ty.nullable())
        } else {
            fits(&ty, place.ty)
        };

        // A field that may not be null in its place, although its type is nullable.
        if !fits || (place.one_of && !ty.is_non_null()) {
            let name = quote(&format!("${}", one.name));
            let (has, needs) = (quote(&self.types.show(&ty)), quote(&self.types.show(place.ty)));
            let message =
                format!("The variable {name} is of type {has} and is used where {needs} is expected.");
            self.report(one.at, message);
        }
    }
}

/// `AreTypesCompatible` of the specification.
fn fits(variable: &Ref, place: &Ref) -> bool {
    match (variable, place) {
        (Ref::NonNull(variable), Ref::NonNull(place)) | (Ref::List(variable), Ref::List(place)) => {
            fits(variable, place)
        }
        (_, Ref::NonNull(_)) => false,
        (Ref::NonNull(variable), _) => fits(variable, place),
        _ => variable == place,
    }
}
