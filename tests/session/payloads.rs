//! Payloads that are not what they should be: handed over as they came, told, and survived.

use std::sync::{Arc, Mutex};

use bytes::Bytes;
use nova::{Codec, Context, Envelope, Error, Frame, Item, Recovery};
use serde_json::json;

use crate::support::{Plain, poll_times, settle, venue};

/// What the client understands.
#[derive(Debug, PartialEq, serde::Deserialize)]
struct Price {
    price: f64,
    size: u32,
}

impl nova::Message for Price {
    fn decode<C: Codec>(envelope: &Envelope<'_>, codec: &C) -> nova::Result<Self> {
        envelope.data(codec)
    }
}

#[nova::client(platform = Plain, profile = "financial", message = Price, overrides(ErrorHandler))]
#[derive(Default)]
struct Desk {
    told: Arc<Mutex<Vec<Error>>>,
}

impl nova::ErrorHandler for Desk {
    async fn handle_error(&mut self, error: &Error, _: &mut Context<'_, Self>) -> Recovery {
        self.told.lock().expect("whole").push(error.clone());
        Recovery::Continue
    }
}

fn on_channel(data: &str) -> Frame {
    Frame::text(format!(r#"{{"channel":"a","data":{data}}}"#))
}

#[tokio::test(start_paused = true)]
async fn r073_a_payload_that_cannot_be_read_is_told_and_survived() {
    let (dialer, server) = venue();
    let client = Desk::default();
    let told = client.told.clone();
    let desk = nova::connect(client).dialer(dialer.clone()).start().expect("started");
    let mut peer = server.ready().await;
    desk.wait_ready().await.expect("ready");
    let _ = poll_times(desk.next(), 1).await;

    let deep = format!("{}1{}", "[".repeat(100_000), "]".repeat(100_000));
    let huge = format!(r#"{{"price":1e999,"size":{}}}"#, "9".repeat(1000));
    let frames = [
        ("no JSON", Frame::text("hello")),
        ("nothing", Frame::text("")),
        ("truncated", Frame::text(r#"{"channel":"a","data":{"price":1"#)),
        ("two values", Frame::text(r#"{"channel":"a"} {"data":1}"#)),
        ("not a number", on_channel(r#"{"price":NaN,"size":1}"#)),
        ("huge numbers", on_channel(&huge)),
        ("a number below the type", on_channel(r#"{"price":1,"size":-1}"#)),
        ("a wrong type", on_channel(r#"{"price":"1","size":1}"#)),
        ("a missing field", on_channel(r#"{"price":1}"#)),
        ("a key twice", on_channel(r#"{"price":1,"price":2,"size":1}"#)),
        ("another shape", on_channel("[]")),
        ("deep alone", Frame::text(deep.clone())),
        ("deep on a channel", on_channel(&deep)),
        ("control characters", Frame::text("{\"channel\":\"a\",\"data\":\"\u{1}\u{7f}\"}")),
        ("binary", Frame::Binary(Bytes::from_static(&[0, 159, 146, 150, 255]))),
    ];
    for (what, frame) in &frames {
        peer.send_frame(frame.clone()).await;
        match desk.next().await {
            Some(Item::Undecodable(raw, Error::Decode { excerpt, .. })) => {
                assert_eq!(raw.frame().payload(), frame.payload(), "{what}: handed over as it came");
                assert!(excerpt.len() <= 400 && !excerpt.chars().any(char::is_control), "{what}: {excerpt:?}");
            }
            other => panic!("{what}: {other:?}"),
        }
        settle().await;
        let errors = std::mem::take(&mut *told.lock().expect("whole"));
        assert!(matches!(errors[..], [Error::Decode { .. }]), "{what}: {errors:?}");
    }
    // What can be read is, also behind a byte order mark.
    peer.send_frame(Frame::text("\u{feff}{\"channel\":\"a\",\"data\":{\"price\":1.5,\"size\":2}}")).await;
    peer.push("a", json!({"price": 2, "size": 3, "more": null})).await;
    for expected in [Price { price: 1.5, size: 2 }, Price { price: 2.0, size: 3 }] {
        assert_eq!(desk.next().await.expect("an item").message(), Some(expected));
    }
    assert!(told.lock().expect("whole").is_empty());
    assert_eq!((dialer.dials(), desk.state().is_ready()), (1, true), "the connection lives");
}

#[tokio::test(start_paused = true)]
async fn r073_an_answer_of_the_wrong_type_is_its_callers_error() {
    let (dialer, server) = venue();
    let client = Desk::default();
    let told = client.told.clone();
    let desk = nova::connect(client).dialer(dialer).start().expect("started");
    let mut peer = server.ready().await;
    desk.wait_ready().await.expect("ready");
    let (answer, _) = tokio::join!(desk.call::<u64>("count", json!({})), peer.answer("count", json!("many")));
    assert!(matches!(&answer, Err(Error::Decode { what, .. }) if what == "count"), "{answer:?}");
    assert!(told.lock().expect("whole").is_empty(), "nobody else is told");
}
