//! The expectation of an item in a client's inbox.

use std::fmt;

use super::Expectation;
use crate::{client::Client, handle::Handle, message::Item};

/// The next item of the client's inbox that `wanted` takes; those before it are taken out as well. `what` calls it in the message of a
/// failing test, which shows the last items that came instead.
///
/// ```
/// use nova::{Item, Raw, test::item};
/// let greeting = item("a greeting", |item: &Item<Raw>| matches!(item, Item::Message(raw) if raw.text() == Some("hello")));
/// # drop(greeting);
/// ```
pub fn item<M, F: FnMut(&Item<M>) -> bool + Send + Sync>(what: &'static str, wanted: F) -> NextItem<F> {
    NextItem { what, wanted, others: 0, last: None }
}

/// What [`item`] makes.
#[derive(Clone)]
pub struct NextItem<F> {
    what: &'static str,
    wanted: F,
    others: u64,
    last: Option<String>,
}

impl<C, F> Expectation<C> for NextItem<F>
where
    C: Client<Message: fmt::Debug>,
    F: FnMut(&Item<C::Message>) -> bool + Send + Sync,
{
    type Found = Item<C::Message>;

    async fn found(&mut self, client: &Handle<C>) -> Item<C::Message> {
        while let Some(item) = client.next().await {
            if (self.wanted)(&item) {
                return item;
            }
            self.others += 1;
            self.last = Some(format!("{item:?}"));
        }
        // The client is over, and nothing comes any more.
        std::future::pending().await
    }

    fn describe(&self) -> String {
        format!("the item {}", self.what)
    }

    fn evidence(&self) -> Option<String> {
        Some(match &self.last {
            Some(last) => format!("items that came instead: {}, the last of them\n  {last}", self.others),
            None => "no item came".to_owned(),
        })
    }
}

impl<F> fmt::Debug for NextItem<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("NextItem").field("what", &self.what).finish_non_exhaustive()
    }
}
