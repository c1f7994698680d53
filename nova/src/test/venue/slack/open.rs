//! `apps.connections.open`: who asks, and what he is told.

use serde_json::{Value, json};

use super::world::World;
use crate::test::Request;

/// What a refusal that the test has ordered looks like.
#[derive(Clone, Debug)]
pub(super) enum Refusal {
    /// With a status of success.
    Word(String),
    /// With 429, and how many seconds to wait.
    Limited(Option<u64>),
    /// With this status, and no JSON.
    Status(u16),
    /// Not at all: the client waits.
    Silence,
}

/// What a request gets.
pub(super) enum Reply {
    Answer(String),
    Silence,
    /// A WebSocket, if this is none of the Web API.
    Upgrade,
}

impl World {
    pub(super) fn reply(&mut self, request: &Request, authority: &str) -> Reply {
        if request.path() != "/api/apps.connections.open" {
            return Reply::Upgrade;
        }
        self.opens += 1;
        match self.switches.refusals.pop_front() {
            Some(Refusal::Word(word)) => ok(&json!({ "ok": false, "error": word })),
            Some(Refusal::Limited(seconds)) => {
                let wait = seconds.map(|seconds| format!("Retry-After: {seconds}\r\n")).unwrap_or_default();
                answer("429 Too Many Requests", &wait, &json!({ "ok": false, "error": "ratelimited" }).to_string())
            }
            Some(Refusal::Status(status)) => answer(&format!("{status} Refused"), "", "<html>no</html>"),
            Some(Refusal::Silence) => Reply::Silence,
            None => ok(&self.open(request, authority)),
        }
    }

    fn open(&mut self, request: &Request, authority: &str) -> Value {
        let bearer = request.header("authorization").and_then(|value| value.strip_prefix("Bearer "));
        match bearer {
            _ if !request.head().starts_with("POST ") => json!({ "ok": false, "error": "method_not_supported" }),
            None => json!({ "ok": false, "error": "not_authed" }),
            Some(token) if token.starts_with("xox") => json!({ "ok": false, "error": "not_allowed_token_type" }),
            Some(token) if token != self.options.token => json!({ "ok": false, "error": "invalid_auth" }),
            Some(_) => {
                let ticket = format!("ticket-{:016x}", self.random.next());
                let url = format!("ws://{authority}/link/?ticket={ticket}&app_id=a0001");
                self.tickets.insert(ticket);
                json!({ "ok": true, "url": url })
            }
        }
    }

    /// Whether this address was told, and leads here for the first time.
    pub(super) fn admits(&mut self, request: &Request) -> bool {
        let query = request.target().split_once("/link/?").map_or("", |(_, query)| query);
        let ticket = query.split('&').find_map(|pair| pair.strip_prefix("ticket="));
        ticket.is_some_and(|ticket| self.tickets.remove(ticket))
    }
}

fn ok(body: &Value) -> Reply {
    answer("200 OK", "", &body.to_string())
}

fn answer(status: &str, headers: &str, body: &str) -> Reply {
    let length = body.len();
    Reply::Answer(format!(
        "HTTP/1.1 {status}\r\nContent-Type: application/json; charset=utf-8\r\n{headers}Content-Length: {length}\r\nConnection: close\r\n\r\n{body}"
    ))
}
