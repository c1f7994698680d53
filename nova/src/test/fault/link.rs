//! The handle on a link's faults while connections run over it.

use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering::Relaxed},
};

use tokio::{sync::watch, time::Instant};

use super::{
    carry::Connection,
    shape::{Direction, Ending, Faults},
};

/// A link of a [`Faulty`](super::Faulty) dialer or a [`FaultProxy`](super::FaultProxy), to be changed while connections run over it.
/// Clones are handles on the same link. A change concerns what is under way too.
///
/// ```
/// # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
/// use nova::test::fault::{Direction, Faults, Faulty};
///
/// let (dialer, venue) = nova::memory();
/// let faulty = Faulty::new(dialer, Faults::new());
/// let link = faulty.link();                  // kept by the test; the dialer goes to the client
/// link.stall(Direction::Inbound);            // what the server sends does not arrive
/// link.heal();                               // now it does
/// link.cut();                                // and now there is no connection any more
/// # drop((faulty, venue));
/// # });
/// ```
#[derive(Clone, Debug)]
pub struct Link {
    conditions: watch::Sender<Conditions>,
    connections: Arc<AtomicU64>,
}

/// The faults, and how often and how all connections were ended at one stroke.
#[derive(Clone, Debug)]
pub(super) struct Conditions {
    pub(super) faults: Faults,
    pub(super) strokes: u64,
    pub(super) stroke: Ending,
}

impl Link {
    pub(super) fn new(faults: Faults) -> Self {
        let conditions = Conditions { faults, strokes: 0, stroke: Ending::Close };
        Self { conditions: watch::Sender::new(conditions), connections: Arc::default() }
    }

    /// Other faults from now on, instead of all there were.
    pub fn set(&self, faults: Faults) {
        self.change(|_| faults);
    }

    /// More faults, or fewer, from now on.
    pub fn change(&self, change: impl FnOnce(Faults) -> Faults) {
        self.conditions.send_modify(|conditions| conditions.faults = change(std::mem::take(&mut conditions.faults)));
    }

    /// A perfect link from now on: what has waited arrives, and connections can be made. Those that have ended stay so.
    pub fn heal(&self) {
        self.set(Faults::new());
    }

    /// Nothing passes this way until the link [heals](Self::heal) or is told [otherwise](Self::change).
    pub fn stall(&self, direction: Direction) {
        self.change(|faults| faults.only(direction, Faults::stall));
    }

    /// Nothing passes either way until the link [heals](Self::heal): a partition.
    pub fn partition(&self) {
        self.change(Faults::stall);
    }

    /// Ends every connection that is up: both ends read the end of the stream. What was under way is lost.
    pub fn cut(&self) {
        self.end(Ending::Close);
    }

    /// Resets every connection that is up.
    pub fn reset(&self) {
        self.end(Ending::Reset);
    }

    /// Makes every connection that is up half-open, for good: nothing passes, and neither end is told. New ones may be made.
    pub fn vanish(&self) {
        self.end(Ending::Vanish);
    }

    /// Cuts every connection and refuses new ones until the link [heals](Self::heal).
    pub fn down(&self) {
        self.change(Faults::down);
        self.cut();
    }

    /// How many connections have been made over it so far.
    pub fn connections(&self) -> u64 {
        self.connections.load(Relaxed)
    }

    fn end(&self, stroke: Ending) {
        self.conditions.send_modify(|conditions| {
            conditions.strokes += 1;
            conditions.stroke = stroke;
        });
    }

    /// Waits until the link lets a dial through. False if nobody is there.
    pub(super) async fn lets_dial(&self) -> bool {
        let mut changes = self.conditions.subscribe();
        let decided = changes.wait_for(|conditions| conditions.faults.down || !conditions.faults.swallows_dials());
        decided.await.is_ok_and(|conditions| !conditions.faults.down)
    }

    /// A new connection, which ends with the next stroke.
    pub(super) fn open(&self) -> Connection {
        let number = self.connections.fetch_add(1, Relaxed);
        Connection::new(self.conditions.subscribe(), number, Instant::now())
    }
}
