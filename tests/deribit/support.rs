//! Clients of the local venue: over streams inside the process, so that the clock may be paused.

use std::{collections::BTreeMap, sync::Arc};

use nova::{
    Client, Connect, Credentials, Handle, Item, MemoryDialer, Raw, State, Transition,
    test::{
        Line,
        venue::{Deribit, DeribitBuilder},
    },
};
use serde_json::{Value, json};
use tokio::io::DuplexStream;

/// The client of most tests: nothing of it is written by hand.
#[nova::client(platform = "deribit", profile = "financial")]
pub(crate) struct Desk;

/// A dialer whose connections are handed to `serve`, one after the other.
pub(crate) fn link(serve: impl Fn(DuplexStream) + Send + 'static) -> MemoryDialer {
    let (dialer, mut listener) = nova::memory();
    tokio::spawn(async move {
        while let Some(stream) = listener.accept().await {
            serve(stream);
        }
    });
    dialer
}

/// A venue without a port, and a dialer to it.
pub(crate) fn venue(builder: DeribitBuilder) -> (Arc<Deribit>, MemoryDialer) {
    let venue = Arc::new(builder.offline().expect("the venue's settings"));
    let server = venue.clone();
    (venue, link(move |stream| server.serve(stream)))
}

/// The key that the venue knows.
pub(crate) fn key() -> Credentials {
    Credentials::key("nova", "nova-secret")
}

/// A client that is about to log in there.
pub(crate) fn login(dialer: MemoryDialer) -> Connect<Desk> {
    nova::connect(Desk).dialer(dialer).credentials(key())
}

/// Waits until connection number `epoch` has become ready, and says how.
pub(crate) async fn ready<C: Client>(desk: &Handle<C>, epoch: u64) -> Transition {
    let mut watch = desk.watch();
    loop {
        let steps = desk.history();
        if let Some(step) = steps.into_iter().find(|step| step.epoch == epoch && step.to.is_ready()) {
            return step;
        }
        let state = watch.changed().await;
        assert!(!state.is_terminal(), "the client ended before connection {epoch} was ready: {:?}", watch.end());
    }
}

/// The states a client went through.
pub(crate) fn states<C: Client>(desk: &Handle<C>) -> Vec<State> {
    desk.history().iter().map(|step| step.to).collect()
}

/// What a client asked the venue for on one connection, in order.
pub(crate) fn methods(venue: &Deribit, connection: u64) -> Vec<String> {
    let inbound = |line: &Line| line.connection == connection && line.direction == nova::test::Direction::In;
    let method = |line: &Line| line.json()["method"].as_str().map(str::to_owned);
    venue.transcript().iter().filter(|line| inbound(line)).filter_map(method).collect()
}

/// The notifications the venue sent on one connection, verbatim.
pub(crate) fn notifications(venue: &Deribit, connection: u64) -> Vec<String> {
    let sent = venue.transcript();
    let sent = sent.into_iter().filter(|line| {
        line.connection == connection
            && line.direction == nova::test::Direction::Out
            && line.text.contains(r#""method":"subscription""#)
    });
    sent.map(|line| line.text).collect()
}

/// The next item, which must be a message.
pub(crate) async fn message<C: Client<Message = Raw>>(desk: &Handle<C>) -> Raw {
    match desk.next().await {
        Some(Item::Message(raw)) => raw,
        other => panic!("no message: {other:?}"),
    }
}

/// A limit order that rests: far below the market.
pub(crate) fn order() -> Value {
    json!({ "instrument_name": "BTC-PERPETUAL", "amount": 10.0, "price": 1_000.0 })
}

/// Follows books by their change ids, on its own: what nova checks is checked once more.
#[derive(Debug, Default)]
pub(crate) struct Chains {
    last: BTreeMap<String, u64>,
    /// Changes that followed.
    pub(crate) changes: usize,
}

impl Chains {
    /// Takes a message's channel and payload; what is no chained book is let through.
    pub(crate) fn take(&mut self, raw: &Raw) {
        let channel = raw.channel().expect("a channel");
        if !channel.starts_with("book.") || channel.split('.').count() != 3 {
            return;
        }
        let data: Value = raw.data().expect("a book");
        let id = data["change_id"].as_u64().expect("a change id");
        if data["type"] == "change" {
            let last = self.last.get(channel).copied();
            assert_eq!(data["prev_change_id"].as_u64(), last, "a change over a hole was delivered: {raw:?}");
            self.changes += 1;
        }
        self.last.insert(channel.to_owned(), id);
    }
}
