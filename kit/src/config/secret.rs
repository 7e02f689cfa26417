//! What must not be shown, and how it is shown instead.

const MASK: &str = "********";

/// By the name of the key: keys, secrets, tokens and passwords.
pub(super) fn is_secret(key: &str) -> bool {
    let last = key.rsplit('.').next().unwrap_or(key);
    let ends = ["key", "keys", "secret", "token", "password"];
    ends.iter()
        .any(|end| last == *end || last.strip_suffix(end).is_some_and(|rest| rest.ends_with('_')))
}

/// `text` as it may be shown under `key`: a secret is masked whole, a URL loses its password.
pub(super) fn masked(key: &str, text: &str) -> String {
    if text.is_empty() {
        return String::new();
    }
    if is_secret(key) {
        MASK.to_owned()
    } else {
        without_credentials(text)
    }
}

fn without_credentials(text: &str) -> String {
    let Some((scheme, rest)) = text.split_once("://") else {
        return text.to_owned();
    };
    let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());

    // A password may itself contain a slash or a question mark; its `@` gives it away.
    let at = rest[..end].rfind('@').or_else(|| rest.rfind('@'));
    let (user, host) = match at {
        Some(at) => match rest[..at].split_once(':') {
            Some((user, _)) => (format!("{user}:{MASK}@"), &rest[at + 1..]),
            None => (format!("{MASK}@"), &rest[at + 1..]),
        },
        None => (String::new(), rest),
    };

    let host = match host.split_once('?') {
        Some((path, query)) => format!("{path}?{}", masked_query(query)),
        None => host.to_owned(),
    };

    format!("{scheme}://{user}{host}")
}

fn masked_query(query: &str) -> String {
    let pairs = query.split('&').map(|pair| match pair.split_once('=') {
        Some((name, _)) if is_secret(name) || name.contains("password") || name.contains("pass") => {
            format!("{name}={MASK}")
        }
        _ => pair.to_owned(),
    });
    pairs.collect::<Vec<_>>().join("&")
}

/// A deserialisation error as one line that begins with the key. It quotes the value, so for a secret it says less.
pub(super) fn without_value(err: &toml::de::Error) -> String {
    let text = err.to_string();
    let key = text
        .split_once("in `")
        .and_then(|(_, rest)| rest.split_once('`'))
        .map(|(key, _)| key);

    match key {
        Some(key) if is_secret(key) => format!("`{key}`: this value can't be used"),
        Some(key) => format!("`{key}`: {}", err.message()),
        None => err.message().to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_are_known_by_their_names() {
        for key in [
            "models.openai_api_key",
            "keys.actor_key",
            "a.token",
            "github_token",
            "x.client_secret",
            "password",
            "api_keys",
        ] {
            assert!(is_secret(key), "{key}");
        }

        for key in [
            "gateway.listen",
            "models.max_tokens",
            "blobs.access_key_id",
            "database.url",
            "monkey",
            "keyboard",
        ] {
            assert!(!is_secret(key), "{key}");
        }
    }

    #[test]
    fn urls_lose_their_credentials_only() {
        let shown = |text| masked("database.url", text);
        assert_eq!(
            shown("postgres://saga:hunter2@db:5432/saga"),
            "postgres://saga:********@db:5432/saga"
        );

        assert_eq!(
            shown("postgres://saga:hun/ter@2@db/saga"),
            "postgres://saga:********@db/saga"
        );
        assert_eq!(
            shown("https://abc123@sentry.example/1"),
            "https://********@sentry.example/1"
        );
        assert_eq!(
            shown("postgres://db/saga?user=a&password=hunter2"),
            "postgres://db/saga?user=a&password=********"
        );
        assert_eq!(
            shown("http://127.0.0.1:8000/x?y=z"),
            "http://127.0.0.1:8000/x?y=z"
        );
        assert_eq!(shown("plain text"), "plain text");
        assert_eq!(masked("a.api_key", ""), "");
        assert_eq!(masked("a.api_key", "sk-123"), "********");
    }
}
