//! Whose turn it is among those who share limits.

use proptest::prelude::*;

use super::*;
use crate::flow::{line::Line, queue::Priority};

/// One that always has something to send.
#[derive(Clone, Copy)]
struct Sender {
    seat: u64,
    priority: Priority,
    charge: Charge,
}

impl Sender {
    fn new(seat: u64, priority: Priority, cost: u32, pool: usize) -> Self {
        Self { seat, priority, charge: Charge { cost, pool } }
    }

    /// Sends if it is its turn, and waits if not.
    fn attempt(self, line: &mut Line<u64>, limiter: &mut Limiter, now: Instant) -> Allowance {
        let allowance = line.look(self.seat, self.priority, self.charge, limiter, now);
        match allowance {
            Allowance::Now => {
                limiter.force(self.charge, now);
                line.leave(self.seat);
            }
            _ => line.join(self.seat, self.priority, self.charge, self.seat),
        }
        allowance
    }
}

/// Who sends, in order, while each attempts whenever it may have become its turn.
fn order(senders: &[Sender], limiter: &mut Limiter, rounds: u64) -> Vec<u64> {
    let (mut line, start, mut order) = (Line::new(), Instant::now(), Vec::new());
    for round in 0..rounds {
        let now = start + ms(100) * u32::try_from(round).unwrap();
        for sender in senders {
            while sender.attempt(&mut line, limiter, now) == Allowance::Now {
                order.push(sender.seat);
            }
        }
    }
    order
}

#[test]
fn who_waits_takes_turns_with_the_others() {
    let senders = [1, 2, 3].map(|seat| Sender::new(seat, Priority::Order, 1, 0));
    let order = order(&senders, &mut limiter(Some(1), Some("10/s"), None, 1.0), 40);
    for turns in order[1..].chunks_exact(3) {
        let mut seats = turns.to_vec();
        seats.sort_unstable();
        assert_eq!(seats, [1, 2, 3], "{order:?}");
    }
    assert!(order.len() >= 38, "and no turn is lost: {order:?}");
}

#[test]
fn the_more_urgent_go_first_and_others_of_a_pool_of_their_own_are_not_kept_waiting() {
    let pools = [Refill::Steady { capacity: 1, refill: Rate::per_second(10) }; 2];
    let mut limiter = Limiter::new(&settings(None, None, None, 1.0), pools);
    let query = Sender::new(1, Priority::Query, 1, 0);
    let cancel = Sender::new(2, Priority::Cancel, 1, 0);
    let elsewhere = Sender::new(3, Priority::Query, 1, 1);
    let order = order(&[query, cancel, elsewhere], &mut limiter, 21);
    let count = |seat| order.iter().filter(|sent| **sent == seat).count();
    assert_eq!((count(1), count(2), count(3)), (1, 20, 21), "{order:?}");
}

#[test]
fn who_does_not_take_its_turn_is_passed_over_after_a_moment() {
    let mut limiter = limiter(Some(1), Some("1/s"), None, 1.0);
    let (mut line, start) = (Line::new(), Instant::now());
    let [held_up, other] = [1, 2].map(|seat| Sender::new(seat, Priority::Order, 1, 0));
    limiter.force(of(1), start);
    assert_eq!(held_up.attempt(&mut line, &mut limiter, start), Allowance::After(secs(1)));
    assert_eq!(other.attempt(&mut line, &mut limiter, start), Allowance::After(ms(1_100)));
    let now = start + secs(1);
    assert_eq!(other.attempt(&mut line, &mut limiter, now), Allowance::After(ms(100)));
    assert_eq!(other.attempt(&mut line, &mut limiter, now + ms(99)), Allowance::After(ms(1)));
    assert_eq!(other.attempt(&mut line, &mut limiter, now + ms(100)), Allowance::Now);
}

proptest! {
    #[test]
    fn however_many_share_them_the_limits_hold_and_nobody_is_left_out(
        capacity in 1u32..10, count in 1u32..20, senders in prop::collection::vec(1u32..5, 2..6),
    ) {
        let senders: Vec<_> = senders.into_iter().enumerate()
            .map(|(seat, cost)| Sender::new(seat as u64, Priority::Order, cost.min(capacity), 0)).collect();
        let mut settings = settings(Some(capacity), None, None, 1.0);
        settings.refill = Some(Rate::per_second(count));
        let order = order(&senders, &mut Limiter::new(&settings, []), 300);
        let spent: u32 = order.iter().map(|seat| senders[usize::try_from(*seat).unwrap()].charge.cost).sum();
        prop_assert!(spent <= capacity + 30 * count);
        let turns: Vec<usize> = senders.iter().map(|sender| order.iter().filter(|seat| **seat == sender.seat).count()).collect();
        let (least, most) = (turns.iter().min().unwrap(), turns.iter().max().unwrap());
        prop_assert!(most - least <= usize::try_from(capacity).unwrap() + 1, "{:?}", turns);
    }
}
