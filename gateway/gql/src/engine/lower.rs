//! Turns a valid operation into the form in which it runs: conditions judged, every fragment in its place, and fields that
//! answer to one name merged into one, as `CollectFields` of the specification collects them. async-graphql would run such
//! a field once for each time it is written, take an object of which all is skipped for null, knows no fragments at the
//! root of a subscription, and does not apply fragments on unions to interfaces.
//!
//! A set of the result holds either fields alone, or, where fragments tell the types of an object apart, one fragment for
//! each type that it can have.

use std::cell::Cell;

use async_graphql::{
    Name, Pos, Positioned,
    indexmap::IndexMap,
    parser::types::{
        ExecutableDocument, Field, InlineFragment, OperationDefinition, Selection, SelectionSet,
        TypeCondition,
    },
};

use super::{
    conditions::Conditions,
    refusal::{Code, Problem},
    types::{TypeId, Types},
};

/// The key of a field that nobody asked for: no name of a document is empty. It is `__typename`, and stands where an object
/// would have no field at all, and where the answer must tell which type an object has.
pub(crate) const MARK: &str = "";

/// Whether a field is [`MARK`].
pub(crate) fn is_mark(field: &Field) -> bool {
    field.alias.as_ref().is_some_and(|alias| alias.node == MARK)
}

/// Needs a document that was validated, for fields to be mergeable. The result has about `most` selections at most.
pub(crate) fn lower_operation(
    document: &ExecutableDocument,
    operation: &Positioned<OperationDefinition>,
    root: TypeId,
    types: &Types,
    conditions: Conditions<'_>,
    most: u64,
) -> Result<Positioned<OperationDefinition>, Problem> {
    // One more, so that nothing is left only when there was too much.
    let left = Cell::new(most.saturating_add(1));
    let lowering = Lowering {
        document,
        types,
        conditions,
        left,
    };
    let set = lowering.set(&[&operation.node.selection_set], root);

    if lowering.left.get() == 0 {
        let message = "With every fragment in place the document selects too much.";
        return Err(Problem::new(Code::TooManySelections, message).with_place(operation.pos));
    }

    let lowered = OperationDefinition {
        ty: operation.node.ty,
        variable_definitions: operation.node.variable_definitions.clone(),
        directives: Vec::new(),
        selection_set: set,
    };

    Ok(Positioned::new(lowered, operation.pos))
}

struct Lowering<'a> {
    document: &'a ExecutableDocument,
    types: &'a Types,
    conditions: Conditions<'a>,
    /// Selections that may still be made; at none nothing more is.
    left: Cell<u64>,
}

/// The same field, once or more, before what it selects is lowered itself.
struct MergedField<'a> {
    field: &'a Positioned<Field>,
    sets: Vec<&'a Positioned<SelectionSet>>,
}

/// Fields under the names that they have in the answer.
type MergedFields<'a> = IndexMap<&'a str, MergedField<'a>>;

/// A selection that is no field: its type, and what it selects.
type Inner<'a> = (Option<&'a Name>, &'a Positioned<SelectionSet>);

impl<'a> Lowering<'a> {
    /// The selections of several sets on one type as one set.
    fn set(&self, sets: &[&'a Positioned<SelectionSet>], ty: TypeId) -> Positioned<SelectionSet> {
        let pos = sets.first().map(|set| set.pos).unwrap_or_default();
        let items = match self.types.possible(ty) {
            Some(possible) if sets.iter().any(|set| self.tells_types_apart(&set.node, ty)) => {
                let mut possible: Vec<_> = possible.iter().copied().collect();
                possible.sort_unstable_by_key(|ty| &self.types.get(*ty).name);

                let fragments = possible
                    .into_iter()
                    .map(|object| self.fragment(sets, object, pos));
                fragments.collect()
            }
            _ => self.fields(sets, ty, pos),
        };

        Positioned::new(SelectionSet { items }, pos)
    }

    /// Whether a set selects what only some objects of an abstract type have. A fragment on another type does, also where
    /// it always applies: only an object has the fields of both.
    fn tells_types_apart(&self, set: &'a SelectionSet, ty: TypeId) -> bool {
        set.items.iter().any(|selection| {
            let Some((on, inner)) = self.inner(&selection.node) else {
                return false;
            };
            if !self.take() || !self.conditions.include(selection.node.directives()) {
                return false;
            }

            let same = on.is_none_or(|on| self.types.find(on) == Some(ty));
            !same || self.tells_types_apart(&inner.node, ty)
        })
    }

    /// What the sets select of one kind of object.
    fn fragment(
        &self,
        sets: &[&'a Positioned<SelectionSet>],
        object: TypeId,
        pos: Pos,
    ) -> Positioned<Selection> {
        let mut items = self.fields(sets, object, pos);
        if !matches!(items.as_slice(), [only] if matches!(&only.node, Selection::Field(field) if is_mark(&field.node)))
        {
            items.push(mark(pos));
        }

        let on = Positioned::new(Name::new(&self.types.get(object).name), pos);
        let fragment = InlineFragment {
            type_condition: Some(Positioned::new(TypeCondition { on }, pos)),
            directives: Vec::new(),
            selection_set: Positioned::new(SelectionSet { items }, pos),
        };

        Positioned::new(Selection::InlineFragment(Positioned::new(fragment, pos)), pos)
    }

    fn fields(
        &self,
        sets: &[&'a Positioned<SelectionSet>],
        ty: TypeId,
        pos: Pos,
    ) -> Vec<Positioned<Selection>> {
        let mut merged = MergedFields::new();
        for set in sets {
            self.collect(&set.node, ty, &mut merged);
        }

        if merged.is_empty() {
            return vec![mark(pos)];
        }

        merged.into_values().map(|one| self.field(&one, ty)).collect()
    }

    fn field(&self, merged: &MergedField<'a>, parent: TypeId) -> Positioned<Selection> {
        let (field, pos) = (&merged.field.node, merged.field.pos);
        let definition = self.types.field(parent, &field.name.node);
        let ty = definition.map(|field| field.ty.named_type());
        let selection_set = match ty.filter(|ty| self.types.is_composite(*ty)) {
            Some(ty) => self.set(&merged.sets, ty),
            None => Positioned::default(),
        };

        let lowered = Field {
            alias: field.alias.clone(),
            name: field.name.clone(),
            arguments: field.arguments.clone(),
            directives: Vec::new(),
            selection_set,
        };

        Positioned::new(Selection::Field(Positioned::new(lowered, pos)), pos)
    }

    /// `CollectFields` of the specification, for objects of a type.
    fn collect(&self, set: &'a SelectionSet, ty: TypeId, merged: &mut MergedFields<'a>) {
        for selection in &set.items {
            if !self.take() {
                return;
            }
            if !self.conditions.include(selection.node.directives()) {
                continue;
            }

            if let Selection::Field(field) = &selection.node {
                let name = field.node.response_key().node.as_str();
                let one = merged.entry(name).or_insert_with(|| MergedField {
                    field,
                    sets: Vec::new(),
                });
                one.sets.push(&field.node.selection_set);
            } else if let Some((on, inner)) = self.inner(&selection.node) {
                let on = on.and_then(|on| self.types.find(on));
                if on.is_none_or(|on| self.types.covers(on, ty)) {
                    self.collect(&inner.node, ty, merged);
                }
            }
        }
    }

    /// None for a field.
    fn inner(&self, selection: &'a Selection) -> Option<Inner<'a>> {
        match selection {
            Selection::Field(_) => None,
            Selection::InlineFragment(fragment) => {
                let on = fragment.node.type_condition.as_ref();
                Some((on.map(|on| &on.node.on.node), &fragment.node.selection_set))
            }
            Selection::FragmentSpread(spread) => {
                let fragment = self.document.fragments.get(&spread.node.fragment_name.node)?;
                let on = &fragment.node.type_condition.node.on.node;
                Some((Some(on), &fragment.node.selection_set))
            }
        }
    }

    /// Counts one more selection; false when there are too many.
    fn take(&self) -> bool {
        let left = self.left.get();
        self.left.set(left.saturating_sub(1));
        left > 1
    }
}

fn mark(pos: Pos) -> Positioned<Selection> {
    let field = Field {
        alias: Some(Positioned::new(Name::new(MARK), pos)),
        name: Positioned::new(Name::new("__typename"), pos),
        arguments: Vec::new(),
        directives: Vec::new(),
        selection_set: Positioned::default(),
    };
    Positioned::new(Selection::Field(Positioned::new(field, pos)), pos)
}
