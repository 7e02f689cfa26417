//! `saga key rotate`.

use std::process::ExitCode;

use proto::v1::RotateKeysRequest;
use serde_json::Value;

use super::{
    Failure,
    operator::{Operator, describe_person, failure_from_status},
};
use crate::cli::{Global, KeyAction};
use crate::commands::say;

pub(crate) async fn run(global: &Global, action: &KeyAction) -> Result<ExitCode, Failure> {
    let KeyAction::Rotate { json } = action;
    let operator = Operator::open(global).await?;
    let message = RotateKeysRequest {
        client: Some(describe_person()),
    };
    let rotated = operator.client().rotate_keys(message).await;
    let jwks: Value = serde_json::from_str(&rotated.map_err(failure_from_status)?.into_inner().json)?;
    if *json {
        say!("{jwks:#}");
        return Ok(ExitCode::SUCCESS);
    }

    say!("The key that waited signs now, and another one waits. Published:");

    for key in jwks["keys"].as_array().into_iter().flatten() {
        say!(
            "{:>10}  {}",
            key["alg"].as_str().unwrap_or_default(),
            key["kid"].as_str().unwrap_or_default()
        );
    }

    Ok(ExitCode::SUCCESS)
}
