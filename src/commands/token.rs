//! `saga token`: an access token for development.

use std::process::ExitCode;

use proto::v1::MintTokenRequest;
use serde_json::json;

use super::{
    Failure,
    operator::{Operator, describe_person, failure_from_status},
};
use crate::cli::{Global, TokenArgs};
use crate::commands::say;

pub(crate) async fn run(global: &Global, args: &TokenArgs) -> Result<ExitCode, Failure> {
    let operator = Operator::open(global).await?;
    let user = operator.find(&args.user).await?;
    let message = MintTokenRequest {
        user_id: user.id.clone(),
        lifetime_seconds: args.minutes.saturating_mul(60),
        client: Some(describe_person()),
    };
    let minted = operator.client().mint_token(message).await;
    let grant = minted.map_err(failure_from_status)?.into_inner();

    if args.json {
        let shown = json!({
            "access_token": grant.access_token,
            "token_type": "bearer",
            "expires_at": grant.expires_at,
            "expires_in": grant.expires_in,
            "user_id": user.id,
        });
        say!("{shown:#}");
    } else {
        // Nothing else, so that it can be put into a variable.
        say!("{}", grant.access_token);
    }

    Ok(ExitCode::SUCCESS)
}
