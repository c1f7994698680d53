//! Payloads: every documented channel has its type, and what the venue writes in several ways is read in all of them.

use proptest::prelude::*;

use super::*;
use crate::{
    book::{Decimal, Update as _},
    message::Message as _,
};

#[test]
fn payloads_have_types() {
    let trade = r#"[{"trade_seq":880001,"trade_id":"990001","timestamp":1700000000500,"tick_direction":1,"price":36500.5,"mark_price":36500.2,"instrument_name":"BTC-PERPETUAL","index_price":36498.7,"direction":"buy","amount":20.0,"contracts":2.0,"combo_trade_id":5}]"#;
    let trades: Vec<Trade> = serde_json::from_str(trade).unwrap();
    assert_eq!((trades[0].trade_seq, trades[0].direction), (880_001, Direction::Buy));
    let book: Book = serde_json::from_str(r#"{"type":"change","timestamp":1,"instrument_name":"X","prev_change_id":1,"change_id":2,"bids":[["delete",36500.0,0.0]],"asks":[]}"#).unwrap();
    assert_eq!(
        (book.kind, book.bids[0].action, book.bids[0].price),
        (Some(BookKind::Change), Action::Delete, Decimal::from(36_500))
    );
    let ticker = r#"{"instrument_name":"X","timestamp":1,"last_price":null,"best_bid_price":0,"stats":{"volume":1.0},"greeks":{"delta":0.5}}"#;
    let ticker: Ticker = serde_json::from_str(ticker).unwrap();
    assert_eq!((ticker.last_price, ticker.best_bid_price), (None, Some(0.0)));
}

fn read(channel: &str, data: &str) -> Result<Feed> {
    let text =
        format!(r#"{{"jsonrpc":"2.0","method":"subscription","params":{{"channel":"{channel}","data":{data}}}}}"#);
    let frame = Frame::text(text);
    match Deribit::new().receive(&mut State::default(), Incoming::new(&frame, frame.as_text()))? {
        Inbound::Message { envelope, .. } => Feed::decode(&envelope, &Json),
        other => panic!("{channel}: {other:?}"),
    }
}

const ORDER: &str = r#"{"order_id":"USDC-1","instrument_name":"X","direction":"sell","order_state":"open","price":"market_price","new_member":[1]}"#;

#[test]
fn every_documented_channel_has_its_type() {
    let book =
        r#"{"type":"snapshot","timestamp":1,"instrument_name":"X","change_id":2,"bids":[["new",1.5,2.0]],"asks":[]}"#;
    let grouped = r#"{"timestamp":1,"instrument_name":"X","change_id":2,"bids":[[1.5,2.0]],"asks":[]}"#;
    let trade = r#"[{"trade_seq":1,"trade_id":"9","timestamp":1,"price":1.5,"instrument_name":"X","direction":"buy","amount":2.0,"order_id":"7","state":"archived","combo_trade_id":"c1"}]"#;
    let orders = format!("[{ORDER}]");
    let changes = format!(
        r#"{{"instrument_name":"X","trades":{trade},"orders":[{ORDER}],"positions":[{{"instrument_name":"X","size":-1.5,"direction":"sell"}}]}}"#
    );
    let seen = |channel: &str, data: &str| {
        let variant = format!("{:?}", read(channel, data).unwrap_or_else(|error| panic!("{channel}: {error}")));
        variant.split(|letter: char| !letter.is_alphanumeric()).next().unwrap_or_default().to_owned()
    };
    for (channel, data, variant) in [
        ("book.X.raw", book, "Book"),
        ("book.BTC_USDC-PERPETUAL.100ms", book, "Book"),
        ("book.X.none.10.100ms", grouped, "GroupedBook"),
        ("ticker.X.raw", r#"{"instrument_name":"X","timestamp":1}"#, "Ticker"),
        ("incremental_ticker.X", r#"{"type":"change","timestamp":1,"best_bid_price":null}"#, "IncrementalTicker"),
        ("trades.X.raw", trade, "Trades"),
        ("trades.option.any.100ms", trade, "Trades"),
        ("quote.X", r#"{"instrument_name":"X","timestamp":1,"best_bid_price":null}"#, "Quote"),
        ("chart.trades.X.1D", r#"{"tick":1,"open":1,"high":2,"low":1,"close":2,"volume":3.5,"cost":4}"#, "Candle"),
        ("perpetual.X.raw", r#"{"interest":0.001,"index_price":5,"timestamp":1}"#, "Perpetual"),
        ("deribit_price_index.btc_usd", r#"{"price":1}"#, "PriceIndex"),
        ("deribit_price_ranking.btc_usd", "[]", "PriceRanking"),
        ("deribit_price_statistics.btc_usd", "{}", "PriceStatistics"),
        ("deribit_volatility_index.btc_usd", "{}", "VolatilityIndex"),
        ("estimated_expiration_price.btc_usd", "{}", "EstimatedExpirationPrice"),
        ("markprice.options.btc_usd", "[]", "OptionMarkPrices"),
        ("instrument.state.any.any", r#"{"instrument_name":"X","state":"halted","timestamp":1}"#, "InstrumentState"),
        ("platform_state", r#"{"maintenance":true}"#, "PlatformState"),
        ("platform_state", r#"{"price_index":"btc_usd","locked":false}"#, "PlatformState"),
        ("platform_state.public_methods_state", "{}", "PublicMethodsState"),
        ("announcements", r#"{"title":"x"}"#, "Announcement"),
        ("block_trade_confirmations", "{}", "BlockTradeConfirmations"),
        ("block_trade_confirmations.btc", "{}", "BlockTradeConfirmationsOf"),
        ("block_rfq.maker.btc", "{}", "BlockRfq"),
        ("user.orders.X.raw", ORDER, "Orders"),
        ("user.orders.any.any.100ms", &orders, "Orders"),
        ("user.trades.X.raw", trade, "UserTrades"),
        ("user.changes.future.BTC.100ms", &changes, "Changes"),
        ("user.portfolio.any", r#"{"currency":"BTC","equity":1.5}"#, "Portfolio"),
        ("user.mmp_trigger.btc_usd", "{}", "MmpTrigger"),
        ("user.access_log", "{}", "AccessLog"),
        ("user.lock", "{}", "Lock"),
        ("user.combo_trades.X.raw", "[]", "ComboTrades"),
        ("something.new", "{}", "Other"),
        ("book", "{}", "Other"),
    ] {
        assert_eq!(seen(channel, data), variant, "{channel}");
    }
}

#[test]
fn what_the_venue_writes_one_way_or_the_other_is_read_both_ways() {
    for data in [ORDER.to_owned(), format!("[{ORDER}]")] {
        let Ok(Feed::Orders(Orders(orders))) = read("user.orders.X.raw", &data) else { panic!("{data}") };
        assert_eq!(orders[0].price, Some(OrderPrice::Word("market_price".to_owned())));
        assert_eq!(orders[0].filled_amount, None);
    }
    let odd = ORDER.replace("\"open\"", "\"sleeping\"").replace("\"market_price\"", "36500.5");
    let Ok(Feed::Orders(Orders(orders))) = read("user.orders.X.raw", &odd) else { panic!("{odd}") };
    assert_eq!((orders[0].order_state, &orders[0].price), (OrderState::Other, &Some(OrderPrice::At(36_500.5))));
    let wrong = read("user.orders.X.raw", r#"{"order_id":"1"}"#).unwrap_err().to_string();
    assert!(wrong.contains("instrument_name"), "it says which member is missing: {wrong}");
    for (id, kept) in [("\"c1\"", Some("c1")), ("5", Some("5")), ("null", None)] {
        let trade = format!(
            r#"[{{"trade_seq":1,"trade_id":"9","timestamp":1,"price":1,"instrument_name":"X","direction":"buy","amount":2,"combo_trade_id":{id}}}]"#
        );
        let Ok(Feed::Trades(trades)) = read("trades.X.raw", &trade) else { panic!("{trade}") };
        assert_eq!(trades[0].combo_trade_id.as_deref(), kept);
    }
}

#[test]
fn a_book_says_of_itself_what_the_engine_read_of_it() {
    for data in [
        r#"{"type":"snapshot","change_id":5,"timestamp":1,"instrument_name":"X","bids":[],"asks":[]}"#,
        r#"{"type":"change","prev_change_id":1,"change_id":5,"timestamp":1,"instrument_name":"X","bids":[],"asks":[]}"#,
        r#"{"change_id":5,"timestamp":1,"instrument_name":"X","bids":[],"asks":[]}"#,
        r#"{"change_id":5,"prev_change_id":4,"timestamp":1,"instrument_name":"X","bids":[],"asks":[]}"#,
    ] {
        let book: Book = serde_json::from_str(data).unwrap();
        assert_eq!(Ok(book.numbers()), crate::platform::deribit::book::read(data, 0), "{data}");
    }
    let gone =
        r#"{"type":"change","change_id":5,"timestamp":1,"instrument_name":"X","bids":[["delete",1.5,7.0]],"asks":[]}"#;
    let book: Book = serde_json::from_str(gone).unwrap();
    assert_eq!(book.bids().map(|level| level.amount).collect::<Vec<_>>(), [Decimal::ZERO], "whatever amount it bears");
}

proptest! {
    /// Whatever a channel carries: a value or an error, and never a panic.
    #[test]
    fn no_payload_makes_a_channel_panic(
        channel in "(book|ticker|incremental_ticker|trades|quote|chart.trades|perpetual|user.orders|user.changes)(\\.[a-z0-9]{1,4}){1,4}",
        data in "[\\[{]?[\\]\\[{}\",:a-z0-9.-]{0,40}",
    ) {
        let _ = read(&channel, &data);
    }
}
