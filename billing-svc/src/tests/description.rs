//! The answers of our own fake before Stripe's description of its API: whoever believes the fake believes no more than Stripe says.
//! Runs where `SAGA_TEST_STRIPE_OPENAPI` names the file, which comes with stripe-mock.

use secrecy::SecretString;
use serde_json::{Map, Value, json};

use crate::stripe::{
    CheckoutOrder, Stripe, StripeFailure,
    testing::{FakeStripe, GivenAnswer},
};

const USER: &str = "00000000-0000-0000-0000-000000000001";

/// Everything that this service asks for, once, and what is refused.
async fn use_all(fake: &FakeStripe) -> Result<Vec<Value>, StripeFailure> {
    let stripe = Stripe::open(fake.base.clone(), SecretString::from("sk_test_saga")).expect("a client");
    let customer = stripe.create_customer(USER).await?.id;
    let order = CheckoutOrder {
        customer: &customer,
        price: "price_team",
        seats: 3,
        user_id: USER,
        tier: "team",
        return_url: "https://saga.example/",
    };
    let page = stripe
        .create_checkout(&order, "key-1")
        .await?
        .url
        .expect("a page");
    stripe
        .create_portal(&customer, "https://saga.example/", "key-2")
        .await?;

    let mut events = vec![fake.pay(&page)];
    let listed = stripe.list_subscriptions(&customer).await?;
    let bought = stripe.find_subscription(&listed[0].id).await?;
    assert_eq!((bought.seats(), bought.noted_tier()), (3, Some("team")));
    stripe
        .change_seats((&bought.id, bought.item_id()), 4, "key-3")
        .await?;
    events.push(fake.tell_of("customer.subscription.updated", &bought.id));
    stripe.cancel_at_period_end(&bought.id, "key-4").await?;
    stripe.cancel_now(&bought.id, "key-5").await?;
    events.push(fake.tell_of("customer.subscription.deleted", &bought.id));
    stripe.delete_customer(&customer).await?;

    let missing = stripe.find_subscription("sub_none").await;
    assert!(matches!(missing, Err(StripeFailure::Missing)), "{missing:?}");
    fake.set_away(true);
    let away = stripe.list_subscriptions(&customer).await;
    assert!(matches!(away, Err(StripeFailure::Busy(503))), "{away:?}");

    Ok(events)
}

/// OpenAPI 3.0 as JSON Schema: what may be null says so, and no object has a field that it does not describe.
fn translate(schema: &mut Value) {
    match schema {
        Value::Object(fields) => {
            fields.values_mut().for_each(translate);
            if fields.remove("nullable") == Some(Value::Bool(true)) {
                let own = Value::Object(std::mem::take(fields));
                fields.insert("anyOf".to_owned(), json!([own, { "type": "null" }]));
            } else if fields.contains_key("properties") && fields.get("type") == Some(&json!("object")) {
                fields.entry("additionalProperties").or_insert(json!(false));
            }
        }
        Value::Array(items) => items.iter_mut().for_each(translate),
        _ => {}
    }
}

/// The schema of an answer, by the place that was asked.
fn find_schema<'a>(paths: &'a Map<String, Value>, given: &GivenAnswer) -> &'a Value {
    let parts = |path: &str| path.split('/').map(str::to_owned).collect::<Vec<_>>();
    let asked = parts(&given.path);
    let is_same = |path: &String| {
        let known = parts(path);
        let mut pairs = known.iter().zip(&asked);
        known.len() == asked.len()
            && pairs
                .all(|(known, asked)| known == asked || (known.starts_with('{') && asked.starts_with('{')))
    };
    let found = paths.iter().find(|(path, _)| is_same(path));
    let (_, found) = found.unwrap_or_else(|| panic!("Stripe knows no {}", given.path));

    let responses = &found[given.method.as_str()]["responses"];
    let status = given.status.to_string();
    let response = responses.get(&status).unwrap_or(&responses["default"]);
    &response["content"]["application/json"]["schema"]
}

#[tokio::test]
async fn every_answer_of_our_fake_fits_stripes_own_description() {
    let fake = FakeStripe::start().await;
    let events = use_all(&fake).await.expect("it answers");
    let Ok(file) = std::env::var("SAGA_TEST_STRIPE_OPENAPI") else {
        return;
    };
    let text = std::fs::read_to_string(file).expect("Stripe's description");
    let mut described: Value = serde_json::from_str(&text).expect("JSON");
    translate(&mut described["components"]["schemas"]);

    let given = fake.list_given();
    assert_eq!(given.len(), 11, "{given:?}");
    let paths = described["paths"].as_object().expect("paths").clone();
    let (mut properties, mut instance) = (Map::new(), Map::new());
    for (at, given) in given.iter().enumerate() {
        let name = format!("{at} {} {} {}", given.method, given.path, given.status);
        let mut schema = find_schema(&paths, given).clone();
        translate(&mut schema);
        properties.insert(name.clone(), schema);
        instance.insert(name, given.body.clone());
    }
    for (at, event) in events.into_iter().enumerate() {
        let name = format!("event {at}");
        properties.insert(name.clone(), json!({ "$ref": "#/components/schemas/event" }));
        instance.insert(name, event);
    }

    let root = json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema", "components": described["components"],
        "type": "object", "properties": properties,
    });
    let validator = jsonschema::validator_for(&root).expect("a schema");
    let faults: Vec<_> = validator
        .iter_errors(&Value::Object(instance))
        .map(|fault| format!("{}: {fault}", fault.instance_path()))
        .collect();
    assert!(faults.is_empty(), "{faults:#?}");
}
