//! What people and workflows remember, over REST and GraphQL.

use serde_json::json;

use crate::harness::{
    client::Client,
    people::{Person, graphql},
    saga::{DataFolder, Launch},
};

const ITEMS: &str = "/api/v1/items";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_somebody_remembers_is_nobody_elses() {
    let saga = Launch::new(&DataFolder::new()).serve().await;
    let door = Client::of(&saga);
    let (ada, eve) = (
        Person::register(&door, "ada").await,
        Person::register(&door, "eve").await,
    );
    let tea = json!({ "namespace": ["notes", "ada"], "key": "tea", "value": { "likes": "green" }, "ttl_seconds": 60 });
    let put = ada.call(&door, "PUT", ITEMS, Some(tea)).await;
    assert_eq!(put.status.as_u16(), 200, "{}", put.body);
    let milk = graphql(
        &door,
        Some(&ada.access),
        "mutation { putItem(input: { namespace: [\"notes\", \"ada\"], key: \"milk\", value: { likes: \"oat\" } }) { item { key } } }",
    )
    .await;
    assert_eq!(
        milk.body["data"]["putItem"]["item"]["key"], "milk",
        "{}",
        milk.body
    );

    let one = format!("{ITEMS}?namespace=notes/ada&key=tea");
    assert_eq!(
        ada.get(&door, &one).await.body["value"],
        json!({ "likes": "green" })
    );
    let search = json!({ "namespace": ["notes"], "filter": { "likes": "oat" } });
    let found = ada.post(&door, &format!("{ITEMS}/search"), search.clone()).await;
    assert_eq!(found.body[0]["key"], "milk", "{}", found.body);
    let namespaces = ada.get(&door, &format!("{ITEMS}/namespaces")).await;
    assert_eq!(namespaces.body["namespaces"], json!([["notes", "ada"]]));
    let both = graphql(
        &door,
        Some(&ada.access),
        "{ items(text: \"gr\") { key value } itemNamespaces item(namespace: [\"notes\", \"ada\"], key: \"none\") { key } }",
    )
    .await;
    assert_eq!(
        both.body["data"]["items"][0]["value"],
        json!({ "likes": "green" }),
        "{}",
        both.body
    );
    assert_eq!(both.body["data"]["item"], json!(null));

    assert_eq!(eve.get(&door, &one).await.status.as_u16(), 404);
    assert_eq!(eve.call(&door, "DELETE", &one, None).await.status.as_u16(), 404);
    assert_eq!(
        eve.post(&door, &format!("{ITEMS}/search"), search).await.body,
        json!([])
    );
    assert_eq!(
        eve.get(&door, &format!("{ITEMS}/namespaces")).await.body["namespaces"],
        json!([])
    );
    let refused = ada
        .call(
            &door,
            "PUT",
            ITEMS,
            Some(json!({ "namespace": [], "key": "k", "value": {} })),
        )
        .await;
    assert_eq!(refused.status.as_u16(), 422, "{}", refused.body);
    assert_eq!(ada.call(&door, "DELETE", &one, None).await.status.as_u16(), 200);
    assert_eq!(ada.get(&door, &one).await.status.as_u16(), 404);
}
