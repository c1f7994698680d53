//! `#[derive(nova::Message)]` at work: which variant takes which message, and what its fields are filled with.

#![expect(dead_code, reason = "what a message holds is told by its `Debug`")]

use std::{fmt::Debug, net::IpAddr, str::FromStr, sync::Mutex};

use futures_util::{SinkExt, StreamExt};

use nova::{Codec, Envelope, Error, Frame, Item, Message, Raw, Text, codec::Json};
use proptest::prelude::*;
use serde::{Deserialize, de::DeserializeOwned};

#[derive(Debug, Deserialize, PartialEq)]
struct Ticker {
    last_price: f64,
}

/// A value of the user's own in a channel.
#[derive(Debug, PartialEq)]
enum Depth {
    Raw,
    Levels(u8),
}

impl FromStr for Depth {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "raw" => Ok(Self::Raw),
            levels => levels.parse().map(Self::Levels).map_err(|_| format!("`{levels}` is no depth")),
        }
    }
}

#[derive(Debug, nova::Message)]
enum Feed {
    #[nova(channel = "ticker.BTC.raw")]
    Bitcoin(Ticker),
    #[nova(channel = "ticker.*")]
    Ticker(Ticker),
    #[nova(channel = "book.{instrument}.{depth}.{interval}")]
    Book { instrument: Text, depth: Depth, interval: u32, levels: Vec<f64> },
    #[nova(channel = "{symbol}@trade")]
    Trade { symbol: String, price: f64 },
    #[nova(channel = "/market/candles:{symbols}")]
    Candles { symbols: Text },
    #[nova(channel = "user.*.orders")]
    Orders(Vec<u64>),
    #[nova(channel = "user.{who}", nested)]
    User { who: Text, event: Event },
    #[nova(channel = "platform_state")]
    State,
    #[nova(other)]
    Other(Raw),
}

/// Told apart by what the payload says.
#[derive(Debug, PartialEq, nova::Message)]
#[nova(tag = "/data/e")]
enum Event {
    #[nova(tag = "fill")]
    Fill(Fill),
    #[nova(tag = "pong")]
    Pong,
    #[nova(tag = 10)]
    Hello,
}

#[derive(Debug, Deserialize, PartialEq)]
struct Fill {
    data: Amount,
}

#[derive(Debug, Deserialize, PartialEq)]
struct Amount {
    amount: u32,
}

/// What a message on this channel becomes. The frame has the channel's name as it is in its text.
fn decode<M: Message>(channel: &str, data: &str) -> Result<M, Error> {
    let frame = Frame::text(format!(r#"{{"channel":"{channel}","data":{data}}}"#));
    let text = frame.as_text().expect("text");
    let channel = &text[12..12 + channel.len()];
    M::decode(&Envelope::on(&frame, text, channel, text.len() - data.len() - 1), &Json)
}

fn told<M: Message + Debug>(channel: &str, data: &str) -> String {
    match decode::<M>(channel, data) {
        Ok(message) => format!("{message:?}"),
        Err(error) => error.to_string(),
    }
}

#[test]
fn the_first_pattern_that_fits_takes_the_message() {
    let price = r#"{"last_price":1.5}"#;
    for (channel, data, expected) in [
        ("ticker.BTC.raw", price, "Bitcoin(Ticker { last_price: 1.5 })"),
        ("ticker.BTC", price, "Ticker(Ticker { last_price: 1.5 })"),
        ("ticker.ETH.raw", price, "Ticker(Ticker { last_price: 1.5 })"),
        ("ticker.ETH/USD.agg2.x", price, "Ticker(Ticker { last_price: 1.5 })"),
        ("ticker..", price, "Ticker(Ticker { last_price: 1.5 })"),
        (
            "book.ETH.5.100",
            "[1,2]",
            r#"Book { instrument: "ETH", depth: Levels(5), interval: 100, levels: [1.0, 2.0] }"#,
        ),
        ("book.ETH.raw.0", "[]", r#"Book { instrument: "ETH", depth: Raw, interval: 0, levels: [] }"#),
        ("btcusdt@trade", "7.5", r#"Trade { symbol: "btcusdt", price: 7.5 }"#),
        ("/market/candles:BTC-USDT,ETH-USDT_1h", "null", r#"Candles { symbols: "BTC-USDT,ETH-USDT_1h" }"#),
        ("user.me.orders", "[1,2]", "Orders([1, 2])"),
        ("user.me.x", r#"{"data":{"e":"pong"}}"#, r#"User { who: "me.x", event: Pong }"#),
        ("platform_state", "anything, for nobody reads it", "State"),
    ] {
        assert_eq!(told::<Feed>(channel, data), expected, "{channel}");
    }
}

#[test]
fn what_no_pattern_takes_goes_to_other() {
    for channel in
        ["", "ticker.", "ticker", "tickers.BTC", "book.ETH.5x", "@trade", "a.b@trade", "x@trades", "platform_state.x"]
    {
        match decode::<Feed>(channel, "1") {
            Ok(Feed::Other(raw)) => assert_eq!((raw.channel(), raw.data::<u8>().ok()), (Some(channel), Some(1))),
            other => panic!("{channel}: {other:?}"),
        }
    }
    let frame = Frame::text("[1]");
    let whole = Envelope::whole(&frame, frame.as_text());
    assert!(matches!(Feed::decode(&whole, &Json), Ok(Feed::Other(_))), "a message without a channel");
}

#[test]
fn without_other_an_unknown_channel_is_an_error_that_names_it() {
    #[derive(Debug, nova::Message)]
    enum Strict {
        #[nova(channel = "ticker.*")]
        Ticker(Ticker),
    }

    let told = |channel| told::<Strict>(channel, r#"{"last_price":1.5}"#);
    assert_eq!(told("ticker.x"), "Ticker(Ticker { last_price: 1.5 })");
    assert_eq!(
        told("quote.x"),
        r#"cannot decode quote.x: no variant of `Strict` takes this channel in `{\"last_price\":1.5}}`"#
    );
    if let Ok(Strict::Ticker(ticker)) = decode("ticker.x", r#"{"last_price":1.5}"#) {
        assert_eq!(ticker, Ticker { last_price: 1.5 });
    }
}

#[test]
fn a_part_of_the_channel_that_is_no_such_value_is_an_error_that_names_the_field() {
    for (channel, expected) in [
        (
            "book.ETH.many.100",
            "cannot decode book.ETH.many.100: `many` of the channel is no `depth`: `many` is no depth in `[]}`",
        ),
        (
            "book.ETH.5.often",
            "cannot decode book.ETH.5.often: `often` of the channel is no `interval`: invalid digit found in string in `[]}`",
        ),
    ] {
        assert_eq!(told::<Feed>(channel, "[]"), expected);
    }
    assert!(told::<Feed>("ticker.x", "{}").starts_with("cannot decode ticker.x: missing field `last_price`"));
}

#[test]
fn a_text_of_the_channel_keeps_nothing_of_the_frame() {
    let frame = Frame::text(r#"{"channel":"book.ETH.raw.0","data":[]}"#);
    let text = frame.as_text().expect("text");
    let channel = &text[12..26];
    let Ok(Feed::Book { instrument, .. }) = Feed::decode(&Envelope::on(&frame, text, channel, 35), &Json) else {
        panic!("not a book")
    };
    assert!(*instrument == *"ETH" && !text.as_bytes().as_ptr_range().contains(&instrument.as_ptr()));
}

#[test]
fn a_channel_that_does_not_stand_in_its_frame_is_read_alike() {
    // As a name with escapes, or the topic behind a subscription's number.
    let frame = Frame::text(r#"{"channel":"book.\u0045TH.raw.0","data":[]}"#);
    let text = frame.as_text().expect("text");
    let envelope = Envelope::known(&frame, text, "book.ETH.raw.0".into(), text.len() - 3);
    match Feed::decode(&envelope, &Json) {
        Ok(Feed::Book { instrument, depth: Depth::Raw, interval: 0, levels }) => {
            assert_eq!((&*instrument, levels.len()), ("ETH", 0));
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_field_of_the_payload_decides_by_its_meaning() {
    for (data, expected) in [
        (r#"{"data":{"e":"fill","amount":3}}"#, "Fill(Fill { data: Amount { amount: 3 } })"),
        (r#"{"data":{"amount":3,"e":"f\u0069ll"}}"#, "Fill(Fill { data: Amount { amount: 3 } })"),
        (r#"{ "x" : [1,{"e":"pong"}], "data" : { "e" : "pong" } }"#, "Pong"),
        (r#"{"data":{"e":10}}"#, "Hello"),
    ] {
        assert_eq!(told::<Event>("any", data), expected, "{data}");
    }
    for data in [
        r#"{"data":{"e":"10"}}"#,
        r#"{"data":{"e":10.5}}"#,
        r#"{"data":{"e":"Fill"}}"#,
        r#"{"data":{"e":null}}"#,
        r#"{"data":{}}"#,
        r#"{"data":[]}"#,
        r#"{"e":"fill"}"#,
        "5",
        r#"{"data":{"#,
    ] {
        let told = told::<Event>("any", data);
        assert!(told.starts_with("cannot decode any: "), "{data}: {told}");
    }
    assert_eq!(
        told::<Event>("any", r#"{"data":{}}"#),
        r#"cannot decode any: no variant of `Event` takes what stands at `/data/e` in `{\"data\":{}}}`"#
    );
}

#[test]
fn a_struct_is_the_message_of_a_client_of_one_channel() {
    /// The payload itself, whatever the channel.
    #[derive(Debug, Deserialize, PartialEq, nova::Message)]
    struct Any {
        last_price: f64,
    }

    /// The payload of some channels.
    #[derive(Debug, Deserialize, nova::Message)]
    #[nova(channel = "ticker.*")]
    struct Some {
        last_price: f64,
    }

    /// The payload, and what the channel says.
    #[derive(Debug, nova::Message)]
    #[nova(channel = "{symbol}@kline_{interval}", separator = "@_")]
    struct Candle {
        symbol: Text,
        interval: String,
        data: [f64; 2],
    }

    /// A type of one's own around something else.
    #[derive(Debug, nova::Message)]
    struct Addresses(Vec<IpAddr>);

    let price = r#"{"last_price":1.5}"#;
    assert_eq!(told::<Any>("whatever", price), "Any { last_price: 1.5 }");
    assert_eq!(told::<Some>("ticker.x", price), "Some { last_price: 1.5 }");
    assert!(told::<Some>("quote.x", price).contains("cannot decode quote.x: `Some` is not of this channel"));
    assert_eq!(
        told::<Candle>("btc/usdt@kline_1m", "[1,2]"),
        r#"Candle { symbol: "btc/usdt", interval: "1m", data: [1.0, 2.0] }"#
    );
    assert_eq!(told::<Addresses>("x", r#"["::1"]"#), "Addresses([::1])");
}

#[test]
fn every_shape_of_message_is_one() {
    mod facade {
        pub(super) use nova as inner;
    }

    #[derive(nova::Message)]
    #[nova(crate = facade::inner)]
    enum Renamed<C, const N: usize>
    where
        C: DeserializeOwned + Send + 'static,
    {
        #[nova(channel = "{codec}.{type}.{channel}")]
        Names { codec: u8, r#type: u8, channel: u8, envelope: C },
        #[nova(other)]
        Rest { raw: Raw },
    }

    #[nova::client(platform = "echo", message = Renamed<u8, 1>)]
    struct Desk;
    fn is_client<C: nova::Client>() {}

    #[derive(Debug, nova::Message)]
    enum Nothing {
        #[nova(other)]
        AtAll,
    }

    match decode::<Renamed<u8, 1>>("1.2.3", "4") {
        Ok(Renamed::Names { codec: 1, r#type: 2, channel: 3, envelope: 4 }) => {}
        _ => panic!("other names"),
    }
    assert!(matches!(decode::<Renamed<u8, 1>>("1.2", "4"), Ok(Renamed::Rest { raw }) if raw.channel() == Some("1.2")));
    assert_eq!(told::<Nothing>("x", "1"), "AtAll");

    is_client::<Desk>();
}

#[tokio::test(start_paused = true)]
async fn a_message_that_no_variant_takes_comes_as_undecodable_and_to_handle_error() {
    static ERRORS: Mutex<Vec<String>> = Mutex::new(Vec::new());

    #[derive(Debug, nova::Message)]
    enum Strict {
        #[nova(channel = "ticker.*")]
        Ticker(Ticker),
    }

    #[nova::client(platform = "jsonrpc", message = Strict, overrides(ErrorHandler))]
    struct Desk;

    impl nova::ErrorHandler for Desk {
        async fn handle_error(&mut self, error: &Error, cx: &mut nova::Context<'_, Self>) -> nova::Recovery {
            ERRORS.lock().expect("no test panics in here").push(error.to_string());
            cx.inherited().handle_error(error).await
        }
    }

    let (dialer, mut listener) = nova::memory();
    let (told, tell) = tokio::sync::oneshot::channel();
    tokio::spawn(async move {
        let stream = listener.accept().await.expect("a client");
        let mut socket = tokio_tungstenite::accept_async(stream).await.expect("an upgrade");
        tell.await.expect("the client listens");
        for channel in ["ticker.x", "quote.x", "ticker.y"] {
            let text = format!(r#"{{"jsonrpc":"2.0","method":"{channel}","params":{{"last_price":1}}}}"#);
            socket.send(text.into()).await.expect("sent");
        }
        while let Some(Ok(_)) = socket.next().await {}
    });
    let desk = nova::connect(Desk).url("ws://venue.test/").dialer(dialer).await.expect("ready");
    let mut items = Box::pin(desk.items());
    told.send(()).expect("the venue waits");
    let mut found = Vec::new();
    while found.len() < 3 {
        found.push(match items.next().await.expect("an item") {
            Item::Message(Strict::Ticker(ticker)) => format!("{ticker:?}"),
            Item::Undecodable(raw, error) => format!("{:?}: {error}", raw.channel()),
            other => panic!("{other:?}"),
        });
    }
    let unknown = r#"cannot decode quote.x: no variant of `Strict` takes this channel in `{\"last_price\":1}}`"#;
    let ticker = "Ticker { last_price: 1.0 }";
    assert_eq!(found, [ticker, &format!(r#"Some("quote.x"): {unknown}"#), ticker]);
    assert_eq!(*ERRORS.lock().expect("no test panics in here"), [unknown]);
    desk.close().await;
}

/// Counts how often it is asked, to see that a payload is read once or not at all.
#[derive(Debug, Default)]
struct Counting(std::sync::atomic::AtomicUsize);

impl Codec for Counting {
    const NAME: &'static str = "counting";

    fn encode<T: serde::Serialize + ?Sized>(&self, value: &T) -> nova::Result<Frame> {
        Json.encode(value)
    }

    fn encode_json(&self, text: String) -> nova::Result<Frame> {
        Json.encode_json(text)
    }

    fn open<'f>(&self, frame: &'f Frame) -> Result<std::borrow::Cow<'f, str>, String> {
        Json.open(frame)
    }

    fn decode<T: DeserializeOwned>(&self, frame: &Frame) -> Result<T, String> {
        self.0.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        Json.decode(frame)
    }

    fn decode_text<T: DeserializeOwned>(&self, text: &str) -> Result<T, String> {
        self.0.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        Json.decode_text(text)
    }
}

#[test]
fn a_payload_is_read_once_and_only_where_it_is_wanted() {
    for (channel, data, reads) in [
        ("ticker.x", r#"{"last_price":1}"#, 1),
        ("user.x", r#"{"data":{"e":"pong"}}"#, 0),
        ("platform_state", "1", 0),
        ("x", "1", 0),
    ] {
        let frame = Frame::text(data);
        let codec = Counting::default();
        let text = frame.as_text().expect("text");
        Feed::decode(&Envelope::known(&frame, text, channel.into(), 0), &codec).expect("a message");
        assert_eq!(codec.0.into_inner(), reads, "{channel}");
    }
}

/// What `Small` should say, told by splitting.
fn expected(channel: &str) -> String {
    let parts: Vec<&str> = channel.split('.').collect();
    let rest = |prefix: &str| channel.strip_prefix(prefix).filter(|rest| !rest.is_empty());
    match (&parts[..], rest("a."), rest("b@")) {
        (["a", "b"], ..) => "Exact".to_owned(),
        (["a", x, "b"], ..) if !x.is_empty() && !x.contains(['/', '@']) => format!("Middle {{ x: {x:?} }}"),
        (_, Some(x), _) => format!("Tail {{ x: {x:?} }}"),
        (.., Some(y)) => format!("Special {{ y: {y:?} }}"),
        _ => "Other".to_owned(),
    }
}

#[derive(Debug, nova::Message)]
enum Small {
    #[nova(channel = "a.b")]
    Exact,
    #[nova(channel = "a.{x}.b")]
    Middle { x: Text },
    #[nova(channel = "a.{x}")]
    Tail { x: Text },
    #[nova(channel = "b@{y}")]
    Special { y: Text },
    #[nova(other)]
    Other,
}

proptest! {
    #[test]
    fn patterns_take_what_splitting_says(channel in "[ab./@]{0,8}") {
        prop_assert_eq!(told::<Small>(&channel, "1"), expected(&channel));
    }

    #[test]
    fn no_message_makes_it_panic(channel in r"[a-z./@:{}* é]{0,16}", data in r#"[\[\]{}",:\\a0 e-]{0,24}"#) {
        let frame = Frame::text(data);
        let text = frame.as_text().expect("text");
        let envelope = Envelope::known(&frame, text, channel.into(), 0);
        let _ = Feed::decode(&envelope, &Json);
        let _ = Event::decode(&envelope, &Json);
    }
}
