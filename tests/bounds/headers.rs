//! Endless answers to the upgrade.

use std::time::Duration;

use nova::{Error, Event};
use tokio::{io::AsyncWriteExt, time::Instant};

use crate::measure::{KIB, LINK, Meter, alone};

#[nova::client(platform = "echo", profile = "financial")]
struct Listener;

/// What a server's answer may hold, 64 KiB of headers or of an error's page, twice as much where its buffer has to grow into another,
/// and what else a connection needs.
const PROMISED: usize = (64 + 128 + 32) * KIB;
/// An error tells the page, escaped: once more as much.
const TOLD: usize = 64 * KIB;

#[test]
fn r033_an_answer_without_an_end_is_cut_and_never_kept() {
    let table: [(&[u8], &[u8], &str, usize); 4] = [
        (b"HTTP/1.1 101 Switching Protocols\r\n", b"X-More: and more\r\n", "headers without end", PROMISED),
        (b"HTTP/1.1 101 Switching Protocols\r\nX-Long: ", b"and longer ", "a header without end", PROMISED),
        (b"", b"HTTP/1.1 ", "a status line without end", PROMISED),
        (b"HTTP/1.1 503 Unavailable\r\n\r\n", b"<p>So sorry</p>", "a page without end", PROMISED + TOLD),
    ];
    for (start, again, what, promised) in table {
        alone(async {
            let (dialer, mut listener) = nova::memory();
            let client =
                nova::connect(Listener).url("ws://server.test/").dialer(dialer.capacity(LINK)).start().unwrap();
            let mut events = client.events();
            let mut stream = listener.accept().await.unwrap();
            let block = again.repeat(1000);
            let meter = Meter::start();
            stream.write_all(start).await.unwrap();
            let mut written = 0;
            // The client hangs up.
            while stream.write_all(&block).await.is_ok() {
                written += block.len();
                assert!(written < 4 * 1024 * KIB, "{what}: {written} bytes were taken");
            }
            meter.hold(what, promised);
            let error = loop {
                if let Event::Error(error) = events.next().await.unwrap() {
                    break error;
                }
            };
            assert!(matches!(error, Error::Upgrade { .. } | Error::Rejected { .. }), "{what}: {error:?}");
        });
    }
}

#[test]
fn r033_an_answer_that_comes_byte_by_byte_ends_at_the_deadline_of_connecting() {
    alone(async {
        let (dialer, mut listener) = nova::memory();
        let client = nova::connect(Listener).url("ws://server.test/").dialer(dialer.capacity(LINK)).start().unwrap();
        let mut events = client.events();
        let mut stream = listener.accept().await.unwrap();
        let started = Instant::now();
        let meter = Meter::start();
        for byte in b"HTTP/1.1 101 Switching Protocols\r\n" {
            if stream.write_u8(*byte).await.is_err() {
                break;
            }
            tokio::time::sleep(Duration::from_secs(1)).await;
        }
        meter.hold("an answer of a byte a second", 16 * KIB);
        let deadline = client.config().connection.timeout;
        // The server finds out when it writes the next byte.
        assert!((deadline..=deadline + Duration::from_secs(1)).contains(&started.elapsed()), "{:?}", started.elapsed());
        while !matches!(events.next().await, Some(Event::Error(Error::Timeout { what: "connecting", .. }))) {}
    });
}
