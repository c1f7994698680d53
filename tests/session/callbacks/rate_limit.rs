//! `RateLimitHandler`, and the settings of `rate_limit` on what a user sends.

use nova::{
    Admission, Context, Error, Event, Handle, LimitMode, Limited, LimiterView, Outgoing, Patch, RateLimitHandler, View,
    patch,
};
use serde_json::json;
use tokio::time::Instant;

use super::{Notes, ready};
use crate::support::{Plain, pass, secs, settle, venue};

/// What the engine sends itself is free, so that the budget is the test's.
fn only_texts(outgoing: &Outgoing) -> u32 {
    u32::from(outgoing.method().is_none())
}

#[tokio::test(start_paused = true)]
async fn check_rate_limit_decides_whatever_the_limiter_thinks() {
    static NOTES: Notes = Notes::new();

    #[nova::client(
        platform = Plain, rate_limit(capacity = 1, refill = "1/s", safety = 1.0, mode = "reject"),
        overrides(RateLimitHandler),
    )]
    struct Desk;

    impl RateLimitHandler for Desk {
        fn cost(outgoing: &Outgoing, _: View<'_, Self>) -> u32 {
            only_texts(outgoing)
        }

        fn check_rate_limit(outgoing: &Outgoing, limiter: &LimiterView, view: View<'_, Self>) -> Admission {
            let LimiterView { cost, wait, waiting, mode, .. } = limiter;
            let text = outgoing.text().unwrap_or_default();
            NOTES.write(format!("{text}: {cost} {}s {waiting} {mode}", wait.as_secs()));
            match text {
                "\"never\"" => Admission::Reject,
                "\"now\"" => Admission::Allow,
                "\"later\"" => Admission::Queue,
                _ => view.inherited().check_rate_limit(outgoing, limiter),
            }
        }
    }

    let (desk, _server, mut peer) = ready(Desk).await;
    let send = async |text: &str| desk.send(json!(text)).await;
    assert!(matches!(send("never").await, Err(Error::RateLimited { .. })));
    send("first").await.expect("there is room");
    assert!(matches!(send("second").await, Err(Error::RateLimited { retry_after }) if retry_after == secs(1)));
    send("now").await.expect("allowed");
    let started = Instant::now();
    send("later").await.expect("queued");
    assert_eq!(started.elapsed().as_secs(), 2, "what was allowed beyond the limit is paid for");
    for text in ["first", "now", "later"] {
        assert_eq!(peer.receive().await, text);
    }
    let asked = ["never\": 1 0s", "first\": 1 0s", "second\": 1 1s", "now\": 1 1s", "later\": 1 2s"];
    assert_eq!(NOTES.take(), asked.map(|asked| format!("\"{asked} 0 reject")));
}

#[tokio::test(start_paused = true)]
async fn cost_is_what_the_limiter_takes() {
    #[nova::client(
        platform = Plain, rate_limit(capacity = 5, refill = "1/s", safety = 1.0, mode = "queue"),
        overrides(RateLimitHandler),
    )]
    struct Desk;

    impl RateLimitHandler for Desk {
        fn cost(outgoing: &Outgoing, view: View<'_, Self>) -> u32 {
            match outgoing.text() {
                Some("\"heavy\"") => 5,
                Some("\"free\"") => 0,
                Some("\"too heavy\"") => 6,
                _ if outgoing.method() == Some("subscribe") => 3,
                _ if outgoing.method().is_some() => 0,
                _ => view.inherited().cost(outgoing),
            }
        }
    }

    let (desk, _server, mut peer) = ready(Desk).await;
    let started = Instant::now();
    for (text, at) in [("heavy", 0), ("free", 0), ("light", 1), ("light", 2), ("heavy", 7)] {
        desk.send(json!(text)).await.expect("sent");
        assert_eq!((text, started.elapsed().as_secs()), (text, at));
        assert_eq!(peer.receive().await, text);
    }
    let (confirmed, _) = tokio::join!(desk.subscribe("a"), peer.answer("subscribe", json!(["a"])));
    confirmed.expect("confirmed");
    assert_eq!(started.elapsed().as_secs(), 10, "topics are paced by it too");
    let refused = desk.send(json!("too heavy")).await;
    assert!(matches!(&refused, Err(Error::Config { field, .. }) if field == "rate_limit.capacity"), "{refused:?}");
}

#[tokio::test(start_paused = true)]
async fn handle_limited_is_told_of_what_was_held_back_or_refused() {
    static NOTES: Notes = Notes::new();

    #[nova::client(
        platform = Plain, rate_limit(capacity = 1, refill = "1/s", safety = 1.0, mode = "queue"),
        overrides(RateLimitHandler),
    )]
    struct Desk;

    impl RateLimitHandler for Desk {
        fn cost(outgoing: &Outgoing, _: View<'_, Self>) -> u32 {
            u32::from(outgoing.method() != Some("prepare"))
        }

        fn check_rate_limit(outgoing: &Outgoing, limiter: &LimiterView, view: View<'_, Self>) -> Admission {
            let inherited = view.inherited().check_rate_limit(outgoing, limiter);
            if outgoing.method() == Some("cancel") { Admission::Reject } else { inherited }
        }

        async fn handle_limited(&mut self, limited: &Limited, cx: &mut Context<'_, Self>) {
            let Limited { method, cost, wait, rejected, .. } = limited;
            NOTES.write(format!("{method:?} {cost} {}s {rejected}", wait.as_secs()));
            cx.inherited().handle_limited(limited).await;
        }
    }

    let (desk, _server, mut peer) = ready(Desk).await;
    let mut events = desk.events();
    desk.send(json!("first")).await.expect("sent");
    settle().await;
    assert!(NOTES.take().is_empty(), "nothing was limited yet");
    let refused = desk.call::<i64>("cancel", json!({})).await;
    assert!(matches!(refused, Err(Error::RateLimited { .. })), "{refused:?}");
    let call = tokio::spawn({
        let desk = desk.clone();
        async move { desk.call::<i64>("buy", json!({})).await }
    });
    settle().await;
    assert_eq!(NOTES.take(), [r#"Some("cancel") 1 1s true"#, r#"Some("buy") 1 1s false"#]);
    assert_eq!(peer.receive().await, "first");
    peer.answer("buy", json!(5)).await;
    assert_eq!(call.await.expect("no panic").expect("answered"), 5);
    let told = std::iter::from_fn(|| events.try_next()).filter(|event| matches!(event, Event::Limited(_)));
    assert_eq!(told.count(), 2);
}

#[nova::client(platform = Plain, overrides(RateLimitHandler))]
struct Paced;

impl RateLimitHandler for Paced {
    fn cost(outgoing: &Outgoing, _: View<'_, Self>) -> u32 {
        only_texts(outgoing)
    }
}

/// Five sends at once by a client that may send two and one more each second: when each left, or `None` for those refused.
async fn five_sends(mode: LimitMode) -> Vec<Option<u64>> {
    let (dialer, server) = venue();
    let limit = patch::RateLimit::new().capacity(Some(2)).refill(Some("1/s".parse().expect("a rate"))).safety(1.0);
    let settings = Patch::new().rate_limit(limit.mode(mode));
    let desk: Handle<Paced> = nova::connect(Paced).configure(settings).dialer(dialer).start().expect("started");
    let mut peer = server.ready().await;
    desk.wait_ready().await.expect("ready");
    let started = Instant::now();
    let sends: Vec<_> = (0..5)
        .map(|number| {
            let desk = desk.clone();
            tokio::spawn(async move {
                match desk.send(json!(number)).await {
                    Ok(()) => Some(started.elapsed().as_secs()),
                    Err(Error::RateLimited { retry_after }) if retry_after == secs(1) => None,
                    Err(error) => panic!("{error}"),
                }
            })
        })
        .collect();
    let mut left = Vec::new();
    for send in sends {
        left.push(send.await.expect("no panic"));
    }
    pass(secs(1)).await;
    for number in (0..5).filter(|number| left[*number].is_some()) {
        assert_eq!(peer.receive().await, number, "in the order of the calls");
    }
    peer.expect_silence(secs(10)).await;
    left
}

#[tokio::test(start_paused = true)]
async fn the_mode_says_what_becomes_of_sends_over_the_limit() {
    assert_eq!(five_sends(LimitMode::Queue).await, [Some(0), Some(0), Some(1), Some(2), Some(3)]);
    assert_eq!(five_sends(LimitMode::Reject).await, [Some(0), Some(0), None, None, None]);
    assert_eq!(five_sends(LimitMode::Allow).await, [Some(0); 5]);
}
