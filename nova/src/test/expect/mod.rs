//! Expectations: what a client must have done, or do in time.
//!
//! A test that sleeps and then looks is slow or wrong. These look at everything that happened since the last expectation, and
//! wait for the rest; so nothing slips through between the deed and the question.

mod failure;
mod frames;
mod items;
mod steps;

pub use frames::{Sent, Witness, sent};
pub use items::NextItem;
pub use steps::{Happened, Ready, Restored, event, ready, restored, step};

use std::{
    fmt::{self, Debug},
    future::IntoFuture,
    panic::Location,
    time::Duration,
};

use tokio::time::timeout;

use crate::{client::Client, handle::Handle, message::Item, transport::BoxFuture};

/// How long an expectation waits where nobody says.
const PATIENCE: Duration = Duration::from_secs(60);

/// Something that a client can be expected to do.
///
/// Of nova: a [`State`](crate::State) that is entered, an array of them that are entered one right after the other, [`ready`],
/// [`step`], [`event`], [`restored`] and [`sent`].
pub trait Expectation<C: Client>: Send + Sync {
    /// What it finds.
    type Found: Debug + Send;

    /// Waits until it has happened. The future is dropped at the deadline.
    fn found(&mut self, client: &Handle<C>) -> impl Future<Output = Self::Found> + Send;

    /// What is expected, for the message of a failing test: "a step to ready".
    fn describe(&self) -> String;

    /// What else the message should show: the last frames of a server, for one.
    fn evidence(&self) -> Option<String> {
        None
    }
}

/// Expects things of a client: on every [`Handle`], once this is in scope.
pub trait Expect<C: Client> {
    /// Expects `what`: awaited, it is what was found. Fails the test where it does not happen in time.
    ///
    /// What has happened since the last expectation of this client counts, in its order: the next one looks only at what came behind
    /// what this one has found.
    ///
    /// ```
    /// use std::time::Duration;
    /// use nova::{Event, State, test::{Expect, event, ready}};
    ///
    /// #[nova::client(platform = "echo", profile = "financial")]
    /// struct Desk;
    ///
    /// # nova::test::Test::new("doc").run(async {
    /// let (dialer, mut listener) = nova::memory();
    /// let desk = nova::connect(Desk).url("ws://venue.test/").dialer(dialer).start()?;
    /// drop(listener.accept().await);
    /// let lost = desk.expect(State::Backoff).within(Duration::from_secs(5)).await;
    /// assert_eq!(lost.epoch, 0, "there was no connection yet");
    /// desk.expect([State::Backoff, State::Connecting]).not_within(Duration::ZERO).await;
    /// desk.expect(State::Connecting).await;
    /// desk.expect(ready()).not_within(Duration::from_secs(2)).await;
    /// # Ok::<(), nova::Error>(()) });
    /// ```
    ///
    /// # Panics
    /// Where it does not happen in time, with what happened instead, and the test's seed.
    #[track_caller]
    fn expect<E: Expectation<C>>(&self, what: E) -> Expecting<'_, C, E>;

    /// Expects an item of the client's inbox that `wanted` takes; those before it are taken out as well. `what` calls it in the message of a
    /// failing test, which shows the last item that came instead.
    ///
    /// ```
    /// use nova::{Item, test::Expect};
    /// # async fn greeted(desk: nova::Handle<impl nova::Client<Message = nova::Raw>>) {
    /// desk.expect_item("a greeting", |item| matches!(item, Item::Message(raw) if raw.text() == Some("hello"))).await;
    /// # }
    /// ```
    ///
    /// # Panics
    /// As [`expect`](Self::expect).
    #[track_caller]
    fn expect_item<F>(&self, what: &'static str, wanted: F) -> Expecting<'_, C, NextItem<F>>
    where
        C: Client<Message: Debug>,
        F: FnMut(&Item<C::Message>) -> bool + Send + Sync,
    {
        self.expect(NextItem::new(what, wanted))
    }
}

impl<C: Client> Expect<C> for Handle<C> {
    #[track_caller]
    fn expect<E: Expectation<C>>(&self, what: E) -> Expecting<'_, C, E> {
        Expecting { client: self, what, within: PATIENCE, place: Location::caller() }
    }
}

/// An expectation: await it. It waits a minute, virtual or real, unless told otherwise.
#[must_use = "nothing is expected until this is awaited"]
pub struct Expecting<'a, C: Client, E> {
    client: &'a Handle<C>,
    what: E,
    within: Duration,
    place: &'static Location<'static>,
}

impl<C: Client, E: Expectation<C>> Expecting<'_, C, E> {
    /// It happens within this time from now, if it has not happened already.
    pub fn within(self, time: Duration) -> Self {
        Self { within: time, ..self }
    }

    /// It does not happen for this time from now, and has not happened since the last expectation.
    ///
    /// # Panics
    /// Where it happens, with what happened, and the test's seed.
    pub async fn not_within(mut self, time: Duration) {
        if let Ok(found) = timeout(time, self.what.found(self.client)).await {
            let failed = format!("did not expect {} within {time:?}, but it happened: {found:?}", self.what.describe());
            self.fail(&failed);
        }
    }

    async fn found(mut self) -> E::Found {
        match timeout(self.within, self.what.found(self.client)).await {
            Ok(found) => found,
            Err(_) => self.fail(&format!("expected {} within {:?}", self.what.describe(), self.within)),
        }
    }

    fn fail(&self, failed: &str) -> ! {
        panic!("{}: {failed}\n{}", self.place, failure::story(self.client, self.what.evidence()))
    }
}

impl<'a, C: Client, E: Expectation<C> + 'a> IntoFuture for Expecting<'a, C, E> {
    type Output = E::Found;
    type IntoFuture = BoxFuture<'a, E::Found>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(self.found())
    }
}

impl<C: Client, E> Debug for Expecting<'_, C, E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Expecting").field("client", self.client).field("within", &self.within).finish_non_exhaustive()
    }
}
