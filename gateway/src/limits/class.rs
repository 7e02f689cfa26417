//! Which limits a route has. One table for all of them: what is not in it is of the standard class.

use http::Method;
use kit::actor::Actor;

/// What a request costs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Class {
    Standard,
    /// Makes a model or a voice work.
    Expensive,
}

impl Class {
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Standard => "standard",
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
    /// Whether its limit is meant for who asks.
    pub(super) fn is_meant_for(self, actor: Option<&Actor>) -> bool {
        match self {
            Self::AnonymousGenerate => actor.is_none_or(|actor| actor.guest),
            Self::Register | Self::Login | Self::Guest => true,
        }
    }
}

/// What the door does with a route.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Rule {
    /// Asks nobody who they are and counts nothing: probes, documents, files of pages, media, public keys.
    Free,
    /// The same for a page, which may need its token against forged requests.
    Page,
    Counted {
        class: Class,
        endpoint: Option<Endpoint>,
    },
}

/// The rule of a route, by method and path as the router knows it.
pub(crate) fn rule(method: &Method, path: &str) -> Rule {
    let counted = |class, endpoint| Rule::Counted { class, endpoint };
    let expensive = |endpoint| counted(Class::Expensive, endpoint);
    let standard = |endpoint| counted(Class::Standard, endpoint);

    match (method, path) {
        (_, "/" | "/graphiql") => Rule::Page,
        (_, "/health" | "/api/health" | "/api/v1/health" | "/openapi.json") => Rule::Free,
        (_, path) if FREE.iter().any(|free| path == *free || under(path, free)) => Rule::Free,
        (&Method::POST, "/api/stories/generate" | "/api/stories/{id}/restart") => {
            expensive(Some(Endpoint::AnonymousGenerate))
        }
        (&Method::POST, "/api/chat/intent") => expensive(None),
        (&Method::POST, "/api/v1/auth/register") => standard(Some(Endpoint::Register)),
        (&Method::POST, "/api/v1/auth/login") => standard(Some(Endpoint::Login)),
        (&Method::POST, "/api/v1/auth/guest") => standard(Some(Endpoint::Guest)),
        _ => standard(None),
    }
}

/// Folders of which everything is free.
const FREE: [&str; 5] = ["/docs", "/graphiql", "/media", "/page", "/.well-known"];

fn under(path: &str, folder: &str) -> bool {
    path.strip_prefix(folder)
        .is_some_and(|rest| rest.starts_with('/'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn routes_have_the_class_of_the_contract() {
        let rows = [
            ("GET", "/health", "Free"),
            ("GET", "/api/v1/health", "Free"),
            ("GET", "/media/{name}", "Free"),
            ("GET", "/docs", "Free"),
            ("GET", "/docs/{name}", "Free"),
            ("GET", "/docsx", "standard"),
            ("GET", "/", "Page"),
            ("GET", "/graphiql", "Page"),
            ("GET", "/graphiql/{name}", "Free"),
            ("GET", "/page/{name}", "Free"),
            ("GET", "/.well-known/jwks.json", "Free"),
            ("POST", "/graphql", "standard"),
            ("GET", "/graphql", "standard"),
            ("POST", "/api/stories/generate", "expensive AnonymousGenerate"),
            ("POST", "/api/stories/{id}/restart", "expensive AnonymousGenerate"),
            ("POST", "/api/stories/{id}/cancel", "standard"),
            ("POST", "/api/chat/intent", "expensive"),
            ("GET", "/api/stories/{id}", "standard"),
            ("POST", "/api/v1/auth/register", "standard Register"),
            ("POST", "/api/v1/auth/login", "standard Login"),
            ("GET", "/ws/stories/{id}/progress", "standard"),
        ];

        for (method, path, told) in rows {
            let rule = match rule(&method.parse().unwrap(), path) {
                Rule::Counted { class, endpoint } => {
                    let endpoint = endpoint.map(|endpoint| format!(" {endpoint:?}"));
                    format!("{}{}", class.as_str(), endpoint.unwrap_or_default())
                }
                other => format!("{other:?}"),
            };
            assert_eq!(rule, told, "{method} {path}");
        }
    }
}
