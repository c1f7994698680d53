//! The channel grammar: what a channel's name asks for.

use super::market::Market;

/// How often a channel speaks. `Slow` is the venue's `agg2`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Pace {
    Raw,
    Fast,
    Slow,
}

impl Pace {
    fn parse(word: &str) -> Option<Self> {
        match word {
            "raw" => Some(Self::Raw),
            "100ms" => Some(Self::Fast),
            "agg2" => Some(Self::Slow),
            _ => None,
        }
    }
}

/// Which instruments a channel is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Scope {
    Instrument(String),
    Kind { kind: String, currency: String },
}

impl Scope {
    fn parse(words: &[&str], market: &Market) -> Option<Self> {
        match *words {
            [name] => market.knows(name).then(|| Self::Instrument(name.to_owned())),
            [kind @ ("future" | "option" | "spot" | "any"), currency] => {
                Some(Self::Kind { kind: kind.to_owned(), currency: currency.to_owned() })
            }
            _ => None,
        }
    }

    pub(super) fn covers(&self, instrument: &super::instrument::Instrument) -> bool {
        match self {
            Self::Instrument(name) => *name == instrument.name,
            Self::Kind { kind, currency } => {
                (kind == "any" || kind == instrument.kind.word()) && (currency == "any" || *currency == instrument.base)
            }
        }
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Topic {
    Book { instrument: String, pace: Pace },
    GroupedBook { instrument: String, group: String, depth: usize, pace: Pace },
    Ticker { instrument: String, pace: Pace },
    IncrementalTicker { instrument: String },
    Trades { scope: Scope, pace: Pace },
    Quote { instrument: String },
    Index { index: String },
    Perpetual { instrument: String, pace: Pace },
    PlatformState,
    UserOrders { scope: Scope, pace: Pace },
    UserTrades { scope: Scope },
    UserChanges { scope: Scope },
    UserPortfolio { currency: String },
}

impl Topic {
    /// The topic of a channel's name; `None` where it is misspelt or about an instrument that this venue does not list.
    pub(super) fn parse(channel: &str, market: &Market) -> Option<Self> {
        let words: Vec<&str> = channel.split('.').collect();
        let known = |name: &str| market.knows(name).then(|| name.to_owned());
        Some(match words[..] {
            ["book", name, pace] => Self::Book { instrument: known(name)?, pace: Pace::parse(pace)? },
            ["book", name, group, depth @ ("1" | "10" | "20"), pace @ ("100ms" | "agg2")] => Self::GroupedBook {
                instrument: known(name)?,
                group: ["none", "1", "2", "5", "10", "25", "100", "250"].contains(&group).then(|| group.to_owned())?,
                depth: depth.parse().ok()?,
                pace: Pace::parse(pace)?,
            },
            ["ticker", name, pace] => Self::Ticker { instrument: known(name)?, pace: Pace::parse(pace)? },
            ["incremental_ticker", name] => Self::IncrementalTicker { instrument: known(name)? },
            ["trades", "any", _, _] => return None,
            ["trades", ref scope @ .., pace] => {
                Self::Trades { scope: Scope::parse(scope, market)?, pace: Pace::parse(pace)? }
            }
            ["quote", name] => Self::Quote { instrument: known(name)? },
            ["deribit_price_index", index] => Self::Index { index: market.follows(index).then(|| index.to_owned())? },
            ["perpetual", name, pace] if name.ends_with("-PERPETUAL") => {
                Self::Perpetual { instrument: known(name)?, pace: Pace::parse(pace)? }
            }
            ["platform_state"] => Self::PlatformState,
            ["user", "portfolio", currency] => Self::UserPortfolio { currency: currency.to_owned() },
            ["user", what, ref scope @ .., pace] => {
                let (scope, pace) = (Scope::parse(scope, market)?, Pace::parse(pace)?);
                match what {
                    "orders" => Self::UserOrders { scope, pace },
                    "trades" => Self::UserTrades { scope },
                    "changes" => Self::UserChanges { scope },
                    _ => return None,
                }
            }
            _ => return None,
        })
    }

    /// Whether only `private/subscribe` grants it.
    pub(super) fn is_private(&self) -> bool {
        matches!(
            self,
            Self::UserOrders { .. } | Self::UserTrades { .. } | Self::UserChanges { .. } | Self::UserPortfolio { .. }
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn channels_are_known_by_their_grammar_and_their_instrument() {
        let market = Market::new(&["BTC-PERPETUAL", "BTC-26DEC25-90000-C"].map(str::to_owned), 1).unwrap();
        for (channel, known) in [
            ("book.BTC-PERPETUAL.raw", true),
            ("book.BTC-PERPETUAL.none.10.100ms", true),
            ("book.BTC-PERPETUAL.none.10.raw", false),
            ("book.BTC-PERPETUAL.3.10.100ms", false),
            ("book.BTC-PERPETUAL.200ms", false),
            ("book.BTC_PERPETUAL.100ms", false),
            ("ticker.ETH-PERPETUAL.100ms", false),
            ("incremental_ticker.BTC-PERPETUAL", true),
            ("trades.BTC-PERPETUAL.agg2", true),
            ("trades.option.any.100ms", true),
            ("trades.any.BTC.100ms", false),
            ("quote.BTC-26DEC25-90000-C", true),
            ("deribit_price_index.btc_usd", true),
            ("deribit_price_index.doge_usd", false),
            ("perpetual.BTC-PERPETUAL.100ms", true),
            ("perpetual.BTC-26DEC25-90000-C.100ms", false),
            ("user.orders.any.any.raw", true),
            ("user.changes.BTC-PERPETUAL.100ms", true),
            ("user.portfolio.btc", true),
            ("user.secrets.BTC-PERPETUAL.raw", false),
            ("platform_state", true),
            ("nonsense.X", false),
            ("", false),
        ] {
            assert_eq!(Topic::parse(channel, &market).is_some(), known, "{channel}");
        }
    }
}
