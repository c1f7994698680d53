//! Cassettes: recorded without secrets, and played as either side through the real client.

use std::{fs, path::Path, time::Duration};

use nova::{
    Credentials, Handle, Item, Result, State,
    test::{Cassette, Entry, Expect, Recorder, Witness, ready, restored, venue::Deribit},
};
use tokio::time::Instant;

use crate::desk::{Desk, venue};

const TICKER: &str = "ticker.BTC-PERPETUAL.100ms";
const BOOK: &str = "book.BTC-PERPETUAL.100ms";
const SECRET: &str = "canary/\"s3cret";
const SECOND: Duration = Duration::from_secs(1);

#[nova::client(platform = "echo", heartbeat(interval = "off"))]
struct Listener;

fn key() -> Credentials {
    Credentials::key("canary-id", SECRET)
}

/// What a client gets, as text.
async fn items(desk: &Handle<Desk>, count: usize) -> Vec<String> {
    let mut items = Vec::new();
    while items.len() < count {
        match desk.next().await.expect("the client lives") {
            Item::Message(raw) => items.push(raw.text().expect("text").to_owned()),
            other => items.push(format!("{:?}", std::mem::discriminant(&other))),
        }
    }
    items
}

/// A session with a login, its renewal, two topics, a call and a lost link.
async fn session(recorder: &Recorder) -> Result<Vec<String>> {
    let (venue, dialer) = venue(Deribit::builder().credentials("canary-id", SECRET).token_life(10 * SECOND));
    let desk = nova::connect(Desk).dialer(dialer).credentials(key()).record(recorder).await?;
    let items = asked(&desk, || assert_eq!(venue.cut(), 1)).await?;
    assert!(venue.requests("public/auth").len() > 2, "the login is renewed");
    Ok(items)
}

/// What the client of this session does.
async fn asked(desk: &Handle<Desk>, lose: impl FnOnce()) -> Result<Vec<String>> {
    desk.subscribe_many([TICKER, BOOK]).await?;
    let mut all = items(desk, 20).await;
    desk.call::<serde_json::Value>("private/get_positions", serde_json::json!({"currency": "BTC"})).await?;
    tokio::time::sleep(12 * SECOND).await;
    lose();
    desk.expect(State::Backoff).await;
    desk.expect(restored([TICKER, BOOK])).await;
    desk.expect(ready()).await;
    all.extend(items(desk, 200).await);
    desk.close().await;
    Ok(all)
}

fn lines(cassette: &Cassette) -> Vec<(String, String)> {
    let line = |entry: &Entry| (format!("{} {} {}", entry.connection, entry.dir, entry.kind), entry.raw.clone());
    cassette.entries().iter().map(line).collect()
}

#[nova::test]
async fn no_secret_is_written_and_everything_else_is() -> Result {
    let path = std::env::temp_dir().join(format!("nova-cassette-{}.ndjson", std::process::id()));
    let recorder = Recorder::create(&path)?;
    session(&recorder).await?;
    let text = fs::read_to_string(&path).expect("the file is there");
    assert_eq!(text, recorder.text()?);
    fs::remove_file(&path).expect("the file is the test's own");
    for secret in ["canary", "s3cret"] {
        assert!(!text.contains(secret), "`{secret}` is in the recording");
    }
    let cassette = Cassette::parse(&text)?;
    let tokens: Vec<_> = cassette.entries().iter().filter(|entry| entry.raw.contains("_token")).collect();
    assert!(tokens.len() >= 4, "{tokens:?}");
    for entry in tokens {
        let message: serde_json::Value = serde_json::from_str(&entry.raw).expect("still JSON");
        for name in ["access_token", "refresh_token"] {
            for part in [&message["result"], &message["params"]] {
                let token = part[name].as_str().unwrap_or("<token 0>");
                assert!(token.starts_with("<token ") && token.len() < 12, "{}", entry.raw);
            }
        }
    }
    let first = &cassette.entries()[0];
    assert_eq!((first.raw.as_str(), &first.config["heartbeat.interval"]), ("Desk", &"15s".into()));
    let kinds: Vec<_> = lines(&cassette).into_iter().map(|(kind, _)| kind).collect();
    for kind in ["1 meta open", "1 out text", "1 in text", "1 meta end", "2 meta open", "2 out close", "2 meta end"] {
        assert!(kinds.iter().any(|known| known == kind), "{kind} is not in {kinds:?}");
    }
    Ok(())
}

#[nova::test]
async fn played_as_the_server_it_is_the_same_session() -> Result {
    let recorder = Recorder::memory();
    let recorded = session(&recorder).await?;
    let again = Recorder::memory();
    let playback = recorder.cassette()?.offline()?;
    let started = Instant::now();
    let desk = nova::connect(Desk)
        .dialer(playback.dialer())
        .credentials(Credentials::key("another", "key"))
        .record(&again)
        .await?;
    let played = asked(&desk, || ()).await?;
    assert_eq!(played, recorded, "every item, in its order");
    assert!(started.elapsed() > 12 * SECOND, "at its times");
    for showing in playback.showings() {
        assert_eq!((showing.missed.len(), showing.unexpected.len()), (0, 0), "{showing:?}");
    }
    assert!(!again.text()?.contains("another"));
    assert!(playback.transcript().len() > 200);
    Ok(())
}

#[nova::test]
async fn played_as_the_client_it_asks_for_the_same() -> Result {
    let recorder = Recorder::memory();
    session(&recorder).await?;
    let cassette = recorder.cassette()?;
    let (_venue, dialer) = venue(Deribit::builder().credentials("canary-id", SECRET).token_life(10 * SECOND));
    let again = cassette.clone().rerun().dialer(dialer).credentials(key()).run("ws://venue.test/ws/api/v2").await?;

    let said = |cassette: &Cassette| cassette.messages("out").map(|entry| entry.raw.clone()).collect::<Vec<_>>();
    assert_eq!(said(&again), said(&cassette));
    let answers = |cassette: &Cassette| {
        let answers = cassette.messages("in").map(|entry| serde_json::from_str(&entry.raw).expect("JSON"));
        let answers = answers.filter(|answer: &serde_json::Value| answer["id"].is_u64());
        answers.map(|answer| (answer["id"].clone(), answer["error"].is_null())).collect::<Vec<_>>()
    };
    assert_eq!(answers(&again), answers(&cassette), "the venue accepts the same");
    let notices = again.messages("in").filter(|entry| entry.raw.contains(TICKER)).count();
    assert!(notices > 100, "{notices}");
    let text = again.entries().iter().map(|entry| entry.raw.as_str()).collect::<String>();
    assert!(!text.contains("canary"), "the second recording has no secrets either");
    Ok(())
}

#[nova::test]
async fn a_secret_that_nobody_gave_is_asked_for() -> Result {
    let recorder = Recorder::memory();
    session(&recorder).await?;
    let (_venue, dialer) = venue(Deribit::builder());
    let rerun = recorder.cassette()?.rerun().dialer(dialer).run("ws://venue.test/ws/api/v2").await;
    let error = rerun.expect_err("no key").to_string();
    assert!(error.contains("credentials") && error.contains("`<"), "{error}");
    Ok(())
}

#[nova::test]
async fn speed_is_a_factor_on_the_recorded_times() -> Result {
    let text = concat!(
        r#"{"dir":"out","t":1.0,"raw":"a"}"#,
        "\n",
        r#"{"dir":"in","t":1.0,"kind":"binary","raw":"AAECAw=="}"#,
        "\n",
        r#"{"dir":"in","t":11.0,"kind":"text","raw":"c"}"#,
    );
    for (speed, expected) in [(1.0, 10 * SECOND), (10.0, SECOND), (0.5, 20 * SECOND), (f64::INFINITY, Duration::ZERO)] {
        let playback = Cassette::parse(text)?.speed(speed)?.offline()?;
        let listener = nova::connect(Listener).url(playback.url()).dialer(playback.dialer()).await?;
        let started = Instant::now();
        listener.send("a").await?;
        listener.expect_item("c", |item| matches!(item, Item::Message(raw) if raw.text() == Some("c"))).await;
        assert_eq!(started.elapsed(), expected, "{speed}");
    }
    let error = Cassette::parse(text)?.speed(0.0).expect_err("refused").to_string();
    assert!(error.contains("speed"), "{error}");
    Ok(())
}

#[nova::test(real_time)]
async fn it_is_played_over_real_sockets() -> Result {
    let recorder = Recorder::memory();
    let server = Deribit::start().await?;
    let desk = nova::connect(Desk).url(server.url()).record(&recorder).await?;
    desk.subscribe("ticker.BTC-PERPETUAL.100ms").await?;
    let recorded = items(&desk, 3).await;
    desk.close().await;
    let playback = recorder.cassette()?.speed(f64::INFINITY)?.start().await?;
    let desk = nova::connect(Desk).url(playback.url()).await?;
    desk.subscribe("ticker.BTC-PERPETUAL.100ms").await?;
    assert_eq!(items(&desk, 3).await, recorded);
    Ok(())
}

/// The recordings of the tests are cassettes.
#[nova::test]
async fn an_old_recording_plays_as_well() -> Result {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("data/deribit_session_invented.ndjson");
    let cassette = Cassette::read(path)?;
    let request = cassette.messages("out").next().expect("one").raw.clone();
    let sent: Vec<String> = cassette.messages("in").map(|entry| entry.raw.clone()).collect();
    let playback = cassette.offline()?;
    let listener = nova::connect(Listener).url(playback.url()).dialer(playback.dialer()).await?;
    listener.send(request).await?;
    for raw in sent {
        listener
            .expect_item("the next message", |item| matches!(item, Item::Message(it) if it.text() == Some(&raw)))
            .await;
    }
    Ok(())
}

#[test]
fn a_file_that_cannot_be_used_is_named() {
    let refused = [
        Recorder::create("/no/such/folder/file").map(drop).expect_err("no folder"),
        Cassette::read("/no/such/file").map(drop).expect_err("no file"),
    ];
    for error in refused {
        assert!(error.to_string().contains("recording") && error.to_string().contains("/no/such/"), "{error}");
    }
    for (text, place) in [
        ("\n{", "line 2"),
        (r#"{"dir":"up","raw":"{}"}"#, "line 1"),
        (r#"{"dir":"in","kind":"binary","raw":"?"}"#, "base64"),
    ] {
        let error = Cassette::parse(text).map(drop).expect_err("malformed").to_string();
        assert!(error.contains(place), "{error}");
    }
}
