//! A listener of events, and which of them it wants.

use tokio::sync::broadcast;

use super::{Event, EventGroup};

/// A listener of events: bounded, from the moment of `events()` on.
///
/// It hears what the settings tell (`telemetry(..)`); [`only`](Self::only) narrows that to some groups.
#[derive(Debug)]
pub struct Events {
    /// `None` where the client was over already.
    receiver: Option<broadcast::Receiver<Event>>,
    /// The groups that are wanted, as bits.
    wanted: u8,
    /// Events missed for being too slow.
    missed: u64,
}

impl Events {
    pub(crate) fn new(receiver: Option<broadcast::Receiver<Event>>) -> Self {
        Self { receiver, wanted: u8::MAX, missed: 0 }
    }

    /// Only the events of these groups; what was wanted before is forgotten.
    ///
    /// ```
    /// use nova::EventGroup;
    ///
    /// # async fn run<C: nova::Client>(desk: nova::Handle<C>) {
    /// let mut trouble = desk.events().only([EventGroup::Error, EventGroup::Queue]);
    /// while let Some(event) = trouble.next().await {
    ///     eprintln!("{event:?}");
    /// }
    /// # }
    /// ```
    #[must_use]
    pub fn only(mut self, groups: impl IntoIterator<Item = EventGroup>) -> Self {
        self.wanted = groups.into_iter().fold(0, |wanted, group| wanted | group.bit());
        self
    }

    /// The next event; `None` when the client is gone.
    ///
    /// # Cancel safety
    /// Dropping the future loses no event.
    pub async fn next(&mut self) -> Option<Event> {
        loop {
            match self.receiver.as_mut()?.recv().await {
                Ok(event) if self.wants(&event) => return Some(event),
                Ok(_) => {}
                Err(broadcast::error::RecvError::Lagged(missed)) => self.missed += missed,
                Err(broadcast::error::RecvError::Closed) => return None,
            }
        }
    }

    /// The next event, if there is one already.
    pub fn try_next(&mut self) -> Option<Event> {
        loop {
            match self.receiver.as_mut()?.try_recv() {
                Ok(event) if self.wants(&event) => return Some(event),
                Ok(_) => {}
                Err(broadcast::error::TryRecvError::Lagged(missed)) => self.missed += missed,
                Err(_) => return None,
            }
        }
    }

    /// How many events of any group were missed because this listener was too slow.
    pub fn missed(&self) -> u64 {
        self.missed
    }

    fn wants(&self, event: &Event) -> bool {
        self.wanted & event.group().bit() != 0
    }
}
