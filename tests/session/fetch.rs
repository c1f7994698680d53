//! Platforms whose address has to be asked for: the session asks, anew for each attempt, and what it is told stays a secret.

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex},
    time::Duration,
};

use nova::{
    BoxFuture, BoxStream, Connect, Credentials, Dial, Dialer, Endpoint, Error, ErrorClass, Fetch, Platform,
    PlatformSpec, Result, Spec, State,
    platform::Wire,
    test::{MockDialer, MockServer, Scenario},
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    time::{Instant, sleep},
};

/// A venue that tells its address, with a ticket in it, to those who know the key.
#[derive(Clone, Copy, Debug, Default)]
struct Ticketed;

static WIRE: Wire = Wire::new().headers(&[("Authorization", "{token}")]);

impl PlatformSpec for Ticketed {
    type Codec = nova::codec::Json;
    const SPEC: Spec = Spec::new("ticketed", "https://api.test/open").wire(&WIRE);
}

impl Platform for Ticketed {
    type State = ();

    fn dial(&self, (): &mut ()) -> Dial {
        let fetch = Fetch::post(Self::SPEC.url, |answer| match answer.body.strip_prefix("go to ") {
            Some(url) => Ok(url.to_owned().into()),
            None => {
                Err(Error::Platform { class: ErrorClass::Critical, code: 7, message: answer.body.into(), data: None })
            }
        });
        Dial::Fetch(fetch.body("text/plain", "hello").when_limited(Duration::from_secs(30)))
    }
}

#[nova::client(platform = Ticketed, profile = "financial")]
struct Client;

/// What the venue answers to who asks for its address; `None` is nothing, for ever.
type Answer = Option<String>;

/// Where to ask, and where one is sent.
#[derive(Clone, Debug)]
struct Front {
    answers: Arc<Mutex<VecDeque<Answer>>>,
    asked: Arc<Mutex<Vec<String>>>,
    sockets: MockDialer,
}

impl Dialer for Front {
    fn dial(&self, endpoint: &Endpoint) -> BoxFuture<'static, Result<BoxStream>> {
        if endpoint.host() != "api.test" {
            return self.sockets.dial(endpoint);
        }
        assert_eq!((endpoint.port(), endpoint.is_tls()), (443, true));
        let (here, mut there) = tokio::io::duplex(1 << 20);
        let (answer, asked) = (self.answers.lock().expect("no panic").pop_front().flatten(), self.asked.clone());
        tokio::spawn(async move {
            let mut request = Vec::new();
            while !request.ends_with(b"hello") {
                there.read_buf(&mut request).await.expect("a request");
            }
            asked.lock().expect("no panic").push(String::from_utf8(request).expect("text"));
            match answer {
                Some(answer) => there.write_all(answer.as_bytes()).await.expect("it is read"),
                None => sleep(Duration::from_secs(3_600)).await,
            }
        });
        Box::pin(async move { Ok(Box::new(here) as BoxStream) })
    }
}

fn front<A: Into<Answer>>(answers: impl IntoIterator<Item = A>) -> (Front, MockServer) {
    let server = MockServer::memory();
    let answers = Arc::new(Mutex::new(answers.into_iter().map(Into::into).collect()));
    (Front { answers, asked: Arc::default(), sockets: server.dialer() }, server)
}

fn ok(body: &str) -> String {
    format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n{body}", body.len())
}

fn client(front: &Front) -> Connect<Client> {
    nova::connect(Client).dialer(front.clone()).credentials(Credentials::token("k-123456")).header("X-Own", "mine")
}

/// Lets everybody in.
fn stays() -> Scenario {
    Scenario::new().forever(Scenario::new().connect_success().expect_end())
}

#[tokio::test(start_paused = true)]
async fn each_attempt_asks_anew_and_the_ticket_goes_to_the_socket_and_nowhere_else() {
    let chunked = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n6\r\ngo to \r\n1f\r\nwss://c.test/link?ticket=t-333333\r\n0\r\n\r\n";
    let chunked = chunked.replace("1f", &format!("{:x}", "wss://c.test/link?ticket=t-333333".len()));
    let unframed =
        "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.0 200 OK\r\n\r\ngo to wss://b.test/link?ticket=t-222222".to_owned();
    let first = ok("go to wss://a.test/link?ticket=t-111111");
    let (front, server) = front([first, unframed, chunked]);
    server.script(
        Scenario::new()
            .forever(Scenario::new().connect_success().disconnect_with(4_000, "bad t-, t-333333, t-222222, t-111111")),
    );
    let client = client(&front).start().expect("well set up");
    sleep(Duration::from_secs(20)).await;
    let requests = server.requests();
    for (request, (host, ticket)) in
        requests.iter().zip([("a.test", "t-111111"), ("b.test", "t-222222"), ("c.test", "t-333333")])
    {
        let head = request.head();
        assert!(head.starts_with(&format!("GET /link?ticket={ticket} HTTP/1.1\r\nHost: {host}\r\n")), "{head}");
        assert!(head.contains("X-Own: mine") && !head.contains("k-123456"), "{head}");
    }
    for request in front.asked.lock().expect("no panic").iter() {
        assert!(request.starts_with("POST /open HTTP/1.1\r\nHost: api.test\r\n"), "{request}");
        for line in
            ["Authorization: k-123456\r\n", "Content-Type: text/plain\r\n", "Content-Length: 5\r\n", "\r\n\r\nhello"]
        {
            assert!(request.contains(line), "no {line:?} in {request}");
        }
        assert!(!request.contains("X-Own"), "{request}");
    }
    let ends: Vec<String> = client.history().iter().map(|step| step.cause.to_string()).collect();
    let ends: Vec<&String> = ends.iter().filter(|cause| cause.contains("bad t-")).collect();
    assert_eq!(ends.len(), 3, "{ends:?}");
    for (end, ticket) in ends.iter().zip(["t-111111", "t-222222", "t-333333"]) {
        assert!(!end.contains(ticket) && end.contains("<redacted>"), "each connection's own: {end}");
    }
}

#[tokio::test(start_paused = true)]
async fn whatever_else_is_answered_is_an_error_of_its_class() {
    let refusal = |head: &str| format!("HTTP/1.1 {head}\r\nContent-Length: 12\r\n\r\nbad k-123456");
    let long = "x".repeat(70_000);
    for (answer, class, expected) in [
        (refusal("403 No"), ErrorClass::Critical, "status 403"),
        (refusal("302 Found\r\nLocation: https://b.test/"), ErrorClass::Critical, "status 302"),
        (refusal("500 Oops"), ErrorClass::Transient, "status 500"),
        (refusal("429 Slow\r\nRetry-After: 77"), ErrorClass::RateLimited, "status 429"),
        (refusal("401 Who"), ErrorClass::Authentication, "status 401"),
        (ok("no"), ErrorClass::Critical, "7 no"),
        (ok("go to nowhere"), ErrorClass::Transient, "the address that was told"),
        (ok("go to ws://a.test/?t=k-123456"), ErrorClass::Critical, "nothing is encrypted"),
        (ok(&long), ErrorClass::Transient, "longer than 64 KiB"),
        ("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\ngo to".to_owned(), ErrorClass::Transient, "hung up"),
        ("SSH-2.0".to_owned(), ErrorClass::Transient, "the address was asked for: the answer is not HTTP/1.1"),
    ] {
        let (front, server) = front([answer]);
        server.script(Scenario::new());
        let client = client(&front).start().expect("well set up");
        let mut watch = client.watch();
        let _ = watch.until(|state| matches!(state, State::Backoff | State::Failed)).await;
        let error = client.history().into_iter().find_map(|step| match &*step.cause {
            nova::Cause::Error(error) => Some(error.clone()),
            _ => None,
        });
        let error = error.expect("the attempt failed");
        assert_eq!(error.class(), class, "{error}");
        assert!(error.to_string().contains(expected), "{error}");
        assert!(!format!("{error:?} {error}").contains("k-123456"), "{error:?}");
        client.abort();
    }
}

#[tokio::test(start_paused = true)]
async fn too_many_requests_are_waited_out_as_long_as_the_answer_or_the_platform_says() {
    for (head, seconds) in [("429 Slow\r\nRetry-After: 7", 7), ("429 Slow", 30)] {
        let limited = format!("HTTP/1.1 {head}\r\nContent-Length: 0\r\n\r\n");
        let (front, server) = front([limited, ok("go to wss://a.test/")]);
        server.script(stays());
        let started = Instant::now();
        client(&front).await.expect("ready");
        let waited = started.elapsed().as_secs();
        assert!((seconds..=seconds + 2).contains(&waited), "{head}: {waited} s");
    }
}

#[tokio::test(start_paused = true)]
async fn a_venue_that_does_not_answer_is_left_at_the_connect_deadline() {
    let (front, server) = front([None, Some(ok("go to wss://a.test/"))]);
    server.script(stays());
    let started = Instant::now();
    let client = client(&front).await.expect("ready at the second attempt");
    assert!((5..=7).contains(&started.elapsed().as_secs()), "{:?}", started.elapsed());
    let late = client.history().into_iter().find(|step| step.to == State::Backoff).expect("a failure");
    assert!(late.cause.to_string().contains("connecting took longer than 5s"), "{late:?}");
}

#[tokio::test(start_paused = true)]
async fn an_address_of_the_builders_is_dialled_without_asking() {
    let (front, server) = front::<Answer>([]);
    server.script(stays());
    client(&front).url("ws://a.test/link").await.expect("ready");
    assert!(front.asked.lock().expect("no panic").is_empty());
    assert!(!server.requests()[0].head().contains("k-123456"), "what is for the question is for nobody else");
}
