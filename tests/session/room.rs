//! A peer that reads too slowly: what waits for room in the outbound buffer, for how long, and what is refused instead.

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use nova::{
    Context, Error, Handle, MessageHandler, Outcome, Outgoing, Patch, Raw, Result, SendPolicy, patch, test::MockDialer,
};
use serde_json::{Value, json};
use tokio::{task::JoinHandle, time::Instant};

use crate::support::{Peer, Plain, Server, secs, settle, venue};

/// Says all it can once it is told anything.
#[nova::client(platform = Plain, overrides(MessageHandler))]
#[derive(Default)]
struct Loud(Arc<Mutex<Option<Error>>>);

impl MessageHandler for Loud {
    async fn handle_message(&mut self, _: Raw, cx: &mut Context<'_, Self>) -> Result {
        let refused = (0..).find_map(|number| cx.send(large(number)).err());
        *self.0.lock().expect("whole") = refused;
        Ok(())
    }
}

fn large(number: u32) -> Outgoing {
    Outgoing::json(json!({"number": number, "fill": "x".repeat(64 * 1024)}).to_string())
}

/// A link that takes little at a time.
const NARROW: usize = 4 * 1024;

/// A client of this policy, and how many bytes its link takes before the peer reads.
async fn ready(policy: SendPolicy, loud: Loud, capacity: usize) -> (Handle<Loud>, Server, Peer) {
    let (dialer, server): (MockDialer, _) = venue();
    let policy = Patch::new().connection(patch::Connection::new().send(policy));
    let desk = nova::connect(loud).configure(policy).dialer(dialer.capacity(capacity)).start().expect("started");
    let peer = server.ready().await;
    desk.wait_ready().await.expect("ready");
    (desk, server, peer)
}

fn send(desk: &Handle<Loud>, number: u32) -> JoinHandle<Result> {
    let desk = desk.clone();
    tokio::spawn(async move { desk.send(large(number)).await })
}

/// Sends until one does not get through at once: that one, and its number.
async fn fill(desk: &Handle<Loud>) -> (JoinHandle<Result>, u32) {
    for number in 0.. {
        let sent = send(desk, number);
        settle().await;
        if !sent.is_finished() {
            return (sent, number);
        }
        match sent.await.expect("no panic") {
            Ok(()) => {}
            refused => return (tokio::spawn(async { refused }), number),
        }
    }
    unreachable!("some number is the last")
}

#[tokio::test(start_paused = true)]
async fn what_waits_for_room_leaves_in_order_once_the_peer_reads() {
    for policy in [SendPolicy::Wait, SendPolicy::QUEUE] {
        let (desk, _server, mut peer) = ready(policy, Loud::default(), NARROW).await;
        let (first, number) = fill(&desk).await;
        let abandoned = send(&desk, number + 1);
        let last = send(&desk, number + 2);
        let call = tokio::spawn({
            let desk = desk.clone();
            async move { desk.call::<Value>("never", "sent").await }
        });
        settle().await;
        // A send that waits is as good as sent; a call whose caller goes away is given up.
        abandoned.abort();
        call.abort();
        assert!(!first.is_finished() && !last.is_finished(), "they wait");
        let since = Instant::now();
        for expected in 0..number + 3 {
            assert_eq!(peer.receive().await["number"], expected, "{policy:?}");
        }
        assert_eq!(since.elapsed(), Duration::ZERO, "nothing has to wake the task for them");
        for sent in [first, last] {
            sent.await.expect("no panic").expect("sent");
        }
        peer.expect_silence(secs(1)).await;
    }
}

#[tokio::test(start_paused = true)]
async fn a_flood_lets_the_clients_task_write_and_so_fills_no_buffer_that_the_link_would_empty() {
    // Nothing may wait in a desk that fails fast: its flood would be refused.
    for policy in [SendPolicy::Wait, SendPolicy::FailFast] {
        let (desk, _server, mut peer) = ready(policy, Loud::default(), 16 << 20).await;
        let since = Instant::now();
        for number in 0..200 {
            desk.send(large(number)).await.expect("sent");
        }
        for number in 0..200 {
            assert_eq!(peer.receive().await["number"], number);
        }
        assert_eq!(since.elapsed(), Duration::ZERO);
    }
}

#[tokio::test(start_paused = true)]
async fn r010_who_waits_for_room_is_told_at_the_deadline_and_who_may_not_at_once() {
    let outcome = |policy| async move {
        let (desk, _server, _deaf) = ready(policy, Loud::default(), NARROW).await;
        let since = Instant::now();
        let (refused, _) = fill(&desk).await;
        (refused.await.expect("no panic").expect_err("there is no room"), since.elapsed())
    };
    let (late, after) = outcome(SendPolicy::Wait).await;
    assert!(matches!(late, Error::Timeout { outcome: Some(Outcome::NotSent), .. }), "{late:?}");
    assert_eq!(after, secs(10));
    let (refused, after) = outcome(SendPolicy::FailFast).await;
    assert!(matches!(refused, Error::OutboundFull { .. }), "{refused:?}");
    assert_eq!(after, Duration::ZERO);
}

#[tokio::test(start_paused = true)]
async fn a_handlers_send_is_refused_at_once_because_nobody_awaits_what_becomes_of_it() {
    let loud = Loud::default();
    let refused = loud.0.clone();
    let (_desk, _server, mut peer) = ready(SendPolicy::Wait, loud, NARROW).await;
    peer.push("any", json!({})).await;
    settle().await;
    let refused = refused.lock().expect("whole").take();
    assert!(matches!(refused, Some(Error::OutboundFull { .. })), "{refused:?}");
}
