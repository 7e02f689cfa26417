//! The suite of buses on a real server, and what this engine adds.

mod faults;

use std::time::Duration;

use lapin::{
    Connection, ConnectionProperties,
    options::{QueueDeclareOptions, QueueDeleteOptions},
    types::FieldTable,
};
use secrecy::SecretString;

use super::{
    super::{
        Bus, BusConfig, Delivery,
        conformance::{self, PATIENCE, enqueue, name, next, take_until},
    },
    *,
};
use crate::servers::RABBITMQ;

async fn open(url: &str) -> Result<Bus, BusError> {
    let config = BusConfig {
        url: SecretString::from(url),
        capacity: 64,
    };
    Bus::open(&config).await
}

/// A channel beside the engine's, for what only tests do.
async fn channel(url: &str) -> (Connection, lapin::Channel) {
    let connection = Connection::connect(url, ConnectionProperties::default()).await;
    let connection = connection.expect("RabbitMQ answers");
    let channel = connection.create_channel().await.expect("a channel");
    (connection, channel)
}

async fn delete(url: &str, queue: &str) {
    let (_connection, channel) = channel(url).await;
    let deleted = channel
        .queue_delete(queue.into(), QueueDeleteOptions::default())
        .await;
    deleted.expect("deleted");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn it_passes_the_suite_of_buses() {
    let Some(server) = RABBITMQ.lend().await else {
        return;
    };
    let bus = open(&server.url).await.expect("RabbitMQ answers");

    let suite = tokio::time::timeout(PATIENCE, conformance::suite(&bus)).await;

    suite.expect("in time");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn work_that_is_never_settled_becomes_a_dead_letter_that_can_be_replayed() {
    let Some(server) = RABBITMQ.lend().await else {
        return;
    };
    let bus = open(&server.url).await.expect("RabbitMQ answers");
    let queue = name("dead");
    enqueue(&bus, &queue, ["poison"]).await;

    let mut consumer = bus.consume(&queue);
    for _ in 0..=queues::DELIVERY_LIMIT {
        drop(next(&mut consumer).await);
    }
    drop(consumer);

    let letter = tokio::time::timeout(PATIENCE, async {
        loop {
            let letters = bus.dead_letters(1_000).await.expect("listed");
            if let Some(letter) = letters.into_iter().find(|letter| letter.queue == queue) {
                return letter;
            }
        }
    });
    let letter = letter.await.expect("in time");
    assert_eq!(letter.message, Bytes::from("poison"));
    assert_eq!(letter.reason, "delivery_limit");
    assert!(letter.since.is_some());

    assert!(bus.replay().await.expect("replayed") >= 1);

    let mut consumer = bus.consume(&queue);
    let batch = next(&mut consumer).await;
    assert_eq!(batch.messages, [Bytes::from("poison")]);
    batch.settle();
    delete(&server.url, &queue).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_queue_with_other_arguments_is_told_with_what_to_do() {
    let Some(server) = RABBITMQ.lend().await else {
        return;
    };
    let bus = open(&server.url).await.expect("RabbitMQ answers");
    let queue = name("other");
    let (_connection, channel) = channel(&server.url).await;
    let (options, arguments) = (QueueDeclareOptions::default(), FieldTable::default());
    channel
        .queue_declare(queue.as_str().into(), options, arguments)
        .await
        .expect("declared");

    let refused = bus.declare(&queue).await.expect_err("refused").to_string();
    assert!(
        refused.contains(&queue) && refused.contains("delete it"),
        "{refused}"
    );

    let consumer = bus.consume(&queue);
    until(async || bus.check().await.is_err()).await;
    let unready = bus.check().await.expect_err("unready").to_string();
    assert!(unready.contains(&queue), "{unready}");

    let deleted = channel.queue_delete(queue.as_str().into(), QueueDeleteOptions::default());
    deleted.await.expect("deleted");
    until(async || bus.check().await.is_ok()).await;
    drop(consumer);
    delete(&server.url, &queue).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_queue_that_somebody_deleted_is_made_again_and_heard_by_a_consumer_that_was_there_before() {
    let Some(server) = RABBITMQ.lend().await else {
        return;
    };
    let bus = open(&server.url).await.expect("RabbitMQ answers");
    let queue = name("deleted");
    let mut before = bus.consume(&queue);
    enqueue(&bus, &queue, ["one"]).await;
    take_until(&mut before, "one").await;

    delete(&server.url, &queue).await;
    until(async || bus.enqueue(&queue, vec![Bytes::from("two")]).await.is_ok()).await;

    take_until(&mut before, "two").await;
    delete(&server.url, &queue).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn wrong_credentials_hosts_and_virtual_hosts_are_told_with_the_setting() {
    let Some(server) = RABBITMQ.lend().await else {
        return;
    };
    let mut wrong: lapin::uri::AMQPUri = server.url.parse().expect("an address");
    wrong.authority.userinfo.password = "hunter2".to_owned();
    let refused = open(&wrong.to_string()).await.expect_err("refused").to_string();
    assert!(
        refused.contains("`bus.url`") && !refused.contains("hunter2"),
        "{refused}"
    );

    let mut elsewhere: lapin::uri::AMQPUri = server.url.parse().expect("an address");
    elsewhere.vhost = "nowhere".to_owned();
    let refused = open(&elsewhere.to_string())
        .await
        .expect_err("refused")
        .to_string();
    assert!(
        refused.contains("`bus.url`") && refused.contains("nowhere"),
        "{refused}"
    );
}

#[tokio::test]
async fn a_broker_that_is_not_there_is_told_with_the_setting() {
    let refused = open("amqp://127.0.0.1:1").await.expect_err("refused").to_string();
    assert!(
        refused.contains("`bus.url`") && refused.contains("127.0.0.1:1"),
        "{refused}"
    );
}

async fn until(condition: impl AsyncFn() -> bool) {
    let wait = async {
        while !condition().await {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    tokio::time::timeout(PATIENCE, wait).await.expect("in time");
}
