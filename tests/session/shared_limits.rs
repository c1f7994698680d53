//! Clients that share the limits of an account: together they never exceed them, they take turns, and nobody is left out.

use nova::{
    BoxFuture, BoxStream, Credentials, Dialer, Endpoint, Error, Handle, LimitMode, Outgoing, Patch, Priority,
    RateLimitHandler, Result, SharedLimiter, View, cluster::Local, patch,
};
use serde_json::{Value, json};
use tokio::{sync::mpsc, time::Instant};

use crate::support::{Peer, Plain, Server, pass, rate, secs, settle, venue};

#[nova::client(platform = Plain, overrides(RateLimitHandler))]
struct Desk;

/// What the engine sends itself is free, so that the budget is the test's.
impl RateLimitHandler for Desk {
    fn cost(outgoing: &Outgoing, view: View<'_, Self>) -> u32 {
        if matches!(outgoing.method(), Some("prepare" | "login")) { 0 } else { view.inherited().cost(outgoing) }
    }
}

#[nova::client(platform = "echo")]
struct Echo;

fn limits() -> patch::RateLimit {
    patch::RateLimit::new().safety(1.0)
}

async fn client(account: &SharedLimiter, limits: patch::RateLimit) -> (Handle<Desk>, Server, Peer) {
    let (dialer, server) = venue();
    let patch = Patch::new().rate_limit(limits);
    let desk = nova::connect(Desk).share_limits(account).configure(patch).dialer(dialer).start().expect("started");
    let peer = server.ready().await;
    desk.wait_ready().await.expect("ready");
    (desk, server, peer)
}

/// Sends a value without waiting for its turn.
fn send(desk: &Handle<Desk>, value: Value, priority: Priority) -> tokio::task::JoinHandle<Result> {
    let (desk, outgoing) = (desk.clone(), Outgoing::from(value).priority(priority).timeout(secs(3_600)));
    tokio::spawn(async move { desk.send(outgoing).await })
}

/// Tells when the venue gets something of whom, in tenths of a second from now.
fn listen(peers: Vec<Peer>) -> mpsc::UnboundedReceiver<(usize, u128, Value)> {
    let (told, heard) = mpsc::unbounded_channel();
    let started = Instant::now();
    for (of, mut peer) in peers.into_iter().enumerate() {
        let told = told.clone();
        tokio::spawn(async move {
            loop {
                let value = peer.receive().await;
                let _ = told.send((of, started.elapsed().as_millis() / 100, value));
            }
        });
    }
    heard
}

async fn all(heard: &mut mpsc::UnboundedReceiver<(usize, u128, Value)>, for_secs: u64) -> Vec<(usize, u128)> {
    pass(secs(for_secs)).await;
    std::iter::from_fn(|| heard.try_recv().ok()).map(|(of, at, _)| (of, at)).collect()
}

#[tokio::test(start_paused = true)]
async fn together_they_never_exceed_the_limits_and_take_turns() {
    let account = SharedLimiter::new();
    let own = limits().capacity(Some(4)).refill(rate("2/s")).limit(rate("15/10s"));
    let (flood, _s, first) = client(&account, own).await;
    let (calm, _t, second) = client(&account, own).await;
    let mut heard = listen(vec![first, second]);
    for number in 0..200 {
        send(&flood, json!(number), Priority::Order);
    }
    settle().await;
    for number in 0..20 {
        send(&calm, json!(number), Priority::Order);
    }
    let heard = all(&mut heard, 60).await;
    for (_, from) in &heard {
        let within = |tenths: u128| heard.iter().filter(|(_, at)| (*from..from + tenths).contains(at)).count();
        assert!(within(10) <= 4 + 2 && within(100) <= 15, "{heard:?}");
    }
    let at_most = 15 * 6;
    assert!((at_most - 15..=at_most + 4).contains(&heard.len()), "{} of {at_most}", heard.len());
    // While both wait, each has every other turn.
    let turns: Vec<usize> = heard.iter().skip(4).map(|(of, _)| *of).take(40).collect();
    assert_eq!(turns.iter().filter(|of| **of == 1).count(), 20, "{turns:?}");
}

#[tokio::test(start_paused = true)]
async fn the_more_urgent_of_all_goes_first() {
    let account = SharedLimiter::new();
    let own = limits().capacity(Some(1)).refill(rate("1/s"));
    let (queries, _s, first) = client(&account, own).await;
    let (orders, _t, second) = client(&account, own).await;
    let mut heard = listen(vec![first, second]);
    for number in 0..4 {
        send(&queries, json!(number), Priority::Query);
        settle().await;
    }
    for number in 0..3 {
        send(&orders, json!(number), Priority::Cancel);
    }
    let heard = all(&mut heard, 30).await;
    assert_eq!(heard.iter().map(|(of, _)| *of).collect::<Vec<_>>(), [0, 1, 1, 1, 0, 0, 0]);
    assert_eq!(heard.iter().map(|(_, at)| *at).collect::<Vec<_>>(), [0, 10, 20, 30, 40, 50, 60], "no turn is lost");
}

#[tokio::test(start_paused = true)]
async fn topics_wait_for_the_account_too() {
    let account = SharedLimiter::new();
    let own = limits().capacity(Some(1)).refill(rate("1/10s"));
    let (orders, _s, _peer) = client(&account, own).await;
    let (topics, _t, mut second) = client(&account, own).await;
    let started = Instant::now();
    orders.send(json!("a")).await.expect("sent");
    let (confirmed, asked) = tokio::join!(topics.subscribe("a"), second.answer("subscribe", json!(["a"])));
    confirmed.expect("confirmed");
    assert_eq!((asked, started.elapsed().as_secs()), (json!(["a"]), 10));
}

#[tokio::test(start_paused = true)]
async fn a_client_that_is_away_or_over_keeps_nobody_waiting() {
    let account = SharedLimiter::new();
    let own = limits().capacity(Some(1)).refill(rate("1/s"));
    let (lost, server, first) = client(&account, own).await;
    let (stays, _t, second) = client(&account, own).await;
    let mut heard = listen(vec![second]);
    for number in 0..3 {
        send(&lost, json!(number), Priority::Cancel);
    }
    settle().await;
    let waiting = send(&stays, json!("b"), Priority::Order);
    // Its connection is lost, and there is no other.
    drop((first, server));
    assert_eq!(all(&mut heard, 2).await, [(0, 10)]);
    waiting.await.expect("no panic").expect("sent");

    let closing = send(&lost, json!("c"), Priority::Cancel);
    settle().await;
    lost.close().await;
    assert!(closing.await.expect("no panic").is_err());
    send(&stays, json!("b"), Priority::Order);
    assert_eq!(all(&mut heard, 2).await, [(0, 20)], "at once: two seconds have refilled it");
}

/// A dialer of addresses that answer the upgrade with "too many requests".
#[derive(Debug)]
struct Refusing;

impl Dialer for Refusing {
    fn dial(&self, _: &Endpoint) -> BoxFuture<'static, Result<BoxStream>> {
        use tokio::io::{AsyncReadExt, AsyncWriteExt};
        Box::pin(async {
            let (near, mut far) = tokio::io::duplex(4_096);
            tokio::spawn(async move {
                let mut request = [0; 1_024];
                let _ = far.read(&mut request).await;
                let answer = "HTTP/1.1 429 Too Many Requests\r\nRetry-After: 30\r\nContent-Length: 0\r\n\r\n";
                let _ = far.write_all(answer.as_bytes()).await;
            });
            Ok(Box::new(near) as BoxStream)
        })
    }
}

#[tokio::test(start_paused = true)]
async fn r024_what_one_client_is_told_to_wait_the_whole_account_waits() {
    let account = SharedLimiter::new();
    let own = limits().capacity(Some(5)).refill(rate("5/s"));
    let (stays, _s, peer) = client(&account, own).await;
    let patch = Patch::new().rate_limit(own);
    let refused =
        nova::connect(Desk).share_limits(&account).configure(patch).dialer(Refusing).start().expect("started");
    settle().await;
    let mut heard = listen(vec![peer]);
    send(&stays, json!("a"), Priority::Order);
    assert_eq!(all(&mut heard, 60).await, [(0, 300)]);
    refused.close().await;
}

#[tokio::test(start_paused = true)]
async fn clients_with_other_limits_or_of_another_platform_are_refused() {
    let account = SharedLimiter::new();
    let own = limits().capacity(Some(4)).refill(rate("2/s")).limit(rate("15/10s"));
    let (first, _s, _peer) = client(&account, own).await;
    let start = |limits: patch::RateLimit| {
        let connect = nova::connect(Desk).configure(Patch::new().rate_limit(limits)).dialer(Refusing);
        connect.share_limits(&account).start().map(|_| ())
    };
    for (other, expected) in [
        (
            own.capacity(Some(5)),
            "`rate_limit.capacity` was refused: clients that share limits have the same: it is 5 here and 4 there",
        ),
        (
            own.refill(rate("3/s")),
            "`rate_limit.refill` was refused: clients that share limits have the same: it is 3/s here and 2/s there",
        ),
        (
            own.limit(None),
            "`rate_limit.limit` was refused: clients that share limits have the same: it is off here and 15/10s there",
        ),
        (
            own.safety(0.5),
            "`rate_limit.safety` was refused: clients that share limits have the same: it is 0.5 here and 1 there",
        ),
    ] {
        assert_eq!(start(other).expect_err("refused").to_string(), expected);
    }
    let echo = nova::connect(Echo).dialer(Refusing).url("ws://echo.test").share_limits(&account).start();
    let expected = "`share_limits` was refused: the limits are those of `plain`, and this client's platform is `echo`";
    assert_eq!(echo.map(|_| ()).expect_err("refused").to_string(), expected);
    // What was changed since is no difference, and the mode is each client's own.
    first.limiter().set(own.capacity(Some(9))).expect("changed");
    start(own.mode(LimitMode::Reject)).expect("the same");
    assert!(matches!(start(own.capacity(Some(9))), Err(Error::Config { .. })));
}

/// A client whose profile shares limits over the cluster, with an account at the venue.
async fn node(cluster: &Local, key: &str) -> (Handle<Node>, Server, Peer) {
    let (dialer, server) = venue();
    let own = Patch::new().rate_limit(limits().capacity(Some(4)).refill(rate("2/s")));
    let node = nova::connect(Node).cluster(cluster.clone()).credentials(Credentials::key(key, "secret"));
    let node = node.configure(own).dialer(dialer).start().expect("started");
    let mut peer = server.accept().await;
    peer.answer("login", json!(0)).await;
    peer.answer("prepare", json!(0)).await;
    node.wait_ready().await.expect("ready");
    (node, server, peer)
}

#[nova::client(platform = Plain, profile = "financial", overrides(RateLimitHandler))]
struct Node;

impl RateLimitHandler for Node {
    fn cost(outgoing: &Outgoing, view: View<'_, Self>) -> u32 {
        if matches!(outgoing.method(), Some("prepare" | "login")) { 0 } else { view.inherited().cost(outgoing) }
    }
}

#[nova::client(platform = Plain, profile = "messaging")]
struct Alone;

#[tokio::test(start_paused = true)]
async fn nodes_with_one_account_share_its_limits_where_their_profile_says_so() {
    // Four may be sent at once: by both together, where they have one account.
    for (accounts, sent) in [(["a", "a"], 4), (["a", "b"], 8)] {
        let cluster = Local::new();
        let (one, _s, first) = node(&cluster, accounts[0]).await;
        let (two, _t, second) = node(&cluster, accounts[1]).await;
        let mut heard = listen(vec![first, second]);
        for number in 0..20 {
            send_as(&one, number);
            send_as(&two, number);
        }
        settle().await;
        assert_eq!(std::iter::from_fn(|| heard.try_recv().ok()).count(), sent, "{accounts:?}");
        let refused = nova::connect(Node).cluster(cluster.clone()).credentials(Credentials::key("a", "secret"));
        let refused = refused.dialer(Refusing).start().map(|_| ()).expect_err("other limits for the same account");
        assert!(refused.to_string().starts_with("`rate_limit.capacity` was refused: "), "{refused}");
        // A profile that shares none has its own, whatever they are, and so has a client of another cluster.
        let alone = nova::connect(Alone).cluster(cluster.clone()).credentials(Credentials::key("a", "secret"));
        alone.dialer(Refusing).start().expect("started").abort();
        let elsewhere = nova::connect(Node).cluster(Local::new()).credentials(Credentials::key("a", "secret"));
        elsewhere.dialer(Refusing).start().expect("started").abort();
    }
}

fn send_as(node: &Handle<Node>, number: u32) {
    let (node, outgoing) = (node.clone(), Outgoing::from(json!(number)).timeout(secs(3_600)));
    tokio::spawn(async move { node.send(outgoing).await });
}
