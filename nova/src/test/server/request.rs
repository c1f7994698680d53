//! The head of an upgrade request, as it came.

use std::{fmt, time::Duration};

use bytes::BytesMut;
use tokio::{
    io::{AsyncRead, AsyncReadExt},
    time::Instant,
};

/// The longest head that is read.
const LONGEST: usize = 64 * 1024;

/// What a client asked for before it was let in. `Debug` shows no query and no values of headers: they may be credentials.
#[derive(Clone)]
pub struct Request {
    head: String,
    at: Duration,
}

impl Request {
    /// Reads to the end of the head; what follows it stays in `bytes`. Nothing where the client goes away before.
    pub(in crate::test) async fn read(
        stream: &mut (impl AsyncRead + Unpin),
        bytes: &mut BytesMut,
        start: Instant,
    ) -> Option<Self> {
        loop {
            if let Some(end) = bytes.windows(4).position(|four| four == b"\r\n\r\n") {
                let head = bytes.split_to(end + 4);
                return Some(Self { head: String::from_utf8_lossy(&head).into_owned(), at: start.elapsed() });
            }
            if bytes.len() > LONGEST || stream.read_buf(bytes).await.ok()? == 0 {
                return None;
            }
        }
    }

    /// When it came, since the server's start.
    pub fn at(&self) -> Duration {
        self.at
    }

    /// The head as it came, to its empty line.
    pub fn head(&self) -> &str {
        &self.head
    }

    /// Path and query.
    pub fn target(&self) -> &str {
        self.head.split(' ').nth(1).unwrap_or_default()
    }

    /// The path without the query.
    pub fn path(&self) -> &str {
        self.target().split('?').next().unwrap_or_default()
    }

    /// The first header of this name, in any case.
    pub fn header(&self, name: &str) -> Option<&str> {
        let mut headers = self.head.lines().skip(1).filter_map(|line| line.split_once(':'));
        headers.find(|(found, _)| found.eq_ignore_ascii_case(name)).map(|(_, value)| value.trim())
    }
}

impl fmt::Debug for Request {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<_> = self.head.lines().skip(1).filter_map(|line| Some(line.split_once(':')?.0)).collect();
        f.debug_struct("Request").field("path", &self.path()).field("headers", &names).finish_non_exhaustive()
    }
}
