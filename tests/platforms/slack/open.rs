//! Asking for an address: refused for good, for a while, too often, not at all; and what of it is shown.

use std::time::Duration;

use nova::{Credentials, Error, ErrorClass, Item, State, platform::Slack as Platform, test::venue::Slack};
use tokio::time::{Instant, sleep};

use super::support::{App, cause, connect, dialer, ready, venue};

#[tokio::test(start_paused = true)]
async fn each_connection_asks_for_its_own_address_and_says_hello_first() {
    let venue = venue(Slack::builder());
    let app = connect(&venue).await.expect("ready");
    for epoch in 2..=3 {
        sleep(Duration::from_secs(60)).await;
        assert_eq!(venue.cut(), 1);
        ready(&app, epoch).await;
    }
    assert_eq!((venue.opens(), venue.connected()), (3, 3));
    for _ in 0..3 {
        assert!(matches!(app.next().await, Some(Item::Message(nova::platform::slack::Feed::Hello(_)))));
    }
}

#[tokio::test(start_paused = true)]
async fn a_wrong_token_is_tried_once_more_and_then_is_the_end() {
    let venue = venue(Slack::builder());
    let wrong = Credentials::token("xapp-1-A0001-1-wrong");
    let platform = Platform::new().at(venue.api());
    let app = nova::connect(App).platform(platform).dialer(dialer(&venue)).credentials(wrong);
    let error = app.await.expect_err("refused");
    assert!(format!("{error:?}").contains("invalid_auth"), "{error:?}");
    assert!(!format!("{error:?} {error}").contains("wrong"), "{error:?}");
    assert_eq!((error.class(), venue.opens(), venue.connected()), (ErrorClass::Authentication, 2, 0));
}

#[tokio::test(start_paused = true)]
async fn what_cannot_heal_ends_at_once_in_words_that_help() {
    for (word, help) in [
        ("missing_scope", "connections:write"),
        ("not_allowed_token_type", "xapp-"),
        ("account_inactive", "refused the app-level token"),
    ] {
        let venue = venue(Slack::builder());
        venue.refuse_opens(1, word);
        let error = connect(&venue).await.expect_err("refused");
        assert!(error.to_string().contains(help) && error.class() == ErrorClass::Critical, "{error}");
        assert_eq!(venue.opens(), 1);
    }
    let venue = venue(Slack::builder());
    let nobody = nova::connect(App).platform(Platform::new().at(venue.api())).dialer(dialer(&venue));
    let error = nobody.await.expect_err("no token").to_string();
    assert!(error.contains("xapp-") && venue.opens() == 0, "{error}");
}

#[tokio::test(start_paused = true)]
async fn trouble_of_slacks_is_waited_out() {
    let venue = venue(Slack::builder());
    venue.refuse_opens(1, "fatal_error");
    venue.refuse_opens(1, "a_word_that_is_new");
    venue.break_opens(1, 500);
    venue.refuse_connections(1, 503);
    connect(&venue).await.expect("ready at the fifth attempt");
    assert_eq!((venue.opens(), venue.connected()), (5, 1));
}

#[tokio::test(start_paused = true)]
async fn r077_too_many_requests_are_waited_out_as_long_as_slack_says() {
    for (seconds, least) in [(Some(7), 7), (Some(60), 60), (None, 30)] {
        let venue = venue(Slack::builder());
        venue.limit_opens(1, seconds);
        let started = Instant::now();
        connect(&venue).await.expect("ready");
        let waited = started.elapsed().as_secs();
        assert!((least..=least + 2).contains(&waited), "{seconds:?}: {waited} s");
    }
    let venue = venue(Slack::builder());
    venue.refuse_opens(1, "ratelimited");
    let started = Instant::now();
    connect(&venue).await.expect("ready");
    assert!((30..=32).contains(&started.elapsed().as_secs()), "{:?}", started.elapsed());
}

#[tokio::test(start_paused = true)]
async fn a_request_that_is_not_answered_ends_at_the_connect_deadline() {
    let venue = venue(Slack::builder());
    venue.stall_opens(1);
    let started = Instant::now();
    let app = connect(&venue).await.expect("ready at the second attempt");
    assert!((8..=11).contains(&started.elapsed().as_secs()), "{:?}", started.elapsed());
    assert!(matches!(cause(&app), Error::Timeout { what: "connecting", .. }), "{:?}", cause(&app));
}

#[tokio::test(start_paused = true)]
async fn a_connection_without_a_hello_is_left() {
    let venue = venue(Slack::builder());
    venue.withhold_hellos(1);
    let app = connect(&venue).await.expect("ready at the second attempt");
    assert_eq!((venue.opens(), app.state()), (2, State::Ready { missing: 0 }));
    assert!(cause(&app).to_string().contains("the venue's first word"), "{}", cause(&app));
}

#[tokio::test(start_paused = true)]
async fn neither_ticket_nor_token_is_shown() {
    let venue = venue(Slack::builder());
    let app = connect(&venue).await.expect("ready");
    sleep(Duration::from_secs(60)).await;
    venue.refuse_connections(1, 403);
    venue.close_all(4_000, "who has ticket-");
    sleep(Duration::from_secs(60)).await;
    let shown = format!("{app:?} {:?} {:?}", app.history(), app.describe());
    for secret in [venue.token(), "ticket=".to_owned()] {
        assert!(!shown.contains(&secret), "{shown}");
    }
}
