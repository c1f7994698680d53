//! A recorded session of a venue with channels: a cassette of which the client may ask for each channel anew.

use std::path::Path;

use serde_json::Value;

use super::replay::Replay;
use crate::{Error, Result, test::Cassette};

/// A recorded session of a JSON-RPC venue with channels, such as Deribit, ready to be replayed.
///
/// ```
/// # #[tokio::main(flavor = "current_thread")] async fn main() -> nova::Result {
/// use nova::test::venue::Recording;
///
/// let recording = Recording::parse(concat!(
///     r#"{"dir":"out","t":1.0,"kind":"text","raw":"{\"id\":1,\"method\":\"public/subscribe\",\"params\":{\"channels\":[\"a\"]}}"}"#, "\n",
///     r#"{"dir":"in","t":1.1,"kind":"text","raw":"{\"id\":1,\"result\":[\"a\"]}"}"#, "\n",
///     r#"{"dir":"in","t":1.2,"kind":"text","raw":"{\"method\":\"subscription\",\"params\":{\"channel\":\"a\",\"data\":1}}"}"#,
/// ))?;
/// assert_eq!(recording.channels(), ["a"]);
/// let replay = recording.start().await?;
/// assert!(replay.url().starts_with("ws://"));
/// # Ok(()) }
/// ```
#[derive(Clone, Debug)]
#[must_use = "a recording does nothing until `start` or `offline`"]
pub struct Recording {
    pub(super) requests: Vec<String>,
    pub(super) acknowledgements: Vec<Acknowledgement>,
    pub(super) frames: Vec<Recorded>,
    /// The frames in the order they are played in when all channels were asked for.
    pub(super) played: Vec<usize>,
}

/// A recorded reply that lists channels.
#[derive(Clone, Debug)]
pub(super) struct Acknowledgement {
    pub(super) raw: String,
    pub(super) id: Value,
    pub(super) channels: Vec<String>,
}

/// A recorded notification.
#[derive(Clone, Debug)]
pub(super) struct Recorded {
    pub(super) raw: String,
    pub(super) channel: String,
    is_change: bool,
}

impl Recording {
    /// Reads a recording from its text.
    ///
    /// # Errors
    /// [`Error::Decode`] names the line that could not be read; [`Error::Unsupported`] says that a message is binary.
    pub fn parse(text: &str) -> Result<Self> {
        Self::of(&Cassette::parse(text)?)
    }

    fn of(cassette: &Cassette) -> Result<Self> {
        let mut recording =
            Self { requests: Vec::new(), acknowledgements: Vec::new(), frames: Vec::new(), played: Vec::new() };
        for (number, entry) in cassette.entries().iter().enumerate().filter(|(_, entry)| entry.is_message()) {
            if entry.kind == "binary" {
                return Err(Error::Unsupported { platform: "recording", what: "binary messages" });
            }
            let place = format!("message {} of the recording", number + 1);
            let message: Value =
                serde_json::from_str(&entry.raw).map_err(|error| Error::decode(place, error, entry.raw.as_bytes()))?;
            match entry.dir.as_str() {
                "out" => recording.requests.push(entry.raw.clone()),
                _ => recording.take_in(entry.raw.clone(), &message),
            }
        }
        recording.played = (0..recording.frames.len()).collect();
        Ok(recording)
    }

    /// Reads a recording from a file.
    ///
    /// # Errors
    /// [`Error::Config`] for the field `recording` where the file cannot be read, and those of [`parse`](Self::parse).
    pub fn read(path: impl AsRef<Path>) -> Result<Self> {
        Self::of(&Cassette::read(path)?)
    }

    fn take_in(&mut self, raw: String, message: &Value) {
        if let Some(listed) = message["result"].as_array() {
            let channels = listed.iter().filter_map(Value::as_str).map(str::to_owned).collect();
            self.acknowledgements.push(Acknowledgement { raw, id: message["id"].clone(), channels });
        } else if let Some(channel) = message["params"]["channel"].as_str() {
            let is_change = message["params"]["data"]["type"] == "change";
            self.frames.push(Recorded { raw, channel: channel.to_owned(), is_change });
        }
        // Heartbeats and other replies are the server's own business: the replay makes its own.
    }

    /// Leaves out the `nth` book change (the first is 1) of an instrument when it is played the first time.
    ///
    /// # Errors
    /// [`Error::Config`] where the recording has no such change.
    pub fn leave_out(mut self, instrument: &str, nth: usize) -> Result<Self> {
        let at = self.change("leave_out", instrument, nth)?;
        self.played.remove(at);
        Ok(self)
    }

    /// Sends the `nth` book change (the first is 1) of an instrument twice when it is played the first time.
    ///
    /// # Errors
    /// [`Error::Config`] where the recording has no such change.
    pub fn repeat(mut self, instrument: &str, nth: usize) -> Result<Self> {
        let at = self.change("repeat", instrument, nth)?;
        self.played.insert(at, self.played[at]);
        Ok(self)
    }

    /// Sends the `nth` book change (the first is 1) of an instrument behind the one that follows it when it is played the first time.
    ///
    /// # Errors
    /// [`Error::Config`] where the recording has no such two changes.
    pub fn swap(mut self, instrument: &str, nth: usize) -> Result<Self> {
        let (at, next) =
            (self.change("swap", instrument, nth)?, self.change("swap", instrument, nth.saturating_add(1))?);
        self.played.swap(at, next);
        Ok(self)
    }

    /// Where a book's change is played.
    fn change(&self, harm: &'static str, instrument: &str, nth: usize) -> Result<usize> {
        let of_book = |frame: &Recorded| {
            frame.is_change
                && frame.channel.strip_prefix("book.").and_then(|rest| rest.split('.').next()) == Some(instrument)
        };
        let mut changes = self.played.iter().enumerate().filter(|(_, at)| of_book(&self.frames[**at]));
        let missing = || Error::config(harm, format!("`{instrument}` has no book change {nth}"));
        nth.checked_sub(1).and_then(|before| changes.nth(before)).map(|(at, _)| at).ok_or_else(missing)
    }

    /// The client's messages, verbatim.
    pub fn requests(&self) -> &[String] {
        &self.requests
    }

    /// The server's notifications, verbatim.
    pub fn notifications(&self) -> impl Iterator<Item = &str> {
        self.frames.iter().map(|frame| frame.raw.as_str())
    }

    /// The recorded acknowledgements, verbatim.
    pub fn acknowledgements(&self) -> impl Iterator<Item = &str> {
        self.acknowledgements.iter().map(|reply| reply.raw.as_str())
    }

    /// The channels that the recorded server confirmed, in its order.
    pub fn channels(&self) -> Vec<&str> {
        self.acknowledgements.iter().flat_map(|reply| reply.channels.iter().map(String::as_str)).collect()
    }

    /// Replays it on a free port of this machine, to each client from the beginning.
    ///
    /// # Errors
    /// [`Error::Dial`] says why no port could be opened; [`Error::NoRuntime`] outside a tokio runtime.
    pub async fn start(self) -> Result<Replay> {
        Replay::listen(self).await
    }

    /// Replays it without a port: clients come through [`Replay::serve`] only.
    ///
    /// # Errors
    /// [`Error::NoRuntime`] outside a tokio runtime.
    pub fn offline(self) -> Result<Replay> {
        Replay::new(self)
    }
}
