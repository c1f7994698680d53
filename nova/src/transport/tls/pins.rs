//! Pinned keys: beside everything else that is checked, the server's certificate must have one of these public keys.
//!
//! Only the server's own certificate counts. A pinned authority among the certificates it sends along would prove nothing: anybody may
//! send it along.

use std::{fmt, sync::Arc};

use ring::digest;
use tokio_rustls::rustls::{
    self, CertificateError, DigitallySignedStruct, OtherError, SignatureScheme,
    client::{
        WebPkiServerVerifier,
        danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier},
    },
    pki_types::{CertificateDer, ServerName, UnixTime},
    server::ParsedCertificate,
};

use crate::{
    base64::{ALPHABET, base64},
    error::{Error, Result},
};

/// The SHA-256 of a public key in base64, as in `sha256/47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=`.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct Pin(Arc<str>);

impl Pin {
    pub(super) fn new(text: &str) -> Self {
        Self(text.into())
    }

    fn of(key: &[u8]) -> Self {
        Self(format!("sha256/{}", base64(digest::digest(&digest::SHA256, key).as_ref())).into())
    }

    pub(super) fn check(&self) -> Result {
        let digest = self.0.strip_prefix("sha256/").and_then(|rest| rest.strip_suffix('='));
        match digest {
            Some(digest) if digest.len() == 43 && digest.bytes().all(|letter| ALPHABET.contains(&letter)) => Ok(()),
            _ => {
                let reason =
                    "a pin is `sha256/` and the SHA-256 of the certificate's public key in base64 (44 letters)";
                Err(Error::config("tls.pins", reason))
            }
        }
    }
}

/// Why a server that is trusted otherwise was refused.
#[derive(Debug)]
struct Mismatch {
    found: Pin,
    pins: usize,
}

impl fmt::Debug for Pin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Display for Mismatch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the key of the server's certificate is {:?}, which is none of the {} pinned", self.found, self.pins)
    }
}

impl std::error::Error for Mismatch {}

/// Everything that is checked anyway, and then the pins.
#[derive(Debug)]
pub(super) struct Pinned {
    pub(super) inner: Arc<WebPkiServerVerifier>,
    pub(super) pins: Vec<Pin>,
}

impl ServerCertVerifier for Pinned {
    fn verify_server_cert(
        &self,
        certificate: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        name: &ServerName<'_>,
        ocsp: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        let verified = self.inner.verify_server_cert(certificate, intermediates, name, ocsp, now)?;
        let found = Pin::of(&ParsedCertificate::try_from(certificate)?.subject_public_key_info());
        if self.pins.contains(&found) {
            return Ok(verified);
        }
        let mismatch = Mismatch { found, pins: self.pins.len() };
        Err(CertificateError::Other(OtherError(Arc::new(mismatch))).into())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        self.inner.verify_tls12_signature(message, certificate, signature)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        self.inner.verify_tls13_signature(message, certificate, signature)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.inner.supported_verify_schemes()
    }
}
