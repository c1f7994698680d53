//! From an address to frames: dialling, the upgrade, and the wire.
//!
//! Each step is a small seam of its own. A [`Dialer`] turns an [`Endpoint`] into a byte stream, [`upgrade`] makes a WebSocket of
//! it, and [`Ws`] turns its bytes into frames. nova does all three itself, because what it promises about time, bounds and secrets
//! is decided here. Nothing in this room knows of a client or a session.

mod buffer;
mod chunked;
mod dialer;
mod encode;
mod endpoint;
mod exhausted;
mod function;
mod guard;
mod header;
mod http;
mod link;
mod lookup;
mod memory;
mod race;
mod redirect;
mod request;
mod response;
mod retry_after;
mod scratch;
mod tcp;
#[cfg(feature = "tls")]
mod tls;
mod upgrade;
mod whole;
mod ws;

#[cfg(test)]
mod tests;

pub use dialer::{BoxFuture, BoxStream, ByteStream, Dialer};
pub use endpoint::Endpoint;
pub use function::{FnDialer, dialer};
pub use memory::{MemoryDialer, MemoryListener, memory};
pub use tcp::Tcp;
#[cfg(feature = "tls")]
pub use tls::Tls;

pub(crate) use buffer::OutBuffer;
pub(crate) use encode::{Content, encode_frame, mask_key};
pub(crate) use header::{check_header, check_subprotocol};
pub(crate) use http::{HttpRequest, http};
pub(crate) use link::AtHand;
pub(crate) use redirect::Route;
#[cfg(feature = "tls")]
pub(crate) use tls::is_expired;
pub(crate) use upgrade::{Answered, Upgrade, Upgraded, upgrade};
pub(crate) use ws::{Limits, Ws};

/// Without TLS nothing expires.
#[cfg(not(feature = "tls"))]
pub(crate) fn is_expired(_: &crate::error::Error) -> bool {
    false
}
