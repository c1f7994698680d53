//! The certificate a client shows: read anew for each connection, because files are replaced while programs run.

use std::{fs, path::PathBuf, sync::Arc};

use ring::digest;
use secrecy::zeroize::Zeroizing;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject};

use crate::{
    error::{Error, Result},
    transport::exhausted::is_exhausted,
};

/// Where a certificate and its key are.
#[derive(Clone)]
pub(super) struct Identity {
    pub(super) certificate: Arc<PathBuf>,
    pub(super) key: Arc<PathBuf>,
}

/// Both as they stand in their files.
pub(super) struct Shown {
    certificate: Vec<u8>,
    key: Zeroizing<Vec<u8>>,
}

impl Identity {
    pub(super) fn read(&self) -> Result<Shown> {
        let read = |path: &PathBuf| {
            fs::read(path).map_err(|error| {
                if is_exhausted(&error) {
                    Error::LocalResource { source: Arc::new(error) }
                } else {
                    refused(&format!("`{}` cannot be read: {error}", path.display()))
                }
            })
        };
        Ok(Shown { certificate: read(&self.certificate)?, key: Zeroizing::new(read(&self.key)?) })
    }
}

impl Shown {
    /// What tells it from another, and tells nobody what it is.
    pub(super) fn fingerprint(&self) -> [u8; 32] {
        let mut context = digest::Context::new(&digest::SHA256);
        context.update(&(self.certificate.len() as u64).to_be_bytes());
        context.update(&self.certificate);
        context.update(&self.key);
        let mut fingerprint = [0; 32];
        fingerprint.copy_from_slice(context.finish().as_ref());
        fingerprint
    }

    pub(super) fn parse(&self) -> Result<(Vec<CertificateDer<'static>>, PrivateKeyDer<'static>)> {
        let chain: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(&self.certificate).collect();
        let chain = chain.map_err(|error| refused(&format!("the certificate is no PEM text: {error}")))?;
        if chain.is_empty() {
            return Err(refused("its file holds no certificate in PEM"));
        }
        // What is wrong with a key is not told in detail: the parser's words might quote it.
        let key = PrivateKeyDer::from_pem_slice(&self.key);
        Ok((chain, key.map_err(|_| refused("the key's file holds no private key in PEM"))?))
    }
}

pub(super) fn refused(reason: &str) -> Error {
    Error::config("tls.client_certificate", reason.to_owned())
}
