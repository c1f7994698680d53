//! Finding out that the machine was suspended, once for all clients of the process.
//!
//! Timers stand still in a suspended machine: a heartbeat that was due in ten seconds is due ten seconds after it woke, however dead
//! the link is. The time of day goes on meanwhile, so the two clocks are compared, each second, by one thread that ends with its last
//! listener; clients themselves sleep on. A clock that is set forward looks the same, and costs a heartbeat.

use std::{
    sync::{Arc, Mutex, PoisonError},
    thread,
    time::{Duration, Instant, SystemTime},
};

use tokio::sync::watch;

/// How often the clocks are compared.
const LOOK: Duration = Duration::from_secs(1);

/// A clock that went ahead by less was only kept right.
const JUMP: Duration = Duration::from_secs(5);

/// How long the machine was last suspended, told anew each time.
type Told = watch::Sender<Duration>;

/// The watcher, while anybody listens.
static WATCHER: Mutex<Option<Arc<Told>>> = Mutex::new(None);

/// The next suspension's length, once it is over. Where no thread can be spawned it is never told.
pub(super) async fn suspension() -> Duration {
    let Some(mut told) = listen() else { return std::future::pending().await };
    match told.changed().await {
        Ok(()) => *told.borrow_and_update(),
        Err(_) => std::future::pending().await,
    }
}

fn listen() -> Option<watch::Receiver<Duration>> {
    let mut watcher = WATCHER.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(told) = &*watcher {
        return Some(told.subscribe());
    }
    let told = Arc::new(watch::Sender::new(Duration::ZERO));
    let listener = told.subscribe();
    let watching = told.clone();
    thread::Builder::new().name("nova-suspension".to_owned()).spawn(move || watch(&watching)).ok()?;
    *watcher = Some(told);
    Some(listener)
}

fn watch(told: &Told) {
    let mut clocks = Clocks::read();
    loop {
        thread::sleep(LOOK);
        if let Some(suspended) = clocks.look(Clocks::read()) {
            told.send_replace(suspended);
        }
        let mut watcher = WATCHER.lock().unwrap_or_else(PoisonError::into_inner);
        // Under the lock, so that nobody begins to listen to a watcher that ends.
        if told.receiver_count() == 0 {
            *watcher = None;
            return;
        }
    }
}

/// What the two clocks said.
#[derive(Clone, Copy, Debug)]
struct Clocks {
    wall: SystemTime,
    monotonic: Instant,
}

impl Clocks {
    fn read() -> Self {
        Self { wall: SystemTime::now(), monotonic: Instant::now() }
    }

    /// How long the machine was suspended since they were last read, if it was.
    fn look(&mut self, now: Self) -> Option<Duration> {
        let before = std::mem::replace(self, now);
        let passed = now.wall.duration_since(before.wall).unwrap_or_default();
        let unseen = passed.saturating_sub(now.monotonic.saturating_duration_since(before.monotonic));
        (unseen > JUMP).then_some(unseen)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_time_that_the_monotonic_clock_has_not_seen_is_a_suspension() {
        let (secs, start) = (Duration::from_secs, Clocks::read());
        let after = |wall, monotonic| Clocks { wall: start.wall + wall, monotonic: start.monotonic + monotonic };
        for (wall, monotonic, suspended) in [
            (secs(1), secs(1), None),
            (secs(601), secs(1), Some(secs(600))),
            // A thread that was not scheduled, and a clock that is kept right.
            (secs(600), secs(600), None),
            (secs(6), secs(1), None),
            (secs(7), secs(1), Some(secs(6))),
        ] {
            assert_eq!({ start }.look(after(wall, monotonic)), suspended, "{wall:?} {monotonic:?}");
        }
        let back = Clocks { wall: start.wall - secs(3_600), monotonic: start.monotonic + secs(1) };
        assert_eq!({ start }.look(back), None, "a clock that was set back");
    }

    #[test]
    fn the_watcher_ends_with_its_last_listener_and_begins_anew() {
        let watching = || WATCHER.lock().unwrap_or_else(PoisonError::into_inner).is_some();
        for _ in 0..2 {
            let listeners = [listen(), listen()];
            assert!(watching());
            drop(listeners);
            let until = Instant::now() + Duration::from_secs(30);
            while watching() {
                assert!(Instant::now() < until, "the watcher goes on for nobody");
                thread::yield_now();
            }
        }
    }
}
