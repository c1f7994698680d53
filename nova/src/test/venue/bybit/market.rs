//! Market data: what each public topic tells, when it is subscribed and as time goes by.

use serde_json::{Value, json};

use super::{
    book::{Book, decimal},
    endpoint::Endpoint,
};
use crate::test::venue::random::Random;

/// One public topic of one endpoint, for everybody who listens to it.
#[derive(Debug)]
pub(super) struct Feed {
    topic: String,
    endpoint: Endpoint,
    symbol: String,
    kind: Kind,
    /// In tenths.
    price: i64,
    told: u64,
    pub(super) faults: Vec<Fault>,
    /// What comes behind the next message instead of before it.
    held: Option<String>,
}

#[derive(Debug)]
enum Kind {
    /// Depth 1 tells snapshots only.
    Top(Book),
    Book(Book),
    Trades,
    Ticker,
    Candles,
    Liquidations,
}

/// What happens to a topic's next message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fault {
    Lose,
    Repeat,
    Swap,
}

impl Feed {
    pub(super) fn new(endpoint: Endpoint, topic: &str, random: &mut Random) -> Self {
        let parts: Vec<&str> = topic.split('.').collect();
        let symbol = parts.last().copied().unwrap_or_default();
        let kind = match parts[..] {
            ["orderbook", "1", _] => Kind::Top(Book::new(symbol, 1, random)),
            ["orderbook", depth, _] => Kind::Book(Book::new(symbol, depth.parse().unwrap_or(1), random)),
            ["tickers", _] => Kind::Ticker,
            ["kline", ..] => Kind::Candles,
            ["allLiquidation", _] => Kind::Liquidations,
            _ => Kind::Trades,
        };
        let (topic, symbol) = (topic.to_owned(), symbol.to_owned());
        Self { topic, endpoint, symbol, kind, price: 365_000, told: 0, faults: Vec::new(), held: None }
    }

    /// What a new subscriber is told first.
    pub(super) fn first(&self, now: u64) -> Option<String> {
        let data = match &self.kind {
            Kind::Top(book) | Kind::Book(book) => book.snapshot(),
            Kind::Ticker => self.ticker(true),
            _ => return None,
        };
        Some(self.frame("snapshot", &data, now))
    }

    /// The book's service begins anew; what everybody is told of that.
    pub(super) fn restart(&mut self, now: u64) -> Option<String> {
        let (Kind::Top(book) | Kind::Book(book)) = &mut self.kind else { return None };
        book.restart();
        self.first(now)
    }

    /// What everybody is told next.
    pub(super) fn next(&mut self, random: &mut Random, now: u64) -> Vec<String> {
        self.told += 1;
        self.price += i64::from(random.below(3)) - 1;
        let id = 77_000_000 + self.told;
        let side = if random.below(2) == 0 { "Buy" } else { "Sell" };
        let (kind, data) = match &mut self.kind {
            Kind::Top(book) => {
                book.step(random);
                ("snapshot", book.snapshot())
            }
            Kind::Book(book) => {
                let change = book.step(random);
                ("delta", book.told(&change))
            }
            Kind::Ticker if matches!(self.endpoint, Endpoint::Linear | Endpoint::Inverse) => {
                ("delta", self.ticker(false))
            }
            Kind::Ticker => ("snapshot", self.ticker(true)),
            Kind::Trades => (
                "snapshot",
                json!([{
                    "T": now, "s": self.symbol, "S": side, "v": decimal(1 + i64::from(random.below(900)), 3),
                    "p": decimal(self.price, 1), "L": "PlusTick", "i": format!("{id:08x}-uuid"), "BT": false, "RPI": false,
                    "seq": id,
                }]),
            ),
            Kind::Candles => {
                let (start, price) = (now - now % 60_000, decimal(self.price, 1));
                (
                    "snapshot",
                    json!([{
                        "start": start, "end": start + 59_999, "interval": "1", "open": "36500", "close": price,
                        "high": "36600", "low": "36400", "volume": "12.3", "turnover": "448950", "confirm": false, "timestamp": now,
                    }]),
                )
            }
            Kind::Liquidations => (
                "snapshot",
                json!([{ "T": now, "s": self.symbol, "S": side, "v": "0.020", "p": decimal(self.price, 1) }]),
            ),
        };
        let frame = self.frame(kind, &data, now);
        self.disturbed(frame)
    }

    /// The message after what was commanded to happen to it.
    fn disturbed(&mut self, frame: String) -> Vec<String> {
        let fault = if self.faults.is_empty() { None } else { Some(self.faults.remove(0)) };
        match fault {
            Some(Fault::Lose) => Vec::new(),
            Some(Fault::Repeat) => vec![frame.clone(), frame],
            Some(Fault::Swap) => {
                self.held = Some(frame);
                Vec::new()
            }
            None => std::iter::once(frame).chain(self.held.take()).collect(),
        }
    }

    /// The whole ticker, or what changed of it. Spot's has no bid and ask.
    fn ticker(&self, whole: bool) -> Value {
        let mut ticker = json!({ "symbol": self.symbol, "lastPrice": decimal(self.price, 1) });
        if !whole {
            return ticker;
        }
        ticker["highPrice24h"] = "36900.0".into();
        ticker["volume24h"] = "12345.678".into();
        if self.endpoint != Endpoint::Spot {
            ticker["bid1Price"] = decimal(self.price - 1, 1).into();
            ticker["ask1Price"] = decimal(self.price + 1, 1).into();
            ticker["markPrice"] = decimal(self.price, 1).into();
            ticker["nextFundingTime"] = "1700006400000".into();
            ticker["fundingRate"] = "".into();
        }
        ticker
    }

    /// In the order in which the venue writes the members.
    fn frame(&self, kind: &str, data: &Value, now: u64) -> String {
        format!(r#"{{"topic":"{}","type":"{kind}","ts":{now},"data":{data},"cts":{}}}"#, self.topic, now - 2)
    }
}
