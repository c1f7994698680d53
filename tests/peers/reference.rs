//! The peers answer a client that is not nova.
//!
//! When a test of nova against a peer fails, this says whether the peer or nova is to blame.

use std::{sync::Arc, time::Duration};

use futures_util::{SinkExt as _, StreamExt as _};
use serde_json::{Value, json};
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::TcpStream,
    time::timeout,
};
use tokio_rustls::{
    TlsConnector,
    rustls::{ClientConfig, RootCertStore, crypto::ring, pki_types::ServerName},
};
use tokio_tungstenite::{WebSocketStream, client_async, tungstenite::Message};

use crate::peer::{Certificate, Peer};

const PATIENCE: Duration = Duration::from_secs(20);

async fn open<S: AsyncRead + AsyncWrite + Unpin>(stream: S, url: String) -> WebSocketStream<S> {
    timeout(PATIENCE, client_async(url, stream)).await.expect("in time").expect("the upgrade is accepted").0
}

async fn connect(peer: &Peer, path: &str) -> WebSocketStream<TcpStream> {
    open(TcpStream::connect(peer.address()).await.unwrap(), peer.url(path)).await
}

async fn receive<S: AsyncRead + AsyncWrite + Unpin>(socket: &mut WebSocketStream<S>) -> Message {
    timeout(PATIENCE, socket.next()).await.expect("in time").expect("still open").expect("a message")
}

async fn call<S: AsyncRead + AsyncWrite + Unpin>(socket: &mut WebSocketStream<S>, request: Value) -> Value {
    socket.send(Message::text(request.to_string())).await.unwrap();
    serde_json::from_str(receive(socket).await.to_text().unwrap()).unwrap()
}

async fn echoes<S: AsyncRead + AsyncWrite + Unpin>(socket: &mut WebSocketStream<S>) {
    for message in [Message::text("grüße"), Message::binary(vec![0, 255, 1]), Message::text("")] {
        socket.send(message.clone()).await.unwrap();
        assert_eq!(receive(socket).await, message);
    }
    socket.close(None).await.unwrap();
    assert!(receive(socket).await.is_close());
}

#[tokio::test]
async fn every_echo_server_returns_text_and_binary_and_closes_in_turn() {
    for make in ["ws", "ws-deflate", "websockets", "uws"] {
        let Some(peer) = Peer::start("echo.sh", &[make]) else { continue };
        echoes(&mut connect(&peer, "/").await).await;
    }
}

#[tokio::test]
async fn the_echo_server_speaks_tls_with_the_certificate_given() {
    let certificate = Certificate::new("reference");
    let Some(peer) = Peer::start("echo.sh", &["tls", certificate.file()]) else { return };
    let mut roots = RootCertStore::empty();
    roots.add(certificate.der.clone().into()).unwrap();
    let config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    let stream = TcpStream::connect(peer.address()).await.unwrap();
    let name = ServerName::try_from("localhost").unwrap();
    let stream = TlsConnector::from(Arc::new(config)).connect(name, stream).await.unwrap();
    echoes(&mut open(stream, format!("wss://localhost:{}/", peer.address().port())).await).await;
}

#[tokio::test]
async fn the_ethereum_node_notifies_of_the_blocks_it_mines() {
    let Some(peer) = Peer::start("anvil.sh", &["1"]) else { return };
    let mut socket = connect(&peer, "/").await;
    let subscribe = json!({"jsonrpc": "2.0", "id": 1, "method": "eth_subscribe", "params": ["newHeads"]});
    let reply = call(&mut socket, subscribe).await;
    let notification: Value = serde_json::from_str(receive(&mut socket).await.to_text().unwrap()).unwrap();
    assert_eq!(notification["method"], "eth_subscription");
    assert_eq!(notification["params"]["subscription"], reply["result"]);
}

#[tokio::test]
async fn aria2_answers_whoever_knows_its_token() {
    let Some(peer) = Peer::start("aria2.sh", &["secret"]) else { return };
    let mut socket = connect(&peer, "/jsonrpc").await;
    let version = |token: &str| json!({"jsonrpc": "2.0", "id": 1, "method": "aria2.getVersion", "params": [token]});
    assert!(call(&mut socket, version("token:secret")).await["result"]["version"].is_string());
    assert_eq!(call(&mut socket, version("token:wrong")).await["error"]["message"], "Unauthorized");
}
