//! The expectation of an item in a client's inbox.

use std::fmt;

use super::Expectation;
use crate::{client::Client, handle::Handle, message::Item};

/// What [`expect_item`](super::Expect::expect_item) expects.
#[derive(Clone)]
pub struct NextItem<F> {
    what: &'static str,
    wanted: F,
    others: u64,
    last: Option<String>,
}

impl<F> NextItem<F> {
    pub(super) fn new(what: &'static str, wanted: F) -> Self {
        Self { what, wanted, others: 0, last: None }
    }
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
