//! Books: what is lost, repeated or out of order is told, and no change is ever delivered over a hole.

use std::time::Duration;

use nova::{
    GapCause, Handle, Item,
    book::{Books, Rule},
    platform::{Bybit as Platform, bybit::Market},
    test::venue::Bybit,
};
use serde_json::{Value, json};
use tokio::time::{Instant, timeout_at};

use super::support::{Desk, connect, dialer, items, ready, venue};

const BOOK: &str = "orderbook.50.BTCUSDT";
const OTHER: &str = "orderbook.50.ETHUSDT";

/// What was delivered of a book, in short: `S` a snapshot, `d` a change that follows, `G` a gap by the numbers, `R` one by a lost link.
/// Whatever follows nothing fails the test.
fn story(items: &[Item<nova::Raw>], topic: &str) -> String {
    let mut last = None;
    let mut story = String::new();
    for item in items {
        match item {
            Item::Message(raw) if raw.channel() == Some(topic) => {
                let frame: Value = raw.data().expect("a frame");
                let number = frame["data"]["u"].as_u64();
                if frame["type"] == "delta" {
                    assert_eq!(number, last.map(|last: u64| last + 1), "a change over a hole was delivered");
                    story.push('d');
                } else {
                    story.push('S');
                }
                last = number;
            }
            Item::Gap(gap) if &*gap.topic == topic => {
                last = None;
                story.push(if matches!(gap.cause, GapCause::Sequence { .. }) { 'G' } else { 'R' });
            }
            Item::Message(_) | Item::Gap(_) => {}
            other => panic!("{other:?}"),
        }
    }
    story
}

async fn told(desk: &Handle<Desk>, ticks: u64) -> Vec<Item<nova::Raw>> {
    items(desk, Duration::from_millis(100 * ticks)).await
}

#[tokio::test(start_paused = true)]
async fn r074_a_lost_a_repeated_and_a_reordered_change_give_exactly_the_right_items() {
    type Break = fn(&Bybit) -> bool;
    let breaks: [(&str, Break, &str); 4] = [
        ("nothing", |_| true, "ddddd"),
        ("lost", |venue| venue.lose_next(BOOK), "GSddd"),
        ("repeated", |venue| venue.repeat_next(BOOK), "ddddd"),
        // The first of the two follows nothing, and what came late is older than the new snapshot.
        ("reordered", |venue| venue.swap_next(BOOK), "GSddd"),
    ];
    for endpoint in [Platform::linear(), Platform::spot()] {
        for (name, disturb, expected) in breaks {
            let venue = venue(Bybit::builder());
            let desk = connect(&venue, endpoint.clone()).await.expect("ready");
            desk.subscribe_many([BOOK, OTHER]).await.expect("confirmed");
            let first = told(&desk, 5).await;
            assert!(disturb(&venue));
            let all: Vec<_> = first.into_iter().chain(told(&desk, 5).await).collect();
            let (mine, other) = (story(&all, BOOK), story(&all, OTHER));
            assert_eq!(&mine[mine.len() - expected.len()..], expected, "{name}: {mine}");
            assert!(mine.starts_with("Sddd") && mine.matches('G').count() <= 1, "{name}: {mine}");
            assert_eq!(
                other.trim_start_matches('S').trim_matches('d'),
                "",
                "{name}: the other book has lost nothing: {other}"
            );
            let again = if expected.contains('G') { vec![json!([BOOK])] } else { Vec::new() };
            assert_eq!(venue.requests("unsubscribe"), again, "{name}");
            assert_eq!(venue.requests("subscribe").len(), 1 + again.len(), "{name}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_service_that_begins_anew_is_a_snapshot_and_no_hole() {
    let venue = venue(Bybit::builder());
    let desk = connect(&venue, Platform::linear()).await.expect("ready");
    desk.subscribe_many([BOOK, "orderbook.1.BTCUSDT"]).await.expect("confirmed");
    let mut all = told(&desk, 5).await;
    venue.restart_books();
    all.extend(told(&desk, 5).await);
    let story_of_book = story(&all, BOOK);
    assert!(story_of_book.starts_with("Sdd") && story_of_book.contains("dSdd"), "{story_of_book}");
    assert!(!story_of_book.contains('G') && venue.requests("unsubscribe").is_empty(), "{story_of_book}");
    assert_eq!(story(&all, "orderbook.1.BTCUSDT").trim_matches('S'), "", "depth 1 tells snapshots only");
}

#[tokio::test(start_paused = true)]
async fn a_lost_link_is_one_gap_before_the_new_snapshot() {
    let venue = venue(Bybit::builder());
    let desk = connect(&venue, Platform::linear()).await.expect("ready");
    desk.subscribe(BOOK).await.expect("confirmed");
    let mut all = told(&desk, 3).await;
    venue.cut();
    ready(&desk, 2).await;
    all.extend(told(&desk, 3).await);
    let story = story(&all, BOOK);
    assert!(story.contains("dRSd"), "{story}");
}

#[tokio::test(start_paused = true)]
async fn the_check_of_the_numbers_can_be_switched_off() {
    let venue = venue(Bybit::builder());
    let desk = connect(&venue, Platform::linear().unchecked()).await.expect("ready");
    desk.subscribe(BOOK).await.expect("confirmed");
    told(&desk, 5).await;
    assert!(venue.lose_next(BOOK));
    let items = told(&desk, 5).await;
    assert!(items.iter().all(|item| matches!(item, Item::Message(_))), "{items:?}");
    assert!(venue.requests("unsubscribe").is_empty());
}

/// Hears books.
#[nova::client(platform = "bybit", profile = "financial", message = Market)]
struct Prices;

#[tokio::test(start_paused = true)]
async fn order_books_kept_from_the_messages_are_whole_at_every_moment_whatever_is_lost() {
    let venue = venue(Bybit::builder());
    let endpoint = Platform::linear().at("ws://venue.test");
    let prices = nova::connect(Prices).platform(endpoint).dialer(dialer(&venue)).await.expect("ready");
    prices.subscribe_many([BOOK, OTHER, "orderbook.1.BTCUSDT"]).await.expect("confirmed");
    let (mut books, mut applied, mut emptied) = (Books::new(Rule::IncrementFromOne), 0, 0);
    let breaks: [fn(&Bybit); 5] = [
        |venue| assert!(venue.lose_next(BOOK)),
        |venue| assert!(venue.swap_next(OTHER)),
        |venue| assert!(venue.repeat_next(BOOK)),
        Bybit::restart_books,
        |venue| assert_eq!(venue.cut(), 1),
    ];
    for disturb in breaks {
        let end = Instant::now() + Duration::from_secs(10);
        while let Ok(item) = timeout_at(end, prices.next()).await {
            match item.expect("alive") {
                Item::Message(Market::Book(push)) => {
                    books.apply(&push.topic, &push).expect("no hole and nothing crossed");
                    assert!(books.get(&push.topic).is_some_and(|book| book.top().is_some()), "{push:?}");
                    applied += 1;
                }
                Item::Gap(gap) => {
                    books.gap(&gap);
                    assert!(books.get(&gap.topic).is_none_or(|book| book.top().is_none()), "{gap:?}");
                    emptied += 1;
                }
                other => panic!("{other:?}"),
            }
        }
        disturb(&venue);
    }
    assert!(applied > 1_000, "{applied}");
    assert_eq!(emptied, 2, "one hole each");
}
