//! The expectation of a frame, as the server saw it: what a client says it has sent is not evidence.

use std::{fmt, ptr, sync::Arc, time::Duration};

use tokio::time::{Instant, sleep};

use super::Expectation;
use crate::{
    client::Client,
    handle::Handle,
    test::{
        Direction, Line, MockServer,
        venue::{Deribit, Replay},
    },
};

/// Lines of the transcript that a failing test shows.
const SHOWN: usize = 20;

/// A server that keeps a transcript of both directions.
pub trait Witness: Send + Sync {
    /// Every frame so far, oldest first.
    fn transcript(&self) -> Vec<Line>;

    /// What tells this witness from another: where it lies in memory.
    fn identity(&self) -> usize {
        ptr::from_ref(self).addr()
    }
}

impl Witness for MockServer {
    fn transcript(&self) -> Vec<Line> {
        self.transcript()
    }
}

impl Witness for Deribit {
    fn transcript(&self) -> Vec<Line> {
        self.transcript()
    }
}

impl Witness for Replay {
    fn transcript(&self) -> Vec<Line> {
        self.transcript()
    }
}

impl<W: Witness + ?Sized> Witness for Arc<W> {
    fn transcript(&self) -> Vec<Line> {
        (**self).transcript()
    }

    fn identity(&self) -> usize {
        (**self).identity()
    }
}

/// A frame from the client that `wanted` takes, as `witness` saw it; `what` calls it in the message of a failing test.
///
/// Lines behind the last one found of this witness count. What other clients sent to it counts as well: `wanted` may look at
/// the line's connection.
pub fn sent<'a, W: Witness, F: FnMut(&Line) -> bool + Send + Sync>(
    witness: &'a W,
    what: &'static str,
    wanted: F,
) -> Sent<'a, W, F> {
    Sent { witness, what, wanted }
}

/// What [`sent`] makes.
pub struct Sent<'a, W, F> {
    witness: &'a W,
    what: &'static str,
    wanted: F,
}

impl<C, W, F> Expectation<C> for Sent<'_, W, F>
where
    C: Client,
    W: Witness,
    F: FnMut(&Line) -> bool + Send + Sync,
{
    type Found = Line;

    async fn found(&mut self, client: &Handle<C>) -> Line {
        let (journal, witness, since) = (client.journal(), self.witness.identity(), Instant::now());
        let mut looked = journal.lines_read(witness);
        loop {
            let lines = self.witness.transcript();
            let all = lines.len();
            let mut unread = lines.into_iter().enumerate().skip(looked);
            if let Some((at, line)) = unread.find(|(_, line)| line.direction == Direction::In && (self.wanted)(line)) {
                journal.read_lines(witness, at + 1);
                return line;
            }
            looked = all;
            // Servers do not call; looking again after a hundredth of the time waited finds it as soon as it matters.
            sleep((since.elapsed() / 100).clamp(Duration::from_millis(1), Duration::from_secs(1))).await;
        }
    }

    fn describe(&self) -> String {
        format!("the client to send {}", self.what)
    }

    fn evidence(&self) -> Option<String> {
        let lines = self.witness.transcript();
        let last = lines.iter().skip(lines.len().saturating_sub(SHOWN));
        Some(last.fold("the last frames, as the server saw them:\n".to_owned(), |shown, line| {
            format!("{shown}  {line:?}\n")
        }))
    }
}

impl<W, F> fmt::Debug for Sent<'_, W, F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sent").field("what", &self.what).finish_non_exhaustive()
    }
}
