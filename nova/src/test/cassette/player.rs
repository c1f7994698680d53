//! Where one connection of a playback stands: pure, so that what is played can be told without a socket.
//!
//! What the server said follows what it was an answer to: the player waits for the client's messages in their places, and the times
//! between them are the recorded ones from there on.

use serde_json::Value;
use tokio::time::Instant;

use super::{
    PATIENCE, Speed,
    entry::Entry,
    ids::{Likeness, id_of, likeness, with_id},
};

/// How a client and a recorded connection got on with each other.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Showing {
    /// What the recorded client sent, and this one did not within 10 s of its time.
    pub missed: Vec<String>,
    /// What this client sent, and the recorded one had not.
    pub unexpected: Vec<String>,
    /// Messages of the server that were not played, because the client went away or has not come so far.
    pub left: usize,
}

/// What the player does next.
#[derive(Debug, PartialEq)]
pub(super) enum Step {
    /// Sends this at its time. [`Player::done`] goes on behind it.
    Send(Entry, Instant),
    /// Waits for the client, until then at most. [`Player::done`] gives it up.
    Await(Instant),
    /// Hangs up at its time.
    HangUp(Instant),
    /// The recording is over; the client may stay.
    Over,
}

pub(super) struct Player {
    entries: Vec<Entry>,
    at: usize,
    /// Which of the client's messages have come.
    met: Vec<bool>,
    /// Numbers of calls: the recorded ones, and this client's.
    ids: Vec<(Value, Value)>,
    /// A moment, and when it was in the recording.
    anchor: (Instant, f64),
    speed: Speed,
    showing: Showing,
}

impl Player {
    pub(super) fn new(entries: Vec<Entry>, speed: Speed, now: Instant) -> Self {
        let met = vec![false; entries.len()];
        let anchor = (now, entries.first().map_or(0.0, |entry| entry.t));
        Self { entries, at: 0, met, ids: Vec::new(), anchor, speed, showing: Showing::default() }
    }

    /// Whether the recorded server refused the connection.
    pub(super) fn is_refused(&self) -> bool {
        self.entries.iter().any(|entry| entry.kind == "lost") && self.entries.iter().all(|entry| entry.dir == "meta")
    }

    fn due(&self, t: f64) -> Instant {
        self.anchor.0 + self.speed.scaled((t - self.anchor.1).max(0.0))
    }

    pub(super) fn step(&mut self) -> Step {
        while let Some(entry) = self.entries.get(self.at) {
            match (entry.dir.as_str(), entry.kind.as_str()) {
                ("out", _) if entry.is_message() && !self.met[self.at] => {
                    return Step::Await(self.due(entry.t) + PATIENCE);
                }
                // Pongs are sent by whoever is pinged.
                ("in", "text" | "binary" | "ping" | "close") => {
                    return Step::Send(self.answer(entry), self.due(entry.t));
                }
                ("meta", "end") if entry.raw == "server" => return Step::HangUp(self.due(entry.t)),
                _ => self.at += 1,
            }
        }
        Step::Over
    }

    /// The recorded message, with this client's number where it is an answer.
    fn answer(&self, entry: &Entry) -> Entry {
        let mut entry = entry.clone();
        if let Ok(message) = serde_json::from_str::<Value>(&entry.raw)
            && let Some(id) = id_of(&message)
            && let Some((old, new)) = self.ids.iter().rev().find(|(old, _)| old == id)
            && let Some(raw) = with_id(&entry.raw, old, new)
        {
            entry.raw = raw;
        }
        entry
    }

    /// The present step is done, or given up.
    pub(super) fn done(&mut self) {
        let Some(entry) = self.entries.get(self.at) else { return };
        if entry.dir == "out" {
            self.showing.missed.push(entry.raw.clone());
        }
        self.at += 1;
    }

    /// Takes a message of the client.
    pub(super) fn take(&mut self, kind: &str, raw: String, now: Instant) {
        let wanted = self
            .entries
            .iter()
            .enumerate()
            .filter(|(at, entry)| *at >= self.at && entry.dir == "out" && entry.kind == kind && !self.met[*at]);
        // Of several that are alike the first: `max_by_key` would take the last.
        let best = wanted.rev().max_by_key(|(_, entry)| likeness(&entry.raw, &raw));
        let Some((at, entry)) = best.filter(|(_, entry)| likeness(&entry.raw, &raw) > Likeness::Other) else {
            return self.showing.unexpected.push(raw);
        };
        let id = |text: &str| serde_json::from_str::<Value>(text).ok().and_then(|message| id_of(&message).cloned());
        self.ids.extend(id(&entry.raw).zip(id(&raw)));
        if at == self.at {
            self.anchor = (now, entry.t);
        }
        self.met[at] = true;
    }

    pub(super) fn showing(&self) -> Showing {
        let left = self.entries[self.at..].iter().filter(|entry| entry.dir == "in" && entry.is_message()).count();
        Showing { left, ..self.showing.clone() }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::test::Cassette;

    fn player(now: Instant) -> Player {
        let cassette = Cassette::parse(
            r#"
            {"dir":"meta","t":10.0,"kind":"open","raw":"ws://venue.test/"}
            {"dir":"out","t":11.0,"raw":"{\"id\":1,\"method\":\"a\",\"params\":{\"key\":\"<secret>\"}}"}
            {"dir":"out","t":11.5,"raw":"{\"id\":2,\"method\":\"b\"}"}
            {"dir":"in","t":12.0,"raw":"{\"id\":2,\"result\":\"b\"}"}
            {"dir":"in","t":12.5,"raw":"{\"id\":1,\"result\":\"a\"}"}
            {"dir":"meta","t":13.0,"kind":"end","raw":"server"}"#,
        );
        Player::new(cassette.expect("readable").connection(1), Speed(2.0), now)
    }

    #[tokio::test(start_paused = true)]
    async fn answers_follow_their_questions_under_the_clients_numbers() {
        let start = Instant::now();
        let after = |millis| start + Duration::from_millis(millis);
        let mut player = player(start);
        assert_eq!(player.step(), Step::Await(after(500) + PATIENCE));
        player.take("text", r#"{"id":70,"method":"b"}"#.to_owned(), after(100));
        player.take("text", r#"{"id":"x","method":"c"}"#.to_owned(), after(100));
        player.take("text", r#"{"id":71,"method":"a","params":{"key":"real"}}"#.to_owned(), after(2_000));
        for (raw, at) in [(r#"{"id":70,"result":"b"}"#, 2_500), (r#"{"id":71,"result":"a"}"#, 2_750)] {
            let Step::Send(entry, due) = player.step() else { panic!("{:?}", player.step()) };
            assert_eq!((entry.raw.as_str(), due), (raw, after(at)));
            player.done();
        }
        assert_eq!(player.step(), Step::HangUp(after(3_000)));
        player.done();
        assert_eq!(player.step(), Step::Over);
        let unexpected = vec![r#"{"id":"x","method":"c"}"#.to_owned()];
        assert_eq!(player.showing(), Showing { missed: Vec::new(), unexpected, left: 0 });
    }

    #[tokio::test(start_paused = true)]
    async fn a_client_that_says_nothing_is_waited_for_and_told_of() {
        let mut player = player(Instant::now());
        assert_eq!(player.showing().left, 2);
        player.step();
        player.done();
        player.step();
        player.done();
        assert!(matches!(player.step(), Step::Send(..)));
        assert_eq!(player.showing().missed.len(), 2);
    }
}
