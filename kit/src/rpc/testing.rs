//! An authority of a test's own, and certificates from it, as files.

use std::path::{Path, PathBuf};

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};

use super::RpcTlsConfig;

pub struct Authority {
    issuer: CertifiedIssuer<'static, KeyPair>,
    folder: PathBuf,
}

impl Authority {
    /// Writes into `folder`.
    ///
    /// # Panics
    /// When that fails.
    #[must_use]
    pub fn new(folder: &Path, name: &str) -> Self {
        let mut params = CertificateParams::default();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let issuer = CertifiedIssuer::self_signed(params, generate_key()).expect("a certificate");
        let folder = folder.join(name);
        std::fs::create_dir_all(&folder).expect("a folder");
        std::fs::write(folder.join("ca.pem"), issuer.pem()).expect("written");

        Self { issuer, folder }
    }

    /// The files of a process that is called by `host`.
    ///
    /// # Panics
    /// When that fails.
    #[must_use]
    pub fn certify(&self, host: &str) -> RpcTlsConfig {
        let key = generate_key();
        let params = CertificateParams::new([host.to_owned()]).expect("a host");
        let certificate = params.signed_by(&key, &self.issuer).expect("a certificate");
        let files = RpcTlsConfig {
            ca: self.folder.join("ca.pem"),
            certificate: self.folder.join(format!("{host}.pem")),
            key: self.folder.join(format!("{host}.key")),
        };

        std::fs::write(&files.certificate, certificate.pem()).expect("written");
        std::fs::write(&files.key, key.serialize_pem()).expect("written");
        files
    }
}

fn generate_key() -> KeyPair {
    KeyPair::generate().expect("a key")
}
