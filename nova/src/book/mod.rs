//! Order books: snapshot and changes put together, never over a gap and never crossed in silence.
//!
//! A book asks nothing of a platform but an [`Update`]: what a message changes, and its numbers. Whether it follows is decided by the
//! [`Rule`] that the platform itself follows its channels by, so a hole that the engine has seen and one that only the book can see
//! (a checksum, a crossed book, a snapshot loaded apart) end alike: the book is empty until the next snapshot.
//!
//! ```
//! use nova::{
//!     Context, Gap, Resync, Result,
//!     book::{Books, Rule},
//!     platform::deribit::Feed,
//! };
//!
//! #[nova::client(platform = "deribit", message = Feed, overrides(MessageHandler, SubscriptionHandler))]
//! struct Desk {
//!     books: Books, // Books::new(Rule::PrevId)
//! }
//!
//! impl nova::MessageHandler for Desk {
//!     async fn handle_message(&mut self, message: Feed, cx: &mut Context<'_, Self>) -> Result {
//!         if let Feed::Book(change) = message {
//!             // A fault comes once; what follows is ignored until the snapshot that it asks for.
//!             if let Err(fault) = self.books.apply(&change.channel, &change.data) {
//!                 cx.resync(&*change.channel);
//!                 return Err(fault.into());
//!             }
//!             if let Some(top) = self.books.get(&change.channel).and_then(|book| book.top()) {
//!                 println!("{}: {top}", change.channel);
//!             }
//!         }
//!         Ok(())
//!     }
//! }
//!
//! impl nova::SubscriptionHandler for Desk {
//!     async fn handle_gap(&mut self, gap: &Gap, _: &mut Context<'_, Self>) -> Resync {
//!         self.books.gap(gap)
//!     }
//! }
//! ```

mod books;
mod decimal;
mod fault;
mod order_book;
#[cfg(test)]
mod tests;
mod update;
mod view;

pub use crate::sequence::{Numbers, Rule};
pub use books::Books;
pub use decimal::{Decimal, ParseDecimalError};
pub use fault::Fault;
pub use order_book::OrderBook;
pub use update::{Applied, Level, Update};
pub use view::{Depth, Top};
