//! What can happen to a client, and what it shows of it: all that the model and the real parts have in common.

use rand::{Rng, RngExt as _};

use super::super::machine::Trigger;
use crate::state::State;

/// The topics: two of them are private. In the order of their names.
pub(super) const TOPICS: [&str; 3] = ["book", "private.orders", "private.trades"];
/// Topics in one request.
pub(super) const CHUNK: usize = 2;
/// How long a call waits for its answer, in milliseconds.
pub(super) const ALLOWED: u64 = 10_000;
/// How long a client must be ready to count as stable (P15), in milliseconds: the heartbeat's interval.
pub(super) const STABLE: u64 = 15_000;

pub(super) fn is_private(topic: &str) -> bool {
    topic.starts_with("private.")
}

pub(super) const TRIGGERS: [Trigger; 11] = [
    Trigger::Dial,
    Trigger::Connected,
    Trigger::LoggedIn,
    Trigger::Restored,
    Trigger::Failed,
    Trigger::Tripped,
    Trigger::GiveUp,
    Trigger::Asked,
    Trigger::Close,
    Trigger::Drained,
    Trigger::Finished,
];

/// What happens to a client: by its user, its venue, its network, its clock.
#[derive(Clone, Copy, Debug)]
pub(super) enum Input {
    Step(Trigger),
    /// One more wants a topic, or one no more.
    Want(usize, bool),
    /// The engine sends its next request about topics.
    Work,
    /// The venue's word on a topic that may have been asked for, or its silence.
    Answered(usize, Fate),
    Call {
        urgent: bool,
        idempotent: bool,
    },
    /// The oldest call that is under way is answered.
    Answer,
    /// The system takes half a frame.
    Write,
    /// So many milliseconds pass.
    Pass(u64),
}

impl Input {
    /// By chance, but such that runs come far and end late.
    pub(super) fn random(state: State, rng: &mut impl Rng) -> Self {
        let topic = rng.random_range(0..TOPICS.len());
        match rng.random_range(0..200) {
            0..50 => Self::Step(onward(state)),
            50..60 => Self::Step([Trigger::Failed, Trigger::Asked][rng.random_range(0..2)]),
            60..66 => Self::Step(TRIGGERS[rng.random_range(0..TRIGGERS.len())]),
            66..90 => Self::Want(topic, rng.random_bool(0.6)),
            90..110 => Self::Work,
            110..140 => Self::Answered(topic, Fate::Confirmed),
            140..143 => Self::Answered(topic, Fate::Refused),
            143..150 => Self::Answered(topic, Fate::Unanswered),
            150..178 => Self::Call { urgent: rng.random(), idempotent: rng.random() },
            178..184 => Self::Answer,
            184..192 => Self::Write,
            _ => Self::Pass([500, 4_000, STABLE][rng.random_range(0..3)]),
        }
    }
}

/// What brings a client on from a state.
fn onward(state: State) -> Trigger {
    match state {
        State::Idle | State::Backoff | State::Suspended => Trigger::Dial,
        State::Connecting => Trigger::Connected,
        State::Authenticating => Trigger::LoggedIn,
        State::Draining => Trigger::Drained,
        State::Closing => Trigger::Finished,
        _ => Trigger::Restored,
    }
}

/// What a client says because something happened.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) enum Told {
    Step {
        from: State,
        to: State,
        epoch: u64,
        attempt: u32,
    },
    /// The trigger was refused.
    Illegal,
    /// A request for topics, by their places: to have them, or to have them no more.
    Sent(bool, Vec<usize>),
    /// The venue's word on a topic.
    Topic(usize, Fate),
    Answered(u64, Reply),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Fate {
    Confirmed,
    Refused,
    Unanswered,
}

/// What a caller gets.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Reply {
    Result,
    /// The link was lost. Whether it may have been received.
    Lost(bool),
    /// Its time was over. Whether it may have been received.
    Late(bool),
    /// It will not have its turn.
    Refused,
}

/// Where a client stands, as everybody may see it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct View {
    pub(super) state: State,
    pub(super) epoch: u64,
    /// Every wanted topic is confirmed, or in vain on this connection.
    pub(super) settled: bool,
    /// How many want each topic.
    pub(super) wanted: Vec<usize>,
    /// Calls that are under way, and those that wait for their turn.
    pub(super) calls: (usize, usize),
}
