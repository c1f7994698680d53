//! Every callback on the live path: a client that overrides only it, over a whole session.
//!
//! A callback that is never called, or whose answer is ignored, is the worst fault a framework of callbacks can have, because nothing
//! fails. So each is shown to be called with what it needs to know, at its moment, and to have its effect, while what was not
//! overridden goes on as inherited.

mod auth;
mod backpressure;
mod cluster;
mod connection;
mod error;
mod heartbeat;
mod live;
mod message;
mod rate_limit;
mod subscription;

use std::sync::{Mutex, MutexGuard, PoisonError};

use nova::{Client, Event, Events, Handle, Handlers, Item, Message};
use serde_json::Value;

use crate::support::{Peer, Server, venue};

/// What callbacks were called with, in order. A `static` of the test, because decisions have no `self`.
pub(super) struct Notes(Mutex<Vec<String>>);

impl Notes {
    pub(super) const fn new() -> Self {
        Self(Mutex::new(Vec::new()))
    }

    fn lock(&self) -> MutexGuard<'_, Vec<String>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn write(&self, note: impl Into<String>) {
        self.lock().push(note.into());
    }

    /// What was written since the last look.
    pub(super) fn take(&self) -> Vec<String> {
        std::mem::take(&mut *self.lock())
    }
}

/// A started client, ready, and the server's side of it.
pub(super) async fn ready<C>(client: C) -> (Handle<C>, Server, Peer)
where
    C: Handlers,
    C::Platform: Default,
    C::Codec: Default,
{
    let (dialer, server) = venue();
    let desk = nova::connect(client).dialer(dialer).start().expect("started");
    let peer = server.ready().await;
    desk.wait_ready().await.expect("ready");
    (desk, server, peer)
}

/// Subscribes, with the server's answer.
pub(super) async fn subscribed<C: Client>(desk: &Handle<C>, peer: &mut Peer, topic: &str) {
    let (confirmed, asked) = tokio::join!(desk.subscribe(topic), peer.answer("subscribe", serde_json::json!([topic])));
    confirmed.expect("confirmed");
    assert_eq!(asked, serde_json::json!([topic]));
}

/// The next item, which is a message: its payload.
pub(super) async fn payload<C: Client<Message = nova::Raw>>(desk: &Handle<C>) -> Value {
    payload_of(desk.next().await)
}

pub(super) fn payload_of(item: Option<Item<nova::Raw>>) -> Value {
    match item {
        Some(Item::Message(message)) => message.data().expect("JSON"),
        item => panic!("no message: {item:?}"),
    }
}

/// The errors told so far.
pub(super) fn errors(events: &mut Events) -> Vec<String> {
    std::iter::from_fn(|| events.try_next())
        .filter_map(|event| if let Event::Error(error) = event { Some(error.to_string()) } else { None })
        .collect()
}

/// An error of a handler's own.
pub(super) fn refused(why: &str) -> nova::Error {
    nova::Error::handler(why.to_owned())
}

/// A message that is a number, so that others cannot be decoded.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Number(pub(super) i64);

impl Message for Number {
    fn decode<C: nova::Codec>(envelope: &nova::Envelope<'_>, codec: &C) -> nova::Result<Self> {
        envelope.data(codec).map(Self)
    }
}
