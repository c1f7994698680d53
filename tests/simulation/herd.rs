//! A thousand clients that lose their server in one instant, and find nobody there for five seconds.

use std::time::Duration;

use futures_util::StreamExt;
use nova::{Dialer, Endpoint, Handle, MemoryDialer, test::Test};
use tokio::{
    sync::{mpsc, watch},
    time::{Instant, sleep},
};
use tokio_tungstenite::accept_async;

use crate::world::secs;

const CLIENTS: usize = 1_000;
/// In any tenth of the spread, so many of them at most.
const AT_ONCE: usize = CLIENTS * 3 / 10;
const AWAY: Duration = secs(5);

#[nova::client(platform = "echo", profile = "financial")]
struct Caller;

/// Dials, and tells when.
#[derive(Debug)]
struct Noting(MemoryDialer, mpsc::UnboundedSender<Instant>);

impl Dialer for Noting {
    fn dial(&self, endpoint: &Endpoint) -> nova::BoxFuture<'static, nova::Result<nova::BoxStream>> {
        // The test may be over.
        let _ = self.1.send(Instant::now());
        self.0.dial(endpoint)
    }
}

/// A server that can go away: its connections end, and whoever dials is hung up on.
fn server() -> (MemoryDialer, watch::Sender<bool>) {
    let (dialer, mut listener) = nova::memory();
    let (up, mut is_up) = watch::channel(true);
    tokio::spawn(async move {
        while let Some(stream) = listener.accept().await {
            if !*is_up.borrow_and_update() {
                continue;
            }
            let mut is_up = is_up.clone();
            tokio::spawn(async move {
                let Ok(mut socket) = accept_async(stream).await else { return };
                tokio::select! {
                    () = async { while let Some(Ok(_)) = socket.next().await {} } => {}
                    _ = is_up.wait_for(|up| !up) => {}
                }
            });
        }
    });
    (dialer, up)
}

/// How many of these moments, sorted, lie within a span of this length at most.
fn most_within(moments: &[Duration], span: Duration) -> usize {
    let from = |at: usize| moments[at..].partition_point(|later| *later < moments[at] + span);
    (0..moments.len()).map(from).max().unwrap_or_default()
}

/// A row for each quarter of a second.
fn print_histogram(moments: &[Duration]) {
    const ROW: u128 = 250;
    for rows in moments.chunk_by(|left, right| left.as_millis() / ROW == right.as_millis() / ROW) {
        let from = rows[0].as_millis() / ROW * ROW;
        println!("{from:>6} ms {:>4} {}", rows.len(), "#".repeat(rows.len() / 10));
    }
}

#[test]
fn r64_a_thousand_clients_come_back_spread_out() {
    Test::new("herd").seed(1).run(async {
        let (dialer, up) = server();
        let start = || {
            let (told, dials) = mpsc::unbounded_channel();
            let client = nova::connect(Caller).url("ws://venue.test/").dialer(Noting(dialer.clone(), told)).start();
            client.map(|client| (client, dials))
        };
        let mut callers: Vec<_> = (0..CLIENTS).map(|_| start()).collect::<Result<_, _>>()?;
        // Long enough for every connection to count as stable.
        sleep(secs(60)).await;
        for (_, dials) in &mut callers {
            while dials.try_recv().is_ok() {}
        }

        let cut = Instant::now();
        up.send_replace(false);
        sleep(AWAY).await;
        up.send_replace(true);
        let ready = |client: &Handle<Caller>| {
            let client = client.clone();
            async move { client.wait_ready().await }
        };
        for (client, _) in &callers {
            tokio::time::timeout(secs(60), ready(client)).await.expect("all come back")?;
        }
        // Each client's dials: the first is the profile's own, the others are spread.
        let mut attempts: Vec<Vec<Duration>> = Vec::new();
        for (_, dials) in &mut callers {
            for number in 0.. {
                let Ok(at) = dials.try_recv() else { break };
                attempts.resize_with(attempts.len().max(number + 1), Vec::new);
                attempts[number].push(at - cut);
            }
        }
        for moments in &mut attempts {
            moments.sort_unstable();
        }
        for (attempt, moments) in (1..).zip(&attempts).skip(1) {
            // The delays are 100 ms doubled each time, and spread by half of that on both sides, or over a second.
            let spread = (Duration::from_millis(100 << (attempt - 1)) / 2).max(secs(1));
            let most = most_within(moments, spread / 10);
            println!("attempt {attempt}: {} dials, at most {most} within {:?}", moments.len(), spread / 10);
            assert!(most <= AT_ONCE, "{most} of {CLIENTS} clients made attempt {attempt} within {:?}", spread / 10);
        }
        assert!(attempts[0].iter().all(|at| *at <= Duration::from_millis(126)), "the first follows the profile");
        let mut all = attempts[1..].concat();
        all.sort_unstable();
        print_histogram(&all);
        let back: Vec<_> = all.iter().copied().filter(|at| *at >= AWAY).collect();
        let (last, most) = (*all.last().expect("dials"), most_within(&back, Duration::from_millis(100)));
        println!("{CLIENTS} clients, {} dials; all back {last:?} after the cut; at most {most} found the server within 100 ms", all.len() + CLIENTS);
        assert!(most <= AT_ONCE && last <= AWAY + secs(30), "{most} within 100 ms, the last after {last:?}");
        drop(callers);
        Ok::<(), nova::Error>(())
    });
}
