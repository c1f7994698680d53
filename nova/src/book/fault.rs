//! What makes a book unusable. Each leads to the same: it is emptied, and needs a new snapshot.

use super::Decimal;
use crate::error::Error;

/// Why a book cannot be gone on with. It is empty from here on and takes nothing until the next snapshot: ask for one.
///
/// Told once: what comes until then is [`Applied::Ignored`](super::Applied::Ignored).
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Fault {
    /// An update does not follow the last one.
    #[error("the book misses updates: {found} came where {expected} should have followed; it needs a new snapshot")]
    Gap {
        /// The number that should have come.
        expected: u64,
        /// The number that came.
        found: u64,
    },
    /// The best bid is not below the best ask: something was missed that no number showed.
    #[error("the book is crossed: bid {bid} is not below ask {ask}; it needs a new snapshot")]
    Crossed {
        /// The best bid.
        bid: Decimal,
        /// The best ask.
        ask: Decimal,
    },
    /// The venue's checksum is another.
    #[error("the book's checksum is {found:#010x}, the venue's {expected:#010x}; it needs a new snapshot")]
    Checksum {
        /// The venue's.
        expected: u32,
        /// That of the book as it would be.
        found: u32,
    },
    /// An amount below 0.
    #[error("the book was told an amount of {amount} at {price}; it needs a new snapshot")]
    Amount {
        /// The level.
        price: Decimal,
        /// What is said to be there.
        amount: Decimal,
    },
    /// More updates came before the snapshot than may wait for it.
    #[error("more than {most} updates came before the snapshot; ask for it again")]
    Overflow {
        /// How many may wait.
        most: usize,
    },
}

/// So that `?` in a handler tells it to `handle_error`.
impl From<Fault> for Error {
    fn from(fault: Fault) -> Self {
        Self::handler(fault)
    }
}
