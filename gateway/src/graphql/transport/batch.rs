//! Several requests in one body: answered in one array, in their order, within what one body may cost and have in bytes. A
//! batch can not hold a subscription.

use async_graphql::parser::types::OperationType;
use axum::response::Response;
use futures::{StreamExt, stream::FuturesOrdered};
use gql::{
    Incoming, Prepared, Refused,
    transport::{Answer, BadRequest, write_batch},
};
use http::{HeaderMap, StatusCode};
use tokio::time::Instant;

use super::{
    http::{HttpExchange, append_headers, deadline, execute, price_of, refuse_media_type, respond},
    refusal::answer_failure,
};
use crate::{error::ApiError, operation::Price};

/// One request of a batch, before it runs.
enum BatchItem {
    Ready(Prepared),
    Answered(Answer),
}

/// Answers a batch with 200, whatever became of its requests: each has its own errors.
pub(super) async fn answer(exchange: HttpExchange, batch: Vec<Incoming>) -> Result<Response, ApiError> {
    let media = exchange.accept.single().ok_or_else(refuse_media_type)?;

    let mut budget = exchange.app.graphql.budget();
    let mut changes = false;
    let mut items = Vec::with_capacity(batch.len());
    for (place, incoming) in batch.into_iter().enumerate() {
        let prepared = exchange
            .app
            .graphql
            .prepare_within(&mut budget, incoming, &exchange.asker);
        // The first was counted as a poll at the door.
        let price = price_of(&prepared);
        if place > 0 || price != Price::POLL {
            exchange.count(price).await?;
        }

        let item = read_item(&exchange, prepared);
        changes |= is_mutation(&item);
        items.push(item);
    }

    let mut answers = run(&exchange, items, changes).await;
    let mut headers = HeaderMap::new();
    for answer in &mut answers {
        append_headers(&mut headers, answer.take_headers());
    }

    let most = exchange.app.config.graphql.limits.answer_bytes;
    let json = write_batch(&answers, most, exchange.request_id().as_str()).await;
    let mut response = respond(json, media, StatusCode::OK);
    append_headers(response.headers_mut(), headers);

    Ok(response)
}

fn read_item(exchange: &HttpExchange, prepared: Result<Prepared, Refused>) -> BatchItem {
    let id = exchange.request_id();
    match prepared {
        Ok(prepared) if prepared.operation == OperationType::Subscription => {
            let error = BadRequest::new("A batch can not hold a subscription.").into();
            BatchItem::Answered(answer_failure(&error, id))
        }
        Ok(prepared) => BatchItem::Ready(prepared),
        Err(refused) => BatchItem::Answered(Answer::from_refusal(refused)),
    }
}

fn is_mutation(item: &BatchItem) -> bool {
    matches!(item, BatchItem::Ready(prepared) if prepared.operation == OperationType::Mutation)
}

/// Queries run at the same time; as soon as something changes, one after the other.
async fn run(exchange: &HttpExchange, items: Vec<BatchItem>, changes: bool) -> Vec<Answer> {
    let deadline = deadline(&exchange.app);
    let work = items.into_iter().map(|item| finish(exchange, item, deadline));
    if !changes {
        return work.collect::<FuturesOrdered<_>>().collect().await;
    }

    let mut answers = Vec::new();
    for item in work {
        answers.push(item.await);
    }

    answers
}

async fn finish(exchange: &HttpExchange, item: BatchItem, deadline: Instant) -> Answer {
    let id = exchange.request_id();
    match item {
        BatchItem::Answered(answer) => answer,
        BatchItem::Ready(prepared) => match execute(&exchange.app.graphql, prepared, deadline).await {
            Ok(response) => Answer::new(response),
            Err(error) => answer_failure(&error, id),
        },
    }
}
