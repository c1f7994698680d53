//! Clients of the local venue: over streams inside the process, so that the clock may be paused.

use std::{sync::Arc, time::Duration};

use nova::{
    Client, Connect, Credentials, Handle, Item, Raw, Transition,
    platform::Bybit as Platform,
    test::venue::{Bybit, BybitBuilder},
};
use tokio::time::{Instant, timeout_at};

use crate::support;

/// The client of most tests: nothing of it is written by hand.
#[nova::client(platform = "bybit", profile = "financial")]
pub(crate) struct Desk;

/// A venue without a port.
pub(crate) fn venue(builder: BybitBuilder) -> Arc<Bybit> {
    Arc::new(builder.offline().expect("the venue's settings"))
}

/// A dialer to it.
pub(crate) fn dialer(venue: &Arc<Bybit>) -> nova::MemoryDialer {
    let server = Arc::clone(venue);
    support::dialer(move |stream| server.serve(stream))
}

/// A client that is about to connect to one endpoint, at the path that the platform says.
pub(crate) fn connect(venue: &Arc<Bybit>, endpoint: Platform) -> Connect<Desk> {
    nova::connect(Desk).platform(endpoint.at("ws://venue.test")).dialer(dialer(venue))
}

/// The same with the key that the venue knows.
pub(crate) fn login(venue: &Arc<Bybit>, endpoint: Platform) -> Connect<Desk> {
    connect(venue, endpoint).credentials(key())
}

/// The key that the venue knows.
pub(crate) fn key() -> Credentials {
    Credentials::key("nova", "nova-secret")
}

/// Waits until connection number `epoch` has become ready, and says how.
pub(crate) async fn ready<C: Client>(desk: &Handle<C>, epoch: u64) -> Transition {
    let mut watch = desk.watch();
    loop {
        let mut steps = desk.history().into_iter();
        if let Some(step) = steps.find(|step| step.epoch == epoch && step.to.is_ready()) {
            return step;
        }
        let state = watch.changed().await;
        assert!(!state.is_terminal(), "the client ended before connection {epoch} was ready: {:?}", watch.end());
    }
}

/// What comes within this time.
pub(crate) async fn items<C: Client<Message = Raw>>(desk: &Handle<C>, within: Duration) -> Vec<Item<Raw>> {
    let end = Instant::now() + within;
    let mut items = Vec::new();
    while let Ok(item) = timeout_at(end, desk.next()).await {
        items.push(item.expect("alive"));
    }
    items
}
