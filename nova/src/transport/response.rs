//! Reading the answer to a request, the upgrade's above all, within bounds.
//!
//! Nothing here trusts the peer: not that the head ends, not that the body does, not that it is HTTP at all. Bytes behind the head are
//! kept, because the first frames often come in the same segment.

use std::{io, sync::Arc, time::Duration};

use tokio::io::AsyncReadExt;

use crate::{
    error::{Error, Result, excerpt},
    transport::{BoxStream, chunked::Chunks},
};

const MAX_HEAD: usize = 64 * 1024;
const MAX_HEADERS: usize = 128;
const MAX_BODY: usize = 64 * 1024;
/// How much is asked of the stream at once.
const CHUNK: usize = 4 * 1024;
/// The status is what matters; a body that dawdles is cut off.
const BODY_PATIENCE: Duration = Duration::from_secs(1);

/// Status line and headers.
#[derive(Debug)]
pub(super) struct Head {
    pub(super) status: u16,
    pub(super) http_1_1: bool,
    pub(super) headers: Vec<(String, String)>,
}

impl Head {
    /// The values of all lines of this name.
    pub(super) fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.headers.iter().filter(move |(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value.trim())
    }

    /// The elements of all lines of this name, read as one comma-separated list.
    pub(super) fn list<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.all(name).flat_map(|value| value.split(',')).map(str::trim).filter(|element| !element.is_empty())
    }

    /// Whether the body is chunked, and how long it is said to be.
    fn framing(&self) -> (bool, Option<usize>) {
        let chunked = self.list("transfer-encoding").any(|coding| coding.eq_ignore_ascii_case("chunked"));
        (chunked, self.single("content-length").and_then(|length| length.parse().ok()))
    }

    /// The value, where there is exactly one line of this name.
    pub(super) fn single<'a>(&'a self, name: &'a str) -> Option<&'a str> {
        let mut values = self.all(name);
        values.next().filter(|_| values.next().is_none())
    }
}

/// Reads heads and a body off a stream, and keeps what is behind them.
pub(super) struct Answer<'a> {
    stream: &'a mut BoxStream,
    bytes: Vec<u8>,
}

impl<'a> Answer<'a> {
    pub(super) fn new(stream: &'a mut BoxStream) -> Self {
        Self { stream, bytes: Vec::new() }
    }

    /// What was read behind the last head.
    pub(super) fn into_rest(self) -> Vec<u8> {
        self.bytes
    }

    /// The next head.
    pub(super) async fn head(&mut self) -> Result<Head> {
        let mut searched = 0;
        loop {
            // Told early, because a peer of another protocol may well wait for us.
            let start = b"HTTP/1.";
            let len = self.bytes.len().min(start.len());
            if self.bytes[..len] != start[..len] {
                let reason = format!("the answer is not HTTP/1.1: `{}`", excerpt(&self.bytes, 32));
                return Err(Error::Upgrade { reason: reason.into() });
            }
            if let Some(end) = find(&self.bytes, b"\r\n\r\n", searched).filter(|end| *end <= MAX_HEAD) {
                let head = parse(&self.bytes[..end])?;
                self.bytes.drain(..end);
                return Ok(head);
            }
            if self.bytes.len() > MAX_HEAD {
                return Err(Error::Upgrade { reason: "the answer's head is longer than 64 KiB".into() });
            }
            searched = self.bytes.len().saturating_sub(3);
            if self.fill().await.map_err(|error| Error::Lost { source: Arc::new(error) })? == 0 {
                let error = io::Error::new(io::ErrorKind::UnexpectedEof, "the server hung up before it had answered");
                return Err(Error::Lost { source: Arc::new(error) });
            }
        }
    }

    /// The body behind a head that refuses, as far as it comes within a second and 64 KiB.
    pub(super) async fn body(mut self, head: &Head) -> Vec<u8> {
        let mut chunks = Chunks::default();
        let (chunked, length) = head.framing();
        let empty = matches!(head.status, 100..=199 | 204 | 304);
        let wanted = if empty { 0 } else { length.unwrap_or(MAX_BODY).min(MAX_BODY) };
        let reading = async {
            if chunked {
                while !chunks.advance(&self.bytes)
                    && self.bytes.len() < MAX_BODY
                    && matches!(self.fill().await, Ok(1..))
                {}
            } else {
                while self.bytes.len() < wanted && matches!(self.fill().await, Ok(1..)) {}
            }
        };
        // What has come by then is the body.
        let _ = tokio::time::timeout(BODY_PATIENCE, reading).await;
        let mut body = if chunked { chunks.into_payload() } else { self.bytes };
        body.truncate(if chunked { MAX_BODY } else { wanted });
        body
    }

    /// The body behind a head that grants, whole.
    ///
    /// # Errors
    /// [`Error::Lost`] where it breaks off, [`Error::Upgrade`] where it is longer than 64 KiB.
    pub(super) async fn whole(mut self, head: &Head) -> Result<Vec<u8>> {
        let mut chunks = Chunks::default();
        let (chunked, length) = head.framing();
        let complete = |bytes: &[u8], chunks: &mut Chunks| {
            if chunked { chunks.advance(bytes) } else { length.is_some_and(|length| bytes.len() >= length) }
        };
        let lost = |error| Error::Lost { source: Arc::new(error) };
        let longest = length.unwrap_or_default();
        loop {
            if self.bytes.len().max(longest) > MAX_BODY {
                return Err(Error::Upgrade { reason: "the answer's body is longer than 64 KiB".into() });
            }
            if complete(&self.bytes, &mut chunks) {
                break;
            }
            if self.fill().await.map_err(lost)? == 0 {
                // Without a word on its length, a body ends with its connection.
                if !chunked && length.is_none() {
                    break;
                }
                return Err(lost(io::Error::new(io::ErrorKind::UnexpectedEof, "the server hung up in its answer")));
            }
        }
        let mut body = if chunked { chunks.into_payload() } else { self.bytes };
        body.truncate(length.filter(|_| !chunked).unwrap_or(MAX_BODY));
        Ok(body)
    }

    async fn fill(&mut self) -> io::Result<usize> {
        self.bytes.reserve(CHUNK);
        self.stream.read_buf(&mut self.bytes).await
    }
}

/// The position behind the first `needle` at or after `from`.
fn find(bytes: &[u8], needle: &[u8], from: usize) -> Option<usize> {
    bytes[from..].windows(needle.len()).position(|window| window == needle).map(|at| from + at + needle.len())
}

fn parse(bytes: &[u8]) -> Result<Head> {
    let mut headers = [httparse::EMPTY_HEADER; MAX_HEADERS];
    let mut response = httparse::Response::new(&mut headers);
    let malformed = |reason: String| Error::Upgrade { reason: reason.into() };
    match response.parse(bytes) {
        Ok(httparse::Status::Complete(_)) => {}
        Ok(httparse::Status::Partial) => return Err(malformed("the answer's head is malformed".into())),
        Err(httparse::Error::TooManyHeaders) => return Err(malformed("the answer has more than 128 headers".into())),
        Err(error) => return Err(malformed(format!("the answer's head is malformed: {error}"))),
    }
    let text = |value: &[u8]| String::from_utf8_lossy(value).into_owned();
    Ok(Head {
        status: response.code.unwrap_or_default(),
        http_1_1: response.version == Some(1),
        headers: response.headers.iter().map(|header| (header.name.to_owned(), text(header.value))).collect(),
    })
}
