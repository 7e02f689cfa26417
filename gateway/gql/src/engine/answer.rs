//! The shape that the answer of an operation has, and what async-graphql leaves of it to do: a field that failed is
//! null, or makes what it is in null where it may not be; keys stand in the order in which they were asked for; and what
//! nobody asked for is taken out.

use async_graphql::{
    Name, PathSegment, Response, Value,
    indexmap::IndexMap,
    parser::types::{Selection, SelectionSet},
};

use super::{
    lower::{MARK, is_mark},
    types::{TypeId, TypeRef, Types},
};

type Fields = IndexMap<Name, Value>;

/// The keys of one object of the answer, in order; or those of each type that it can have.
#[derive(Debug, Default)]
pub(crate) struct AnswerShape {
    keys: Vec<ShapeKey>,
    by_type: Vec<(Name, AnswerShape)>,
    /// Whether objects come with a key that nobody asked for.
    marked: bool,
}

#[derive(Debug)]
struct ShapeKey {
    name: Name,
    ty: TypeRef,
    inner: AnswerShape,
}

impl AnswerShape {
    /// Of an operation in the form in which it runs.
    pub(crate) fn build(set: &SelectionSet, parent: TypeId, types: &Types) -> Self {
        let mut shape = Self::default();
        for selection in &set.items {
            match &selection.node {
                Selection::Field(field) if is_mark(&field.node) => shape.marked = true,
                Selection::Field(field) => {
                    if let Some(definition) = types.field(parent, &field.node.name.node) {
                        let inner = definition.ty.named_type();
                        shape.keys.push(ShapeKey {
                            name: field.node.response_key().node.clone(),
                            ty: definition.ty.clone(),
                            inner: Self::build(&field.node.selection_set.node, inner, types),
                        });
                    }
                }
                Selection::InlineFragment(fragment) => {
                    let condition = fragment.node.type_condition.as_ref();
                    if let Some(on) = condition.map(|condition| &condition.node.on.node) {
                        let ty = types.find(on).unwrap_or(parent);
                        let inner = Self::build(&fragment.node.selection_set.node, ty, types);
                        shape.by_type.push((on.clone(), inner));
                    }
                }
                // There is none in this form.
                Selection::FragmentSpread(_) => {}
            }
        }

        shape
    }

    /// The shape of this object.
    fn of(&self, object: &Fields) -> &Self {
        if self.by_type.is_empty() {
            return self;
        }

        let Some(Value::String(ty)) = object.get(MARK) else {
            return self;
        };
        let known = self.by_type.iter().find(|(name, _)| name.as_str() == ty);

        known.map_or(self, |(_, shape)| shape)
    }

    pub(crate) fn complete(&self, response: &mut Response) {
        // An error without a path is not one of a field.
        let paths = response.errors.iter().map(|error| error.path.as_slice());
        let paths: Vec<_> = paths.filter(|path| !path.is_empty()).collect();
        for path in &paths {
            self.reach(&mut response.data, path);
        }

        for path in &paths {
            if self.fail(&mut response.data, path) {
                response.data = Value::Null;
            }
        }

        self.order(&mut response.data);
    }

    /// Puts an object back that has no field left because all have failed: async-graphql takes it for null.
    fn reach(&self, value: &mut Value, path: &[PathSegment]) {
        match path.split_first() {
            Some((PathSegment::Index(index), rest)) => {
                if let Value::List(values) = value
                    && let Some(item) = values.get_mut(*index)
                {
                    self.reach(item, rest);
                }
            }
            Some((PathSegment::Field(name), rest)) => {
                let shape = match &*value {
                    Value::Object(fields) => self.of(fields),
                    _ => self,
                };
                let Some(key) = shape.keys.iter().find(|key| key.name == name.as_str()) else {
                    return;
                };

                if *value == Value::Null {
                    *value = Value::Object(Default::default());
                }

                if let Value::Object(fields) = value {
                    let field = fields.entry(key.name.clone()).or_insert(Value::Null);
                    key.inner.reach(field, rest);
                }
            }
            None => {}
        }
    }

    /// Makes the field at a path of an object null. True when it may not be, so that the object must be null instead.
    fn fail(&self, object: &mut Value, path: &[PathSegment]) -> bool {
        let (Value::Object(fields), Some((PathSegment::Field(name), rest))) = (object, path.split_first())
        else {
            return false;
        };
        let key = self.of(fields).keys.iter().find(|key| key.name == name.as_str());

        match (key, fields.get_mut(name.as_str())) {
            (Some(key), Some(value)) => key.inner.fail_value(value, &key.ty, rest),
            _ => false,
        }
    }

    fn fail_value(&self, value: &mut Value, ty: &TypeRef, path: &[PathSegment]) -> bool {
        let failed = match (ty.nullable(), path.split_first()) {
            (_, None) => true,
            (TypeRef::List(item), Some((PathSegment::Index(index), rest))) => match value {
                Value::List(values) => values
                    .get_mut(*index)
                    .is_some_and(|value| self.fail_value(value, item, rest)),
                _ => false,
            },
            _ => self.fail(value, path),
        };
        if failed {
            *value = Value::Null;
        }

        failed && ty.is_non_null()
    }

    /// async-graphql writes keys in the order in which their fields were done.
    fn order(&self, value: &mut Value) {
        match value {
            Value::List(values) => values.iter_mut().for_each(|value| self.order(value)),
            Value::Object(fields) => self.of(fields).order_fields(fields),
            _ => {}
        }
    }

    fn order_fields(&self, fields: &mut Fields) {
        if self.marked {
            fields.swap_remove(MARK);
        }

        let sorted = fields.len() == self.keys.len()
            && fields.keys().zip(&self.keys).all(|(name, key)| *name == key.name);
        if !sorted {
            let rank = |name: &Name| self.keys.iter().position(|key| key.name == *name);
            fields.sort_by_cached_key(|name, _| rank(name));
        }

        // A scalar of our own may be an object, too, and has an order of its own.
        let mut keys = self.keys.iter();
        for (name, value) in fields {
            if let Some(key) = keys.find(|key| key.name == *name)
                && key.inner.is_composite()
            {
                key.inner.order(value);
            }
        }
    }

    fn is_composite(&self) -> bool {
        self.marked || !self.keys.is_empty() || !self.by_type.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use async_graphql::{ServerError, Variables};
    use serde_json::{Value as Json, json};

    use super::*;
    use crate::engine::{conditions::Conditions, lower::lower_operation, tests::types};

    /// Completes `data` of a query that failed at the paths.
    fn completed(query: &str, data: Json, paths: &[&str]) -> Json {
        let document = async_graphql::parser::parse_query(query).unwrap();
        let (_, operation) = document.operations.iter().next().unwrap();
        let variables = Variables::default();
        let (root, conditions) = (types().query(), Conditions::Judged(&variables));
        let lowered = lower_operation(&document, operation, root, types(), conditions, 1_000).unwrap();
        let shape = AnswerShape::build(&lowered.node.selection_set.node, root, types());
        let mut response = Response::new(Value::from_json(data).unwrap());

        for path in paths {
            let segments = path.split('.').map(|segment| match segment.parse() {
                Ok(index) => PathSegment::Index(index),
                Err(_) => PathSegment::Field(segment.to_owned()),
            });
            let mut error = ServerError::new("failed", None);
            error.path = segments.collect();
            response.errors.push(error);
        }

        shape.complete(&mut response);

        response.data.into_json().unwrap()
    }

    #[test]
    fn a_field_that_failed_is_null_or_makes_its_object_null() {
        let query = "{ echo fails story(id: 1) { id parent { id title } chapters { title index } } }";
        let data = |story: Json| json!({ "echo": "x", "fails": null, "story": story });
        let whole = json!({
            "id": "s", "parent": { "id": "p", "title": "t" },
            "chapters": [{ "title": "a", "index": 1 }, { "title": "b", "index": 2 }]
        });
        let gone = json!({ "echo": "x", "story": whole });

        assert_eq!(completed(query, gone, &["fails"]), data(whole.clone()));

        // A title may not be null, so its parent is; a parent may be null.
        let mut part = whole.clone();
        part["parent"] = json!({ "id": "p" });

        let mut nulled = whole.clone();
        nulled["parent"] = Json::Null;

        assert_eq!(
            completed(query, data(part), &["story.parent.title"]),
            data(nulled)
        );

        // Nothing between a chapter's index and the story may be null.
        let mut part = whole.clone();
        part["chapters"][1] = json!({ "title": "b" });

        assert_eq!(
            completed(query, data(part), &["story.chapters.1.index"]),
            data(Json::Null)
        );
        assert_eq!(
            completed(
                query,
                data(whole),
                &["story.chapters.9.index", "other.x", "echo.x"]
            )["echo"],
            "x"
        );

        assert_eq!(
            completed(query, json!({ "fails": null }), &["echo", "fails"]),
            Json::Null
        );

        // Where all fields of an object have failed there is still an object, unless one of them may not be null.
        let all = "{ fails story(id: 1) { parent { parent { id } } } }";
        let part = json!({ "story": { "parent": null } });
        let nulled = json!({ "fails": null, "story": { "parent": { "parent": null } } });

        assert_eq!(completed(all, part, &["story.parent.parent", "fails"]), nulled);
        assert_eq!(
            completed("{ fails }", Json::Null, &["fails"]),
            json!({ "fails": null })
        );
        assert_eq!(
            completed("{ fails echo }", Json::Null, &["fails", "echo"]),
            Json::Null
        );
    }

    #[test]
    fn keys_stand_in_the_order_of_the_query_and_nothing_is_an_empty_object() {
        let query = "{ a: echo ... on Query { story(id: 1) { title id } } found { ... on Run { status id } ... on Story { id title } } b: echo }";
        let data = json!({
            "b": "1", "found": [{ "title": "t", "": "Story", "id": "s" }, { "id": "r", "status": "q", "": "Run" }],
            "story": { "id": "s", "title": "t" }, "a": "2"
        });
        let ordered = r#"{"a":"2","story":{"title":"t","id":"s"},"found":[{"id":"s","title":"t"},{"status":"q","id":"r"}],"b":"1"}"#;
        assert_eq!(completed(query, data, &[]).to_string(), ordered);

        // All was skipped, of the query and of an object.
        let nothing = "{ echo @skip(if: true) }";
        assert_eq!(completed(nothing, json!({ "": "Query" }), &[]), json!({}));
        let nothing = "{ node { id @skip(if: true) } }";
        assert_eq!(
            completed(nothing, json!({ "node": { "": "Run" } }), &[]),
            json!({ "node": {} })
        );
    }
}
