//! Whether fields that share a name in the answer can be merged into one: `FieldsInSetCanMerge` of the specification.
//! All fields of one level are compared at once, grouped by that name, instead of each with each; what is compared is
//! counted against a budget.

use std::collections::HashSet;

use async_graphql::{
    Positioned,
    indexmap::IndexMap,
    parser::types::{ExecutableDocument, Field, Selection, SelectionSet},
};

use super::Checks;
use crate::engine::{
    refusal::{Code, Problem, quote},
    types::{Ref, TypeId, Types},
};

/// Of all operations together, so that the budget is the document's.
pub(super) fn check(document: &ExecutableDocument, checks: Checks<'_>) -> Result<(), Problem> {
    let mut merge = Merge {
        document,
        types: checks.types,
        left: checks.comparisons,
    };
    for (_, operation) in document.operations.iter() {
        if let Some(root) = checks.types.root(operation.node.ty) {
            let mut level = Level::default();
            merge.collect(&operation.node.selection_set.node, root, &mut level)?;
            merge.fields(level.fields, true)?;
        }
    }

    Ok(())
}

struct Merge<'a> {
    document: &'a ExecutableDocument,
    types: &'a Types,
    left: u64,
}

/// The fields of one object of the answer.
#[derive(Default)]
struct Level<'a> {
    fields: Vec<One<'a>>,
    spread: HashSet<&'a str>,
}

#[derive(Clone, Copy)]
struct One<'a> {
    parent: TypeId,
    field: &'a Positioned<Field>,
    ty: &'a Ref,
}

impl<'a> Merge<'a> {
    fn collect(
        &mut self,
        set: &'a SelectionSet,
        parent: TypeId,
        level: &mut Level<'a>,
    ) -> Result<(), Problem> {
        for selection in &set.items {
            self.left = self.left.checked_sub(1).ok_or_else(|| {
                let message = "The fields of the document overlap too much to be compared.";
                Problem::new(Code::TooManySelections, message)
            })?;

            match &selection.node {
                Selection::Field(field) => {
                    if let Some(definition) = self.types.field(parent, &field.node.name.node) {
                        level.fields.push(One {
                            parent,
                            field,
                            ty: &definition.ty,
                        });
                    }
                }
                Selection::InlineFragment(fragment) => {
                    let condition = fragment.node.type_condition.as_ref();
                    let on = condition.and_then(|condition| self.types.find(&condition.node.on.node));
                    self.collect(&fragment.node.selection_set.node, on.unwrap_or(parent), level)?;
                }
                Selection::FragmentSpread(spread) => {
                    let name = spread.node.fragment_name.node.as_str();
                    if let (true, Some(fragment)) =
                        (level.spread.insert(name), self.document.fragments.get(name))
                    {
                        let on = self.types.find(&fragment.node.type_condition.node.on.node);
                        self.collect(&fragment.node.selection_set.node, on.unwrap_or(parent), level)?;
                    }
                }
            }
        }

        Ok(())
    }

    /// `alike`: whether fields of one name must be the same field, or only give answers of the same shape, because they
    /// never stand in the same object.
    fn fields(&mut self, fields: Vec<One<'a>>, alike: bool) -> Result<(), Problem> {
        let mut groups: IndexMap<&str, Vec<One<'a>>> = IndexMap::with_capacity(fields.len());
        for one in fields {
            let name = one.field.node.response_key().node.as_str();
            groups.entry(name).or_default().push(one);
        }

        for (name, group) in groups {
            self.group(name, &group, alike)?;
        }

        Ok(())
    }

    fn group(&mut self, name: &str, group: &[One<'a>], alike: bool) -> Result<(), Problem> {
        let parts = if alike { self.parts(group) } else { Vec::new() };
        for part in &parts {
            if let Some((first, others)) = part.split_first() {
                others
                    .iter()
                    .try_for_each(|other| same_field(name, first, other))?;
            }
        }

        if let Some((first, others)) = group.split_first()
            && let Some(other) = others.iter().find(|other| !self.same_shape(first.ty, other.ty))
        {
            let (one, two) = (
                quote(&self.types.show(first.ty)),
                quote(&self.types.show(other.ty)),
            );
            let why = format!("their types {one} and {two} give different answers");
            return Err(conflict(name, first, other, &why));
        }

        for part in &parts {
            self.inside(part, true)?;
        }

        // Fields of different parts never meet, but what they answer must still have one shape.
        if parts.len() != 1 {
            self.inside(group, false)?;
        }

        Ok(())
    }

    /// The fields that can stand in the same object: for each object type those on it and those on abstract types.
    fn parts(&self, group: &[One<'a>]) -> Vec<Vec<One<'a>>> {
        let objects: HashSet<_> = group
            .iter()
            .map(|one| one.parent)
            .filter(|ty| self.types.is_object(*ty))
            .collect();
        if objects.len() <= 1 {
            return vec![group.to_vec()];
        }

        let of = |object: &TypeId| {
            let fits = |one: &&One<'a>| one.parent == *object || !self.types.is_object(one.parent);
            group.iter().filter(fits).copied().collect()
        };

        objects.iter().map(of).collect()
    }

    /// What the fields of a group select, as one level.
    fn inside(&mut self, group: &[One<'a>], alike: bool) -> Result<(), Problem> {
        let mut level = Level::default();
        for one in group {
            self.collect(&one.field.node.selection_set.node, one.ty.named(), &mut level)?;
        }
        self.fields(level.fields, alike)
    }

    /// `SameResponseShape` of the specification, for one level.
    fn same_shape(&self, one: &Ref, other: &Ref) -> bool {
        match (one, other) {
            (Ref::NonNull(one), Ref::NonNull(other)) | (Ref::List(one), Ref::List(other)) => {
                self.same_shape(one, other)
            }
            (Ref::Named(one), Ref::Named(other)) => {
                one == other || (self.types.is_composite(*one) && self.types.is_composite(*other))
            }
            _ => false,
        }
    }
}

fn same_field(name: &str, one: &One<'_>, other: &One<'_>) -> Result<(), Problem> {
    let (first, second) = (&one.field.node, &other.field.node);
    if first.name.node != second.name.node {
        let (first, second) = (quote(&first.name.node), quote(&second.name.node));
        return Err(conflict(
            name,
            one,
            other,
            &format!("{first} and {second} are different fields"),
        ));
    }

    let same = first.arguments.len() == second.arguments.len()
        && first.arguments.iter().all(|(name, value)| {
            second
                .get_argument(&name.node)
                .is_some_and(|other| other.node == value.node)
        });
    if same {
        return Ok(());
    }

    Err(conflict(name, one, other, "their arguments differ"))
}

fn conflict(name: &str, one: &One<'_>, other: &One<'_>, why: &str) -> Problem {
    let message = format!(
        "Two fields would both be {} in the answer, but {why}. Give one an alias.",
        quote(name)
    );
    Problem::invalid(one.field.pos, message).at(other.field.pos)
}
