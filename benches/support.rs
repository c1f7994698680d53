//! What the benchmarks share: a venue without a protocol, its frames, and a server that sends them at once.

use nova::{Platform, PlatformSpec, Spec};
use tokio::io::{AsyncWriteExt, DuplexStream};
use tokio_tungstenite::accept_async;

/// Bytes of a message.
pub(crate) const PAYLOAD: usize = 499;

/// Bytes that a link holds.
pub(crate) const LINK: usize = 64 * 1024;

/// A venue without a protocol: every message is a message.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Bare;

impl PlatformSpec for Bare {
    type Codec = nova::codec::Json;
    const SPEC: Spec = Spec::new("bare", "ws://bench.test/");
}

impl Platform for Bare {
    type State = ();
}

/// The number at a message's end: it is there only if the whole message is.
pub(crate) fn number(text: &str) -> u64 {
    text.get(text.len().saturating_sub(12)..).and_then(|end| end.trim_end_matches('}').parse().ok()).unwrap_or(u64::MAX)
}

/// The frame of message `number`, as a server sends it.
fn frame(number: u64) -> Vec<u8> {
    let end = format!("{number:011}}}");
    let text = format!(r#"{{"channel":"ticker","data":"{}","n":{end}"#, "x".repeat(PAYLOAD - 36 - end.len()));
    let mut frame = vec![0x81, 126];
    frame.extend_from_slice(&u16::try_from(text.len()).unwrap_or(u16::MAX).to_be_bytes());
    frame.extend_from_slice(text.as_bytes());
    frame
}

/// Upgrades, then sends everything, many frames a write.
pub(crate) async fn serve(stream: DuplexStream, frames: &'static [u8]) -> Option<()> {
    let ws = accept_async(stream).await.ok()?;
    let mut stream = ws.into_inner();
    stream.write_all(frames).await.ok()?;
    // The link stays up until the client has closed.
    std::future::pending().await
}

/// The frames of so many messages, as they lie on the wire.
pub(crate) fn frames(messages: u64) -> &'static [u8] {
    let mut frames = Vec::new();
    for number in 0..messages {
        frames.extend_from_slice(&frame(number));
    }
    frames.leak()
}
