//! Dead letters: looked at, and put back.

use lapin::{
    message::BasicGetMessage,
    options::{BasicAckOptions, BasicGetOptions, BasicNackOptions},
    types::{AMQPValue, FieldTable},
};

use super::{
    super::{BusError, DeadLetter, Engine},
    Fault, Link, RabbitMq,
    queues::DEAD_LETTERS,
};

/// At most `most`. They are taken, and given back all at once, so that none is seen twice.
pub(super) async fn list(link: &Link, most: usize) -> Result<Vec<DeadLetter>, Fault> {
    let channel = link.channel().await?;
    let mut letters = Vec::new();
    let mut last = None;

    while letters.len() < most {
        let Some(got) = take(link, &channel).await? else {
            break;
        };
        last = Some(got.delivery.delivery_tag);
        letters.push(read(got));
    }

    if let Some(last) = last {
        let options = BasicNackOptions {
            multiple: true,
            requeue: true,
        };
        link.ask(channel.basic_nack(last, options)).await?;
    }

    Ok(letters)
}

/// Each is acknowledged when its queue has confirmed it: at worst it is there twice.
pub(super) async fn replay(engine: &RabbitMq, link: &Link) -> Result<usize, BusError> {
    let away = |fault: Fault| engine.shared.unreachable(fault);
    let channel = link.channel().await.map_err(away)?;
    let mut count = 0;
    let mut left = None;

    // As many as there were at first: what comes back at once must not go round for ever.
    while left != Some(0) {
        let Some(got) = take(link, &channel).await.map_err(away)? else {
            break;
        };
        left = Some(left.map_or(got.message_count, |left| left - 1));
        let tag = got.delivery.delivery_tag;
        let letter = read(got);
        engine.enqueue(&letter.queue, vec![letter.message]).await?;

        let acknowledged = channel.basic_ack(tag, BasicAckOptions::default());
        link.ask(acknowledged).await.map_err(away)?;
        count += 1;
    }

    Ok(count)
}

async fn take(link: &Link, channel: &lapin::Channel) -> Result<Option<BasicGetMessage>, Fault> {
    link.ask(channel.basic_get(DEAD_LETTERS.into(), BasicGetOptions::default()))
        .await
}

fn read(got: BasicGetMessage) -> DeadLetter {
    let delivery = got.delivery;
    let headers = delivery.properties.headers().clone().unwrap_or_default();
    let death = first_death(&headers);
    let text = |key| death.and_then(|death| find_text(death, key));

    DeadLetter {
        queue: text("queue").unwrap_or_else(|| delivery.routing_key.to_string()),
        reason: text("reason").unwrap_or_default(),
        since: death.and_then(|death| match death.inner().get("time") {
            Some(AMQPValue::Timestamp(time)) => Some(*time),
            _ => None,
        }),
        message: delivery.data.into(),
    }
}

/// The broker's record of how the letter died, newest first.
fn first_death(headers: &FieldTable) -> Option<&FieldTable> {
    let Some(AMQPValue::FieldArray(deaths)) = headers.inner().get("x-death") else {
        return None;
    };

    match deaths.as_slice().first() {
        Some(AMQPValue::FieldTable(death)) => Some(death),
        _ => None,
    }
}

fn find_text(table: &FieldTable, key: &str) -> Option<String> {
    match table.inner().get(key)? {
        AMQPValue::LongString(text) => Some(text.to_string()),
        AMQPValue::ShortString(text) => Some(text.to_string()),
        _ => None,
    }
}
