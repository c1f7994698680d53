//! What a client must do, told from the promises: which steps there are (P42), what a connection restores before user traffic opens
//! (P4), what becomes of calls (P6, P9), how it closes (P10) and what it counts (P15). No table and no queue: slow, to be read.

use super::{
    super::machine::Trigger,
    input::{ALLOWED, CHUNK, Fate, Input, Reply, STABLE, TOPICS, Told, View, is_private},
};
use crate::state::State::{
    self, Authenticating, Backoff, Closed, Closing, Connecting, Draining, Failed, Idle, Ready, Restoring, Suspended,
};

/// What the venue was told of a topic, and said to it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
enum Wire {
    #[default]
    Off,
    Asked,
    On,
    /// Nobody wants it any more: to be ended.
    Over,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
struct Topic {
    users: usize,
    wire: Wire,
    /// The last request for it was not answered: it may be in effect.
    in_doubt: bool,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Call {
    id: u64,
    urgent: bool,
    idempotent: bool,
    deadline: u64,
    /// Its place among the frames sent, once it is.
    frame: Option<u64>,
    /// It was lost with a connection; whether bytes of it had left.
    lost: Option<bool>,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Model {
    now: u64,
    pub(super) state: State,
    epoch: u64,
    attempts: u32,
    ready_since: Option<u64>,
    topics: [Topic; TOPICS.len()],
    calls: Vec<Call>,
    asked: u64,
    /// Halves of frames sent, and of these taken by the system.
    sent: u64,
    taken: u64,
    told: Vec<Told>,
}

fn has_link(state: State) -> bool {
    matches!(state, Authenticating | Restoring | Ready { .. } | Draining | Closing)
}

/// P42: the steps there are.
fn leads(from: State, trigger: Trigger) -> Option<State> {
    let leaving = matches!(from, Draining | Closing);
    let trying = from == Connecting || (has_link(from) && !leaving);
    let serves = from == Restoring || from.is_ready();
    let resting = matches!(from, Backoff | Suspended);
    let (legal, to) = match trigger {
        _ if from.is_terminal() => (false, from),
        Trigger::Dial => (from == Idle || resting, Connecting),
        Trigger::Connected => (from == Connecting, Authenticating),
        Trigger::LoggedIn => (from == Authenticating, Restoring),
        Trigger::Restored => (serves, Ready { missing: 0 }),
        Trigger::Failed => (trying || leaving, if leaving { Closed } else { Backoff }),
        Trigger::Tripped => (trying, Suspended),
        Trigger::GiveUp => (true, if leaving { Closed } else { Failed }),
        Trigger::Asked => (trying || resting, Connecting),
        Trigger::Close if serves => (true, Draining),
        Trigger::Close => (!leaving, if has_link(from) { Closing } else { Closed }),
        Trigger::Drained => (from == Draining, Closing),
        Trigger::Finished => (from != Idle, Closed),
    };
    legal.then_some(to)
}

impl Topic {
    fn is_open(&self) -> bool {
        self.wire == Wire::Asked || (self.users > 0 && self.wire == Wire::Off)
    }

    fn forget(&mut self) {
        let wire = if self.wire == Wire::On || self.in_doubt { Wire::Over } else { Wire::Off };
        *self = Self { wire, in_doubt: self.in_doubt, ..Self::default() };
    }
}

impl Model {
    pub(super) fn new() -> Self {
        let (state, topics, calls, told) = (Idle, <_>::default(), Vec::new(), Vec::new());
        let (now, epoch, attempts, asked, sent, taken) = (0, 0, 0, 0, 0, 0);
        Self { now, state, epoch, attempts, ready_since: None, topics, calls, asked, sent, taken, told }
    }

    /// Takes an input; what is told because of it, in any order.
    pub(super) fn take(&mut self, input: Input) -> Vec<Told> {
        match input {
            // These two follow from what there is, and not from a word.
            Input::Step(Trigger::Restored) if leads(self.state, Trigger::Restored).is_some() => {}
            Input::Step(Trigger::Drained) if self.state == Draining && self.taken < self.sent => {}
            Input::Step(trigger) => self.step(trigger),
            Input::Want(at, more) => self.want(at, more),
            Input::Call { urgent, idempotent } => {
                self.asked += 1;
                let (id, deadline) = (self.asked, self.now + ALLOWED);
                self.calls.push(Call { id, urgent, idempotent, deadline, frame: None, lost: None });
            }
            Input::Pass(time) => self.pass(time),
            _ if !has_link(self.state) => {}
            Input::Work if leads(self.state, Trigger::Restored).is_some() => self.work(),
            Input::Write => self.taken = self.sent.min(self.taken + 1),
            Input::Answer => {
                let oldest = self.calls.iter().filter(|call| call.frame.is_some()).map(|call| call.id).min();
                self.calls.retain(|call| Some(call.id) != oldest);
                self.told.extend(oldest.map(|id| Told::Answered(id, Reply::Result)));
            }
            Input::Answered(at, fate) if self.topics[at].wire == Wire::Asked => self.answered(at, fate),
            _ => {}
        }
        self.settle();
        std::mem::take(&mut self.told)
    }

    fn step(&mut self, trigger: Trigger) {
        let from = self.state;
        let Some(to) = leads(from, trigger) else { return self.told.push(Told::Illegal) };
        self.ready_since = if to.is_ready() { Some(self.now) } else { self.ready_since };
        self.epoch += u64::from(trigger == Trigger::Connected);
        // P15: only a connection that was ready for a while wipes out the attempts before it.
        if matches!(to, Backoff | Suspended) || trigger == Trigger::Asked {
            let stable = self.ready_since.take().is_some_and(|since| self.now - since >= STABLE);
            self.attempts = if stable { 0 } else { self.attempts } + u32::from(trigger != Trigger::Asked);
        }
        self.state = to;
        self.told.push(Told::Step { from, to, epoch: self.epoch, attempt: self.attempts });
        if has_link(from) && !has_link(to) {
            self.lose();
        }
    }

    /// A connection is gone: its calls end at once, everything wanted is asked for anew.
    fn lose(&mut self) {
        // Those that wait keep their turn; what is sent again comes behind them.
        self.calls.sort_by_key(|call| call.frame.map(|_| call.id));
        for mut call in std::mem::take(&mut self.calls) {
            call.lost = call.frame.map(|frame| frame < self.taken || call.lost == Some(true)).or(call.lost);
            match (call.frame.take(), call.lost) {
                (Some(_), Some(left)) if !call.idempotent => self.told.push(Told::Answered(call.id, Reply::Lost(left))),
                _ => self.calls.push(call),
            }
        }
        self.taken = self.sent;
        for topic in &mut self.topics {
            *topic = Topic { users: topic.users, ..Topic::default() };
        }
    }

    /// What follows by itself: `Ready` once everything wanted is settled, and sends whose turn has come or never will.
    fn settle(&mut self) {
        if self.state == Restoring && !self.topics.iter().any(Topic::is_open) {
            self.step(Trigger::Restored);
        }
        self.calls.sort_by_key(|call| !call.urgent);
        for mut call in std::mem::take(&mut self.calls) {
            if call.frame.is_none() && (self.state.is_ready() || (self.state == Restoring && call.urgent)) {
                call.frame = Some(self.sent);
                self.sent += 2;
            }
            // What cannot have its turn any more is told so (P10), and so is what would wait until a breaker closes.
            let in_vain = matches!(self.state, Draining | Closing | Closed | Failed | Suspended);
            let reply = call.lost.map_or(Reply::Refused, Reply::Lost);
            match call.frame {
                None if in_vain => self.told.push(Told::Answered(call.id, reply)),
                _ => self.calls.push(call),
            }
        }
    }

    fn pass(&mut self, time: u64) {
        self.now += time;
        for call in self.calls.iter().filter(|call| call.deadline <= self.now) {
            // What is on its way cannot be called back.
            let may_leave = call.frame.is_some() || call.lost == Some(true);
            self.told.push(Told::Answered(call.id, Reply::Late(may_leave)));
        }
        self.calls.retain(|call| call.deadline > self.now);
    }

    fn want(&mut self, at: usize, more: bool) {
        let topic = &mut self.topics[at];
        topic.users = if more { topic.users + 1 } else { topic.users.saturating_sub(1) };
        match topic.wire {
            Wire::Over if more => topic.wire = if std::mem::take(&mut topic.in_doubt) { Wire::Off } else { Wire::On },
            Wire::Off | Wire::On if topic.users == 0 => topic.forget(),
            _ => {}
        }
    }

    /// The next request: what to leave, then private topics, then public ones.
    fn work(&mut self) {
        let turn = |at: &usize| match (self.topics[*at].wire, self.topics[*at].users) {
            (Wire::Over, _) => 0,
            (Wire::Off, 1..) if is_private(TOPICS[*at]) => 1,
            (Wire::Off, 1..) => 2,
            _ => 3,
        };
        let first = (0..TOPICS.len()).map(|at| turn(&at)).min().unwrap_or(3);
        let places: Vec<_> = (0..TOPICS.len()).filter(|at| first < 3 && turn(at) == first).take(CHUNK).collect();
        for at in &places {
            let topic = &mut self.topics[*at];
            (topic.wire, topic.in_doubt) = if first > 0 { (Wire::Asked, topic.in_doubt) } else { (Wire::Off, false) };
        }
        self.told.extend((first < 3).then_some(Told::Sent(first > 0, places)));
    }

    /// The venue's word, or its silence, on a topic that was asked for.
    fn answered(&mut self, at: usize, fate: Fate) {
        let topic = &mut self.topics[at];
        match fate {
            Fate::Confirmed => (topic.wire, topic.in_doubt) = (Wire::On, false),
            Fate::Unanswered => (topic.wire, topic.in_doubt) = (Wire::Off, true),
            Fate::Refused => *topic = Topic::default(),
        }
        if fate == Fate::Refused || (fate == Fate::Confirmed && topic.users > 0) {
            self.told.push(Told::Topic(at, fate));
        }
        if topic.users == 0 {
            topic.forget();
        }
    }

    pub(super) fn view(&self) -> View {
        let open = self.calls.iter().filter(|call| call.frame.is_some()).count();
        let (settled, waiting) = (!self.topics.iter().any(Topic::is_open), self.calls.len() - open);
        let wanted = self.topics.iter().map(|topic| topic.users).collect();
        View { state: self.state, epoch: self.epoch, settled, wanted, calls: (open, waiting) }
    }
}
