//! The answers of the fake: what Stripe would refuse of our requests it refuses.

use std::{collections::HashMap, sync::MutexGuard};

use axum::{
    Json, Router,
    body::{Body, Bytes, to_bytes},
    extract::{MatchedPath, Path, Query, Request, State},
    http::{HeaderMap, StatusCode},
    middleware::{Next, from_fn_with_state},
    response::{IntoResponse, Response},
    routing::{delete, get, post},
};
use serde_json::{Value, json};
use url::Url;

use super::{Books, GivenAnswer, Order, Shared, THERE, UNHARMED, objects};

/// More than any answer here has.
const LONGEST_ANSWER: usize = 1 << 20;

/// Answers that are kept: the first ones.
const MOST_KEPT: usize = 1_000;

type FormFields = HashMap<String, String>;

/// Everything that this service asks Stripe for.
pub(super) fn open_routes(books: Shared) -> Router {
    Router::new()
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
        .layer(from_fn_with_state(books.clone(), keep_answer))
        .with_state(books)
}

fn refuse(status: StatusCode, code: &str) -> Response {
    (status, Json(objects::write_error(code))).into_response()
}

/// Keeps what is answered, for whoever compares it with Stripe's own description.
async fn keep_answer(
    State(books): State<Shared>,
    path: MatchedPath,
    request: Request,
    next: Next,
) -> Response {
    let method = request.method().as_str().to_lowercase();
    let (parts, body) = next.run(request).await.into_parts();
    let body = to_bytes(body, LONGEST_ANSWER).await.expect("a short answer");
    let given = &mut books.lock().expect(UNHARMED).given;
    if given.len() < MOST_KEPT {
        given.push(GivenAnswer {
            method,
            path: path.as_str().to_owned(),
            status: parts.status.as_u16(),
            body: serde_json::from_slice(&body).unwrap_or_default(),
        });
    }

    Response::from_parts(parts, Body::from(body))
}

/// Refuses who has no key, who names no version, and everybody while it is away.
fn open<'a>(
    books: &'a Shared,
    headers: &HeaderMap,
    asked: &str,
) -> Result<MutexGuard<'a, Books>, Box<Response>> {
    let mut books = books.lock().expect(UNHARMED);
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

fn parse(body: &Bytes) -> FormFields {
    url::form_urlencoded::parse(body).into_owned().collect()
}

async fn create_customer(State(books): State<Shared>, headers: HeaderMap, body: Bytes) -> Response {
    let mut books = match open(&books, &headers, "POST customers") {
        Ok(books) => books,
        Err(refused) => return *refused,
    };
    let user = parse(&body).remove("metadata[user_id]").expect("whose it is");
    once(&mut books, &headers, |books| {
        let id = format!("cus_{}", books.count());
        let made = objects::write_customer(&id, &user);
        books.customers.insert(id, user);
        made
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
    Json(objects::write_deleted_customer(&id)).into_response()
}

async fn create_checkout(State(books): State<Shared>, headers: HeaderMap, body: Bytes) -> Response {
    let mut books = match open(&books, &headers, "POST checkout/sessions") {
        Ok(books) => books,
        Err(refused) => return *refused,
    };
    let mut form = parse(&body);
    let complete = form.get("mode").is_some_and(|mode| mode == "subscription")
        && form
            .get("success_url")
            .is_some_and(|place| Url::parse(place).is_ok());
    let customer = form
        .remove("customer")
        .filter(|id| books.customers.contains_key(id));
    let price = form.remove("line_items[0][price]");
    let (true, Some(customer), Some(price)) = (complete, customer, price) else {
        return refuse(StatusCode::BAD_REQUEST, "parameter_missing");
    };
    let seats = form
        .get("line_items[0][quantity]")
        .and_then(|seats| seats.parse().ok())
        .unwrap_or(1);
    let user = form.remove("client_reference_id").unwrap_or_default();
    let noted = |(key, value): (String, String)| {
        let key = key
            .strip_prefix("subscription_data[metadata][")?
            .strip_suffix(']')?;
        Some((key.to_owned(), value))
    };
    let metadata = form.into_iter().filter_map(noted).collect();

    once(&mut books, &headers, |books| {
        let id = format!("cs_test_{}", books.count());
        let session = objects::write_checkout(&id, &customer, &user);
        let order = Order {
            session: session.clone(),
            price,
            seats,
            metadata,
        };
        books.orders.insert(id, order);
        session
    })
}

async fn create_portal(State(books): State<Shared>, headers: HeaderMap, body: Bytes) -> Response {
    let mut books = match open(&books, &headers, "POST billing_portal/sessions") {
        Ok(books) => books,
        Err(refused) => return *refused,
    };
    let customer = parse(&body).remove("customer");
    let Some(customer) = customer.filter(|id| books.customers.contains_key(id)) else {
        return refuse(StatusCode::BAD_REQUEST, "resource_missing");
    };
    once(&mut books, &headers, |books| {
        objects::write_portal(&format!("bps_{}", books.count()), &customer)
    })
}

async fn list_subscriptions(
    State(books): State<Shared>,
    headers: HeaderMap,
    Query(query): Query<FormFields>,
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
        .filter(|of| of["customer"].as_str() == Some(&customer));
    let mut data: Vec<_> = of_customer.cloned().collect();
    data.sort_by_key(|of| std::cmp::Reverse(of["created"].as_i64()));
    let after = query.get("starting_after");
    let from = after.and_then(|after| data.iter().position(|of| of["id"] == json!(after)));
    let rest = data.split_off(from.map_or(0, |at| at + 1));
    let has_more = rest.len() > 100;
    Json(objects::write_list(
        rest.into_iter().take(100).collect(),
        has_more,
    ))
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
        let subscription = books.subscriptions.get_mut(&id).expect(THERE);
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
        let subscription = books.subscriptions.get_mut(&id).expect(THERE);
        subscription["status"] = json!("canceled");
        subscription.clone()
    })
}
