//! A caller's own key at a provider of models, as it comes with a request: `X-Provider-Key`, and `X-Provider` for whose it is. It
//! serves that request alone and is never printed, kept or counted. Whether the caller may bring one is not asked here.

use http::{HeaderMap, HeaderName, HeaderValue};
use kit::{ephemeral::wipe_freed_memory, error::FieldViolation};
use proto::v1::ProviderKey;

pub(crate) const PROVIDER_KEY: HeaderName = HeaderName::from_static("x-provider-key");
pub(crate) const PROVIDER: HeaderName = HeaderName::from_static("x-provider");
/// As documents and refusals spell them.
pub(crate) const PROVIDER_KEY_SPELLING: &str = "X-Provider-Key";
pub(crate) const PROVIDER_SPELLING: &str = "X-Provider";

/// Whose it is when nobody says it.
const DEFAULT_PROVIDER: &str = "openai";
/// Longer than every provider's keys.
const KEY_BYTES: usize = 512;
const PROVIDER_BYTES: usize = 64;

/// What a request brought; not looked at before somebody needs it. Its `Debug` shows no key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct PresentedProviderKey {
    /// None when only a provider came.
    key: Option<HeaderValue>,
    provider: Option<HeaderValue>,
}

impl PresentedProviderKey {
    pub(super) fn read(headers: &HeaderMap) -> Option<Self> {
        let key = headers.get(PROVIDER_KEY).cloned().map(|mut key| {
            wipe_freed_memory();
            key.set_sensitive(true);
            key
        });
        let provider = headers.get(PROVIDER).cloned();

        (key.is_some() || provider.is_some()).then_some(Self { key, provider })
    }

    /// The key and whose it is; what is wrong is told by its header.
    pub(crate) fn parse(&self) -> Result<ProviderKey, FieldViolation> {
        let key = self.key.as_ref().and_then(|key| read_word(key, KEY_BYTES));
        let key = key.ok_or_else(|| {
            let expected = match self.key {
                Some(_) => format!("a key of 1 to {KEY_BYTES} visible ASCII characters"),
                None => format!("your key there, because {PROVIDER_SPELLING} came"),
            };
            FieldViolation::new(PROVIDER_KEY_SPELLING, expected)
        })?;
        let provider = match &self.provider {
            Some(provider) => read_word(provider, PROVIDER_BYTES).ok_or_else(|| {
                FieldViolation::new(PROVIDER_SPELLING, "the name of a provider, such as `openai`")
            })?,
            None => DEFAULT_PROVIDER.to_owned(),
        };

        Ok(ProviderKey { provider, key })
    }
}

fn read_word(value: &HeaderValue, most: usize) -> Option<String> {
    let text = value.to_str().ok()?.trim();
    let is_word = (1..=most).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_graphic());

    is_word.then(|| text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn presented(pairs: &[(&'static str, &'static str)]) -> Option<PresentedProviderKey> {
        let pairs = pairs
            .iter()
            .map(|(name, value)| (HeaderName::from_static(name), HeaderValue::from_static(value)));
        PresentedProviderKey::read(&pairs.collect())
    }

    #[test]
    fn a_key_is_read_with_its_provider_and_is_never_printed() {
        assert_eq!(presented(&[("authorization", "Bearer x")]), None);

        let key = presented(&[("x-provider-key", " sk-secret ")]).unwrap();
        let read = key.parse().unwrap();
        assert_eq!(
            (read.provider.as_str(), read.key.as_str()),
            ("openai", "sk-secret")
        );
        assert!(!format!("{key:?}").contains("secret"), "{key:?}");

        let key = presented(&[("x-provider-key", "k"), ("x-provider", "anthropic")]).unwrap();
        assert_eq!(key.parse().unwrap().provider, "anthropic");
    }

    #[test]
    fn what_can_be_no_key_is_told_by_its_header() {
        for (pairs, field) in [
            (vec![("x-provider-key", "")], "X-Provider-Key"),
            (vec![("x-provider-key", "a b")], "X-Provider-Key"),
            (vec![("x-provider", "openai")], "X-Provider-Key"),
            (vec![("x-provider-key", "k"), ("x-provider", "")], "X-Provider"),
        ] {
            assert_eq!(presented(&pairs).unwrap().parse().err().unwrap().field, field);
        }
    }
}
