//! A data source name: where a project takes reports, and by which key.

use url::Url;

/// `https://KEY@HOST/PATH/PROJECT`.
pub(super) struct Dsn {
    /// Where envelopes go.
    pub(super) endpoint: Url,
    pub(super) key: String,
}

impl Dsn {
    /// None for what is no DSN.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let mut url = Url::parse(text).ok()?;
        let key = url.username().to_owned();
        let (folder, project) = url.path().rsplit_once('/')?;
        let sound = matches!(url.scheme(), "http" | "https")
            && url.has_host()
            && !key.is_empty()
            && key.bytes().all(|byte| byte.is_ascii_alphanumeric())
            && !project.is_empty();
        if !sound {
            return None;
        }

        let path = format!("{folder}/api/{project}/envelope/");
        url.set_path(&path);
        url.set_query(None);
        url.set_username("").ok()?;
        url.set_password(None).ok()?;

        Some(Self { endpoint: url, key })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_dsn_names_an_endpoint_and_a_key() {
        let read = |text| Dsn::parse(text).map(|dsn| (dsn.endpoint.to_string(), dsn.key));
        let rows = [
            (
                "https://abc123@o1.ingest.sentry.io/42",
                "https://o1.ingest.sentry.io/api/42/envelope/",
            ),
            (
                "http://abc123:old@127.0.0.1:9000/1",
                "http://127.0.0.1:9000/api/1/envelope/",
            ),
            (
                "https://abc123@example.org/errors/7",
                "https://example.org/errors/api/7/envelope/",
            ),
        ];

        for (dsn, endpoint) in rows {
            assert_eq!(read(dsn), Some((endpoint.to_owned(), "abc123".to_owned())));
        }
        for wrong in [
            "",
            "nonsense",
            "https://example.org/1",
            "https://abc@example.org/",
            "ftp://abc@host/1",
            "https://a%0d@h/1",
        ] {
            assert_eq!(read(wrong), None, "{wrong}");
        }
    }
}
