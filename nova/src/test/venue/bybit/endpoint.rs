//! The venue's endpoints, each of which has its topics and its forms of answers.

use serde_json::{Value, json};

/// What the path says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Endpoint {
    Spot,
    Linear,
    Inverse,
    Option,
    Private,
    Trade,
}

/// The topics of the private endpoint, each of which may have a category behind it.
const PRIVATE: [&str; 6] = ["order", "execution", "position", "wallet", "greeks", "dcp"];
const CATEGORIES: [&str; 4] = ["spot", "linear", "inverse", "option"];

impl Endpoint {
    pub(super) fn at(path: &str) -> Option<Self> {
        Some(match path {
            "/v5/public/spot" => Self::Spot,
            "/v5/public/linear" => Self::Linear,
            "/v5/public/inverse" => Self::Inverse,
            "/v5/public/option" => Self::Option,
            "/v5/private" => Self::Private,
            "/v5/trade" => Self::Trade,
            _ => return None,
        })
    }

    pub(super) fn is_public(self) -> bool {
        !matches!(self, Self::Private | Self::Trade)
    }

    /// The symbols it lists.
    pub(super) fn symbols(self) -> &'static [&'static str] {
        match self {
            Self::Spot | Self::Linear => &["BTCUSDT", "ETHUSDT", "SOLUSDT"],
            Self::Inverse => &["BTCUSD", "ETHUSD"],
            Self::Option => &["BTC-26DEC31-90000-C-USDT"],
            Self::Private | Self::Trade => &[],
        }
    }

    pub(super) fn serves(self, topic: &str) -> bool {
        let parts: Vec<&str> = topic.split('.').collect();
        if self == Self::Private {
            let category = |part: &str| CATEGORIES.contains(&part) || matches!(part, "fast" | "future");
            return PRIVATE.contains(&parts[0]) && parts[1..].iter().all(|part| category(part));
        }
        let depths: &[&str] = if self == Self::Option { &["25", "100"] } else { &["1", "50", "200", "1000"] };
        let listed = |symbol: &str| self.symbols().contains(&symbol);
        match parts[..] {
            ["orderbook", depth, symbol] => depths.contains(&depth) && listed(symbol),
            ["publicTrade", base] if self == Self::Option => base == "BTC",
            ["publicTrade" | "tickers" | "allLiquidation", symbol] => listed(symbol),
            ["kline", interval, symbol] => matches!(interval, "1" | "5" | "60" | "D") && listed(symbol),
            _ => false,
        }
    }

    /// The answer to a request for topics. Spot's has no number, and options' has neither number nor `op`, but lists the topics.
    pub(super) fn answer(self, op: &str, number: &Value, asked: &[String], refused: &[(String, String)]) -> Value {
        let words = refused.first().map_or("", |(_, words)| words);
        let success = refused.is_empty();
        match self {
            Self::Option => {
                let fails: Vec<&String> = refused.iter().map(|(topic, _)| topic).collect();
                let successes: Vec<&String> = asked.iter().filter(|topic| !fails.contains(topic)).collect();
                json!({
                    "success": success, "conn_id": "c-1", "type": "COMMAND_RESP",
                    "data": { "failTopics": fails, "successTopics": successes },
                })
            }
            Self::Spot => {
                let words = if success { op } else { words };
                json!({ "success": success, "ret_msg": words, "conn_id": "c-1", "op": op })
            }
            _ => json!({ "success": success, "ret_msg": words, "conn_id": "c-1", "req_id": number, "op": op }),
        }
    }

    /// The answer to a ping.
    pub(super) fn pong(self, now_ms: u64) -> Value {
        let time = now_ms.to_string();
        match self {
            Self::Spot => json!({ "success": true, "ret_msg": "pong", "conn_id": "c-1", "op": "ping" }),
            Self::Linear | Self::Inverse => {
                json!({ "success": true, "ret_msg": "pong", "conn_id": "c-1", "req_id": "", "op": "ping" })
            }
            Self::Option => json!({ "op": "pong", "args": [time] }),
            Self::Private => json!({ "req_id": "", "op": "pong", "args": [time], "conn_id": "c-1" }),
            Self::Trade => json!({ "retCode": 0, "retMsg": "OK", "op": "pong", "data": [time], "connId": "c-1" }),
        }
    }
}
