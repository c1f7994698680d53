//! Limits on the wire: what each setting of `rate_limit` does there, what a change of them keeps, and what a venue says of them.

use std::time::Duration;

use nova::{
    Credentials, Envelope, Error, ErrorClass, Handle, Inbound, Incoming, LimitMode, LimitNews, LoginContext, Outgoing,
    Params, Patch, Platform, PlatformSpec, Pool, Rate, RateLimitHandler, Result, Spec, View, patch,
};
use serde_json::{Value, json};
use tokio::time::Instant;

use crate::support::{Peer, Plain, Server, close_frame, rate, secs, settle, venue};

/// A venue with pools that says how much is left of them. Its first pool is for whatever is not a `read`.
#[derive(Clone, Copy, Debug, Default)]
struct Metered;

impl PlatformSpec for Metered {
    type Codec = nova::codec::Json;
    const SPEC: Spec = Spec::new("metered", "ws://venue.test/").pools(&[
        Pool::steady("requests", 10, Rate::new(1, Duration::from_secs(1))),
        Pool::fixed("reads", Rate::new(5, Duration::from_secs(10))),
        Pool::sliding("writes", Rate::new(2, Duration::from_secs(10))),
    ]);
}

impl Platform for Metered {
    type State = Option<LimitNews>;

    fn login(&self, _: &mut Self::State, credentials: &Credentials, context: LoginContext<'_>) -> Option<Outgoing> {
        Plain.login(&mut (), credentials, context)
    }

    fn subscribe(&self, _: &mut Self::State, channels: &[&str], params: &Params) -> Result<Outgoing> {
        Plain.subscribe(&mut (), channels, params)
    }

    fn cost(&self, outgoing: &Outgoing) -> (usize, u32) {
        let named = |name: &str| outgoing.text().is_some_and(|text| text.contains(name));
        if named("read") { (1, 1) } else { (if named("write") { 2 } else { 0 }, 1) }
    }

    fn receive<'f>(&self, state: &mut Self::State, incoming: Incoming<'f>) -> Result<Inbound<'f>> {
        let value: Value = serde_json::from_str(incoming.text.unwrap_or("null")).unwrap_or_default();
        let number = |name: &str| value[name].as_u64();
        *state = match (number("left"), number("pause")) {
            (Some(left), _) => Some(LimitNews::Remaining {
                pool: number("pool").and_then(|pool| usize::try_from(pool).ok()),
                remaining: u32::try_from(left).expect("small"),
                resets: number("resets").map(secs),
            }),
            (None, pause) => pause.map(|pause| LimitNews::Pause(secs(pause))),
        };
        if let Some(code) = value["refused"].as_i64() {
            let class = ErrorClass::RateLimited;
            return Ok(Inbound::Error(Error::Platform { class, code, message: "slow down".into(), data: None }));
        }
        Ok(Inbound::message(Envelope::whole(incoming.frame, incoming.text)))
    }

    fn limit_news(&self, state: &mut Self::State) -> Option<LimitNews> {
        state.take()
    }
}

#[nova::client(platform = Metered)]
struct Reader;

#[nova::client(platform = Plain, overrides(RateLimitHandler))]
struct Paced;

/// What the engine sends itself is free, so that the budget is the test's.
impl RateLimitHandler for Paced {
    fn cost(outgoing: &Outgoing, _: View<'_, Self>) -> u32 {
        u32::from(outgoing.method().is_none())
    }
}

fn limits() -> patch::RateLimit {
    patch::RateLimit::new().safety(1.0)
}

async fn paced(limits: patch::RateLimit) -> (Handle<Paced>, Server, Peer) {
    let (dialer, server) = venue();
    let desk = nova::connect(Paced).configure(Patch::new().rate_limit(limits)).dialer(dialer).start().expect("started");
    let peer = server.ready().await;
    desk.wait_ready().await.expect("ready");
    (desk, server, peer)
}

async fn reader() -> (Handle<Reader>, Server, Peer) {
    let (dialer, server) = venue();
    let desk = nova::connect(Reader).dialer(dialer).start().expect("started");
    let peer = server.accept().await;
    desk.wait_ready().await.expect("ready");
    (desk, server, peer)
}

/// Sends texts all at once, each with time enough.
fn send<C: nova::Client>(desk: &Handle<C>, texts: &[&'static str]) {
    for text in texts {
        let desk = desk.clone();
        let outgoing = Outgoing::from(json!(text)).timeout(secs(3_600));
        tokio::spawn(async move { desk.send(outgoing).await });
    }
}

/// When the venue gets the next sends, in tenths of a second from now, until none has come for five minutes.
async fn heard(peer: &mut Peer) -> Vec<u128> {
    let started = Instant::now();
    let mut heard = Vec::new();
    while peer.within(secs(300)).await.is_some() {
        heard.push(started.elapsed().as_millis() / 100);
    }
    heard
}

async fn five_sends(limits: patch::RateLimit) -> Vec<u128> {
    let (desk, _server, mut peer) = paced(limits).await;
    send(&desk, &["a"; 5]);
    heard(&mut peer).await
}

#[tokio::test(start_paused = true)]
async fn each_setting_shows_on_the_wire() {
    let base = limits().capacity(Some(2)).refill(rate("1/s"));
    let rows = [
        ("nothing", limits(), &[0, 0, 0, 0, 0][..]),
        ("capacity and refill", base, &[0, 0, 10, 20, 30]),
        ("another capacity", base.capacity(Some(4)), &[0, 0, 0, 0, 10]),
        ("the refill's count for a capacity", base.capacity(None).refill(rate("3/s")), &[0, 0, 0, 3, 6]),
        ("another refill", base.refill(rate("2/s")), &[0, 0, 5, 10, 15]),
        ("a window beside them", base.limit(rate("3/20s")), &[0, 0, 10, 200, 200]),
        ("another window", base.limit(rate("4/20s")), &[0, 0, 10, 20, 200]),
        ("half of the refill", base.safety(0.5), &[0, 0, 20, 40, 60]),
        ("half of a window", limits().limit(rate("4/20s")).safety(0.5), &[0, 0, 200, 200, 400]),
        ("refused over the limit", base.mode(LimitMode::Reject), &[0, 0]),
        ("sent over the limit", base.mode(LimitMode::Allow), &[0, 0, 0, 0, 0]),
    ];
    for (name, limits, expected) in rows {
        assert_eq!(five_sends(limits).await, expected, "{name}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_change_is_heeded_by_what_waits_and_keeps_what_was_used() {
    let (desk, _server, mut peer) = paced(limits().capacity(Some(4)).refill(rate("1/m"))).await;
    send(&desk, &["a"; 8]);
    settle().await;
    for _ in 0..4 {
        assert_eq!(peer.receive().await, "a");
    }
    peer.expect_silence(secs(30)).await;
    // Half a unit has come back, of the four that were used.
    desk.limiter().set(limits().capacity(Some(6)).refill(rate("1/10s"))).expect("changed");
    assert_eq!(heard(&mut peer).await, [0, 0, 50, 150], "six at once, of which three and a half are used");
    desk.limiter().set(limits().limit(rate("1/20s"))).expect("changed");
    send(&desk, &["a"; 3]);
    assert_eq!(heard(&mut peer).await, [0, 200, 400], "a limit that was off begins unused");
}

#[tokio::test(start_paused = true)]
async fn a_change_that_is_refused_changes_nothing_and_is_named() {
    let (desk, _server, mut peer) = paced(limits().capacity(Some(1)).refill(rate("1/s"))).await;
    let faster = limits().refill(rate("100/s"));
    for (wrong, field) in [
        (faster.capacity(Some(0)), "rate_limit.capacity"),
        (faster.limit(Some(Rate::new(0, secs(1)))), "rate_limit.limit"),
        (faster.safety(1.5), "rate_limit.safety"),
        (limits().refill(None), "rate_limit.capacity"),
        (faster.mode(LimitMode::Allow), "rate_limit.mode"),
    ] {
        let refused = desk.limiter().set(wrong);
        assert!(matches!(&refused, Err(Error::Config { field: named, .. }) if named == field), "{field}: {refused:?}");
    }
    send(&desk, &["a"; 3]);
    assert_eq!(heard(&mut peer).await, [0, 10, 20]);
    assert!(matches!(nova::SharedLimiter::new().set(faster), Err(Error::Config { .. })), "nobody uses it");
}

#[tokio::test(start_paused = true)]
async fn what_waits_and_fits_no_more_after_a_change_is_refused_and_holds_nobody_up() {
    let (desk, _server, mut peer) = reader().await;
    desk.limiter().set(limits().capacity(Some(4)).refill(rate("1/s"))).expect("a limit of its own");
    desk.send(Outgoing::from(json!("read")).cost(4)).await.expect("sent");
    let large = tokio::spawn({
        let desk = desk.clone();
        async move { desk.send(Outgoing::from(json!("large")).cost(3)).await }
    });
    settle().await;
    send(&desk, &["other"]);
    settle().await;
    desk.limiter().set(limits().capacity(Some(2))).expect("changed");
    let refused = large.await.expect("no panic");
    assert!(matches!(&refused, Err(Error::Config { field, .. }) if field == "rate_limit.capacity"), "{refused:?}");
    assert_eq!(peer.receive().await, "read");
    assert_eq!(heard(&mut peer).await, [30], "four are used, and two are too many");
}

#[tokio::test(start_paused = true)]
async fn pools_of_every_kind_hold_on_the_wire() {
    let (desk, _server, mut peer) = reader().await;
    desk.limiter().set(limits()).expect("nothing but the venue's own");
    send(&desk, &["read"; 7]);
    assert_eq!(heard(&mut peer).await, [0, 0, 0, 0, 0, 100, 100], "a fixed window");
    send(&desk, &["write"; 5]);
    assert_eq!(heard(&mut peer).await, [0, 0, 100, 100, 200], "a window of any beginning");
    send(&desk, &["other"; 12]);
    assert_eq!(heard(&mut peer).await, [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 10, 20], "a bucket");
}

#[tokio::test(start_paused = true)]
async fn what_the_venue_says_of_its_limits_is_heeded() {
    let (desk, _server, mut peer) = reader().await;
    desk.limiter().set(limits()).expect("nothing but the venue's own");
    peer.send(json!({"left": 1, "pool": 1, "resets": 4})).await;
    settle().await;
    send(&desk, &["read"; 3]);
    assert_eq!(heard(&mut peer).await, [0, 40, 40], "one is left, and the window ends in four seconds");

    peer.send(json!({"pause": 30})).await;
    settle().await;
    send(&desk, &["other", "read"]);
    assert_eq!(heard(&mut peer).await, [300, 300]);

    desk.limiter().set(limits().capacity(Some(5)).refill(rate("1/s"))).expect("a limit of its own");
    peer.send(json!({"left": 2})).await;
    settle().await;
    send(&desk, &["other"; 3]);
    assert_eq!(heard(&mut peer).await, [0, 0, 10]);
}

#[tokio::test(start_paused = true)]
async fn what_is_known_of_the_limits_elsewhere_is_heeded() {
    let (desk, _server, mut peer) = reader().await;
    desk.limiter().set(limits().capacity(Some(3)).refill(rate("1/s"))).expect("a limit of its own");
    desk.limiter().set_remaining_in("reads", 2).expect("there is such a pool");
    send(&desk, &["read"; 3]);
    assert_eq!(heard(&mut peer).await, [0, 0, 100]);
    desk.limiter().set_remaining(1);
    send(&desk, &["other"; 2]);
    assert_eq!(heard(&mut peer).await, [0, 10]);
    desk.limiter().penalise(secs(7));
    send(&desk, &["other"]);
    assert_eq!(heard(&mut peer).await, [70]);
    let unknown = desk.limiter().set_remaining_in("orders", 2).expect_err("no such pool");
    assert_eq!(unknown.to_string(), "`pool` was refused: there is no pool `orders`, but `requests`, `reads`, `writes`");
}

#[tokio::test(start_paused = true)]
async fn r077_an_error_that_says_too_many_requests_keeps_everything_back_for_a_second() {
    let (desk, _server, mut peer) = reader().await;
    peer.send(json!({"refused": 10_006})).await;
    settle().await;
    send(&desk, &["other", "read"]);
    assert_eq!(heard(&mut peer).await, [10, 10]);
}

#[tokio::test(start_paused = true)]
async fn r058_a_venue_that_asks_to_come_back_later_gets_half_the_rate_for_a_minute() {
    let (desk, server, mut peer) = paced(limits().capacity(Some(1)).refill(rate("1/s"))).await;
    peer.send_frame(close_frame(1013, "")).await;
    let closed = Instant::now();
    let mut peer = server.ready().await;
    desk.wait_ready().await.expect("ready");
    assert!((secs(5)..=secs(31)).contains(&closed.elapsed()), "{:?}", closed.elapsed());
    send(&desk, &["a"; 40]);
    let mut at = Vec::new();
    for _ in 0..40 {
        peer.receive().await;
        at.push(closed.elapsed().as_millis());
    }
    for pair in at.windows(2) {
        let between = if pair[1] <= 60_000 { 1_990..=2_010 } else { 990..=2_010 };
        assert!(between.contains(&(pair[1] - pair[0])), "{pair:?}");
    }
    assert!(at[39] - at[38] < 1_010, "all of it again: {at:?}");
}
