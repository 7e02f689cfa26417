//! What the operator's commands share: the way to auth-svc, who asks, and how users are shown.
//!
//! They use the auth and billing roles of this process on their databases, or those at `rpc.services`, over the same rpcs.

use kit::{
    Problem,
    actor::{Actor, Tier},
    rpc::{Calling, RequestId},
    sources::SourcePolicy,
    telemetry::{self, Guard},
};
use proto::v1::{
    Client, FindUserRequest, User, billing_operators_client::BillingOperatorsClient,
    operators_client::OperatorsClient,
};
use serde_json::{Value, json};
use tonic::Status;
use uuid::Uuid;

use super::Failure;
use crate::{
    cli::{Global, Role},
    config,
    platform::Platform,
};

/// Acts in the name of nobody's account.
const NOBODY: Uuid = Uuid::nil();
const SCOPE: &str = "operator";

pub(super) struct Operator {
    calling: Calling,
    billing: Option<Calling>,
    _telemetry: Guard,
}

impl Operator {
    pub(super) async fn open(global: &Global) -> Result<Self, Failure> {
        Self::open_with(global, &[Role::Auth]).await
    }

    /// For what was bought, too.
    pub(super) async fn open_with_billing(global: &Global) -> Result<Self, Failure> {
        Self::open_with(global, &[Role::Auth, Role::Billing]).await
    }

    async fn open_with(global: &Global, needed: &[Role]) -> Result<Self, Failure> {
        let loaded = config::load(global)?;
        let mut config = loaded.config;
        if loaded.effective.origin("telemetry.log").is_none() {
            // The answer is what the person wants to read.
            config.telemetry.log = "error".to_owned();
        }

        let telemetry = telemetry::init(&config.telemetry, false)?;
        let is_elsewhere = |role: &Role| {
            let address = config.rpc.services.get(role.name());
            address.is_some_and(|address| !address.is_empty())
        };
        let roles: Vec<Role> = needed
            .iter()
            .copied()
            .filter(|role| !is_elsewhere(role))
            .collect();
        let sources = SourcePolicy::from(&config.sources);
        let platform = Platform::build(config, &roles, sources).await?;
        let mut actor = Actor::user(NOBODY, Tier::Team);
        actor.scopes = vec![SCOPE.to_owned()];

        let operating = platform.operating()?;
        Ok(Self {
            billing: operating.calling_billing(actor.clone(), RequestId::random()),
            calling: operating.calling(actor, RequestId::random()),
            _telemetry: telemetry,
        })
    }

    pub(super) fn client(&self) -> OperatorsClient<Calling> {
        OperatorsClient::new(self.calling.clone())
    }

    pub(super) fn billing(&self) -> Result<BillingOperatorsClient<Calling>, Failure> {
        let calling = self
            .billing
            .clone()
            .ok_or("the billing role is not within reach")?;
        Ok(BillingOperatorsClient::new(calling))
    }

    /// For answers that take as long as somebody reads them.
    pub(super) fn streaming_client(&self) -> OperatorsClient<Calling> {
        OperatorsClient::new(self.calling.clone().without_deadline())
    }

    /// By id, email or username.
    pub(super) async fn find(&self, identifier: &str) -> Result<User, Failure> {
        let message = FindUserRequest {
            identifier: identifier.to_owned(),
            client: Some(describe_person()),
        };
        let found = self.client().find_user(message).await;
        Ok(found.map_err(failure_from_status)?.into_inner())
    }
}

/// Which person it is, for the audit log: as whom they are signed in on this machine, before `sudo` too.
pub(super) fn describe_person() -> Client {
    let name = ["SUDO_USER", "USER", "LOGNAME"]
        .into_iter()
        .find_map(|name| std::env::var(name).ok().filter(|value| !value.is_empty()));
    let machine = std::fs::read_to_string("/etc/hostname").unwrap_or_default();

    Client {
        address: String::new(),
        user_agent: format!(
            "saga command line, {} on {}",
            name.as_deref().unwrap_or("somebody"),
            if machine.trim().is_empty() {
                "an unnamed machine"
            } else {
                machine.trim()
            },
        ),
    }
}

/// What a service said, in the words it has for people.
pub(super) fn failure_from_status(status: Status) -> Failure {
    Problem::from_status(&status).message.into()
}

pub(super) fn json_of(user: &User) -> Value {
    json!({
        "id": user.id,
        "username": user.username,
        "email": user.email,
        "email_verified": user.email_verified,
        "guest": user.guest,
        "tier": user.tier,
        "disabled": user.disabled,
        "has_password": user.has_password,
        "second_factor": user.second_factor,
        "created_at": user.created_at,
        "updated_at": user.updated_at,
    })
}

/// Rows in columns that are as wide as their widest cell.
pub(super) fn table(head: &[&str], rows: &[Vec<String>]) -> String {
    let width = |column: usize| {
        let cells = rows.iter().filter_map(|row| row.get(column));
        let widest = cells.map(|cell| cell.chars().count()).max().unwrap_or(0);
        widest.max(head[column].chars().count())
    };
    let widths: Vec<_> = (0..head.len()).map(width).collect();
    let line = |cells: &[String]| {
        let padded = cells
            .iter()
            .zip(&widths)
            .map(|(cell, width)| format!("{cell:width$}"));
        padded.collect::<Vec<_>>().join("  ").trim_end().to_owned()
    };

    let head: Vec<String> = head.iter().map(|name| name.to_uppercase()).collect();
    let lines = std::iter::once(line(&head)).chain(rows.iter().map(|row| line(row)));

    lines.collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    use super::table;

    #[test]
    fn columns_are_as_wide_as_they_must_be() {
        let rows = [
            vec!["1".to_owned(), "Ada Lovelace".to_owned()],
            vec!["20".to_owned(), String::new()],
        ];
        assert_eq!(table(&["id", "name"], &rows), "ID  NAME\n1   Ada Lovelace\n20");
    }
}
