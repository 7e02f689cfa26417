//! Mutual TLS between roles: each process shows a certificate, and trusts the authority of the other's. Which host
//! a certificate is for is checked by whoever calls; a server takes every certificate of the authority.

use std::path::{Path, PathBuf};

use rustls::{
    crypto::aws_lc_rs::sign::any_supported_type,
    pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject},
    sign::CertifiedKey,
};
use serde::Deserialize;
use tonic::transport::{Certificate, ClientTlsConfig, Identity, ServerTlsConfig};

/// `[rpc.tls]`: PEM files; all three or none.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RpcTlsConfig {
    /// The authority that all roles' certificates are from.
    pub ca: PathBuf,
    /// This process's own certificate, with what is between it and the authority.
    pub certificate: PathBuf,
    pub key: PathBuf,
}

#[derive(Debug, thiserror::Error)]
pub enum RpcTlsError {
    #[error(
        "`{missing}` is not set, but others of `rpc.tls` are: roles recognise one another with all of ca, certificate and key"
    )]
    Missing { missing: &'static str },
    #[error("`{setting}` is {}, which can't be read", path.display())]
    Unreadable {
        setting: &'static str,
        path: PathBuf,
        #[source]
        source: std::io::Error,
    },
    #[error("`{setting}` is {}, which holds no {expected} in PEM", path.display())]
    NotPem {
        setting: &'static str,
        path: PathBuf,
        expected: &'static str,
    },
    #[error("`rpc.tls.key` is not the key of the certificate in `rpc.tls.certificate`")]
    OtherKey,
}

const CA: &str = "rpc.tls.ca";
const CERTIFICATE: &str = "rpc.tls.certificate";
const KEY: &str = "rpc.tls.key";

/// What a process shows and whom it trusts. Cheap enough to clone.
#[derive(Clone)]
pub struct RpcTls {
    ca: Certificate,
    identity: Identity,
}

impl RpcTlsConfig {
    /// Reads and checks the files; none when no file is named.
    pub fn load(&self) -> Result<Option<RpcTls>, RpcTlsError> {
        let files = [(CA, &self.ca), (CERTIFICATE, &self.certificate), (KEY, &self.key)];
        let is_missing = |(_, path): &&(&'static str, &PathBuf)| path.as_os_str().is_empty();
        match files.iter().find(is_missing) {
            Some(_) if files.iter().all(|file| is_missing(&file)) => return Ok(None),
            Some((missing, _)) => return Err(RpcTlsError::Missing { missing }),
            None => {}
        }

        let [ca, certificate, key] = files.map(|(setting, path)| read(setting, path));
        let (ca, certificate, key) = (ca?, certificate?, key?);
        certificates(CA, &self.ca, &ca)?;
        let chain = certificates(CERTIFICATE, &self.certificate, &certificate)?;
        let unusable = || RpcTlsError::NotPem {
            setting: KEY,
            path: self.key.clone(),
            expected: "private key",
        };
        let parsed = PrivateKeyDer::from_pem_slice(&key).map_err(|_| unusable())?;
        let signing = any_supported_type(&parsed).map_err(|_| unusable())?;

        CertifiedKey::new(chain, signing)
            .keys_match()
            .map_err(|_| RpcTlsError::OtherKey)?;
        Ok(Some(RpcTls {
            ca: Certificate::from_pem(ca),
            identity: Identity::from_pem(certificate, key),
        }))
    }
}

impl RpcTls {
    /// Shows who we are, and talks to nobody else's certificates.
    pub(super) fn client(&self) -> ClientTlsConfig {
        ClientTlsConfig::new()
            .ca_certificate(self.ca.clone())
            .identity(self.identity.clone())
    }

    /// Refuses whoever shows no certificate of the authority.
    pub(super) fn server(&self) -> ServerTlsConfig {
        ServerTlsConfig::new()
            .client_ca_root(self.ca.clone())
            .identity(self.identity.clone())
    }
}

fn read(setting: &'static str, path: &Path) -> Result<Vec<u8>, RpcTlsError> {
    std::fs::read(path).map_err(|source| RpcTlsError::Unreadable {
        setting,
        path: path.to_owned(),
        source,
    })
}

fn certificates(
    setting: &'static str,
    path: &Path,
    pem: &[u8],
) -> Result<Vec<CertificateDer<'static>>, RpcTlsError> {
    let found: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(pem).collect();
    match found {
        Ok(found) if !found.is_empty() => Ok(found),
        _ => Err(RpcTlsError::NotPem {
            setting,
            path: path.to_owned(),
            expected: "certificate",
        }),
    }
}
