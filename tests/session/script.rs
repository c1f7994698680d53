//! Servers that follow a script, one act a dial, for what a client does about lost links: it shows in the moments at which it dials.

#![allow(dead_code, reason = "not every test needs everything")]
#![allow(clippy::unwrap_used, reason = "a helper of tests may fail them")]

use std::{ops::RangeInclusive, time::Duration};

use nova::{
    Client, Handle, State,
    test::{Handshake, Matcher, MockDialer, MockServer, Scenario},
};
use serde_json::{Value, json};

use crate::lawful::assert_lawful;

/// What becomes of one dial.
#[derive(Clone, Debug)]
pub(crate) enum Act {
    /// The upgrade is read and never answered.
    Mute,
    /// The server hangs up instead of answering the upgrade.
    HangUp,
    /// The upgrade is answered so.
    Answer(Handshake),
    /// The upgrade is accepted, and that is the end.
    Upgrade(End),
    /// The client is served from its `Ready` on, for so long.
    Serve(Duration, End),
    /// The client is served for as long as it stays.
    Stay,
}

/// How a connection ends.
#[derive(Clone, Copy, Debug)]
pub(crate) enum End {
    /// Without a close frame.
    Drop,
    /// With a close frame; 1005 stands for one without code.
    Code(u16),
    /// Nothing is read any more, and nothing sent; the connection stays open.
    Deaf,
    /// The client's close is answered; the connection stays open.
    Lingers,
}

impl Act {
    pub(crate) fn http(status: u16) -> Self {
        Self::Answer(Handshake::reject(status))
    }

    pub(crate) fn ready_for(seconds: u64, end: End) -> Self {
        Self::Serve(Duration::from_secs(seconds), end)
    }

    fn steps(self) -> Scenario {
        // The client is ready once its preparation is answered: its time counts from there.
        let ready = || Scenario::new().connect_success().expect(json!({"method": "prepare"})).reply_with(answer);
        match self {
            Self::Mute => Scenario::new().handshake(Handshake::stall()),
            Self::HangUp => Scenario::new().handshake(Handshake::hang_up()),
            Self::Answer(handshake) => Scenario::new().handshake(handshake),
            Self::Upgrade(end) => end.after(Scenario::new().connect_success()),
            Self::Serve(time, end) => end.after(ready().delay(time)),
            Self::Stay => ready().expect_end(),
        }
    }
}

impl End {
    fn after(self, steps: Scenario) -> Scenario {
        match self {
            Self::Drop => steps.drop_tcp(),
            Self::Code(code) => steps.disconnect_with(code, if code == 1005 { "" } else { "so it is" }),
            Self::Deaf => steps.blackhole(),
            Self::Lingers => steps.linger(),
        }
    }
}

fn answer(call: &Value) -> Value {
    let result = if call["method"] == "subscribe" { call["params"].clone() } else { json!("ok") };
    json!({"id": call["id"], "result": result})
}

/// A server that plays `acts`, and the last of them for ever.
pub(crate) fn scripted(acts: impl IntoIterator<Item = Act>) -> (MockDialer, MockServer) {
    let mut acts: Vec<_> = acts.into_iter().map(Act::steps).collect();
    let last = acts.pop().expect("an act");
    let calls =
        Scenario::new().answer_requests(|call| call["id"].is_u64().then(|| answer(call))).ignore(Matcher::any());
    let server = MockServer::memory();
    server.script(acts.into_iter().fold(calls, Scenario::include).forever(last));
    (server.dialer(), server)
}

/// How long the client took to come back, each time, in milliseconds.
pub(crate) fn waits(server: &MockServer) -> Vec<u64> {
    server.waits().into_iter().map(millis).collect()
}

pub(crate) fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap()
}

/// The delays the client decided on, in milliseconds.
pub(crate) fn delays<C: Client>(client: &Handle<C>) -> Vec<u64> {
    assert_lawful(client);
    let history = client.history();
    history.iter().filter(|step| step.to == State::Backoff).map(|step| millis(step.delay.unwrap())).collect()
}

/// Waits for the end of the client, an hour at most.
pub(crate) async fn ended<C: Client>(client: &Handle<C>) -> State {
    let mut watch = client.watch();
    let end = watch.until(State::is_terminal);
    let _ = tokio::time::timeout(Duration::from_secs(3_600), end).await;
    assert_lawful(client);
    client.state()
}

/// Waits until the server has been dialled so often and the client is ready, a day at most.
pub(crate) async fn ready_after<C: Client>(client: &Handle<C>, server: &MockServer, dials: u64) {
    let mut watch = client.watch();
    let there = async {
        while server.dials() < dials || !watch.now().is_ready() {
            assert!(!watch.now().is_terminal(), "{:?} after {} of {dials} dials", watch.end(), server.dials());
            watch.changed().await;
        }
    };
    tokio::time::timeout(Duration::from_secs(86_400), there).await.unwrap();
    assert_lawful(client);
}

#[track_caller]
pub(crate) fn assert_within(what: &str, found: &[u64], bands: &[RangeInclusive<u64>]) {
    assert_eq!(found.len(), bands.len(), "{what}: {found:?} against {bands:?}");
    for (place, (found_here, band)) in found.iter().zip(bands).enumerate() {
        assert!(band.contains(found_here), "{what}: number {} of {found:?} is not in {band:?}", place + 1);
    }
}

/// So much time passes.
pub(crate) async fn pass(seconds: u64) {
    tokio::time::sleep(Duration::from_secs(seconds)).await;
}
