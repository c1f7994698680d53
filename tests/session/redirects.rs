//! Redirects of the upgrade, for clients that follow them.

use std::sync::{Arc, Mutex};

use nova::{
    BoxFuture, BoxStream, Connect, Credentials, Dialer, Endpoint, Error, Result,
    test::{Handshake, MockDialer, MockServer, Request, Scenario},
};

#[nova::client(platform = "echo")]
struct Client;

/// Hosts that send on to these addresses, one after the other; the last one lets the client in.
#[derive(Debug)]
struct Hosts {
    server: MockServer,
    dialled: Dialled,
}

/// Whom the client dialled.
#[derive(Clone, Debug)]
struct Dialled(MockDialer, Arc<Mutex<Vec<String>>>);

impl Hosts {
    fn new(elsewhere: &[&str]) -> Self {
        let server = MockServer::memory();
        let redirects = elsewhere.iter().map(|to| Handshake::reject(307).header("Location", *to));
        let script = redirects.fold(Scenario::new(), Scenario::handshake);
        server.script(script.forever(Scenario::new().connect_success().expect_end()));
        Self { dialled: Dialled(server.dialer(), Arc::default()), server }
    }

    /// The hosts that were dialled, with what each got to read.
    fn requests(&self) -> Vec<(String, Request)> {
        self.dialled.1.lock().expect("whole").clone().into_iter().zip(self.server.requests()).collect()
    }
}

impl Dialer for Dialled {
    fn dial(&self, endpoint: &Endpoint) -> BoxFuture<'static, Result<BoxStream>> {
        self.1.lock().expect("whole").push(endpoint.host().to_owned());
        self.0.dial(endpoint)
    }
}

fn client(hosts: &Hosts) -> Connect<Client> {
    nova::connect(Client).url("wss://a.test/ws?key=k-123").header("X-Key", "k-456").dialer(hosts.dialled.clone())
}

#[tokio::test(start_paused = true)]
async fn r026_redirects_are_followed_by_choice_and_headers_stay_with_their_origin() {
    let hosts = Hosts::new(&["/v2"]);
    let refused = client(&hosts).await.expect_err("not followed by default");
    assert!(refused.to_string().contains("307"), "{refused}");
    assert_eq!(hosts.requests().len(), 1);

    let hosts = Hosts::new(&["/v2", "https://b.test/v2"]);
    client(&hosts).follow_redirects(2).await.expect("ready");
    let requests = hosts.requests();
    assert_eq!(requests.iter().map(|(host, _)| host.as_str()).collect::<Vec<_>>(), ["a.test", "a.test", "b.test"]);
    assert!(requests[1].1.head().starts_with("GET /v2 HTTP/1.1\r\nHost: a.test\r\n"), "{:?}", requests[1]);
    for (at, request) in requests.iter().map(|(_, request)| request.head()).enumerate() {
        assert_eq!((request.contains("k-456"), request.contains("k-123")), (at < 2, at < 1), "{request}");
    }
}

#[tokio::test(start_paused = true)]
async fn r026_a_redirect_that_must_not_be_followed_ends_the_client_in_words() {
    for (elsewhere, why) in [
        (&["ws://a.test/ws"][..], "from wss to ws"),
        (&["/v2", "/ws?key=k-123"], "in a circle"),
        (&["/1", "/2", "/3"], "one more than the 2"),
    ] {
        let hosts = Hosts::new(elsewhere);
        let ended = client(&hosts).follow_redirects(2).await.expect_err(why);
        assert!(ended.to_string().contains(why) && !format!("{ended:?}").contains("k-123"), "{ended}");
        assert_eq!(hosts.requests().len(), elsewhere.len(), "nobody else was dialled");
    }
    let hosts = Hosts::new(&["wss://b.test/ws"]);
    let login = client(&hosts).credentials(Credentials::token("s3cr3t")).follow_redirects(2);
    let ended = login.await.expect_err("no login elsewhere");
    assert!(ended.to_string().contains("gets no credentials"), "{ended}");
}

#[tokio::test]
async fn a_number_of_redirects_that_cannot_be_followed_is_refused_before_dialling() {
    for most in [0, 6] {
        let refused = nova::connect(Client).url("wss://a.test/").follow_redirects(most).start().map(|_| ());
        assert!(matches!(&refused, Err(Error::Config { field, .. }) if field == "follow_redirects"), "{refused:?}");
    }
}
