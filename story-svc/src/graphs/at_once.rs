//! Several pieces of work at the same time, bounded, with the results in the order of the pieces.

use std::future::Future;

use flow::{NodeError, NodeErrorKind};
use futures::StreamExt;
use futures::stream::FuturesUnordered;

/// Runs `work` on every item, at most `limit` at once.
///
/// When a piece fails with something that may pass, no new piece is begun but those under way may finish: they are paid
/// for, and their results are journalled. Any other failure drops them.
pub(super) async fn at_once<I, T, Fut>(
    items: impl IntoIterator<Item = I>,
    limit: usize,
    work: impl Fn(I) -> Fut,
) -> Result<Vec<T>, NodeError>
where
    Fut: Future<Output = Result<T, NodeError>>,
{
    let mut waiting = items.into_iter().enumerate();
    let mut running = FuturesUnordered::new();
    let mut done = Vec::new();
    let mut failure: Option<NodeError> = None;

    loop {
        while failure.is_none() && running.len() < limit.max(1) {
            let Some((index, item)) = waiting.next() else {
                break;
            };
            let piece = work(item);
            running.push(async move { (index, piece.await) });
        }

        match running.next().await {
            None => break,
            Some((index, Ok(result))) => done.push((index, result)),
            Some((_, Err(error))) if matches!(error.kind(), NodeErrorKind::Retryable { .. }) => {
                failure.get_or_insert(error);
            }
            Some((_, Err(error))) => return Err(error),
        }
    }

    if let Some(error) = failure {
        return Err(error);
    }

    done.sort_by_key(|(index, _)| *index);

    Ok(done.into_iter().map(|(_, result)| result).collect())
}

#[cfg(test)]
mod tests;
