//! TLS by rustls: which roots are trusted, and what a failure means.
//!
//! The cryptography is named explicitly, because rustls panics when a program's other dependencies enable two providers. There is
//! no switch that turns verification off: a venue with its own authority is trusted by giving nova that authority.

use std::{
    fmt, io,
    sync::{Arc, Mutex, Once, PoisonError},
};

use tokio::net::TcpStream;
use tokio_rustls::{
    TlsConnector,
    rustls::{
        self, AlertDescription, ClientConfig, RootCertStore,
        crypto::ring,
        pki_types::{CertificateDer, ServerName, pem::PemObject},
    },
};

use crate::{
    error::{Error, Result},
    transport::{BoxStream, Endpoint},
};

type Built = Mutex<Option<Arc<ClientConfig>>>;

/// Reading the system's roots takes milliseconds and their store about a megabyte, so all clients without roots of their own
/// share one.
static PLAIN: Built = Mutex::new(None);

/// TLS options, in code only.
///
/// Trusted are the system's roots and those added here; where the system has none, Mozilla's (feature `webpki-roots`), which is
/// said once at `info`. Verification of chain, name and time is always on, and TLS is at least 1.2.
#[derive(Clone, Default)]
pub struct Tls {
    pem: Vec<Arc<[u8]>>,
    built: Arc<Built>,
}

impl Tls {
    /// The default options.
    pub fn new() -> Self {
        Self::default()
    }

    /// Trusts the certificates in this PEM text too. It is read when the first connection is dialled; text without a certificate
    /// is refused then, as [`Error::Config`] with the field `tls.roots`.
    ///
    /// ```
    /// # let authority = "";
    /// let tls = nova::Tls::new().root_pem(authority);
    /// ```
    pub fn root_pem(mut self, pem: impl AsRef<[u8]>) -> Self {
        self.pem.push(pem.as_ref().into());
        self.built = Arc::default();
        self
    }

    pub(super) async fn connector(&self, endpoint: &Endpoint) -> Result<Connector> {
        let host: Arc<str> = endpoint.host().into();
        let Ok(name) = ServerName::try_from(host.to_string()) else {
            return Err(Error::config("url", "the host is not a name a certificate can be for"));
        };
        let this = self.clone();
        let config = match tokio::task::spawn_blocking(move || this.config()).await {
            Ok(config) => config?,
            // Only a runtime in shutdown cancels it; whoever dials is being dropped too.
            Err(_) => return Err(Error::ClientClosed),
        };
        Ok(Connector { config, name, host })
    }

    fn config(&self) -> Result<Arc<ClientConfig>> {
        let built = if self.pem.is_empty() { &PLAIN } else { &*self.built };
        let mut built = built.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(config) = &*built {
            return Ok(Arc::clone(config));
        }
        let mut config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()
            .map_err(|error| Error::config("tls", error.to_string()))?
            .with_root_certificates(self.roots()?)
            .with_no_client_auth();
        config.alpn_protocols = vec![b"http/1.1".to_vec()];
        Ok(Arc::clone(built.insert(Arc::new(config))))
    }

    fn roots(&self) -> Result<RootCertStore> {
        let mut roots = RootCertStore::empty();
        let native = rustls_native_certs::load_native_certs();
        roots.add_parsable_certificates(native.certs);
        let native_is_empty = roots.is_empty();
        for pem in &self.pem {
            let before = roots.len();
            for certificate in CertificateDer::pem_slice_iter(pem) {
                let added = certificate.map_err(|error| error.to_string());
                let added = added.and_then(|der| roots.add(der).map_err(|error| error.to_string()));
                added
                    .map_err(|reason| Error::config("tls.roots", format!("an extra root cannot be read: {reason}")))?;
            }
            if roots.len() == before {
                return Err(Error::config("tls.roots", "the PEM text given to root_pem holds no certificate"));
            }
        }
        if native_is_empty {
            add_bundled(&mut roots);
        }
        if roots.is_empty() {
            return Err(Error::config(
                "tls.roots",
                "the system has no root certificates; install them, enable nova's feature `webpki-roots`, or use Tls::root_pem",
            ));
        }
        Ok(roots)
    }
}

impl fmt::Debug for Tls {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Tls").field("extra_roots", &self.pem.len()).finish_non_exhaustive()
    }
}

fn add_bundled(roots: &mut RootCertStore) {
    static SAID: Once = Once::new();
    if cfg!(feature = "webpki-roots") {
        SAID.call_once(|| tracing::info!("the system has no root certificates: trusting the bundled Mozilla roots"));
    }
    #[cfg(feature = "webpki-roots")]
    roots.extend(webpki_roots::TLS_SERVER_ROOTS.iter().cloned());
    #[cfg(not(feature = "webpki-roots"))]
    let _ = roots;
}

/// Options and name, checked and ready for a connected socket.
pub(super) struct Connector {
    config: Arc<ClientConfig>,
    name: ServerName<'static>,
    host: Arc<str>,
}

impl Connector {
    pub(super) async fn connect(self, tcp: TcpStream) -> Result<BoxStream> {
        let address = tcp.peer_addr().map_or_else(|_| Arc::clone(&self.host), |address| address.to_string().into());
        match TlsConnector::from(self.config).connect(self.name, tcp).await {
            Ok(stream) => Ok(Box::new(stream)),
            Err(error) => match refusal(&error) {
                Some(source) => Err(Error::Tls { host: self.host, source: Arc::new(source) }),
                None => Err(Error::Dial { address, source: Arc::new(error) }),
            },
        }
    }
}

/// What TLS itself refused, which will not heal. A broken connection and a server in trouble may.
fn refusal(error: &io::Error) -> Option<rustls::Error> {
    let refused = error.get_ref()?.downcast_ref::<rustls::Error>()?;
    match refused {
        rustls::Error::AlertReceived(
            AlertDescription::InternalError | AlertDescription::CloseNotify | AlertDescription::UserCanceled,
        ) => None,
        other => Some(other.clone()),
    }
}
