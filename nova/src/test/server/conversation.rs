//! One connection and the steps played on it: what comes is offered to the steps, then to the rules, and is a failure otherwise.

use std::{collections::VecDeque, time::Duration};

use serde_json::Value;
use tokio::{
    select,
    task::JoinSet,
    time::{Instant, sleep_until, timeout},
};

use super::{
    report::Failure,
    wire::{Received, Wire},
};
use crate::{
    frame::Frame,
    test::{
        Handshake, Scenario,
        scenario::{Act, Branch, Ending, Rule},
        transcript::frame_in_words,
    },
};

/// How long a client has to answer a close.
const CLOSE_PATIENCE: Duration = Duration::from_secs(10);

/// The connection of a scenario, where there is one now.
#[derive(Default)]
pub(super) struct Conversation {
    pub(super) wire: Option<Wire>,
    /// Messages that no step has wanted yet, because it is not their time.
    queue: VecDeque<Frame>,
    rules: Vec<Rule>,
    /// Connections that stay open though nothing is played on them any more.
    held: JoinSet<()>,
}

impl Conversation {
    pub(super) fn on(wire: Wire) -> Self {
        Self { wire: Some(wire), ..Self::default() }
    }

    /// What comes next; never, while there is no connection.
    pub(super) async fn next(&mut self) -> Received {
        match &mut self.wire {
            Some(wire) => wire.next().await,
            None => std::future::pending().await,
        }
    }

    /// What comes next, first what has waited; nothing where there is no connection any more.
    pub(super) async fn next_or_end(&mut self) -> Option<Received> {
        match self.queue.pop_front() {
            Some(frame) => Some(Received::Frame(frame)),
            None => Some(self.wire.as_mut()?.next().await),
        }
    }

    /// Does everything that is to be done now. Ends early where a client is to be let in, which is for others to do.
    pub(super) async fn advance(&mut self, branch: &mut Branch, knocked: bool) -> Result<Option<Handshake>, Failure> {
        let mut knocked = knocked;
        loop {
            match branch.advance(Instant::now(), &mut knocked) {
                Some(Act::Handshake(handshake)) => return Ok(Some(handshake)),
                Some(act) => {
                    let ends = matches!(act, Act::End(_));
                    self.perform(act).await?;
                    if ends {
                        branch.leave();
                    }
                }
                None if self.offer_queue(branch)? => {}
                None if self.wire.is_none() && branch.offer_end() => {}
                None => return Ok(None),
            }
        }
    }

    /// Plays steps on this connection to their end.
    pub(super) async fn play(&mut self, branch: &mut Branch) -> Result<(), Failure> {
        loop {
            self.advance(branch, false).await?;
            if branch.is_done() {
                return Ok(());
            }
            let due = branch.deadline();
            select! {
                biased;
                received = self.next() => self.received(branch, received).await?,
                () = sleep_until(due.unwrap_or_else(Instant::now)), if due.is_some() => overdue(branch)?,
            }
        }
    }

    /// Does what a step says.
    async fn perform(&mut self, act: Act) -> Result<(), Failure> {
        if let Act::Rule(rule) = act {
            self.rules.push(rule);
            return Ok(());
        }
        if let Act::End(ending) = act {
            return self.end(ending).await;
        }
        let wire = self
            .wire
            .as_mut()
            .ok_or_else(|| Failure::new("to send a frame", "the client had let go of the connection"))?;
        match act {
            Act::Send(frame) => wire.send(&frame),
            Act::SendFragmented(frame, pieces) => wire.send_fragmented(&frame, pieces),
            Act::SendRaw(bytes) => wire.send_raw(&bytes),
            // Taken up before, by those whose matter they are.
            Act::Rule(_) | Act::End(_) | Act::Handshake(_) => {}
        }
        Ok(())
    }

    async fn end(&mut self, ending: Ending) -> Result<(), Failure> {
        self.nothing_left("the end of the connection")?;
        let Some(mut wire) = self.wire.take() else {
            return match ending {
                Ending::Close(..) => Err(Failure::new("to close the connection", "the client had let go of it")),
                _ => Ok(()),
            };
        };
        match ending {
            Ending::Close(code, reason) => {
                wire.send(&Scenario::close_frame(code, &reason));
                let answered = async {
                    while let Received::Frame(frame) = wire.next().await {
                        if matches!(frame, Frame::Close(_)) {
                            return;
                        }
                    }
                };
                let answered = timeout(CLOSE_PATIENCE, answered).await;
                wire.hang_up(false).await;
                if answered.is_err() {
                    let expected = format!("an answer to the close, or an end, within {CLOSE_PATIENCE:?}");
                    return Err(Failure::new(expected, "nothing"));
                }
            }
            Ending::Drop | Ending::Reset => {
                drop(timeout(CLOSE_PATIENCE, wire.flush()).await);
                wire.hang_up(ending == Ending::Reset).await;
            }
            Ending::Blackhole => {
                drop(timeout(CLOSE_PATIENCE, wire.flush()).await);
                self.held.spawn(async move {
                    let _open = wire;
                    std::future::pending::<()>().await;
                });
            }
            Ending::Linger => {
                self.held.spawn(wire.linger());
            }
        }
        Ok(())
    }

    /// Takes up what came. The steps go first, then the rules.
    pub(super) async fn received(&mut self, branch: &mut Branch, received: Received) -> Result<(), Failure> {
        match received {
            Received::Frame(frame) => {
                let close = matches!(frame, Frame::Close(_));
                self.frame(branch, frame)?;
                if close && let Some(mut wire) = self.wire.take() {
                    // Our close has been written: the client's end of it is what it waits for.
                    drop(timeout(CLOSE_PATIENCE, wire.flush()).await);
                    wire.hang_up(false).await;
                    self.left(branch);
                }
                Ok(())
            }
            Received::End => {
                let expected = expectation(branch);
                let waited_for = self.left(branch);
                match expected {
                    Some(expected) if !waited_for => {
                        Err(Failure::new(expected, "the end of the connection, by the client"))
                    }
                    _ => Ok(()),
                }
            }
            Received::Broken(what) => {
                self.wire = None;
                Err(Failure::new("frames as the protocol has them", what))
            }
        }
    }

    /// The client has let go of the connection; whether that was waited for.
    fn left(&mut self, branch: &mut Branch) -> bool {
        self.wire = None;
        if branch.ends_with_the_connection() {
            branch.leave();
            return true;
        }
        branch.offer_end()
    }

    fn frame(&mut self, branch: &mut Branch, frame: Frame) -> Result<(), Failure> {
        if branch.offer(&frame) || self.ruled(&frame) {
            return Ok(());
        }
        match frame {
            Frame::Ping(_) | Frame::Pong(_) => Ok(()),
            Frame::Close(_) if branch.ends_with_the_connection() => Ok(()),
            Frame::Close(_) => match expectation(branch) {
                Some(expected) => Err(Failure::new(expected, frame_in_words(&frame)).with_frame()),
                None => Ok(()),
            },
            frame if branch.is_patient() => {
                self.queue.push_back(frame);
                Ok(())
            }
            frame => Err(surprise(branch, &frame)),
        }
    }

    /// Offers what has waited to the steps that have come since.
    fn offer_queue(&mut self, branch: &mut Branch) -> Result<bool, Failure> {
        let Some(frame) = self.queue.front() else { return Ok(false) };
        if branch.offer(frame) {
            self.queue.pop_front();
            return Ok(true);
        }
        if branch.is_patient() { Ok(false) } else { Err(surprise(branch, frame)) }
    }

    /// Whether a rule took the frame; the answer is on its way then.
    pub(super) fn ruled(&mut self, frame: &Frame) -> bool {
        if !frame.is_data() {
            return false;
        }
        let value = frame.as_text().and_then(|text| serde_json::from_str::<Value>(text).ok());
        for rule in &self.rules {
            match rule {
                Rule::Ignore(matcher) if matcher.difference(frame).is_none() => return true,
                Rule::Ignore(_) => {}
                Rule::Answer(answer) => {
                    if let Some(answer) = value.as_ref().and_then(|value| answer(value)) {
                        if let Some(wire) = &mut self.wire {
                            wire.send(&Frame::text(answer.to_string()));
                        }
                        return true;
                    }
                }
            }
        }
        false
    }

    /// Whether each message has found its step.
    fn nothing_left(&self, expected: &str) -> Result<(), Failure> {
        match self.queue.front() {
            Some(frame) => {
                Err(Failure::new(expected, format!("{} before it, which no step took", frame_in_words(frame))))
            }
            None => Ok(()),
        }
    }
}

/// Fails where something should have happened by now.
pub(super) fn overdue(branch: &Branch) -> Result<(), Failure> {
    match branch.overdue(Instant::now()) {
        Some(expected) => Err(Failure::new(expected, "nothing")),
        None => Ok(()),
    }
}

/// What a frame was waited for, if one was.
fn expectation(branch: &Branch) -> Option<String> {
    let expected: Vec<_> = branch.expected().iter().map(ToString::to_string).collect();
    (!expected.is_empty()).then(|| expected.join(", or "))
}

/// A message that nobody wants.
fn surprise(branch: &Branch, frame: &Frame) -> Failure {
    let expected = branch.expected();
    let difference = if let [only] = expected[..] { only.difference(frame) } else { None };
    let wanted = expectation(branch).unwrap_or_else(|| match branch.pending().as_slice() {
        [] => "nothing more: the scenario is over".to_owned(),
        pending => pending.join(", "),
    });
    Failure::new(wanted, frame_in_words(frame)).with_frame().because(difference)
}
