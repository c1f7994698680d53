//! Topics at the local venue: asked for at its pace, confirmed by its list, healed one by one.

use std::{collections::BTreeSet, time::Duration};

use nova::{
    Error, GapCause, Item, Patch, patch,
    test::{Direction, Line, venue::Deribit},
};
use serde_json::{Value, json};
use tokio::time::{Instant, sleep, timeout, timeout_at};

use crate::support::{Chains, Desk, login, message, methods, notifications, ready, venue};

const HOUR: Duration = Duration::from_secs(3_600);

/// 1,200 topics of 400 options, none of which ever speaks but for its first word.
fn many() -> (Vec<String>, Vec<String>) {
    let names: Vec<String> = (1..=400).map(|at| format!("BTC-26DEC31-{}-C", at * 1_000)).collect();
    let topics = names.iter().flat_map(|name| ["book", "ticker", "trades"].map(|kind| format!("{kind}.{name}.100ms")));
    let topics = topics.collect();
    (names, topics)
}

/// No request for topics was refused: neither with an error, nor by the end of the connection.
fn no_refusal(lines: &[Line]) {
    if let Some(line) = lines.iter().find(|line| line.text.contains(r#""code":10028"#)) {
        panic!("{line:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn many_topics_are_asked_for_as_fast_as_the_credits_allow_and_no_faster() {
    // Ten at once are free, then 3,000 of 10,000 credits a second each.
    for (chunk, requests) in [(250, 5_u32), (10, 120), (3, 400)] {
        let (names, topics) = many();
        let (venue, dialer) = venue(Deribit::builder().instruments(names).tick(Duration::from_secs(86_400)));
        let settings = Patch::new().subscriptions(patch::Subscriptions::new().chunk(chunk));
        let desk = login(dialer).configure(settings).await.expect("ready");
        let started = Instant::now();
        // Against the order in which they are asked for: the first to be waited for is the last to come.
        let subscribed = timeout(HOUR, desk.subscribe_many(topics.iter().rev().cloned())).await;
        let subscribed = subscribed.expect("it converges").expect("alive");
        let took = started.elapsed();
        assert!(subscribed.rejected.is_empty(), "{:?}", subscribed.rejected.first());
        assert_eq!(venue.subscribed(), topics.iter().cloned().collect::<BTreeSet<_>>().into_iter().collect::<Vec<_>>());
        assert_eq!(venue.requests("public/subscribe").len(), requests as usize);
        let least = Duration::from_millis(300) * requests.saturating_sub(10);
        println!("1,200 topics in {requests} requests took {took:?}; the credits allow {least:?}");
        // nova keeps a twentieth of the refill in reserve, for clocks that differ.
        let own = least.div_f64(desk.config().rate_limit.safety) + Duration::from_millis(10);
        assert!(took >= least && took <= own, "{took:?} is not between {least:?} and {own:?}");

        venue.cut();
        let restored = timeout(HOUR, ready(&desk, 2)).await.expect("it converges");
        println!("restored in {:?}", restored.after);
        assert_eq!(restored.to, nova::State::Ready { missing: 0 });
        assert_eq!(venue.subscribed().len(), topics.len());
        assert_eq!(venue.connected(), 2);
        no_refusal(&venue.transcript());
    }
}

#[tokio::test(start_paused = true)]
async fn private_topics_are_restored_before_public_ones_and_behind_the_login() {
    let (venue, dialer) = venue(Deribit::builder());
    let desk = login(dialer).await.expect("ready");
    let topics =
        ["book.BTC-PERPETUAL.raw", "user.orders.any.any.raw", "ticker.BTC-PERPETUAL.100ms", "user.portfolio.btc"];
    desk.subscribe_many(topics).await.expect("alive");
    sleep(Duration::from_secs(60)).await;
    venue.cut();
    ready(&desk, 2).await;
    let restore = ["public/auth", "public/set_heartbeat", "private/subscribe", "public/subscribe"];
    assert_eq!(methods(&venue, 2), restore);
    assert_eq!(venue.subscribed().len(), 4);
    assert_eq!(
        venue.requests("private/subscribe").last(),
        Some(&json!({ "channels": ["user.orders.any.any.raw", "user.portfolio.btc"] }))
    );
}

#[tokio::test(start_paused = true)]
async fn a_raw_topic_without_a_login_is_refused_with_the_reason_and_takes_no_other_with_it() {
    let (venue, dialer) = venue(Deribit::builder());
    let desk = nova::connect(Desk).dialer(dialer).await.expect("ready");
    let topics = ["book.BTC-PERPETUAL.100ms", "book.BTC-PERPETUAL.raw", "ticker.BTC-PERPETUAL.100ms"];
    let subscribed = desk.subscribe_many(topics).await.expect("alive");
    let [(topic, Error::Subscription { reason, .. })] = &subscribed.rejected[..] else { panic!("{subscribed:?}") };
    assert_eq!(topic, topics[1]);
    assert!(reason.contains("needs a login") && reason.contains("100ms"), "{reason}");
    assert_eq!(venue.subscribed(), [topics[0], topics[2]]);
    assert_eq!(desk.wanted(), [topics[0], topics[2]]);
    venue.cut();
    ready(&desk, 2).await;
    assert_eq!(venue.subscribed(), [topics[0], topics[2]], "what was refused is not asked for again");
    assert_eq!(venue.connected(), 2);
}

#[tokio::test(start_paused = true)]
async fn a_misspelt_topic_is_refused_while_the_others_live() {
    let (venue, dialer) = venue(Deribit::builder());
    let desk = login(dialer).await.expect("ready");
    let topics = ["book.BTC_PERPETUAL.raw", "trades.BTC-PERPETUAL.raw", "nonsense.X", "quote.BTC-PERPETUAL"];
    let subscribed = desk.subscribe_many(topics).await.expect("alive");
    assert_eq!(subscribed.confirmed, [topics[1], topics[3]]);
    for ((topic, error), misspelt) in subscribed.rejected.iter().zip([topics[0], topics[2]]) {
        assert!(topic == misspelt && error.to_string().contains(misspelt), "{error}");
    }
    assert_eq!(message(&desk).await.channel(), Some("quote.BTC-PERPETUAL"));
    assert_eq!(venue.connected(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_topic_that_the_venue_takes_away_is_told_after_the_next_reconnect() {
    let (venue, dialer) = venue(Deribit::builder());
    let desk = login(dialer).await.expect("ready");
    desk.subscribe_many(["quote.BTC-PERPETUAL", "quote.ETH-PERPETUAL"]).await.expect("alive");
    let mut events = desk.events();
    venue.reject_topic("quote.ETH-PERPETUAL");
    sleep(Duration::from_secs(60)).await;
    venue.cut();
    ready(&desk, 2).await;
    assert_eq!(venue.subscribed(), ["quote.BTC-PERPETUAL"]);
    let rejected = std::iter::from_fn(|| events.try_next()).find_map(|event| match event {
        nova::Event::Rejected { topic, error } => Some((topic, error)),
        _ => None,
    });
    assert!(matches!(&rejected, Some((topic, _)) if &**topic == "quote.ETH-PERPETUAL"), "{rejected:?}");
}

/// When each request for `method` came, and when it was answered.
fn hands(venue: &Deribit, method: &str) -> impl Iterator<Item = (Duration, Duration)> {
    let lines = venue.transcript();
    let asked: Vec<Line> = lines.iter().filter(|line| line.json()["method"] == method).cloned().collect();
    asked.into_iter().map(move |line| {
        let id = line.json()["id"].take();
        let answers = |answer: &&Line| answer.direction == Direction::Out && answer.json()["id"] == id;
        (line.at, lines.iter().find(answers).expect("answered").at)
    })
}

#[tokio::test(start_paused = true)]
async fn r074_a_hole_in_a_book_is_one_gap_and_a_resubscribe_of_that_channel_alone() {
    let (venue, dialer) = venue(Deribit::builder());
    let desk = login(dialer).await.expect("ready");
    // Answers take their time, so that asking anew before the end is confirmed would show.
    venue.delay_replies(Duration::from_millis(550));
    let (holed, whole) = ("book.BTC-PERPETUAL.100ms", "book.ETH-PERPETUAL.100ms");
    desk.subscribe_many([holed, whole, "trades.BTC-PERPETUAL.raw"]).await.expect("alive");
    let (mut chains, mut gaps, mut of_others) = (Chains::default(), Vec::new(), Vec::new());
    for round in 1..=3 {
        let end = Instant::now() + Duration::from_millis(9_950);
        while let Ok(item) = timeout_at(end, desk.next()).await {
            match item.expect("alive") {
                Item::Message(raw) => {
                    chains.take(&raw);
                    if raw.channel() != Some(holed) {
                        of_others.push(raw.text().expect("text").to_owned());
                    }
                }
                Item::Gap(gap) => gaps.push(gap),
                other => panic!("{other:?}"),
            }
        }
        assert_eq!(gaps.len(), round - 1, "{gaps:?}");
        assert!(venue.skip_change("BTC-PERPETUAL") || round == 3);
    }
    for gap in &gaps {
        assert_eq!((&*gap.topic, gap.epoch), (holed, 1));
        assert!(matches!(gap.cause, GapCause::Sequence { .. }), "{gap:?}");
    }
    let only = json!({ "channels": [holed] });
    assert_eq!(venue.requests("public/unsubscribe"), [only.clone(), only.clone()]);
    assert_eq!(venue.requests("public/subscribe")[1..], [only.clone(), only]);
    for (unsubscribed, resubscribed) in
        hands(&venue, "public/unsubscribe").zip(hands(&venue, "public/subscribe").skip(1))
    {
        assert!(unsubscribed.1 <= resubscribed.0, "asked for before the end of it was confirmed");
    }
    let sent: Vec<String> = notifications(&venue, 1).into_iter().filter(|text| !text.contains(holed)).collect();
    assert_eq!(of_others, sent, "the other channels have lost nothing");
    assert!(chains.changes > 400, "{}", chains.changes);
}

#[tokio::test(start_paused = true)]
async fn news_before_its_acknowledgement_is_not_lost() {
    let builder = Deribit::builder().early_notifications(true);
    let (venue, dialer) = venue(builder);
    let desk = login(dialer).await.expect("ready");
    for epoch in 1..=2 {
        if epoch == 1 {
            desk.subscribe("book.BTC-PERPETUAL.raw").await.expect("confirmed");
        } else {
            sleep(Duration::from_secs(1)).await;
            while let Ok(item) = timeout_at(Instant::now(), desk.next()).await {
                assert!(matches!(item, Some(Item::Message(_))), "{item:?}");
            }
            venue.cut();
            let gap = desk.next().await;
            assert!(matches!(&gap, Some(Item::Gap(gap)) if gap.cause == GapCause::Reconnected), "{gap:?}");
        }
        let first: Value = message(&desk).await.data().expect("a book");
        assert_eq!(first["type"], "snapshot", "connection {epoch} begins with the book");
    }
}
