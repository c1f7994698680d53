//! A codec of one's own for binary frames: a venue described as if it spoke JSON, and spoken to in CBOR.
//!
//! ```sh
//! cargo run -p examples --example binary_codec
//! ```
//!
//! Envelopes, calls and typed messages all go through the codec. One frame of the venue breaks off: it is shown, and the connection
//! lives on.

#[path = "support/cbor.rs"]
pub(crate) mod cbor;
#[path = "support/cbor_venue.rs"]
mod cbor_venue;

use std::{borrow::Cow, process::ExitCode};

use nova::{Codec, Error, Frame, Item, Text};
use serde::{Deserialize, Serialize};

/// CBOR in binary frames.
#[derive(Debug, Default)]
pub(crate) struct Cbor;

impl Codec for Cbor {
    const NAME: &'static str = "cbor";

    fn encode<T: Serialize + ?Sized>(&self, value: &T) -> nova::Result<Frame> {
        let value = serde_json::to_value(value)
            .map_err(|error| Error::Encode { what: "a message".into(), reason: error.to_string().into() })?;
        let mut bytes = Vec::new();
        cbor::write(&value, &mut bytes);
        Ok(Frame::binary(bytes))
    }

    fn open<'f>(&self, frame: &'f Frame) -> Result<Cow<'f, str>, String> {
        match frame {
            Frame::Binary(bytes) => Ok(cbor::read(bytes)?.to_string().into()),
            _ => Err("CBOR comes in binary frames".to_owned()),
        }
    }
}

/// What the venue says, whatever format it says it in.
#[derive(Default, nova::Platform)]
#[nova(
    id = "/id",
    result = "/result",
    channel = "/topic",
    payload = "/data",
    subscribe = r#"{"id":{id},"op":"subscribe","args":{channels}}"#,
    unsubscribe = r#"{"id":{id},"op":"unsubscribe","args":{channels}}"#,
    request = r#"{"id":{id},"op":{method},"args":{params}}"#
)]
pub(crate) struct Exchange;

#[derive(Debug, Deserialize)]
pub(crate) struct Trade {
    pub(crate) price: f64,
    pub(crate) amount: u32,
}

#[derive(Debug, nova::Message)]
pub(crate) enum Feed {
    #[nova(channel = "trades.{instrument}")]
    Trade { instrument: Text, trade: Trade },
}

#[derive(Debug, Deserialize)]
pub(crate) struct Placed {
    pub(crate) order: u64,
    pub(crate) price: f64,
}

#[nova::rpc(platform = Exchange)]
pub(crate) trait Orders {
    #[rpc("place")]
    async fn place(&self, instrument: &str, price: f64) -> nova::Result<Placed>;
    /// How many there are.
    #[rpc("orders", idempotent)]
    async fn orders(&self) -> nova::Result<u64>;
}

/// A message that nobody answers.
#[derive(Serialize)]
pub(crate) struct Order {
    pub(crate) op: &'static str,
    pub(crate) args: Price,
}

#[derive(Serialize)]
pub(crate) struct Price {
    pub(crate) price: f64,
}

#[nova::client(platform = Exchange, codec = Cbor, message = Feed)]
pub(crate) struct Desk;

const HELP: &str = "\
A client of a local venue that speaks CBOR in binary frames: typed messages in and out, and one frame that breaks off.

Usage: cargo run -p examples --example binary_codec [-- --help]

It ends after less than a second. Exit status: 0 if all of it was seen, 1 if something is missing, 2 for arguments.";

fn main() -> ExitCode {
    match std::env::args().nth(1).as_deref() {
        None => {}
        Some("--help" | "-h") => {
            println!("{HELP}");
            return ExitCode::SUCCESS;
        }
        Some(unknown) => {
            eprintln!("unknown argument `{}`; there is only --help", unknown.escape_debug());
            return ExitCode::from(2);
        }
    }
    match trade() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

#[tokio::main]
async fn trade() -> nova::Result {
    let url = cbor_venue::start().await.map_err(Error::handler)?;
    let desk = nova::connect(Desk).url(url).await?;
    desk.subscribe("trades.BTC").await?;

    let placed = desk.place("BTC", 101.5).await?;
    println!("order {} at {}", placed.order, placed.price);
    desk.send_value(&Order { op: "place", args: Price { price: 99.25 } }).await?;
    println!("{} orders", desk.orders().await?);

    let (mut trades, mut broken) = (0, 0);
    while trades < 10 {
        match desk.next().await {
            Some(Item::Message(Feed::Trade { instrument, trade })) => {
                trades += 1;
                println!("{instrument}: {} at {}", trade.amount, trade.price);
            }
            Some(Item::Undecodable(raw, error)) => {
                broken += 1;
                println!("{} bytes: {error}", raw.frame().len());
            }
            Some(other) => println!("{other:?}"),
            None => break,
        }
    }
    println!("{trades} trades, {broken} broken off, {}", desk.state());
    desk.close().await;
    if broken == 1 { Ok(()) } else { Err(Error::handler("one frame was to break off")) }
}
