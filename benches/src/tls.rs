//! The same over TLS: one certificate for the servers of this run, and a connector that knows it. Every arm gets its stream from here, so
//! that the cipher's work is the same for all.

use std::{
    env, io,
    net::Ipv4Addr,
    sync::{Arc, OnceLock},
};

use rcgen::{CertifiedKey, generate_simple_self_signed};
use tokio::net::TcpStream;
use tokio_rustls::{
    TlsAcceptor, TlsConnector,
    client::TlsStream,
    rustls::{
        ClientConfig, RootCertStore, ServerConfig,
        crypto::ring,
        pki_types::{CertificateDer, PrivateKeyDer, ServerName, pem::PemObject as _},
    },
};

use crate::{server::Address, site::Site, told::Seen};

/// What a server's process is told its certificate and its key by.
const CERTIFICATE: &str = "NOVA_BENCH_CERTIFICATE";
const KEY: &str = "NOVA_BENCH_KEY";

/// A server, reached over TLS.
#[derive(Clone, Copy, Debug)]
pub struct Secured(pub Address);

impl Site for Secured {
    type Stream = TlsStream<TcpStream>;

    async fn dial(&self) -> io::Result<TlsStream<TcpStream>> {
        let stream = self.0.dial().await?;
        connector()?.connect(ServerName::IpAddress(Ipv4Addr::LOCALHOST.into()), stream).await
    }

    async fn seen(&self) -> io::Result<Seen> {
        self.0.seen().await
    }
}

/// The certificate of this run, and its key.
fn identity() -> io::Result<&'static [String; 2]> {
    static IDENTITY: OnceLock<[String; 2]> = OnceLock::new();
    if let Some(identity) = IDENTITY.get() {
        return Ok(identity);
    }
    let CertifiedKey { cert, signing_key } =
        generate_simple_self_signed([Ipv4Addr::LOCALHOST.to_string()]).map_err(io::Error::other)?;
    Ok(IDENTITY.get_or_init(|| [cert.pem(), signing_key.serialize_pem()]))
}

/// What to tell a server's process.
///
/// # Errors
/// Where no certificate can be made.
pub fn told() -> io::Result<[(&'static str, &'static str); 2]> {
    let [certificate, key] = identity()?;
    Ok([(CERTIFICATE, certificate), (KEY, key)])
}

fn connector() -> io::Result<TlsConnector> {
    static CONNECTOR: OnceLock<TlsConnector> = OnceLock::new();
    if let Some(connector) = CONNECTOR.get() {
        return Ok(connector.clone());
    }
    let mut roots = RootCertStore::empty();
    roots.add(certificate(&identity()?[0])?).map_err(io::Error::other)?;
    let config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .map_err(io::Error::other)?
        .with_root_certificates(roots)
        .with_no_client_auth();
    Ok(CONNECTOR.get_or_init(|| Arc::new(config).into()).clone())
}

/// What accepts TLS in a server's process; `None` where it was told no certificate.
///
/// # Errors
/// What is wrong with the certificate.
pub fn acceptor() -> io::Result<Option<TlsAcceptor>> {
    let (Ok(pem), Ok(key)) = (env::var(CERTIFICATE), env::var(KEY)) else { return Ok(None) };
    let key = PrivateKeyDer::from_pem_slice(key.as_bytes()).map_err(io::Error::other)?;
    let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .map_err(io::Error::other)?
        .with_no_client_auth()
        .with_single_cert(vec![certificate(&pem)?], key)
        .map_err(io::Error::other)?;
    Ok(Some(Arc::new(config).into()))
}

fn certificate(pem: &str) -> io::Result<CertificateDer<'static>> {
    CertificateDer::from_pem_slice(pem.as_bytes()).map_err(io::Error::other)
}
