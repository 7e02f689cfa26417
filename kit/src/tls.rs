//! Which cryptography TLS runs on. Libraries may switch several on; then rustls takes none by itself and its users panic.

/// Makes aws-lc the cryptography of this process, unless one was chosen already.
pub fn install_provider() {
    // An error says that there is one.
    let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
}
