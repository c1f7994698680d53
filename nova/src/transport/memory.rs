//! Connections inside the process.
//!
//! For tests and simulations: no socket, so the clock may be paused, and the other end can write any byte it likes.

use std::{io, sync::Arc};

use tokio::{
    io::DuplexStream,
    sync::mpsc::{Receiver, Sender, channel},
};

use crate::{
    error::{Error, Result},
    transport::{BoxFuture, BoxStream, Dialer, Endpoint},
};

/// How many dials wait for `accept` before further ones wait to dial.
const BACKLOG: usize = 64;

/// A dialer and the listener its connections arrive at. Each direction buffers 64 KiB.
///
/// ```
/// # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
/// use nova::{Dialer, Endpoint};
/// use tokio::io::{AsyncReadExt, AsyncWriteExt};
///
/// let (dialer, mut listener) = nova::memory();
/// let mut near = dialer.dial(&Endpoint::parse("ws://venue.test/")?).await?;
/// let mut far = listener.accept().await.expect("dialled");
/// far.write_all(b"hello").await.unwrap();
/// let mut word = [0; 5];
/// near.read_exact(&mut word).await.unwrap();
/// assert_eq!(&word, b"hello");
/// # Ok::<(), nova::Error>(()) }).unwrap();
/// ```
pub fn memory() -> (MemoryDialer, MemoryListener) {
    let (sender, receiver) = channel(BACKLOG);
    (MemoryDialer { sender, capacity: 64 * 1024 }, MemoryListener { receiver })
}

/// Dials the [`MemoryListener`] it was made with, whatever the address.
#[derive(Clone, Debug)]
pub struct MemoryDialer {
    sender: Sender<DuplexStream>,
    capacity: usize,
}

impl MemoryDialer {
    /// Lets each direction of new connections buffer `bytes` (at least 1): a writer waits once they are full.
    pub fn capacity(self, bytes: usize) -> Self {
        Self { capacity: bytes.max(1), ..self }
    }
}

impl Dialer for MemoryDialer {
    fn dial(&self, endpoint: &Endpoint) -> BoxFuture<'static, Result<BoxStream>> {
        let address = endpoint.authority();
        let sender = self.sender.clone();
        let (near, far) = tokio::io::duplex(self.capacity);
        Box::pin(async move {
            match sender.send(far).await {
                Ok(()) => Ok(Box::new(near) as BoxStream),
                Err(_) => Err(Error::Dial {
                    address: address.into(),
                    source: Arc::new(io::ErrorKind::ConnectionRefused.into()),
                }),
            }
        })
    }
}

/// Accepts what its [`MemoryDialer`] dials. Once it is dropped, dialling fails as refused.
#[derive(Debug)]
pub struct MemoryListener {
    receiver: Receiver<DuplexStream>,
}

impl MemoryListener {
    /// The far end of the next connection; `None` once every dialer is gone.
    ///
    /// # Cancel safety
    /// Dropping the future loses no connection.
    pub async fn accept(&mut self) -> Option<DuplexStream> {
        self.receiver.recv().await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_dropped_listener_refuses() {
        let (dialer, listener) = memory();
        drop(listener);
        let endpoint = Endpoint::parse("ws://venue.test:8080/").expect("a URL");
        match dialer.dial(&endpoint).await.map(|_| ()) {
            Err(Error::Dial { address, source }) => {
                assert_eq!(&*address, "venue.test:8080");
                assert_eq!(source.kind(), io::ErrorKind::ConnectionRefused);
            }
            other => panic!("{other:?}"),
        }
    }

    #[tokio::test(start_paused = true)]
    async fn without_dialers_the_listener_ends() {
        let (dialer, mut listener) = memory();
        drop(dialer);
        assert!(listener.accept().await.is_none());
    }
}
