//! What a server does and expects, as data: one list of steps, cut into connections by `expect_reconnect`.
//!
//! Nothing here touches a socket or a clock. [`Branch`] keeps the place in the list; the server's player does what it says.

mod branch;
mod builder;
mod difference;
mod handshake;
mod matcher;
mod step;

pub use builder::Scenario;
pub use handshake::Handshake;
pub use matcher::Matcher;

pub(in crate::test) use branch::{Act, Branch};
pub(in crate::test) use handshake::Answer;
pub(in crate::test) use step::{Ending, Rule};
