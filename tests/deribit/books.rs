//! Deribit's books as a user keeps them: typed messages into `nova::book`, in the handlers of a client, whatever becomes of the stream.

use std::collections::BTreeMap;

use nova::{
    Context, Gap, GapCause, Resync,
    book::{Books, Decimal, Depth, Fault, Rule, Top},
    platform::deribit::{BookKind, Feed, Ticker},
    test::venue::{DeribitBuilder, Recording},
};
use serde_json::{Value, json};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

use crate::{
    replay::{Session, sessions},
    support::{key, link, venue},
};

/// What the keeper of the books saw, in order.
#[derive(Debug)]
enum Seen {
    /// A message of a book, the change it is, and the book behind it.
    Book {
        topic: String,
        timestamp: u64,
        id: u64,
        kind: Option<BookKind>,
        book: Option<(Top, Depth)>,
    },
    Ticker(Box<Ticker>),
    Gap(Gap),
    Fault(Fault),
    Other,
}

#[nova::client(
    platform = "deribit",
    profile = "financial",
    message = Feed,
    overrides(MessageHandler, SubscriptionHandler)
)]
struct Keeper {
    books: Books,
    seen: UnboundedSender<Seen>,
}

impl nova::MessageHandler for Keeper {
    async fn handle_message(&mut self, message: Feed, cx: &mut Context<'_, Self>) -> nova::Result {
        let seen = match message {
            Feed::Book(change) => match self.books.apply(&change.channel, &change.data) {
                Ok(_) => {
                    let book = self.books.get(&change.channel).and_then(|book| book.top().zip(book.depth(usize::MAX)));
                    let (timestamp, id, kind) = (change.data.timestamp, change.data.change_id, change.data.kind);
                    Seen::Book { topic: change.channel.to_string(), timestamp, id, kind, book }
                }
                Err(fault) => {
                    cx.resync(&*change.channel);
                    Seen::Fault(fault)
                }
            },
            Feed::Ticker(ticker) => Seen::Ticker(ticker),
            _ => Seen::Other,
        };
        self.seen.send(seen).map_err(nova::Error::handler)
    }
}

impl nova::SubscriptionHandler for Keeper {
    async fn handle_gap(&mut self, gap: &Gap, _: &mut Context<'_, Self>) -> Resync {
        // Nobody listens at the end of a test.
        let _ = self.seen.send(Seen::Gap(gap.clone()));
        self.books.gap(gap)
    }
}

fn keeper() -> (Keeper, UnboundedReceiver<Seen>) {
    let (seen, sight) = unbounded_channel();
    (Keeper { books: Books::new(Rule::PrevId), seen }, sight)
}

/// Everything that a client sees of a recording.
async fn watch(recording: &Recording) -> Vec<Seen> {
    let replay = std::sync::Arc::new(recording.clone().offline().expect("a runtime"));
    let server = replay.clone();
    let (keeper, mut sight) = keeper();
    let desk = nova::connect(keeper).dialer(link(move |stream| server.serve(stream))).await.expect("ready");
    let subscribed = desk.subscribe_many(recording.channels()).await.expect("alive");
    assert!(subscribed.rejected.is_empty(), "{:?}", subscribed.rejected);
    // Two answers behind the last message: a hole in it has been asked about by the first.
    for _ in 0..2 {
        desk.call::<Value>("public/test", json!({})).await.expect("answered");
    }
    desk.close().await;
    drop(desk);
    let mut all = Vec::new();
    while let Some(seen) = sight.recv().await {
        all.push(seen);
    }
    all
}

/// The book of an instrument at each time it changed, and the instrument's tickers.
#[derive(Default)]
struct Instrument {
    tops: Vec<(u64, Top)>,
    tickers: Vec<Ticker>,
}

fn by_instrument(seen: Vec<Seen>) -> BTreeMap<String, Instrument> {
    let mut instruments = BTreeMap::<String, Instrument>::new();
    for seen in seen {
        match seen {
            Seen::Book { topic, timestamp, book, .. } => {
                let name = topic.split('.').nth(1).expect("an instrument").to_owned();
                let (top, _) = book.expect("live from its snapshot on");
                instruments.entry(name).or_default().tops.push((timestamp, top));
            }
            Seen::Ticker(ticker) => {
                instruments.entry(ticker.instrument_name.clone()).or_default().tickers.push(*ticker);
            }
            Seen::Other => {}
            wrong => panic!("{wrong:?} in a whole session"),
        }
    }
    instruments
}

/// The top as a ticker tells it: an empty side is price 0 with amount 0.
fn told(ticker: &Ticker) -> [Decimal; 4] {
    let sides = [ticker.best_bid_price, ticker.best_bid_amount, ticker.best_ask_price, ticker.best_ask_amount];
    sides.map(|number| Decimal::try_from(number.unwrap_or_default()).expect("a decimal"))
}

fn shown(top: &Top) -> [Decimal; 4] {
    let side = |level: Option<nova::book::Level>| level.map_or([Decimal::ZERO; 2], |level| [level.price, level.amount]);
    let ([bid, bids], [ask, asks]) = (side(top.bid), side(top.ask));
    [bid, bids, ask, asks]
}

#[tokio::test(start_paused = true)]
async fn the_tops_of_the_books_are_those_of_the_venues_own_tickers() {
    for Session { name, recording } in sessions() {
        let (mut last, mut all, mut equal) = (0, 0, 0);
        for (instrument, Instrument { tops, tickers }) in by_instrument(watch(&recording).await) {
            // A ticker may come before the change that it tells of, so the venue's clock decides which belong together.
            let at = |ticker: &Ticker| tops.iter().rev().find(|(timestamp, _)| *timestamp <= ticker.timestamp);
            for ticker in &tickers {
                let Some((_, top)) = at(ticker) else { continue };
                all += 1;
                equal += usize::from(shown(top) == told(ticker));
            }
            let Some((ticker, (_, top))) = tickers.last().and_then(|ticker| Some((ticker, at(ticker)?))) else {
                continue;
            };
            assert_eq!(shown(top), told(ticker), "{name}: {instrument}");
            last += 1;
        }
        assert!(last > 0, "{name} has no instrument with both");
        println!("{name}: {last} last tickers of {last} equal their book's top, {equal} of {all} of all tickers");
    }
}

#[derive(Clone, Copy, Debug)]
enum Harm {
    Lost,
    Repeated,
    Swapped,
}

/// One change is lost, repeated or swapped with the next: exactly the right messages reach the handler, and the book ends right.
#[tokio::test(start_paused = true)]
async fn r74_one_change_lost_repeated_or_swapped_gives_exactly_the_right_items() {
    for Session { name, recording } in sessions() {
        let mut whole = BTreeMap::<String, Vec<(u64, Option<Depth>)>>::new();
        for seen in watch(&recording).await {
            if let Seen::Book { topic, id, book, .. } = seen {
                whole.entry(topic).or_default().push((id, book.map(|(_, depth)| depth)));
            }
        }
        let mut tried = 0;
        for (topic, whole) in whole.iter().filter(|(_, whole)| whole.len() > 3) {
            let instrument = topic.split('.').nth(1).expect("an instrument");
            for (nth, harm) in [1, whole.len() / 2]
                .into_iter()
                .flat_map(|nth| [Harm::Lost, Harm::Repeated, Harm::Swapped].map(|harm| (nth, harm)))
            {
                let damaged = recording.clone();
                let damaged = match harm {
                    Harm::Lost => damaged.leave_out(instrument, nth),
                    Harm::Repeated => damaged.repeat(instrument, nth),
                    Harm::Swapped => damaged.swap(instrument, nth),
                };
                let seen = watch(&damaged.expect("there is such a change")).await;
                is_right(&seen, topic, whole, nth, harm);
                tried += 1;
            }
        }
        assert!(tried > 0, "{name} has no book with changes");
        println!("{name}: {tried} damaged streams, each healed or unharmed");
    }
}

fn is_right(seen: &[Seen], topic: &str, whole: &[(u64, Option<Depth>)], nth: usize, harm: Harm) {
    let (mut ids, mut gaps, mut end) = (Vec::new(), Vec::new(), None);
    for seen in seen {
        match seen {
            Seen::Book { topic: of, id, book, .. } if of == topic => {
                ids.push(*id);
                end = book.as_ref().map(|(_, depth)| depth.clone());
            }
            Seen::Gap(gap) => gaps.push((&*gap.topic, gap.cause.clone(), ids.len())),
            Seen::Fault(fault) => panic!("{harm:?}: {fault}"),
            _ => {}
        }
    }
    let all: Vec<u64> = whole.iter().map(|(id, _)| *id).collect();
    let hole = GapCause::Sequence { expected: all[nth - 1], found: all[nth] };
    let (expected, expected_gaps) = match harm {
        Harm::Repeated => (all, vec![]),
        // The snapshot and the changes before the hole, then the channel from its beginning.
        Harm::Lost | Harm::Swapped => ([&all[..nth], &all[..]].concat(), vec![(topic, hole, nth)]),
    };
    assert_eq!((ids, gaps), (expected, expected_gaps), "{harm:?} of change {nth} of {topic}");
    assert_eq!(end, whole.last().and_then(|(_, depth)| depth.clone()), "the book ends as the stream does");
}

/// A hole that no number shows: the book is crossed, asks for itself anew, and is right again.
#[tokio::test(start_paused = true)]
async fn a_crossed_book_is_a_fault_and_is_asked_for_anew() {
    let topic = "book.X.100ms";
    let frame = |data: &str| {
        let raw =
            format!(r#"{{"jsonrpc":"2.0","method":"subscription","params":{{"channel":"{topic}","data":{data}}}}}"#);
        json!({ "dir": "in", "t": 1.0, "kind": "text", "raw": raw }).to_string()
    };
    let request = r#"{"jsonrpc":"2.0","id":0,"method":"public/subscribe","params":{"channels":["book.X.100ms"]}}"#;
    let lines = [
        json!({ "dir": "out", "t": 1.0, "kind": "text", "raw": request }).to_string(),
        json!({ "dir": "in", "t": 1.0, "kind": "text", "raw": r#"{"jsonrpc":"2.0","id":0,"result":["book.X.100ms"]}"# })
            .to_string(),
        frame(
            r#"{"type":"snapshot","timestamp":1,"instrument_name":"X","change_id":1,"bids":[["new",9.5,1.0]],"asks":[["new",10.0,1.0]]}"#,
        ),
        frame(
            r#"{"type":"change","timestamp":2,"instrument_name":"X","prev_change_id":1,"change_id":2,"bids":[["new",10.5,1.0]],"asks":[]}"#,
        ),
    ];
    let recording = Recording::parse(&lines.join("\n")).expect("a recording");
    let seen = watch(&recording).await;
    let crossed = Fault::Crossed { bid: "10.5".parse().expect("a decimal"), ask: 10.into() };
    let mut faults = seen.iter().filter_map(|seen| match seen {
        Seen::Fault(fault) => Some(fault),
        _ => None,
    });
    assert_eq!(faults.next(), Some(&crossed));
    let anew = seen.iter().position(|seen| matches!(seen, Seen::Gap(gap) if gap.cause == GapCause::Resubscribed));
    let anew = anew.expect("what is asked for anew comes behind a gap");
    assert!(
        matches!(&seen[anew + 1], Seen::Book { kind: Some(BookKind::Snapshot), id: 1, book: Some(_), .. }),
        "{seen:?}"
    );
}

/// A link that is lost: the books are not read across it, and are whole again behind it.
#[tokio::test(start_paused = true)]
async fn books_begin_anew_behind_a_lost_link() {
    let (venue, dialer) = venue(DeribitBuilder::default());
    let (keeper, mut sight) = keeper();
    let desk = nova::connect(keeper).dialer(dialer).credentials(key()).await.expect("ready");
    desk.subscribe("book.BTC-PERPETUAL.raw").await.expect("confirmed");
    let is_change = |seen: &Seen| matches!(seen, Seen::Book { kind: Some(BookKind::Change), book: Some(_), .. });
    while !is_change(&sight.recv().await.expect("alive")) {}
    venue.cut();
    let mut seen = sight.recv().await.expect("alive");
    while !matches!(seen, Seen::Gap(_)) {
        seen = sight.recv().await.expect("alive");
    }
    let next = sight.recv().await.expect("alive");
    assert!(matches!(next, Seen::Book { kind: Some(BookKind::Snapshot), book: Some(_), .. }), "{next:?}");
    while !is_change(&sight.recv().await.expect("alive")) {}
    desk.close().await;
}
