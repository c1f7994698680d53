//! Endless and enormous frames.

use std::{pin::pin, time::Duration};

use futures_util::future::join;
use nova::{Cause, Closed, Error, Frame, Handle, Item, Raw, State};
use tokio::{
    io::{AsyncWriteExt, DuplexStream},
    time::{Instant, sleep},
};

use crate::{
    measure::{KIB, LINK, Meter, READING, alone},
    raw::{frame, read_masked, ready},
};

#[nova::client(platform = "echo", profile = "financial")]
struct Listener;

/// What a message may be split into.
const FRAGMENTS: usize = 131_072;

async fn listening() -> (Handle<Listener>, DuplexStream) {
    ready(nova::connect(Listener), LINK).await
}

async fn message(client: &Handle<Listener>) -> Raw {
    match client.next().await {
        Some(Item::Message(message)) => message,
        other => panic!("{other:?}"),
    }
}

/// The code of the client's close frame.
async fn close_code(stream: &mut DuplexStream) -> u16 {
    loop {
        let frame = read_masked(stream).await.unwrap();
        if frame.opcode == 8 {
            return u16::from_be_bytes([frame.payload[0], frame.payload[1]]);
        }
    }
}

fn lost(client: &Handle<Listener>) -> Error {
    let step = client.history().into_iter().rfind(|step| step.to == State::Backoff).expect("a loss");
    match &*step.cause {
        Cause::Error(error) => error.clone(),
        other => panic!("{other}"),
    }
}

/// Writes the same bytes so many times, through one buffer.
async fn write_times(stream: &mut DuplexStream, bytes: &[u8], times: usize) {
    let block = bytes.repeat(1000);
    for _ in 0..times / 1000 {
        stream.write_all(&block).await.unwrap();
    }
    stream.write_all(&bytes.repeat(times % 1000)).await.unwrap();
}

#[test]
fn r043_a_million_fragments_without_an_end_are_cut_by_their_number() {
    for (payload, promised, what) in [
        (&b""[..], READING, "a million empty fragments"),
        // The bytes themselves, in a buffer that doubles as it grows.
        (b"x", READING + 3 * FRAGMENTS, "a million fragments of one byte"),
    ] {
        alone(async {
            let (client, mut stream) = listening().await;
            let (first, next, last) = (frame(0x02, payload), frame(0x00, payload), frame(0x80, payload));
            let meter = Meter::start();
            stream.write_all(&first).await.unwrap();
            write_times(&mut stream, &next, 1_000_000).await;
            assert_eq!(close_code(&mut stream).await, 1009, "{what}");
            meter.hold(what, promised);
            assert!(matches!(lost(&client), Error::Protocol { code, .. } if code.0 == 1009), "{what}");

            // As many as are allowed are a message.
            let (client, mut stream) = listening().await;
            stream.write_all(&first).await.unwrap();
            let (received, ()) = join(message(&client), async {
                write_times(&mut stream, &next, FRAGMENTS - 2).await;
                stream.write_all(&last).await.unwrap();
            })
            .await;
            assert_eq!(received.frame().len(), FRAGMENTS * payload.len(), "{what}");
        });
    }
}

#[test]
fn r043_fragments_that_come_slowly_are_cut_by_their_time_whatever_comes_between() {
    alone(async {
        for between in [vec![], frame(0x89, b"ping"), frame(0x8A, b"pong")] {
            let (client, mut stream) = listening().await;
            let started = Instant::now();
            stream.write_all(&frame(0x02, b"x")).await.unwrap();
            let mut ready = client.watch();
            let mut lost_it = pin!(ready.until(|state| !state.is_ready()));
            loop {
                tokio::select! {
                    biased;
                    _ = &mut lost_it => break,
                    () = sleep(Duration::from_secs(1)) => {
                        stream.write_all(&[&between[..], &frame(0x00, b"x")].concat()).await.unwrap();
                    }
                }
            }
            assert_eq!(started.elapsed().as_secs(), 30);
            assert!(matches!(lost(&client), Error::Timeout { what: "the rest of a message", .. }), "{}", lost(&client));
        }
    });
}

#[test]
fn r043_messages_that_follow_one_another_slowly_have_their_time_each() {
    alone(async {
        let (client, mut stream) = listening().await;
        stream.write_all(&frame(0x02, b"1")).await.unwrap();
        for _ in 0..4 {
            sleep(Duration::from_secs(20)).await;
            // The end of one and the beginning of the next, in one piece.
            stream.write_all(&[frame(0x80, b"2"), frame(0x02, b"1")].concat()).await.unwrap();
            assert_eq!(*message(&client).await.frame(), Frame::binary("12"));
        }
        assert!(client.state().is_ready());
    });
}

#[test]
fn r046_a_million_pings_while_nothing_can_be_written_keep_only_the_last_pongs() {
    alone(async {
        const PINGS: u32 = 1_000_000;
        let (client, mut stream) = ready(nova::connect(Listener), LINK).await;
        let _open = client.items();
        // More than the link holds, so that not even a pong fits behind it.
        client.send("x".repeat(8 * KIB)).await.unwrap();
        sleep(Duration::from_millis(1)).await;
        let mut block = Vec::with_capacity(32 * KIB);
        let meter = Meter::start();
        for number in 0..PINGS {
            block.extend([0x89, 4]);
            block.extend(number.to_be_bytes());
            if number % 1000 == 999 {
                block.extend(frame(0x81, b"between"));
                stream.write_all(&block).await.unwrap();
                block.clear();
                assert_eq!(message(&client).await.text(), Some("between"), "messages come through all the same");
            }
        }
        meter.hold("a million pings while nothing can be written", READING);
        // What waits is answered as soon as it can be, the latest ping last.
        assert_eq!(read_masked(&mut stream).await.unwrap().payload.len(), 8 * KIB);
        let mut pongs = Vec::new();
        while pongs.last() != Some(&(PINGS - 1)) {
            let pong = read_masked(&mut stream).await.unwrap();
            assert_eq!(pong.opcode, 0xA);
            pongs.push(u32::from_be_bytes(pong.payload.try_into().unwrap()));
        }
        assert!(pongs.len() * 10 < KIB, "{} pongs were kept", pongs.len());
    });
}

#[test]
fn r046_a_client_whose_pongs_find_no_way_out_still_closes_in_time() {
    alone(async {
        let (client, mut stream) = ready(nova::connect(Listener), 64).await;
        client.send("x".repeat(KIB)).await.unwrap();
        let pings = frame(0x89, b"ping").repeat(100);
        let flood = tokio::spawn(async move {
            while stream.write_all(&pings).await.is_ok() {
                sleep(Duration::from_millis(10)).await;
            }
        });
        sleep(Duration::from_secs(1)).await;
        let asked = Instant::now();
        assert_eq!(client.close().await, Closed::Unclean);
        assert_eq!(asked.elapsed().as_secs(), 5);
        flood.abort();
    });
}

#[test]
fn r042_a_length_that_is_refused_is_never_allocated() {
    alone(async {
        for (length, code, what) in [
            (1 << 63, 1002, "a length of 2^63"),
            (1 << 62, 1009, "a length of 2^62"),
            ((4 << 20) + 1, 1009, "a length of one over max_frame"),
        ] {
            let (_client, mut stream) = listening().await;
            let meter = Meter::start();
            stream.write_all(&[&[0x82, 127][..], &u64::to_be_bytes(length)].concat()).await.unwrap();
            assert_eq!(close_code(&mut stream).await, code, "{what}");
            meter.hold(what, READING);
        }
    });
}

#[test]
fn r009_a_message_that_comes_byte_by_byte_costs_no_more_than_itself() {
    alone(async {
        const LENGTH: usize = 64 * KIB;
        let (client, mut stream) = listening().await;
        let _open = client.items();
        let whole = frame(0x82, &vec![7; LENGTH]);
        let meter = Meter::start();
        let (received, ()) = join(message(&client), async {
            for byte in &whole {
                stream.write_u8(*byte).await.unwrap();
                tokio::task::yield_now().await;
            }
        })
        .await;
        meter.hold("64 KiB, a byte at a time", READING + LENGTH);
        assert_eq!(received.frame().len(), LENGTH);
    });
}
