//! How a scenario ends: waited for by the test, or told when its server is dropped.

use std::thread;

use tokio::time::timeout;

use super::{MockServer, report::Failure, state::Script};
use crate::test::complaints;

/// How many turns of the other tasks count as "on its way".
const SETTLING: usize = 64;

impl MockServer {
    /// Waits for the end of the scenario. What the client has sent by then, and no step has taken, fails it too.
    ///
    /// # Panics
    /// With the transcript, where the scenario failed, or the client did nothing of what it waits for for ten minutes (over a real
    /// socket: ten seconds). Where there is no scenario.
    pub async fn finished(&self) {
        assert!(
            self.shared.progress().script != Script::None,
            "there is no scenario to finish: call `script(..)` first"
        );
        while !self.is_finished() {
            let mut changed = std::pin::pin!(self.shared.changed.notified());
            changed.as_mut().enable();
            if self.is_finished() {
                break;
            }
            if !self.shared.progress().waits {
                changed.await;
            } else if timeout(self.patience, changed).await.is_err() {
                let pending = self.shared.progress().pending.join(", ");
                self.shared.fail(&Failure::new(pending, format!("nothing for {:?}", self.patience)));
            }
        }
        // What is on its way arrives.
        for _ in 0..SETTLING {
            tokio::task::yield_now().await;
        }
        self.tell();
    }

    /// Nobody has to come any more. Why the server failed, if it did.
    pub(in crate::test) fn dismiss(&self) -> Option<String> {
        let mut progress = self.shared.progress();
        (progress.script, progress.told) = (Script::Empty, true);
        progress.failure.as_ref().map(ToString::to_string)
    }

    /// Whether the scenario has ended, one way or the other.
    fn is_finished(&self) -> bool {
        let progress = self.shared.progress();
        progress.failure.is_some() || matches!(progress.script, Script::Empty | Script::Finished)
    }

    /// Panics where the scenario failed.
    fn tell(&self) {
        let mut progress = self.shared.progress();
        if let Some(report) = progress.failure.clone() {
            progress.told = true;
            drop(progress);
            panic!("{report}");
        }
    }

    /// What a test should be told that forgot about it.
    fn complaint(&self) -> Option<String> {
        let progress = self.shared.progress();
        let (script, pending) = (progress.script, progress.pending.join(", "));
        match &progress.failure {
            Some(_) if progress.told => return None,
            Some(report) => return Some(report.to_string()),
            None => {}
        }
        let (accepted, dials) = (progress.accepted, self.dials());
        drop(progress);
        if dials == 0 && script != Script::Empty {
            return Some(format!(
                "nobody dialled the server at {}: start a client with `server.connect(..)`, or hand it `server.dialer()`; where \
                 nobody should, say so with `server.script(Scenario::new())`",
                self.url
            ));
        }
        if script == Script::None && accepted == 0 {
            return Some(format!(
                "the server was dialled ({dials}), and nobody took it up: call `script(..)` or `accept()`"
            ));
        }
        let unfinished = Failure::new(pending, "the end of the server: the scenario was not finished");
        let transcript = self.shared.transcript();
        (script == Script::Playing).then(|| unfinished.report(transcript.elapsed(), &transcript.last(Failure::LINES)))
    }
}

impl Drop for MockServer {
    fn drop(&mut self) {
        self.tasks.end();
        match self.complaint() {
            Some(complaint) if thread::panicking() => eprintln!("{complaint}"),
            // Not yet known: whether the test returns an error of its own, which it would hide.
            Some(complaint) if complaints::defer(&complaint) => {}
            Some(complaint) => panic!("{complaint}"),
            None => {}
        }
    }
}
