//! The format: one JSON object a line. It is that of the recordings in `tests/data`, with the connection's number added.

use std::path::Path;

use serde::{Deserialize, Serialize};

use super::Speed;
use crate::{
    base64,
    error::{Error, Result},
    frame::Frame,
};

/// One line of a recording.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
#[non_exhaustive]
pub struct Entry {
    /// `in` (server to client), `out` (client to server), or `meta`.
    pub dir: String,
    /// When, in Unix seconds.
    #[serde(default)]
    pub t: f64,
    /// `text`, `binary` (`raw` is base64 then), `ping`, `pong` or `close` (`raw` is `code reason`). Of a `meta` line: `text` (of the whole
    /// recording), `open` or `end` (of a connection).
    #[serde(default)]
    pub kind: String,
    /// The message exactly as it crossed the wire, but for secrets.
    #[serde(default)]
    pub raw: String,
    /// The connection's number, from 1.
    #[serde(default = "first")]
    pub connection: u64,
    /// Of the first line: what was recorded.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
    /// Of the first line: the client's settings, by their keys.
    #[serde(default, skip_serializing_if = "serde_json::Map::is_empty")]
    pub config: serde_json::Map<String, serde_json::Value>,
}

const fn first() -> u64 {
    1
}

impl Entry {
    pub(super) fn new(dir: &str, t: f64, kind: &str, raw: String, connection: u64) -> Self {
        let (dir, kind) = (dir.to_owned(), kind.to_owned());
        // To the microsecond: a Unix time in a double has not more.
        let t = (t * 1e6).round() / 1e6;
        Self { dir, t, kind, raw, connection, note: None, config: serde_json::Map::new() }
    }

    /// Whether it is a text or binary message.
    pub fn is_message(&self) -> bool {
        self.dir != "meta" && matches!(self.kind.as_str(), "text" | "binary")
    }

    /// The message as a frame. `None` of what is none.
    pub(super) fn frame(&self) -> Option<Frame> {
        match self.kind.as_str() {
            "text" => Some(Frame::text(self.raw.as_str())),
            "binary" => base64::decode(&self.raw).map(Frame::binary),
            _ => None,
        }
    }

    /// What is wrong with it.
    fn problem(&self) -> Option<&'static str> {
        match (self.dir.as_str(), self.kind.as_str()) {
            ("in" | "out", "binary") => base64::decode(&self.raw).is_none().then_some("`raw` is not base64"),
            ("meta", _) | ("in" | "out", "" | "text" | "ping" | "pong" | "close") => None,
            ("in" | "out", _) => Some("`kind` is none of text, binary, ping, pong and close"),
            _ => Some("`dir` is neither in, out nor meta"),
        }
    }
}

/// A recorded session.
///
/// ```
/// use std::time::Duration;
/// use nova::{Item, test::Cassette};
///
/// #[nova::client(platform = "echo")]
/// struct Desk;
///
/// # nova::test::Test::new("doc").run(async {
/// let cassette = Cassette::parse(concat!(
///     r#"{"dir":"out","t":1.0,"kind":"text","raw":"hello"}"#, "\n",
///     r#"{"dir":"in","t":1.5,"kind":"text","raw":"welcome"}"#, "\n",
/// ))?;
/// let playback = cassette.offline()?;
/// let desk = nova::connect(Desk).url("ws://venue.test/").dialer(playback.dialer()).await?;
/// let asked = tokio::time::Instant::now();
/// desk.send("hello").await?;
/// let Some(Item::Message(raw)) = desk.next().await else { panic!("nothing came") };
/// assert_eq!((raw.text(), asked.elapsed()), (Some("welcome"), Duration::from_millis(500)));
/// # Ok::<(), nova::Error>(()) });
/// ```
#[derive(Clone, Debug)]
#[must_use = "a cassette does nothing until it is played"]
pub struct Cassette {
    pub(super) entries: Vec<Entry>,
    pub(super) speed: Speed,
}

impl Cassette {
    /// Reads a recording from its text.
    ///
    /// # Errors
    /// [`Error::Decode`] names the line that could not be read.
    pub fn parse(text: &str) -> Result<Self> {
        let mut entries = Vec::new();
        for (number, line) in text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty()) {
            let bad = |reason: String| {
                Error::decode(format!("line {} of the recording", number + 1), reason, line.as_bytes())
            };
            let mut entry: Entry = serde_json::from_str(line).map_err(|error| bad(error.to_string()))?;
            if entry.kind.is_empty() {
                "text".clone_into(&mut entry.kind);
            }
            match entry.problem() {
                Some(problem) => return Err(bad(problem.to_owned())),
                None => entries.push(entry),
            }
        }
        Ok(Self { entries, speed: Speed::RECORDED })
    }

    /// Reads a recording from a file.
    ///
    /// # Errors
    /// [`Error::Config`] for the field `recording` where the file cannot be read, and those of [`parse`](Self::parse).
    pub fn read(path: impl AsRef<Path>) -> Result<Self> {
        let path = path.as_ref();
        let refused = |error| Error::config("recording", format!("{}: {error}", path.display()));
        Self::parse(&std::fs::read_to_string(path).map_err(refused)?)
    }

    /// Every line, in order.
    pub fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// The text and binary messages of one direction (`in` or `out`), in order.
    pub fn messages(&self, dir: &str) -> impl Iterator<Item = &Entry> {
        self.entries.iter().filter(move |entry| entry.dir == dir && entry.is_message())
    }

    /// Plays `times` as fast as it was recorded, as recorded without; with [`f64::INFINITY`] nothing waits. Under virtual time the times
    /// are the recorded ones all the same, and take none.
    ///
    /// # Errors
    /// [`Error::Config`] where it is not above zero.
    pub fn speed(self, times: f64) -> Result<Self> {
        if times > 0.0 {
            return Ok(Self { speed: Speed(times), ..self });
        }
        Err(Error::config("speed", format!("{times} times as fast is not above zero")))
    }

    /// The numbers of its connections, in order.
    pub(super) fn connections(&self) -> Vec<u64> {
        let mut numbers: Vec<u64> = self
            .entries
            .iter()
            .filter(|entry| entry.dir != "meta" || entry.kind == "open")
            .map(|entry| entry.connection)
            .collect();
        numbers.sort_unstable();
        numbers.dedup();
        numbers
    }

    /// The lines of one connection.
    pub(super) fn connection(&self, number: u64) -> Vec<Entry> {
        let own = |entry: &&Entry| entry.connection == number && (entry.dir != "meta" || entry.kind != "text");
        self.entries.iter().filter(own).cloned().collect()
    }
}
