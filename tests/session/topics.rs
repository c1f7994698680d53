//! Topics: after any loss the wanted ones, and only those, are asked for once and in order; holes are told once, where they are.

use std::time::Duration;

use nova::{Error, Event, Events, Gap, GapCause, Handle, Item, Raw, State};
use serde_json::json;
use tokio::{task::JoinHandle, time::Instant};

use crate::support::{Log, Peer, Plain, Server, asked, pass, secs, serve, settle, venue};

#[nova::client(platform = Plain, profile = "financial")]
struct Desk;

/// Topics asked for one by one, so that a link can be lost between any two.
#[nova::client(platform = Plain, profile = "financial", subscriptions(chunk = 1))]
struct Single;

/// From a subscribe to its acknowledgement, and how often it is asked for again.
const PATIENCE: Duration = secs(10);
const RETRIES: usize = 3;

async fn ready() -> (Handle<Desk>, Server, Peer) {
    let (dialer, server) = venue();
    let desk = nova::connect(Desk).dialer(dialer).start().expect("started");
    let peer = server.ready().await;
    desk.wait_ready().await.expect("ready");
    (desk, server, peer)
}

fn subscribe(desk: &Handle<Desk>, topic: &'static str) -> JoinHandle<Result<(), Error>> {
    let desk = desk.clone();
    tokio::spawn(async move { desk.subscribe(topic).await })
}

/// The same, confirmed.
async fn subscribed(desk: &Handle<Desk>, peer: &mut Peer, topic: &'static str) {
    let waiting = subscribe(desk, topic);
    assert_eq!(peer.answer("subscribe", json!([topic])).await, json!([topic]));
    waiting.await.expect("no panic").expect("confirmed");
}

fn rejected(events: &mut Events) -> Vec<String> {
    std::iter::from_fn(|| events.try_next())
        .filter_map(|event| if let Event::Rejected { topic, .. } = event { Some(topic.to_string()) } else { None })
        .collect()
}

/// What waits in the inbox: numbers, and the topics of gaps.
async fn items(desk: &Handle<impl nova::Client<Message = Raw>>) -> Vec<String> {
    let mut items = Vec::new();
    while let Ok(Some(item)) = tokio::time::timeout(Duration::from_millis(1), desk.next()).await {
        items.push(match item {
            Item::Message(message) => {
                format!("{}={}", message.channel().unwrap_or_default(), message.data::<u64>().expect("a number"))
            }
            Item::Gap(Gap { topic, epoch, cause: GapCause::Reconnected, .. }) => format!("{topic} gap {epoch}"),
            other => format!("{other:?}"),
        });
    }
    items
}

#[tokio::test(start_paused = true)]
async fn r068_a_link_lost_after_any_part_of_the_restore_converges() {
    const TOPICS: [&str; 5] = ["a", "b", "c", "d", "private.e"];
    const ORDER: [&str; 5] = ["private.e", "a", "b", "c", "d"];
    for lost_after in 0..=TOPICS.len() {
        let (dialer, server) = venue();
        let desk = nova::connect(Single).dialer(dialer).start().expect("started");
        let log = Log::default();
        let peer = tokio::spawn(serve(server.accept().await, log.clone()));
        assert_eq!(desk.subscribe_many(TOPICS).await.expect("alive").confirmed, TOPICS);
        peer.abort();
        let _ = peer.await;

        let mut peer = server.ready().await;
        let mut calls = Vec::new();
        for topic in ORDER {
            let call = peer.receive().await;
            assert_eq!(call["params"], json!([topic]), "private topics first, each once");
            calls.push(call);
        }
        for call in calls.iter().take(lost_after) {
            peer.reply(call, call["params"].clone()).await;
        }
        settle().await;
        assert_eq!(desk.state().is_ready(), lost_after == TOPICS.len(), "{lost_after} restored");
        drop(peer);

        let log = Log::default();
        let peer = server.accept().await;
        tokio::spawn(serve(peer, log.clone()));
        pass(secs(1)).await;
        let wire: Vec<_> = asked(&log, "subscribe").iter().map(|topics| topics[0].clone()).collect();
        assert_eq!(wire, ORDER, "{lost_after} restored: the whole wanted set, each once");
        assert_eq!(desk.state(), State::Ready { missing: 0 });
        assert_eq!(desk.wanted().len(), TOPICS.len());
    }
}

#[tokio::test(start_paused = true)]
async fn r068_a_lost_acknowledgement_is_asked_for_again() {
    let (desk, _server, mut peer) = ready().await;
    let waiting = subscribe(&desk, "a");
    let first = peer.receive().await;
    let asked_at = Instant::now();
    let second = peer.receive().await;
    assert_eq!((second["params"].clone(), asked_at.elapsed()), (json!(["a"]), PATIENCE));
    // The first one's answer comes after all: it counts for nothing.
    peer.reply(&first, json!(["a"])).await;
    settle().await;
    assert!(!waiting.is_finished());
    peer.reply(&second, json!(["a"])).await;
    waiting.await.expect("no panic").expect("confirmed");
    peer.expect_silence(secs(60)).await;
}

#[tokio::test(start_paused = true)]
async fn r068_a_topic_that_is_never_acknowledged_is_given_up_and_restored_by_the_next_connection() {
    let (desk, server, mut peer) = ready().await;
    let mut events = desk.events();
    let waiting = subscribe(&desk, "a");
    for _ in 0..=RETRIES {
        assert_eq!(peer.receive().await["params"], json!(["a"]));
    }
    peer.expect_silence(secs(60)).await;
    let told = waiting.await.expect("no panic");
    assert!(matches!(told, Err(Error::Timeout { .. })), "{told:?}");
    assert_eq!(rejected(&mut events), ["a"]);
    assert_eq!(desk.state(), State::Ready { missing: 1 });
    assert_eq!(desk.wanted(), ["a"]);
    drop(peer);
    let mut peer = server.ready().await;
    peer.answer("subscribe", json!(["a"])).await;
    settle().await;
    assert_eq!(desk.state(), State::Ready { missing: 0 });
}

#[tokio::test(start_paused = true)]
async fn r068_one_refused_topic_is_told_and_the_others_live() {
    let (desk, server, mut peer) = ready().await;
    let mut events = desk.events();
    let many = tokio::spawn({
        let desk = desk.clone();
        async move { desk.subscribe_many(["a", "b", "c"]).await }
    });
    assert_eq!(peer.answer("subscribe", json!(["c", "a"])).await, json!(["a", "b", "c"]));
    let many = many.await.expect("no panic").expect("alive");
    assert_eq!(many.confirmed, ["a", "c"]);
    assert!(matches!(&many.rejected[..], [(topic, Error::Subscription { .. })] if topic == "b"), "{many:?}");
    assert_eq!(rejected(&mut events), ["b"]);
    assert_eq!(desk.state(), State::Ready { missing: 0 });
    for (number, topic) in ["a", "c"].into_iter().enumerate() {
        peer.push(topic, json!(number)).await;
    }
    assert_eq!(items(&desk).await, ["a=0", "c=1"]);
    // What was refused is wanted no more.
    drop(peer);
    assert_eq!(server.ready().await.receive().await["params"], json!(["a", "c"]));
}

#[tokio::test(start_paused = true)]
async fn r068_what_is_unsubscribed_while_away_is_not_restored() {
    let (desk, server, mut peer) = ready().await;
    for topic in ["a", "b", "c"] {
        subscribed(&desk, &mut peer, topic).await;
    }
    drop(peer);
    let mut peer = server.accept().await;
    desk.unsubscribe("b").await.expect("noted");
    let prepare = peer.receive().await;
    peer.reply(&prepare, json!(0)).await;
    peer.answer("subscribe", json!(["a", "c"])).await;
    peer.expect_silence(secs(60)).await;
    assert_eq!(desk.wanted(), ["a", "c"]);
    assert_eq!(desk.state(), State::Ready { missing: 0 });
}

#[tokio::test(start_paused = true)]
async fn r068_acknowledgements_come_in_any_order_and_confirm_what_they_list() {
    let (desk, _server, mut peer) = ready().await;
    let (a, b) = (subscribe(&desk, "a"), subscribe(&desk, "b"));
    settle().await;
    let many = peer.receive().await;
    assert_eq!(many["params"], json!(["a", "b"]), "both in one request");
    let c = subscribe(&desk, "c");
    let single = peer.receive().await;
    peer.reply(&single, json!(["c"])).await;
    settle().await;
    assert_eq!((a.is_finished(), b.is_finished(), c.is_finished()), (false, false, true));
    peer.reply(&many, json!(["b", "a"])).await;
    for waiting in [a, b, c] {
        waiting.await.expect("no panic").expect("confirmed");
    }
}

#[tokio::test(start_paused = true)]
async fn r068_a_stale_acknowledgement_confirms_nothing() {
    // Asked for, left, asked for again: only the last request's answer counts.
    let (desk, _server, mut peer) = ready().await;
    let first_waiting = subscribe(&desk, "a");
    let first = peer.receive().await;
    desk.unsubscribe("a").await.expect("noted");
    assert!(first_waiting.await.expect("no panic").is_err(), "it was unsubscribed meanwhile");
    let left = peer.receive().await;
    assert_eq!((left["method"].clone(), left["params"].clone()), (json!("unsubscribe"), json!(["a"])));
    let waiting = subscribe(&desk, "a");
    let second = peer.receive().await;
    assert_eq!((second["method"].clone(), second["params"].clone()), (json!("subscribe"), json!(["a"])));
    peer.reply(&first, json!(["a"])).await;
    peer.reply(&left, json!(["a"])).await;
    settle().await;
    assert!(!waiting.is_finished(), "a stale acknowledgement was taken");
    peer.reply(&second, json!([])).await;
    let told = waiting.await.expect("no panic");
    assert!(matches!(told, Err(Error::Subscription { .. })), "{told:?}");
    assert!(desk.wanted().is_empty());
}

#[tokio::test(start_paused = true)]
async fn r068_an_acknowledgement_of_an_earlier_connection_confirms_nothing() {
    let (desk, server, mut peer) = ready().await;
    let waiting = subscribe(&desk, "a");
    let first = peer.receive().await;
    drop(peer);
    let mut peer = server.ready().await;
    let second = peer.receive().await;
    peer.reply(&first, json!(["a"])).await;
    settle().await;
    assert!(!waiting.is_finished());
    assert_eq!(desk.state(), State::Restoring);
    peer.reply(&second, json!(["a"])).await;
    waiting.await.expect("no panic").expect("confirmed");
}

#[tokio::test(start_paused = true)]
async fn r068_many_topics_are_restored_in_chunks_each_once() {
    let topics: Vec<String> = (0..550)
        .map(|number| if number % 50 == 0 { format!("private.{number:03}") } else { format!("ticker.{number:03}") })
        .collect();
    let (dialer, server) = venue();
    let desk = nova::connect(Desk).dialer(dialer).start().expect("started");
    let log = Log::default();
    let peer = tokio::spawn(serve(server.accept().await, log.clone()));
    desk.wait_ready().await.expect("ready");
    assert_eq!(desk.subscribe_many(topics.clone()).await.expect("alive").confirmed, topics);
    // Wanted by several: still once on the wire.
    desk.subscribe(topics[7].clone()).await.expect("confirmed");
    for connection in 1..=3 {
        let chunks = asked(&log, "subscribe");
        let chunks: Vec<Vec<String>> =
            chunks.into_iter().map(|chunk| serde_json::from_value(chunk).expect("topics")).collect();
        assert!(chunks.iter().all(|chunk| chunk.len() <= 100), "connection {connection}");
        assert!(chunks.len() <= 7, "connection {connection}: {} requests", chunks.len());
        let mut wire = chunks.concat();
        assert!(wire.is_sorted_by_key(|topic| !topic.starts_with("private.")), "private topics first");
        wire.sort_unstable();
        let mut wanted = topics.clone();
        wanted.sort_unstable();
        assert!(wire == wanted, "connection {connection}: the wanted set, each topic once");
        if connection == 3 {
            break;
        }
        log.lock().expect("whole").clear();
        desk.reconnect_now().expect("alive");
        tokio::spawn(serve(server.accept().await, log.clone()));
        pass(secs(1)).await;
        assert_eq!(desk.state(), State::Ready { missing: 0 });
    }
    peer.abort();
}

#[tokio::test(start_paused = true)]
async fn a_gap_stands_once_before_the_first_message_after_a_reconnect() {
    let (desk, server, mut peer) = ready().await;
    for topic in ["a", "b", "c"] {
        subscribed(&desk, &mut peer, topic).await;
    }
    for (topic, number) in [("a", 1), ("b", 2), ("a", 3)] {
        peer.push(topic, json!(number)).await;
    }
    assert_eq!(items(&desk).await, ["a=1", "b=2", "a=3"], "none on the first connection");
    drop(peer);
    let mut peer = server.ready().await;
    peer.answer("subscribe", json!(["a", "b", "c"])).await;
    settle().await;
    subscribed(&desk, &mut peer, "new").await;
    for (topic, number) in [("b", 4), ("new", 5), ("b", 6), ("a", 7), ("a", 8)] {
        peer.push(topic, json!(number)).await;
    }
    let told = items(&desk).await;
    assert_eq!(told, ["b gap 2", "b=4", "new=5", "b=6", "a gap 2", "a=7", "a=8"]);
    // A topic that stays silent over two losses has one hole.
    drop(peer);
    let mut peer = server.ready().await;
    peer.answer("subscribe", json!(["a", "b", "c", "new"])).await;
    for (topic, number) in [("c", 9), ("c", 10), ("new", 11)] {
        peer.push(topic, json!(number)).await;
    }
    assert_eq!(items(&desk).await, ["c gap 3", "c=9", "c=10", "new gap 3", "new=11"]);
}

#[tokio::test(start_paused = true)]
async fn a_gap_is_told_also_of_a_topic_that_was_lost_before_its_acknowledgement() {
    let (desk, server, mut peer) = ready().await;
    let waiting = subscribe(&desk, "a");
    peer.receive().await;
    // Venues push before they acknowledge.
    peer.push("a", json!(1)).await;
    settle().await;
    drop(peer);
    let mut peer = server.ready().await;
    peer.answer("subscribe", json!(["a"])).await;
    peer.push("a", json!(2)).await;
    waiting.await.expect("no panic").expect("confirmed");
    assert_eq!(items(&desk).await, ["a=1", "a gap 2", "a=2"]);
}

#[tokio::test(start_paused = true)]
async fn nothing_of_an_old_connection_is_delivered_after_a_new_one() {
    let (desk, server, mut peer) = ready().await;
    subscribed(&desk, &mut peer, "a").await;
    for number in 0..500 {
        peer.push("a", json!(number)).await;
    }
    drop(peer);
    let mut peer = server.ready().await;
    peer.answer("subscribe", json!(["a"])).await;
    for number in 500..600 {
        peer.push("a", json!(number)).await;
    }
    settle().await;
    let told = items(&desk).await;
    let gap = told.iter().position(|item| item == "a gap 2").expect("a gap");
    let numbers = |items: &[String]| -> Vec<u64> {
        items.iter().map(|item| item.strip_prefix("a=").expect("a message").parse().expect("a number")).collect()
    };
    let (old, new) = (numbers(&told[..gap]), numbers(&told[gap + 1..]));
    assert!(old.iter().copied().eq(0..500), "what had arrived is delivered, in order");
    assert!(new.iter().copied().eq(500..600), "and what came after it follows the gap");
}

#[tokio::test(start_paused = true)]
async fn a_link_reset_in_a_message_delivers_no_part_of_it() {
    let (desk, server, mut peer) = ready().await;
    subscribed(&desk, &mut peer, "a").await;
    // A frame that announces more than comes.
    let mut part = vec![0x81, 60];
    part.extend(br#"{"channel":"a","data":1}"#);
    peer.send_raw(&part).await;
    drop(peer);
    let mut peer = server.ready().await;
    peer.answer("subscribe", json!(["a"])).await;
    peer.push("a", json!(2)).await;
    assert_eq!(items(&desk).await, ["a gap 2", "a=2"]);
}
