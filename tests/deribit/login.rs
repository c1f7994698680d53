//! Logging in to the local venue: made on each connection, renewed in place, refused for good.

use std::time::Duration;

use nova::{Context, Credentials, Error, ErrorClass, Event, Item, MessageHandler, Raw, State, test::venue::Deribit};
use serde_json::{Value, json};
use tokio::time::{Instant, sleep, timeout_at};

use crate::support::{Desk, key, login, message, methods, notifications, ready, venue};

const SUMMARY: &str = "private/get_account_summary";

fn btc() -> Value {
    json!({ "currency": "BTC" })
}

#[tokio::test(start_paused = true)]
async fn a_key_and_a_signature_log_in_and_a_signature_keeps_the_secret() {
    for (credentials, grant, shows_secret) in
        [(key(), "client_credentials", true), (Credentials::signed("nova", "nova-secret"), "client_signature", false)]
    {
        let (venue, dialer) = venue(Deribit::builder());
        let desk = nova::connect(Desk).dialer(dialer).credentials(credentials).await.expect("logged in");
        assert_eq!(venue.requests("public/auth")[0]["grant_type"], grant);
        let summary: Value = desk.call(SUMMARY, btc()).await.expect("a private call");
        assert_eq!(summary["currency"], "BTC");
        assert_eq!(venue.transcript().iter().any(|line| line.text.contains("nova-secret")), shows_secret, "{grant}");
    }
}

#[tokio::test(start_paused = true)]
async fn every_connection_logs_in_and_asks_for_heartbeats_before_its_topics() {
    let (venue, dialer) = venue(Deribit::builder());
    let desk = login(dialer).await.expect("ready");
    desk.subscribe("quote.BTC-PERPETUAL").await.expect("confirmed");
    for epoch in 2..=4 {
        sleep(Duration::from_secs(60)).await;
        assert_eq!(venue.cut(), 1);
        ready(&desk, epoch).await;
    }
    assert_eq!(venue.requests("public/set_heartbeat"), vec![json!({ "interval": 15 }); 4]);
    for connection in 1..=4 {
        let asked = methods(&venue, connection);
        assert_eq!(asked[..3], ["public/auth", "public/set_heartbeat", "public/subscribe"], "connection {connection}");
    }
    assert_eq!((venue.logins(), venue.connected()), (4, 4));
}

/// Takes a minute over its first message, and then asks the venue something.
#[nova::client(platform = "deribit", profile = "financial", overrides(MessageHandler))]
#[derive(Default)]
struct Slow {
    woken: bool,
}

impl MessageHandler for Slow {
    async fn handle_message(&mut self, message: Raw, cx: &mut Context<'_, Self>) -> nova::Result {
        if !self.woken {
            self.woken = true;
            sleep(Duration::from_secs(60)).await;
            let summary: Value = cx.call(SUMMARY, btc()).await?;
            assert_eq!(summary["currency"], "BTC");
        }
        cx.deliver(message);
        Ok(())
    }
}

#[tokio::test(start_paused = true)]
async fn test_requests_are_answered_at_once_while_a_handler_is_pending() {
    let (venue, dialer) = venue(Deribit::builder().heartbeat_grace(Duration::from_secs(1)));
    let desk = nova::connect(Slow::default()).dialer(dialer).credentials(key()).await.expect("ready");
    desk.subscribe("deribit_price_index.btc_usd").await.expect("confirmed");
    message(&desk).await;
    let lines = venue.transcript();
    let asked: Vec<_> = lines.iter().filter(|line| line.text.contains("test_request")).map(|line| line.at).collect();
    assert_eq!(asked.len(), 2, "a minute holds two questions of an interval of 15 s");
    for asked in asked {
        let answered = lines.iter().any(|line| line.at == asked && line.text.contains("public/test"));
        assert!(answered, "the question of {asked:?} was not answered at once");
    }
    assert_eq!(venue.connected(), 1, "the venue hung up");
}

#[tokio::test(start_paused = true)]
async fn r090_a_login_is_renewed_in_place_and_no_message_is_lost() {
    let builder = Deribit::builder().token_life(Duration::from_secs(100)).tick(Duration::from_secs(1));
    let (venue, dialer) = venue(builder);
    let desk = login(dialer).await.expect("ready");
    let mut events = desk.events();
    desk.subscribe("book.BTC-PERPETUAL.raw").await.expect("confirmed");
    desk.subscribe("user.portfolio.btc").await.expect("confirmed");
    let mut received = Vec::new();
    let start = Instant::now();
    for tens in 0..40 {
        // Ends between two ticks, so that nothing is on its way then.
        let end = start + Duration::from_millis(tens * 10_000 + 9_500);
        while let Ok(item) = timeout_at(end, desk.next()).await {
            received.push(item.and_then(Item::message).expect("a message").text().expect("text").to_owned());
        }
        desk.call::<Value>(SUMMARY, btc()).await.expect("the login never lapses");
    }
    assert!((4..=6).contains(&venue.refreshes()), "{} renewals of 100 s in 400 s", venue.refreshes());
    assert_eq!((venue.logins(), venue.connected()), (1, 1));
    assert_eq!(received, notifications(&venue, 1));
    let renewed = std::iter::from_fn(|| events.try_next())
        .filter(|event| matches!(event, Event::LoggedIn { refreshed: true, .. }))
        .count();
    assert_eq!(renewed as u64, venue.refreshes());
}

#[tokio::test(start_paused = true)]
async fn r077_an_expired_login_is_renewed_by_the_first_call_it_refuses() {
    let (venue, dialer) = venue(Deribit::builder());
    let desk = login(dialer).await.expect("ready");
    venue.expire_logins();
    let refused = desk.call::<Value>(SUMMARY, btc()).await.expect_err("expired");
    assert!(
        matches!(refused, Error::Platform { code: 13_009, class: ErrorClass::Authentication, .. }),
        "the caller is told: {refused}"
    );
    desk.call::<Value>("public/test", json!({})).await.expect("behind the renewal");
    desk.call::<Value>(SUMMARY, btc()).await.expect("renewed");
    assert_eq!((venue.refreshes(), venue.logins(), venue.connected()), (1, 1, 1));
}

#[tokio::test(start_paused = true)]
async fn a_refused_renewal_becomes_a_whole_login_on_the_same_connection() {
    let (venue, dialer) = venue(Deribit::builder().token_life(Duration::from_secs(300)));
    let desk = login(dialer).await.expect("ready");
    venue.refuse_logins(1);
    sleep(Duration::from_secs(280)).await;
    assert_eq!((venue.refreshes(), venue.logins(), venue.connected()), (0, 2, 1));
    desk.call::<Value>(SUMMARY, btc()).await.expect("logged in anew");
}

#[tokio::test(start_paused = true)]
async fn refused_credentials_end_the_client_after_the_second_refusal() {
    let wrong = "wr0ng-s3cret";
    for credentials in [Credentials::key("nova", wrong), Credentials::signed("nova", wrong)] {
        let (venue, dialer) = venue(Deribit::builder());
        let desk = nova::connect(Desk).dialer(dialer).credentials(credentials).start().expect("started");
        let error = desk.wait_ready().await.expect_err("refused");
        assert_eq!(desk.state(), State::Failed);
        assert_eq!(venue.requests("public/auth").len(), 2, "once more with fresh credentials, and no more");
        let Error::Auth { source: Some(source), .. } = &error else { panic!("{error:?}") };
        assert!(matches!(**source, Error::Platform { code: 13_004, .. }), "{source:?}");
        let causes = std::iter::successors(Some(&error as &dyn std::error::Error), |error| error.source());
        let causes: Vec<String> = causes.map(|error| format!("{error} {error:?}")).collect();
        let told = format!("{causes:?} {desk:?} {:?}", desk.history());
        assert!(!told.contains(wrong), "the secret is told");
    }
}

#[tokio::test(start_paused = true)]
async fn a_login_that_grants_less_than_was_asked_for_says_which_right() {
    let (_venue, dialer) = venue(Deribit::builder().rights("account:read trade:read"));
    let platform = nova::platform::Deribit::new().scope("session:desk trade:read_write");
    let error = login(dialer).platform(platform).await.map(|_| ()).expect_err("too little");
    assert!(matches!(error, Error::Auth { .. }), "{error:?}");
    assert!(format!("{error} {error:?}").contains("trade:read_write"), "{error:?}");
}

#[tokio::test(start_paused = true)]
async fn logging_out_ends_the_connection_and_the_next_one_logs_in_again() {
    let (venue, dialer) = venue(Deribit::builder());
    let desk = login(dialer).await.expect("ready");
    desk.subscribe("quote.BTC-PERPETUAL").await.expect("confirmed");
    // Without an answer, a call's outcome is unknown: the venue just hangs up.
    let ended = desk.call::<Value>("private/logout", json!({})).await.expect_err("no answer");
    assert!(matches!(ended, Error::Disconnected { outcome: nova::Outcome::Unknown }), "{ended:?}");
    ready(&desk, 2).await;
    assert_eq!((venue.logins(), venue.subscribed()), (2, vec!["quote.BTC-PERPETUAL".to_owned()]));
}
