//! Envelopes: acknowledged at once and delivered once, or answered by the client in time; and frames that nobody expects.

use std::time::Duration;

use nova::{
    Context, Error, Item, MessageHandler, Outcome, State,
    platform::{Slack as Platform, slack::Feed},
    test::venue::Slack,
};
use serde_json::{Value, json};
use tokio::time::{Instant, sleep};

use super::support::{connect, connect_as, mention, ready, told, venue};

#[tokio::test(start_paused = true)]
async fn everything_is_acknowledged_at_once_also_while_nobody_listens() {
    let venue = venue(Slack::builder());
    let app = connect(&venue).await.expect("ready");
    let at = Instant::now();
    let sent = [
        venue.event(mention("hi")),
        venue.command("/nova", "go"),
        venue.interaction("view_submission"),
        venue.interaction("block_actions"),
        venue.event(json!({ "type": "team_join", "user": { "id": "U2" } })),
        venue.envelope("events_api", json!({ "type": "app_rate_limited", "minute_rate_limited": 5 })),
        venue.envelope("new_type", json!({})),
    ];
    for envelope in &sent {
        assert_eq!(venue.acknowledged(envelope).await, Some(Value::Null), "{envelope}");
    }
    assert!(at.elapsed() < Duration::from_millis(50), "{:?}", at.elapsed());
    let told = told(&app, Duration::from_secs(10)).await;
    assert_eq!(told.len(), 8, "{told:?}");
    assert_eq!((&*told[1], &*told[2], &*told[7]), ("hi 0", "/nova go", "other new_type"));
    assert!(venue.complaints().is_empty() && venue.missed().is_empty(), "{:?}", venue.complaints());
}

/// Takes its time over each message.
#[nova::client(platform = "slack", profile = "messaging", message = Feed, overrides(MessageHandler))]
struct Slow;

impl MessageHandler for Slow {
    async fn handle_message(&mut self, message: Feed, cx: &mut Context<'_, Self>) -> nova::Result {
        sleep(Duration::from_secs(20)).await;
        cx.deliver(message);
        Ok(())
    }
}

#[tokio::test(start_paused = true)]
async fn a_handler_that_is_slow_makes_no_acknowledgement_late() {
    let venue = venue(Slack::builder());
    let _app = connect_as(Slow, &venue, Platform::new()).await.expect("ready");
    for at in 0..5 {
        let said = venue.event(mention(&at.to_string()));
        assert!(venue.acknowledged(&said).await.is_some());
        sleep(Duration::from_secs(1)).await;
    }
}

#[tokio::test(start_paused = true)]
async fn what_slack_sends_again_is_acknowledged_again_and_delivered_once() {
    let venue = venue(Slack::builder());
    let app = connect(&venue).await.expect("ready");
    let said = venue.event(mention("one"));
    assert!(venue.acknowledged(&said).await.is_some());
    assert!(venue.repeat(&said));
    assert!(venue.acknowledged(&said).await.is_some(), "the copy too");
    // An acknowledgement is lost with its link: Slack sends the event again, in another envelope.
    venue.stall(true);
    let lost = venue.event(mention("two"));
    assert_eq!(venue.acknowledged(&lost).await, None);
    venue.stall(false);
    sleep(Duration::from_secs(300)).await;
    assert_eq!(told(&app, Duration::from_secs(600)).await, ["hello 1", "one 0", "two 0"]);
    assert!(venue.missed().contains(&lost));
    assert_eq!(venue.acknowledgements().len(), 4, "{:?}", venue.acknowledgements());
}

#[tokio::test(start_paused = true)]
async fn an_event_that_never_came_is_not_taken_for_a_duplicate() {
    let venue = venue(Slack::builder());
    let app = connect(&venue).await.expect("ready");
    sleep(Duration::from_secs(60)).await;
    venue.stall(true);
    let lost = venue.event(mention("one"));
    venue.cut();
    venue.stall(false);
    ready(&app, 2).await;
    assert_eq!(venue.acknowledged(&lost).await, None);
    assert_eq!(told(&app, Duration::from_secs(600)).await, ["hello 1", "hello 1", "one 1"]);
}

/// Answers commands, after as many milliseconds as they say.
#[nova::client(platform = "slack", profile = "messaging", message = Feed, overrides(MessageHandler))]
struct Answering;

impl MessageHandler for Answering {
    async fn handle_message(&mut self, message: Feed, cx: &mut Context<'_, Self>) -> nova::Result {
        match &message {
            Feed::Command(command) => {
                let (pause, times) = command.payload.text.split_once(' ').unwrap_or((&command.payload.text, "1"));
                sleep(Duration::from_millis(pause.parse().map_err(nova::Error::handler)?)).await;
                for _ in 0..times.parse().map_err(nova::Error::handler)? {
                    cx.send(command.answer(json!({ "text": "done" }))?)?;
                }
            }
            Feed::ViewSubmission(submission) => cx.send(submission.ack())?,
            _ => {}
        }
        cx.deliver(message);
        Ok(())
    }
}

async fn answering(venue: &std::sync::Arc<Slack>) -> (nova::Handle<Answering>, nova::Events) {
    let app = connect_as(Answering, venue, Platform::new().answering()).await.expect("ready");
    let events = app.events();
    (app, events)
}

/// The errors told by now.
fn errors(events: &mut nova::Events) -> Vec<Error> {
    let told = std::iter::from_fn(|| events.try_next());
    told.filter_map(|event| if let nova::Event::Error(error) = event { Some(error) } else { None }).collect()
}

#[tokio::test(start_paused = true)]
async fn a_client_that_answers_does_so_within_the_time_and_on_the_connection_that_asked() {
    let venue = venue(Slack::builder());
    let (_app, mut events) = answering(&venue).await;
    let at = Instant::now();
    let command = venue.command("/nova", "2000");
    assert_eq!(venue.acknowledged(&command).await, Some(json!({ "text": "done" })));
    assert!(at.elapsed() >= Duration::from_secs(2));
    let submission = venue.interaction("view_submission");
    assert_eq!(venue.acknowledged(&submission).await, Some(Value::Null));
    // What accepts no answer is acknowledged at once all the same.
    let event = venue.event(mention("hi"));
    assert_eq!(venue.acknowledged(&event).await, Some(Value::Null));
    sleep(Duration::from_secs(10)).await;
    assert_eq!(errors(&mut events).len(), 0);
    assert!(venue.complaints().is_empty() && venue.missed().is_empty(), "{:?}", venue.complaints());
}

#[tokio::test(start_paused = true)]
async fn an_answer_that_is_late_or_the_second_is_refused_and_a_missed_deadline_told() {
    let venue = venue(Slack::builder());
    let (_app, mut events) = answering(&venue).await;
    let late = venue.command("/nova", "5000");
    assert_eq!(venue.acknowledged(&late).await, None);
    sleep(Duration::from_millis(100)).await;
    let told = errors(&mut events);
    assert!(
        matches!(&told[..], [Error::Timeout { outcome: Some(Outcome::NotSent), after, .. }] if after.as_secs() == 3),
        "{told:?}"
    );
    sleep(Duration::from_secs(10)).await;
    assert!(matches!(&errors(&mut events)[..], [Error::Evicted { .. }]), "the answer that came too late");
    let twice = venue.command("/nova", "0 2");
    assert!(venue.acknowledged(&twice).await.is_some());
    sleep(Duration::from_secs(1)).await;
    assert!(matches!(&errors(&mut events)[..], [Error::Evicted { .. }]), "the second");
    assert!(venue.complaints().is_empty(), "{:?}", venue.complaints());
}

#[tokio::test(start_paused = true)]
async fn an_answer_is_not_sent_on_another_connection() {
    let venue = venue(Slack::builder());
    let (app, mut events) = answering(&venue).await;
    sleep(Duration::from_secs(60)).await;
    let command = venue.command("/nova", "1500");
    sleep(Duration::from_millis(100)).await;
    venue.cut();
    ready(&app, 2).await;
    sleep(Duration::from_secs(10)).await;
    assert!(venue.missed().contains(&command));
    assert!(errors(&mut events).iter().any(|error| matches!(error, Error::Evicted { .. })));
    assert!(venue.complaints().is_empty(), "{:?}", venue.complaints());
}

#[tokio::test(start_paused = true)]
async fn a_connection_that_is_warned_stays_until_what_is_owed_on_it_is_answered() {
    for (pause, answered) in [("2000", true), ("9000", false)] {
        let venue = venue(Slack::builder());
        let (app, _) = answering(&venue).await;
        sleep(Duration::from_secs(60)).await;
        let command = venue.command("/nova", pause);
        sleep(Duration::from_millis(100)).await;
        let at = Instant::now();
        venue.disconnect("warning");
        assert_eq!(venue.acknowledged(&command).await.is_some(), answered, "{pause}");
        ready(&app, 2).await;
        assert!((1..=4).contains(&at.elapsed().as_secs()), "{pause}: {:?}", at.elapsed());
        assert!(venue.complaints().is_empty(), "{:?}", venue.complaints());
    }
}

#[tokio::test(start_paused = true)]
async fn frames_that_are_unknown_or_malformed_reach_the_client_as_values() {
    let venue = venue(Slack::builder());
    let app = connect(&venue).await.expect("ready");
    for text in [
        r#"{"type":"goodbye"}"#,
        "{}",
        "nonsense",
        r#"{"type":5}"#,
        "[]",
        "",
        r#"{"envelope_id":7,"type":"events_api"}"#,
    ] {
        venue.say(text);
    }
    // One that cannot be read is acknowledged all the same: Slack would only send it again.
    let odd = venue.event(json!({ "type": "app_mention", "text": 5 }));
    assert!(venue.acknowledged(&odd).await.is_some());
    let told = told(&app, Duration::from_secs(5)).await;
    let expected = ["hello 1", "other goodbye", "other -", "undecodable nonsense"];
    assert_eq!(told[..4], expected, "{told:?}");
    assert!(told.len() == 9 && told[4..].iter().all(|told| told.starts_with("undecodable")), "{told:?}");
    assert_eq!((venue.connected(), app.state()), (1, State::Ready { missing: 0 }));
}

#[tokio::test(start_paused = true)]
async fn there_are_no_topics_and_no_calls() {
    let venue = venue(Slack::builder());
    let app = connect(&venue).await.expect("ready");
    assert!(matches!(app.subscribe("app_mention").await, Err(Error::Unsupported { .. })));
    assert!(matches!(app.call::<Value>("chat.postMessage", json!({})).await, Err(Error::Unsupported { .. })));
    let sent = app.next().await;
    assert!(matches!(sent, Some(Item::Message(Feed::Hello(_)))), "{sent:?}");
    assert!(venue.acknowledgements().is_empty());
}
