//! `[gateway.graphql]` of the configuration: how much one batch, one socket and one request may ask for, who may read the schema,
//! and which documents are known by name. Every key has its default and its explanation in `deploy/config/saga.toml`.

use kit::actor::Actor;
use serde::{Deserialize, Deserializer, de::Error as _};

/// Beyond this many open brackets async-graphql's parser gives up by itself (64), whatever the document says.
const DEEPEST: usize = 60;

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
    pub limits: GraphqlLimits,
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

/// What happens to a document that the file of trusted documents does not list.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum PersistedDocuments {
    /// It runs.
    Off,
    /// It runs, and the log names its hash.
    Log,
    /// It is refused.
    Only,
}

/// `[gateway.graphql.limits]`: the most of each that one request may have.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GraphqlLimits {
    pub document_bytes: usize,
    pub tokens: usize,
    #[serde(deserialize_with = "nesting")]
    pub nesting: usize,
    pub operations: usize,
    pub fragments: usize,
    pub selections: u64,
    pub depth: u64,
    pub root_fields: u64,
    pub aliases: usize,
    pub directives: usize,
    pub directives_at_once: usize,
    pub complexity: u64,
    pub page_size: u64,
    pub list_size: u64,
    pub introspection: u64,
    pub variables: usize,
    pub variable_bytes: usize,
    pub variable_nesting: usize,
    pub errors: usize,
}

fn nesting<'de, D: Deserializer<'de>>(from: D) -> Result<usize, D::Error> {
    let levels = usize::deserialize(from)?;
    if levels > DEEPEST {
        return Err(D::Error::custom(format!(
            "`{levels}` is more than the parser can take; at most {DEEPEST}"
        )));
    }
    Ok(levels)
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

    #[test]
    fn nesting_beyond_what_the_parser_can_take_is_refused_by_name() {
        #[derive(Debug, Deserialize)]
        struct One {
            #[serde(deserialize_with = "nesting")]
            nesting: usize,
        }
        let read = |levels| serde_json::from_value::<One>(serde_json::json!({ "nesting": levels }));
        assert_eq!(read(60).unwrap().nesting, 60);
        assert!(read(61).unwrap_err().to_string().contains("at most 60"));
    }
}
