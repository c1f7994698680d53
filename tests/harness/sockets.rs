//! The same server over loopback, and over TLS with an authority of its own.

use futures_util::{SinkExt, StreamExt};
use nova::{
    Error, Item,
    test::{MockServer, Scenario},
};
use tokio_tungstenite::{client_async, tungstenite::Message};

use crate::support::{failing, text};

#[nova::client(platform = "echo", profile = "financial")]
struct Echoing;

fn twice() -> Scenario {
    let hello = Scenario::new().connect_success().send_text("hello");
    hello.clone().expect("nova").reset().expect_reconnect().include(hello)
}

#[tokio::test]
async fn one_scenario_over_every_link() {
    for server in [MockServer::tcp().await.expect("a port"), MockServer::tls().await.expect("a port")] {
        server.script(twice());
        let client = server.connect(Echoing).start().expect("started");
        for _ in 0..2 {
            let hello = client.next().await.and_then(Item::message).expect("a message");
            assert_eq!(hello.text(), Some("hello"));
            if server.dials() == 1 {
                client.send("nova").await.expect("sent");
            }
        }
        server.finished().await;
        assert_eq!(server.dials(), 2);
    }
}

#[tokio::test]
async fn whoever_does_not_know_the_authority_is_not_let_in() {
    let server = MockServer::tls().await.expect("a port");
    server.script(Scenario::new());
    let error = nova::connect(Echoing).url(server.url()).await.expect_err("refused");
    assert!(matches!(error, Error::Tls { .. }), "{error}");
    assert!(server.authority().starts_with("-----BEGIN CERTIFICATE-----"));
    server.finished().await;
}

#[tokio::test]
async fn clients_that_are_not_novas_are_served_and_judged_too() {
    let server = MockServer::tcp().await.expect("a port");
    server.script(Scenario::new().connect_success().expect("one").send_text("two").disconnect(1001));
    let address = server.url().trim_start_matches("ws://").trim_end_matches('/').to_owned();
    let tcp = tokio::net::TcpStream::connect(address).await.unwrap();
    let (mut socket, _) = client_async(server.url(), tcp).await.unwrap();
    socket.send(text("three")).await.unwrap();
    let _ = socket.next().await;
    let report = failing(server).await;
    assert!(report.contains(r#"expected: the text "one""#) && report.contains("came:     text three"), "{report}");
    let _: Option<Result<Message, _>> = socket.next().await;
}
