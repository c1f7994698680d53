//! Messages: what a venue pushes ([`Envelope`], [`Raw`], your own type by [`Message`]) and what a client sends ([`Outgoing`]).

mod arguments;
pub mod channel;
mod envelope;
mod field;
mod item;
mod on;
mod outgoing;
mod parts;
mod raw;
mod status;
mod topic;
mod wanted;

pub use arguments::Arguments;
pub use envelope::Envelope;
pub use field::Field;
pub use item::{Dropped, Gap, GapCause, Item};
pub use on::On;
pub(crate) use outgoing::{Body, not_a_call};
pub use outgoing::{Outgoing, Params};
pub(crate) use parts::Layout;
pub use raw::Raw;
pub use status::{TopicState, TopicStatus};
pub use topic::Topic;
pub use wanted::Wanted;

use crate::{
    codec::Codec,
    error::{Error, Result},
};

/// What a client's `handle_message` is called with: [`Raw`], or a type of your own.
///
/// [`#[derive(nova::Message)]`](derive@crate::Message) writes it for a type that says which channels it takes. By hand it is
///
/// ```
/// use nova::{Codec, Envelope, Message, Result};
///
/// #[derive(serde::Deserialize)]
/// struct Ticker { last_price: f64 }
///
/// enum Feed { Ticker(Ticker), Other }
///
/// impl Message for Feed {
///     fn decode<C: Codec>(envelope: &Envelope<'_>, codec: &C) -> Result<Self> {
///         match envelope.channel() {
///             Some(channel) if channel.starts_with("ticker.") => Ok(Feed::Ticker(envelope.data(codec)?)),
///             _ => Ok(Feed::Other),
///         }
///     }
/// }
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no message type",
    note = "put `#[derive(nova::Message)]` on it, or leave `message = ..` out to get `nova::Raw`"
)]
pub trait Message: Sized + Send + 'static {
    /// Reads a pushed message.
    ///
    /// # Errors
    /// An error hands the message to the client as [`Item::Undecodable`] and to `handle_error`; the connection lives on.
    fn decode<C: Codec>(envelope: &Envelope<'_>, codec: &C) -> Result<Self>;

    /// The same of a message that nobody else reads: [`Raw`] is one already.
    #[doc(hidden)]
    fn from_raw<C: Codec>(raw: Raw, codec: &C) -> Result<Self, Box<(Raw, Error)>> {
        Self::decode(&raw.envelope(), codec).map_err(|error| Box::new((raw, error)))
    }
}
