//! What workflows and people remember: found by place, field and word, until it expires, each owner's alone.

use proto::v1::{
    DeleteItemRequest, GetItemRequest, Item, ListNamespacesRequest, PutItemRequest, SearchItemsRequest,
};
use tonic::Code;

use super::*;
use crate::tests::world::{fields, problem};

/// Counts how often it was run, and leaves a note for each of its inputs.
const REMEMBERING: &str = r#"
input: { type: object, required: [name], properties: { name: { type: string } } }
nodes:
  before: { type: item, action: get, namespace: [counts], key: "${input.name}", next: after }
  after:
    type: item
    action: put
    namespace: [counts]
    key: "${input.name}"
    value: { count: "${values.before == null ? 1 : values.before.value.count + 1}", name: "${input.name}" }
    next: all
  all: { type: item, action: search, namespace: [counts], filter: { name: "${input.name}" }, next: gone }
  gone: { type: item, action: delete, namespace: [counts], key: nothing }
output: { count: "${values.after.value.count}", found: "${size(values.all)}", gone: "${values.gone}" }
"#;

fn parts(namespace: &str) -> Vec<String> {
    namespace.split('/').map(str::to_owned).collect()
}

impl Person {
    async fn put(&self, namespace: &str, key: &str, value: &Value) -> Result<Item, Status> {
        self.put_for(namespace, key, value, None).await
    }

    async fn put_for(
        &self,
        namespace: &str,
        key: &str,
        value: &Value,
        ttl_seconds: Option<u32>,
    ) -> Result<Item, Status> {
        let request = PutItemRequest {
            namespace: parts(namespace),
            key: key.to_owned(),
            value: value.to_string(),
            ttl_seconds,
        };
        Ok(self.items().put_item(self.ask(request)).await?.into_inner())
    }

    async fn item(&self, namespace: &str, key: &str) -> Result<Value, Status> {
        let request = GetItemRequest {
            namespace: parts(namespace),
            key: key.to_owned(),
        };
        let item = self.items().get_item(self.ask(request)).await?.into_inner();
        Ok(serde_json::from_str(&item.value).unwrap())
    }

    async fn keys(&self, namespace: &str, filter: Value, text: &str) -> Result<Vec<String>, Status> {
        let request = SearchItemsRequest {
            namespace: Some(namespace)
                .filter(|namespace| !namespace.is_empty())
                .map(parts)
                .unwrap_or_default(),
            filter: filter.to_string(),
            text: text.to_owned(),
            ..SearchItemsRequest::default()
        };
        let found = self.items().search_items(self.ask(request)).await?.into_inner();
        Ok(found.items.into_iter().map(|item| item.key).collect())
    }
}

#[tokio::test]
async fn items_are_found_by_place_field_and_word() {
    each_world(|world| async move {
        let user = world.user();
        for (place, key, value) in [
            (
                "notes/ada",
                "tea",
                json!({ "likes": "Green Tea", "cups": 3, "sure": true }),
            ),
            (
                "notes/ada",
                "milk",
                json!({ "likes": "oat", "cups": 3, "nested": { "why": "Straße" } }),
            ),
            ("notes/bob", "tea", json!({ "likes": "black", "cups": null })),
            (
                "notesx",
                "odd",
                json!({ "likes": "100%_of\\it'; DROP TABLE items; --" }),
            ),
        ] {
            user.put(place, key, &value).await.unwrap();
        }

        let none = json!({});
        assert_eq!(
            user.keys("notes", none.clone(), "").await.unwrap(),
            ["milk", "tea", "tea"]
        );
        assert_eq!(
            user.keys("notes/ada", json!({ "cups": 3 }), "")
                .await
                .unwrap()
                .len(),
            2
        );
        assert_eq!(
            user.keys("", json!({ "cups": 3, "sure": true }), "")
                .await
                .unwrap(),
            ["tea"]
        );
        assert_eq!(
            user.keys("", json!({ "likes": "OAT" }), "").await.unwrap().len(),
            0
        );
        assert_eq!(user.keys("", json!({ "cups": null }), "").await.unwrap(), ["tea"]);
        assert_eq!(user.keys("", json!({ "cups": "3" }), "").await.unwrap().len(), 0);
        assert_eq!(user.keys("", none.clone(), "TEA green").await.unwrap(), ["tea"]);
        assert_eq!(user.keys("", none.clone(), "straße").await.unwrap(), ["milk"]);
        assert_eq!(user.keys("", none.clone(), "100%_of\\it").await.unwrap(), ["odd"]);
        assert_eq!(user.keys("", none, "%").await.unwrap(), ["odd"]);

        let list = user
            .items()
            .list_namespaces(user.ask(ListNamespacesRequest {
                namespace: parts("notes"),
            }))
            .await;
        let namespaces: Vec<_> = list
            .unwrap()
            .into_inner()
            .namespaces
            .into_iter()
            .map(|namespace| namespace.parts.join("/"))
            .collect();
        assert_eq!(namespaces, ["notes/ada", "notes/bob"]);
    })
    .await;
}

#[tokio::test]
async fn an_item_is_overwritten_expires_and_can_be_made_again() {
    each_world(|world| async move {
        let user = world.user();
        let first = user
            .put_for("a", "k", &json!({ "n": 1 }), Some(60))
            .await
            .unwrap();
        world.clock.advance(Duration::from_secs(30));
        let second = user.put("a", "k", &json!({ "n": 2 })).await.unwrap();
        assert_eq!(
            (first.created_at, first.expires_at),
            (second.created_at, second.expires_at)
        );
        assert_eq!(user.item("a", "k").await.unwrap(), json!({ "n": 2 }));

        world.clock.advance(Duration::from_secs(31));
        assert_eq!(user.item("a", "k").await.unwrap_err().code(), Code::NotFound);
        assert!(user.keys("a", json!({}), "").await.unwrap().is_empty());
        let third = user.put("a", "k", &json!({ "n": 3 })).await.unwrap();
        assert_eq!(third.expires_at, None, "it is another one");
        assert_ne!(third.created_at, first.created_at);
    })
    .await;
}

#[tokio::test]
async fn what_no_item_can_be_is_refused_with_its_fields() {
    each_world(|world| async move {
        let user = world.user();
        let fine = json!({ "a": 1 });
        let large = json!({ "a": "x".repeat(300 * 1024) });
        let long = "x".repeat(256);
        let deep = ["p"; 11].join("/");
        for (place, key, value, wrong) in [
            ("", "k", &fine, vec!["namespace"]),
            ("a//b", "k", &fine, vec!["namespace"]),
            (deep.as_str(), "k", &fine, vec!["namespace"]),
            ("a\nb", "k", &fine, vec!["namespace"]),
            ("a", "", &fine, vec!["key"]),
            ("a", long.as_str(), &fine, vec!["key"]),
            ("a", "k", &json!([1]), vec!["value"]),
            ("a", "k", &json!({ "a": "\0" }), vec!["value"]),
            ("a", "k", &large, vec!["value"]),
        ] {
            let refused = user.put(place, key, value).await.unwrap_err();
            assert_eq!(fields(&refused), wrong, "{place:?} {key:?}");
        }
        let ttl = user.put_for("a", "k", &fine, Some(0)).await.unwrap_err();
        assert_eq!(fields(&ttl), ["ttl_seconds"]);

        // Names are values, whatever they say.
        let odd = "a'; DROP TABLE items; --";
        user.put(odd, "$1", &fine).await.unwrap();
        assert_eq!(user.item(odd, "$1").await.unwrap(), fine);

        let filter = json!({ "a": [1] });
        assert_eq!(fields(&user.keys("", filter, "").await.unwrap_err()), ["filter"]);
        let words = "x".repeat(201);
        assert_eq!(
            fields(&user.keys("", json!({}), &words).await.unwrap_err()),
            ["text"]
        );
    })
    .await;
}

#[tokio::test]
async fn an_owner_has_room_for_64_mib() {
    each_world(|world| async move {
        let (user, other) = (world.user(), world.user());
        let quarter = json!({ "a": "x".repeat(255 * 1024) });
        let mut count = 0;
        let full = loop {
            match user.put("a", &count.to_string(), &quarter).await {
                Ok(_) => count += 1,
                Err(full) => break full,
            }
        };
        assert_eq!((problem(&full).1.as_str(), count), ("ITEMS_FULL", 256));

        user.put("a", "0", &quarter).await.unwrap();
        other.put("a", "0", &quarter).await.unwrap();
        let request = DeleteItemRequest {
            namespace: parts("a"),
            key: "1".to_owned(),
        };
        user.items().delete_item(user.ask(request)).await.unwrap();
        user.put("a", "another", &quarter).await.unwrap();
    })
    .await;
}

#[tokio::test]
async fn no_item_of_somebody_else_is_found_written_or_deleted() {
    each_world(|world| async move {
        let (user, stranger) = (world.user(), world.user());
        user.put("a", "k", &json!({ "n": 1 })).await.unwrap();
        assert_eq!(stranger.item("a", "k").await.unwrap_err().code(), Code::NotFound);
        assert!(stranger.keys("", json!({}), "").await.unwrap().is_empty());
        let request = DeleteItemRequest {
            namespace: parts("a"),
            key: "k".to_owned(),
        };
        let refused = stranger.items().delete_item(stranger.ask(request)).await;
        assert_eq!(refused.unwrap_err().code(), Code::NotFound);

        stranger.put("a", "k", &json!({ "n": 2 })).await.unwrap();
        assert_eq!(user.item("a", "k").await.unwrap(), json!({ "n": 1 }));
    })
    .await;
}

#[tokio::test]
async fn a_workflow_remembers_from_run_to_run() {
    each_world(|world| async move {
        let user = world.user();
        user.define("remembering", REMEMBERING).await.unwrap();
        let _worker = world.worker().await;
        for count in 1..=3 {
            let made = user.make("remembering").await;
            user.execute(&made.id, &json!({ "name": "ada" })).await.unwrap();
            let done = user.stands(&made.id, WorkflowStatus::Completed).await;
            assert_eq!(
                parsed(done.output.as_ref()),
                json!({ "count": count, "found": 1, "gone": false })
            );
        }
        assert_eq!(
            user.item("counts", "ada").await.unwrap(),
            json!({ "count": 3, "name": "ada" })
        );

        let wrong = "nodes: { a: { type: item, action: forget, namespace: [x] }, b: { type: item, action: put, namespace: [x] } }";
        let refused = user.define("wrong", wrong).await.unwrap_err();
        assert_eq!(fields(&refused), ["nodes.a.action"]);
        let wrong = "nodes: { b: { type: item, action: put, namespace: [x] } }";
        let refused = user.define("wrong", wrong).await.unwrap_err();
        assert_eq!(fields(&refused), ["nodes.b.key", "nodes.b.value"]);
    })
    .await;
}
