//! What a client sends.

use std::time::Duration;

use serde_json::{Value, json};
use tokio::time::Instant;

use super::world::World;
use crate::test::venue::parting::Ending;

/// What is taken in one message, and in a minute.
const LARGEST: usize = 4_096;
const MOST: usize = 120;
const MINUTE: Duration = Duration::from_secs(60);

/// The connection goes on, or ends.
pub(super) type Verdict = Result<(), Ending>;

impl World {
    /// A message of a client.
    pub(super) fn handle(&mut self, id: u64, text: &str) -> Verdict {
        let end = |code, reason: &str| Err(Ending::Close(code, reason.to_owned()));
        let Some(client) = self.clients.get_mut(&id) else { return Ok(()) };
        let now = Instant::now();
        while client.sent.front().is_some_and(|sent| *sent + MINUTE <= now) {
            client.sent.pop_front();
        }
        client.sent.push_back(now);
        if client.sent.len() > MOST {
            return end(4_008, "You are being rate limited.");
        }
        if text.len() > LARGEST {
            return end(4_002, "Payload too large.");
        }
        let Ok(frame) = serde_json::from_str::<Value>(text) else {
            return end(4_002, "Error while decoding payload.");
        };
        let (data, session) = (&frame["d"], client.session.clone());
        match (frame["op"].as_u64(), session) {
            (Some(1), _) => {
                self.counts.beats += 1;
                if !self.switches.no_acks {
                    self.push(id, json!({ "t": null, "s": null, "op": 11, "d": null }).to_string());
                }
                Ok(())
            }
            (Some(2 | 6), Some(_)) => end(4_005, "Already authenticated."),
            (Some(2), None) => self.identify(id, data),
            (Some(6), None) => self.resume(id, data),
            (Some(3 | 4 | 8 | 31 | 43), None) => end(4_003, "Not authenticated."),
            (Some(3 | 31 | 43), Some(_)) => Ok(()),
            (Some(4), Some(session)) => {
                let mut state = data.clone();
                state["user_id"] = "100".into();
                self.tell(&session, "VOICE_STATE_UPDATE", &state);
                Ok(())
            }
            (Some(8), Some(session)) => {
                self.members(&session, data);
                Ok(())
            }
            _ => end(4_001, "Unknown opcode."),
        }
    }

    /// Two chunks of members.
    fn members(&mut self, session: &str, asked: &Value) {
        for index in 0..2 {
            let user = json!({ "id": (400 + index).to_string(), "username": format!("member {index}") });
            let mut chunk = json!({
                "guild_id": asked["guild_id"], "members": [{ "user": user, "roles": [] }], "chunk_index": index,
                "chunk_count": 2,
            });
            if !asked["nonce"].is_null() {
                chunk["nonce"] = asked["nonce"].clone();
            }
            self.tell(session, "GUILD_MEMBERS_CHUNK", &chunk);
        }
    }
}
