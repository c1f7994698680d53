//! Who is next: those who wait for room under limits they share, the most urgent first and then one after the other.
//!
//! Each has one place however much it wants to send, and goes to the end once it has had its turn: nobody who sends a lot keeps the
//! others waiting. Who does not take its turn is passed over, for its task may be held up.

use std::time::Duration;

use super::{
    allowance::Allowance,
    limiter::{Charge, Limiter},
    queue::Priority,
};
use crate::time::Instant;

/// How long a place whose turn has come keeps the others waiting.
const TURN: Duration = Duration::from_millis(100);

#[derive(Debug)]
struct Place<W> {
    seat: u64,
    priority: Priority,
    ticket: u64,
    charge: Charge,
    /// Since when it could have taken what it waits for.
    turn: Option<Instant>,
    waker: W,
}

impl<W> Place<W> {
    fn rank(&self) -> (Priority, u64) {
        (self.priority, self.ticket)
    }
}

/// Those who wait, in the order of their turns. `W` is how to tell one that its turn may have come.
#[derive(Debug)]
pub(super) struct Line<W> {
    places: Vec<Place<W>>,
    next: u64,
}

impl<W> Line<W> {
    pub(super) const fn new() -> Self {
        Self { places: Vec::new(), next: 0 }
    }

    /// Takes a place for `charge`, or keeps the one it has.
    pub(super) fn join(&mut self, seat: u64, priority: Priority, charge: Charge, waker: W) {
        let known = self.places.iter().position(|place| place.seat == seat).map(|at| self.places.remove(at));
        let ticket = match known {
            Some(place) if place.priority == priority => {
                if place.charge == charge {
                    return self.insert(place);
                }
                place.ticket
            }
            _ => {
                self.next += 1;
                self.next
            }
        };
        self.insert(Place { seat, priority, ticket, charge, turn: None, waker });
    }

    fn insert(&mut self, place: Place<W>) {
        let at = self.places.partition_point(|other| other.rank() < place.rank());
        self.places.insert(at, place);
    }

    pub(super) fn leave(&mut self, seat: u64) {
        self.places.retain(|place| place.seat != seat);
    }

    /// Whether `charge` may be taken now by `seat`, whose turn is after those before it that want the same.
    pub(super) fn look(
        &mut self,
        seat: u64,
        priority: Priority,
        charge: Charge,
        limiter: &mut Limiter,
        now: Instant,
    ) -> Allowance {
        let own = limiter.peek(charge, now);
        if own == Allowance::Never {
            return own;
        }
        let place = self.places.iter().find(|place| place.seat == seat && place.priority == priority);
        let rank = place.map_or((priority, u64::MAX), Place::rank);
        for place in self.places.iter_mut().take_while(|place| place.rank() < rank) {
            if place.seat == seat || !limiter.meet(place.charge, charge) {
                continue;
            }
            match limiter.peek(place.charge, now) {
                Allowance::After(wait) => {
                    place.turn = None;
                    return own.max(Allowance::After(wait + TURN));
                }
                Allowance::Now => {
                    let lapses = *place.turn.get_or_insert(now) + TURN;
                    if lapses > now {
                        return own.max(Allowance::After(lapses - now));
                    }
                }
                // It is refused when its turn comes.
                Allowance::Never => {}
            }
        }
        own
    }

    /// Those that nobody keeps waiting: whose turn it is once there is room.
    pub(super) fn fronts<'a>(&'a self, limiter: &'a Limiter) -> impl Iterator<Item = &'a W> {
        let ahead = |at: usize, place: &Place<W>| {
            self.places[..at].iter().any(|other| limiter.meet(other.charge, place.charge))
        };
        self.places.iter().enumerate().filter(move |(at, place)| !ahead(*at, place)).map(|(_, place)| &place.waker)
    }
}
