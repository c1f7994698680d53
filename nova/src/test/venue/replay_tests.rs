//! Replays as a client sees them, and the local venue held against recorded ones.
//!
//! Each test runs on the session in `tests/data`, and once more on a real recording where `NOVA_RECORDING` names one.

use std::{collections::BTreeSet, env, path::Path};

use futures_util::{SinkExt, StreamExt};
use serde_json::{Value, json};
use tokio::io::{DuplexStream, duplex};
use tokio_tungstenite::{WebSocketStream, client_async, tungstenite::Message};

use super::{Deribit, Recording, Replay};

fn recordings() -> Vec<Recording> {
    let invented = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/data/deribit_session_invented.ndjson");
    let mut recordings = vec![Recording::read(invented).unwrap()];
    match env::var_os("NOVA_RECORDING") {
        Some(path) => recordings.push(Recording::read(path).unwrap()),
        None => eprintln!("skipped the real recording: NOVA_RECORDING is not set"),
    }
    recordings
}

async fn join(url: &str, serve: impl FnOnce(DuplexStream)) -> WebSocketStream<DuplexStream> {
    let (near, far) = duplex(1 << 20);
    serve(far);
    client_async(url, near).await.unwrap().0
}

async fn open(replay: &Replay) -> WebSocketStream<DuplexStream> {
    join(replay.url(), |stream| replay.serve(stream)).await
}

async fn text(socket: &mut WebSocketStream<DuplexStream>) -> String {
    socket.next().await.unwrap().unwrap().into_text().unwrap().as_str().to_owned()
}

async fn ask(socket: &mut WebSocketStream<DuplexStream>, id: Value, method: &str, channels: &[&str]) {
    let request = json!({"jsonrpc": "2.0", "id": id, "method": method, "params": {"channels": channels}});
    socket.send(Message::text(request.to_string())).await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn a_replay_is_the_recording_byte_for_byte() {
    for recording in recordings() {
        let replay = recording.clone().offline().unwrap();
        let mut socket = open(&replay).await;
        socket.send(Message::text(recording.requests()[0].clone())).await.unwrap();
        let expected = recording.acknowledgements().chain(recording.notifications());
        for frame in expected {
            assert_eq!(text(&mut socket).await, frame);
        }
        let mut confirmed = recording.channels();
        assert_eq!(confirmed.iter().collect::<BTreeSet<_>>().len(), confirmed.len());
        confirmed.sort_unstable();
        let asked: Value = serde_json::from_str(&recording.requests()[0]).unwrap();
        let mut asked: Vec<_> =
            asked["params"]["channels"].as_array().unwrap().iter().filter_map(Value::as_str).collect();
        asked.sort_unstable();
        assert_eq!(confirmed, asked, "every channel is confirmed");
    }
}

#[tokio::test(start_paused = true)]
async fn it_plays_once_the_last_channel_was_asked_for_and_confirms_only_recorded_ones() {
    for recording in recordings() {
        let replay = recording.clone().offline().unwrap();
        let mut socket = open(&replay).await;
        let channels = recording.channels();
        let (first, rest) = channels.split_at(1);
        ask(&mut socket, json!("a"), "public/subscribe", &[first[0], "nonsense.X"]).await;
        ask(&mut socket, json!(2), "public/set_heartbeat", &[]).await;
        ask(&mut socket, json!(3), "public/subscribe", rest).await;
        let replies = [text(&mut socket).await, text(&mut socket).await, text(&mut socket).await];
        let replies: Vec<Value> = replies.iter().map(|reply| serde_json::from_str(reply).unwrap()).collect();
        assert_eq!((&replies[0]["id"], &replies[0]["result"]), (&json!("a"), &json!(first)));
        assert_eq!(replies[1]["result"], "ok");
        assert_eq!(replies[2]["result"], json!(rest));
        assert_eq!(text(&mut socket).await, recording.notifications().next().unwrap());
    }
}

#[tokio::test(start_paused = true)]
async fn a_change_left_out_is_played_after_its_channel_is_subscribed_anew() {
    for recording in recordings() {
        let of_books = |note: &&str| note.contains(r#""type":"change""#);
        let frames: Vec<&str> = recording.notifications().collect();
        let left_out = *frames.iter().find(|note| of_books(note)).unwrap();
        let note: Value = serde_json::from_str(left_out).unwrap();
        let channel = note["params"]["channel"].as_str().unwrap();
        let instrument = note["params"]["data"]["instrument_name"].as_str().unwrap();
        let replay = recording.clone().leave_out(instrument, 1).unwrap().offline().unwrap();
        let mut socket = open(&replay).await;
        ask(&mut socket, json!(1), "public/subscribe", &recording.channels()).await;
        text(&mut socket).await;
        for frame in frames.iter().filter(|frame| **frame != left_out) {
            assert_eq!(text(&mut socket).await, *frame);
        }
        ask(&mut socket, json!(2), "public/unsubscribe", &[channel]).await;
        ask(&mut socket, json!(3), "public/subscribe", &[channel]).await;
        for _ in 0..2 {
            let confirmed: Value = serde_json::from_str(&text(&mut socket).await).unwrap();
            assert_eq!(confirmed["result"], json!([channel]));
        }
        let own = |frame: &&&str| frame.contains(&format!(r#""channel":"{channel}""#));
        for frame in frames.iter().filter(own) {
            assert_eq!(text(&mut socket).await, *frame, "the whole channel, from its snapshot");
        }
    }
}

/// Member names and types. Where a value may be null, null is of every type; lists are of their first element's.
fn same_shape(one: &Value, other: &Value) -> bool {
    match (one, other) {
        (Value::Null, _) | (_, Value::Null) => true,
        (Value::Object(one), Value::Object(other)) => {
            one.len() == other.len()
                && one.iter().all(|(name, value)| other.get(name).is_some_and(|twin| same_shape(value, twin)))
        }
        (Value::Array(one), Value::Array(other)) => match (one.first(), other.first()) {
            (Some(one), Some(other)) => same_shape(one, other),
            _ => true,
        },
        (one, other) => std::mem::discriminant(one) == std::mem::discriminant(other),
    }
}

#[tokio::test(start_paused = true)]
async fn the_local_venue_answers_a_recorded_client_in_the_recorded_shape() {
    for recording in recordings() {
        let names: BTreeSet<&str> =
            recording.channels().iter().filter_map(|channel| channel.split('.').nth(1)).collect();
        let venue = Deribit::builder().raw_needs_login(false).instruments(names).offline().unwrap();
        let mut socket = join(venue.url(), |stream| venue.serve(stream)).await;
        for request in recording.requests() {
            socket.send(Message::text(request.clone())).await.unwrap();
        }
        let mut answers = Vec::new();
        while answers.len() < 2_000 {
            answers.push(serde_json::from_str::<Value>(&text(&mut socket).await).unwrap());
        }
        for recorded in recording.acknowledgements() {
            let recorded: Value = serde_json::from_str(recorded).unwrap();
            let answer = answers.iter().find(|answer| answer["id"] == recorded["id"]).unwrap();
            let sorted = |reply: &Value| -> BTreeSet<String> {
                reply["result"].as_array().unwrap().iter().map(ToString::to_string).collect()
            };
            assert_eq!(sorted(answer), sorted(&recorded), "the same channels are confirmed");
            assert!(same_shape(answer, &recorded), "{answer} is not of the shape of {recorded}");
        }
        let kind = |note: &Value| (note["params"]["channel"].clone(), note["params"]["data"]["type"].clone());
        for recorded in recording.notifications() {
            let recorded: Value = serde_json::from_str(recorded).unwrap();
            let answer = answers.iter().find(|answer| kind(answer) == kind(&recorded));
            let answer = answer.unwrap_or_else(|| panic!("nothing like {recorded}"));
            assert!(same_shape(answer, &recorded), "{answer} is not of the shape of {recorded}");
        }
    }
}

#[test]
fn what_cannot_be_read_is_named() {
    for (text, place) in [
        ("\n{", "line 2"),
        (r#"{"dir":"in","raw":"{"}"#, "message 1"),
        (r#"{"dir":"up","raw":"{}"}"#, "line 1"),
        (r#"{"dir":"in","kind":"binary","raw":"AA=="}"#, "binary"),
    ] {
        let error = Recording::parse(text).unwrap_err().to_string();
        assert!(error.contains(place), "{error}");
    }
    let error = Recording::read("/no/such/file").unwrap_err().to_string();
    assert!(error.contains("recording") && error.contains("/no/such/file"), "{error}");
    let error = Recording::parse("").unwrap().leave_out("BTC-PERPETUAL", 0).unwrap_err().to_string();
    assert!(error.contains("BTC-PERPETUAL"), "{error}");
}
