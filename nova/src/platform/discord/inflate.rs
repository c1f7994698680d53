//! `zlib-stream`: one stream of compressed bytes a connection, cut into messages wherever it was flushed.
//!
//! A frame without the mark of a flush at its end carries only a part of a message. Each part is inflated as it comes, so that no more
//! waits than what will be handed on, and that is bounded: a few bytes can inflate to any number.

use std::{fmt, sync::Arc};

use flate2::{Decompress, FlushDecompress, Status};

use crate::{
    error::{Error, Result},
    frame::CloseCode,
};

/// What a flush ends with.
const FLUSHED: [u8; 4] = [0, 0, 0xff, 0xff];

/// Bytes by which the output grows.
const STEP: usize = 32 * 1024;

/// The stream of one connection, and what of a message has come.
pub(super) struct Inflater {
    stream: Decompress,
    inflated: Vec<u8>,
    /// The last bytes of the parts so far: the mark may be cut in two.
    tail: [u8; 4],
}

impl Default for Inflater {
    fn default() -> Self {
        Self { stream: Decompress::new(true), inflated: Vec::new(), tail: [0xff; 4] }
    }
}

impl fmt::Debug for Inflater {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Inflater").field("waiting", &self.inflated.len()).finish_non_exhaustive()
    }
}

impl Inflater {
    /// Takes a part; gives the message that it completes.
    pub(super) fn feed(&mut self, part: &[u8], most: usize) -> Result<Option<String>> {
        let mut rest = part;
        loop {
            if self.inflated.len() == self.inflated.capacity() {
                self.inflated.reserve(STEP);
            }
            let (read, made) = (self.stream.total_in(), self.stream.total_out());
            let status = self
                .stream
                .decompress_vec(rest, &mut self.inflated, FlushDecompress::Sync)
                .map_err(|error| broken(format!("the compressed stream is damaged: {error}")))?;
            if self.inflated.len() > most {
                return Err(broken(format!("a message inflates to more than {most} bytes")));
            }
            let taken = usize::try_from(self.stream.total_in() - read).unwrap_or(rest.len());
            rest = &rest[taken..];
            let full = self.inflated.len() == self.inflated.capacity();
            if status == Status::StreamEnd || (rest.is_empty() && !full) {
                break;
            }
            if taken == 0 && self.stream.total_out() == made && !full {
                break;
            }
        }
        if !rest.is_empty() {
            return Err(broken("the compressed stream has ended".to_owned()));
        }
        for byte in &part[part.len().saturating_sub(4)..] {
            self.tail.rotate_left(1);
            self.tail[3] = *byte;
        }
        if self.tail != FLUSHED {
            return Ok(None);
        }
        self.tail = [0xff; 4];
        let message = String::from_utf8(std::mem::take(&mut self.inflated));
        message.map(Some).map_err(|_| broken("a message inflates to what is no UTF-8".to_owned()))
    }
}

fn broken(reason: String) -> Error {
    Error::Protocol { code: CloseCode::INVALID, reason: Arc::from(reason) }
}
