//! Addresses by which whoever has one reads an object straight from the store, for a while.

use std::time::Duration;

use aws_sdk_s3::{Client, presigning::PresigningConfig};

use super::{BlobError, Blobs, checked};

/// Signs such addresses. Cheap to clone.
#[derive(Clone)]
pub struct Presigner {
    client: Client,
    bucket: String,
    valid: PresigningConfig,
}

impl Blobs {
    /// None where objects are in a folder of this machine, which nobody else reaches. `endpoint` is where clients reach the
    /// store, whose name is signed too; empty for where we do. Addresses are good for `valid`, a week at most.
    ///
    /// # Errors
    /// A time that the store would refuse.
    pub fn presigner(&self, endpoint: &str, valid: Duration) -> Result<Option<Presigner>, BlobError> {
        if self.engine != "s3" {
            return Ok(None);
        }

        let mut config = self.client.config().to_builder();
        if !endpoint.is_empty() {
            config = config.endpoint_url(endpoint);
        }

        let valid = PresigningConfig::expires_in(valid).map_err(|err| BlobError::Open {
            place: self.place.clone(),
            source: err.into(),
        })?;
        Ok(Some(Presigner {
            client: Client::from_conf(config.build()),
            bucket: self.bucket.clone(),
            valid,
        }))
    }
}

impl Presigner {
    /// The address of an object, whether there is one or not. Asks nobody.
    pub async fn sign(&self, key: &str) -> Result<String, BlobError> {
        let get = self.client.get_object().bucket(&self.bucket).key(checked(key)?);
        let signed = get.presigned(self.valid.clone()).await;

        signed
            .map(|request| request.uri().to_owned())
            .map_err(|err| Blobs::failed("sign an address for", key, err))
    }
}
