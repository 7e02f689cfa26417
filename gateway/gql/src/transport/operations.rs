//! The operations that one socket has open: their results as one stream, and each of them cancelled by its id. Polled
//! only when the socket takes more, so what waits is never held here.

use std::{
    collections::HashMap,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll, ready},
};

use async_graphql::Response;
use futures::{
    Stream, StreamExt,
    stream::{AbortHandle, Abortable, BoxStream, SelectAll},
};

use super::answer::Answer;

/// What happened to an operation.
pub enum OperationEvent {
    Next(Answer),
    /// The request was not valid, or nothing could be subscribed to: its errors are all there is to say.
    Failed(Answer),
    Complete,
}

pub struct OpenOperations {
    running: SelectAll<Abortable<OpenOperation>>,
    by_id: HashMap<Arc<str>, AbortHandle>,
}

impl OpenOperations {
    pub fn new() -> Self {
        Self {
            running: SelectAll::new(),
            by_id: HashMap::new(),
        }
    }

    pub fn len(&self) -> usize {
        self.by_id.len()
    }

    pub fn contains(&self, id: &str) -> bool {
        self.by_id.contains_key(id)
    }

    /// Starts an operation under an id that is free. `many`: it is a subscription.
    pub fn start(&mut self, id: String, many: bool, results: BoxStream<'static, Response>) {
        let id: Arc<str> = id.into();
        let (handle, registration) = AbortHandle::new_pair();
        let operation = OpenOperation {
            id: Arc::clone(&id),
            results: Some(results),
            first: true,
            many,
        };

        self.running.push(Abortable::new(operation, registration));
        self.by_id.insert(id, handle);
    }

    /// Ends an operation: nothing more is told of it, and what it asked for is cancelled as soon as this is polled.
    pub fn cancel(&mut self, id: &str) {
        if let Some(handle) = self.by_id.remove(id) {
            handle.abort();
        }
    }

    /// The next event of any operation; never, while none is open. Dropping the future loses nothing.
    pub async fn next(&mut self) -> (Arc<str>, OperationEvent) {
        let Some((id, event)) = self.running.next().await else {
            return std::future::pending().await;
        };

        if !matches!(event, OperationEvent::Next(_)) {
            self.by_id.remove(&id);
        }
        (id, event)
    }

    /// The next event, if there is one right now.
    pub fn ready(&mut self) -> Option<(Arc<str>, OperationEvent)> {
        futures::FutureExt::now_or_never(self.next())
    }
}

/// One operation; kept small, as a process may hold tens of thousands that wait.
struct OpenOperation {
    id: Arc<str>,
    /// `None` once it has ended.
    results: Option<BoxStream<'static, Response>>,
    first: bool,
    many: bool,
}

impl Stream for OpenOperation {
    type Item = (Arc<str>, OperationEvent);

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let Some(results) = &mut self.results else {
            return Poll::Ready(None);
        };
        let happened = match ready!(results.poll_next_unpin(context)) {
            Some(response) if self.first => {
                let answer = if self.many {
                    Answer::first(response)
                } else {
                    Answer::new(response)
                };
                if answer.is_request_error() {
                    OperationEvent::Failed(answer)
                } else {
                    OperationEvent::Next(answer)
                }
            }
            Some(response) => OperationEvent::Next(Answer::new(response)),
            None => OperationEvent::Complete,
        };

        self.first = false;
        if !matches!(happened, OperationEvent::Next(_)) {
            self.results = None;
        }

        Poll::Ready(Some((Arc::clone(&self.id), happened)))
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicBool, Ordering};

    use async_graphql::{PathSegment, ServerError, Value};
    use futures::stream;

    use super::*;

    fn result(number: i32) -> Response {
        Response::new(Value::from(number))
    }

    fn failure(path: &[&str]) -> Response {
        let path = path.iter().map(|name| PathSegment::Field((*name).to_owned()));
        Response::from_errors(vec![ServerError::new("No.", None).with_path(path.collect())])
    }

    fn told((id, event): (Arc<str>, OperationEvent)) -> String {
        let what = match event {
            OperationEvent::Next(answer) => format!("next {}", String::from_utf8(answer.to_json()).unwrap()),
            OperationEvent::Failed(answer) => format!("error {}", answer.errors().len()),
            OperationEvent::Complete => "complete".to_owned(),
        };
        format!("{id} {what}")
    }

    #[tokio::test]
    async fn results_come_in_order_and_then_the_end_which_frees_the_id() {
        let mut operations = OpenOperations::new();
        for _ in 0..2 {
            operations.start("a".into(), true, stream::iter([result(1), result(2)]).boxed());
            assert!(operations.contains("a"));
            for expected in [r#"a next {"data":1}"#, r#"a next {"data":2}"#, "a complete"] {
                assert_eq!(told(operations.next().await), expected);
            }
            assert_eq!(operations.len(), 0);
        }
    }

    #[tokio::test]
    async fn a_subscription_that_can_not_begin_is_an_error_and_nothing_more() {
        let mut operations = OpenOperations::new();
        let results = [failure(&["field"]), result(1)];
        operations.start("a".into(), true, stream::iter(results).boxed());
        assert_eq!(told(operations.next().await), "a error 1");
        assert!(operations.ready().is_none() && operations.len() == 0);
    }

    #[tokio::test]
    async fn an_error_after_a_result_or_of_a_querys_field_is_a_result() {
        let mut operations = OpenOperations::new();
        operations.start(
            "a".into(),
            true,
            stream::iter([result(1), failure(&["field"])]).boxed(),
        );

        assert_eq!(told(operations.next().await), r#"a next {"data":1}"#);
        assert!(told(operations.next().await).starts_with("a next {\"errors\":"));
        assert_eq!(told(operations.next().await), "a complete");

        operations.start("b".into(), false, stream::iter([failure(&["field"])]).boxed());
        assert!(told(operations.next().await).starts_with("b next {\"errors\":"));
        assert_eq!(told(operations.next().await), "b complete");

        operations.start("c".into(), false, stream::iter([failure(&[])]).boxed());
        assert_eq!(told(operations.next().await), "c error 1");
    }

    #[tokio::test]
    async fn a_cancelled_operation_says_nothing_more_and_is_dropped_at_once() {
        struct Noticed(Arc<AtomicBool>);

        impl Drop for Noticed {
            fn drop(&mut self) {
                self.0.store(true, Ordering::SeqCst);
            }
        }

        let dropped = Arc::new(AtomicBool::new(false));
        let noticed = Noticed(Arc::clone(&dropped));
        let endless = stream::pending::<Response>().map(move |response| {
            let _ = &noticed;
            response
        });
        let mut operations = OpenOperations::new();
        operations.start("a".into(), true, endless.boxed());

        assert!(operations.ready().is_none());

        operations.cancel("a");
        // The id is free, also before the old one is gone.
        operations.start("a".into(), true, stream::iter([result(2)]).boxed());

        assert_eq!(told(operations.next().await), r#"a next {"data":2}"#);
        assert!(dropped.load(Ordering::SeqCst));

        operations.cancel("unknown");
    }
}
