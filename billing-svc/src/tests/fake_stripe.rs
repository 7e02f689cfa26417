//! A Stripe that remembers: customers, subscriptions, pages, and answers by idempotency key. It refuses what Stripe would
//! refuse of our requests, and can be away.

use std::{
    collections::{BTreeMap, HashMap},
    sync::{Arc, Mutex},
};

use axum::{
    Json, Router,
    body::Bytes,
    extract::{Path, Query, State},
    http::{HeaderMap, StatusCode},
    response::{IntoResponse, Response},
    routing::{delete, get, post},
};
use kit::shutdown::spawn_owned;
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio_util::task::AbortOnDropHandle;
use url::Url;

#[derive(Default)]
struct Books {
    away: bool,
    customers: BTreeMap<String, String>,
    subscriptions: BTreeMap<String, Value>,
    answers: HashMap<String, Value>,
    asked: Vec<String>,
    made: u64,
}

type Shared = Arc<Mutex<Books>>;
type Form = HashMap<String, String>;

pub(super) struct FakeStripe {
    books: Shared,
    pub(super) base: Url,
    _served: AbortOnDropHandle<()>,
}

impl FakeStripe {
    pub(super) async fn start() -> Self {
        let books = Shared::default();
        let router = Router::new()
            .route("/v1/customers", post(create_customer))
            .route("/v1/customers/{id}", delete(delete_customer))
            .route("/v1/checkout/sessions", post(create_checkout))
            .route("/v1/billing_portal/sessions", post(create_portal))
            .route("/v1/subscriptions", get(list_subscriptions))
            .route(
                "/v1/subscriptions/{id}",
                get(get_subscription)
                    .post(update_subscription)
                    .delete(cancel_subscription),
            )
            .with_state(Arc::clone(&books));
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let base = format!("http://{}", listener.local_addr().expect("an address"));
        let served = spawn_owned(async move {
            axum::serve(listener, router).await.expect("served");
        });

        Self {
            books,
            base: base.parse().expect("a URL"),
            _served: served,
        }
    }

    pub(super) fn set_away(&self, away: bool) {
        self.books.lock().unwrap().away = away;
    }

    pub(super) fn count_customers(&self) -> usize {
        self.books.lock().unwrap().customers.len()
    }

    /// What was asked, without ids: `POST customers`.
    pub(super) fn list_asked(&self) -> Vec<String> {
        self.books.lock().unwrap().asked.clone()
    }

    pub(super) fn find_customer(&self, user: &str) -> Option<String> {
        let books = self.books.lock().unwrap();
        let found = books.customers.iter().find(|(_, of)| of.as_str() == user);
        found.map(|(id, _)| id.clone())
    }

    /// A customer without a checkout, for lives that begin at Stripe.
    pub(super) fn add_customer(&self, user: &str) -> String {
        let mut books = self.books.lock().unwrap();
        books.made += 1;
        let id = format!("cus_{}", books.made);
        books.customers.insert(id.clone(), user.to_owned());
        id
    }

    /// As when somebody deletes it in Stripe's own pages.
    pub(super) fn forget_customer(&self, customer: &str) {
        self.books.lock().unwrap().customers.remove(customer);
    }

    /// As a checkout that was paid leaves it.
    pub(super) fn add_subscription(&self, customer: &str, price: &str, seats: u32) -> String {
        let mut books = self.books.lock().unwrap();
        books.made += 1;
        let id = format!("sub_{}", books.made);
        let subscription = json!({
            "id": id, "object": "subscription", "customer": customer, "status": "active",
            "cancel_at_period_end": false, "created": 1_767_000_000 + books.made,
            "items": { "object": "list", "data": [{
                "id": format!("si_{}", books.made), "quantity": seats,
                "current_period_end": 1_769_900_000, "price": { "id": price },
            }] },
            "metadata": {},
        });
        books.subscriptions.insert(id.clone(), subscription);
        id
    }

    pub(super) fn set(&self, subscription: &str, key: &str, value: Value) {
        let mut books = self.books.lock().unwrap();
        books.subscriptions.get_mut(subscription).expect("it is there")[key] = value;
    }

    pub(super) fn set_item(&self, subscription: &str, key: &str, value: Value) {
        let mut books = self.books.lock().unwrap();
        let subscription = books.subscriptions.get_mut(subscription).expect("it is there");
        subscription["items"]["data"][0][key] = value;
    }

    pub(super) fn find(&self, subscription: &str) -> Option<Value> {
        self.books
            .lock()
            .unwrap()
            .subscriptions
            .get(subscription)
            .cloned()
    }
}

fn refuse(status: StatusCode, code: &str) -> Response {
    let body = json!({ "error": { "type": "invalid_request_error", "code": code, "message": "…" } });
    (status, Json(body)).into_response()
}

/// Refuses who has no key, who names no version, and everybody while it is away.
fn open<'a>(
    books: &'a Shared,
    headers: &HeaderMap,
    asked: &str,
) -> Result<std::sync::MutexGuard<'a, Books>, Box<Response>> {
    let mut books = books.lock().unwrap();
    books.asked.push(asked.to_owned());
    if books.away {
        return Err(Box::new(refuse(StatusCode::SERVICE_UNAVAILABLE, "api_error")));
    }
    let key = headers.get("authorization").and_then(|value| value.to_str().ok());
    if !key.is_some_and(|key| key.starts_with("Bearer sk_test_")) || !headers.contains_key("stripe-version") {
        return Err(Box::new(refuse(StatusCode::UNAUTHORIZED, "unauthorized")));
    }
    Ok(books)
}

/// The answer that this key was given before, or what `make` makes.
fn once(books: &mut Books, headers: &HeaderMap, make: impl FnOnce(&mut Books) -> Value) -> Response {
    let key = headers
        .get("idempotency-key")
        .and_then(|value| value.to_str().ok());
    let Some(key) = key.map(str::to_owned) else {
        return refuse(StatusCode::BAD_REQUEST, "no_idempotency_key");
    };
    if let Some(answer) = books.answers.get(&key) {
        return Json(answer.clone()).into_response();
    }
    let answer = make(books);
    books.answers.insert(key, answer.clone());
    Json(answer).into_response()
}

fn parse(body: &Bytes) -> Form {
    url::form_urlencoded::parse(body).into_owned().collect()
}

async fn create_customer(State(books): State<Shared>, headers: HeaderMap, body: Bytes) -> Response {
    let mut books = match open(&books, &headers, "POST customers") {
        Ok(books) => books,
        Err(refused) => return *refused,
    };
    let user = parse(&body).remove("metadata[user_id]").expect("whose it is");
    once(&mut books, &headers, |books| {
        books.made += 1;
        let id = format!("cus_{}", books.made);
        books.customers.insert(id.clone(), user);
        json!({ "id": id, "object": "customer" })
    })
}

async fn delete_customer(
    State(books): State<Shared>,
    headers: HeaderMap,
    Path(id): Path<String>,
) -> Response {
    let mut books = match open(&books, &headers, "DELETE customers") {
        Ok(books) => books,
        Err(refused) => return *refused,
    };
    if books.customers.remove(&id).is_none() {
        return refuse(StatusCode::NOT_FOUND, "resource_missing");
    }
    for subscription in books
        .subscriptions
        .values_mut()
        .filter(|of| of["customer"] == json!(id))
    {
        subscription["status"] = json!("canceled");
    }
    Json(json!({ "id": id, "object": "customer", "deleted": true })).into_response()
}

async fn create_checkout(State(books): State<Shared>, headers: HeaderMap, body: Bytes) -> Response {
    let mut books = match open(&books, &headers, "POST checkout/sessions") {
        Ok(books) => books,
        Err(refused) => return *refused,
    };
    let form = parse(&body);
    let complete = form.get("mode").is_some_and(|mode| mode == "subscription")
        && form
            .get("customer")
            .is_some_and(|id| books.customers.contains_key(id))
        && form.contains_key("line_items[0][price]")
        && form
            .get("success_url")
            .is_some_and(|place| Url::parse(place).is_ok());
    if !complete {
        return refuse(StatusCode::BAD_REQUEST, "parameter_missing");
    }
    once(&mut books, &headers, |books| {
        books.made += 1;
        let id = format!("cs_test_{}", books.made);
        json!({ "id": id, "object": "checkout.session", "url": format!("https://checkout.stripe.test/{id}") })
    })
}

async fn create_portal(State(books): State<Shared>, headers: HeaderMap, body: Bytes) -> Response {
    let mut books = match open(&books, &headers, "POST billing_portal/sessions") {
        Ok(books) => books,
        Err(refused) => return *refused,
    };
    let form = parse(&body);
    if !form
        .get("customer")
        .is_some_and(|id| books.customers.contains_key(id))
    {
        return refuse(StatusCode::BAD_REQUEST, "resource_missing");
    }
    once(
        &mut books,
        &headers,
        |_| json!({ "id": "bps_1", "object": "billing_portal.session", "url": "https://billing.stripe.test/p" }),
    )
}

async fn list_subscriptions(
    State(books): State<Shared>,
    headers: HeaderMap,
    Query(query): Query<Form>,
) -> Response {
    let books = match open(&books, &headers, "GET subscriptions") {
        Ok(books) => books,
        Err(refused) => return *refused,
    };
    let customer = query.get("customer").cloned().unwrap_or_default();
    if !books.customers.contains_key(&customer) {
        return refuse(StatusCode::NOT_FOUND, "resource_missing");
    }
    assert_eq!(
        query.get("status").map(String::as_str),
        Some("all"),
        "ended ones too"
    );
    let of_customer = books
        .subscriptions
        .values()
        .filter(|of| of["customer"] == json!(customer));
    let mut data: Vec<_> = of_customer.cloned().collect();
    data.sort_by_key(|of| std::cmp::Reverse(of["created"].as_i64()));
    let after = query.get("starting_after");
    let from = after.and_then(|after| data.iter().position(|of| of["id"] == json!(after)));
    let rest = data.split_off(from.map_or(0, |at| at + 1));
    let has_more = rest.len() > 100;
    Json(json!({ "object": "list", "data": rest.into_iter().take(100).collect::<Vec<_>>(), "has_more": has_more }))
        .into_response()
}

async fn get_subscription(
    State(books): State<Shared>,
    headers: HeaderMap,
    Path(id): Path<String>,
) -> Response {
    let books = match open(&books, &headers, "GET subscriptions/") {
        Ok(books) => books,
        Err(refused) => return *refused,
    };
    match books.subscriptions.get(&id) {
        Some(found) => Json(found.clone()).into_response(),
        None => refuse(StatusCode::NOT_FOUND, "resource_missing"),
    }
}

async fn update_subscription(
    State(books): State<Shared>,
    headers: HeaderMap,
    Path(id): Path<String>,
    body: Bytes,
) -> Response {
    let mut books = match open(&books, &headers, "POST subscriptions/") {
        Ok(books) => books,
        Err(refused) => return *refused,
    };
    let form = parse(&body);
    if !books.subscriptions.contains_key(&id) {
        return refuse(StatusCode::NOT_FOUND, "resource_missing");
    }
    once(&mut books, &headers, |books| {
        let subscription = books.subscriptions.get_mut(&id).expect("it is there");
        if let Some(ends) = form.get("cancel_at_period_end") {
            subscription["cancel_at_period_end"] = json!(ends == "true");
        }
        if let Some(seats) = form.get("items[0][quantity]") {
            let item = &mut subscription["items"]["data"][0];
            assert_eq!(form.get("items[0][id]").map(String::as_str), item["id"].as_str());
            assert_eq!(
                form.get("proration_behavior").map(String::as_str),
                Some("create_prorations")
            );
            item["quantity"] = json!(seats.parse::<u32>().expect("a number"));
        }
        subscription.clone()
    })
}

async fn cancel_subscription(
    State(books): State<Shared>,
    headers: HeaderMap,
    Path(id): Path<String>,
) -> Response {
    let mut books = match open(&books, &headers, "DELETE subscriptions/") {
        Ok(books) => books,
        Err(refused) => return *refused,
    };
    let lasting = books
        .subscriptions
        .get(&id)
        .is_some_and(|of| of["status"] != json!("canceled"));
    if !lasting {
        return refuse(StatusCode::NOT_FOUND, "resource_missing");
    }
    once(&mut books, &headers, |books| {
        let subscription = books.subscriptions.get_mut(&id).expect("it is there");
        subscription["status"] = json!("canceled");
        subscription.clone()
    })
}
