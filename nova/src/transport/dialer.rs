//! The seam between an address and a byte stream.
//!
//! TCP, TLS, proxies, memory and simulated networks all enter here, so that everything above reads and writes one kind of stream
//! and can be tested without a network.

use std::{fmt::Debug, pin::Pin};

use tokio::io::{AsyncRead, AsyncWrite};

use crate::{error::Result, transport::Endpoint};

/// A boxed future that can move between threads.
pub type BoxFuture<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// A connected byte stream of any kind.
pub type BoxStream = Box<dyn ByteStream>;

/// What a dialer returns: anything that reads and writes bytes. Implemented for all such types.
pub trait ByteStream: AsyncRead + AsyncWrite + Send + Unpin + 'static {}

impl<T: AsyncRead + AsyncWrite + Send + Unpin + 'static> ByteStream for T {}

/// Turns an address into a connected byte stream.
///
/// The default is [`Tcp`](crate::Tcp). The stream must be ready for the HTTP upgrade: where the endpoint asks for TLS, the dialer
/// has done it. Whoever dials drops the future at the deadline, and that must leave nothing behind.
///
/// ```
/// use nova::{BoxFuture, BoxStream, Dialer, Endpoint};
///
/// /// Reaches every address through a Unix socket of the same machine.
/// #[derive(Debug)]
/// struct Sidecar;
///
/// impl Dialer for Sidecar {
///     fn dial(&self, _endpoint: &Endpoint) -> BoxFuture<'static, nova::Result<BoxStream>> {
///         Box::pin(async {
///             let (stream, _other) = tokio::io::duplex(1024);
///             Ok(Box::new(stream) as BoxStream)
///         })
///     }
/// }
/// ```
pub trait Dialer: Debug + Send + Sync + 'static {
    /// Connects to `endpoint`.
    ///
    /// # Errors
    /// [`Error::Dns`](crate::Error::Dns), [`Error::Dial`](crate::Error::Dial) and [`Error::Tls`](crate::Error::Tls) as they
    /// happen; [`Error::Config`](crate::Error::Config) for what can be refused before dialling.
    ///
    /// # Cancel safety
    /// Dropping the future abandons every attempt under way.
    fn dial(&self, endpoint: &Endpoint) -> BoxFuture<'static, Result<BoxStream>>;
}
