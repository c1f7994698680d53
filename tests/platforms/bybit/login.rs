//! Logging in: accepted, refused for good, refused for its time, ended by the venue.

use std::time::Duration;

use nova::{
    Credentials, Error, ErrorClass, Outcome, State,
    platform::{
        Bybit as Platform,
        bybit::{CancelOrder, NewOrder, Side, Trading},
    },
    test::venue::Bybit,
};
use tokio::time::sleep;

use super::support::{connect, login, ready, venue};

#[tokio::test(start_paused = true)]
async fn each_connection_of_either_endpoint_logs_in_before_anything_else_and_keeps_the_secret() {
    for endpoint in [Platform::private(), Platform::trade()] {
        let venue = venue(Bybit::builder());
        let desk = login(&venue, endpoint.clone()).await.expect("ready");
        for epoch in 2..=3 {
            sleep(Duration::from_secs(60)).await;
            venue.cut();
            ready(&desk, epoch).await;
        }
        assert_eq!(venue.logins(), 3, "{endpoint:?}");
        for connection in 1..=3 {
            let first = venue.transcript().into_iter().find(|line| line.connection == connection).expect("a frame");
            assert_eq!(first.json()["op"], "auth", "{endpoint:?}");
        }
        assert!(!venue.transcript().iter().any(|line| line.text.contains("nova-secret")), "{endpoint:?}");
        let told = format!("{:?}", venue.transcript());
        let signature = venue.requests("auth")[0][2].as_str().expect("a signature").to_owned();
        assert!(!told.contains(&signature), "{told}");
    }
}

#[tokio::test(start_paused = true)]
async fn credentials_that_cannot_log_in_end_the_client_and_say_why() {
    let wrong = [("nova", "guessed"), ("somebody", "nova-secret")];
    for (endpoint, (key, secret)) in [Platform::private(), Platform::trade()]
        .into_iter()
        .flat_map(|endpoint| wrong.map(|wrong| (endpoint.clone(), wrong)))
    {
        let venue = venue(Bybit::builder());
        let credentials = Credentials::key(key, secret);
        let error = connect(&venue, endpoint).credentials(credentials).await.expect_err("refused");
        assert_eq!(error.class(), ErrorClass::Authentication, "{error}");
        assert!(error.to_string().contains("login failed"), "{error}");
        assert!(venue.connected() <= 2, "{} connections", venue.connected());
    }
    // A public endpoint knows no login.
    let venue = venue(Bybit::builder());
    let error = login(&venue, Platform::spot()).await.expect_err("refused");
    assert!(error.to_string().contains("leave the credentials out"), "{error}");
    let error = connect(&venue, Platform::private()).credentials(Credentials::token("t")).await.expect_err("refused");
    assert!(matches!(error, Error::Config { .. }), "{error}");
}

#[tokio::test(start_paused = true)]
async fn a_login_that_comes_too_late_is_made_once_more_by_the_venues_clock() {
    for endpoint in [Platform::private(), Platform::trade()] {
        let venue = venue(Bybit::builder().clock_ahead(Duration::from_secs(3_600)));
        let _desk = login(&venue, endpoint).await.expect("logged in by the venue's clock");
        let asked = venue.requests("auth");
        assert_eq!(asked.len(), 2, "once more, and no more: {asked:?}");
        let expires = |at: usize| asked[at][1].as_u64().expect("a time");
        assert!((3_590_000..=3_610_000).contains(&(expires(1) - expires(0))), "{asked:?}");
        assert_eq!(venue.connected(), 1);
    }
}

#[tokio::test(start_paused = true)]
async fn a_login_that_has_ended_is_renewed_on_the_same_connection() {
    let venue = venue(Bybit::builder());
    let desk = login(&venue, Platform::trade()).await.expect("ready");
    let order = NewOrder::limit("linear", "BTCUSDT", Side::Buy, "0.01", "36000").link_id("my-1");
    desk.create_order(&order).await.expect("placed");
    venue.expire_logins();
    let refused = desk.create_order(&order).await.expect_err("the login has ended");
    assert!(matches!(refused, Error::Platform { code: 33_004, class: ErrorClass::Authentication, .. }), "{refused:?}");
    sleep(Duration::from_secs(1)).await;
    let cancel = CancelOrder {
        category: "linear",
        symbol: "BTCUSDT".to_owned(),
        order_link_id: Some("my-1".to_owned()),
        ..CancelOrder::default()
    };
    desk.cancel_order(&cancel).await.expect("logged in again");
    assert_eq!((venue.logins(), venue.connected(), desk.state()), (2, 1, State::Ready { missing: 0 }));
}

#[tokio::test(start_paused = true)]
async fn a_login_that_is_never_answered_is_given_up_and_made_on_another_connection() {
    let venue = venue(Bybit::builder());
    venue.drop_reply("auth");
    let _desk = login(&venue, Platform::private()).await.expect("the second connection");
    assert_eq!((venue.connected(), venue.requests("auth").len()), (2, 2));
}

#[tokio::test(start_paused = true)]
async fn an_order_on_a_link_that_is_lost_may_have_been_placed() {
    let venue = venue(Bybit::builder());
    let desk = login(&venue, Platform::trade()).await.expect("ready");
    venue.drop_reply("order.create");
    let order = NewOrder::limit("linear", "BTCUSDT", Side::Buy, "0.01", "36000");
    let (lost, ()) = tokio::join!(desk.create_order(&order), async {
        sleep(Duration::from_secs(1)).await;
        venue.cut();
    });
    assert!(matches!(lost, Err(Error::Disconnected { outcome: Outcome::Unknown })), "{lost:?}");
    ready(&desk, 2).await;
    assert_eq!(venue.open_orders().len(), 1, "it was not placed twice");
}
