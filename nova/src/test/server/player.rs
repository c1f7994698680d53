//! Plays a scenario to the clients that come, one connection after the other.

use std::{convert::Infallible, sync::Arc};

use tokio::{
    select,
    sync::{OwnedMutexGuard, mpsc::UnboundedReceiver},
    time::{Instant, sleep_until},
};

use super::{
    attempt::Attempt,
    conversation::{Conversation, overdue},
    link::Knock,
    report::Failure,
    state::{Script, Shared},
};
use crate::test::{Handshake, scenario::Branch};

pub(super) struct Player {
    shared: Arc<Shared>,
    knocks: OwnedMutexGuard<UnboundedReceiver<Knock>>,
    branch: Branch,
    conversation: Conversation,
    /// The client that waits to be let in.
    knocking: Option<Knock>,
    /// The number of the connection, or of the last one.
    number: u64,
}

impl Player {
    pub(super) fn new(shared: Arc<Shared>, knocks: OwnedMutexGuard<UnboundedReceiver<Knock>>, branch: Branch) -> Self {
        Self { shared, knocks, branch, conversation: Conversation::default(), knocking: None, number: 0 }
    }

    /// Plays to the end, and watches that nothing more comes. Ends with the first failure: all connections end with it.
    pub(super) async fn run(mut self) {
        let Err(failure) = self.play().await;
        let number = self.number;
        let place = match number {
            0 => format!(", at step {}", self.branch.done() + 1),
            number => format!(", at step {}, on connection {number}", self.branch.done() + 1),
        };
        self.shared.fail(&failure.at(place));
        self.knocks.close();
    }

    async fn play(&mut self) -> Result<Infallible, Failure> {
        loop {
            while let Some(handshake) = self.conversation.advance(&mut self.branch, self.knocking.is_some()).await? {
                self.publish();
                self.let_in(handshake).await;
            }
            self.publish();
            let due = self.branch.deadline();
            select! {
                biased;
                received = self.conversation.next() => self.conversation.received(&mut self.branch, received).await?,
                Some(knock) = self.knocks.recv() => self.knocked(knock)?,
                () = sleep_until(due.unwrap_or_else(Instant::now)), if due.is_some() => overdue(&self.branch)?,
            }
        }
    }

    async fn let_in(&mut self, handshake: Handshake) {
        let Some(knock) = self.knocking.take() else { return };
        self.number = knock.number;
        let attempt = Attempt::read(knock, &self.shared).await;
        self.conversation.wire = match attempt {
            Some(attempt) => attempt.open(handshake).await,
            None => None,
        };
    }

    fn knocked(&mut self, knock: Knock) -> Result<(), Failure> {
        let early = self.branch.too_early(Instant::now());
        if self.knocking.is_none() && self.branch.wants_an_attempt() && early.is_none() {
            self.knocking = Some(knock);
            return Ok(());
        }
        self.number = knock.number;
        let pending = || match self.branch.pending().as_slice() {
            [] => "nothing more: the scenario is over".to_owned(),
            pending => pending.join(", "),
        };
        Err(Failure::new(early.unwrap_or_else(pending), "another connection attempt"))
    }

    /// Tells how far the scenario is.
    fn publish(&self) {
        {
            let mut progress = self.shared.progress();
            progress.pending = self.branch.pending();
            progress.waits = self.branch.waits_for_the_client();
            if self.branch.is_finished() && progress.script == Script::Playing {
                progress.script = Script::Finished;
            }
        }
        self.shared.changed.notify_waiters();
    }
}
