//! A server that takes the connection and says nothing: TLS has no deadline of its own, so the client's must hold.

use std::time::Duration;

use nova::{Error, Event, Patch, patch};
use tokio::{io::AsyncReadExt, net::TcpListener};

#[nova::client(platform = "echo")]
struct Client;

#[tokio::test]
async fn r017_tls_that_stalls_after_its_first_words_ends_at_the_deadline() {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let url = format!("wss://127.0.0.1:{}/", listener.local_addr().expect("bound").port());
    let mute = tokio::spawn(async move {
        let (mut tcp, _) = listener.accept().await.expect("dialled");
        let mut hello = [0; 5];
        tcp.read_exact(&mut hello).await.expect("the client's first words");
        assert_eq!(hello[0], 0x16, "a handshake");
        let _ = tcp.read_to_end(&mut Vec::new()).await;
    });
    // Longer than the system takes to read its certificates.
    let timeout = patch::Connection::new().timeout(Duration::from_secs(2));
    let client = nova::connect(Client).url(url).configure(Patch::new().connection(timeout)).start().expect("started");
    let mut events = client.events();
    let error = loop {
        if let Event::Error(error) = events.next().await.expect("the client lives") {
            break error;
        }
    };
    assert!(matches!(error, Error::Timeout { what: "connecting", .. }) && error.is_transient(), "{error}");
    mute.await.expect("no panic");
    client.close().await;
}
