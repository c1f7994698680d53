//! The way between a client and the server: memory, or loopback.
//!
//! Both ends of a connection in memory know whether it was reset, so that a reader is told so as by a socket.

use std::{
    fmt, io,
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering::Relaxed},
    },
    task::{Context, Poll, ready},
};

use tokio::{
    io::{AsyncRead, AsyncWrite, DuplexStream, ReadBuf},
    net::TcpStream,
    sync::mpsc::UnboundedSender,
};

use super::state::Shared;
use crate::transport::{BoxFuture, BoxStream, ByteStream, Dialer, Endpoint, Tcp};

/// What each direction of a connection in memory buffers, in bytes, where nothing else is said.
pub(super) const CAPACITY: usize = 64 * 1024;

/// The server's end of a connection.
pub(super) trait Far: ByteStream {
    /// Makes the end of this stream a reset.
    fn reset(&mut self);
}

impl Far for TcpStream {
    fn reset(&mut self) {
        // Fails only on a socket that is dead already.
        drop(self.set_zero_linger());
    }
}

#[cfg(feature = "tls")]
impl Far for tokio_rustls::server::TlsStream<TcpStream> {
    fn reset(&mut self) {
        self.get_mut().0.reset();
    }
}

impl Far for End {
    fn reset(&mut self) {
        self.reset.store(true, Relaxed);
    }
}

/// One end of a connection in memory.
struct End {
    stream: DuplexStream,
    reset: Arc<AtomicBool>,
}

fn pair(capacity: usize) -> (End, End) {
    let (near, far) = tokio::io::duplex(capacity);
    let reset = Arc::new(AtomicBool::new(false));
    (End { stream: near, reset: reset.clone() }, End { stream: far, reset })
}

impl AsyncRead for End {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        ready!(Pin::new(&mut self.stream).poll_read(cx, buffer))?;
        if buffer.filled().len() == before && self.reset.load(Relaxed) {
            return Poll::Ready(Err(io::ErrorKind::ConnectionReset.into()));
        }
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for End {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(cx, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}

/// A connection that has come in, before its upgrade.
pub(super) struct Knock {
    pub(super) number: u64,
    pub(super) stream: Box<dyn Far>,
}

/// Dials the [`MockServer`](crate::test::MockServer) it belongs to: in memory whatever the address, on loopback as any client
/// would, with the server's authority trusted.
#[derive(Clone)]
pub struct MockDialer {
    pub(super) shared: Arc<Shared>,
    pub(super) way: Way,
    pub(super) capacity: usize,
}

impl MockDialer {
    /// Lets each direction of new connections in memory buffer `bytes` (at least 1) instead of 64 KiB: a writer waits once they
    /// are full.
    pub fn capacity(self, bytes: usize) -> Self {
        Self { capacity: bytes.max(1), ..self }
    }

    /// How often the server was dialled, by whichever dialer.
    pub fn dials(&self) -> u64 {
        self.shared.dials()
    }
}

#[derive(Clone)]
pub(super) enum Way {
    Memory(UnboundedSender<Knock>),
    Loopback(Tcp),
}

impl Dialer for MockDialer {
    fn dial(&self, endpoint: &Endpoint) -> BoxFuture<'static, crate::Result<BoxStream>> {
        // Ends the client, too: one that dialled on and on would keep the test from its end.
        if let Some(failed) = self.shared.failed_briefly() {
            return Box::pin(async { Err(crate::Error::config("scenario", failed)) });
        }
        match &self.way {
            Way::Loopback(tcp) => tcp.dial(endpoint),
            Way::Memory(sender) => {
                let capacity = self.capacity;
                let (shared, sender, address) = (self.shared.clone(), sender.clone(), endpoint.authority());
                Box::pin(async move {
                    let (near, far) = pair(capacity);
                    let knock = Knock { number: shared.dialled(), stream: Box::new(far) };
                    let refused = |_| crate::Error::Dial {
                        address: address.into(),
                        source: Arc::new(io::ErrorKind::ConnectionRefused.into()),
                    };
                    sender.send(knock).map_err(refused)?;
                    Ok(Box::new(near) as BoxStream)
                })
            }
        }
    }
}

impl fmt::Debug for MockDialer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let way = match self.way {
            Way::Memory(_) => "memory",
            Way::Loopback(_) => "loopback",
        };
        f.debug_tuple("MockDialer").field(&way).finish()
    }
}
