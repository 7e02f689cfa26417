//! What can be counted, and which routes are not: what is not here has an operation, and that has its price.

use kit::actor::Actor;

/// What a request costs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Class {
    Standard,
    /// Reads how far something has come, again and again.
    Poll,
    /// One of the many requests that a program moves a backup with.
    Transfer,
    /// Makes a model or a voice work.
    Expensive,
}

impl Class {
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Standard => "standard",
            Self::Poll => "poll",
            Self::Transfer => "transfer",
            Self::Expensive => "expensive",
        }
    }
}

/// Endpoints with a limit of their own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Endpoint {
    /// Making a story without an account.
    AnonymousGenerate,
    Register,
    Login,
    Guest,
}

impl Endpoint {
    pub(super) const fn as_str(self) -> &'static str {
        match self {
            Self::AnonymousGenerate => "anonymous_generate",
            Self::Register => "register",
            Self::Login => "login",
            Self::Guest => "guest",
        }
    }

    /// Whether its limit is meant for who asks.
    pub(super) fn is_meant_for(self, actor: Option<&Actor>) -> bool {
        match self {
            Self::AnonymousGenerate => actor.is_none_or(|actor| actor.guest),
            Self::Register | Self::Login | Self::Guest => true,
        }
    }
}

/// Routes of probes, which may come by any name.
pub(crate) fn is_probe(path: &str) -> bool {
    matches!(path, "/health" | "/api/health" | "/api/v1/health")
}

/// What the door does with a route.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Toll {
    /// Asks nobody who they are and counts nothing: probes, documents, files of pages, media, public keys.
    Free,
    /// The same for a page, which may need its token against forged requests.
    Page,
    /// Whatever its operation costs.
    OfOperation,
}

/// Folders of which everything is free.
const FREE: [&str; 5] = ["/docs", "/graphiql", "/media", "/page", "/.well-known"];

/// The toll of a route, by its path as the router knows it.
pub(crate) fn toll_of(path: &str) -> Toll {
    match path {
        "/" | "/confirm" | "/graphiql" => Toll::Page,
        "/api/v1/voices"
        | "/openapi.json"
        | "/graphql/schema.graphql"
        | "/langgraph/info"
        | "/langgraph/ok" => Toll::Free,
        path if is_probe(path) => Toll::Free,
        path if FREE.iter().any(|free| path == *free || is_under(path, free)) => Toll::Free,
        _ => Toll::OfOperation,
    }
}

fn is_under(path: &str, folder: &str) -> bool {
    path.strip_prefix(folder)
        .is_some_and(|rest| rest.starts_with('/'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn probes_documents_and_files_are_free_and_lookalikes_are_not() {
        let rows = [
            ("/health", Toll::Free),
            ("/api/v1/health", Toll::Free),
            ("/media/{name}", Toll::Free),
            ("/docs", Toll::Free),
            ("/docs/{name}", Toll::Free),
            ("/docsx", Toll::OfOperation),
            ("/", Toll::Page),
            ("/confirm", Toll::Page),
            ("/graphql/schema.graphql", Toll::Free),
            ("/api/v1/voices", Toll::Free),
            ("/api/v1/voices/{voice}/sample", Toll::OfOperation),
            ("/graphiql", Toll::Page),
            ("/graphiql/{name}", Toll::Free),
            ("/page/{name}", Toll::Free),
            ("/.well-known/jwks.json", Toll::Free),
            ("/graphql/schema.graphql", Toll::Free),
            ("/graphql", Toll::OfOperation),
            ("/langgraph/ok", Toll::Free),
            ("/langgraph/okay", Toll::OfOperation),
            ("/api/stories/generate", Toll::OfOperation),
            ("/ws/stories/{id}/progress", Toll::OfOperation),
        ];

        for (path, toll) in rows {
            assert_eq!(toll_of(path), toll, "{path}");
        }
    }
}
