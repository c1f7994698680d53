//! One connection's heartbeat: a sign of life and a question in turn, and the end of whoever does not answer.

use std::time::Duration;

use tokio::time::Instant;

#[derive(Debug, Default)]
pub(super) struct Heartbeat {
    every: Option<(Duration, Instant)>,
    asks_next: bool,
    answer_by: Option<Instant>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Beat {
    Heartbeat,
    TestRequest,
    /// The client has not answered in time.
    Unanswered,
}

impl Heartbeat {
    pub(super) fn set(&mut self, interval: Duration, now: Instant) {
        self.every = Some((interval, now + interval));
        self.asks_next = false;
    }

    pub(super) fn disable(&mut self) {
        *self = Self::default();
    }

    pub(super) fn ask(&mut self, by: Instant) {
        self.answer_by.get_or_insert(by);
    }

    pub(super) fn answered(&mut self) {
        self.answer_by = None;
    }

    pub(super) fn deadline(&self) -> Option<Instant> {
        self.every.map(|(_, next)| next).into_iter().chain(self.answer_by).min()
    }

    /// What is due at `now`; a muted venue lets its turn pass in silence.
    pub(super) fn fire(&mut self, now: Instant, grace: Duration, muted: bool) -> Option<Beat> {
        if self.answer_by.is_some_and(|by| by <= now) {
            return Some(Beat::Unanswered);
        }
        let (interval, next) = self.every.filter(|(_, next)| *next <= now)?;
        self.every = Some((interval, next + interval));
        if muted {
            return None;
        }
        self.asks_next = !self.asks_next;
        if self.asks_next {
            return Some(Beat::Heartbeat);
        }
        self.ask(now + grace);
        Some(Beat::TestRequest)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn signs_of_life_and_questions_alternate_until_one_is_not_answered() {
        let (start, grace) = (Instant::now(), Duration::from_secs(3));
        let at = |seconds| start + Duration::from_secs(seconds);
        let mut beat = Heartbeat::default();
        assert_eq!(beat.deadline(), None);
        beat.set(Duration::from_secs(10), start);
        assert_eq!(beat.fire(at(9), grace, false), None);
        assert_eq!(beat.fire(at(10), grace, false), Some(Beat::Heartbeat));
        assert_eq!(beat.fire(at(20), grace, false), Some(Beat::TestRequest));
        beat.answered();
        assert_eq!(beat.fire(at(30), grace, true), None, "muted");
        assert_eq!(beat.fire(at(40), grace, false), Some(Beat::Heartbeat));
        assert_eq!(beat.fire(at(50), grace, false), Some(Beat::TestRequest));
        assert_eq!(beat.deadline(), Some(at(53)));
        assert_eq!(beat.fire(at(53), grace, false), Some(Beat::Unanswered));
    }
}
