//! Who sends a file's bytes: this process, the store by an address that is good for a while, or a network in front of it. The
//! name under `/media` stays the permission: whoever is sent on has shown it.

use std::time::Duration;

use http::HeaderValue;
use kit::blobs::{BlobError, Blobs, Presigner};
use url::Url;

use crate::config::{MediaConfig, MediaDelivery};

/// How long a client may go by what the network's address was.
const CDN_AGE: HeaderValue = HeaderValue::from_static("private, max-age=3600");

#[derive(Debug, thiserror::Error)]
pub enum FileDeliveryError {
    #[error(
        "`gateway.media.delivery` is `presigned`, but objects are in a folder that clients can't reach: set `blobs.endpoint`, or use `stream`"
    )]
    Folder,
    #[error("`gateway.media.presigned_seconds` is {seconds}; expected 1 to 604800")]
    Time {
        seconds: u64,
        #[source]
        source: BlobError,
    },
    #[error("`gateway.media.delivery` is `cdn`, but `gateway.media.cdn_url` is empty")]
    NoCdn,
    #[error("`gateway.media.cdn_url` is set, but `gateway.media.delivery` is not `cdn`: set both or neither")]
    UnusedCdn,
}

pub(crate) enum FileDelivery {
    Stream,
    Presigned { signer: Presigner, cache: HeaderValue },
    Cdn(Url),
}

/// Where a client finds the file, and how long it may go by that.
pub(super) struct Elsewhere {
    pub(super) location: String,
    pub(super) cache: HeaderValue,
}

impl FileDelivery {
    pub(crate) fn build(config: &MediaConfig, blobs: &Blobs) -> Result<Self, FileDeliveryError> {
        let seconds = config.presigned_seconds;
        match (config.delivery, &config.cdn_url) {
            (MediaDelivery::Cdn, Some(base)) => Ok(Self::Cdn(base.clone())),
            (MediaDelivery::Cdn, None) => Err(FileDeliveryError::NoCdn),
            (_, Some(_)) => Err(FileDeliveryError::UnusedCdn),
            (MediaDelivery::Stream, None) => Ok(Self::Stream),
            (MediaDelivery::Presigned, None) => {
                let endpoint = config.presigned_endpoint.as_ref().map_or("", Url::as_str);
                let signer = blobs
                    .presigner(endpoint, Duration::from_secs(seconds))
                    .map_err(|source| FileDeliveryError::Time { seconds, source })?;

                Ok(Self::Presigned {
                    signer: signer.ok_or(FileDeliveryError::Folder)?,
                    cache: short_age(seconds),
                })
            }
        }
    }

    /// None when this process sends it. A network keeps what it has: what is only shared for now is not left to it.
    pub(super) async fn find_elsewhere(
        &self,
        key: &str,
        shared: bool,
    ) -> Result<Option<Elsewhere>, BlobError> {
        let elsewhere = match self {
            Self::Presigned { signer, cache } => Elsewhere {
                location: signer.sign(key).await?,
                cache: cache.clone(),
            },
            Self::Cdn(base) if !shared => Elsewhere {
                location: join_key(base, key),
                cache: CDN_AGE,
            },
            Self::Cdn(_) | Self::Stream => return Ok(None),
        };

        Ok(Some(elsewhere))
    }
}

/// Half of an address's time, so that the other half is left for whoever was sent there from a cache.
fn short_age(seconds: u64) -> HeaderValue {
    HeaderValue::try_from(format!("private, max-age={}", seconds / 2))
        .unwrap_or(HeaderValue::from_static("no-store"))
}

fn join_key(base: &Url, key: &str) -> String {
    let mut url = base.clone();
    if let Ok(mut path) = url.path_segments_mut() {
        path.pop_if_empty().extend(key.split('/'));
    }
    url.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_becomes_a_path_below_the_base() {
        let at = |base: &str| join_key(&base.parse().expect("a URL"), "stories/1/a b?.mp3");

        assert_eq!(
            at("https://cdn.example"),
            "https://cdn.example/stories/1/a%20b%3F.mp3"
        );
        assert_eq!(
            at("https://cdn.example/saga/"),
            "https://cdn.example/saga/stories/1/a%20b%3F.mp3"
        );
    }
}
