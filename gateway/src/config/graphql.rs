//! `[gateway.graphql]` of the configuration: how much one batch, one socket and one request may ask for, who may read the schema,
//! and which documents are known by name. Every key has its default and its explanation in `deploy/config/saga.toml`.

use gql::{EngineConfig, Limits, PersistedDocuments};
use kit::actor::Actor;
use serde::Deserialize;

use crate::graphql;

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GraphqlConfig {
    pub batch_requests: usize,
    pub init_timeout_seconds: u64,
    pub subscriptions_per_socket: usize,
    pub introspection: Exposure,
    pub graphiql: Exposure,
    pub document_cache_bytes: u64,
    pub persisted_cache_bytes: u64,
    pub persisted_expire_seconds: u64,
    pub persisted_documents: PersistedDocuments,
    pub trusted_documents: String,
    pub limits: Limits,
}

impl GraphqlConfig {
    pub(crate) fn engine(&self) -> EngineConfig {
        EngineConfig {
            document_cache_bytes: self.document_cache_bytes,
            persisted_cache_bytes: self.persisted_cache_bytes,
            persisted_expire_seconds: self.persisted_expire_seconds,
            persisted_documents: self.persisted_documents,
            trusted_documents: self.trusted_documents.clone(),
            // Ids were a scalar of ours before they were the specification's.
            renamed_types: &[("UUID", "ID")],
            limits: self.limits.clone(),
            weights: graphql::WEIGHTS,
            ephemeral_fields: graphql::EPHEMERAL_FIELDS,
            description: graphql::DESCRIPTION,
        }
    }
}

/// To whom something that helps developers is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Exposure {
    /// In development to everybody, in production to people with an account.
    Auto,
    On,
    Off,
}

impl Exposure {
    pub(crate) fn open_to(self, development: bool, actor: &Actor) -> bool {
        match self {
            Self::Auto => development || !actor.guest,
            Self::On => true,
            Self::Off => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use kit::actor::Tier;
    use uuid::Uuid;

    use super::*;

    #[test]
    fn auto_is_open_in_development_and_behind_sign_in_in_production() {
        let (guest, user) = (Actor::guest(Uuid::nil()), Actor::user(Uuid::nil(), Tier::Free));
        for (exposure, development, to_guest, to_user) in [
            (Exposure::Auto, true, true, true),
            (Exposure::Auto, false, false, true),
            (Exposure::On, false, true, true),
            (Exposure::Off, true, false, false),
        ] {
            let case = format!("{exposure:?} {development}");
            assert_eq!(exposure.open_to(development, &guest), to_guest, "{case}");
            assert_eq!(exposure.open_to(development, &user), to_user, "{case}");
        }
    }
}
