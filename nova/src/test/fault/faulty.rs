//! A dialer whose connections run over a faulty link.

use std::{
    io,
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering::Relaxed},
    },
    task::{Context, Poll, ready},
};

use tokio::io::{AsyncRead, AsyncWrite, DuplexStream, ReadBuf, duplex};

use super::{
    link::Link,
    shape::{Ending, Faults},
};
use crate::{
    error::{Error, Result},
    transport::{BoxFuture, BoxStream, Dialer, Endpoint},
};

/// Between a client and its link, each way.
const BUFFER: usize = 16 * 1024;

/// Dials through another dialer, over a faulty link.
///
/// Over [`nova::memory`](crate::memory) there is no socket and the clock may be paused: then every delay is exact to the millisecond
/// and takes no time. The faults lie between the client and the dialer, so where that one does TLS they strike the plain bytes.
///
/// ```
/// # tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build().unwrap().block_on(async {
/// use std::time::Duration;
/// use nova::{Dialer, Endpoint, test::fault::{Faults, Faulty}};
/// use tokio::{io::{AsyncReadExt, AsyncWriteExt}, time::Instant};
///
/// let (dialer, mut venue) = nova::memory();
/// let faulty = Faulty::new(dialer, Faults::new().latency(Duration::from_millis(80)));
/// // To a client it goes as `nova::connect(..).dialer(faulty)`.
/// let mut client = faulty.dial(&Endpoint::parse("ws://venue.test/")?).await?;
/// let mut server = venue.accept().await.expect("dialled");
/// let start = Instant::now();
/// server.write_all(b"hello").await.unwrap();
/// let mut word = [0; 5];
/// client.read_exact(&mut word).await.unwrap();
/// assert_eq!(start.elapsed(), Duration::from_millis(80));
/// # Ok::<(), nova::Error>(()) }).unwrap();
/// ```
#[derive(Clone, Debug)]
pub struct Faulty<D> {
    dialer: D,
    link: Link,
}

impl<D: Dialer> Faulty<D> {
    /// Lets what `dialer` dials run over a link with these faults.
    pub fn new(dialer: D, faults: Faults) -> Self {
        Self { dialer, link: Link::new(faults) }
    }

    /// The handle on the link.
    pub fn link(&self) -> Link {
        self.link.clone()
    }
}

impl<D: Dialer> Dialer for Faulty<D> {
    fn dial(&self, endpoint: &Endpoint) -> BoxFuture<'static, Result<BoxStream>> {
        let (dial, link, address) = (self.dialer.dial(endpoint), self.link.clone(), endpoint.authority());
        Box::pin(async move {
            if !link.lets_dial().await {
                let source = Arc::new(io::ErrorKind::ConnectionRefused.into());
                return Err(Error::Dial { address: address.into(), source });
            }
            let mut server = dial.await?;
            let connection = link.open();
            let (stream, mut client) = duplex(BUFFER);
            let reset = Arc::new(AtomicBool::new(false));
            let told = reset.clone();
            tokio::spawn(async move {
                match connection.carry(&mut client, &mut server).await {
                    Ending::Close => {}
                    Ending::Reset => told.store(true, Relaxed),
                    Ending::Vanish => connection.abandoned().await,
                }
            });
            Ok(Box::new(Stream { stream, reset }) as BoxStream)
        })
    }
}

/// The client's end. A stream in memory knows no reset, so that is added to how it ends.
#[derive(Debug)]
struct Stream {
    stream: DuplexStream,
    reset: Arc<AtomicBool>,
}

impl Stream {
    fn was_reset(&self) -> io::Result<()> {
        if self.reset.load(Relaxed) { Err(io::ErrorKind::ConnectionReset.into()) } else { Ok(()) }
    }
}

impl AsyncRead for Stream {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        ready!(Pin::new(&mut self.stream).poll_read(cx, buffer))?;
        Poll::Ready(if buffer.filled().len() == before { self.was_reset() } else { Ok(()) })
    }
}

impl AsyncWrite for Stream {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let written = ready!(Pin::new(&mut self.stream).poll_write(cx, bytes));
        Poll::Ready(written.or_else(|error| self.was_reset().and(Err(error))))
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}
