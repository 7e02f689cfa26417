//! `saga bus dead-letters list|replay`.

use std::process::ExitCode;

use chrono::{DateTime, Utc};
use kit::bus::{Bus, DeadLetter};
use serde_json::{Value, json};

use super::{Failure, operator::table};
use crate::{
    cli::{BusAction, DeadLettersAction, Global},
    commands::say,
    config,
};

pub(crate) async fn run(global: &Global, action: &BusAction) -> Result<ExitCode, Failure> {
    let BusAction::DeadLetters { action } = action;
    let bus = Bus::open(&config::load(global)?.config.bus).await?;

    match action {
        DeadLettersAction::List { most, json } => print_all(&bus.dead_letters(*most).await?, *json),
        DeadLettersAction::Replay { json } => {
            let count = bus.replay().await?;
            match json {
                true => say!("{:#}", json!({ "replayed": count })),
                false => say!("{count} put back."),
            }
        }
    }

    Ok(ExitCode::SUCCESS)
}

fn print_all(letters: &[DeadLetter], json: bool) {
    if json {
        let all: Value = letters.iter().map(json_of).collect();
        say!("{all:#}");
        return;
    }

    if letters.is_empty() {
        say!("There are none.");
        return;
    }

    let rows: Vec<_> = letters.iter().map(row_of).collect();
    say!("{}", table(&["since", "queue", "reason", "message"], &rows));
}

fn row_of(letter: &DeadLetter) -> Vec<String> {
    vec![
        since(letter).unwrap_or_default(),
        letter.queue.clone(),
        letter.reason.clone(),
        text_of(letter),
    ]
}

fn json_of(letter: &DeadLetter) -> Value {
    json!({
        "since": since(letter),
        "queue": letter.queue,
        "reason": letter.reason,
        "message": text_of(letter),
    })
}

fn since(letter: &DeadLetter) -> Option<String> {
    let seconds = i64::try_from(letter.since?).ok()?;
    DateTime::<Utc>::from_timestamp(seconds, 0).map(|time| time.to_rfc3339())
}

fn text_of(letter: &DeadLetter) -> String {
    String::from_utf8_lossy(&letter.message).into_owned()
}
