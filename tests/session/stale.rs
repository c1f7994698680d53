//! Topics that fall silent while everything else seems well.

use std::time::Duration;

use nova::{Cause, Error, Event, GapCause, Handle, Item, Patch, State, Topic};
use serde_json::json;
use tokio::{task::JoinHandle, time::Instant};

use crate::support::{Log, Plain, Server, asked, pass, secs, serve, settle, venue};

#[nova::client(platform = Plain, profile = "financial", subscriptions(stale_after = "30s"))]
struct Desk;

/// A connection whose pings are answered and whose topics are confirmed, but on which no data comes.
async fn lifeless(server: &mut Server) -> (JoinHandle<()>, Log) {
    let log = Log::default();
    (tokio::spawn(serve(server.accept().await, log.clone())), log)
}

/// Seconds from one end of a link over a silent topic to the next.
fn ends(desk: &Handle<Desk>, since: Instant) -> Vec<u64> {
    let stale = |cause: &Cause| matches!(cause, Cause::Error(Error::Stale { .. }));
    let history = desk.history();
    history.iter().filter(|step| stale(&step.cause)).map(|step| (step.at - since).as_secs()).collect()
}

#[tokio::test(start_paused = true)]
async fn r075_a_link_that_lives_without_data_is_asked_again_and_then_replaced() {
    let (dialer, mut server) = venue();
    let desk = nova::connect(Desk).dialer(dialer).wanted(["a"]).start().expect("started");
    let mut events = desk.events();
    let (peer, log) = lifeless(&mut server).await;
    desk.wait_ready().await.expect("ready");
    let ready = Instant::now();
    pass(secs(29)).await;
    assert_eq!(asked(&log, "unsubscribe").len(), 0);
    pass(secs(2)).await;
    assert_eq!((asked(&log, "unsubscribe"), asked(&log, "subscribe")), (vec![json!(["a"])], vec![json!(["a"]); 2]));
    let told = std::iter::from_fn(|| events.try_next()).find_map(|event| match event {
        Event::Stale { topic, silent } => Some((topic.to_string(), silent)),
        _ => None,
    });
    assert_eq!(told, Some(("a".to_owned(), secs(30))));
    assert!(desk.state().is_ready(), "the link has another chance");
    peer.await.expect("the client let go of it");
    assert_eq!(ready.elapsed(), secs(60));
    let why = desk.trace().why().expect("a disconnect");
    assert!(why.contains("`a` was silent for 30s"), "{why}");

    // A market that sleeps costs ever fewer links.
    for _ in 0..2 {
        lifeless(&mut server).await.0.await.expect("ended");
    }
    let mut peer = server.ready().await;
    let ends = ends(&desk, ready);
    assert!(
        (60..=62).contains(&ends[0]) && (180..=183).contains(&ends[1]) && (420..=424).contains(&ends[2]),
        "{ends:?}"
    );

    // Data ends it: the first time counts again.
    peer.answer("subscribe", json!(["a"])).await;
    peer.push("a", json!(1)).await;
    settle().await;
    let data = Instant::now();
    assert_eq!(peer.receive().await["method"], "unsubscribe");
    assert_eq!(data.elapsed(), secs(30));
}

#[tokio::test(start_paused = true)]
async fn r075_only_data_of_the_topic_counts() {
    let (dialer, mut server) = venue();
    let desk = nova::connect(Desk).dialer(dialer).wanted(["a", "b"]).start().expect("started");
    let mut peer = server.ready().await;
    peer.answer("subscribe", json!(["a", "b"])).await;
    desk.wait_ready().await.expect("ready");
    // The other topic, replies and questions of the venue come all the time.
    let started = Instant::now();
    let left = loop {
        peer.push("b", json!(1)).await;
        peer.send(json!({"ask": "alive"})).await;
        let heard = peer.within(secs(5)).await.filter(|heard| heard["alive"].is_null());
        if let Some(left) = heard {
            break left;
        }
        if let Some(left) = peer.within(secs(5)).await {
            break left;
        }
    };
    assert_eq!((left["method"].clone(), left["params"].clone()), (json!("unsubscribe"), json!(["a"])));
    assert_eq!(started.elapsed(), secs(30));
    peer.reply(&left, json!("ok")).await;
    peer.answer("subscribe", json!(["a"])).await;
    peer.push("a", json!(2)).await;
    // What may have been missed meanwhile is told.
    let gap = loop {
        match desk.next().await.expect("an item") {
            Item::Gap(gap) => break gap,
            Item::Message(message) => assert_eq!(message.channel(), Some("b")),
            other => panic!("{other:?}"),
        }
    };
    assert_eq!((&*gap.topic, gap.cause), ("a", GapCause::Resubscribed));
}

#[tokio::test(start_paused = true)]
async fn each_topic_may_have_a_deadline_of_its_own_and_the_setting_may_change() {
    let (dialer, mut server) = venue();
    let quick = Topic::new("quick").stale_after(secs(5));
    let quiet = Topic::new("quiet").stale_after(None);
    let desk = nova::connect(Desk).dialer(dialer).wanted([quick, quiet]).wanted(["usual"]).start().expect("started");
    let (_peer, log) = lifeless(&mut server).await;
    desk.wait_ready().await.expect("ready");
    pass(secs(6)).await;
    assert_eq!(asked(&log, "unsubscribe"), [json!(["quick"])]);
    desk.resubscribe(Topic::new("quick").stale_after(None)).await.expect("confirmed");
    desk.configure(Patch::new().set("subscriptions.stale_after", "8s").expect("a time")).await.expect("applied");
    pass(secs(3)).await;
    let left: Vec<_> = asked(&log, "unsubscribe").into_iter().skip(1).collect();
    assert_eq!(left, [json!(["quick"]), json!(["usual"])], "asked anew by the user, and by the new setting");
    desk.configure(Patch::new().set("subscriptions.stale_after", "off").expect("off")).await.expect("applied");
    pass(Duration::from_secs(3_600)).await;
    assert_eq!(asked(&log, "unsubscribe").len(), 3);
    assert_eq!(desk.state(), State::Ready { missing: 0 });
}
