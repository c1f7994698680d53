//! Sessions that begin, and those that are resumed.

use std::time::Duration;

use serde_json::{Value, json};
use tokio::time::Instant;

use super::{requests::Verdict, session::Session, world::World};
use crate::test::venue::parting::Ending;

/// The intents there are.
const KNOWN: u64 = 0x03ff_ffff & !(0b111 << 17) & !(0b11 << 22);

/// The time between the beginnings of two sessions of one group of shards.
const SPACING: Duration = Duration::from_secs(5);

/// The guild that every bot here is in.
const GUILD: &str = "200";

fn close(code: u16, reason: &str) -> Verdict {
    Err(Ending::Close(code, reason.to_owned()))
}

impl World {
    /// The session of this client is invalid: it may begin or resume one, on this connection or another.
    pub(super) fn refuse(&mut self, id: u64, resumable: bool) {
        let session = self.clients.get_mut(&id).and_then(|client| client.session.take());
        if let Some(session) = session.and_then(|session| self.sessions.get_mut(&session)) {
            session.client = None;
        }
        self.push(id, json!({ "t": null, "s": null, "op": 9, "d": resumable }).to_string());
    }

    pub(super) fn identify(&mut self, id: u64, asked: &Value) -> Verdict {
        let shard = [&asked["shard"][0], &asked["shard"][1]].map(Value::as_u64);
        let (shard, shards) = match shard {
            [Some(shard), Some(shards)] => (shard, shards),
            _ => (0, 1),
        };
        let intents = asked["intents"].as_u64();
        match intents {
            _ if asked["token"] != *self.options.token => return close(4_004, "Authentication failed."),
            _ if shard >= shards => return close(4_010, "Invalid shard."),
            Some(intents) if intents & !KNOWN != 0 => return close(4_013, "Invalid intent(s)."),
            Some(intents) if intents & !self.options.intents != 0 => return close(4_014, "Disallowed intent(s)."),
            None => return close(4_013, "Invalid intent(s)."),
            Some(_) => {}
        }
        if self.is_refused(id) {
            return Ok(());
        }
        let (now, group) = (Instant::now(), shard % u64::from(self.options.concurrency));
        let hasty = self.began.get(&group).is_some_and(|last| now < *last + SPACING);
        if hasty || self.counts.identified >= self.options.starts {
            self.refuse(id, false);
            return Ok(());
        }
        self.began.insert(group, now);
        self.counts.identified += 1;
        let name = format!("session-{}", self.counts.identified);
        self.sessions.insert(name.clone(), Session::new(id));
        if let Some(client) = self.clients.get_mut(&id) {
            client.session = Some(name.clone());
        }
        let ready = json!({
            "v": 10, "user": { "id": "100", "username": "nova", "bot": true, "discriminator": "0", "avatar": null },
            "guilds": [{ "id": GUILD, "unavailable": true }], "session_id": name,
            "resume_gateway_url": format!("ws://{}", self.resume_host), "shard": [shard, shards],
            "application": { "id": "100", "flags": 0 },
        });
        self.tell(&name, "READY", &ready);
        let channels = json!([{ "id": "300", "type": 0, "name": "general" }]);
        let guild = json!({ "id": GUILD, "name": "test", "owner_id": "100", "member_count": 1, "channels": channels });
        self.tell(&name, "GUILD_CREATE", &guild);
        Ok(())
    }

    pub(super) fn resume(&mut self, id: u64, asked: &Value) -> Verdict {
        if asked["token"] != *self.options.token {
            return close(4_004, "Authentication failed.");
        }
        if self.is_refused(id) {
            return Ok(());
        }
        let name = asked["session_id"].as_str().unwrap_or_default();
        let Some(session) = self.sessions.get_mut(name) else {
            self.refuse(id, false);
            return Ok(());
        };
        let seq = asked["seq"].as_u64().unwrap_or(u64::MAX);
        if seq > session.seq {
            return close(4_007, "Invalid seq.");
        }
        session.client = Some(id);
        let resumed = json!({ "t": "RESUMED", "s": session.seq, "op": 0, "d": { "_trace": [] } });
        let mut frames = session.since(seq);
        frames.push(resumed.to_string());
        self.counts.resumed += 1;
        if let Some(client) = self.clients.get_mut(&id) {
            client.session = Some(name.to_owned());
        }
        for frame in frames {
            self.push(id, frame);
        }
        Ok(())
    }

    /// Whether the test wants this session refused.
    fn is_refused(&mut self, id: u64) -> bool {
        let (left, resumable) = &mut self.switches.refuse_sessions;
        let (refused, resumable) = (*left > 0, *resumable);
        *left = left.saturating_sub(1);
        if refused {
            self.refuse(id, resumable);
        }
        refused
    }
}
