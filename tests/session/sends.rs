//! What becomes of a send: by policy and state, by urgency, and with the venue's acknowledgement.

use std::{any::Any, time::Duration};

use nova::{
    ConnectionHandler, Context, Credentials, Error, Handle, Inbound, Incoming, Outcome, Outgoing, Patch, Platform,
    PlatformSpec, PresenceNews, Priority, Result, SendPolicy, Spec, State, patch,
};
use serde_json::{Value, json};
use tokio::task::JoinHandle;

use crate::{
    script::{Act, scripted},
    support::{Plain, pass, secs, settle, unvisited, venue},
};

#[nova::client(platform = Plain, reconnect(initial_delay = "50s", max_delay = "50s"), overrides(ConnectionHandler))]
struct Desk {
    /// It never gets further than its first state.
    idle: bool,
}

impl ConnectionHandler for Desk {
    async fn init(&mut self, cx: &mut Context<'_, Self>) -> Result {
        if self.idle {
            std::future::pending::<()>().await;
        }
        cx.inherited().init().await
    }
}

/// What became of a send at once, and at last.
fn told(result: &Result) -> String {
    match result {
        Ok(()) => "sent".into(),
        Err(Error::NotReady { state }) => format!("refused: {state}"),
        Err(Error::Timeout { outcome: Some(Outcome::NotSent), .. }) => "timed out, not sent".into(),
        Err(Error::Evicted { reason }) if reason.contains("longer than the queue keeps it") => "expired".into(),
        Err(Error::Ended { .. }) => "ended".into(),
        Err(error) => format!("{error:?}"),
    }
}

fn send<C: nova::Client>(desk: &Handle<C>, text: &str, priority: Priority) -> JoinHandle<Result> {
    let (desk, outgoing) = (desk.clone(), Outgoing::from(json!({"say": text}).to_string()).priority(priority));
    tokio::spawn(async move { desk.send(outgoing).await })
}

/// A client of this policy in this state, and what keeps it there.
async fn in_state(state: &str, policy: SendPolicy) -> (Handle<Desk>, Box<dyn Any>) {
    let settings = Patch::new().connection(patch::Connection::new().send(policy));
    let client = || Desk { idle: state == "idle" };
    if state == "idle" {
        let (dialer, venue) = unvisited();
        let desk = nova::connect(client()).configure(settings).dialer(dialer).start().expect("started");
        settle().await;
        assert_eq!(desk.state().name(), state);
        return (desk, Box::new(venue));
    }
    if let "connecting" | "failed" = state {
        let (dialer, venue) = scripted([if state == "failed" { Act::http(403) } else { Act::Mute }]);
        let desk = nova::connect(client()).configure(settings).dialer(dialer).start().expect("started");
        settle().await;
        assert_eq!(desk.state().name(), state);
        return (desk, Box::new(venue));
    }
    if state == "suspended" {
        let (dialer, venue) = scripted([Act::HangUp]);
        let one = settings.set("breaker.failures", "1").expect("a number");
        let desk = nova::connect(client()).configure(one).dialer(dialer).start().expect("started");
        desk.watch().until(|state| state == State::Suspended).await.expect("rests");
        return (desk, Box::new(venue));
    }
    let (dialer, server) = venue();
    // Too little room to flush what was accepted.
    let dialer = if state == "draining" { dialer.capacity(512) } else { dialer };
    let desk = nova::connect(client()).configure(settings).dialer(dialer);
    let desk = if state == "authenticating" { desk.credentials(Credentials::key("id", "secret")) } else { desk };
    let desk = desk.start().expect("started");
    let mut peer = Some(match state {
        "authenticating" | "restoring" => server.accept().await,
        _ => server.ready().await,
    });
    settle().await;
    match state {
        "backoff" => drop(peer.take()),
        "draining" => {
            desk.send("x".repeat(2_048)).await.expect("accepted");
            tokio::spawn({
                let desk = desk.clone();
                async move { desk.close().await }
            });
        }
        "closing" => drop(tokio::spawn({
            let desk = desk.clone();
            async move { desk.close().await }
        })),
        "closed" => {
            tokio::spawn(peer.take().expect("there").rest());
            desk.close().await;
        }
        _ => {}
    }
    settle().await;
    assert_eq!(desk.state().name(), state);
    (desk, Box::new((server, peer)))
}

#[tokio::test(start_paused = true)]
async fn each_policy_has_its_outcome_in_each_state() {
    const KEPT: &str = "waits, then expired";
    const WAITS: &str = "waits, then timed out, not sent";
    // State, then what becomes of an order under `fail_fast`, `wait` and `queue`, and whether a cancel leaves at once.
    let table = [
        ("idle", ["refused: idle", WAITS, KEPT], false),
        ("connecting", ["refused: connecting", WAITS, KEPT], false),
        ("authenticating", ["refused: authenticating", WAITS, KEPT], false),
        ("restoring", ["refused: restoring", WAITS, KEPT], true),
        ("ready", ["sent"; 3], true),
        ("backoff", ["refused: backoff", WAITS, KEPT], false),
        ("suspended", ["refused: suspended", "refused: suspended", KEPT], false),
        ("draining", ["ClientClosed"; 3], false),
        ("closing", ["ClientClosed"; 3], false),
        ("closed", ["ClientClosed"; 3], false),
        ("failed", ["ended"; 3], false),
    ];
    for (state, orders, cancels) in table {
        for (policy, expected) in [SendPolicy::FailFast, SendPolicy::Wait, SendPolicy::QUEUE].into_iter().zip(orders) {
            let (desk, _venue) = in_state(state, policy).await;
            let order = send(&desk, "order", Priority::Order);
            let cancel = send(&desk, "cancel", Priority::Cancel);
            settle().await;
            let waits = if order.is_finished() { "" } else { "waits, then " };
            let cancelled = cancel.is_finished() && cancel.await.expect("no panic").is_ok();
            let outcome = tokio::time::timeout(secs(31), order).await.expect("told in time").expect("no panic");
            assert_eq!(format!("{waits}{}", told(&outcome)), expected, "{state}, {policy:?}");
            assert_eq!(cancelled, cancels, "{state}, {policy:?}: a cancel");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn what_is_more_urgent_leaves_first_and_each_urgency_in_its_order() {
    let (dialer, server) = venue();
    let queue = Patch::new().connection(patch::Connection::new().send(SendPolicy::QUEUE));
    let desk = nova::connect(Desk { idle: false }).configure(queue).dialer(dialer).start().expect("started");
    let order = [Priority::Query, Priority::Subscribe, Priority::Order, Priority::Cancel, Priority::Control];
    let mut sends = Vec::new();
    for round in 1..=2 {
        for priority in order {
            sends.push(send(&desk, &format!("{priority:?} {round}"), priority));
            settle().await;
        }
    }
    let mut peer = server.accept().await;
    // What is urgent does not wait for the preparation's answer.
    let (mut said, mut prepare) = (Vec::new(), None);
    while said.len() < 10 {
        let message = peer.receive().await;
        match message["say"].as_str() {
            Some(word) => said.push(word.to_owned()),
            None => prepare = Some(message),
        }
        if said.len() == 4
            && let Some(call) = prepare.take()
        {
            peer.expect_silence(secs(1)).await;
            peer.reply(&call, json!("ok")).await;
        }
    }
    let expected = ["Control", "Cancel", "Order", "Subscribe", "Query"];
    let expected: Vec<String> =
        expected.iter().flat_map(|of| (1..=2).map(move |round| format!("{of} {round}"))).collect();
    assert_eq!(said, expected);
    for send in sends {
        send.await.expect("no panic").expect("sent");
    }
}

/// A room of people: every message is acknowledged by its number.
#[derive(Default)]
struct Room;

impl PlatformSpec for Room {
    type Codec = nova::codec::Json;
    const SPEC: Spec = Spec::new("room", "ws://room.test/");
}

impl Platform for Room {
    type State = ();

    fn deliver(&self, id: u64, message: &Outgoing) -> Result<Outgoing> {
        Ok(json!({"number": id, "say": message.text()}).into())
    }

    fn announce(&self, (): &mut (), status: &str) -> Option<Outgoing> {
        Some(json!({"i am": status}).into())
    }

    fn receive<'f>(&self, (): &mut (), incoming: Incoming<'f>) -> Result<Inbound<'f>> {
        let value: Value = serde_json::from_str(incoming.json()?).map_err(|_| Error::ClientClosed)?;
        let refused = || Err(self.refusal());
        let word = |name: &str| value[name].as_str().unwrap_or_default().to_owned();
        Ok(match (value["heard"].as_u64(), value["unheard"].as_u64()) {
            (Some(id), _) => Inbound::Reply { id, result: Ok("null") },
            (_, Some(id)) => Inbound::Reply { id, result: refused() },
            _ if value["room"].is_object() => {
                let members = value["room"].as_object().into_iter().flatten();
                let told = |status: &Value| status.as_str().unwrap_or_default().to_owned();
                Inbound::Presence(PresenceNews::All(members.map(|(who, status)| (who.clone(), told(status))).collect()))
            }
            _ if value["left"].is_string() => Inbound::Presence(PresenceNews::Gone(word("left"))),
            _ if value["who"].is_string() => {
                Inbound::Presence(PresenceNews::Is { who: word("who"), status: word("status") })
            }
            _ => Inbound::Ignored,
        })
    }
}

impl Room {
    fn refusal(&self) -> Error {
        Error::Platform { class: self.error_class(1), code: 1, message: "too loud".into(), data: None }
    }
}

#[nova::client(platform = Room, profile = "messaging")]
struct Guest;

fn deliver(guest: &Handle<Guest>, message: impl Into<Outgoing>) -> JoinHandle<Result> {
    let (guest, message) = (guest.clone(), message.into());
    tokio::spawn(async move { guest.deliver(message).await })
}

#[tokio::test(start_paused = true)]
async fn a_delivery_is_pending_until_the_venue_acknowledges_refuses_or_falls_silent() {
    let (dialer, server) = venue();
    let guest = nova::connect(Guest).dialer(dialer).start().expect("started");
    // Accepted before there is a link.
    let early = deliver(&guest, "hello");
    let mut peer = server.accept().await;
    let heard = peer.receive().await;
    assert_eq!(heard["say"], "hello");
    pass(secs(5)).await;
    assert!(!early.is_finished(), "sent is not acknowledged");
    peer.send(json!({"heard": heard["number"]})).await;
    early.await.expect("no panic").expect("acknowledged");

    let (loud, silent) = (deliver(&guest, "LOUD"), deliver(&guest, "hm"));
    let unheard = peer.receive().await;
    peer.send(json!({"unheard": unheard["number"]})).await;
    let refused = loud.await.expect("no panic");
    assert!(matches!(refused, Err(Error::Platform { code: 1, .. })), "{refused:?}");
    let expired = silent.await.expect("no panic");
    assert!(matches!(expired, Err(Error::Timeout { outcome: Some(Outcome::Unknown), .. })), "{expired:?}");

    // Over a lost link only what may be said twice is, and under the same number.
    assert_eq!(peer.receive().await["say"], "hm");
    let once = deliver(&guest, "once");
    let twice = deliver(&guest, Outgoing::from("twice").idempotent());
    let first = [peer.receive().await, peer.receive().await];
    drop(peer);
    let lost = once.await.expect("no panic");
    assert!(matches!(lost, Err(Error::Disconnected { outcome: Outcome::Unknown })), "{lost:?}");
    let mut peer = server.accept().await;
    assert_eq!(peer.receive().await, first[1]);
    peer.send(json!({"heard": first[1]["number"]})).await;
    twice.await.expect("no panic").expect("acknowledged");
    peer.expect_silence(Duration::from_secs(5)).await;
}

#[tokio::test(start_paused = true)]
async fn a_platform_without_acknowledgements_or_presence_says_so() {
    let (desk, _venue) = in_state("ready", SendPolicy::Wait).await;
    for refused in [desk.deliver("hello").await, desk.announce("here").await] {
        assert!(matches!(refused, Err(Error::Unsupported { platform: "plain", .. })), "{refused:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn presence_is_announced_on_each_connection_and_seen_as_one_view() {
    let (dialer, server) = venue();
    let guest = nova::connect(Guest).dialer(dialer).start().expect("started");
    guest.announce("here").await.expect("noted");
    let mut peer = server.accept().await;
    assert_eq!(peer.receive().await, json!({"i am": "here"}), "announced before there was a connection");
    let seen = || guest.presence().members.into_iter().map(|(who, status)| who + " " + &status).collect::<Vec<_>>();
    peer.send(json!({"room": {"ann": "here", "bob": "away"}})).await;
    peer.send(json!({"who": "bob", "status": "here"})).await;
    peer.send(json!({"left": "ann"})).await;
    settle().await;
    assert_eq!((seen(), guest.presence().epoch), (vec!["bob here".to_owned()], 1));
    guest.announce("away").await.expect("sent");
    assert_eq!(peer.receive().await, json!({"i am": "away"}));
    drop(peer);
    settle().await;
    assert!(seen().is_empty(), "what was known before says nothing of now");
    let mut peer = server.accept().await;
    assert_eq!(peer.receive().await, json!({"i am": "away"}), "and the last is announced again");
    peer.send(json!({"who": "eve", "status": "here"})).await;
    settle().await;
    assert_eq!((seen(), guest.presence().epoch), (vec!["eve here".to_owned()], 2));
    peer.expect_silence(secs(5)).await;
}
