//! Calls that leave together: gathered first, sent in one frame as the first of their answers is awaited.

use std::{
    fmt,
    marker::PhantomData,
    pin::Pin,
    sync::{Arc, Mutex},
    task::{Context, Poll},
};

use serde::{Serialize, de::DeserializeOwned};
use tokio::sync::oneshot;

use super::{Answered, Slot};
use crate::{
    client::Client,
    error::Result,
    message::Outgoing,
    shared::{Gathered, Shared, lock},
};

/// Gathers calls that leave together in one frame, as one message to the venue's limits, at what they cost together. Each is numbered,
/// answered, refused and lost for itself, in any order.
///
/// They leave when the first of their answers is awaited; what is called after that leaves with the next. All of them wait as long as the
/// most impatient may, and leave as urgently as the least urgent. A call marked [`idempotent`](Outgoing::idempotent) whose
/// link is lost is sent again by itself.
///
/// ```
/// # async fn run<C: nova::Client>(node: nova::Handle<C>) -> nova::Result {
/// let batch = node.batch();
/// let height = batch.call::<String>("eth_blockNumber", ["latest"; 0]);
/// let price = batch.call::<String>("eth_gasPrice", ["latest"; 0]);
/// println!("block {}, gas at {}", height.await?, price.await?);
/// # Ok(()) }
/// ```
///
/// JSON-RPC platforms have batches (`jsonrpc`, `ethereum`, and any whose [`Platform::batch`](crate::Platform::batch) writes them); on others
/// each call is refused with [`Error::Unsupported`](crate::Error::Unsupported). How many calls a venue takes at once is the venue's.
#[must_use = "nothing is sent before an answer is awaited"]
pub struct Batch<'a, C: Client> {
    shared: &'a Shared<C>,
    gathered: Arc<Mutex<Vec<Gathered>>>,
}

/// The answer to a call of a [`Batch`].
///
/// # Errors
/// Those of [`Handle::call`](crate::Handle::call), of this call alone.
///
/// # Cancel safety
/// Dropping it before the batch has left takes the call out of it; later it frees the call's slot, and what was sent stays sent.
#[must_use = "a call whose answer is dropped is not made"]
pub struct Answer<'a, C: Client, R> {
    answered: Answered<'a, C>,
    method: String,
    /// What it is to leave with, until it has.
    gathered: Option<Arc<Mutex<Vec<Gathered>>>>,
    read: PhantomData<fn() -> R>,
}

impl<'a, C: Client> Batch<'a, C> {
    pub(crate) fn new(shared: &'a Shared<C>) -> Self {
        Self { shared, gathered: Arc::default() }
    }

    /// Adds a call of a remote procedure.
    pub fn call<R: DeserializeOwned>(&self, method: &str, params: impl Serialize) -> Answer<'a, C, R> {
        self.add(method, Outgoing::call(method.to_owned(), &params))
    }

    /// The same for a call made by hand, with its own priority or deadline.
    pub fn request<R: DeserializeOwned>(&self, outgoing: Outgoing) -> Answer<'a, C, R> {
        let method = outgoing.method().unwrap_or("a call").to_owned();
        self.add(&method, Ok(outgoing))
    }

    fn add<R>(&self, method: &str, outgoing: Result<Outgoing>) -> Answer<'a, C, R> {
        let (caller, told) = oneshot::channel();
        let mut id = None;
        match outgoing.and_then(|outgoing| self.shared.gather(outgoing)) {
            Ok(call) => {
                id = Some(call.id);
                lock(&self.gathered).push(call.asked_by(caller));
            }
            // It is never to leave.
            Err(error) => drop(caller.send(Err(error))),
        }
        let answered = Answered { slot: Slot { shared: self.shared, id }, told };
        Answer { answered, method: method.to_owned(), gathered: Some(self.gathered.clone()), read: PhantomData }
    }
}

impl<C: Client, R: DeserializeOwned> Future for Answer<'_, C, R> {
    type Output = Result<R>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<R>> {
        let shared = self.answered.slot.shared;
        if let Some(gathered) = self.gathered.take() {
            let gathered = std::mem::take(&mut *lock(&gathered));
            shared.batch(gathered);
        }
        Pin::new(&mut self.answered).poll(cx).map(|text| shared.read(&self.method, &text?))
    }
}

impl<C: Client> fmt::Debug for Batch<'_, C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Batch").field("calls", &lock(&self.gathered).len()).finish_non_exhaustive()
    }
}

impl<C: Client, R> fmt::Debug for Answer<'_, C, R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Answer").field("method", &self.method).finish_non_exhaustive()
    }
}
