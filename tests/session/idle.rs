//! A client that has nothing to do does nothing: it wakes for its heartbeat and for that alone.
//!
//! Counted at the stream: whenever a client's task is polled it reads until the stream says that nothing is there, so there are
//! never more polls than reads that found nothing.

use std::{
    io,
    pin::Pin,
    sync::{Arc, Mutex},
    task::{Context, Poll, ready},
};

use nova::{BoxFuture, BoxStream, Dialer, Endpoint, test::MockDialer};
use serde_json::json;
use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    time::Instant,
};

use crate::support::{Log, Plain, pass, secs, serve, venue};

/// When reads found nothing.
type Rests = Arc<Mutex<Vec<Instant>>>;

#[derive(Debug)]
struct Watched(MockDialer, Rests);

struct Stream(BoxStream, Rests);

impl Dialer for Watched {
    fn dial(&self, endpoint: &Endpoint) -> BoxFuture<'static, nova::Result<BoxStream>> {
        let (dial, rests) = (self.0.dial(endpoint), self.1.clone());
        Box::pin(async move { Ok(Box::new(Stream(dial.await?, rests)) as BoxStream) })
    }
}

impl AsyncRead for Stream {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let read = Pin::new(&mut self.0).poll_read(cx, buffer);
        if read.is_pending() {
            self.1.lock().expect("whole").push(Instant::now());
        }
        read
    }
}

impl AsyncWrite for Stream {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.0).poll_write(cx, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        ready!(Pin::new(&mut self.0).poll_flush(cx))?;
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_shutdown(cx)
    }
}

#[nova::client(platform = Plain, profile = "financial")]
struct Desk;

#[tokio::test(start_paused = true)]
async fn an_idle_client_wakes_twice_a_heartbeat_and_never_in_between() {
    let (dialer, server) = venue();
    let rests = Rests::default();
    let desk = nova::connect(Desk).dialer(Watched(dialer, rests.clone())).start().expect("started");
    let peer = server.accept().await;
    tokio::spawn(serve(peer, Log::default()));
    desk.subscribe("a").await.expect("confirmed");
    assert_eq!(desk.call::<u64>("any", json!({})).await.expect("answered"), 0);
    // When its time would have been up, once: to set the timer back with each answer would cost every call more than this.
    rests.lock().expect("whole").clear();
    let from = Instant::now();
    pass(secs(14)).await;
    let up: Vec<_> = rests.lock().expect("whole").iter().map(|rest| *rest - from).collect();
    assert!(up.len() <= 2 && up.iter().all(|after| *after == secs(10)), "woke for nothing after {up:?}");
    rests.lock().expect("whole").clear();
    pass(secs(47)).await;
    let rests = rests.lock().expect("whole").clone();
    for beat in 1..=4 {
        let at = from + secs(15 * beat);
        let polls = rests.iter().filter(|rest| **rest == at).count();
        assert!((1..=2).contains(&polls), "heartbeat {beat}: {polls} polls");
    }
    let between: Vec<_> =
        rests.iter().map(|rest| *rest - from).filter(|after| after.as_millis() % 15_000 != 0).collect();
    assert!(between.is_empty(), "woke for nothing after {between:?}");
    assert!(desk.state().is_ready());
}
