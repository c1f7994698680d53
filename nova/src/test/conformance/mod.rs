//! One suite for every platform: what a client of it must survive, whatever the venue.
//!
//! A platform does no I/O, so most of what can be wrong with it shows only in a client's life: a login that is taken for granted, a topic
//! that is asked for twice after a reconnect, a frame that ends the link. The suite plays the server; the platform's author says how
//! that server talks.

mod cases;
mod life;
mod plan;
mod report;
mod side;
mod stage;

pub use report::Conformance;
pub use side::{Asked, ServerSide, Verdict};

use std::{
    any::Any,
    cell::RefCell,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::Arc,
};

use self::{
    life::Ended,
    report::{Case, Stop},
    stage::Stage,
};
use super::Test;
use crate::platform::PlatformSpec;

/// Lines of the wire that are shown of a case that failed.
const LINES: usize = 24;

/// Passes a platform through every case: connecting, logging in, wrong credentials, the end of a session, topics that are confirmed,
/// refused and left, rate limits, heartbeats, a link that is lost in each state, restoring exactly once, unknown and malformed frames.
///
/// Each case is one client's life in virtual time, before a server of its own, made by `server`. What the server cannot say is not
/// applicable, and the table, which is printed, says why.
///
/// ```
/// use nova::{Frame, Topic, test::{Asked, ServerSide, Verdict, platform_conformance}};
/// use serde_json::{Value, json};
///
/// #[derive(Default, nova::Platform)]
/// #[nova(
///     channel = "/topic",
///     payload = "/data",
///     subscribe = r#"{"op":"subscribe","args":{channels}}"#,
///     unsubscribe = r#"{"op":"unsubscribe","args":{channels}}"#,
///     ack(at = "/op", is = "subscribed", channel = "/args", refused = "/refused"),
///     ignore(at = "/op", is = ["pong", "unsubscribed"]),
///     ping(every = "20s", send = r#"{"op":"ping"}"#)
/// )]
/// struct Exchange;
///
/// struct Server;
///
/// fn read(message: &Frame) -> (Value, Vec<String>) {
///     let message: Value = serde_json::from_slice(message.payload()).unwrap_or_default();
///     let topics = message["args"].as_array().into_iter().flatten().filter_map(Value::as_str);
///     let topics = topics.map(str::to_owned).collect();
///     (message, topics)
/// }
///
/// impl ServerSide for Server {
///     type Platform = Exchange;
///
///     fn topics(&self) -> Vec<Topic> {
///         vec![Topic::new("prices.BTC"), Topic::new("prices.ETH")]
///     }
///
///     fn bad_topic(&self) -> Option<Topic> {
///         Some(Topic::new("prices.NONE"))
///     }
///
///     fn asked(&mut self, message: &Frame) -> Asked {
///         let (message, topics) = read(message);
///         match message["op"].as_str() {
///             Some("subscribe") => Asked::Subscribe(topics),
///             Some("unsubscribe") => Asked::Unsubscribe(topics),
///             Some("ping") => Asked::Heartbeat,
///             _ => Asked::Other,
///         }
///     }
///
///     fn answer(&mut self, message: &Frame, verdict: Verdict<'_>) -> Option<Vec<Frame>> {
///         let (message, mut topics) = read(message);
///         let refused = match verdict {
///             Verdict::Granted => Vec::new(),
///             Verdict::NoSuchTopics(refused) => refused.to_vec(),
///             _ => return None,
///         };
///         topics.retain(|topic| !refused.contains(topic));
///         let answer = match message["op"].as_str()? {
///             "subscribe" => json!({"op": "subscribed", "args": topics, "refused": refused}),
///             "unsubscribe" => json!({"op": "unsubscribed", "args": topics}),
///             _ => json!({"op": "pong"}),
///         };
///         Some(vec![Frame::text(answer.to_string())])
///     }
///
///     fn news(&mut self, topic: &str) -> Frame {
///         Frame::text(json!({"topic": topic, "data": {"price": "1.5"}}).to_string())
///     }
/// }
///
/// let conformance = platform_conformance(|| Server);
/// assert!(conformance.passed().any(|case| case == "restore exactly once"));
/// assert!(conformance.not_applicable().any(|(case, why)| case == "log in" && why.contains("no credentials")));
/// ```
///
/// # Panics
/// Where a case fails: with every case that does, why, and what was on the wire. Inside a tokio runtime: call it from a plain `#[test]`.
#[track_caller]
pub fn platform_conformance<S: ServerSide>(server: impl Fn() -> S) -> Conformance {
    let conformance = Conformance::of(server);
    println!("{conformance}");
    let failed = conformance.failed().count();
    assert!(failed == 0, "{failed} of {} cases failed\n\n{}", conformance.cases.len(), conformance.failures());
    conformance
}

impl Conformance {
    /// The same for who wants to judge for himself: a case that fails is in the report.
    ///
    /// # Panics
    /// Inside a tokio runtime.
    #[must_use = "a case that fails is only told in the report"]
    #[track_caller]
    pub fn of<S: ServerSide>(server: impl Fn() -> S) -> Self {
        assert!(
            tokio::runtime::Handle::try_current().is_err(),
            "each case has a runtime of its own: call it from a plain `#[test]`, not from one that is async"
        );
        let cases = cases::all::<S>().into_iter().map(|(name, run)| played(name, server(), run));
        Self { platform: S::Platform::SPEC.name, cases: cases.collect() }
    }
}

/// One case in a runtime of its own.
fn played<S: ServerSide>(name: &'static str, server: S, run: cases::Run<S>) -> Case {
    let (ended, stage) = (RefCell::new(None::<Ended>), RefCell::new(None::<Arc<Stage<S>>>));
    let life = async {
        let opened = Stage::open(server);
        stage.replace(Some(opened.clone()));
        let came_to = run(opened.clone()).await;
        // A client that breaks the WebSocket protocol fails whatever else it does.
        ended.replace(Some(opened.server().dismiss().map_or(came_to, |broken| Err(Stop::Failed(broken)))));
    };
    let panicked = catch_unwind(AssertUnwindSafe(|| Test::new("platform_conformance").run(life))).err();
    let stage = stage.into_inner();
    let result = match (panicked, ended.into_inner()) {
        (None, Some(ended)) => ended,
        (_, Some(Err(stop))) => Err(stop),
        (panic, _) => Err(Stop::Failed(format!("it panicked: {}", words(panic.as_deref())))),
    };
    let lines = stage.map(|stage| stage.transcript()).unwrap_or_default();
    let wire = lines[lines.len().saturating_sub(LINES)..].to_vec();
    Case { name, result, wire }
}

fn words(panic: Option<&(dyn Any + Send)>) -> &str {
    let text = panic.and_then(|panic| panic.downcast_ref::<String>().map(String::as_str));
    text.or_else(|| panic?.downcast_ref::<&str>().copied()).unwrap_or("without words")
}
