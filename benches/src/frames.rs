//! What the venue of the benchmarks says: a ring of frames that all differ, as they lie on the wire.
//!
//! A client must not get fast on a feed that no venue has. So channels and the order of keys change now and then, fragments, pings
//! and letters beyond ASCII come in between, and each message ends in its number: who has that has all of it.

use std::fmt::Write as _;

use serde::Deserialize;

/// Messages of a ring.
pub const MESSAGES: u64 = 4096;

/// The first message's number; all have as many digits.
pub(crate) const FIRST: u64 = 1_000_000;

/// Digits of a number.
const DIGITS: usize = 7;

/// What is different in some messages: of so many the one at this place.
const OTHER_CHANNEL: (u64, u64) = (64, 31);
const OTHER_ORDER: (u64, u64) = (64, 47);
const FRAGMENTED: (u64, u64) = (1024, 100);
const NOT_ASCII: (u64, u64) = (1024, 200);
const BEHIND_A_PING: (u64, u64) = (1024, 300);

/// The sizes that are measured, by their letter: bytes of a message.
pub const SIZES: [(&str, usize); 3] = [("s", 160), ("m", 499), ("l", 1828)];

/// Numbers that a ticker has; as many are taken as fit.
const MEMBERS: [&str; 13] = [
    "best_bid_amount",
    "best_ask_amount",
    "best_bid_price",
    "best_ask_price",
    "mark_price",
    "index_price",
    "open_interest",
    "max_price",
    "min_price",
    "funding_8h",
    "current_funding",
    "settlement_price",
    "interest_value",
];

/// The payload of a message, of either channel: numbers, and where there is room for them the levels of a book.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
#[expect(missing_docs, reason = "they are the venue's")]
pub struct Quote {
    pub timestamp: u64,
    pub price: f64,
    pub best_bid_amount: f64,
    pub best_ask_amount: f64,
    pub best_bid_price: f64,
    pub best_ask_price: f64,
    pub mark_price: f64,
    pub index_price: f64,
    pub open_interest: f64,
    pub max_price: f64,
    pub min_price: f64,
    pub funding_8h: f64,
    pub current_funding: f64,
    pub settlement_price: f64,
    pub interest_value: f64,
    pub bids: Vec<[f64; 2]>,
    pub seq: u64,
}

/// A message whole, as a program without nova would read it.
#[derive(Debug, Deserialize)]
pub struct Notification<'a> {
    /// What it is.
    pub method: &'a str,
    /// What it tells.
    pub params: Params<'a>,
}

/// The channel, and what it carries.
#[derive(Debug, Deserialize)]
pub struct Params<'a> {
    /// The channel.
    pub channel: &'a str,
    /// The payload.
    pub data: Quote,
}

/// The frames of one size.
#[derive(Debug, Default)]
pub struct Ring {
    /// All frames, one behind the other.
    pub bytes: Vec<u8>,
    /// Where each ends, pings and fragments too.
    pub ends: Vec<usize>,
    /// The text of each message.
    pub texts: Vec<String>,
    /// Pings among them.
    pub pings: u64,
    /// The sum of all prices.
    pub prices: f64,
    /// The channels of its messages, where a client subscribes them first.
    pub channels: Vec<String>,
}

impl Ring {
    /// The ring of messages of `size` bytes; it lives as long as the program.
    pub fn of(size: usize) -> &'static Self {
        let mut ring = Self::default();
        for number in 0..MESSAGES {
            if hits(number, BEHIND_A_PING) {
                ring.push(0x89, b"alive?");
                ring.pings += 1;
            }
            let channel =
                if hits(number, OTHER_CHANNEL) { "trades.ETH-PERPETUAL.raw" } else { "ticker.BTC-PERPETUAL.raw" };
            let (text, price) = text(number, size, channel);
            if hits(number, FRAGMENTED) {
                let (first, last) = text.as_bytes().split_at(size / 3);
                ring.push(0x01, first);
                ring.push(0x80, last);
            } else {
                ring.push(0x81, text.as_bytes());
            }
            ring.prices += price;
            ring.texts.push(text);
        }
        Box::leak(Box::new(ring))
    }

    /// Messages of so many topics, each on another than the one before it, as far as there are others.
    pub fn of_topics(topics: usize, size: usize) -> &'static Self {
        let channels: Vec<_> = (0..topics).map(|topic| format!("ticker.{}-PERPETUAL.100ms", coin(topic))).collect();
        let mut ring = Self::default();
        for (number, channel) in (0..MESSAGES).zip(channels.iter().cycle()) {
            let (text, price) = text(number, size, channel);
            ring.push(0x81, text.as_bytes());
            ring.prices += price;
            ring.texts.push(text);
        }
        ring.channels = channels;
        Box::leak(Box::new(ring))
    }

    /// The same as JSON-RPC servers push it to a subscription, without what is different in some.
    pub fn of_notifications(size: usize) -> &'static Self {
        let mut ring = Self::default();
        for number in 0..MESSAGES {
            let text = notification(number, size);
            ring.push(0x81, text.as_bytes());
            ring.texts.push(text);
        }
        Box::leak(Box::new(ring))
    }

    fn push(&mut self, head: u8, payload: &[u8]) {
        frame(&mut self.bytes, head, payload);
        self.ends.push(self.bytes.len());
    }
}

/// Appends a frame as servers send it.
pub fn frame(bytes: &mut Vec<u8>, head: u8, payload: &[u8]) {
    bytes.push(head);
    match (u8::try_from(payload.len()), u16::try_from(payload.len())) {
        (Ok(short @ 0..126), _) => bytes.push(short),
        (_, Ok(long)) => {
            bytes.push(126);
            bytes.extend_from_slice(&long.to_be_bytes());
        }
        _ => {
            bytes.push(127);
            bytes.extend_from_slice(&(payload.len() as u64).to_be_bytes());
        }
    }
    bytes.extend_from_slice(payload);
}

/// The number of a message, counted from nought; it is there only if the whole message is.
#[inline]
pub fn number(text: &str) -> u64 {
    let bytes = text.as_bytes();
    // Most end in it: `1000042}}}`.
    let usual = bytes.len().checked_sub(3 + DIGITS).and_then(|at| digits(bytes.get(at..at + DIGITS)?));
    usual
        .or_else(|| {
            let at = text.rfind("\"seq\":")? + 6;
            digits(bytes.get(at..at + DIGITS)?)
        })
        .map_or(u64::MAX, |number| number.wrapping_sub(FIRST))
}

/// The same, where the number was read already.
#[inline]
pub fn counted(number: u64) -> u64 {
    number.wrapping_sub(FIRST)
}

#[inline]
fn digits(bytes: &[u8]) -> Option<u64> {
    bytes.iter().try_fold(0, |number, byte| byte.is_ascii_digit().then(|| number * 10 + u64::from(byte - b'0')))
}

/// A message to a subscription.
fn notification(number: u64, size: usize) -> String {
    let mut text =
        r#"{"jsonrpc":"2.0","method":"eth_subscription","params":{"subscription":"0x1","result":{"#.to_owned();
    let tail = format!(r#""seq":{}}}}}}}"#, FIRST + number);
    let room = |text: &str| size.saturating_sub(text.len() + tail.len());
    for level in 0.. {
        let member = format!(r#""level{level}":{}.25,"#, 50_000 + number + level);
        if member.len() + r#""pad":"","#.len() > room(&text) {
            break;
        }
        text.push_str(&member);
    }
    let pad = "x".repeat(room(&text).saturating_sub(r#""pad":"","#.len()));
    format!(r#"{text}"pad":"{pad}",{tail}"#)
}

fn hits(number: u64, (of, at): (u64, u64)) -> bool {
    number % of == at
}

/// A name of three letters for each of the first 17,576 numbers; those of neighbours do not begin alike.
fn coin(number: usize) -> String {
    [1, 26, 676].map(|place| char::from(b"ABCDEFGHIJKLMNOPQRSTUVWXYZ"[number / place % 26])).iter().collect()
}

/// A message and its price.
fn text(number: u64, size: usize, channel: &str) -> (String, f64) {
    let (head, tail) = match (hits(number, OTHER_ORDER), number % 128 < 64) {
        (false, _) => (
            format!(r#"{{"jsonrpc":"2.0","method":"subscription","params":{{"channel":"{channel}","data":{{"#),
            "}}}".to_owned(),
        ),
        (true, true) => (
            format!(r#"{{"method":"subscription","params":{{"channel":"{channel}","data":{{"#),
            r#"},"label":"x"},"jsonrpc":"2.0"}"#.to_owned(),
        ),
        (true, false) => (
            r#"{"params":{"data":{"#.to_owned(),
            format!(r#"}},"channel":"{channel}"}},"method":"subscription","jsonrpc":"2.0"}}"#),
        ),
    };
    let last = format!(r#""seq":{}"#, FIRST + number);
    let halves = u32::try_from(number * 7 % 2000).unwrap_or_default();
    let price = 50_000.0 + f64::from(halves) / 2.0;
    let mut data = format!(r#""timestamp":{},"#, 1_700_000_000_000 + number);
    if hits(number, NOT_ASCII) {
        data.push_str(r#""name":"Zürich ₿","#);
    }
    let shown = format!(r#""price":{price:.1}"#);
    let room = |data: &str| size.saturating_sub(head.len() + data.len() + shown.len() + 1 + last.len() + tail.len());
    for (place, name) in MEMBERS.iter().enumerate() {
        let member = format!(r#""{name}":{:.1},"#, price + f64::from(u32::try_from(place).unwrap_or_default()));
        if member.len() <= room(&data) {
            data.push_str(&member);
        }
    }
    // Little room is left to the price: a list of one level would be an owned field in a message that has none.
    if room(&data) > 200 {
        data.push_str(r#""bids":["#);
        let mut level = 0;
        while room(&data) > 24 {
            let comma = if level == 0 { "" } else { "," };
            // A `String` takes all that is written to it.
            let _ = write!(data, "{comma}[{:.1},{}.0]", price - f64::from(level) / 2.0, 1000 + level);
            level += 1;
        }
        data.push_str("],");
    }
    // The price is as exact as there is room for.
    let exact = "0".repeat(room(&data));
    (format!("{head}{data}{shown}{exact},{last}{tail}"), price)
}
