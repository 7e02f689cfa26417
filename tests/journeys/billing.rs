//! A tier bought through the public door and felt at all of them, until it ends. Stripe is played at its HTTP boundary, and what it
//! sends is signed as it signs.

use std::time::{Duration, SystemTime};

use billing_svc::testing::{FakeStripe, sign};
use chrono::{DateTime, Utc};
use serde_json::{Value, json};

use crate::harness::{
    client::{Answer, Client},
    database::open_sqlite,
    people::{Person, graphql, with},
    saga::{DataFolder, Launch, Saga},
    wait,
};

const SECRET: &str = "whsec_of_this_test";
const PLAN: &str =
    "{ viewer { tier plan { tier sold agents features } subscription { tier status seats } } }";
const DAYS: Duration = Duration::from_secs(86_400);

async fn serve(data: &DataFolder, stripe: &FakeStripe) -> Saga {
    Launch::new(data)
        .set("STRIPE_SECRET_KEY", "sk_test_of_this_test")
        .set("STRIPE_WEBHOOK_SECRET", SECRET)
        .set("SAGA_BILLING__STRIPE_URL", stripe.base.as_str())
        .set("SAGA_BILLING__PRICES__TEAM", "price_team")
        .set("SAGA_BILLING__SWEEP_SECONDS", "1")
        .set("SAGA_GATEWAY__RATE_LIMITS__ENABLED", "true")
        .serve()
        .await
}

/// The status of what is answered to an event. Two secrets are valid while one of them is replaced, and v0 is for nobody.
async fn send(door: &Client, saga: &Saga, body: &str, age: i64) -> u16 {
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
    let seconds = i64::try_from(now.expect("after 1970").as_secs()).expect("a time") - age;
    let signed = |secret: &str| sign(secret, seconds, body.as_bytes());
    let (other, ours) = (signed("whsec_of_before"), signed(SECRET));
    let answer = door
        .http()
        .post(format!("{}/api/v1/billing/webhook", saga.base()))
        .header(
            "stripe-signature",
            format!("t={seconds},v1={other},v1={ours},v0={other}"),
        )
        .body(body.to_owned())
        .send()
        .await;
    answer.expect("an answer").status().as_u16()
}

/// What a door said of the tier: nothing where it let somebody in.
fn read_refusal(answer: &Answer) -> Option<Value> {
    match answer.status.as_u16() {
        200 => None,
        status => Some(json!([
            status,
            answer.body["code"],
            answer.body["feature"],
            answer.body["least_tier"]
        ])),
    }
}

/// Who goes through all doors that go by a tier.
struct Visitor<'a> {
    door: &'a Client,
    saga: &'a Saga,
    person: &'a Person,
}

impl Visitor<'_> {
    async fn chat(&self, headers: &[(&str, &str)]) -> Answer {
        let bearer = format!("Bearer {}", self.person.access);
        let headers = [&[("authorization", bearer.as_str())][..], headers].concat();
        let body = json!({ "message": "show me the trend of my metrics" });
        with(self.door, &headers, "POST", "/api/v1/chat", Some(body)).await
    }

    async fn execute(&self) -> Option<Value> {
        let query = r#"mutation { executeAgent(input: { type: "adiuva.analytics", input: { message: "metrics" } }) { offline } }"#;
        let told = graphql(self.door, Some(&self.person.access), query).await.body;
        let extensions = &told["errors"].get(0)?["extensions"];
        Some(json!([
            extensions["code"],
            extensions["feature"],
            extensions["leastTier"]
        ]))
    }

    /// An upload may be refused before its byte has been read, and the connection goes with the answer: then it is asked again.
    async fn back_up(&self) -> Option<Value> {
        let answer = wait::until("an answer to an upload", || async {
            let request = self
                .door
                .http()
                .put(format!("{}/api/v1/backup", self.saga.base()));
            let request = [
                ("version", "1"),
                ("timestamp", "1700000000"),
                ("checksum", CHECKSUM),
            ]
            .into_iter()
            .fold(request, |request, (name, value)| {
                request.header(format!("x-backup-{name}"), value)
            });
            let sent = request.bearer_auth(&self.person.access).body("x").send();
            sent.await.ok()
        })
        .await;
        let (status, headers) = (answer.status(), answer.headers().clone());
        let body = answer.json().await.expect("JSON");
        read_refusal(&Answer {
            status,
            headers,
            body,
        })
    }

    /// What each door says of the tier.
    async fn try_all(&self) -> Value {
        let (person, door) = (self.person, self.door);
        let chat = self.chat(&[]).await;
        let playbook = person.get(door, "/api/v1/plans/playbook/weekly-report").await;
        let runs =
            json!([{ "assistant_id": "small", "input": {} }, { "assistant_id": "small", "input": {} }]);
        let batch = person.post(door, "/langgraph/runs/batch", runs).await;
        let own_key = self.chat(&[("x-provider-key", "sk-1")]).await;

        json!({
            "chat": read_refusal(&chat),
            "playbook": read_refusal(&playbook),
            "batch": read_refusal(&batch),
            "own key": read_refusal(&own_key),
            "backup": self.back_up().await,
            "graphql": self.execute().await,
        })
    }

    /// As soon as the tier is another one, with so many calls a minute, every door says so.
    async fn feel(&self, tier: &str, a_minute: &str, wanted: Value) {
        wait::until(&format!("the tier {tier} with {a_minute} a minute"), || async {
            let told = graphql(self.door, Some(&self.person.access), PLAN).await.body;
            let is_known = told["data"]["viewer"]["plan"]["tier"] == json!(tier);
            (is_known && self.read_rate().await.as_deref() == Some(a_minute)).then_some(())
        })
        .await;
        assert_eq!(self.try_all().await, wanted);
    }

    /// How often a minute somebody may ask for what makes no model work: ten times as often in development.
    async fn read_rate(&self) -> Option<String> {
        let answer = self.person.get(self.door, "/api/v1/billing/subscription").await;
        let limit = answer.headers.get("ratelimit-limit")?;
        Some(limit.to_str().expect("digits").to_owned())
    }

    async fn read_subscription(&self) -> Value {
        self.person
            .get(self.door, "/api/v1/billing/subscription")
            .await
            .body
    }
}

/// Of the one byte that is kept.
const CHECKSUM: &str = "2d711642b726b04401627ca9fbac32f5c8530fb1903cc4db02258717921a4881";

fn free() -> Value {
    let lacks = |feature: &str| json!([403, "feature_not_available", feature, "pro"]);
    json!({
        "chat": lacks("adiuva.analytics"),
        "playbook": lacks("weekly-report"),
        "batch": lacks("batch"),
        "own key": [403, "feature_not_available", "byok", "power"],
        "backup": lacks("backup"),
        "graphql": ["FEATURE_NOT_AVAILABLE", "adiuva.analytics", "pro"],
    })
}

/// A key of one's own is in Power alone.
fn team() -> Value {
    json!({
        "chat": null, "playbook": null, "batch": null, "backup": null, "graphql": null,
        "own key": [403, "feature_not_available", "byok", "power"],
    })
}

/// As if the subscription had been past due for so long.
async fn let_pass(data: &DataFolder, time: Duration) {
    let pool = open_sqlite(data, "billing").await;
    let since: DateTime<Utc> = (SystemTime::now() - time).into();
    let changed = sqlx::query("UPDATE subscriptions SET past_due_since = ? WHERE status = 'past_due'")
        .bind(since)
        .execute(&pool)
        .await;
    assert_eq!(changed.expect("a row").rows_affected(), 1);
    pool.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_tier_is_bought_felt_at_every_door_and_ends_with_its_grace() {
    let (stripe, data) = (FakeStripe::start().await, DataFolder::new());
    let saga = serve(&data, &stripe).await;
    let door = Client::of(&saga);
    let ada = Person::register(&door, "ada").await;
    let visitor = Visitor {
        door: &door,
        saga: &saga,
        person: &ada,
    };
    let source =
        json!({ "source": { "nodes": { "say": { "type": "transform", "output": "said", "value": "x" } } } });
    let put = ada
        .call(&door, "PUT", "/api/v1/workflow-definitions/small", Some(source))
        .await;
    assert_eq!(put.status, 200, "{}", put.body);
    let told = graphql(&door, Some(&ada.access), PLAN).await.body["data"]["viewer"].clone();
    assert_eq!(
        told["plan"],
        json!({ "tier": "FREE", "sold": true, "agents": 3, "features": [] })
    );
    assert_eq!(told["subscription"], Value::Null);
    visitor.feel("FREE", "600", free()).await;

    let refused = ada
        .post(&door, "/api/v1/billing/checkout", json!({ "tier": "gold" }))
        .await;
    let field = &refused.body["details"]["errors"][0]["field"];
    assert_eq!((refused.status.as_u16(), field), (422, &json!("tier")));
    let order = json!({ "tier": "team", "seats": 3 });
    let page = ada.post(&door, "/api/v1/billing/checkout", order).await.body;
    assert_eq!(visitor.try_all().await, free(), "nothing is paid yet");

    let paid = stripe
        .pay(page["checkout_url"].as_str().expect("a page"))
        .to_string();
    assert_eq!(send(&door, &saga, &paid, 301).await, 400, "too old");
    assert_eq!(send(&door, &saga, "{}", 0).await, 400, "no event");
    assert_eq!(send(&door, &saga, &paid, 0).await, 200);
    assert_eq!(send(&door, &saga, &paid, 0).await, 200, "once more");
    visitor.feel("TEAM", "6000", team()).await;
    assert_eq!(ada.me(&door).await["tier"], json!("team"));

    let more = json!({ "seats": 5 });
    let changed = ada
        .call(&door, "PATCH", "/api/v1/billing/subscription", Some(more))
        .await;
    assert_eq!(changed.body["seats"], json!(5), "{}", changed.body);
    visitor.feel("TEAM", "10000", team()).await;

    let ended = ada
        .call(&door, "DELETE", "/api/v1/billing/subscription", None)
        .await;
    assert_eq!(ended.body, json!({ "ok": true }));
    assert_eq!(
        visitor.read_subscription().await["cancel_at_period_end"],
        json!(true)
    );
    assert_eq!(visitor.try_all().await, team(), "it is paid until its end");

    let customer = stripe.find_customer(&ada.id).expect("a customer");
    let bought = stripe.find_newest(&customer).expect("a subscription");
    stripe.set(&bought, "status", json!("past_due"));
    let failed = stripe.tell_of("invoice.payment_failed", &bought).to_string();
    assert_eq!(send(&door, &saga, &failed, 0).await, 200);
    wait::until("the grace begins", || async {
        let told = visitor.read_subscription().await;
        (told["status"] == json!("past_due") && told["grace_until"].is_string()).then_some(())
    })
    .await;
    assert_eq!(visitor.try_all().await, team(), "for seven days");

    let_pass(&data, 7 * DAYS).await;
    visitor.feel("FREE", "600", free()).await;
    assert_eq!(visitor.read_subscription().await["status"], json!("past_due"));
    let kept = ada.get(&door, "/api/v1/backup/history").await.body;
    assert!(
        kept.as_array().is_some_and(|kept| !kept.is_empty()),
        "what was kept is still read: {kept}"
    );

    stripe.set(&bought, "status", json!("canceled"));
    let deleted = stripe
        .tell_of("customer.subscription.deleted", &bought)
        .to_string();
    assert_eq!(send(&door, &saga, &deleted, 0).await, 200);
    wait::until("there is none any more", || async {
        visitor.read_subscription().await.is_null().then_some(())
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn where_nothing_is_sold_every_door_says_so_and_nobody_is_capped() {
    let saga = Launch::new(&DataFolder::new()).serve().await;
    let door = Client::of(&saga);
    let ada = Person::register(&door, "ada").await;

    let none = ada.get(&door, "/api/v1/billing/subscription").await;
    assert_eq!((none.status.as_u16(), none.body), (200, Value::Null));
    for (method, path, body) in [
        ("POST", "checkout", Some(json!({ "tier": "pro" }))),
        ("POST", "portal", None),
        ("PATCH", "subscription", Some(json!({ "seats": 2 }))),
        ("DELETE", "subscription", None),
    ] {
        let refused = ada
            .call(&door, method, &format!("/api/v1/billing/{path}"), body)
            .await;
        assert_eq!(refused.status.as_u16(), 501, "{method} {path}: {}", refused.body);
        assert_eq!(refused.body["details"]["reason"], json!("BILLING_OFF"));
    }
    assert_eq!(send(&door, &saga, "{}", 0).await, 501);

    let told = graphql(&door, Some(&ada.access), PLAN).await.body["data"]["viewer"].clone();
    let features = json!(["analytics", "backup", "batch", "byok", "sso"]);
    assert_eq!(
        told["plan"],
        json!({ "tier": "FREE", "sold": false, "agents": null, "features": features })
    );
}
