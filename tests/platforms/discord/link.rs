//! The link: refused, lost in each state, and frames that nobody expects.

use std::time::Duration;

use nova::{Item, State, test::venue::Discord};
use tokio::time::sleep;

use super::support::{connect, items, platform, ready, told, venue};

#[tokio::test(start_paused = true)]
async fn a_link_that_is_lost_in_any_state_is_dialled_again() {
    let venue = venue(Discord::builder());
    // Connecting: refused. Then no greeting, then no answer to what begins the session.
    venue.refuse_connections(2, 503);
    venue.withhold_hello(true);
    let bot = connect(&venue, platform()).start().expect("started");
    let mut watch = bot.watch();
    watch.until(|state| state == State::Authenticating).await.expect("there");
    sleep(Duration::from_secs(1)).await;
    venue.withhold_hello(false);
    venue.cut();
    bot.wait_ready().await.expect("ready");
    for round in 1..=3 {
        sleep(Duration::from_secs(60)).await;
        venue.stall(true);
        venue.cut();
        watch.until(|state| state == State::Authenticating).await.expect("there");
        sleep(Duration::from_secs(1)).await;
        venue.stall(false);
        venue.cut();
        venue.message(&format!("message {round}"));
        sleep(Duration::from_secs(60)).await;
        bot.wait_ready().await.expect("back");
    }
    let told = told(&bot, Duration::from_secs(1)).await;
    let messages: Vec<_> = told.iter().filter(|word| word.starts_with("message")).collect();
    assert_eq!(messages, ["message 1", "message 2", "message 3"]);
    assert_eq!((venue.identified(), venue.connections()), (1, 1));
}

#[tokio::test(start_paused = true)]
async fn frames_that_are_unknown_or_malformed_reach_the_client_as_values() {
    let venue = venue(Discord::builder());
    let bot = connect(&venue, platform()).await.expect("ready");
    items(&bot, Duration::from_secs(1)).await;
    for (text, is_message) in [
        (r#"{"op":0,"s":null,"t":"SOMETHING_NEW","d":{"a":1}}"#, true),
        (r#"{"op":0,"t":"MESSAGE_CREATE"}"#, true),
        (r#"{"op":0,"d":{}}"#, true),
        (r#"{"op":44,"d":{"new":true}}"#, true),
        (r#"{"op":10.5}"#, false),
        (r#"{"op":"10"}"#, false),
        ("{}", false),
        ("[1,2]", false),
        (r#"{"op":0,"s":"1","t":"A","d":{}}"#, false),
        (r#"{"op":0,"t":5}"#, false),
        (r#"{"op":0,"s":9,"t":"READY","d":{"user":1}}"#, false),
        (r#"{"op":11"#, false),
        ("", false),
    ] {
        venue.say(text);
        match bot.next().await {
            Some(Item::Message(raw)) if is_message => assert_eq!(raw.text(), Some(text)),
            Some(Item::Undecodable(raw, _)) if !is_message => assert_eq!(raw.text(), Some(text)),
            other => panic!("{text}: {other:?}"),
        }
    }
    // What nobody asked for is nothing.
    for text in [r#"{"op":11,"d":null}"#, r#"{"op":10,"d":{"heartbeat_interval":41250}}"#, r#"{"op":10}"#] {
        venue.say(text);
    }
    assert!(items(&bot, Duration::from_secs(5)).await.is_empty());
    assert_eq!((venue.connected(), bot.state()), (1, State::Ready { missing: 0 }));
}

#[tokio::test(start_paused = true)]
async fn a_restart_of_the_venue_is_waited_out() {
    let venue = venue(Discord::builder());
    let bot = connect(&venue, platform()).await.expect("ready");
    sleep(Duration::from_secs(60)).await;
    venue.refuse_connections(3, 503);
    assert_eq!(venue.close_all(1_001, "going away"), 1);
    assert_eq!(ready(&bot, 2).await.to, State::Ready { missing: 0 });
    assert_eq!((venue.identified(), venue.resumed()), (1, 1));
}

#[tokio::test(start_paused = true)]
async fn a_compressed_stream_that_is_damaged_is_left_and_the_session_resumed() {
    let venue = venue(Discord::builder());
    let bot = connect(&venue, platform().compressed()).await.expect("ready");
    items(&bot, Duration::from_secs(60)).await;
    venue.garble_next();
    venue.message("message 1");
    venue.message("message 2");
    assert_eq!(told(&bot, Duration::from_secs(10)).await, ["message 1", "message 2", "RESUMED"]);
    assert_eq!((venue.identified(), venue.resumed(), venue.connected()), (1, 1, 2));
}
