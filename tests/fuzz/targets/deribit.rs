//! Deribit: its channels, its books, and the answers to the common methods.

#![no_main]

use fuzz::{Peer, follow, lines, typed};
use libfuzzer_sys::fuzz_target;
use nova::{
    Message,
    book::{Books, Rule},
    codec::Json,
    platform::{
        Deribit,
        deribit::{
            Book, Candle, Changes, Feed, GroupedBook, IncrementalTicker, Instrument, Orders, Placed, PlatformState,
            Portfolio, Position, Quote, Summaries, Ticker, Trade, UserTrade, Version,
        },
    },
};

const TOPICS: &[(&str, &str)] = &[
    ("book.BTC-PERPETUAL.100ms", r#"["book.BTC-PERPETUAL.100ms"]"#),
    ("ticker.BTC-PERPETUAL.raw", "[]"),
    ("user.orders.BTC-PERPETUAL.raw", r#"["user.orders.BTC-PERPETUAL.raw"]"#),
];

fuzz_target!(|data: &[u8]| {
    let mut books = Books::new(Rule::PrevId);
    Peer::new(&Deribit::new(), TOPICS, |envelope| {
        if let Ok(Feed::Book(change)) = Feed::decode(envelope, &Json) {
            follow(&mut books, &change.channel, &change.data);
        }
        typed!(envelope; Book, GroupedBook, Ticker, IncrementalTicker, Vec<Trade>, Quote, Candle, PlatformState);
        typed!(envelope; Orders, Vec<UserTrade>, Changes, Portfolio, Vec<Position>, Placed, Vec<Instrument>, Summaries, Version);
    })
    .play(lines(data));
});
