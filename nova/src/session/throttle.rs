//! A topic that is thinned: messages evenly spaced, the latest first. Pure.

use std::time::Duration;

use crate::time::Instant;

/// A topic that is thinned.
#[derive(Debug)]
pub(super) struct Throttle<M> {
    /// The time between two messages.
    spacing: Duration,
    /// When the next may pass; `None` before the first.
    next: Option<Instant>,
    /// The latest, where it came too soon.
    kept: Option<M>,
    /// How many have given way to a later one since the last that passed.
    skipped: u64,
}

impl<M> Throttle<M> {
    pub(super) const fn new(spacing: Duration) -> Self {
        Self { spacing, next: None, kept: None, skipped: 0 }
    }

    /// Another time between two messages, from the next on.
    pub(super) fn space(&mut self, spacing: Duration) {
        self.spacing = spacing;
    }

    /// Whether a message that came just now passes, with how many were left out before it.
    pub(super) fn passes(&mut self, now: Instant) -> Option<u64> {
        if self.is_closed(now) {
            return None;
        }
        self.next = Some(now + self.spacing);
        let replaced = self.kept.take().is_some();
        Some(std::mem::take(&mut self.skipped) + u64::from(replaced))
    }

    /// Keeps a message for later, in the place of an earlier one. Where there was none, the moment from which it may pass.
    pub(super) fn keep(&mut self, message: M, now: Instant) -> Option<Instant> {
        let replaced = self.kept.replace(message).is_some();
        self.skipped += u64::from(replaced);
        (!replaced).then(|| self.next.unwrap_or(now))
    }

    /// The message that was kept, once it may pass, and how many were left out before it.
    pub(super) fn release(&mut self, now: Instant) -> Option<(M, u64)> {
        if self.is_closed(now) { None } else { self.flush(now) }
    }

    /// The message that was kept, whatever the time.
    pub(super) fn flush(&mut self, now: Instant) -> Option<(M, u64)> {
        let message = self.kept.take()?;
        self.next = Some(now + self.spacing);
        Some((message, std::mem::take(&mut self.skipped)))
    }

    fn is_closed(&self, now: Instant) -> bool {
        self.next.is_some_and(|next| now < next)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        /// However messages come: none passes early, the latest passes last, and each has passed or is counted.
        #[test]
        fn what_passes_is_spaced_and_the_rest_is_counted(
            pauses in proptest::collection::vec(0..300_u64, 1..80), spacing in 1..200_u64, busy in any::<u64>(),
        ) {
            let (mut now, mut throttle) = (Instant::now(), Throttle::new(Duration::from_millis(spacing)));
            let (mut passed, mut skipped, mut due) = (Vec::new(), 0, None);
            for (number, pause) in pauses.iter().enumerate() {
                let then = now + Duration::from_millis(*pause);
                if let Some(at) = due.filter(|at| *at <= then) {
                    let (message, left_out) = throttle.release(at).expect("its moment has come");
                    passed.push((at, message));
                    skipped += left_out;
                    due = None;
                }
                now = then;
                // Nobody is there to take it for a while.
                let open = busy >> (number % 64) & 1 == 0;
                if let Some(left_out) = if open { throttle.passes(now) } else { None } {
                    passed.push((now, number));
                    skipped += left_out;
                    due = None;
                } else {
                    due = throttle.keep(number, now).map(|at| at.max(now)).or(due);
                }
            }
            if let Some((message, left_out)) = throttle.flush(now + Duration::from_secs(1)) {
                passed.push((now + Duration::from_secs(1), message));
                skipped += left_out;
            }
            prop_assert_eq!(passed.last().map(|(_, message)| *message), Some(pauses.len() - 1));
            prop_assert_eq!(passed.len() as u64 + skipped, pauses.len() as u64);
            for pair in passed.windows(2) {
                prop_assert!(pair[1].0 - pair[0].0 >= Duration::from_millis(spacing) && pair[1].1 > pair[0].1);
            }
        }
    }
}
