//! One platform with one fault at a time: the suite finds each, and finds nothing wrong without.

use std::{any::Any, panic::catch_unwind, time::Duration};

use nova::{
    Credentials, Frame, Topic,
    test::{Asked, Conformance, ServerSide, Verdict, platform_conformance},
};
use serde_json::{Value, json};

use super::{
    faulty::{BUSY, EXPIRED, Fault, Faulty, Request, STRANGER, UNKNOWN},
    json, key, strings, text,
};

struct Server(Fault);

impl ServerSide for Server {
    type Platform = Faulty;

    fn platform(&self) -> Faulty {
        Faulty(self.0)
    }

    fn credentials(&self) -> Option<Credentials> {
        Some(key())
    }

    fn topics(&self) -> Vec<Topic> {
        vec![Topic::new("a"), Topic::new("b")]
    }

    fn bad_topic(&self) -> Option<Topic> {
        Some(Topic::new("nonsense"))
    }

    fn login_life(&self) -> Option<Duration> {
        Some(Duration::from_secs(900))
    }

    fn connected(&mut self) -> Vec<Frame> {
        vec![text(&json!({"op": "hello"}))]
    }

    fn asked(&mut self, message: &Frame) -> Asked {
        let message = json(message);
        match (message["method"].as_str(), message["op"].as_str()) {
            (Some("login"), _) => Asked::Login,
            (Some("subscribe"), _) => Asked::Subscribe(strings(&message["params"])),
            (Some("unsubscribe"), _) => Asked::Unsubscribe(strings(&message["params"])),
            (None, Some("ping")) => Asked::Heartbeat,
            _ => Asked::Other,
        }
    }

    fn answer(&mut self, message: &Frame, verdict: Verdict<'_>) -> Option<Vec<Frame>> {
        let message = json(message);
        let id = &message["id"];
        let error = |code: i64| json!({"id": id, "error": {"code": code, "message": "no"}});
        let params = || strings(&message["params"]);
        let answer = match verdict {
            Verdict::Granted if message["op"] == "ping" => json!({"op": "pong"}),
            Verdict::Granted => json!({"id": id, "result": params()}),
            Verdict::NoSuchTopics(refused) => {
                json!({"id": id, "result": params().into_iter().filter(|topic| !refused.contains(topic)).collect::<Value>()})
            }
            Verdict::WrongCredentials => error(STRANGER),
            Verdict::TooMany => error(BUSY),
            Verdict::Expired => error(EXPIRED),
            _ => error(UNKNOWN),
        };
        Some(vec![text(&answer)])
    }

    fn news(&mut self, topic: &str) -> Frame {
        text(&json!({"channel": topic, "data": {"price": "1.5"}}))
    }

    fn ask_for_life(&mut self) -> Option<Vec<Frame>> {
        Some(vec![text(&json!({"op": "test"}))])
    }

    fn expire(&mut self) -> Option<Vec<Frame>> {
        Some(vec![text(&json!({"op": "expired"}))])
    }
}

#[test]
fn a_platform_without_a_fault_passes_every_case() {
    let conformance = Conformance::of(|| Server(Fault::None));
    assert_eq!(conformance.failed().collect::<Vec<_>>(), [], "{conformance}");
    assert_eq!(conformance.not_applicable().collect::<Vec<_>>(), [], "{conformance}");
}

#[test]
fn each_fault_fails_the_case_that_is_about_it() {
    let faults = [
        (Fault::TakesTheGreetingForALogin, "log in"),
        (Fault::TriesStrangersForEver, "wrong credentials"),
        (Fault::IgnoresALoginsLife, "login renewed"),
        (Fault::TakesAnExpiredSessionForARefusal, "session expired, told in an answer"),
        (Fault::IgnoresTheEndOfASession, "session expired, told unasked"),
        (Fault::ConfirmsWhatItAskedFor, "partial reject"),
        (Fault::ConfirmsWithWhateverComesNext, "subscribe"),
        (Fault::AsksTwice, "subscribe"),
        (Fault::LeavesNothing, "unsubscribe"),
        (Fault::TakesTooManyForNever, "rate limit hit"),
        (Fault::RestoresNothing, "restore exactly once"),
        (Fault::TakesPongsForMessages, "heartbeat"),
        (Fault::AnswersNoTestRequest, "asked for a sign of life"),
        (Fault::EndsTheLinkOverUnknownFrames, "unknown frames"),
        (Fault::PanicsOverUnknownFrames, "unknown frames"),
        (Fault::SwallowsMalformedFrames, "malformed frames"),
        (Fault::LosesTheChannel, "subscribe"),
        (Fault::Remembers(Request::Connection), "drop while connecting"),
        (Fault::Remembers(Request::Login), "drop while logging in"),
        (Fault::Remembers(Request::Topics), "drop while restoring"),
        (Fault::Remembers(Request::End), "drop while unsubscribing"),
    ];
    let missed = faults.into_iter().filter_map(|(fault, case)| {
        let conformance = Conformance::of(|| Server(fault));
        let found = conformance.failed().any(|(failed, _)| failed == case);
        // A suite that finds fault with everything finds nothing.
        let lives = conformance.passed().count() > 3;
        (!found || !lives).then(|| format!("{fault:?} is not found by `{case}`\n{conformance}"))
    });
    assert_eq!(missed.collect::<Vec<_>>().join("\n"), "");
}

fn words(panic: Box<dyn Any + Send>) -> String {
    *panic.downcast::<String>().expect("a panic with words")
}

#[test]
fn a_failing_case_tells_why_and_what_was_on_the_wire() {
    let panic = catch_unwind(|| platform_conformance(|| Server(Fault::AsksTwice))).expect_err("a fault");
    let told = words(panic);
    assert!(told.contains("cases failed"), "{told}");
    assert!(told.contains("subscribe: `a` was asked for 2 times"), "{told}");
    assert!(told.contains("#1 client: text {") && told.contains(r#"["a","a"]"#), "{told}");
    assert!(!told.contains("connect: "), "{told}");
}

#[tokio::test]
async fn inside_a_runtime_it_says_where_it_belongs() {
    let panic = catch_unwind(|| platform_conformance(|| Server(Fault::None))).expect_err("refused");
    assert!(panic.downcast_ref::<&str>().is_some_and(|told| told.contains("plain `#[test]`")));
}
