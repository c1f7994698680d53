//! TLS by rustls: which roots are trusted, and what a failure means.
//!
//! The cryptography is named explicitly, because rustls panics when a program's other dependencies enable two providers. There is
//! no switch that turns verification off: a venue with its own authority is trusted by giving nova that authority.

mod identity;
mod pins;
pub(super) mod roots;

use std::{
    error::Error as StdError,
    fmt, io,
    path::PathBuf,
    sync::{Arc, Mutex, PoisonError},
};

use rustls_native_certs::load_native_certs;
use tokio::net::TcpStream;
use tokio_rustls::{
    TlsConnector,
    rustls::{
        self, AlertDescription, CertificateError, ClientConfig, OtherError,
        client::{WantsClientCert, WebPkiServerVerifier},
        crypto::ring,
        pki_types::ServerName,
    },
};

use identity::{Identity, Shown, refused};
use pins::{Pin, Pinned};

use crate::{
    error::{Error, Result},
    transport::{BoxStream, Endpoint},
};

type Built = Mutex<Option<Ready>>;

/// A configuration, and which client certificate it shows.
struct Ready {
    config: Arc<ClientConfig>,
    shows: Option<[u8; 32]>,
}

/// Reading the system's roots takes milliseconds and their store about a megabyte, so all clients without roots of their own
/// share one.
static PLAIN: Built = Mutex::new(None);

/// TLS options, in code only.
///
/// Trusted are the system's roots and those added here; where the system has none, Mozilla's (feature `webpki-roots`), which is
/// said once at `info`. Verification of chain, name and time is always on, and TLS is at least 1.2. Nothing here is read from a file of
/// settings or the environment, and nothing turns verification off.
///
/// ```no_run
/// # #[nova::client(platform = "deribit")]
/// # struct Desk;
/// # async fn run() -> nova::Result {
/// let tls = nova::Tls::new()
///     .client_certificate("desk.pem", "desk.key")
///     .pin("sha256/47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=")
///     .pin("sha256/LPJNul+wow4m6DsqxbninhsWHlwfp0JecwQzYpOLmCQ=");
/// let desk = nova::connect(Desk).dialer(nova::Tcp::new().tls(tls)).await?;
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Default)]
pub struct Tls {
    pem: Vec<Arc<[u8]>>,
    pins: Vec<Pin>,
    identity: Option<Identity>,
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

    /// Shows this certificate to servers that ask for one: two files in PEM, the chain and its private key. They are read for each
    /// connection, so that a renewed certificate is shown from the next one on. Files that cannot be used refuse the first
    /// connection, as [`Error::Config`] with the field `tls.client_certificate`; later ones go on with what was read last, and say
    /// so at `warn`.
    pub fn client_certificate(mut self, chain: impl Into<PathBuf>, key: impl Into<PathBuf>) -> Self {
        self.identity = Some(Identity { certificate: Arc::new(chain.into()), key: Arc::new(key.into()) });
        self.built = Arc::default();
        self
    }

    /// Accepts only servers whose own certificate has this public key, or another that is pinned: `sha256/` and the base64 of the
    /// SHA-256 of its `SubjectPublicKeyInfo`. Everything else is checked as without pins.
    ///
    /// A server renews its key one day: pin the next one too, or its clients are locked out. Text that is no pin refuses the first
    /// connection, as [`Error::Config`] with the field `tls.pins`.
    pub fn pin(mut self, pin: impl AsRef<str>) -> Self {
        self.pins.push(Pin::new(pin.as_ref()));
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
        let plain = self.pem.is_empty() && self.pins.is_empty() && self.identity.is_none();
        let built = if plain { &PLAIN } else { &*self.built };
        let mut built = built.lock().unwrap_or_else(PoisonError::into_inner);
        let shown = self.identity.as_ref().map(Identity::read).transpose();
        let Some(ready) = &*built else {
            return Ok(Arc::clone(&built.insert(self.build(shown?.as_ref())?).config));
        };
        let renewed = shown.and_then(|shown| {
            let changed = shown.as_ref().map(Shown::fingerprint) != ready.shows;
            changed.then(|| self.build(shown.as_ref())).transpose()
        });
        match renewed {
            Ok(None) => Ok(Arc::clone(&ready.config)),
            Ok(Some(renewed)) => Ok(Arc::clone(&built.insert(renewed).config)),
            // It is being replaced at this moment, perhaps.
            Err(error) => {
                tracing::warn!(target: "nova::tls", %error, "the client certificate cannot be renewed: the last one is shown");
                Ok(Arc::clone(&ready.config))
            }
        }
    }

    fn build(&self, shown: Option<&Shown>) -> Result<Ready> {
        let verified = self.verified()?;
        let mut config = match shown {
            None => verified.with_no_client_auth(),
            Some(shown) => {
                let (chain, key) = shown.parse()?;
                let refused = |error: rustls::Error| refused(&format!("it cannot be used: {error}"));
                verified.with_client_auth_cert(chain, key).map_err(refused)?
            }
        };
        config.alpn_protocols = vec![b"http/1.1".to_vec()];
        Ok(Ready { config: Arc::new(config), shows: shown.map(Shown::fingerprint) })
    }

    /// How a server is verified.
    fn verified(&self) -> Result<rustls::ConfigBuilder<ClientConfig, WantsClientCert>> {
        let wrong = |error: &dyn fmt::Display| Error::config("tls", error.to_string());
        let provider = Arc::new(ring::default_provider());
        let config = ClientConfig::builder_with_provider(provider.clone()).with_safe_default_protocol_versions();
        let (config, roots) =
            (config.map_err(|error| wrong(&error))?, roots::trusted(load_native_certs(), &self.pem, roots::bundled())?);
        if self.pins.is_empty() {
            return Ok(config.with_root_certificates(roots));
        }
        self.pins.iter().try_for_each(Pin::check)?;
        let inner = WebPkiServerVerifier::builder_with_provider(Arc::new(roots), provider).build();
        let pinned = Pinned { inner: inner.map_err(|error| wrong(&error))?, pins: self.pins.clone() };
        // The library's name for any verifier of one's own; this one checks what the usual one does, and more.
        Ok(config.dangerous().with_custom_certificate_verifier(Arc::new(pinned)))
    }
}

impl fmt::Debug for Tls {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let certificate = self.identity.as_ref().map(|identity| &identity.certificate);
        f.debug_struct("Tls")
            .field("extra_roots", &self.pem.len())
            .field("pins", &self.pins)
            .field("client_certificate", &certificate)
            .finish_non_exhaustive()
    }
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
                Some(source) => Err(Error::Tls { host: self.host, source }),
                None => Err(Error::Dial { address, source: Arc::new(error) }),
            },
        }
    }
}

/// Whether a certificate was refused because its time is over: the one refusal that may be the fault of this machine's clock, and
/// that a venue heals while its clients wait.
pub(crate) fn is_expired(error: &Error) -> bool {
    let Error::Tls { source, .. } = error else { return false };
    matches!(
        source.downcast_ref::<rustls::Error>(),
        Some(rustls::Error::InvalidCertificate(CertificateError::Expired | CertificateError::ExpiredContext { .. }))
    )
}

/// What TLS itself refused, which will not heal. A broken connection and a server in trouble may.
pub(super) fn refusal(error: &io::Error) -> Option<Arc<dyn StdError + Send + Sync>> {
    let refused = error.get_ref()?.downcast_ref::<rustls::Error>()?;
    match refused {
        rustls::Error::AlertReceived(
            AlertDescription::InternalError | AlertDescription::CloseNotify | AlertDescription::UserCanceled,
        ) => None,
        // The library would show it as the program's own types.
        rustls::Error::InvalidCertificate(CertificateError::Other(OtherError(own))) => Some(own.clone()),
        other => Some(Arc::new(other.clone())),
    }
}
