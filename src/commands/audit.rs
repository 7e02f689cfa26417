//! `saga audit export`: the audit log as lines of JSON, oldest first.

use std::{io::Write, process::ExitCode};

use proto::v1::{AuditEvent, ExportAuditRequest};
use serde_json::{Value, json};

use super::{
    Failure,
    operator::{Operator, describe_person, failure_from_status},
};
use crate::cli::{AuditAction, Global};

pub(crate) async fn run(global: &Global, action: &AuditAction) -> Result<ExitCode, Failure> {
    let AuditAction::Export { since } = action;
    let operator = Operator::open(global).await?;
    let message = ExportAuditRequest {
        since: since.clone().unwrap_or_default(),
        client: Some(describe_person()),
    };
    let stream = operator.streaming_client().export_audit(message).await;
    let mut events = stream.map_err(failure_from_status)?.into_inner();
    let mut out = std::io::BufWriter::new(std::io::stdout());
    while let Some(event) = events.message().await.map_err(failure_from_status)? {
        writeln!(out, "{}", json_of(&event))?;
    }

    out.flush()?;

    Ok(ExitCode::SUCCESS)
}

fn json_of(event: &AuditEvent) -> Value {
    json!({
        "id": event.id,
        "at": event.at,
        "user_id": event.user_id,
        "actor": event.actor,
        "action": event.action,
        "target": event.target,
        "address": event.address,
        "user_agent": event.user_agent,
        "request_id": event.request_id,
    })
}
