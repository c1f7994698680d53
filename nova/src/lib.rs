//! nova: an annotated struct becomes a complete, resilient WebSocket client.

extern crate self as nova;

mod error;
mod frame;
mod time;
mod transport;

pub use error::{Error, ErrorClass, Outcome, Result};
pub use frame::{Close, CloseCode, Frame, Text};
pub use time::{Clock, SystemClock};
#[cfg(feature = "tls")]
pub use transport::Tls;
pub use transport::{BoxFuture, BoxStream, ByteStream, Dialer, Endpoint, MemoryDialer, MemoryListener, Tcp, memory};
