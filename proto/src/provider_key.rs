//! A caller's own key at a provider is never printed, by mistake neither: what holds one is printed without it.

use std::fmt;

use crate::v1::ProviderKey;

impl fmt::Debug for ProviderKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ProviderKey")
            .field("provider", &self.provider)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::v1::CompleteChatRequest;

    #[test]
    fn what_holds_a_key_is_printed_without_it() {
        let asked = CompleteChatRequest {
            provider_key: Some(ProviderKey {
                provider: "openai".to_owned(),
                key: "sk-canary".to_owned(),
            }),
            ..CompleteChatRequest::default()
        };

        let told = format!("{asked:?}");
        assert!(told.contains("openai") && !told.contains("canary"), "{told}");
    }
}
