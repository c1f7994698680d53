//! The default dialer: TCP, and TLS over it.
//!
//! It sets no deadline of its own. Whoever dials has one for resolving, connecting, TLS and upgrade together; four separate ones
//! would add up to a wait that nobody asked for.

use std::sync::Arc;
#[cfg(any(target_os = "linux", target_os = "android"))]
use std::time::Duration;

use tokio::net::TcpStream;

use crate::{
    error::Result,
    transport::{
        BoxFuture, BoxStream, Dialer, Endpoint,
        exhausted::{unreached, unresolved},
        lookup::lookup,
        race::race,
    },
};

#[cfg(feature = "tls")]
use crate::transport::Tls;

/// How long written bytes may stay unacknowledged.
#[cfg(any(target_os = "linux", target_os = "android"))]
const UNACKNOWLEDGED: Duration = Duration::from_secs(30);

/// Dials over TCP, racing the addresses of the host (RFC 8305), with TLS for `wss`. On Linux and Android a connection ends where bytes stay unacknowledged
/// for 30 s.
///
/// ```
/// # fn main() -> nova::Result<()> {
/// # let pem = "";
/// let dialer = nova::Tcp::new().tls(nova::Tls::new().root_pem(pem));
/// # drop(dialer);
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug, Default)]
pub struct Tcp {
    #[cfg(feature = "tls")]
    tls: Tls,
}

impl Tcp {
    /// The dialer with default options.
    pub fn new() -> Self {
        Self::default()
    }

    /// Uses these TLS options for `wss` addresses.
    #[cfg(feature = "tls")]
    pub fn tls(self, tls: Tls) -> Self {
        Self { tls }
    }
}

impl Dialer for Tcp {
    fn dial(&self, endpoint: &Endpoint) -> BoxFuture<'static, Result<BoxStream>> {
        let endpoint = endpoint.clone();
        #[cfg(feature = "tls")]
        {
            let tls = self.tls.clone();
            Box::pin(async move {
                if !endpoint.is_tls() {
                    return Ok(Box::new(connect(&endpoint).await?) as BoxStream);
                }
                // First, so that a mistake in the options is told before anybody is dialled.
                let connector = tls.connector(&endpoint).await?;
                let tcp = connect(&endpoint).await?;
                connector.connect(tcp).await
            })
        }
        #[cfg(not(feature = "tls"))]
        Box::pin(async move {
            if endpoint.is_tls() {
                return Err(crate::error::Error::config("url", "wss needs nova's feature `tls`, which is off"));
            }
            Ok(Box::new(connect(&endpoint).await?) as BoxStream)
        })
    }
}

async fn connect(endpoint: &Endpoint) -> Result<TcpStream> {
    #[cfg(feature = "test")]
    crate::time::refuse_virtual("a TCP connection")?;
    let host = endpoint.host();
    let addresses = lookup(host, endpoint.port()).await.map_err(|source| unresolved(host, source))?;
    let stream = race(&addresses, TcpStream::connect).await.map_err(|(address, error)| match address {
        Some(address) => unreached(address, error),
        None => unresolved(host, Arc::new(error)),
    })?;
    // Fails only on a socket that is dead already, which the next write tells better.
    let _ = stream.set_nodelay(true);
    limit_unacknowledged(&stream);
    Ok(stream)
}

/// Where bytes that were written stay unacknowledged, the system ends the connection: so a dead way out is found although the way in
/// lives. Only Linux and Android know this option; elsewhere their own, longer time-outs hold.
fn limit_unacknowledged(stream: &TcpStream) {
    #[cfg(any(target_os = "linux", target_os = "android"))]
    {
        // A system that refuses it keeps its own time-out.
        let _ = socket2::SockRef::from(stream).set_tcp_user_timeout(Some(UNACKNOWLEDGED));
    }
    #[cfg(not(any(target_os = "linux", target_os = "android")))]
    let _ = stream;
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_connection_ends_where_nobody_acknowledges_its_bytes() {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("ws://{}/", listener.local_addr().unwrap());
        let stream = connect(&Endpoint::parse(&url).unwrap()).await.unwrap();
        let limit = socket2::SockRef::from(&stream).tcp_user_timeout().unwrap();
        assert_eq!(limit, Some(UNACKNOWLEDGED));
    }
}
