//! Turns a valid operation into the form in which it runs: every fragment in its place, and fields that answer to one
//! name merged into one. async-graphql would run such a field once for each time it is written, knows no fragments at
//! the root of a subscription, and does not apply fragments on unions to interfaces.

use std::cell::Cell;

use async_graphql::{
    Name, Pos, Positioned,
    indexmap::IndexMap,
    parser::types::{
        Directive, ExecutableDocument, Field, InlineFragment, OperationDefinition, Selection, SelectionSet,
        TypeCondition,
    },
};

use super::{
    refusal::{Code, Problem},
    types::{Shape, TypeId, Types},
};

/// Needs a document that was validated, for fields to be mergeable. The result has at most `most` selections.
pub(crate) fn lower(
    document: &ExecutableDocument,
    operation: &Positioned<OperationDefinition>,
    root: TypeId,
    types: &Types,
    most: u64,
) -> Result<Positioned<OperationDefinition>, Problem> {
    // One more, so that nothing is left only when there was too much.
    let left = Cell::new(most.saturating_add(1));
    let lowering = Lowering {
        document,
        types,
        left,
    };
    let set = lowering.set(&[&operation.node.selection_set], root);

    if lowering.left.get() == 0 {
        let message = "With every fragment in place the document selects too much.";
        return Err(Problem::new(Code::TooManySelections, message).at(operation.pos));
    }

    let mut lowered = operation.node.clone();
    lowered.selection_set = set;

    Ok(Positioned::new(lowered, operation.pos))
}

struct Lowering<'a> {
    document: &'a ExecutableDocument,
    types: &'a Types,
    /// Selections that may still be made; at none nothing more is.
    left: Cell<u64>,
}

/// One selection of the result, before what it selects is lowered itself.
enum Part<'a> {
    /// The same field, once or more.
    Field(&'a Positioned<Field>, Vec<&'a Positioned<SelectionSet>>),
    Fragment(Fragment<'a>),
}

/// A fragment that cannot be resolved before an object is there, or a condition on several selections.
struct Fragment<'a> {
    on: Option<Positioned<TypeCondition>>,
    directives: &'a [Positioned<Directive>],
    set: &'a Positioned<SelectionSet>,
    ty: TypeId,
}

/// Fields under the name that they have in the answer; what has a directive, and fragments, under a number of its own.
type Parts<'a> = IndexMap<(Option<&'a str>, usize), Part<'a>>;

impl<'a> Lowering<'a> {
    /// The selections of several sets on one type as one set.
    fn set(&self, sets: &[&'a Positioned<SelectionSet>], ty: TypeId) -> Positioned<SelectionSet> {
        let mut parts = Parts::new();
        for set in sets {
            self.gather(&set.node, ty, &mut parts);
        }

        let items = parts.into_values().map(|part| match part {
            Part::Field(field, sets) => self.field(field, &sets, ty),
            Part::Fragment(fragment) => self.inline(fragment),
        });
        let items = items.collect();
        let pos = sets.first().map(|set| set.pos).unwrap_or_default();

        Positioned::new(SelectionSet { items }, pos)
    }

    fn field(
        &self,
        field: &Positioned<Field>,
        sets: &[&'a Positioned<SelectionSet>],
        parent: TypeId,
    ) -> Positioned<Selection> {
        let ty = self.types.field(parent, &field.node.name.node);
        let ty = ty.map_or(parent, |field| field.ty.named());
        let lowered = Field {
            alias: field.node.alias.clone(),
            name: field.node.name.clone(),
            arguments: field.node.arguments.clone(),
            directives: field.node.directives.clone(),
            selection_set: self.set(sets, ty),
        };

        Positioned::new(Selection::Field(Positioned::new(lowered, field.pos)), field.pos)
    }

    fn inline(&self, fragment: Fragment<'a>) -> Positioned<Selection> {
        let pos = fragment.set.pos;
        let lowered = InlineFragment {
            type_condition: fragment.on,
            directives: fragment.directives.to_vec(),
            selection_set: self.set(&[fragment.set], fragment.ty),
        };
        Positioned::new(Selection::InlineFragment(Positioned::new(lowered, pos)), pos)
    }

    fn gather(&self, set: &'a SelectionSet, ty: TypeId, parts: &mut Parts<'a>) {
        for selection in &set.items {
            match self.left.get() {
                0 => return,
                left => self.left.set(left - 1),
            }

            match &selection.node {
                Selection::Field(field) => {
                    let name = field.node.response_key().node.as_str();
                    let own = if field.node.directives.is_empty() {
                        0
                    } else {
                        parts.len() + 1
                    };
                    let part = parts.entry((Some(name), own));

                    if let Part::Field(_, sets) = part.or_insert_with(|| Part::Field(field, Vec::new())) {
                        sets.push(&field.node.selection_set);
                    }
                }
                Selection::InlineFragment(fragment) => {
                    let node = &fragment.node;
                    let on = node.type_condition.as_ref();
                    self.fragment(on, &node.directives, &node.selection_set, ty, parts);
                }
                Selection::FragmentSpread(spread) => {
                    if let Some(fragment) = self.document.fragments.get(&spread.node.fragment_name.node) {
                        let on = Some(&fragment.node.type_condition);
                        let directives = &spread.node.directives;
                        self.fragment(on, directives, &fragment.node.selection_set, ty, parts);
                    }
                }
            }
        }
    }

    fn fragment(
        &self,
        on: Option<&'a Positioned<TypeCondition>>,
        directives: &'a [Positioned<Directive>],
        set: &'a Positioned<SelectionSet>,
        parent: TypeId,
        parts: &mut Parts<'a>,
    ) {
        let condition = on
            .and_then(|on| self.types.find(&on.node.on.node))
            .unwrap_or(parent);
        let is_union = matches!(self.types.get(condition).shape, Shape::Union { .. });

        // On an object a fragment applies if it may apply at all. On an interface one on another interface stays although
        // it may always apply: only an object has the fields of both. A union has none.
        let always = condition == parent
            || self.types.is_object(parent)
            || (is_union && self.types.covers(condition, parent));
        if always && directives.is_empty() {
            return self.gather(&set.node, parent, parts);
        }

        let add = |parts: &mut Parts<'a>, on, ty| {
            let fragment = Fragment {
                on,
                directives,
                set,
                ty,
            };
            parts.insert((None, parts.len()), Part::Fragment(fragment));
        };

        if always {
            add(parts, None, parent);
        } else if is_union {
            let mut members: Vec<_> = self
                .types
                .possible(condition)
                .into_iter()
                .flatten()
                .copied()
                .collect();

            members.retain(|member| self.types.overlap(*member, parent));
            members.sort_unstable_by_key(|member| &self.types.get(*member).name);

            for member in members {
                add(parts, Some(self.condition(member, set.pos)), member);
            }
        } else {
            add(parts, on.cloned(), condition);
        }
    }

    fn condition(&self, on: TypeId, pos: Pos) -> Positioned<TypeCondition> {
        let on = Positioned::new(Name::new(&self.types.get(on).name), pos);
        Positioned::new(TypeCondition { on }, pos)
    }
}
