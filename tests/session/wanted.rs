//! The wanted set as a thing of its own: looked at, kept over a restart, and bounded by what a connection holds.

use nova::{
    Bounds, Error, Handle, Inbound, Incoming, Outgoing, Params, Platform, PlatformSpec, Rate, Result, Spec, State,
    Topic, Wanted,
};
use serde_json::json;

use crate::support::{Log, Plain, asked, pass, poll_times, secs, serve, settle, venue};

#[nova::client(platform = Plain, profile = "financial")]
struct Desk;

/// Each topic with the first word of its state and how many want it.
async fn states(desk: &Handle<Desk>) -> Vec<String> {
    let topics = desk.topics().await.expect("alive");
    let word = |state: String| state.split('(').next().unwrap_or_default().to_owned();
    topics
        .iter()
        .map(|status| format!("{} {} {}", status.topic, word(format!("{:?}", status.state)), status.wanted_by))
        .collect()
}

#[tokio::test(start_paused = true)]
async fn every_topic_shows_how_far_it_has_come() {
    let (dialer, server) = venue();
    let desk = nova::connect(Desk).dialer(dialer).wanted(["a", "b", "c"]).start().expect("started");
    assert_eq!(states(&desk).await, ["a Pending 1", "b Pending 1", "c Pending 1"], "before there is a connection");
    let mut peer = server.ready().await;
    peer.answer("subscribe", json!(["a", "b"])).await;
    desk.wait_ready().await.expect("ready");
    assert_eq!(states(&desk).await, ["a Confirmed 1", "b Confirmed 1", "c Rejected 0"]);
    desk.subscribe("a").await.expect("confirmed already");
    for _ in 0..2 {
        desk.unsubscribe("a").await.expect("noted");
        desk.unsubscribe("b").await.expect("noted");
        settle().await;
    }
    assert_eq!(states(&desk).await, ["a Leaving 0", "b Leaving 0", "c Rejected 0"]);
    let left = peer.receive().await;
    assert_eq!(left["params"], json!(["b"]));
    // Wanted again before the venue has let go of it: the answer to that says nothing any more.
    assert!(poll_times(desk.subscribe("b"), 1).await.is_none());
    peer.reply(&left, json!("ok")).await;
    settle().await;
    assert_eq!(states(&desk).await, ["a Leaving 0", "b Pending 1", "c Rejected 0"]);
    let left = peer.receive().await;
    peer.reply(&left, json!("ok")).await;
    peer.answer("subscribe", json!(["b"])).await;
    settle().await;
    assert_eq!(states(&desk).await, ["b Confirmed 1", "c Rejected 0"]);
    assert!(poll_times(desk.subscribe("c"), 1).await.is_none());
    assert_eq!(states(&desk).await, ["b Confirmed 1", "c Pending 1"], "a refusal is no verdict for ever");
}

#[tokio::test(start_paused = true)]
async fn the_wanted_set_survives_a_restart() {
    let book = Topic::new("book").param("depth", 10).at_most("10/s".parse().expect("a rate"));
    let orders = Topic::new("orders").stale_after(None);
    let ticker = Topic::new("ticker").stale_after(secs(5));
    let (dialer, server) = venue();
    let desk = nova::connect(Desk).dialer(dialer).start().expect("started");
    tokio::spawn(serve(server.accept().await, Log::default()));
    desk.wait_ready().await.expect("ready");
    assert_eq!(desk.export().to_string(), "[]");
    let wanted = [book, orders, ticker, Topic::new("left")];
    assert_eq!(desk.subscribe_many(wanted.clone()).await.expect("alive").confirmed.len(), 4);
    desk.unsubscribe("left").await.expect("noted");
    pass(secs(1)).await;
    desk.close().await;
    let text = desk.export().to_string();
    let expected = r#"[
  {"topic":"book","params":{"depth":10},"at_most":"10/s"},
  {"topic":"orders","stale_after":"off"},
  {"topic":"ticker","stale_after":"5s"}
]"#;
    assert_eq!(text, expected, "also after the end");

    let kept: Wanted = text.parse().expect("what was exported");
    assert_eq!(kept.topics(), &wanted[..3]);
    let (dialer, server) = venue();
    let desk = nova::connect(Desk).dialer(dialer).wanted(kept).start().expect("started");
    let log = Log::default();
    tokio::spawn(serve(server.accept().await, log.clone()));
    desk.wait_ready().await.expect("ready");
    assert_eq!(asked(&log, "subscribe"), [json!(["book"]), json!(["orders", "ticker"])], "before the first `Ready`");
    assert_eq!(desk.export().to_string(), text);
}

#[test]
fn a_set_that_cannot_be_read_is_refused_with_its_place() {
    for (text, expected) in [
        ("", "EOF while parsing"),
        (r#"{"topic":"a"}"#, "expected a sequence"),
        (r#"[{"topic":""}]"#, "a topic is not empty"),
        (r#"[{"topic":"a","at_most":"10"}]"#, "`at_most` of `a`"),
        (r#"[{"topic":"a","at_most":"0/s"}]"#, "`at_most`"),
        (r#"[{"topic":"a","stale_after":"soon"}]"#, "`stale_after` of `a`"),
        (r#"[{"topic":"a","stale_after":"0s"}]"#, "`stale_after` must be above 0"),
        ("[{\"topic\":\"a\"},\n {\"topic\":\"b\",\"rate\":1}]", "unknown field `rate`"),
    ] {
        let refused = text.parse::<Wanted>().expect_err(text);
        assert!(matches!(&refused, Error::Config { field, .. } if field == "wanted"), "{refused:?}");
        assert!(refused.to_string().contains(expected), "{text}: {refused}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_topic_that_could_not_be_asked_for_is_refused_and_named() {
    let (dialer, server) = venue();
    let desk = nova::connect(Desk).dialer(dialer).wanted([Topic::new("a").param("depth", 1)]).start().expect("started");
    tokio::spawn(serve(server.accept().await, Log::default()));
    desk.wait_ready().await.expect("ready");
    for (topic, named, expected) in [
        (Topic::new(""), "", "a topic is not empty"),
        (Topic::new("a\nb"), "a\\nb", "no control characters"),
        (Topic::new("b").at_most(Rate::per_second(0)), "b", "`at_most` must be above 0"),
        (Topic::new("b").stale_after(secs(0)), "b", "`stale_after` must be above 0"),
        (Topic::new("a").param("depth", 2), "a", "subscribed with other parameters"),
    ] {
        let streamed = desk.stream(topic.clone()).await.expect_err("refused");
        let refused = desk.subscribe(topic.clone()).await.expect_err("refused");
        assert_eq!(streamed.to_string(), refused.to_string());
        assert!(matches!(&refused, Error::Subscription { topic, .. } if **topic == *named), "{refused:?}");
        assert!(refused.to_string().contains(expected), "{refused}");
    }
    let nobody = desk.resubscribe("b").await.expect_err("nobody wants it");
    assert!(nobody.to_string().contains("nobody has subscribed it"), "{nobody}");
    settle().await;
    assert_eq!(states(&desk).await, ["a Confirmed 1"], "none of this has changed anything");
    assert!(nova::connect(Desk).wanted([""]).start().is_err(), "before anything is dialled");
    // The same, or nothing said of it, is no contradiction; other parameters can be asked for.
    desk.subscribe("a").await.expect("confirmed already");
    desk.resubscribe(Topic::new("a").param("depth", 2)).await.expect("confirmed");
    assert!(desk.export().to_string().contains(r#""depth":2"#));
}

/// A venue whose connections hold two topics.
#[derive(Clone, Copy, Debug, Default)]
struct Small;

impl PlatformSpec for Small {
    type Codec = nova::codec::Json;
    const SPEC: Spec = Spec::new("small", "ws://venue.test/").bounds(Bounds::new().topics(2));
}

impl Platform for Small {
    type State = ();

    fn subscribe(&self, (): &mut (), channels: &[&str], params: &Params) -> Result<Outgoing> {
        Plain.subscribe(&mut (), channels, params)
    }

    fn unsubscribe(&self, (): &mut (), channels: &[&str]) -> Result<Outgoing> {
        Plain.unsubscribe(&mut (), channels)
    }

    fn receive<'f>(&self, (): &mut (), incoming: Incoming<'f>) -> Result<Inbound<'f>> {
        Plain.receive(&mut (), incoming)
    }
}

#[nova::client(platform = Small, profile = "financial")]
struct Modest;

#[tokio::test(start_paused = true)]
async fn a_connection_holds_no_more_topics_than_its_venue_allows() {
    let (dialer, server) = venue();
    let desk = nova::connect(Modest).dialer(dialer).wanted(["a"]).start().expect("started");
    let log = Log::default();
    tokio::spawn(serve(server.accept().await, log.clone()));
    desk.wait_ready().await.expect("ready");
    let many = desk.subscribe_many(["a", "b", "c"]).await.expect("alive");
    assert_eq!(many.confirmed, ["a", "b"], "what is wanted already takes no room");
    let [(topic, refused)] = &many.rejected[..] else { panic!("{many:?}") };
    assert!(matches!(refused, Error::TopicLimit { topic, most: 2 } if **topic == *"c"), "{topic}: {refused:?}");
    assert_eq!(refused.to_string(), "`c` was not subscribed: a connection to this venue holds at most 2 topics");
    assert_eq!(desk.state(), State::Ready { missing: 0 });
    desk.unsubscribe("b").await.expect("noted");
    desk.subscribe("c").await.expect("there is room again");
    assert_eq!(asked(&log, "subscribe"), [json!(["a"]), json!(["b"]), json!(["c"])]);
    let over = nova::connect(Modest).wanted(["a", "b", "c"]).start();
    assert!(matches!(over, Err(Error::TopicLimit { .. })), "before anything is dialled");
}
