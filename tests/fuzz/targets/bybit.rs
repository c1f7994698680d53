//! Bybit: one connection that may be any of its endpoints, since their answers differ by form alone.

#![no_main]

use fuzz::{Peer, follow, lines, typed};
use libfuzzer_sys::fuzz_target;
use nova::{
    Message,
    book::{Books, Rule},
    codec::Json,
    platform::{
        Bybit,
        bybit::{
            Account, Answer, Batch, Book, Candle, Execution, Greeks, Liquidation, Market, Order, Placed, Position,
            Push, Ticker, Trade, Wallet,
        },
    },
};

const TOPICS: &[(&str, &str)] = &[("orderbook.50.BTCUSDT", "{}"), ("tickers.BTCUSDT", "{}"), ("order", "{}")];

fuzz_target!(|data: &[u8]| {
    let mut books = Books::new(Rule::IncrementFromOne);
    let mut ticker = Ticker::default();
    Peer::new(&Bybit::linear(), TOPICS, |envelope| {
        match Market::decode(envelope, &Json) {
            Ok(Market::Book(push)) => follow(&mut books, &push.topic, &push),
            Ok(Market::Ticker(push)) => ticker.merge(push.data),
            _ => {}
        }
        let _ = Account::decode(envelope, &Json);
        typed!(envelope; Push<Book>, Push<Vec<Trade>>, Push<Ticker>, Push<Vec<Candle>>, Push<Vec<Liquidation>>);
        typed!(envelope; Push<Vec<Order>>, Push<Vec<Execution>>, Push<Vec<Position>>, Push<Vec<Wallet>>, Push<Vec<Greeks>>);
        typed!(envelope; Placed, Batch, Answer<Placed>, Answer<Batch>);
    })
    .play(lines(data));
});
