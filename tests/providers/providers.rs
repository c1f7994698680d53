//! Both of rustls's providers in one program, and none of them chosen: nova names its own, so nothing panics.

use nova::test::MockServer;

#[nova::client(platform = "echo")]
struct Echoing;

#[tokio::test]
async fn r016_two_providers_in_one_program_and_none_chosen() {
    // What others meet here.
    assert!(std::panic::catch_unwind(rustls::ClientConfig::builder).is_err(), "rustls chose: this proves nothing");

    let server = MockServer::tls().await.expect("a server");
    let client = server.connect(Echoing).start().expect("started");
    let mut peer = server.accept().await;
    client.wait_ready().await.expect("ready over TLS");
    client.send("over TLS").await.expect("sent");
    assert_eq!(peer.receive().await, nova::Frame::Text("over TLS".into()));
    client.abort();
}
