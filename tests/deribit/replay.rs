//! A session as a venue sent it, byte for byte, into a client that the macro wrote: nothing of it may be lost, doubled or unknown.
//!
//! Each test runs on the invented session in `tests/data`, and once more on a real recording where `NOVA_RECORDING` names one; both
//! over TCP and inside the process.

use std::{collections::BTreeMap, env, path::Path, sync::Arc, time::Duration};

use nova::{
    Client, Codec, Connect, Envelope, GapCause, Item, Message, Result,
    platform::deribit::{Book, BookKind, Ticker, Trade},
    test::venue::{Recording, Replay},
};
use serde_json::{Value, json};
use tokio::time::timeout;

use crate::support::{Chains, Desk, link};

/// Every kind of message in the session, by the payload types that nova brings along.
#[derive(Debug)]
enum Feed {
    Ticker(String, Box<Ticker>),
    Book(String, Book),
    Trades(String, Vec<Trade>),
    Unknown(String),
}

impl Message for Feed {
    fn decode<C: Codec>(envelope: &Envelope<'_>, codec: &C) -> Result<Self> {
        let channel = envelope.channel().unwrap_or_default().to_owned();
        Ok(match channel.split('.').next() {
            Some("ticker") => Self::Ticker(channel, envelope.data(codec)?),
            Some("book") => Self::Book(channel, envelope.data(codec)?),
            Some("trades") => Self::Trades(channel, envelope.data(codec)?),
            _ => Self::Unknown(channel),
        })
    }
}

#[nova::client(platform = "deribit", profile = "financial", message = Feed)]
struct Typed;

pub(crate) struct Session {
    pub(crate) name: &'static str,
    pub(crate) recording: Recording,
}

pub(crate) fn sessions() -> Vec<Session> {
    let invented = Path::new(env!("CARGO_MANIFEST_DIR")).join("data/deribit_session_invented.ndjson");
    let mut sessions = vec![Session { name: "invented", recording: Recording::read(invented).expect("readable") }];
    match env::var_os("NOVA_RECORDING") {
        Some(path) => {
            sessions.push(Session { name: "recorded", recording: Recording::read(path).expect("NOVA_RECORDING") });
        }
        None => eprintln!("skipped the real recording: NOVA_RECORDING is not set"),
    }
    sessions
}

#[derive(Clone, Copy, Debug)]
enum Way {
    Tcp,
    Memory,
}

/// A server that replays, and a client on its way to it.
async fn client<C>(recording: Recording, way: Way, client: C) -> (Arc<Replay>, Connect<C>)
where
    C: nova::Handlers<Platform: Default, Codec: Default>,
{
    match way {
        Way::Tcp => {
            let replay = Arc::new(recording.start().await.expect("a port"));
            let connect = nova::connect(client).url(replay.url());
            (replay, connect)
        }
        Way::Memory => {
            let replay = Arc::new(recording.offline().expect("a runtime"));
            let server = replay.clone();
            let connect = nova::connect(client).dialer(link(move |stream| server.serve(stream)));
            (replay, connect)
        }
    }
}

fn channels_of(requests: &[Value]) -> Vec<Vec<String>> {
    let channels = |request: &Value| serde_json::from_value(request["channels"].clone()).expect("a list");
    requests.iter().map(channels).collect()
}

fn sorted<T: Ord + Clone>(list: &[T]) -> Vec<T> {
    let mut list = list.to_vec();
    list.sort();
    list
}

/// The items of a session, and that nothing comes behind them.
async fn items<C: Client>(desk: &nova::Handle<C>, count: usize) -> Vec<Item<C::Message>> {
    let mut items = Vec::new();
    while items.len() < count {
        items.push(desk.next().await.expect("the client ended"));
    }
    desk.call::<Value>("public/test", json!({})).await.expect("answered behind the last message");
    desk.close().await;
    assert!(desk.next().await.is_none(), "more came than was sent");
    items
}

/// Every message arrives once, in order and as the bytes it was.
async fn arrives_whole(Session { name, recording }: Session, way: Way) {
    let (replay, connect) = client(recording.clone(), way, Desk).await;
    let desk = connect.await.expect("ready");
    let asked =
        channels_of(&[serde_json::from_str::<Value>(&recording.requests()[0]).expect("JSON")["params"].clone()]);
    let subscribed = desk.subscribe_many(asked[0].clone()).await.expect("alive");
    assert!(subscribed.rejected.is_empty(), "{:?}", subscribed.rejected);
    assert_eq!(sorted(&subscribed.confirmed), sorted(&recording.channels()), "every recorded channel is confirmed");
    let on_the_wire = channels_of(&replay.requests("public/subscribe"));
    assert_eq!(on_the_wire.len(), 1, "asked for in one request");
    assert_ne!(on_the_wire[0], recording.channels(), "the acknowledgement lists them in another order");

    let sent: Vec<&str> = recording.notifications().collect();
    let mut chains = Chains::default();
    for (place, item) in items(&desk, sent.len()).await.into_iter().enumerate() {
        let Item::Message(raw) = item else { panic!("{name}: {item:?} in place {place}") };
        assert_eq!(raw.text(), Some(sent[place]), "{name}: byte for byte, in place {place}");
        chains.take(&raw);
    }
    let changes = sent.iter().filter(|text| text.contains(r#""type":"change""#)).count();
    assert_eq!(chains.changes, changes, "every change follows the one before it");
    println!("{name}, {way:?}: {} channels, {} messages, {changes} changes", subscribed.confirmed.len(), sent.len());
}

/// Every message is of a known type, with nothing undecodable.
async fn is_understood(Session { name, recording }: Session, way: Way) {
    let (_replay, connect) = client(recording.clone(), way, Typed).await;
    let desk = connect.await.expect("ready");
    desk.subscribe_many(recording.channels()).await.expect("alive");
    let sent: Vec<Value> = recording.notifications().map(|text| serde_json::from_str(text).expect("JSON")).collect();
    let mut counts = BTreeMap::<&str, usize>::new();
    for (item, sent) in items(&desk, sent.len()).await.into_iter().zip(&sent) {
        let Item::Message(message) = item else { panic!("{name}: {item:?}") };
        let data = &sent["params"]["data"];
        let (kind, channel) = match message {
            Feed::Ticker(channel, ticker) => {
                assert_eq!(ticker.mark_price, data["mark_price"].as_f64());
                ("tickers", channel)
            }
            Feed::Book(channel, book) => {
                assert_eq!(Some(book.change_id), data["change_id"].as_u64());
                assert_eq!(Some(book.bids.len()), data["bids"].as_array().map(Vec::len));
                (if book.kind == Some(BookKind::Snapshot) { "snapshots" } else { "changes" }, channel)
            }
            Feed::Trades(channel, trades) => {
                assert_eq!(Some(trades.len()), data.as_array().map(Vec::len));
                ("trades", channel)
            }
            Feed::Unknown(channel) => panic!("{name}: `{channel}` is unknown"),
        };
        assert_eq!(sent["params"]["channel"], channel);
        *counts.entry(kind).or_default() += 1;
    }
    assert_eq!(counts.values().sum::<usize>(), sent.len());
    println!("{name}, {way:?}: {counts:?}, 0 unknown");
}

/// One book change, and those around it, by their place among the notifications.
#[derive(Clone, Debug)]
struct LeftOut {
    instrument: String,
    channel: String,
    nth: usize,
    /// The change ids before and of the one left out.
    before: u64,
    own: u64,
}

/// Every change that another one follows: leaving out a book's last one cannot be seen by anybody.
fn changes_to_leave_out(recording: &Recording) -> Vec<LeftOut> {
    let mut of_book = BTreeMap::<String, Vec<LeftOut>>::new();
    for text in recording.notifications() {
        let params = serde_json::from_str::<Value>(text).expect("JSON")["params"].take();
        let (data, channel) = (&params["data"], params["channel"].as_str().expect("a channel"));
        if data["type"] == "change" {
            let changes = of_book.entry(channel.to_owned()).or_default();
            changes.push(LeftOut {
                instrument: data["instrument_name"].as_str().expect("a name").to_owned(),
                channel: channel.to_owned(),
                nth: changes.len() + 1,
                before: data["prev_change_id"].as_u64().expect("a number"),
                own: data["change_id"].as_u64().expect("a number"),
            });
        }
    }
    let followed = |mut changes: Vec<LeftOut>| {
        changes.pop();
        changes
    };
    of_book.into_values().flat_map(followed).collect()
}

/// Exactly one gap, told in its place, and a resubscribe of that channel alone; every other channel is untouched.
async fn heals(recording: &Recording, left_out: &LeftOut, way: Way) {
    let LeftOut { instrument, channel, nth, before, own } = left_out;
    let missing = recording.clone().leave_out(instrument, *nth).expect("there is such a change");
    let (replay, connect) = client(missing, way, Desk).await;
    let desk = connect.await.expect("ready");
    desk.subscribe_many(recording.channels()).await.expect("alive");

    let own_channel = format!(r#""channel":"{channel}""#);
    let (of_book, of_others): (Vec<&str>, Vec<&str>) =
        recording.notifications().partition(|text| text.contains(&own_channel));
    // The snapshot and the changes up to the hole, then the whole channel anew.
    let expected: Vec<&str> = of_book[..*nth].iter().chain(&of_book).copied().collect();
    let (mut book, mut others, mut gaps, mut chains) = (Vec::new(), Vec::new(), Vec::new(), Chains::default());
    for item in items(&desk, of_others.len() + expected.len() + 1).await {
        match item {
            Item::Message(raw) => {
                chains.take(&raw);
                let text = raw.text().expect("text").to_owned();
                if text.contains(&own_channel) { book.push(text) } else { others.push(text) }
            }
            Item::Gap(gap) => gaps.push((gap, book.len())),
            other => panic!("{other:?}"),
        }
    }
    let [(gap, place)] = &gaps[..] else { panic!("not one gap: {gaps:?}") };
    assert_eq!((&*gap.topic, *place), (&**channel, *nth), "told behind the last message before the hole");
    assert_eq!(gap.cause, GapCause::Sequence { expected: *before, found: *own });
    assert_eq!(book, expected);
    assert_eq!(others, of_others, "the other channels have lost nothing");
    assert_eq!(channels_of(&replay.requests("public/unsubscribe")), [[channel.clone()]]);
    assert_eq!(channels_of(&replay.requests("public/subscribe"))[1..], [[channel.clone()]]);
}

async fn every_session(way: Way) {
    for session in sessions() {
        arrives_whole(session, way).await;
    }
    for session in sessions() {
        is_understood(session, way).await;
    }
}

#[tokio::test]
async fn a_recorded_session_arrives_whole_over_tcp() {
    timeout(Duration::from_secs(60), every_session(Way::Tcp)).await.expect("in time");
}

#[tokio::test(start_paused = true)]
async fn a_recorded_session_arrives_whole_in_memory() {
    every_session(Way::Memory).await;
}

#[tokio::test]
async fn a_change_left_out_is_one_gap_and_one_resubscribe_over_tcp() {
    let all = async {
        for Session { name, recording } in sessions() {
            let first: Vec<LeftOut> =
                changes_to_leave_out(&recording).into_iter().filter(|left_out| left_out.nth == 1).collect();
            for left_out in &first {
                heals(&recording, left_out, Way::Tcp).await;
            }
            assert!(!first.is_empty(), "{name} has no book with two changes");
            println!("{name}: {} books healed over TCP", first.len());
        }
    };
    timeout(Duration::from_secs(60), all).await.expect("in time");
}

#[tokio::test(start_paused = true)]
async fn every_change_left_out_is_one_gap_and_one_resubscribe() {
    for Session { name, recording } in sessions() {
        let all = changes_to_leave_out(&recording);
        for left_out in &all {
            heals(&recording, left_out, Way::Memory).await;
        }
        println!("{name}: {} changes left out in turn, each healed", all.len());
    }
}
