//! One platform with one fault at a time: the suite finds each, and finds nothing wrong without.

use std::{any::Any, collections::BTreeSet, panic::catch_unwind, time::Duration};

use nova::{
    AuthResponse, Credentials, Envelope, Error, ErrorClass, Frame, Inbound, Incoming, LoginContext, Outgoing, Params,
    Platform, PlatformSpec, Result, SecretString, Spec, SubscriptionResponse, Topic,
    test::{Asked, Conformance, ServerSide, Verdict, platform_conformance},
};
use serde_json::{Value, json};

use super::{json, key, strings, text};

const STRANGER: i64 = 1;
const UNKNOWN: i64 = 2;
const BUSY: i64 = 3;
const EXPIRED: i64 = 4;

#[derive(Clone, Copy, Debug, Default, PartialEq)]
enum Fault {
    #[default]
    None,
    TakesTheGreetingForALogin,
    TriesStrangersForEver,
    IgnoresALoginsLife,
    TakesAnExpiredSessionForARefusal,
    IgnoresTheEndOfASession,
    ConfirmsWhatItAskedFor,
    ConfirmsWithWhateverComesNext,
    AsksTwice,
    LeavesNothing,
    TakesTooManyForNever,
    RestoresNothing,
    TakesPongsForMessages,
    AnswersNoTestRequest,
    EndsTheLinkOverUnknownFrames,
    PanicsOverUnknownFrames,
    SwallowsMalformedFrames,
    LosesTheChannel,
    /// A request that was lost with its connection counts as under way.
    Remembers(Request),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Request {
    Connection,
    Login,
    Topics,
    End,
}

#[derive(Clone, Copy, Debug, Default)]
struct Faulty(Fault);

impl Faulty {
    fn has(self, fault: Fault) -> bool {
        self.0 == fault
    }
}

#[derive(Default)]
struct State {
    /// Topics that were asked for.
    topics: BTreeSet<String>,
    /// Requests that have no answer yet.
    open: BTreeSet<Request>,
}

impl Faulty {
    /// A request goes out; an error where one of its kind is open for ever.
    fn open(self, state: &mut State, request: Request) -> Result {
        if self.has(Fault::Remembers(request)) && !state.open.insert(request) {
            return Err(Error::handler(format!("{request:?} is under way already")));
        }
        Ok(())
    }
}

impl PlatformSpec for Faulty {
    type Codec = nova::codec::Json;
    const SPEC: Spec = Spec::new("faulty", "ws://venue.test/");
}

impl Platform for Faulty {
    type State = State;

    fn headers(
        &self,
        state: &mut State,
        _: Option<&Credentials>,
        _: LoginContext<'_>,
    ) -> Result<Vec<(String, SecretString)>> {
        self.open(state, Request::Connection).map(|()| Vec::new())
    }

    fn connected(&self, state: &mut State) {
        state.open.remove(&Request::Connection);
        if !self.has(Fault::RestoresNothing) {
            state.topics.clear();
        }
    }

    fn login(&self, state: &mut State, _: &Credentials, _: LoginContext<'_>) -> Option<Outgoing> {
        self.open(state, Request::Login).ok()?;
        Outgoing::call("login", &json!({})).ok()
    }

    fn logged_in(&self, state: &mut State, reply: Result<&str, Error>) -> AuthResponse {
        state.open.remove(&Request::Login);
        let life = (!self.has(Fault::IgnoresALoginsLife)).then_some(Duration::from_secs(900));
        reply.map_or_else(AuthResponse::refused, |_| AuthResponse::accepted(life, ""))
    }

    fn prepare(&self, _: &mut State, _: &nova::Config, _: bool) -> Vec<Outgoing> {
        Outgoing::call("prepare", &json!({})).into_iter().collect()
    }

    fn subscribe(&self, state: &mut State, channels: &[&str], _: &Params) -> Result<Outgoing> {
        self.open(state, Request::Topics)?;
        if state.open.contains(&Request::End) {
            return Err(Error::handler("topics are being left"));
        }
        let known = |channel: &&&str| self.has(Fault::RestoresNothing) && state.topics.contains(**channel);
        let mut asked: Vec<&str> = channels.iter().filter(|channel| !known(channel)).copied().collect();
        if self.has(Fault::AsksTwice) {
            asked.extend(channels);
        }
        if self.has(Fault::RestoresNothing) || self.has(Fault::ConfirmsWithWhateverComesNext) {
            state.topics.extend(channels.iter().map(|channel| (*channel).to_owned()));
        }
        Outgoing::call("subscribe", &asked)
    }

    fn unsubscribe(&self, state: &mut State, channels: &[&str]) -> Result<Outgoing> {
        self.open(state, Request::End)?;
        let left = if self.has(Fault::LeavesNothing) { &[] } else { channels };
        Outgoing::call("unsubscribe", left)
    }

    fn subscribed(&self, state: &mut State, asked: &[&str], reply: Result<&str, Error>) -> SubscriptionResponse {
        state.open.remove(&Request::Topics);
        let listed = reply.as_deref().ok().and_then(|reply| serde_json::from_str::<Vec<String>>(reply).ok());
        match listed {
            Some(_) if self.has(Fault::ConfirmsWhatItAskedFor) => SubscriptionResponse::all(asked, reply),
            Some(_) if self.has(Fault::RestoresNothing) => SubscriptionResponse::all(asked, reply),
            Some(listed) => SubscriptionResponse::listed(asked, listed, "it is not listed"),
            None => SubscriptionResponse::all(asked, reply),
        }
    }

    fn receive<'f>(&self, state: &mut State, incoming: Incoming<'f>) -> Result<Inbound<'f>> {
        let whole = || Inbound::message(Envelope::whole(incoming.frame, incoming.text));
        let text = incoming.json()?;
        let message: Value = match serde_json::from_str(text) {
            Ok(message) => message,
            Err(_) if self.has(Fault::SwallowsMalformedFrames) => return Ok(Inbound::Ignored),
            Err(error) => return Err(Error::handler(error)),
        };
        let whole_of = |member: &str| text.find(&format!("\"{member}\":")).map(|at| at + member.len() + 3);
        if let (Some(channel), Some(at)) = (message["channel"].as_str(), whole_of("data")) {
            if self.has(Fault::LosesTheChannel) {
                return Ok(whole());
            }
            return Ok(Inbound::message(Envelope::known(incoming.frame, text, channel.into(), at)));
        }
        if let Some(id) = message["id"].as_u64() {
            if message["result"][0].is_string() {
                state.open.remove(&Request::End);
            }
            if let (Some(code), words) = (message["error"]["code"].as_i64(), &message["error"]["message"]) {
                let class = self.error_class(code);
                let message = words.as_str().unwrap_or_default().into();
                return Ok(Inbound::Reply { id, result: Err(Error::Platform { class, code, message, data: None }) });
            }
            if let Some(at) = whole_of("result") {
                return Ok(Inbound::Reply { id, result: Ok(&text[at..text.len() - 1]) });
            }
        }
        if self.has(Fault::ConfirmsWithWhateverComesNext) && !state.topics.is_empty() {
            let confirmed: Vec<String> = std::mem::take(&mut state.topics).into_iter().collect();
            let confirmed: Vec<&str> = confirmed.iter().map(String::as_str).collect();
            return Ok(Inbound::Subscription(SubscriptionResponse::all(&confirmed, Ok(""))));
        }
        Ok(match message["op"].as_str() {
            Some("hello") if self.has(Fault::TakesTheGreetingForALogin) => {
                Inbound::Auth(AuthResponse::accepted(None, ""))
            }
            Some("pong") if self.has(Fault::TakesPongsForMessages) => whole(),
            Some("test") if !self.has(Fault::AnswersNoTestRequest) => {
                Inbound::Reflex(Outgoing::json(r#"{"op":"ping"}"#))
            }
            Some("hello" | "pong" | "test") => Inbound::Alive,
            Some("expired") if self.has(Fault::IgnoresTheEndOfASession) => Inbound::Alive,
            Some("expired") => Inbound::Reconnect,
            _ if self.has(Fault::EndsTheLinkOverUnknownFrames) => Inbound::Reconnect,
            _ if self.has(Fault::PanicsOverUnknownFrames) => panic!("what is this?"),
            _ => whole(),
        })
    }

    fn heartbeat(&self, _: &mut State) -> nova::Heartbeat {
        nova::Heartbeat::Send(Outgoing::json(r#"{"op":"ping"}"#))
    }

    fn error_class(&self, code: i64) -> ErrorClass {
        match code {
            STRANGER if self.has(Fault::TriesStrangersForEver) => ErrorClass::Transient,
            STRANGER => ErrorClass::Authentication,
            BUSY if !self.has(Fault::TakesTooManyForNever) => ErrorClass::RateLimited,
            EXPIRED if !self.has(Fault::TakesAnExpiredSessionForARefusal) => ErrorClass::Authentication,
            _ => ErrorClass::Platform,
        }
    }
}

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
