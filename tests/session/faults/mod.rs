//! Faulty links under a whole client: what it delivers, when it finds out, and when it is back.

mod lost;
mod slow;

use std::time::Duration;

use nova::{
    Cause, Client, Error, Handle, Item, Raw, State, Transition,
    test::MockDialer,
    test::fault::{Faults, Faulty, Link},
};
use tokio::time::timeout;

use crate::{
    lawful::assert_lawful,
    support::{Log, Peer, Plain, Server, serve, venue},
};

#[nova::client(platform = Plain, profile = "financial")]
struct Financial;

fn faulty(faults: Faults) -> (Faulty<MockDialer>, Link, Server) {
    let (dialer, server) = venue();
    let dialer = Faulty::new(dialer, faults);
    let link = dialer.link();
    (dialer, link, server)
}

/// A client that is ready over a perfect link, and the server's end.
async fn ready() -> (Handle<Financial>, Link, Server, Peer) {
    let (dialer, link, server) = faulty(Faults::new());
    let desk = nova::connect(Financial).dialer(dialer).start().expect("started");
    let peer = server.ready().await;
    desk.wait_ready().await.expect("ready");
    (desk, link, server, peer)
}

/// A server for as many connections as come, each served for as long as it lasts.
fn serve_all(server: Server, log: &Log) {
    let log = log.clone();
    tokio::spawn(async move {
        loop {
            tokio::spawn(serve(server.accept().await, log.clone()));
        }
    });
}

/// Where it has been, and that it came there lawfully.
fn steps_to<C: Client>(client: &Handle<C>, state: State) -> Vec<Transition> {
    assert_lawful(client);
    client.history().into_iter().filter(|step| step.to == state).collect()
}

/// What ended the last connection or attempt.
fn last_error<C: Client>(client: &Handle<C>) -> Error {
    let step = steps_to(client, State::Backoff).pop().expect("a loss");
    let Cause::Error(error) = &*step.cause else { panic!("{step:?}") };
    error.clone()
}

/// The numbers that have come; anything else is not expected.
async fn numbers(desk: &Handle<impl Client<Message = Raw>>) -> Vec<u64> {
    let mut numbers = Vec::new();
    while let Ok(Some(item)) = timeout(Duration::from_millis(1), desk.next()).await {
        let Item::Message(message) = item else { panic!("{item:?}") };
        numbers.push(message.data().expect("a number"));
    }
    numbers
}
