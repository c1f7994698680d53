//! Whom a client trusts: the system's roots, those given in code, and where the system has none, those that nova was built with.

use std::{
    io,
    sync::{Arc, Once},
};

use rustls_native_certs::{CertificateResult, ErrorKind};
use tokio_rustls::rustls::{
    RootCertStore,
    pki_types::{CertificateDer, TrustAnchor, pem::PemObject},
};

use crate::{
    error::{Error, Result},
    transport::exhausted::is_exhausted,
};

/// Mozilla's roots, where nova was built with them.
pub(in crate::transport) fn bundled() -> &'static [TrustAnchor<'static>] {
    #[cfg(feature = "webpki-roots")]
    return webpki_roots::TLS_SERVER_ROOTS;
    #[cfg(not(feature = "webpki-roots"))]
    &[]
}

/// The roots of the system and of `extra`, in PEM; `bundled` where the system has none.
pub(in crate::transport) fn trusted(
    native: CertificateResult,
    extra: &[Arc<[u8]>],
    bundled: &[TrustAnchor<'static>],
) -> Result<RootCertStore> {
    // Roots that could only not be read now are no missing ones: others would be trusted in their place, and from then on.
    if let Some(source) = native.errors.into_iter().find_map(exhausted) {
        return Err(Error::LocalResource { source });
    }
    let mut roots = RootCertStore::empty();
    roots.add_parsable_certificates(native.certs);
    let native_is_empty = roots.is_empty();
    for pem in extra {
        let before = roots.len();
        for certificate in CertificateDer::pem_slice_iter(pem) {
            let added = certificate.map_err(|error| error.to_string());
            let added = added.and_then(|der| roots.add(der).map_err(|error| error.to_string()));
            added.map_err(|reason| Error::config("tls.roots", format!("an extra root cannot be read: {reason}")))?;
        }
        if roots.len() == before {
            return Err(Error::config("tls.roots", "the PEM text given to root_pem holds no certificate"));
        }
    }
    if native_is_empty {
        add_bundled(&mut roots, bundled);
    }
    if roots.is_empty() {
        return Err(Error::config(
            "tls.roots",
            "the system has no root certificates; install them, enable nova's feature `webpki-roots`, or use Tls::root_pem",
        ));
    }
    Ok(roots)
}

/// What the system said, where it has run out of something.
fn exhausted(error: rustls_native_certs::Error) -> Option<Arc<io::Error>> {
    match error.kind {
        ErrorKind::Io { inner, .. } if is_exhausted(&inner) => Some(Arc::new(inner)),
        _ => None,
    }
}

fn add_bundled(roots: &mut RootCertStore, bundled: &[TrustAnchor<'static>]) {
    static SAID: Once = Once::new();
    if !bundled.is_empty() {
        SAID.call_once(|| tracing::info!("the system has no root certificates: trusting the bundled Mozilla roots"));
    }
    roots.extend(bundled.iter().cloned());
}
