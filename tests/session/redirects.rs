//! Redirects of the upgrade, for clients that follow them.

use std::sync::{Arc, Mutex};

use nova::{BoxFuture, BoxStream, Connect, Credentials, Dialer, Endpoint, Error, Result};
use tokio::io::{AsyncReadExt, AsyncWriteExt, DuplexStream};
use tokio_tungstenite::tungstenite::handshake::derive_accept_key;

#[nova::client(platform = "echo")]
struct Client;

/// What each host got to read.
type Requests = Arc<Mutex<Vec<(String, String)>>>;

/// Hosts that send on to another address, and any other, which upgrades.
#[derive(Clone, Debug)]
struct Hosts {
    elsewhere: &'static [(&'static str, &'static str)],
    requests: Requests,
}

impl Hosts {
    fn new(elsewhere: &'static [(&'static str, &'static str)]) -> Self {
        Self { elsewhere, requests: Arc::default() }
    }

    fn requests(&self) -> Vec<(String, String)> {
        self.requests.lock().expect("whole").clone()
    }
}

impl Dialer for Hosts {
    fn dial(&self, endpoint: &Endpoint) -> BoxFuture<'static, Result<BoxStream>> {
        let (hosts, host, path) = (self.clone(), endpoint.host().to_owned(), endpoint.path().to_owned());
        Box::pin(async move {
            let (near, mut far) = tokio::io::duplex(64 * 1_024);
            tokio::spawn(async move {
                let request = read_request(&mut far).await;
                hosts.requests.lock().expect("whole").push((host.clone(), request.clone()));
                let here = format!("{host}{path}");
                let to = hosts.elsewhere.iter().find(|(from, _)| *from == here);
                let answer = match to {
                    Some((_, to)) => {
                        format!("HTTP/1.1 307 Temporary Redirect\r\nLocation: {to}\r\nContent-Length: 0\r\n\r\n")
                    }
                    None => switching(&request),
                };
                far.write_all(answer.as_bytes()).await.expect("read");
                let _ = far.read_to_end(&mut Vec::new()).await;
            });
            Ok(Box::new(near) as BoxStream)
        })
    }
}

async fn read_request(stream: &mut DuplexStream) -> String {
    let mut request = Vec::new();
    while !request.ends_with(b"\r\n\r\n") {
        request.push(stream.read_u8().await.expect("a request"));
    }
    String::from_utf8(request).expect("text")
}

fn switching(request: &str) -> String {
    let key = request.lines().find_map(|line| line.strip_prefix("Sec-WebSocket-Key: ")).expect("a key");
    let accept = derive_accept_key(key.as_bytes());
    format!(
        "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: {accept}\r\n\r\n"
    )
}

fn client(hosts: &Hosts) -> Connect<Client> {
    nova::connect(Client).url("wss://a.test/ws?key=k-123").header("X-Key", "k-456").dialer(hosts.clone())
}

#[tokio::test(start_paused = true)]
async fn r026_redirects_are_followed_by_choice_and_headers_stay_with_their_origin() {
    let hosts = Hosts::new(&[("a.test/ws", "/v2"), ("a.test/v2", "https://b.test/v2")]);
    let refused = client(&hosts).await.expect_err("not followed by default");
    assert!(refused.to_string().contains("307"), "{refused}");
    assert_eq!(hosts.requests().len(), 1);

    let hosts = Hosts { requests: Requests::default(), ..hosts };
    client(&hosts).follow_redirects(2).await.expect("ready");
    let requests = hosts.requests();
    assert_eq!(requests.iter().map(|(host, _)| host.as_str()).collect::<Vec<_>>(), ["a.test", "a.test", "b.test"]);
    assert!(requests[1].1.starts_with("GET /v2 HTTP/1.1\r\nHost: a.test\r\n"), "{}", requests[1].1);
    for (at, (_, request)) in requests.iter().enumerate() {
        assert_eq!((request.contains("k-456"), request.contains("k-123")), (at < 2, at < 1), "{request}");
    }
}

#[tokio::test(start_paused = true)]
async fn r026_a_redirect_that_must_not_be_followed_ends_the_client_in_words() {
    for (elsewhere, why) in [
        (&[("a.test/ws", "ws://a.test/ws")][..], "from wss to ws"),
        (&[("a.test/ws", "/v2"), ("a.test/v2", "/ws?key=k-123")], "in a circle"),
        (&[("a.test/ws", "/1"), ("a.test/1", "/2"), ("a.test/2", "/3")], "one more than the 2"),
    ] {
        let hosts = Hosts::new(elsewhere);
        let ended = client(&hosts).follow_redirects(2).await.expect_err(why);
        assert!(ended.to_string().contains(why) && !format!("{ended:?}").contains("k-123"), "{ended}");
        assert_eq!(hosts.requests().len(), elsewhere.len(), "nobody else was dialled");
    }
    let hosts = Hosts::new(&[("a.test/ws", "wss://b.test/ws")]);
    let login = client(&hosts).credentials(Credentials::token("s3cr3t")).follow_redirects(2);
    let ended = login.await.expect_err("no login elsewhere");
    assert!(ended.to_string().contains("gets no credentials"), "{ended}");
}

#[tokio::test]
async fn a_number_of_redirects_that_cannot_be_followed_is_refused_before_dialling() {
    for most in [0, 6] {
        let refused = client(&Hosts::new(&[])).follow_redirects(most).start().map(|_| ());
        assert!(matches!(&refused, Err(Error::Config { field, .. }) if field == "follow_redirects"), "{refused:?}");
    }
}
