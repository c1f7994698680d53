//! A venue that numbers its messages, and a desk that numbers its orders: what is missing, doubled or out of order shows.

use std::{
    collections::{BTreeMap, BTreeSet},
    ops::AddAssign,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use futures_util::{SinkExt, StreamExt};
use nova::{Error, Handle, Item, Outcome, Outgoing};
use serde_json::{Value, json};
use tokio::{
    io::{AsyncRead, AsyncWrite},
    sync::watch,
    time::{interval, timeout},
};
use tokio_tungstenite::{
    accept_async,
    tungstenite::{Message, protocol::CloseFrame},
};

use crate::{support::Plain, world::secs};

pub(crate) const TOPICS: [&str; 2] = ["private.fills", "trades"];
/// Each topic has a message of the next number, whoever listens.
const TICK: Duration = Duration::from_millis(200);
/// A peer that takes nothing for so long is gone.
const PATIENCE: Duration = secs(30);

/// A client whose orders fail where they cannot be sent at once, and which tries for ever, without much delay: most of its time is for
/// what is asked here.
#[nova::client(
    platform = Plain,
    profile = "financial",
    strategy = "always_reconnect",
    reconnect(max_delay = "1s"),
    breaker(failures = "off")
)]
pub(crate) struct Desk;

#[derive(Clone)]
struct Clock(Arc<dyn Fn() -> Duration + Send + Sync>);

impl std::fmt::Debug for Clock {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Clock")
    }
}

/// The venue: as many connections as come, all of the same numbers.
#[derive(Clone, Debug)]
pub(crate) struct Numbers {
    clock: Clock,
    /// Of each connection, in the order in which they came.
    orders: Arc<Mutex<Vec<Vec<u64>>>>,
    kick: watch::Sender<u16>,
}

impl Numbers {
    /// A venue that reads the time since the beginning of the world from `clock`.
    pub(crate) fn new(clock: impl Fn() -> Duration + Send + Sync + 'static) -> Self {
        Self { clock: Clock(Arc::new(clock)), orders: Arc::default(), kick: watch::Sender::new(1_000) }
    }

    /// Closes every connection with a code.
    pub(crate) fn kick(&self, code: u16) {
        self.kick.send_replace(code);
    }

    fn orders(&self) -> MutexGuard<'_, Vec<Vec<u64>>> {
        self.orders.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn number(&self) -> u64 {
        u64::try_from((self.clock.0)().as_millis() / TICK.as_millis()).expect("an age")
    }

    /// Serves one connection to its end.
    pub(crate) async fn serve(&self, stream: impl AsyncRead + AsyncWrite + Unpin) {
        let Ok(mut socket) = accept_async(stream).await else { return };
        let connection = {
            let mut orders = self.orders();
            orders.push(Vec::new());
            orders.len() - 1
        };
        let (mut ticks, mut kick) = (interval(TICK / 4), self.kick.subscribe());
        let (mut topics, mut last) = (BTreeSet::new(), self.number());
        loop {
            let mut answers = Vec::new();
            tokio::select! {
                biased;
                _ = kick.changed() => {
                    let close = CloseFrame { code: (*kick.borrow_and_update()).into(), reason: "kicked".into() };
                    let _ = timeout(PATIENCE, socket.close(Some(close))).await;
                    return;
                }
                frame = socket.next() => match frame {
                    Some(Ok(Message::Text(text))) => answers.push(self.answer(&text, connection, &mut topics)),
                    Some(Ok(_)) => {}
                    Some(Err(_)) | None => return,
                },
                _ = ticks.tick() => {
                    let numbers = last + 1..=self.number();
                    last = self.number();
                    // Long enough to be torn often.
                    let pad = "x".repeat(100);
                    let message = |topic, number| json!({"channel": topic, "data": {"number": number, "pad": pad}});
                    answers.extend(numbers.flat_map(|number| topics.iter().map(move |topic| (topic, number)))
                        .map(|(topic, number)| message(topic, number)));
                }
            }
            for answer in answers {
                if !matches!(timeout(PATIENCE, socket.send(answer.to_string().into())).await, Ok(Ok(()))) {
                    return;
                }
            }
        }
    }

    fn answer(&self, call: &str, connection: usize, topics: &mut BTreeSet<String>) -> Value {
        let call: Value = serde_json::from_str(call).expect("a call");
        let params = &call["params"];
        match call["method"].as_str() {
            Some("subscribe") => topics.extend(params.as_array().expect("topics").iter().map(word)),
            Some("order") => self.orders()[connection].push(params["number"].as_u64().expect("a number")),
            _ => {}
        }
        json!({"id": call["id"], "result": params})
    }
}

fn word(value: &Value) -> String {
    value.as_str().expect("a word").to_owned()
}

/// What was counted, of one client or of many.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Counts {
    pub(crate) messages: u64,
    /// Places where numbers are missing, each with its gap; and how many are missing there.
    pub(crate) holes: u64,
    pub(crate) missed: u64,
    pub(crate) gaps: u64,
    pub(crate) orders: u64,
    pub(crate) unknown: u64,
    pub(crate) not_sent: u64,
}

impl AddAssign for Counts {
    fn add_assign(&mut self, other: Self) {
        self.messages += other.messages;
        self.holes += other.holes;
        self.missed += other.missed;
        self.gaps += other.gaps;
        self.orders += other.orders;
        self.unknown += other.unknown;
        self.not_sent += other.not_sent;
    }
}

/// What the consumer of one client has been given so far.
#[derive(Debug, Default)]
pub(crate) struct Ledger {
    counts: Counts,
    /// The last number of each topic, and whether a gap was told behind it.
    topics: BTreeMap<String, (Option<u64>, bool)>,
    /// The connection of each topic's last gap.
    epochs: BTreeMap<String, u64>,
}

impl Ledger {
    /// # Panics
    /// Where a number comes twice, out of order, or behind a hole that nobody told of.
    pub(crate) fn take<M: std::fmt::Debug>(&mut self, item: &Item<M>, read: impl Fn(&M) -> (String, u64)) {
        match item {
            Item::Gap(gap) => {
                self.counts.gaps += 1;
                self.topics.entry(gap.topic.to_string()).or_default().1 = true;
                let earlier = self.epochs.insert(gap.topic.to_string(), gap.epoch);
                assert!(earlier.is_none_or(|earlier| earlier < gap.epoch), "one gap a connection: {gap:?}");
            }
            Item::Message(message) => {
                let (topic, number) = read(message);
                let (last, gap) = self.topics.entry(topic.clone()).or_default();
                if let Some(last) = *last {
                    assert!(number > last, "{topic}: {number} after {last}");
                    if number != last + 1 {
                        assert!(*gap, "{topic}: a hole between {last} and {number}, and no word of it");
                        self.counts.holes += 1;
                        self.counts.missed += number - last - 1;
                    }
                }
                (*last, *gap) = (Some(number), false);
                self.counts.messages += 1;
            }
            other => panic!("neither a message nor a gap: {other:?}"),
        }
    }
}

/// A client that takes what comes and orders all the time, until it is ended.
pub(crate) struct Trader {
    desk: Handle<Desk>,
    consumer: tokio::task::JoinHandle<Counts>,
    orders: tokio::task::JoinHandle<Vec<Option<Outcome>>>,
    stop: watch::Sender<bool>,
}

impl Trader {
    /// The client has been started a moment ago.
    pub(crate) fn start(desk: Handle<Desk>) -> Self {
        let (stop, stopped) = watch::channel(false);
        let items = desk.items();
        let consumer = tokio::spawn(async move {
            let (mut ledger, mut items) = (Ledger::default(), std::pin::pin!(items));
            while let Some(item) = items.next().await {
                ledger.take(&item, |message: &nova::Raw| {
                    let data: Value = message.data().expect("JSON");
                    (message.channel().expect("a topic").to_owned(), data["number"].as_u64().expect("a number"))
                });
            }
            ledger.counts
        });
        let orders = tokio::spawn(order(desk.clone(), stopped));
        let wanting = desk.clone();
        // Whether it is confirmed in time is not asked: it stays wanted.
        tokio::spawn(async move { drop(wanting.subscribe_many(TOPICS).await) });
        Self { desk, consumer, orders, stop }
    }

    /// Ends it, and holds what it was told against what the venue has seen.
    pub(crate) async fn end(self, venue: &Numbers) -> Counts {
        self.stop.send_replace(true);
        let told = self.orders.await.expect("no panic");
        self.desk.close().await;
        let mut counts = self.consumer.await.expect("the numbers are whole");
        // What was under way on a slow link when the next came up arrives behind it: the order holds within each connection.
        let in_order = |orders: &Vec<u64>| orders.is_sorted_by(|left, right| left < right);
        assert!(venue.orders().iter().all(in_order), "an order overtook another: {:?}", venue.orders());
        let mut seen = venue.orders().concat();
        seen.sort_unstable();
        assert!(in_order(&seen), "an order came twice: {seen:?}");
        for (number, outcome) in (1..).zip(&told) {
            let came = seen.binary_search(&number).is_ok();
            match outcome {
                None => assert!(came, "order {number} was answered, and never came"),
                Some(Outcome::NotSent) => assert!(!came, "order {number} came, and was told as not sent"),
                _ => counts.unknown += 1,
            }
            counts.not_sent += u64::from(*outcome == Some(Outcome::NotSent));
        }
        counts.orders = told.len() as u64;
        counts
    }
}

/// Orders one after another, without waiting for the answers; returns what became of each, with `None` for an answer.
async fn order(desk: Handle<Desk>, mut stopped: watch::Receiver<bool>) -> Vec<Option<Outcome>> {
    let (mut open, mut number) = (Vec::new(), 0_u64);
    while timeout(TICK * 2, stopped.wait_for(|stopped| *stopped)).await.is_err() {
        number += 1;
        let order = Outgoing::call("order", &json!({"number": number})).expect("JSON");
        let desk = desk.clone();
        let order = tokio::spawn(async move { desk.request::<Value>(order).await });
        // It is on its way before the next.
        tokio::task::yield_now().await;
        open.push(order);
    }
    let mut told = Vec::new();
    for order in open {
        told.push(match order.await.expect("no panic") {
            Ok(_) => None,
            Err(Error::Disconnected { outcome } | Error::Timeout { outcome: Some(outcome), .. }) => Some(outcome),
            Err(Error::NotReady { .. }) => Some(Outcome::NotSent),
            Err(error) => panic!("{error:?}"),
        });
    }
    told
}
