//! The pure parts of a client, put together as the engine puts them together, with nothing in between: machine, topics, course and
//! outbox. With a flaw on demand, so that the model can be seen to notice.

use std::{io, sync::Arc, task::Waker, time::Duration};

use bytes::BytesMut;
use rand::{SeedableRng as _, rngs::StdRng};
use tokio::sync::oneshot::{self, error::TryRecvError};

use super::{
    super::{
        machine::{Machine, Trigger, rights},
        subscriptions::{Settled, Subscriptions},
    },
    flaw::Flaw,
    input::{ALLOWED, CHUNK, Fate, Input, Reply, STABLE, TOPICS, Told, View, is_private},
};
use crate::{
    config::{Attempts, Config, Traits},
    error::{Error, Outcome, Result},
    flow::{Charge, Priority, SharedLimiter},
    frame::Frame,
    message::Topic,
    reconnect::{Course, Decisions, Ended, strategy::AlwaysReconnect},
    shared::{Asking, Budget, Call, Outbox, Purpose, Rights, Terms, Waiting},
    state::{Cause, State},
    time::Instant,
};

/// What each call puts on the wire: all frames are of one length, and their header and mask have 6 bytes.
const FRAME: &[u8] = b"one call";
const HALF: u64 = (FRAME.len() as u64 + 6).div_euclid(2);

/// The parts of one client.
pub(super) struct Rig {
    flaw: Option<Flaw>,
    now: Instant,
    config: Config,
    rng: StdRng,
    machine: Machine,
    topics: Subscriptions,
    course: Course,
    outbox: Outbox,
    /// Callers, by the numbers of their calls.
    callers: Vec<(u64, oneshot::Receiver<Result<String>>)>,
    asked: u64,
    /// Where in the stream of bytes the system has taken all, and where what it was given ends.
    wire: (u64, u64),
    told: Vec<Told>,
}

impl Rig {
    pub(super) fn new(begin: Instant, flaw: Option<Flaw>) -> Self {
        let mut config = Config::default();
        (config.breaker.failures, config.reconnect.max_attempts) = (None, Attempts::Unlimited);
        config.heartbeat.interval = Some(Duration::from_millis(STABLE));
        let budget = Budget::new(&SharedLimiter::new(), Waker::noop());
        Self {
            flaw,
            now: begin,
            outbox: Outbox::new(&config, budget),
            config,
            rng: StdRng::seed_from_u64(0),
            machine: Machine::new(begin),
            topics: Subscriptions::default(),
            course: Course::default(),
            callers: Vec::new(),
            asked: 0,
            wire: (0, 0),
            told: Vec::new(),
        }
    }

    fn has(&self, flaw: Flaw) -> bool {
        self.flaw == Some(flaw)
    }

    fn has_link(&self) -> bool {
        has_link(self.machine.state())
    }

    fn serves(&self) -> bool {
        matches!(self.machine.state(), State::Restoring | State::Ready { .. })
    }

    /// Takes an input; what is told because of it, in any order.
    pub(super) fn take(&mut self, input: Input) -> Vec<Told> {
        match input {
            Input::Step(Trigger::Restored) if self.machine.allows(Trigger::Restored) => {}
            Input::Step(Trigger::Drained) if self.machine.state() == State::Draining && !self.is_flushed() => {}
            Input::Step(trigger) => self.step(trigger),
            Input::Want(at, true) => drop(self.topics.want(Topic::new(TOPICS[at]), None, self.now).unwrap()),
            Input::Want(at, false) => drop(self.topics.unwant(TOPICS[at])),
            Input::Call { urgent, idempotent } => self.call(urgent, idempotent),
            Input::Pass(time) => self.pass(Duration::from_millis(time)),
            _ if !self.has_link() => {}
            Input::Work if self.serves() => self.work(),
            Input::Write => self.write(),
            Input::Answer => self.answer(),
            Input::Answered(at, fate) => self.answered(at, fate),
            Input::Work => {}
        }
        if self.machine.state() == State::Restoring
            && (self.topics.is_settled() || self.has(Flaw::IsReadyBeforeRestored))
        {
            self.step(Trigger::Restored);
        }
        self.release();
        self.hear_callers();
        std::mem::take(&mut self.told)
    }

    fn step(&mut self, trigger: Trigger) {
        let from = self.machine.state();
        let tries = from == State::Connecting || (has_link(from) && !matches!(from, State::Draining | State::Closing));
        match trigger {
            Trigger::Failed | Trigger::Tripped if tries => {
                let error = lost();
                let ended = Ended { error: &error, class: error.class(), wish: None };
                let context = (&self.config, Traits::new());
                self.course.ended(ended, &Decisions::of::<AlwaysReconnect>(), context, self.now, &mut self.rng);
            }
            Trigger::Asked if self.machine.allows(trigger) => drop(self.course.left(&self.config, self.now)),
            Trigger::Connected if self.has(Flaw::ForgetsAttemptsOnHandshake) => self.course = Course::default(),
            _ => {}
        }
        let epoch = self.machine.epoch();
        let told = (self.topics.missing(), self.course.attempts(), None);
        let Ok(step) = self.machine.step(trigger, Cause::Asked, told, self.now) else {
            if self.has(Flaw::TakesIllegalSteps) {
                self.machine = Machine::new(self.now);
            }
            return self.told.push(Told::Illegal);
        };
        let counted = if self.has(Flaw::CountsNoConnections) { epoch } else { step.epoch };
        self.told.push(Told::Step { from, to: step.to, epoch: counted, attempt: step.attempt });
        self.outbox.rights = match step.to {
            State::Authenticating if self.has(Flaw::SendsBeforeReady) => Rights::All,
            State::Draining if self.has(Flaw::SendsWhileClosing) => Rights::All,
            state => rights(state),
        };
        if has_link(from) && !self.has_link() {
            self.lose();
        }
        if step.to.is_ready() {
            self.course.ready(self.now);
        }
        match step.to {
            State::Suspended => self.refuse(&Error::NotReady { state: "suspended" }),
            State::Closed | State::Failed => self.refuse(&Error::ClientClosed),
            _ if trigger == Trigger::Close && !from.is_ready() => self.refuse(&Error::ClientClosed),
            _ => {}
        }
    }

    /// What the engine does when it lets go of a connection.
    fn lose(&mut self) {
        self.outbox.discard_bytes();
        let handed = if self.has(Flaw::TrustsThatNothingLeft) { 0 } else { self.wire.0 };
        for (_, call, outcome) in self.outbox.lose_calls(handed, self.now) {
            if !self.has(Flaw::LosesCallsInSilence) {
                call.resolve(Err(Error::Disconnected { outcome }));
            }
        }
        self.wire.0 = self.wire.1;
        if !self.has(Flaw::KeepsTopicsOverConnections) {
            self.topics.lost();
        }
    }

    fn refuse(&mut self, error: &Error) {
        for entry in self.outbox.waiting.extract(|_| true) {
            entry.refuse(error.clone());
        }
    }

    fn call(&mut self, urgent: bool, idempotent: bool) {
        self.asked += 1;
        let (caller, answer) = oneshot::channel();
        self.callers.push((self.asked, answer));
        let idempotent = idempotent || self.has(Flaw::ResendsEverything);
        let call = Asking { id: self.asked, purpose: Purpose::Caller(caller), method: "call".into() };
        let terms = Terms {
            priority: if urgent { Priority::Cancel } else { Priority::Order },
            charge: Charge { cost: 0, pool: 0 },
            allowed: Duration::from_millis(ALLOWED),
            patient: true,
            idempotent,
        };
        let entry = Waiting::new(Frame::Binary(FRAME.into()), Some(call), terms, self.now);
        match self.outbox.rights {
            Rights::Drain | Rights::Over => entry.refuse(Error::ClientClosed),
            _ if self.machine.state() == State::Suspended => entry.refuse(Error::NotReady { state: "suspended" }),
            _ => self.outbox.wait(entry, self.now, Duration::from_millis(ALLOWED)),
        }
    }

    /// Sends whose turn has come leave.
    fn release(&mut self) {
        while let Ok(entry) = self.outbox.next_waiting(self.now) {
            let again = entry.again();
            let Waiting { frame, call, terms: Terms { allowed, .. }, asked, .. } = entry;
            let Some(Asking { id, purpose, method }) = call else { continue };
            let call = Call { purpose, method, deadline: asked + allowed, allowed, position: 0, again };
            self.outbox.append_call(&frame, id, call).unwrap();
        }
    }

    /// The system takes half a frame.
    fn write(&mut self) {
        let mut bytes = BytesMut::new();
        if let Some((start, _)) = self.outbox.take_bytes(&mut bytes) {
            // What was discarded with the connection before leaves a hole in the stream.
            self.wire.0 = if self.wire.0 == self.wire.1 { start } else { self.wire.0 };
            self.wire.1 = start + bytes.len() as u64;
        }
        self.wire.0 = self.wire.1.min(self.wire.0 + HALF);
    }

    fn is_flushed(&self) -> bool {
        (!self.outbox.has_bytes() && self.wire.0 == self.wire.1) || self.has(Flaw::ClosesWithoutFlush)
    }

    /// The oldest call that is under way is answered.
    fn answer(&mut self) {
        let call = self.callers.iter().find_map(|(id, _)| self.outbox.calls.take(*id));
        call.map(|call| call.resolve(Ok(String::new())));
    }

    fn pass(&mut self, time: Duration) {
        self.now += time;
        for (_, call) in self.outbox.calls.expire(self.now) {
            let error = call.timed_out();
            call.resolve(if self.has(Flaw::AnswersLateCalls) { Ok(String::new()) } else { Err(error) });
        }
        self.outbox.waiting.expire(self.now, Waiting::evict);
    }

    fn work(&mut self) {
        let places = |topics: &[String]| topics.iter().map(|topic| place(topic)).collect();
        if let Some(topics) = self.topics.next_leaving(CHUNK) {
            self.topics.left(&topics);
            self.told.push(Told::Sent(false, places(&topics)));
        } else if let Some(chunk) = self.topics.next_chunk(CHUNK, is_private, true, self.now) {
            self.told.push(Told::Sent(true, places(&chunk.topics)));
        }
    }

    /// The venue's word on a topic, or its silence.
    fn answered(&mut self, at: usize, fate: Fate) {
        let names = TOPICS.map(str::to_owned);
        let settled: Vec<Settled> = match fate {
            Fate::Confirmed if self.has(Flaw::ConfirmsWhatWasAsked) => self.topics.confirmed(&names, self.now),
            Fate::Confirmed => self.topics.confirmed([&names[at]], self.now),
            Fate::Refused => self.topics.rejected(&names[at], &lost()).into_iter().collect(),
            Fate::Unanswered => {
                let timeout = Error::Timeout { what: "an acknowledgement", after: Duration::ZERO, outcome: None };
                self.topics.unanswered(&names[at], u32::MAX, &timeout, self.now).into_iter().collect()
            }
        };
        if fate == Fate::Refused && !settled.is_empty() && self.has(Flaw::RestoresRefusedTopics) {
            self.topics.want(Topic::new(TOPICS[at]), None, self.now).unwrap();
        }
        for settled in settled {
            let (topic, fate) = match settled {
                Settled::Confirmed(topic) => (topic, Fate::Confirmed),
                Settled::Rejected(topic, _) => (topic, Fate::Refused),
                Settled::Quarantined(..) => panic!("set aside, however often it may be asked for"),
            };
            self.told.push(Told::Topic(place(&topic), fate));
        }
    }

    /// What callers are told.
    fn hear_callers(&mut self) {
        let told = &mut self.told;
        self.callers.retain_mut(|(id, caller)| {
            let reply = match caller.try_recv() {
                Err(TryRecvError::Empty) => return true,
                Err(TryRecvError::Closed) => return false,
                Ok(reply) => reply,
            };
            let may_have_left = |outcome| outcome == Outcome::Unknown;
            let reply = match reply {
                Ok(_) => Reply::Result,
                Err(Error::Disconnected { outcome }) => Reply::Lost(may_have_left(outcome)),
                Err(Error::Timeout { outcome: Some(outcome), .. }) => Reply::Late(may_have_left(outcome)),
                Err(Error::ClientClosed | Error::NotReady { .. }) => Reply::Refused,
                Err(other) => panic!("nothing told of {other}"),
            };
            told.push(Told::Answered(*id, reply));
            false
        });
    }

    pub(super) fn view(&self) -> View {
        let statuses = self.topics.statuses();
        let wanted_by =
            |topic: &&str| statuses.iter().find(|status| *status.topic == **topic).map_or(0, |it| it.wanted_by);
        let open = self.callers.len() - self.outbox.waiting.len();
        View {
            state: self.machine.state(),
            epoch: self.machine.epoch(),
            settled: self.topics.is_settled(),
            wanted: TOPICS.iter().map(wanted_by).collect(),
            calls: (open, self.outbox.waiting.len()),
        }
    }
}

fn has_link(state: State) -> bool {
    use State::{Authenticating, Closing, Draining, Ready, Restoring};
    matches!(state, Authenticating | Restoring | Ready { .. } | Draining | Closing)
}

fn place(topic: &str) -> usize {
    TOPICS.iter().position(|name| *name == topic).expect("one of the topics")
}

fn lost() -> Error {
    Error::Lost { source: Arc::new(io::ErrorKind::ConnectionReset.into()) }
}
