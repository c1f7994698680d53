//! Whatever users, venue and network do in whatever order: a connection asks for the wanted set, each topic once, and ends.

mod data;
mod requests;
mod silence;
mod stages;
mod wanting;

use proptest::prelude::*;

use super::*;
use crate::{config::Rate, error::ErrorClass, message::TopicState};

const RETRIES: u32 = 1;

/// What happens to one of a few topics.
#[derive(Clone, Copy, Debug)]
enum Step {
    Want(u8),
    Unwant(u8),
    /// Some are thinned from then on, or are no more.
    WantAnew(u8, bool),
    /// Sends the next request.
    Ask,
    Confirm(u8),
    Reject(u8),
    Busy(u8),
    Unanswered(u8),
    Apart(u8),
    End(u8),
    Hole(u8),
    /// Sends the next unsubscribe, and has it answered.
    Leave,
    Message(u8),
    Lost,
    /// So many seconds pass.
    Pass(u8),
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let topic = 0..4_u8;
    let step = prop_oneof![
        4 => topic.clone().prop_map(Step::Want),
        2 => topic.clone().prop_map(Step::Unwant),
        2 => (topic.clone(), any::<bool>()).prop_map(|(topic, thinned)| Step::WantAnew(topic, thinned)),
        6 => Just(Step::Ask),
        4 => topic.clone().prop_map(Step::Confirm),
        1 => topic.clone().prop_map(Step::Reject),
        2 => topic.clone().prop_map(Step::Busy),
        3 => topic.clone().prop_map(Step::Unanswered),
        2 => topic.clone().prop_map(Step::Apart),
        1 => topic.clone().prop_map(Step::End),
        1 => topic.clone().prop_map(Step::Hole),
        3 => Just(Step::Leave),
        2 => topic.prop_map(Step::Message),
        2 => Just(Step::Lost),
        1 => (1..40_u8).prop_map(Step::Pass),
    ];
    proptest::collection::vec(step, 0..120)
}

fn name(topic: u8) -> String {
    // Two of them are private, one is thinned.
    format!("{}{topic}", if topic < 2 { "private." } else { "" })
}

fn described(topic: u8) -> Topic {
    if topic == 3 { thinned(&name(topic)) } else { Topic::new(name(topic)) }
}

fn thinned(topic: &str) -> Topic {
    Topic::new(topic).at_most(Rate::per_second(1))
}

fn is_private(topic: &str) -> bool {
    topic.starts_with("private.")
}

fn timeout() -> Error {
    Error::Timeout { what: "the acknowledgement of a subscription", after: Duration::from_secs(1), outcome: None }
}

fn busy() -> Error {
    Error::Platform { class: ErrorClass::Transient, code: 1, message: "busy".into(), data: None }
}

fn take(topics: &mut Subscriptions, step: Step, now: Instant) {
    match step {
        Step::Want(topic) => drop(topics.want(described(topic), None, now)),
        Step::Unwant(topic) => drop(topics.unwant(&name(topic))),
        Step::WantAnew(topic, false) => drop(topics.want_anew(Topic::new(name(topic)), now)),
        Step::WantAnew(topic, true) => drop(topics.want_anew(thinned(&name(topic)), now)),
        Step::Ask => drop(topics.next_chunk(2, is_private, false, now)),
        Step::Confirm(topic) => drop(topics.confirmed([&name(topic)], now)),
        Step::Reject(topic) => drop(topics.rejected(&name(topic), &busy())),
        Step::Busy(topic) => drop(topics.unanswered(&name(topic), RETRIES, &busy(), now)),
        Step::Unanswered(topic) => drop(topics.unanswered(&name(topic), RETRIES, &timeout(), now)),
        Step::Apart(topic) => topics.set_apart(&name(topic)),
        Step::End(topic) => drop(topics.ended(&name(topic))),
        Step::Hole(topic) => topics.resync(&name(topic)),
        Step::Leave => {
            if let Some(left) = topics.next_leaving(2) {
                topics.left(&left);
            }
        }
        Step::Message(topic) => drop(topics.message(&name(topic), now)),
        Step::Lost => topics.lost(),
        Step::Pass(_) => drop(topics.silent(now)),
    }
}

/// The topics of a client, and the time.
struct Desk {
    topics: Subscriptions,
    now: Instant,
}

impl Desk {
    fn new() -> Self {
        Self { topics: Subscriptions::default(), now: Instant::now() }
    }

    fn pass(&mut self, time: Duration) {
        self.now += time;
    }

    fn want(&mut self, topic: impl Into<Topic>) -> Option<Passing> {
        self.topics.want(topic.into(), None, self.now).unwrap()
    }

    fn want_anew(&mut self, topic: impl Into<Topic>) -> Option<Passing> {
        self.topics.want_anew(topic.into(), self.now).unwrap()
    }

    /// The next request, which has room for four topics.
    fn ask(&mut self) -> Vec<String> {
        self.topics.next_chunk(4, is_private, false, self.now).map_or_else(Vec::new, |chunk| chunk.topics)
    }

    fn confirm(&mut self, topic: &str) -> Vec<Settled> {
        self.topics.confirmed([&topic.to_owned()], self.now)
    }

    fn no_answer(&mut self, topic: &str) -> Option<Settled> {
        self.topics.unanswered(topic, RETRIES, &timeout(), self.now)
    }

    fn leave(&mut self) -> Vec<String> {
        self.topics.next_leaving(4).unwrap_or_default()
    }

    /// A topic that is in effect.
    fn confirmed(topic: impl Into<Topic>) -> Self {
        let (mut desk, topic) = (Self::new(), topic.into());
        let name = topic.name().to_owned();
        desk.want(topic);
        desk.ask();
        desk.confirm(&name);
        desk
    }

    /// Each topic's name, and how far it is.
    fn states(&self) -> Vec<(String, String)> {
        let word = |state: &TopicState| format!("{state:?}").split('(').next().unwrap_or_default().to_owned();
        self.topics.statuses().iter().map(|status| (status.topic.to_string(), word(&status.state))).collect()
    }
}

/// What a fresh connection asks for, when each request is answered at once.
fn restore(topics: &mut Subscriptions, now: Instant) -> Vec<String> {
    let mut wire = Vec::new();
    topics.lost();
    while let Some(chunk) = topics.next_chunk(2, is_private, false, now) {
        topics.confirmed(&chunk.topics, now);
        wire.extend(chunk.topics);
    }
    wire
}

proptest! {
    #[test]
    fn r068_a_restore_asks_for_the_wanted_set_each_topic_once_and_ends(steps in steps()) {
        let (mut topics, mut now) = (Subscriptions::default(), Instant::now());
        topics.configure(Some(Duration::from_secs(30)), now);
        for step in steps {
            if let Step::Pass(seconds) = step {
                now += Duration::from_secs(seconds.into());
            }
            take(&mut topics, step, now);
            let thinned = topics.topics.values().filter(|entry| entry.throttle.is_some()).count();
            prop_assert_eq!(topics.thinned, thinned, "after {:?}", step);
            let asleep = topics.topics.values().filter_map(|entry| entry.not_before.filter(|_| entry.stage == Stage::Wanted));
            if let Some(at) = asleep.filter(|at| *at > now).min() {
                prop_assert!(topics.resume_at().is_some_and(|resume| resume <= at), "never woken after {:?}", step);
            }
            let stale = topics.topics.values().filter_map(|entry| entry.stale_at(topics.stale_after)).min();
            if let Some(at) = stale {
                // A topic whose time was over before it was given up is looked at now.
                let by = at.max(now);
                prop_assert!(topics.stale_at().is_some_and(|look| look <= by), "never looked at after {:?}", step);
            }
        }
        let is_set_aside = |topics: &Subscriptions, name: &str| topics.topics.get(name).is_some_and(|entry| entry.stage == Stage::Quarantined);
        let wanted: Vec<String> = topics.wanted().map(|topic| topic.name().to_owned()).collect();
        let set_aside = wanted.iter().filter(|name| is_set_aside(&topics, name)).count();
        let wire = restore(&mut topics, now);
        prop_assert!(wire.is_sorted_by_key(|topic| !is_private(topic)), "private topics first: {:?}", wire);
        let mut asked = wire.clone();
        asked.sort_unstable();
        let expected: Vec<String> = wanted.into_iter().filter(|name| !is_set_aside(&topics, name)).collect();
        prop_assert_eq!(asked, expected);
        prop_assert!(topics.is_settled());
        prop_assert_eq!(topics.missing(), set_aside);
    }
}

/// A hole found while the venue owes its answer is closed by the next request, if that one is lost: not by a third.
#[test]
fn a_topic_that_is_asked_for_again_anyway_is_not_asked_for_anew_on_top() {
    let (mut topics, now) = (Subscriptions::default(), Instant::now());
    let asked = |topics: &mut Subscriptions| topics.next_chunk(2, is_private, false, now).map(|chunk| chunk.topics);
    topics.want(described(2), None, now).unwrap();
    assert_eq!(asked(&mut topics), Some(vec![name(2)]));
    topics.resync(&name(2));
    assert!(topics.unanswered(&name(2), RETRIES, &timeout(), now).is_none());
    assert_eq!(asked(&mut topics), Some(vec![name(2)]));
    topics.confirmed([&name(2)], now);
    assert_eq!((topics.next_leaving(2), asked(&mut topics)), (None, None));
}

/// The answer may be to what was asked before the hole.
#[test]
fn a_hole_found_while_the_venue_owes_its_answer_is_closed_after_it() {
    let mut desk = Desk::new();
    desk.want("a");
    desk.ask();
    desk.topics.resync("a");
    assert!(desk.leave().is_empty());
    desk.confirm("a");
    assert_eq!(desk.leave(), ["a"]);
}

#[test]
fn topics_whose_request_was_refused_whole_are_asked_for_one_by_one_until_each_has_its_own_verdict() {
    let (mut topics, now) = (Subscriptions::default(), Instant::now());
    for topic in 0..4 {
        drop(topics.want(described(topic), None, now));
    }
    let chunks = |topics: &mut Subscriptions| {
        std::iter::from_fn(|| topics.next_chunk(4, |_| false, false, now).map(|chunk| chunk.topics)).collect::<Vec<_>>()
    };
    let together = vec![(2..4).chain(0..2).map(name).collect::<Vec<_>>()];
    assert_eq!(chunks(&mut topics), together);
    (0..4).for_each(|topic| topics.set_apart(&name(topic)));
    let one_by_one: Vec<_> = together[0].iter().map(|topic| vec![topic.clone()]).collect();
    assert_eq!(chunks(&mut topics), one_by_one);
    assert!(topics.rejected(&name(3), &busy()).is_some());
    topics.confirmed(&together[0], now);
    topics.lost();
    assert_eq!(
        chunks(&mut topics),
        [vec![name(2), name(0), name(1)]],
        "the next connection asks for those that are left together"
    );
}
