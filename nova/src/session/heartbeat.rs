//! The heartbeat's timer: when a silent link is asked whether it lives, and when it counts as dead. Pure.
//!
//! Any byte from the peer is life and is noted as a timestamp only; the timer looks at it when it fires, so a busy link costs it
//! nothing and an idle one wakes for its heartbeat and for nothing else.

use std::time::Duration;

use crate::time::Instant;

/// A heartbeat's timer.
#[derive(Clone, Copy, Debug)]
pub(crate) struct HeartbeatTimer {
    interval: Option<Duration>,
    timeout: Duration,
    allowed: u32,
    /// The last sign of life.
    seen: Instant,
    /// When the heartbeat that waits for its answer was sent.
    asked: Option<Instant>,
    missed: u32,
    /// How often the venue wants a heartbeat however busy the link is, and when it last got one.
    demanded: Option<Duration>,
    sent: Instant,
    /// When it was last shown that the peer hears what it is sent, and when it was last asked to show it.
    heard: Instant,
    doubted: Option<Instant>,
    /// Whether it has ever shown it, on this link or on one before: not every peer answers pings.
    answers: bool,
    /// What the venue has said on this link, if it has.
    told: Option<Told>,
}

/// Heartbeats as the venue wants them: each is answered before the next.
#[derive(Clone, Copy, Debug)]
struct Told {
    every: Duration,
    next: Instant,
    unanswered: u32,
}

/// After so many intervals of a feed that only flows in, the peer is asked to show that it hears this client.
const ONE_WAY: u32 = 4;

/// What the timer wants done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Due {
    /// Nothing yet.
    Nothing,
    /// Send a heartbeat; `missed` of them have gone unanswered.
    Beat { missed: u32 },
    /// The peer is gone: silent for so long.
    Dead { silent: Duration },
    /// Send a ping: the link is busy, but only in one direction.
    Doubt,
    /// The peer hears nothing: it sends, but has not answered a ping for so long although it used to.
    Deaf { after: Duration },
}

impl HeartbeatTimer {
    /// A link that has just come up. `allowed` unanswered heartbeats make it dead.
    pub(crate) fn new(interval: Option<Duration>, timeout: Duration, allowed: u32, now: Instant) -> Self {
        Self {
            interval,
            timeout,
            allowed: allowed.max(1),
            seen: now,
            asked: None,
            missed: 0,
            demanded: None,
            sent: now,
            heard: now,
            doubted: None,
            answers: false,
            told: None,
        }
    }

    /// To a peer of whom it is known whether it answers pings.
    pub(crate) fn to_peer(mut self, answers: bool) -> Self {
        self.answers = answers;
        self
    }

    /// Whether this peer answers pings. One that was found deaf may be another by now: what was known of it is no more.
    pub(crate) fn answers(&self, now: Instant) -> bool {
        let deaf = self.interval.is_some_and(|interval| now >= self.heard + interval.saturating_mul(2 * ONE_WAY));
        self.answers && !deaf
    }

    /// With a heartbeat at least this often: a venue that demands one counts what it is sent, not what it sends.
    pub(crate) fn demanded(mut self, every: Option<Duration>) -> Self {
        self.demanded = every;
        self
    }

    /// The venue says how often it wants one, the first after `first`.
    pub(crate) fn tell(&mut self, every: Duration, first: Duration, now: Instant) {
        self.interval = Some(every);
        self.told = Some(Told { every, next: now + first, unanswered: 0 });
    }

    /// Takes over other times. A heartbeat that waits for its answer goes on waiting, by the new time-out.
    pub(crate) fn configure(&mut self, interval: Option<Duration>, timeout: Duration, allowed: u32) {
        let interval = self.told.map_or(interval, |told| Some(told.every));
        (self.interval, self.timeout, self.allowed) = (interval, timeout, allowed.max(1));
    }

    /// The peer gave a sign of life. Returns how long after the heartbeat, if one waited for it.
    #[inline]
    pub(crate) fn alive(&mut self, now: Instant) -> Option<Duration> {
        self.seen = now;
        self.missed = 0;
        self.asked.take().map(|asked| now.saturating_duration_since(asked))
    }

    /// The peer answered a ping, or a heartbeat of its own kind: it hears what it is sent.
    pub(crate) fn answered(&mut self, now: Instant) {
        (self.heard, self.doubted, self.answers) = (now, None, true);
        self.forgive();
    }

    fn forgive(&mut self) {
        if let Some(told) = &mut self.told {
            told.unanswered = 0;
        }
    }

    /// What the peer has sent lies unread because nobody here takes it: neither its silence nor its deafness can be told.
    pub(crate) fn excuse(&mut self, now: Instant) {
        self.alive(now);
        (self.heard, self.doubted) = (now, None);
        self.forgive();
    }

    /// The machine was suspended: whether the link has lived through that is asked at once. What it missed meanwhile does not count.
    pub(crate) fn probe(&mut self, now: Instant) -> bool {
        if self.interval.is_none() {
            return false;
        }
        self.excuse(now);
        self.asked(now);
        true
    }

    /// A heartbeat is sent.
    fn asked(&mut self, now: Instant) {
        (self.asked, self.sent) = (Some(now), now);
        if let Some(told) = &mut self.told {
            (told.unanswered, told.next) = (told.unanswered + 1, now + told.every);
        }
    }

    /// When to look again.
    pub(crate) fn deadline(&self) -> Option<Instant> {
        let interval = self.interval?;
        if let Some(told) = self.told {
            return Some(self.asked.map_or(told.next, |asked| told.next.min(asked + self.timeout)));
        }
        let silent = self.seen + interval;
        Some(match (self.asked, self.demanded) {
            (Some(asked), _) => asked + self.timeout,
            (None, Some(every)) => silent.min(self.sent + every).min(self.one_way(interval)),
            (None, None) => silent.min(self.one_way(interval)),
        })
    }

    /// When a link that is busy in one direction only is looked at. A heartbeat that waits for its answer asks the same.
    fn one_way(&self, interval: Duration) -> Instant {
        self.doubted.unwrap_or(self.heard) + interval.saturating_mul(ONE_WAY)
    }

    /// A moment has come, and everything that had arrived by then was read.
    pub(crate) fn tick(&mut self, now: Instant) -> Due {
        if self.deadline().is_none_or(|deadline| now < deadline) {
            return Due::Nothing;
        }
        let unanswered = self.told.filter(|told| now >= told.next).map_or(0, |told| told.unanswered);
        if unanswered >= self.allowed {
            return Due::Deaf { after: now.saturating_duration_since(self.sent) };
        }
        let late = self.told.is_none_or(|_| self.asked.is_some_and(|asked| asked + self.timeout <= now));
        if self.asked.is_some() && late {
            self.missed += 1;
            if self.missed >= self.allowed {
                return Due::Dead { silent: now.saturating_duration_since(self.seen) };
            }
        } else if let Some(due) = self.tick_one_way(now) {
            return due;
        }
        self.asked(now);
        Due::Beat { missed: self.missed }
    }

    fn tick_one_way(&mut self, now: Instant) -> Option<Due> {
        // A link that is silent both ways is asked by its heartbeat, once.
        if self.told.is_some()
            || self.interval.is_none_or(|interval| now < self.one_way(interval) || now >= self.seen + interval)
        {
            return None;
        }
        match self.doubted.replace(now) {
            Some(_) if self.answers => Some(Due::Deaf { after: now.saturating_duration_since(self.heard) }),
            _ => Some(Due::Doubt),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    /// What a link that is busy for ten minutes has done to it, second by second, by a peer that answers pings up to a moment.
    fn busy(answers_until: u32) -> Vec<(u32, Due)> {
        let start = Instant::now();
        let mut timer = HeartbeatTimer::new(Some(SECOND * 15), SECOND * 5, 1, start);
        let dues = (1..=600).map(|at| {
            timer.alive(start + SECOND * at);
            let due = timer.tick(start + SECOND * at);
            if due == Due::Doubt && at <= answers_until {
                timer.answered(start + SECOND * at);
            }
            (at, due)
        });
        dues.filter(|(_, due)| *due != Due::Nothing).collect()
    }

    #[test]
    fn a_busy_link_whose_peer_stops_hearing_is_found_out() {
        assert!(
            busy(600).iter().all(|(at, due)| at % 60 == 0 && *due == Due::Doubt),
            "a healthy one is asked each minute"
        );
        assert_eq!(busy(0).iter().filter(|(_, due)| *due != Due::Doubt).count(), 0, "not every peer answers pings");
        let deaf = busy(120);
        assert_eq!(deaf[..3], [(60, Due::Doubt), (120, Due::Doubt), (180, Due::Doubt)]);
        assert_eq!(deaf[3], (240, Due::Deaf { after: SECOND * 120 }));
    }

    #[test]
    fn a_young_link_whose_peer_is_known_to_answer_is_found_out_too_once() {
        let start = Instant::now();
        let at = |seconds: u32| start + SECOND * seconds;
        let mut timer = HeartbeatTimer::new(Some(SECOND * 15), SECOND * 5, 1, start).to_peer(true);
        let mut due = |seconds| {
            timer.alive(at(seconds));
            timer.tick(at(seconds))
        };
        assert_eq!((due(60), due(119)), (Due::Doubt, Due::Nothing));
        assert!(timer.answers(at(119)));
        timer.alive(at(120));
        assert_eq!(timer.tick(at(120)), Due::Deaf { after: SECOND * 120 });
        assert!(!timer.answers(at(120)), "the next link has to show it anew");
    }

    #[test]
    fn a_link_that_nobody_looked_after_for_long_is_asked_once() {
        let start = Instant::now();
        let mut timer = HeartbeatTimer::new(Some(SECOND * 15), SECOND * 5, 1, start);
        let late = start + SECOND * 600;
        assert_eq!(timer.tick(late), Due::Beat { missed: 0 });
        assert_eq!(timer.tick(late), Due::Nothing);
        timer.answered(late);
        timer.alive(late);
        assert_eq!(timer.tick(late + SECOND * 14), Due::Nothing);
    }

    #[test]
    fn a_venue_that_says_how_often_gets_each_beat_and_answers_each() {
        let start = Instant::now();
        // Busy all the time; answers each heartbeat up to a moment.
        let dues = |answers_until: u32, missed: u32| {
            let mut timer = HeartbeatTimer::new(Some(SECOND * 15), SECOND * 5, missed, start);
            timer.tell(SECOND * 40, SECOND * 7, start);
            timer.configure(Some(SECOND * 3), SECOND * 5, missed);
            let dues = (1..=600).map(move |at| {
                timer.alive(start + SECOND * at);
                let due = timer.tick(start + SECOND * at);
                if at <= answers_until {
                    timer.answered(start + SECOND * at);
                }
                (at, due)
            });
            dues.filter(|(_, due)| *due != Due::Nothing).collect::<Vec<_>>()
        };
        let beats: Vec<_> = (0..15).map(|beat| (7 + 40 * beat, Due::Beat { missed: 0 })).collect();
        assert_eq!(dues(600, 1), beats);
        let deaf = dues(100, 1);
        assert_eq!(deaf[..4], [beats[0], beats[1], beats[2], beats[3]]);
        assert_eq!(deaf[4], (167, Due::Deaf { after: SECOND * 40 }));
        assert_eq!(dues(100, 2)[5], (207, Due::Deaf { after: SECOND * 40 }), "two may be missed");
    }

    #[test]
    fn a_silent_link_is_dead_sooner_than_the_next_beat_that_the_venue_wants() {
        let start = Instant::now();
        let mut timer = HeartbeatTimer::new(None, SECOND * 5, 1, start);
        timer.tell(SECOND * 40, SECOND * 7, start);
        assert_eq!(timer.deadline(), Some(start + SECOND * 7));
        assert_eq!(timer.tick(start + SECOND * 7), Due::Beat { missed: 0 });
        assert_eq!(timer.deadline(), Some(start + SECOND * 12));
        assert_eq!(timer.tick(start + SECOND * 12), Due::Dead { silent: SECOND * 12 });
    }

    #[test]
    fn a_demanded_heartbeat_is_sent_on_a_busy_link_too() {
        let (start, second) = (Instant::now(), Duration::from_secs(1));
        let beats = |demanded: Option<Duration>| {
            let mut timer = HeartbeatTimer::new(Some(second * 20), second * 5, 1, start).demanded(demanded);
            let of_each_second = (1..=60).filter(|at| {
                timer.alive(start + second * *at);
                timer.tick(start + second * *at) == Due::Beat { missed: 0 }
            });
            of_each_second.collect::<Vec<u32>>()
        };
        assert_eq!(beats(Some(second * 20)), [20, 40, 60]);
        assert!(beats(None).is_empty(), "a busy link shows that it lives");
    }
}
