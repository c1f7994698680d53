//! A client that does nothing on its own, and how a server's complaint is read.

#![allow(clippy::unwrap_used, reason = "a helper of tests may fail them")]

use nova::{
    BoxStream, Dialer, Endpoint,
    test::{MockDialer, MockServer, Scenario},
};
use tokio_tungstenite::{
    WebSocketStream, client_async,
    tungstenite::{Error, Message},
};

pub(crate) type Socket = WebSocketStream<BoxStream>;

/// A server that plays a scenario.
pub(crate) fn playing(scenario: Scenario) -> MockServer {
    let server = MockServer::memory();
    server.script(scenario);
    server
}

pub(crate) async fn stream(server: &MockServer) -> BoxStream {
    server.dialer().dial(&Endpoint::parse(server.url()).unwrap()).await.expect("the server takes it")
}

/// The upgrade over the server's own dialer.
pub(crate) async fn dial(server: &MockServer) -> Result<Socket, Error> {
    let upgraded = client_async("ws://mock.test/feed?token=k-123", stream(server).await).await;
    upgraded.map(|(socket, _)| socket)
}

/// An upgrade that comes to nothing.
pub(crate) async fn refused(server: &MockServer) {
    assert!(dial(server).await.is_err(), "the client was let in");
}

/// Waits for the end of a scenario that fails; what it says.
pub(crate) async fn failing(server: MockServer) -> String {
    panic_of(tokio::spawn(async move { server.finished().await })).await
}

/// What a task panicked with.
pub(crate) async fn panic_of<T: std::fmt::Debug>(task: tokio::task::JoinHandle<T>) -> String {
    words(task.await.expect_err("it fails").into_panic())
}

pub(crate) fn words(panic: Box<dyn std::any::Any + Send>) -> String {
    match panic.downcast::<String>() {
        Ok(text) => *text,
        Err(panic) => (*panic.downcast::<&str>().expect("a text")).to_owned(),
    }
}

pub(crate) fn text(text: &str) -> Message {
    Message::text(text.to_owned())
}

/// A dial that is not tied to the server's life.
pub(crate) async fn stream_owned(dialer: MockDialer) -> nova::Result<BoxStream> {
    dialer.dial(&Endpoint::parse("ws://mock.test/")?).await
}
