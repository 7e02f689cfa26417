//! Keeps the connection: hands on what comes for this process, and makes another connection when this one breaks.

use std::sync::Arc;

use futures::StreamExt;
use lapin::message::Delivery;
use tokio::sync::mpsc;

use super::{Shared, backoff, link::Link};

/// A connection, and what comes over it for this process.
type Connected = (Arc<Link>, lapin::Consumer);

/// Never ends. `left` names topics that have lost their last subscriber.
pub(super) async fn keep(shared: Arc<Shared>, first: Connected, mut left: mpsc::UnboundedReceiver<String>) {
    let place = shared.address.place.clone();
    let mut connected = first;

    loop {
        let reason = serve(&shared, connected, &mut left).await;
        tracing::warn!(%place, reason, "the connection to RabbitMQ broke; making another one");
        shared.set_link(Err(reason));

        connected = reconnect(&shared).await;
        tracing::info!(%place, "connected to RabbitMQ again");
        metrics::counter!("saga_bus_reconnections_total").increment(1);
        shared.set_link(Ok(Arc::clone(&connected.0)));
        bind_all(&shared, &connected.0).await;
    }
}

/// Until the connection breaks; says why.
async fn serve(
    shared: &Shared,
    (link, mut news): Connected,
    left: &mut mpsc::UnboundedReceiver<String>,
) -> String {
    loop {
        tokio::select! {
            next = news.next() => match next {
                Some(Ok(event)) => hand_on(shared, event),
                Some(Err(error)) => return error.to_string(),
                None => return "it was closed".to_owned(),
            },
            reason = link.broken() => return reason,
            Some(topic) = left.recv() => release(shared, &link, &topic).await,
        }
    }
}

fn hand_on(shared: &Shared, event: Delivery) {
    shared
        .topics
        .deliver(event.routing_key.as_str(), event.data.into());
}

async fn release(shared: &Shared, link: &Link, topic: &str) {
    let _binding = shared.binding.lock().await;
    if !shared.topics.has(topic) {
        // When it fails the connection is broken, and its bindings with it.
        let _ = link.unbind(topic).await;
    }
}

async fn reconnect(shared: &Shared) -> Connected {
    let mut waits = backoff();
    loop {
        tokio::time::sleep(waits.next().unwrap_or_default()).await;

        match Link::open(&shared.address).await {
            Ok((link, news)) => return (Arc::new(link), news),
            Err(error) => {
                tracing::debug!(%error, "RabbitMQ is still away");
                shared.set_link(Err(error.to_string()));
            }
        }
    }
}

/// What was published meanwhile is lost, so everybody is told.
async fn bind_all(shared: &Shared, link: &Link) {
    let _binding = shared.binding.lock().await;
    for topic in shared.topics.names() {
        if link.bind(&topic).await.is_err() {
            return;
        }
    }

    shared.topics.tell_lagged();
}
