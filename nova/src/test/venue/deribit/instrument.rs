//! What an instrument's name says: its kind, its currencies and the grid its prices lie on.

use std::fmt;

use serde_json::{Value, json};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Perpetual,
    Future,
    Option,
    Spot,
}

impl Kind {
    /// The word of channels and `get_instruments`, where a perpetual is a future.
    pub(super) fn word(self) -> &'static str {
        match self {
            Self::Perpetual | Self::Future => "future",
            Self::Option => "option",
            Self::Spot => "spot",
        }
    }
}

#[derive(Clone, Debug)]
pub(super) struct Instrument {
    pub(super) name: String,
    pub(super) kind: Kind,
    pub(super) base: String,
    pub(super) quote: String,
    pub(super) expiry: Option<String>,
    /// Price steps in one unit of price.
    pub(super) steps: i32,
    /// The smallest amount.
    pub(super) lot: f64,
    /// Where the walk begins, in price steps.
    pub(super) start: i32,
    /// What its index stands at where nothing else says so.
    pub(super) underlying: i32,
}

impl Instrument {
    /// `BTC-PERPETUAL`, `BTC-26DEC25`, `BTC-26DEC25-90000-C`, `ETH_USDC-PERPETUAL`, `BTC_USDC`.
    pub(super) fn parse(name: &str) -> Option<Self> {
        let mut parts = name.split('-');
        let (base, linear) = match parts.next()?.split_once('_') {
            Some((base, quote)) => (base, Some(quote)),
            None => (name.split('-').next()?, None),
        };
        let rest: Vec<&str> = parts.collect();
        let (kind, expiry) = match rest[..] {
            [] if linear.is_some() => (Kind::Spot, None),
            ["PERPETUAL"] => (Kind::Perpetual, None),
            [expiry] if is_expiry(expiry) => (Kind::Future, Some(expiry)),
            [expiry, strike, "C" | "P"] if is_expiry(expiry) && is_strike(strike) => (Kind::Option, Some(expiry)),
            _ => return None,
        };
        if ![base, linear.unwrap_or("USD")].iter().all(|word| is_currency(word)) {
            return None;
        }
        let (steps, unit) = match base {
            "BTC" => (2, 60_000),
            "ETH" => (20, 3_000),
            _ => (100, 150),
        };
        let (steps, start) = if kind == Kind::Option { (10_000, 500) } else { (steps, unit * steps) };
        let inverse = linear.is_none() && kind != Kind::Option;
        let lot = if inverse && base == "BTC" {
            10.0
        } else if inverse {
            1.0
        } else {
            0.1
        };
        Some(Self {
            name: name.to_owned(),
            kind,
            base: base.to_owned(),
            quote: linear.unwrap_or("USD").to_owned(),
            expiry: expiry.map(str::to_owned),
            steps,
            lot,
            start,
            underlying: unit,
        })
    }

    pub(super) fn price(&self, steps: i32) -> f64 {
        f64::from(steps) / f64::from(self.steps)
    }

    pub(super) fn amount(&self, lots: u32) -> f64 {
        // A division by the reciprocal is exact where a product with 0.1 is not.
        f64::from(lots) / (1.0 / self.lot)
    }

    /// The index it follows, such as `btc_usd`.
    pub(super) fn index(&self) -> String {
        format!("{}_{}", self.base, self.quote).to_lowercase()
    }

    pub(super) fn describe(&self) -> Value {
        json!({
            "instrument_name": self.name, "kind": self.kind.word(), "base_currency": self.base,
            "quote_currency": self.quote, "price_index": self.index(), "tick_size": self.price(1),
            "min_trade_amount": self.lot, "contract_size": self.lot, "is_active": true, "state": "open",
            "settlement_period": if self.kind == Kind::Perpetual { "perpetual" } else { "month" },
        })
    }
}

impl fmt::Display for Instrument {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.name)
    }
}

fn is_currency(word: &str) -> bool {
    !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit())
}

/// One or two digits, a month's three letters, two digits.
fn is_expiry(word: &str) -> bool {
    let digits = word.bytes().take_while(u8::is_ascii_digit).count();
    let (month, year) = (word.get(digits..digits + 3), word.get(digits + 3..));
    (1..=2).contains(&digits)
        && month.is_some_and(|month| month.bytes().all(|byte| byte.is_ascii_uppercase()))
        && year.is_some_and(|year| year.len() == 2 && year.bytes().all(|byte| byte.is_ascii_digit()))
}

/// Digits, with `d` for the decimal point.
fn is_strike(word: &str) -> bool {
    !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_digit() || byte == b'd')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_tell_the_kind_and_misspelt_ones_are_no_instrument() {
        for (name, kind) in [
            ("BTC-PERPETUAL", Some(Kind::Perpetual)),
            ("ETH_USDC-PERPETUAL", Some(Kind::Perpetual)),
            ("BTC-26DEC25", Some(Kind::Future)),
            ("BTC-26DEC25-90000-C", Some(Kind::Option)),
            ("XRP_USDC-30JUN25-0d625-C", Some(Kind::Option)),
            ("BTC_USDC", Some(Kind::Spot)),
            ("BTC", None),
            ("BTC_PERPETUAL-", None),
            ("BTC-PERPETUL", None),
            ("BTC-26DEC25-90000-X", None),
            ("btc-PERPETUAL", None),
            ("", None),
        ] {
            assert_eq!(Instrument::parse(name).map(|instrument| instrument.kind), kind, "{name}");
        }
    }
}
