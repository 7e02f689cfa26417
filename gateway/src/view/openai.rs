//! OpenAI's shapes, as its own clients read them: answers, their pieces, vectors, models and errors.

pub(crate) mod chat;
pub(crate) mod embeddings;
pub(crate) mod kept_responses;
pub(crate) mod models;
pub(crate) mod refusal;
pub(crate) mod responses;

/// Addresses of this door, and those that its clients know and that are nothing here; others below `/v1` are other doors'.
const ADDRESSES: [&str; 16] = [
    "/v1/audio",
    "/v1/batches",
    "/v1/chat/completions",
    "/v1/completions",
    "/v1/conversations",
    "/v1/embeddings",
    "/v1/evals",
    "/v1/files",
    "/v1/fine_tuning",
    "/v1/images",
    "/v1/models",
    "/v1/moderations",
    "/v1/responses",
    "/v1/uploads",
    "/v1/vector_stores",
    "/v1/videos",
];

/// Whether an address is one of this door's, or below one.
pub(crate) fn is_address(path: &str) -> bool {
    ADDRESSES.iter().any(|address| {
        path.strip_prefix(address)
            .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_its_own_addresses_are_this_doors() {
        for own in [
            "/v1/chat/completions",
            "/v1/models/openai/gpt-4o",
            "/v1/responses/resp_1/cancel",
            "/v1/completions",
            "/v1/files/file-1",
        ] {
            assert!(is_address(own), "{own}");
        }
        for other in ["/v1/projects", "/v1/modelsx", "/v1/chat", "/v1", "/api/v1/models"] {
            assert!(!is_address(other), "{other}");
        }
    }
}
