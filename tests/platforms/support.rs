//! What the tests of every platform need.

use tokio::io::DuplexStream;

/// A dialer to whoever serves its streams, inside the process, so that the clock may be paused.
pub(crate) fn dialer(serve: impl Fn(DuplexStream) + Send + 'static) -> nova::MemoryDialer {
    let (dialer, mut listener) = nova::memory();
    tokio::spawn(async move {
        while let Some(stream) = listener.accept().await {
            serve(stream);
        }
    });
    dialer
}
