//! Rows of which only leaves are asked: fields with nothing below them, which are there already. They are written one
//! after the other, where async-graphql would make a future for each field of each row. Rows of which more is asked are
//! its own, all at once, so that loaders see them together.

use std::borrow::Cow;

use async_graphql::{
    ContainerType, ContextSelectionSet, Name, OutputType, Positioned, ServerResult, Value,
    indexmap::IndexMap,
    parser::types::{Field, Selection, SelectionSet},
    registry::Registry,
    resolver_utils::resolve_list,
};

use crate::connection::Edge;

/// The fields, when each of them is a leaf: none has a selection, none a directive, and there is no fragment.
fn only_leaves(set: &SelectionSet) -> bool {
    set.items.iter().all(|selection| match &selection.node {
        Selection::Field(field) => is_plain(&field.node) && field.node.selection_set.node.items.is_empty(),
        Selection::FragmentSpread(_) | Selection::InlineFragment(_) => false,
    })
}

fn is_plain(field: &Field) -> bool {
    field.directives.is_empty()
}

/// The same for edges: leaves, and a node of leaves.
fn only_leaves_of_nodes(set: &SelectionSet) -> bool {
    set.items.iter().all(|selection| match &selection.node {
        Selection::Field(field) => is_plain(&field.node) && only_leaves(&field.node.selection_set.node),
        Selection::FragmentSpread(_) | Selection::InlineFragment(_) => false,
    })
}

fn fields(set: &SelectionSet) -> impl Iterator<Item = &Positioned<Field>> {
    set.items.iter().filter_map(|selection| match &selection.node {
        Selection::Field(field) => Some(field),
        Selection::FragmentSpread(_) | Selection::InlineFragment(_) => None,
    })
}

/// The leaves that are asked for, in their order. One that fails is left to the engine, as everywhere.
async fn write<T: ContainerType>(ctx: &ContextSelectionSet<'_>, object: &T) -> Value {
    let set = &ctx.item.node;
    let mut leaves = IndexMap::with_capacity(set.items.len());
    for field in fields(set) {
        let key = field.node.response_key().node.clone();
        if field.node.name.node == "__typename" {
            leaves.insert(key, Value::String(object.introspection_type_name().into_owned()));
            continue;
        }

        let of_field = ctx.with_field(field);
        match object.resolve_field(&of_field).await {
            Ok(value) => {
                leaves.insert(key, value.unwrap_or_default());
            }
            Err(error) => ctx.add_error(error),
        }
    }

    Value::Object(leaves)
}

/// One row.
pub(crate) struct Row<T>(pub(crate) T);

impl<T: ContainerType> OutputType for Row<T> {
    fn type_name() -> Cow<'static, str> {
        T::type_name()
    }

    fn introspection_type_name(&self) -> Cow<'static, str> {
        self.0.introspection_type_name()
    }

    fn create_type_info(registry: &mut Registry) -> String {
        T::create_type_info(registry)
    }

    async fn resolve(&self, ctx: &ContextSelectionSet<'_>, field: &Positioned<Field>) -> ServerResult<Value> {
        if only_leaves(&ctx.item.node) {
            // Boxed, because the future of a field is as large as that of the largest field.
            return Ok(Box::pin(write(ctx, &self.0)).await);
        }
        self.0.resolve(ctx, field).await
    }
}

/// The edges of a page.
pub(crate) struct Edges<T: OutputType>(pub(crate) Vec<Edge<T>>);

impl<T: ContainerType> OutputType for Edges<T> {
    fn type_name() -> Cow<'static, str> {
        Vec::<Edge<T>>::type_name()
    }

    fn create_type_info(registry: &mut Registry) -> String {
        Vec::<Edge<T>>::create_type_info(registry)
    }

    async fn resolve(&self, ctx: &ContextSelectionSet<'_>, field: &Positioned<Field>) -> ServerResult<Value> {
        if !only_leaves_of_nodes(&ctx.item.node) {
            return resolve_list(ctx, field, &self.0, Some(self.0.len())).await;
        }
        let mut edges = Vec::with_capacity(self.0.len());
        for (place, edge) in self.0.iter().enumerate() {
            edges.push(edge.write(&ctx.with_index(place)).await);
        }
        Ok(Value::List(edges))
    }
}

impl<T: ContainerType> Edge<T> {
    async fn write(&self, ctx: &ContextSelectionSet<'_>) -> Value {
        let set = &ctx.item.node;
        let mut parts: IndexMap<Name, Value> = IndexMap::with_capacity(set.items.len());
        for field in fields(set) {
            let value = match field.node.name.node.as_str() {
                "node" => {
                    let of_field = ctx.with_field(field);
                    write(
                        &of_field.with_selection_set(&field.node.selection_set),
                        &self.node,
                    )
                    .await
                }
                "cursor" => Value::String(self.cursor.clone()),
                _ => Value::String(Self::type_name().into_owned()),
            };

            match parts.get_mut(&field.node.response_key().node) {
                // `node` was asked for twice, with different leaves.
                Some(Value::Object(known)) => {
                    if let Value::Object(more) = value {
                        known.extend(more);
                    }
                }
                _ => {
                    parts.insert(field.node.response_key().node.clone(), value);
                }
            }
        }

        Value::Object(parts)
    }
}
