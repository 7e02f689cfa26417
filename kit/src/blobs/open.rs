//! Makes the S3 client by hand, from our own config: no profile files, no metadata service, nothing that waits.

use std::path::Path;

use aws_sdk_s3::types::{BucketLocationConstraint, CreateBucketConfiguration, ServerSideEncryption};
use aws_sdk_s3::{
    Client,
    config::{
        BehaviorVersion, Builder, Credentials, Region, RequestChecksumCalculation,
        ResponseChecksumValidation, timeout::TimeoutConfig,
    },
};
use s3s::{auth::SimpleAuth, service::S3ServiceBuilder};
use secrecy::ExposeSecret;

use super::{BlobEncryption, BlobError, Blobs, BlobsConfig, folder::Folder, read::status};

/// Keys of the in-process service; nobody else can reach it.
const LOCAL_KEY: &str = "saga";

impl Blobs {
    /// Opens the configured store and makes the bucket when it does not exist.
    pub async fn open(config: &BlobsConfig, data_dir: &Path) -> Result<Self, BlobError> {
        let blobs = if config.is_embedded() {
            Self::embedded(&data_dir.join("blobs"), &config.bucket).await?
        } else {
            Self {
                client: remote(config),
                folder: None,
                bucket: config.bucket.clone(),
                engine: "s3",
                place: describe(config),
                encryption: match config.encryption {
                    BlobEncryption::Bucket => None,
                    BlobEncryption::Aes256 => Some(ServerSideEncryption::Aes256),
                    BlobEncryption::Kms => Some(ServerSideEncryption::AwsKms),
                },
                kms_key_id: Some(config.kms_key_id.clone()).filter(|key| !key.is_empty()),
            }
        };

        blobs.make_bucket(location(config)).await?;

        Ok(blobs)
    }

    /// Succeeds while the store answers and has the bucket.
    pub async fn check(&self) -> Result<(), BlobError> {
        let head = self.client.head_bucket().bucket(&self.bucket).send().await;
        head.map(drop).map_err(|err| self.judge(status(&err), err))
    }

    async fn embedded(root: &Path, bucket: &str) -> Result<Self, BlobError> {
        let failed = |err: std::io::Error| BlobError::Open {
            place: root.display().to_string(),
            source: err.into(),
        };
        let folder = Folder::open(root).await.map_err(failed)?;
        let mut service = S3ServiceBuilder::new(folder.clone());
        service.set_auth(SimpleAuth::from_single(LOCAL_KEY, LOCAL_KEY));

        let config = builder(
            Credentials::new(LOCAL_KEY, LOCAL_KEY, None, None, "saga"),
            "us-east-1",
        )
        .endpoint_url("http://localhost")
        .force_path_style(true)
        .http_client(s3s_aws::Client::from(service.build()))
        .build();

        Ok(Self {
            client: Client::from_conf(config),
            folder: Some(folder),
            bucket: bucket.to_owned(),
            engine: "folder",
            place: format!("{}, from `data_dir`", root.display()),
            encryption: None,
            kms_key_id: None,
        })
    }

    async fn make_bucket(&self, location: Option<CreateBucketConfiguration>) -> Result<(), BlobError> {
        if self.check().await.is_ok() {
            return Ok(());
        }

        match self
            .client
            .create_bucket()
            .bucket(&self.bucket)
            .set_create_bucket_configuration(location)
            .send()
            .await
        {
            Ok(_) => Ok(()),
            Err(err) => {
                let known = err.as_service_error().is_some_and(|err| {
                    err.is_bucket_already_exists() || err.is_bucket_already_owned_by_you()
                });
                if known {
                    Ok(())
                } else {
                    Err(self.judge(status(&err), err))
                }
            }
        }
    }

    fn judge(
        &self,
        status: Option<u16>,
        source: impl std::error::Error + Send + Sync + 'static,
    ) -> BlobError {
        let (place, source) = (self.place.clone(), Box::new(source));
        match status {
            Some(401 | 403) => BlobError::Refused { place, source },
            Some(404) => BlobError::Bucket {
                bucket: self.bucket.clone(),
                place,
            },
            _ => BlobError::Open { place, source },
        }
    }
}

/// Nothing of it is secret.
fn describe(config: &BlobsConfig) -> String {
    let BlobsConfig {
        endpoint,
        region,
        bucket,
        ..
    } = config;

    match endpoint.as_str() {
        "" => format!("Amazon S3 in {region}, from `blobs.region`, bucket {bucket}"),
        endpoint => format!("{endpoint}, from `blobs.endpoint`, bucket {bucket}"),
    }
}

/// Amazon wants to be told where a bucket shall be, unless it is in its first region. Other stores have one place.
fn location(config: &BlobsConfig) -> Option<CreateBucketConfiguration> {
    let elsewhere = config.endpoint.is_empty() && !matches!(config.region.as_str(), "" | "us-east-1");
    elsewhere.then(|| {
        let region = BucketLocationConstraint::from(config.region.as_str());
        CreateBucketConfiguration::builder()
            .location_constraint(region)
            .build()
    })
}

fn builder(credentials: Credentials, region: &str) -> Builder {
    Builder::new()
        .behavior_version(BehaviorVersion::latest())
        .credentials_provider(credentials)
        .region(Region::new(region.to_owned()))
        // Newer checksums are not understood by every S3-compatible store.
        .request_checksum_calculation(RequestChecksumCalculation::WhenRequired)
        .response_checksum_validation(ResponseChecksumValidation::WhenRequired)
}

pub(super) fn remote(config: &BlobsConfig) -> Client {
    let (id, secret) = (
        config.access_key_id.expose_secret(),
        config.secret_access_key.expose_secret(),
    );

    let region = if config.region.is_empty() {
        "us-east-1"
    } else {
        &config.region
    };

    let timeouts = TimeoutConfig::builder()
        .connect_timeout(std::time::Duration::from_secs(5))
        .build();
    let mut builder = builder(Credentials::new(id, secret, None, None, "saga"), region)
        .force_path_style(config.path_style)
        .timeout_config(timeouts);
    if !config.endpoint.is_empty() {
        builder = builder.endpoint_url(&config.endpoint);
    }

    Client::from_conf(builder.build())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amazon_is_told_where_the_bucket_shall_be() {
        let place = |endpoint: &str, region: &str| {
            let (endpoint, region) = (endpoint.to_owned(), region.to_owned());
            let none = || String::new().into();
            let bucket = "saga".to_owned();
            let (access_key_id, secret_access_key) = (none(), none());
            let config = BlobsConfig {
                endpoint,
                region,
                bucket,
                access_key_id,
                secret_access_key,
                path_style: false,
                encryption: BlobEncryption::default(),
                kms_key_id: String::new(),
            };

            location(&config)
                .and_then(|made| made.location_constraint().map(|place| place.as_str().to_owned()))
        };

        assert_eq!(place("", "eu-central-1").as_deref(), Some("eu-central-1"));
        assert_eq!(place("", "us-east-1"), None);
        assert_eq!(place("", ""), None);
        assert_eq!(place("http://minio:9000", "eu-central-1"), None);
    }
}
