//! Logging in: before anything else, anew on each connection, and whatever happens while it is waited for.

use std::time::Duration;

use nova::{Credentials, Error, Event, Events, Frame, Handle, Outcome, State, test::MockDialer};
use serde_json::{Value, json};
use tokio::time::Instant;

use crate::support::{Peer, Plain, Server, pass, secs, settle, venue};

#[nova::client(platform = Plain, profile = "financial")]
struct Financial;

#[nova::client(platform = Plain, profile = "standard")]
struct Standard;

#[nova::client(platform = Plain, profile = "messaging")]
struct Messaging;

/// The time a login's answer is waited for.
const PATIENCE: Duration = secs(10);

fn credentials() -> Credentials {
    Credentials::key("id", "secret")
}

/// A client whose login is on the wire and not answered.
async fn asked() -> (Handle<Financial>, MockDialer, Server, Peer, Value) {
    let (dialer, server) = venue();
    let desk = nova::connect(Financial).credentials(credentials()).dialer(dialer.clone()).start().expect("started");
    let mut peer = server.accept().await;
    let login = peer.receive().await;
    assert_eq!(login["method"], "login");
    (desk, dialer, server, peer, login)
}

fn errors(events: &mut Events) -> Vec<Error> {
    std::iter::from_fn(|| events.try_next())
        .filter_map(|event| if let Event::Error(error) = event { Some(error) } else { None })
        .collect()
}

#[tokio::test(start_paused = true)]
async fn r067_nothing_but_the_login_is_sent_before_it_is_acknowledged() {
    let (desk, _, _server, mut peer, login) = asked().await;
    let wanted = tokio::spawn({
        let desk = desk.clone();
        async move { desk.subscribe("private.orders").await }
    });
    peer.expect_silence(secs(9)).await;
    peer.reply(&login, json!({})).await;
    peer.answer("prepare", json!(0)).await;
    peer.answer("subscribe", json!(["private.orders"])).await;
    wanted.await.expect("no panic").expect("confirmed");
    desk.wait_ready().await.expect("ready");
}

#[tokio::test(start_paused = true)]
async fn r067_a_link_lost_while_the_login_is_waited_for_logs_in_afresh() {
    for how in ["dropped", "closed", "silent", "refused for now"] {
        let (desk, dialer, server, mut peer, login) = asked().await;
        let mut events = desk.events();
        match how {
            "dropped" => drop(peer),
            "closed" => {
                peer.send_frame(Frame::Close(None)).await;
                peer.rest().await;
            }
            "silent" => pass(PATIENCE).await,
            _ => peer.refuse(&login, Plain::BUSY).await,
        }
        let mut peer = server.accept().await;
        let fresh = peer.receive().await;
        assert_eq!(fresh["method"], "login", "{how}");
        assert_ne!(fresh["id"], login["id"], "{how}");
        assert_eq!(errors(&mut events).len(), 1, "{how}: told once");
        // The answer to the login of the connection before comes on this one: nobody waits for it.
        peer.reply(&login, json!({})).await;
        peer.expect_silence(secs(1)).await;
        assert_eq!(desk.state(), State::Authenticating, "{how}");
        peer.reply(&fresh, json!({})).await;
        peer.answer("prepare", json!(0)).await;
        desk.wait_ready().await.expect("ready");
        assert_eq!(dialer.dials(), 2, "{how}");
    }
}

#[tokio::test(start_paused = true)]
async fn r066_a_login_answered_in_the_tick_of_its_deadline_is_one_outcome() {
    for (late, accepted) in [(-1, Some(true)), (0, None), (1, Some(false))] {
        let started = Instant::now();
        let (desk, _, _server, mut peer, login) = asked().await;
        let mut events = desk.events();
        let moment = PATIENCE + Duration::from_millis(1) * u32::try_from(late + 1).expect("small");
        tokio::time::sleep_until(started + moment - Duration::from_millis(1)).await;
        // Once it is given up, nobody takes the answer.
        peer.send_json(json!({"id": login["id"], "result": {}})).await;
        settle().await;
        let holds = !matches!(desk.state(), State::Authenticating | State::Backoff);
        if let Some(accepted) = accepted {
            assert_eq!(holds, accepted, "{late} ms late");
        }
        let told = errors(&mut events);
        assert_eq!(told.len(), usize::from(!holds), "{late} ms late: {told:?}");
        let failures = desk.history().iter().filter(|step| step.to == State::Backoff).count();
        assert_eq!(failures, usize::from(!holds), "{late} ms late");
    }
}

#[tokio::test(start_paused = true)]
async fn r067_a_login_refused_for_good_is_the_end() {
    let (desk, dialer, server, mut peer, login) = asked().await;
    let waiting = tokio::spawn({
        let desk = desk.clone();
        async move { desk.subscribe("a").await }
    });
    settle().await;
    peer.refuse(&login, Plain::WRONG).await;
    tokio::spawn(async move {
        loop {
            let mut peer = server.accept().await;
            let login = peer.receive().await;
            peer.refuse(&login, Plain::WRONG).await;
        }
    });
    assert!(matches!(desk.wait_ready().await, Err(Error::Auth { .. })));
    let topic = waiting.await.expect("no panic");
    assert!(matches!(&topic, Err(Error::Ended { source }) if matches!(**source, Error::Auth { .. })), "{topic:?}");
    pass(secs(3600)).await;
    assert!(dialer.dials() <= 2, "fresh credentials are tried once at most");
}

#[tokio::test(start_paused = true)]
async fn r067_a_send_before_ready_follows_the_profile() {
    // Financial: refused at once.
    let (desk, _, _server, mut peer, login) = asked().await;
    let asked_at = Instant::now();
    let sent = desk.send(json!({"order": 1})).await;
    assert!(matches!(sent, Err(Error::NotReady { state: "authenticating" })), "{sent:?}");
    let called = desk.call::<Value>("order", json!({})).await;
    assert!(matches!(called, Err(Error::NotReady { .. })), "{called:?}");
    assert_eq!(asked_at.elapsed(), Duration::ZERO);
    peer.reply(&login, json!({})).await;
    peer.answer("prepare", json!(0)).await;
    peer.expect_silence(secs(5)).await;

    // Standard: waits for the login, or for its deadline.
    let (dialer, server) = venue();
    let desk = nova::connect(Standard).credentials(credentials()).dialer(dialer).start().expect("started");
    let mut peer = server.accept().await;
    let login = peer.receive().await;
    let asked_at = Instant::now();
    let sent = tokio::spawn({
        let desk = desk.clone();
        async move { desk.call::<u64>("order", json!({})).await }
    });
    pass(secs(5)).await;
    assert!(!sent.is_finished());
    peer.reply(&login, json!({})).await;
    peer.answer("prepare", json!(0)).await;
    peer.answer("order", json!(1)).await;
    assert_eq!(sent.await.expect("no panic").expect("answered"), 1);
    assert_eq!(asked_at.elapsed(), secs(5));
    drop((peer, server));
    pass(secs(1)).await;
    let asked_at = Instant::now();
    let sent = desk.call::<u64>("order", json!({})).await;
    assert!(matches!(sent, Err(Error::Timeout { outcome: Some(Outcome::NotSent), .. })), "{sent:?}");
    assert_eq!(asked_at.elapsed(), secs(10));
}

#[tokio::test(start_paused = true)]
async fn r067_a_messaging_client_queues_until_ready_and_keeps_the_order() {
    let (dialer, server) = venue();
    let desk = nova::connect(Messaging).credentials(credentials()).dialer(dialer).start().expect("started");
    let mut peer = server.accept().await;
    let login = peer.receive().await;
    let sends: Vec<_> = (0..20)
        .map(|number| {
            let desk = desk.clone();
            tokio::spawn(async move { desk.send(json!({"number": number})).await })
        })
        .collect();
    peer.expect_silence(secs(2)).await;
    // The connection is lost before the login is answered: the queue is kept.
    drop((peer, login));
    let mut peer = server.accept().await;
    peer.answer("login", json!({})).await;
    let prepare = peer.receive().await;
    peer.expect_silence(secs(2)).await;
    assert_eq!(desk.state(), State::Restoring);
    peer.reply(&prepare, json!(0)).await;
    for number in 0..20 {
        assert_eq!(peer.receive().await["number"], number);
    }
    for send in sends {
        send.await.expect("no panic").expect("sent");
    }
    peer.expect_silence(secs(2)).await;
}

#[tokio::test(start_paused = true)]
async fn r067_a_login_that_fails_for_good_discards_the_queue() {
    let (dialer, server) = venue();
    let desk = nova::connect(Messaging).credentials(credentials()).dialer(dialer).start().expect("started");
    let queued = tokio::spawn({
        let desk = desk.clone();
        async move { desk.send(json!({"number": 1})).await }
    });
    let refusing = tokio::spawn(async move {
        loop {
            let mut peer = server.accept().await;
            let login = peer.receive().await;
            assert_eq!(login["method"], "login", "nothing else is sent");
            peer.refuse(&login, Plain::WRONG).await;
        }
    });
    let sent = queued.await.expect("no panic");
    assert!(matches!(&sent, Err(Error::Ended { source }) if matches!(**source, Error::Auth { .. })), "{sent:?}");
    assert_eq!(desk.state(), State::Failed);
    settle().await;
    assert!(!refusing.is_finished(), "the server saw what it should not");
}
