//! A codec of one's own over binary frames: envelopes, calls, acknowledgements and typed messages all go through it, both ways, and
//! what it cannot read is handed over and survived.

use std::sync::{Arc, Mutex};

use nova::{Codec, Context, Error, Frame, Item, Outgoing, Recovery};
use serde_json::{Value, json};

use crate::{
    binary_codec::{Cbor, Exchange, Feed, Order, Orders, Placed, Price, Trade, cbor},
    support::{Peer, poll_times, secs, settle, venue},
};

#[nova::client(platform = Exchange, codec = Cbor, profile = "financial", message = Feed, overrides(ErrorHandler))]
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

fn frame(value: &Value) -> Frame {
    Frame::binary(bytes(value))
}

fn bytes(value: &Value) -> Vec<u8> {
    let mut bytes = Vec::new();
    cbor::write(value, &mut bytes);
    bytes
}

fn trade(price: f64) -> Value {
    json!({"topic": "trades.BTC", "data": {"price": price, "amount": 7}})
}

/// The next data frame: binary, and one whole item.
async fn receive(peer: &mut Peer) -> Value {
    loop {
        match peer.next_frame().await.expect("a frame") {
            Frame::Binary(bytes) => return cbor::read(&bytes).expect("CBOR"),
            Frame::Ping(_) | Frame::Pong(_) => {}
            other => panic!("all that is sent is binary, and not {other:?}"),
        }
    }
}

/// Expects a request and answers it; returns its arguments.
async fn answer(peer: &mut Peer, op: &str, result: Value) -> Value {
    let request = receive(peer).await;
    assert_eq!(request["op"], op, "{request}");
    peer.send_frame(frame(&json!({"id": request["id"], "result": result}))).await;
    request["args"].clone()
}

#[tokio::test(start_paused = true)]
async fn calls_topics_and_typed_messages_are_binary_both_ways() {
    let (dialer, server) = venue();
    let desk = nova::connect(Desk::default()).url("ws://venue.test/").dialer(dialer).start().expect("started");
    let mut peer = server.accept().await;
    desk.wait_ready().await.expect("ready");

    let (subscribed, args) =
        tokio::join!(desk.subscribe("trades.BTC"), answer(&mut peer, "subscribe", json!(["trades.BTC"])));
    subscribed.expect("confirmed");
    assert_eq!(args, json!(["trades.BTC"]));

    let stream = async { desk.stream("trades.BTC").await.expect("a stream") };
    let mut stream = stream.await;
    peer.send_frame(frame(&trade(1.5))).await;
    for item in [desk.next().await, stream.next().await] {
        let Some(Item::Message(Feed::Trade { instrument, trade: Trade { price: 1.5, amount: 7 } })) = item else {
            panic!("{item:?}")
        };
        assert_eq!(&*instrument, "BTC");
    }

    let (placed, args) =
        tokio::join!(desk.place("BTC", 99.25), answer(&mut peer, "place", json!({"order": 1, "price": 99.25})));
    assert!(matches!(placed, Ok(Placed { order: 1, price: 99.25 })), "{placed:?}");
    assert_eq!(args, json!({"instrument": "BTC", "price": 99.25}));

    desk.send_value(&Order { op: "place", args: Price { price: -0.5 } }).await.expect("sent");
    assert_eq!(receive(&mut peer).await, json!({"op": "place", "args": {"price": -0.5}}));
    desk.send(json!({"op": "by hand", "n": [0, -1, 300, u64::MAX]})).await.expect("sent");
    assert_eq!(receive(&mut peer).await, json!({"op": "by hand", "n": [0, -1, 300, u64::MAX]}));
    let broken = desk.send(Outgoing::json("{")).await;
    assert!(matches!(broken, Err(Error::Encode { .. })), "what is no JSON is not sent: {broken:?}");
    desk.send("as it is").await.expect("sent");
    assert_eq!(peer.next_frame().await.expect("a frame"), Frame::text("as it is"));
}

#[tokio::test(start_paused = true)]
async fn r073_a_binary_payload_that_cannot_be_read_is_told_and_survived() {
    let (dialer, server) = venue();
    let client = Desk::default();
    let told = client.told.clone();
    let desk = nova::connect(client).url("ws://venue.test/").dialer(dialer.clone()).start().expect("started");
    let mut peer = server.accept().await;
    desk.wait_ready().await.expect("ready");
    let _ = poll_times(desk.next(), 1).await;

    let whole = bytes(&trade(1.0));
    let cut = |value: &Value| {
        let bytes = bytes(value);
        Frame::binary(bytes[..bytes.len() - 1].to_vec())
    };
    let frames = [
        ("nothing", Frame::binary(vec![]), "breaks off"),
        ("truncated", Frame::binary(whole[..whole.len() / 2].to_vec()), "breaks off"),
        ("two messages", Frame::binary([&whole[..], &whole[..]].concat()), "something follows"),
        ("random bytes", Frame::binary(vec![0xff, 0xfe, 0xfd]), "none of JSON's"),
        ("a length beyond the frame", Frame::binary([&[0x9b][..], &[0xff; 8]].concat()), "breaks off"),
        ("a text beyond the frame", Frame::binary([&[0x7b][..], &[0xff; 8]].concat()), "breaks off"),
        ("a hundred thousand arrays", Frame::binary(vec![0x81; 100_000]), "too deeply"),
        ("no UTF-8", Frame::binary(vec![0x62, 0xc3, 0x28]), "not UTF-8"),
        ("not a number", Frame::binary([&[0xfb][..], &f64::NAN.to_be_bytes()].concat()), "not finite"),
        ("below any number", Frame::binary([&[0x3b][..], &[0xff; 8]].concat()), "too small"),
        ("text", Frame::text(trade(1.0).to_string()), "binary frames"),
        (
            "a wrong type",
            frame(&json!({"topic": "trades.BTC", "data": {"price": "high", "amount": 1}})),
            "invalid type",
        ),
        ("an unknown channel", frame(&json!({"topic": "news", "data": 1})), "news"),
        ("a login's answer", cut(&json!({"result": {"access_token": "s3cret"}})), "breaks off"),
    ];
    for (what, frame, reason) in frames {
        let sent = frame.payload().to_vec();
        peer.send_frame(frame).await;
        match desk.next().await {
            Some(Item::Undecodable(raw, error @ Error::Decode { .. })) => {
                assert_eq!(raw.frame().payload(), &*sent, "{what}: handed over as it came");
                let shown = error.to_string();
                assert!(shown.contains(reason), "{what}: {shown}");
                assert!(!shown.contains("s3c") && !shown.chars().any(char::is_control), "{what}: {shown:?}");
            }
            other => panic!("{what}: {other:?}"),
        }
        settle().await;
        let errors = std::mem::take(&mut *told.lock().expect("whole"));
        assert!(matches!(errors[..], [Error::Decode { .. }]), "{what}: {errors:?}");
    }
    peer.send_frame(frame(&trade(2.0))).await;
    let item = desk.next().await;
    assert!(matches!(item, Some(Item::Message(Feed::Trade { .. }))), "{item:?}");
    assert_eq!((dialer.dials(), desk.state().is_ready()), (1, true), "the connection lives");
}

/// A venue that speaks CBOR, but for its heartbeat.
#[derive(Default, nova::Platform)]
#[nova(codec = Cbor, channel = "/topic", payload = "/data", ping(every = "20s", text = "ping"), ignore(text = "pong"))]
struct Mixed;

#[nova::client(platform = Mixed, profile = "financial")]
struct Listener;

#[tokio::test(start_paused = true)]
async fn a_raw_message_is_read_through_the_codec_beside_a_heartbeat_in_plain_text() {
    let (dialer, server) = venue();
    let desk = nova::connect(Listener).url("ws://venue.test/").dialer(dialer).start().expect("started");
    let mut peer = server.accept().await;
    desk.wait_ready().await.expect("ready");
    let _ = poll_times(desk.next(), 1).await;
    let heartbeat = tokio::time::timeout(secs(20), peer.next_frame()).await.expect("in time");
    assert_eq!(heartbeat.expect("a frame"), Frame::text("ping"));
    peer.send_frame(Frame::text("pong")).await;
    peer.send_frame(frame(&trade(3.0))).await;
    match desk.next().await {
        Some(Item::Message(raw)) => {
            assert_eq!(raw.channel(), Some("trades.BTC"));
            assert_eq!(raw.data::<Value>().expect("a payload"), json!({"price": 3.0, "amount": 7}));
            assert_eq!(raw.frame(), &Frame::binary(bytes(&trade(3.0))));
        }
        other => panic!("{other:?}"),
    }
    // Whatever the message type: what is not in the venue's format is no message.
    peer.send_frame(Frame::text("gibberish")).await;
    let item = desk.next().await;
    assert!(matches!(&item, Some(Item::Undecodable(_, Error::Decode { .. }))), "{item:?}");
}

#[nova::client(platform = "echo", codec = Cbor, profile = "financial", strategy = "echo", message = Numbers)]
struct Mirror;

#[derive(Debug, PartialEq, serde::Deserialize, nova::Message)]
struct Numbers {
    n: Vec<i64>,
}

#[tokio::test(start_paused = true)]
async fn a_platform_without_envelopes_leaves_the_whole_frame_to_the_codec() {
    let (dialer, server) = venue();
    let mirror = nova::connect(Mirror).url("ws://venue.test/").dialer(dialer).start().expect("started");
    let mut peer = server.accept().await;
    mirror.wait_ready().await.expect("ready");
    let _ = poll_times(mirror.next(), 1).await;
    let message = json!({"n": [1, -2, 1_000_000]});
    peer.send_frame(frame(&message)).await;
    assert_eq!(mirror.next().await.expect("an item").message(), Some(Numbers { n: vec![1, -2, 1_000_000] }));
    assert_eq!(receive(&mut peer).await, message, "sent back as it came");
    peer.send_frame(Frame::binary(vec![0x82, 1])).await;
    let item = mirror.next().await;
    let Some(Item::Undecodable(_, error)) = &item else { panic!("{item:?}") };
    assert!(error.to_string().contains("breaks off at byte 2"), "{error}");
}

#[test]
fn the_codec_writes_what_the_standard_shows() {
    // RFC 8949, appendix A.
    let examples: [(Value, &[u8]); 18] = [
        (json!(0), &[0x00]),
        (json!(23), &[0x17]),
        (json!(24), &[0x18, 0x18]),
        (json!(1000), &[0x19, 0x03, 0xe8]),
        (json!(1_000_000), &[0x1a, 0x00, 0x0f, 0x42, 0x40]),
        (json!(u64::MAX), &[0x1b, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff]),
        (json!(-1), &[0x20]),
        (json!(-1000), &[0x39, 0x03, 0xe7]),
        (json!(1.1), &[0xfb, 0x3f, 0xf1, 0x99, 0x99, 0x99, 0x99, 0x99, 0x9a]),
        (json!(false), &[0xf4]),
        (json!(true), &[0xf5]),
        (json!(null), &[0xf6]),
        (json!(""), &[0x60]),
        (json!("IETF"), &[0x64, 0x49, 0x45, 0x54, 0x46]),
        (json!("\u{6c34}"), &[0x63, 0xe6, 0xb0, 0xb4]),
        (json!([1, [2, 3], [4, 5]]), &[0x83, 0x01, 0x82, 0x02, 0x03, 0x82, 0x04, 0x05]),
        (json!({"a": 1, "b": [2, 3]}), &[0xa2, 0x61, 0x61, 0x01, 0x61, 0x62, 0x82, 0x02, 0x03]),
        (json!(["a", {"b": "c"}]), &[0x82, 0x61, 0x61, 0xa1, 0x61, 0x62, 0x61, 0x63]),
    ];
    for (value, written) in &examples {
        assert_eq!(Cbor.encode(value).expect("written"), Frame::binary(written.to_vec()), "{value}");
        assert_eq!(Cbor.decode::<Value>(&Frame::binary(written.to_vec())).as_ref(), Ok(value));
    }
    assert_eq!(cbor::read(&[0xfa, 0x47, 0xc3, 0x50, 0x00]), Ok(json!(100_000.0)), "a short float");
}
