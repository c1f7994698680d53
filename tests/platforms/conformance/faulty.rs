//! A platform with one fault, or with none.

use std::{collections::BTreeSet, time::Duration};

use nova::{
    AuthResponse, Credentials, Envelope, Error, ErrorClass, Inbound, Incoming, LoginContext, Outgoing, Params,
    Platform, PlatformSpec, Result, SecretString, Spec, SubscriptionResponse,
};
use serde_json::{Value, json};

pub(super) const STRANGER: i64 = 1;
pub(super) const UNKNOWN: i64 = 2;
pub(super) const BUSY: i64 = 3;
pub(super) const EXPIRED: i64 = 4;

#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) enum Fault {
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
pub(super) enum Request {
    Connection,
    Login,
    Topics,
    End,
}

#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Faulty(pub(super) Fault);

impl Faulty {
    fn has(self, fault: Fault) -> bool {
        self.0 == fault
    }
}

#[derive(Default)]
pub(super) struct State {
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
