//! Keys that callers bring: which providers take one, and whose key it was when it is refused. No word of a key is in what is said.

use proto::v1::ProviderKey;

use crate::error::AgentError;
use crate::llm::{Gateway, LlmError, OwnKey};

/// A caller's own key, when a model of the class is at its provider.
///
/// # Errors
/// [`AgentError::Input`] that names the providers that take keys; `agent` is whose words it is in.
pub(crate) fn take_key(
    models: &Gateway,
    class: &str,
    agent: &'static str,
    key: ProviderKey,
) -> Result<OwnKey, AgentError> {
    let own = read_key(key);
    let takers = models.list_key_takers(class);
    if !takers.contains(&own.provider.as_str()) {
        let expected = format!("one of {}", takers.join(", "));
        return Err(AgentError::field(agent, "provider", expected));
    }

    Ok(own)
}

/// A caller's own key, whoever takes it.
pub(crate) fn read_key(key: ProviderKey) -> OwnKey {
    let ProviderKey { provider, key } = key;

    OwnKey {
        provider,
        key: key.into(),
    }
}

/// Why a model did not answer, in the words of whose key it was.
pub(crate) fn explain_failure(agent: &'static str, own: Option<&OwnKey>, error: LlmError) -> AgentError {
    match (own, error) {
        (Some(own), LlmError::Account { .. }) => AgentError::field(
            agent,
            "provider_key",
            format!(
                "a key with credit that {} takes; it refused yours, which came with this request. No key of this server's was used",
                own.provider
            ),
        ),
        (_, error) => error.into(),
    }
}
