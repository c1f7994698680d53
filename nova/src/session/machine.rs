//! The machine: one table of states, what each may do and where each trigger leads. Pure: no clock, no socket, no task.
//!
//! Whoever drives it says what happened and when; it says where that leads, or refuses. What has to be *done* in a state follows
//! from entering it, and is the engine's.

use std::time::Duration;

use crate::{
    shared::Rights,
    state::{Cause, State, Transition},
    time::Instant,
};

/// What moves a client from one state to another.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Trigger {
    /// The client was started, or its delay is over.
    Dial,
    /// The link is up.
    Connected,
    /// The login was acknowledged, or none is needed.
    LoggedIn,
    /// Every wanted topic is settled.
    Restored,
    /// The link, or the attempt at one, has failed; another attempt follows.
    Failed,
    /// The same, and once too often: the breaker has opened.
    Tripped,
    /// It has failed for good.
    GiveUp,
    /// The user wants a fresh connection now.
    Asked,
    /// The user wants the end.
    Close,
    /// What was accepted before the close is sent.
    Drained,
    /// The close handshake is over, or its time is.
    Finished,
}

impl Trigger {
    /// Its name in reports.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Dial => "dial",
            Self::Connected => "connected",
            Self::LoggedIn => "logged in",
            Self::Restored => "restored",
            Self::Failed => "failed",
            Self::Tripped => "tripped",
            Self::GiveUp => "give up",
            Self::Asked => "asked",
            Self::Close => "close",
            Self::Drained => "drained",
            Self::Finished => "finished",
        }
    }
}

/// A state's rights, and where each trigger leads from it. What is not listed is illegal.
struct Row {
    state: State,
    rights: Rights,
    leads: &'static [(Trigger, State)],
}

const READY: State = State::Ready { missing: 0 };

/// The one table.
#[rustfmt::skip]
const TABLE: [Row; 12] = [
    Row { state: State::Idle, rights: Rights::Hold, leads: &[
        (Trigger::Dial, State::Connecting), (Trigger::Close, State::Closed), (Trigger::GiveUp, State::Failed),
    ] },
    Row { state: State::Connecting, rights: Rights::Hold, leads: &[
        (Trigger::Connected, State::Authenticating), (Trigger::Failed, State::Backoff), (Trigger::Tripped, State::Suspended),
        (Trigger::GiveUp, State::Failed),
        (Trigger::Asked, State::Connecting), (Trigger::Close, State::Closed), (Trigger::Finished, State::Closed),
    ] },
    Row { state: State::Authenticating, rights: Rights::Hold, leads: &[
        (Trigger::LoggedIn, State::Restoring), (Trigger::Failed, State::Backoff), (Trigger::Tripped, State::Suspended),
        (Trigger::GiveUp, State::Failed),
        (Trigger::Asked, State::Connecting), (Trigger::Close, State::Closing), (Trigger::Finished, State::Closed),
    ] },
    Row { state: State::Restoring, rights: Rights::Urgent, leads: &[
        (Trigger::Restored, READY), (Trigger::Failed, State::Backoff), (Trigger::Tripped, State::Suspended),
        (Trigger::GiveUp, State::Failed),
        (Trigger::Asked, State::Connecting), (Trigger::Close, State::Draining), (Trigger::Finished, State::Closed),
    ] },
    Row { state: READY, rights: Rights::All, leads: &[
        (Trigger::Restored, READY), (Trigger::Failed, State::Backoff), (Trigger::Tripped, State::Suspended),
        (Trigger::GiveUp, State::Failed),
        (Trigger::Asked, State::Connecting), (Trigger::Close, State::Draining), (Trigger::Finished, State::Closed),
    ] },
    Row { state: State::Backoff, rights: Rights::Hold, leads: &[
        (Trigger::Dial, State::Connecting), (Trigger::Asked, State::Connecting), (Trigger::GiveUp, State::Failed),
        (Trigger::Close, State::Closed), (Trigger::Finished, State::Closed),
    ] },
    Row { state: State::Suspended, rights: Rights::Hold, leads: &[
        (Trigger::Dial, State::Connecting), (Trigger::Asked, State::Connecting), (Trigger::GiveUp, State::Failed),
        (Trigger::Close, State::Closed), (Trigger::Finished, State::Closed),
    ] },
    Row { state: State::Standby, rights: Rights::Hold, leads: &[
        (Trigger::Dial, State::Connecting), (Trigger::Close, State::Closed),
    ] },
    Row { state: State::Draining, rights: Rights::Drain, leads: &[
        (Trigger::Drained, State::Closing), (Trigger::Failed, State::Closed), (Trigger::GiveUp, State::Closed),
        (Trigger::Finished, State::Closed),
    ] },
    Row { state: State::Closing, rights: Rights::Over, leads: &[
        (Trigger::Finished, State::Closed), (Trigger::Failed, State::Closed), (Trigger::GiveUp, State::Closed),
    ] },
    Row { state: State::Closed, rights: Rights::Over, leads: &[] },
    Row { state: State::Failed, rights: Rights::Over, leads: &[] },
];

fn row(state: State) -> &'static Row {
    let same = |row: &&Row| std::mem::discriminant(&row.state) == std::mem::discriminant(&state);
    TABLE.iter().find(same).unwrap_or(&TABLE[TABLE.len() - 1])
}

/// What a client may send in a state.
pub(crate) fn rights(state: State) -> Rights {
    row(state).rights
}

/// A trigger that the state does not know: refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Illegal {
    pub(crate) state: State,
    pub(crate) trigger: Trigger,
}

/// Where a client stands.
#[derive(Debug)]
pub(crate) struct Machine {
    state: State,
    since: Instant,
    /// The number of the connection, from 1.
    epoch: u64,
    /// When the state's time is up.
    deadline: Option<Instant>,
}

impl Machine {
    pub(crate) fn new(now: Instant) -> Self {
        Self { state: State::Idle, since: now, epoch: 0, deadline: None }
    }

    pub(crate) fn state(&self) -> State {
        self.state
    }

    pub(crate) fn epoch(&self) -> u64 {
        self.epoch
    }

    /// When the state's time is up.
    pub(crate) fn deadline(&self) -> Option<Instant> {
        self.deadline
    }

    /// Gives the present state a new deadline.
    pub(crate) fn set_deadline(&mut self, deadline: Option<Instant>) {
        self.deadline = deadline;
    }

    /// Whether the trigger leads anywhere from here.
    pub(crate) fn allows(&self, trigger: Trigger) -> bool {
        row(self.state).leads.iter().any(|(known, _)| *known == trigger)
    }

    /// Takes the step. `missing` counts for `Ready`; `delay` is told in the transition where the new state waits for it.
    ///
    /// # Errors
    /// [`Illegal`]: nothing has changed.
    pub(crate) fn step(
        &mut self,
        trigger: Trigger,
        cause: Cause,
        (missing, attempt, delay): (usize, u32, Option<Duration>),
        now: Instant,
    ) -> Result<Transition, Illegal> {
        let Some((_, to)) = row(self.state).leads.iter().find(|(known, _)| *known == trigger) else {
            return Err(Illegal { state: self.state, trigger });
        };
        let to = if to.is_ready() { State::Ready { missing } } else { *to };
        if trigger == Trigger::Connected {
            self.epoch += 1;
        }
        let transition = Transition {
            from: self.state,
            to,
            cause: cause.shared(),
            at: now,
            after: now.saturating_duration_since(self.since),
            epoch: self.epoch,
            attempt,
            delay,
        };
        self.state = to;
        self.since = now;
        self.deadline = None;
        Ok(transition)
    }
}
