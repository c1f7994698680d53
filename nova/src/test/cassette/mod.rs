//! Cassettes: sessions as they were, to be played again.
//!
//! A [`Recorder`] sits behind a client's dialer and writes every message of both directions to JSON lines; secrets are taken out
//! before a line is written. A [`Cassette`] plays them: as the server, to a client of nova, or as the client, to a server.

mod client;
mod entry;
mod ids;
mod link;
mod player;
mod recorder;
mod redact;
mod server;
mod wire;

pub use client::Rerun;
pub use entry::{Cassette, Entry};
pub(in crate::test) use ids::with_id;
pub use player::Showing;
pub use recorder::Recorder;
pub use server::Playback;

use std::time::Duration;

/// How long a side that plays waits for what the other said when it was recorded.
const PATIENCE: Duration = Duration::from_secs(10);

/// How fast a cassette is played: so many times as fast as it was recorded.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Speed(f64);

impl Speed {
    const RECORDED: Self = Self(1.0);

    /// A recorded time at this speed; nothing at all where the speed is infinite.
    fn scaled(self, recorded: f64) -> Duration {
        Duration::try_from_secs_f64(recorded / self.0).unwrap_or_default()
    }
}
