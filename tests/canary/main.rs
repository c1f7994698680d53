//! A canary through every path: a secret that shows itself anywhere but on the wire is found here.
//!
//! [`OURS`] is in everything the client is given and sends: credentials, headers, the query of its address, payloads. It may be in no
//! line of any library, in nothing that can be printed, and in no error. [`THEIRS`] is in what the venue answers; tungstenite traces
//! every payload it reads, so nova names a filter.

mod collector;
mod desk;

use std::{error::Error as _, fmt::Write, time::Duration};

use nova::{
    Credentials, Error, Frame, Handle,
    test::{Handshake, Matcher, MockServer, Scenario},
};
use serde_json::{Value, json};

use collector::{collect, lines, note};
use desk::{Desk, OURS, THEIRS};

/// The forms in which a secret is still the secret.
fn forms(secret: &str) -> [String; 3] {
    let hex = secret.bytes().fold(String::new(), |mut hex, byte| {
        write!(hex, "{byte:02x}").expect("a String takes everything");
        hex
    });
    [secret.to_owned(), hex, format!("{:?}", secret.as_bytes())]
}

/// What was shown so far with this secret in it.
fn hits(secret: &str, wanted: impl Fn(&str) -> bool) -> Vec<(String, String)> {
    let forms = forms(secret);
    let shown = lines().into_iter().filter(|(target, _)| wanted(target));
    shown.filter(|(_, line)| forms.iter().any(|form| line.contains(form.as_str()))).collect()
}

fn note_error(place: &str, error: &Error) {
    note(place, &format!("{error} {error:?} {error:#?}"));
    let mut source = error.source();
    while let Some(inner) = source {
        note(place, &format!("{inner} {inner:?}"));
        source = inner.source();
    }
}

/// Everything a client can be asked to show.
fn show(place: &str, desk: &Handle<Desk>) {
    let trace = desk.trace();
    note(place, &format!("{desk:?} {} {:?} {:?}", desk.describe(), desk.config(), desk.history()));
    note(
        place,
        &format!("{trace:?} {} {} {:?} {:?}", trace.json_lines(), trace.chrome(), trace.why(), trace.statistics()),
    );
    note(place, &format!("{:?} {:?} {:?}", desk.limiter(), desk.wanted(), desk.metrics::<nova::metrics::Counters>()));
    for record in trace.records() {
        note(place, &format!("{record} {record:?}"));
    }
}

/// Until a client is over, or for an hour.
async fn over(place: &str, desk: &Handle<Desk>) {
    let ready = tokio::time::timeout(Duration::from_secs(3600), desk.wait_ready()).await;
    if let Ok(Err(error)) = ready {
        note_error(place, &error);
    }
    show(place, desk);
    desk.abort();
}

/// A life without trouble: login and renewals, calls, sends, subscriptions, messages, handlers that fail and panic, a lost link.
async fn a_long_life() {
    let server = MockServer::memory();
    let desk = desk::desk(&server);
    note("the builder", &format!("{desk:?}"));
    let desk = desk.start().expect("started");
    let mut events = desk.events();
    for _ in 0..3 {
        let serving = tokio::spawn(desk::serve(server.accept().await));
        desk.wait_ready().await.expect("ready");
        desk.call::<Value>("work", json!({"key": OURS})).await.expect("answered");
        desk.send(json!({"key": OURS})).await.expect("sent");
        tokio::time::sleep(Duration::from_secs(120)).await;
        show("a life", &desk);
        serving.abort();
        tokio::time::sleep(Duration::from_secs(5)).await;
    }
    desk.abort();
    while let Some(event) = events.next().await {
        note("an event", &format!("{event:?}"));
    }
}

/// Servers that say back what they were told: an error page, a redirect, a refused login, the reason of a close.
async fn an_echoing_venue() {
    let page = format!("<p>GET /feed?key={OURS}&amp;other=1</p> X-Api-Key: {OURS} Authorization: Bearer {OURS}");
    for status in [400, 401, 404, 429, 503] {
        let server = MockServer::memory();
        let refusal = Handshake::reject(status).body(&page);
        server.script(Scenario::new().forever(Scenario::new().handshake(refusal)));
        over("refused", &desk::desk(&server).start().expect("started")).await;
    }
    let elsewhere = format!("wss://me:{OURS}@other.test/feed?key={OURS}");
    for follows in [None, Some(3)] {
        let server = MockServer::memory();
        let refusal = Handshake::reject(302).header("Location", &elsewhere).body(&page);
        server.script(Scenario::new().forever(Scenario::new().handshake(refusal)));
        let connect = desk::desk(&server);
        let connect = match follows {
            Some(most) => connect.follow_redirects(most),
            None => connect,
        };
        over("redirected", &connect.start().expect("started")).await;
    }
    let words = format!("no such key: {OURS}");
    let server = MockServer::memory();
    let answer = {
        let words = words.clone();
        Scenario::new().answer_requests(move |call| Some(json!({"id": call["id"], "refused": words})))
    };
    server.script(Scenario::new().forever(Scenario::new().connect_success().include(answer).linger()));
    over("not logged in", &desk::desk(&server).start().expect("started")).await;

    let server = MockServer::memory();
    let close = Scenario::new().connect_success().disconnect_with(1008, words);
    server.script(Scenario::new().forever(close));
    over("closed", &desk::desk(&server).start().expect("started")).await;
}

/// What is refused before anything is dialled.
fn misuse() {
    let line = format!("{OURS}\n");
    let server = nova::memory().0;
    let connect = || nova::connect(desk::Desk).dialer(server.clone());
    let refused = [
        connect().header("X-Key", &line).start(),
        connect().header("Host", OURS).start(),
        connect().url(format!("ws://me:{OURS}@venue.test/")).start(),
        connect().url(format!("http://venue.test/?key={OURS}")).start(),
        connect().credentials(Credentials::key("me", line.as_str())).start(),
    ];
    for error in refused.into_iter().map(|started| started.expect_err("refused")) {
        note_error("misuse", &error);
    }
    let shown = [
        format!("{:?}", Credentials::signed("me", OURS)),
        format!("{:?}", Credentials::token(OURS)),
        format!("{:?}", nova::Address::new(format!("ws://venue.test/?key={OURS}")).header("X-Key", OURS)),
        format!("{:?}", nova::Outgoing::call("login", &json!({"secret": OURS}))),
        format!("{:?}", nova::Endpoint::parse(&format!("ws://venue.test/?key={OURS}"))),
    ];
    for text in &shown {
        note("a value", text);
    }
}

#[nova::client(platform = "deribit", profile = "financial")]
struct Trader;

/// An answer to a login that cannot be read has the token in it.
async fn a_login_that_cannot_be_read() {
    let answers = [
        format!(r#"{{"jsonrpc":"2.0","id":1,"result":{{"access_token":"{THEIRS}","expires_in":"soon"}}}}"#),
        format!(r#"{{"jsonrpc":"2.0","id":1,"result":{{"access_token":"{THEIRS}"#),
        format!(r#""{THEIRS}""#),
    ];
    for answer in answers {
        let server = MockServer::memory();
        let login = Scenario::new().connect_success().ignore(Matcher::any());
        // Its first piece goes through tungstenite, which reads what is in fragments.
        let pieces = Frame::text(format!("{THEIRS}{}", " ".repeat(THEIRS.len())));
        let login = login.send_fragmented(pieces, 2).send_text(answer).linger();
        server.script(Scenario::new().forever(login));
        let desk = server.connect(Trader).credentials(Credentials::signed("me", OURS)).start().expect("started");
        let _ = tokio::time::timeout(Duration::from_secs(60), desk.wait_ready()).await;
        note("unread", &format!("{desk:?} {} {:?}", desk.trace().json_lines(), desk.trace().why()));
        desk.abort();
    }
}

#[tokio::test(start_paused = true)]
async fn r098_a_secret_shows_itself_nowhere_but_on_the_wire() {
    collect();
    a_long_life().await;
    misuse();
    let (of_nova, of_tungstenite) = ("nova::", "tungstenite::");
    for target in [of_nova, of_tungstenite] {
        assert!(lines().iter().any(|(from, _)| from.starts_with(target)), "nothing of {target} was collected");
    }
    // In no line of any library.
    let ours = hits(OURS, |_| true);
    assert!(ours.is_empty(), "what the client has and sends was shown:\n{ours:#?}");

    an_echoing_venue().await;
    a_login_that_cannot_be_read().await;
    let kept = |target: &str| !nova::log::shows_payloads(target);
    let said_back = [hits(OURS, kept), hits(THEIRS, kept)].concat();
    assert!(said_back.is_empty(), "what the venue says was shown:\n{said_back:#?}");
    let filtered = hits(THEIRS, |_| true).len();
    assert!(filtered > 0, "tungstenite traces no payloads any more: the filter can go");
    println!("canary: 0 hits in {} lines; {} keeps {filtered} others back", lines().len(), nova::log::FILTER);
}
