//! Fields, fragments and directives: that they exist where they stand.

use async_graphql::{
    Positioned,
    parser::types::{Directive, Field, FragmentSpread, InlineFragment, Selection, SelectionSet},
};

use super::{Checker, Subject};
use crate::engine::{refusal::quote, types::TypeId};

impl<'a> Checker<'a> {
    pub(super) fn selections(&mut self, set: &'a SelectionSet, parent: TypeId) {
        for selection in &set.items {
            if self.is_full() {
                return;
            }
            match &selection.node {
                Selection::Field(field) => self.field(field, parent),
                Selection::FragmentSpread(spread) => self.spread(spread, parent),
                Selection::InlineFragment(fragment) => self.inline(fragment, parent),
            }
        }
    }

    fn field(&mut self, field: &'a Positioned<Field>, parent: TypeId) {
        let name = field.node.name.node.as_str();
        self.directives(&field.node.directives, "FIELD");

        let of = &self.types.get(parent).name;
        let Some(definition) = self.types.field(parent, name) else {
            let known = self.types.fields(parent).into_iter().flatten();
            let hint = self.hint(name, known.map(|(name, _)| name.as_str()));
            let message = format!("There is no field {} on type {}.{hint}", quote(name), quote(of));
            return self.report(field.pos, message);
        };

        let subject = Subject::Field(name);
        self.arguments(&field.node.arguments, &definition.args, subject, field.pos);

        let ty = definition.ty.named();
        let (set, selects) = (
            &field.node.selection_set.node,
            !field.node.selection_set.node.items.is_empty(),
        );

        match (self.types.is_composite(ty), selects) {
            (true, true) => self.selections(set, ty),
            (true, false) => {
                let shown = self.types.show(&definition.ty);
                let message = format!(
                    "Say which fields of {} you want: it is of type {}.",
                    quote(name),
                    quote(&shown)
                );
                self.report(field.pos, message);
            }
            (false, true) => {
                let shown = self.types.show(&definition.ty);
                let message = format!(
                    "The field {} has no fields: it is of type {}.",
                    quote(name),
                    quote(&shown)
                );
                self.report(field.pos, message);
            }
            (false, false) => {}
        }
    }

    fn spread(&mut self, spread: &'a Positioned<FragmentSpread>, parent: TypeId) {
        let name = spread.node.fragment_name.node.as_str();
        self.directives(&spread.node.directives, "FRAGMENT_SPREAD");

        let Some(fragment) = self.document.fragments.get(name) else {
            return self.report(spread.pos, format!("There is no fragment {}.", quote(name)));
        };
        self.scope.spreads.insert(name);

        let condition = fragment.node.type_condition.node.on.node.as_str();
        // A type that does not exist is reported where the fragment is defined.
        if let Some(ty) = self.types.find(condition)
            && self.types.is_composite(ty)
            && !self.types.overlap(ty, parent)
        {
            let of = &self.types.get(parent).name;
            let message = format!(
                "The fragment {} is on {} and can never apply to {}.",
                quote(name),
                quote(condition),
                quote(of)
            );
            self.report(spread.pos, message);
        }
    }

    fn inline(&mut self, fragment: &'a Positioned<InlineFragment>, parent: TypeId) {
        self.directives(&fragment.node.directives, "INLINE_FRAGMENT");

        let mut ty = parent;
        if let Some(condition) = &fragment.node.type_condition {
            let Some(on) = self.condition(&condition.node.on, "This fragment") else {
                return;
            };
            if !self.types.overlap(on, parent) {
                let name = condition.node.on.node.as_str();
                let of = &self.types.get(parent).name;
                let message = format!("A fragment on {} can never apply to {}.", quote(name), quote(of));
                return self.report(fragment.pos, message);
            }

            ty = on;
        }

        self.selections(&fragment.node.selection_set.node, ty);
    }

    pub(super) fn directives(&mut self, directives: &'a [Positioned<Directive>], location: &'static str) {
        for (index, directive) in directives.iter().enumerate() {
            let name = directive.node.name.node.as_str();
            let Some(definition) = self.types.directives.get(name) else {
                let known = self.types.directives.keys().map(String::as_str);
                let hint = self.hint(name, known);
                self.report(
                    directive.pos,
                    format!("There is no directive {}.{hint}", quote(name)),
                );
                continue;
            };
            if !definition.locations.iter().any(|one| one == location) {
                let message = format!("The directive {} may not stand here ({location}).", quote(name));
                self.report(directive.pos, message);
            }

            let before = directives[..index]
                .iter()
                .any(|one| one.node.name.node == directive.node.name.node);
            if before && !definition.repeatable {
                let message = format!("The directive {} may stand here only once.", quote(name));
                self.report(directive.pos, message);
            }

            let subject = Subject::Directive(name);
            self.arguments(
                &directive.node.arguments,
                &definition.args,
                subject,
                directive.pos,
            );
        }
    }
}
