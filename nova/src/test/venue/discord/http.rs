//! The head of a request, and the two answers of the REST interface.

use serde_json::{Value, json};
use tokio::io::{AsyncRead, AsyncReadExt as _};

use super::world::World;

/// The longest head that is read.
const LONGEST: usize = 16 * 1024;

/// What a client asks for.
#[derive(Clone, Debug, Default)]
pub(super) struct Head {
    /// As it came.
    pub(super) bytes: Vec<u8>,
    pub(super) path: String,
    pub(super) query: String,
    pub(super) host: String,
    pub(super) authorization: String,
    pub(super) upgrades: bool,
}

impl Head {
    pub(super) async fn read(stream: &mut (impl AsyncRead + Unpin)) -> Option<Self> {
        let mut bytes = Vec::new();
        while !bytes.ends_with(b"\r\n\r\n") {
            // One at a time: what follows the head is not ours to take.
            bytes.push(stream.read_u8().await.ok()?);
            if bytes.len() > LONGEST {
                return None;
            }
        }
        let text = String::from_utf8_lossy(&bytes).into_owned();
        let mut lines = text.lines();
        let target = lines.next()?.split(' ').nth(1)?.to_owned();
        let (path, query) = target.split_once('?').unwrap_or((&target, ""));
        let mut head = Self { path: path.to_owned(), query: query.to_owned(), bytes, ..Self::default() };
        for (name, value) in lines.filter_map(|line| line.split_once(':')) {
            match name.to_ascii_lowercase().as_str() {
                "host" => value.trim().clone_into(&mut head.host),
                "authorization" => value.trim().clone_into(&mut head.authorization),
                "upgrade" => head.upgrades = value.trim().eq_ignore_ascii_case("websocket"),
                _ => {}
            }
        }
        Some(head)
    }

    pub(super) fn asks(&self, name: &str, value: &str) -> bool {
        self.query.split('&').any(|pair| pair.split_once('=') == Some((name, value)))
    }
}

impl World {
    /// The whole answer of the REST interface.
    pub(super) fn rest(&mut self, head: &Head) -> String {
        let url = format!("ws://{}", self.host);
        if head.path == "/api/v10/gateway/bot" {
            self.counts.asked += 1;
            if let Some(status) = self.switches.refuse_address.next() {
                let wait = self.switches.retry_after.map(|seconds| format!("retry-after: {seconds}\r\n"));
                let body = json!({ "message": "Refused.", "code": 0 });
                return answer(&format!("{status} Refused"), &wait.unwrap_or_default(), &body);
            }
        }
        let (status, body) = match &*head.path {
            "/api/v10/gateway" => ("200 OK", json!({ "url": url })),
            "/api/v10/gateway/bot" if head.authorization == format!("Bot {}", self.options.token) => {
                let limit = json!({
                    "total": self.options.starts, "remaining": self.options.starts.saturating_sub(self.begun()),
                    "reset_after": 14_400_000, "max_concurrency": self.options.concurrency,
                });
                ("200 OK", json!({ "url": url, "shards": 1, "session_start_limit": limit }))
            }
            "/api/v10/gateway/bot" => ("401 Unauthorized", json!({ "message": "401: Unauthorized", "code": 0 })),
            _ => ("404 Not Found", json!({ "message": "404: Not Found", "code": 0 })),
        };
        answer(status, "", &body)
    }
}

fn answer(status: &str, headers: &str, body: &Value) -> String {
    let (body, kind) = (body.to_string(), "application/json");
    let length = body.len();
    format!(
        "HTTP/1.1 {status}\r\ncontent-type: {kind}\r\n{headers}content-length: {length}\r\nconnection: close\r\n\r\n{body}"
    )
}
