//! The place in a scenario: what to do next, what is waited for, and until when.
//!
//! Pure: the player asks it, does what it says and tells it what came. Parallel steps are branches of a branch.

use std::{collections::VecDeque, mem};

use bytes::Bytes;

use super::{
    Ending, Handshake, Matcher, Rule, Scenario,
    step::{Step, What},
};
use crate::{frame::Frame, time::Instant};

/// Something that the player does at once.
#[derive(Clone)]
pub(in crate::test) enum Act {
    Send(Frame),
    SendFragmented(Frame, usize),
    SendRaw(Bytes),
    Rule(Rule),
    End(Ending),
    Handshake(Handshake),
}

/// A list of steps, and how far it has come.
#[derive(Default)]
pub(in crate::test) struct Branch {
    todo: VecDeque<Step>,
    children: Vec<Branch>,
    /// Since when the first step waits.
    since: Option<Instant>,
    /// The frame that was taken last.
    last: Option<Frame>,
    /// How many steps are done.
    done: usize,
    /// Whether it has come to the steps that are repeated for ever.
    endless: bool,
}

impl Branch {
    pub(in crate::test) fn new(scenario: Scenario) -> Self {
        Self::of(scenario.steps)
    }

    fn of(steps: impl IntoIterator<Item = Step>) -> Self {
        Self { todo: steps.into_iter().collect(), ..Self::default() }
    }

    /// The next thing to do; nothing while something is waited for, and at the end. `knocked` says whether a client waits to be
    /// let in, and is taken by the step that does so.
    pub(in crate::test) fn advance(&mut self, now: Instant, knocked: &mut bool) -> Option<Act> {
        loop {
            for child in &mut self.children {
                if let Some(act) = child.advance(now, knocked) {
                    return Some(act);
                }
            }
            self.children.retain(|child| !child.is_done());
            if !self.children.is_empty() {
                return None;
            }
            let since = *self.since.get_or_insert(now);
            match &self.todo.front()?.what {
                What::Delay(time) if now < since + *time => return None,
                What::Reconnect if !*knocked => return None,
                What::Handshake(_) if !mem::take(knocked) => return None,
                What::Expect(_) | What::ExpectEnd => return None,
                _ => {}
            }
            if let Some(act) = self.begin(now) {
                return Some(act);
            }
        }
    }

    /// Takes the first step from the list. What it is made of takes its place.
    fn begin(&mut self, now: Instant) -> Option<Act> {
        let step = self.todo.pop_front()?;
        match step.what {
            What::Repeat(0, _) => {}
            What::Repeat(times, body) => {
                self.since = None;
                self.todo.push_front(What::Repeat(times - 1, body.clone()).into());
                for step in body.iter().rev() {
                    self.todo.push_front(step.clone());
                }
                return None;
            }
            What::Forever(body) => {
                (self.since, self.endless) = (None, true);
                self.todo = body.iter().cloned().chain([What::Forever(body.clone()).into()]).collect();
                return None;
            }
            What::Parallel(branches) if branches.is_empty() => {}
            What::Parallel(ref branches) => {
                self.children = branches.iter().map(|steps| Self::of(steps.iter().cloned())).collect();
                // It stands for them until they are done, so that its own patience counts.
                self.todo.push_front(Step { what: What::Parallel([].into()), ..step });
                self.since = Some(now);
                return None;
            }
            what => {
                let act = match what {
                    What::Handshake(handshake) => Some(Act::Handshake(handshake)),
                    What::Send(frame) => Some(Act::Send(frame)),
                    What::SendFragmented(frame, pieces) => Some(Act::SendFragmented(frame, pieces)),
                    What::SendRaw(bytes) => Some(Act::SendRaw(bytes)),
                    What::Reply(reply) => self.last.as_ref().map(|frame| Act::Send(reply(frame))),
                    What::Rule(rule) => Some(Act::Rule(rule)),
                    What::End(ending) => Some(Act::End(ending)),
                    _ => None,
                };
                self.step_done();
                return act;
            }
        }
        self.step_done();
        None
    }

    fn step_done(&mut self) {
        self.since = None;
        self.done += 1;
    }

    /// Shows a frame to the steps that wait; whether one of them took it.
    pub(in crate::test) fn offer(&mut self, frame: &Frame) -> bool {
        if !self.children.is_empty() {
            return self.children.iter_mut().any(|child| child.offer(frame));
        }
        let Some(What::Expect(matcher)) = self.todo.front().map(|step| &step.what) else { return false };
        let taken = matcher.difference(frame).is_none();
        if taken {
            self.todo.pop_front();
            self.last = Some(frame.clone());
            self.step_done();
        }
        taken
    }

    /// Tells it that the client has let go of the connection; whether a step has waited for that.
    pub(in crate::test) fn offer_end(&mut self) -> bool {
        if !self.children.is_empty() {
            return self.children.iter_mut().any(Self::offer_end);
        }
        match self.todo.front().map(|step| &step.what) {
            Some(What::ExpectEnd) => {
                self.todo.pop_front();
                self.step_done();
                true
            }
            _ => false,
        }
    }

    /// Whether what is under way ends with the connection: it is repeated for ever, and opens none.
    pub(in crate::test) fn ends_with_the_connection(&self) -> bool {
        let steps = match self.todo.back().map(|step| &step.what) {
            Some(What::Forever(steps)) if self.endless => steps,
            _ => return false,
        };
        !steps.iter().any(|step| matches!(step.what, What::Handshake(_)))
    }

    /// The frames that are waited for now.
    pub(in crate::test) fn expected(&self) -> Vec<&Matcher> {
        self.fronts()
            .into_iter()
            .filter_map(|step| if let What::Expect(matcher) = &step.what { Some(matcher) } else { None })
            .collect()
    }

    /// What is waited for now, in words.
    pub(in crate::test) fn pending(&self) -> Vec<String> {
        self.fronts().into_iter().map(|step| step.what.to_string()).collect()
    }

    /// Whether the client is waited for, and not only time.
    pub(in crate::test) fn waits_for_the_client(&self) -> bool {
        self.fronts().iter().any(|step| step.what.waits())
    }

    /// Whether messages that nobody wants yet may be wanted later: during a delay, and before a pong, which they may overtake.
    pub(in crate::test) fn is_patient(&self) -> bool {
        self.fronts().iter().any(|step| match &step.what {
            What::Delay(_) => true,
            What::Expect(matcher) => matcher.is_pong(),
            _ => false,
        })
    }

    /// Whether the next connection attempt belongs to the scenario.
    pub(in crate::test) fn wants_an_attempt(&self) -> bool {
        matches!(self.todo.front().map(|step| &step.what), Some(What::Reconnect | What::Handshake(_)))
    }

    /// What a reconnect now is too early for, in words.
    pub(in crate::test) fn too_early(&self, now: Instant) -> Option<String> {
        let (step, since) = self.todo.front().zip(self.since)?;
        (now < since + step.not_before).then(|| format!("{} not before {:?}", step.what, step.not_before))
    }

    fn fronts(&self) -> Vec<&Step> {
        if self.children.is_empty() {
            return self.todo.front().into_iter().collect();
        }
        self.children.iter().flat_map(Self::fronts).collect()
    }

    /// When something is due: a delay is over, or patience is.
    pub(in crate::test) fn deadline(&self) -> Option<Instant> {
        let own = self.todo.front().zip(self.since).and_then(|(step, since)| match step.what {
            What::Delay(time) => Some(since + time),
            _ => step.within.map(|within| since + within),
        });
        self.children.iter().filter_map(Self::deadline).chain(own).min()
    }

    /// What should have happened by now, in words.
    pub(in crate::test) fn overdue(&self, now: Instant) -> Option<String> {
        if let Some(overdue) = self.children.iter().find_map(|child| child.overdue(now)) {
            return Some(overdue);
        }
        let (step, since) = self.todo.front().zip(self.since)?;
        let within = step.within.filter(|within| since + *within <= now)?;
        Some(format!("{} within {within:?}", self.pending().join(", ")))
    }

    pub(in crate::test) fn is_done(&self) -> bool {
        self.todo.is_empty()
    }

    /// Whether it asks nothing more of the client: it is done, or what is left is repeated for ever.
    pub(in crate::test) fn is_finished(&self) -> bool {
        self.is_done() || self.endless
    }

    /// How many steps are done, those of finished branches not counted.
    pub(in crate::test) fn done(&self) -> usize {
        self.done
    }

    /// Gives up what is under way on a connection that has ended in a parallel branch.
    pub(in crate::test) fn leave(&mut self) {
        if self.ends_with_the_connection() {
            self.children.clear();
            self.todo.clear();
        }
        if !self.children.is_empty() {
            self.children.clear();
            self.todo.pop_front();
            self.step_done();
        }
    }
}
