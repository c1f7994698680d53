//! A dialer made of a function: whatever connects in one line is one.

use std::{fmt, io, sync::Arc};

use crate::{
    error::{Error, Result},
    transport::{BoxFuture, BoxStream, ByteStream, Dialer, Endpoint},
};

/// Makes a dialer of a function that connects: a simulated network, a Unix socket, a tunnel.
///
/// For plain streams only: `wss` addresses are refused, as TLS is a [`Dialer`]'s own duty.
///
/// ```
/// # fn main() {
/// use tokio::net::TcpStream;
///
/// let tunnel = nova::dialer(|_| TcpStream::connect(("127.0.0.1", 9000)));
/// # drop(tunnel); }
/// ```
///
/// With [turmoil](https://docs.rs/turmoil), inside a host of its simulation, the same client runs on a network that partitions, delays and
/// crashes:
///
/// ```text
/// let simulated = nova::dialer(|to| async move { turmoil::net::TcpStream::connect((to.host(), to.port())).await });
/// let desk = nova::connect(Desk).url("ws://venue:80/").dialer(simulated).seed(7).await?;
/// ```
pub fn dialer<F, Fut, S>(connect: F) -> FnDialer<F>
where
    F: Fn(Endpoint) -> Fut + Send + Sync + 'static,
    Fut: Future<Output = io::Result<S>> + Send + 'static,
    S: ByteStream,
{
    FnDialer { connect }
}

/// What [`dialer`] makes.
#[derive(Clone, Copy)]
pub struct FnDialer<F> {
    connect: F,
}

impl<F, Fut, S> Dialer for FnDialer<F>
where
    F: Fn(Endpoint) -> Fut + Send + Sync + 'static,
    Fut: Future<Output = io::Result<S>> + Send + 'static,
    S: ByteStream,
{
    fn dial(&self, endpoint: &Endpoint) -> BoxFuture<'static, Result<BoxStream>> {
        if endpoint.is_tls() {
            let reason = "a dialer made of a function does no TLS: use a ws:// address, or implement `Dialer`";
            return Box::pin(async move { Err(Error::config("url", reason)) });
        }
        let address = endpoint.authority();
        let connecting = (self.connect)(endpoint.clone());
        Box::pin(async move {
            match connecting.await {
                Ok(stream) => Ok(Box::new(stream) as BoxStream),
                Err(error) => Err(Error::Dial { address: address.into(), source: Arc::new(error) }),
            }
        })
    }
}

impl<F> fmt::Debug for FnDialer<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FnDialer").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn dialled(url: &str) -> Result<BoxStream> {
        let nobody = dialer(|to: Endpoint| async move {
            if to.host() == "nobody.test" {
                Err(io::ErrorKind::ConnectionRefused.into())
            } else {
                Ok(tokio::io::duplex(64).0)
            }
        });
        nobody.dial(&Endpoint::parse(url)?).await
    }

    #[tokio::test]
    async fn it_connects_fails_with_the_address_and_does_no_tls() {
        assert!(dialled("ws://venue.test/").await.is_ok());
        let error = dialled("ws://nobody.test:81/").await.map(drop).unwrap_err();
        assert!(matches!(&error, Error::Dial { address, .. } if &**address == "nobody.test:81"), "{error}");
        let error = dialled("wss://venue.test/").await.map(drop).unwrap_err().to_string();
        assert!(error.contains("no TLS"), "{error}");
    }
}
