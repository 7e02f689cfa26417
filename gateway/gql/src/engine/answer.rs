//! The shape that the answer of an operation has, and what async-graphql leaves of it to do: a field that failed is
//! null, or makes what it is in null where it may not be; and keys stand in the order in which they were asked for.

use async_graphql::{
    Name, PathSegment, Response, Value,
    parser::types::{Selection, SelectionSet},
};

use super::types::{Ref, TypeId, Types};

/// The keys of one object of the answer, in order.
#[derive(Debug, Default)]
pub(crate) struct AnswerShape(Vec<Key>);

#[derive(Debug)]
struct Key {
    name: Name,
    /// Of the fields of this name: they may differ in what they are, not in where they may be null.
    ty: Ref,
    inner: AnswerShape,
}

impl AnswerShape {
    /// Of an operation in the form in which it runs.
    pub(crate) fn of(set: &SelectionSet, root: TypeId, types: &Types) -> Self {
        let mut shape = Self::default();
        shape.add(set, root, types);
        shape
    }

    fn add(&mut self, set: &SelectionSet, parent: TypeId, types: &Types) {
        for selection in &set.items {
            match &selection.node {
                Selection::Field(field) => {
                    let Some(definition) = types.field(parent, &field.node.name.node) else {
                        continue;
                    };
                    let name = &field.node.response_key().node;
                    let at = self
                        .0
                        .iter()
                        .position(|key| key.name == *name)
                        .unwrap_or_else(|| {
                            self.0.push(Key {
                                name: name.clone(),
                                ty: definition.ty.clone(),
                                inner: Self::default(),
                            });
                            self.0.len() - 1
                        });

                    self.0[at]
                        .inner
                        .add(&field.node.selection_set.node, definition.ty.named(), types);
                }
                Selection::InlineFragment(fragment) => {
                    let condition = fragment.node.type_condition.as_ref();
                    let on = condition.and_then(|condition| types.find(&condition.node.on.node));
                    self.add(&fragment.node.selection_set.node, on.unwrap_or(parent), types);
                }
                // There is none in this form.
                Selection::FragmentSpread(_) => {}
            }
        }
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

        if response.errors.is_empty() && response.data == Value::Null {
            // Everything was skipped.
            response.data = Value::Object(Default::default());
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
                let Some(key) = self.0.iter().find(|key| key.name == name.as_str()) else {
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
        let key = self.0.iter().find(|key| key.name == name.as_str());

        match (key, fields.get_mut(name.as_str())) {
            (Some(key), Some(value)) => key.inner.fail_value(value, &key.ty, rest),
            _ => false,
        }
    }

    fn fail_value(&self, value: &mut Value, ty: &Ref, path: &[PathSegment]) -> bool {
        let failed = match (ty.nullable(), path.split_first()) {
            (_, None) => true,
            (Ref::List(item), Some((PathSegment::Index(index), rest))) => match value {
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
            Value::Object(fields) => {
                let mut at = 0;
                let sorted = fields.keys().all(|name| {
                    let found = self.0[at..].iter().position(|key| key.name == *name);
                    at += found.map_or(0, |skipped| skipped + 1);
                    found.is_some()
                });
                if !sorted {
                    let rank = |name: &Name| self.0.iter().position(|key| key.name == *name);
                    fields.sort_by_cached_key(|name, _| rank(name));
                }

                let mut at = 0;
                for (name, value) in fields {
                    if let Some(found) = self.0[at..].iter().position(|key| key.name == *name) {
                        at += found;
                        self.0[at].inner.order(value);
                    }
                }
            }
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use async_graphql::ServerError;
    use serde_json::{Value as Json, json};

    use super::*;
    use crate::engine::tests::types;

    /// Completes `data` of a query that failed at the paths.
    fn completed(query: &str, data: Json, paths: &[&str]) -> Json {
        let document = async_graphql::parser::parse_query(query).unwrap();
        let (_, operation) = document.operations.iter().next().unwrap();
        let shape = AnswerShape::of(&operation.node.selection_set.node, types().query(), types());
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
            "b": "1", "found": [{ "title": "t", "id": "s" }, { "id": "r", "status": "q" }],
            "story": { "id": "s", "title": "t" }, "a": "2"
        });
        let ordered = r#"{"a":"2","story":{"title":"t","id":"s"},"found":[{"id":"s","title":"t"},{"status":"q","id":"r"}],"b":"1"}"#;
        assert_eq!(completed(query, data, &[]).to_string(), ordered);
        assert_eq!(completed(query, Json::Null, &[]), json!({}));
    }
}
