//! Resolving names, one lookup a host at a time.
//!
//! The system's resolver blocks a thread for as long as it likes and cannot be called back. Attempts that give up at their deadline
//! and start again would pile up one thread each, so whoever asks while a lookup is under way gets the answer of that one.

use std::{
    collections::HashMap,
    io,
    net::SocketAddr,
    sync::{Arc, LazyLock, Mutex, PoisonError},
};

use tokio::sync::watch;

type Answer = Result<Arc<[SocketAddr]>, Arc<io::Error>>;

type Flights = Arc<Mutex<HashMap<String, watch::Receiver<Option<Answer>>>>>;

static SYSTEM: LazyLock<Lookups> = LazyLock::new(Lookups::default);

/// The lookups under way.
#[derive(Clone, Default)]
struct Lookups(Flights);

/// The addresses of a host by the system's resolver, with this port.
pub(super) async fn lookup(host: &str, port: u16) -> Result<Vec<SocketAddr>, Arc<io::Error>> {
    if let Ok(address) = host.parse() {
        return Ok(vec![SocketAddr::new(address, port)]);
    }
    // Whatever the port, one lookup: it is the host's.
    let resolved = SYSTEM.get(host, |host| async { Ok(tokio::net::lookup_host((host, 0)).await?.collect()) }).await?;
    let mut addresses = resolved.to_vec();
    for address in &mut addresses {
        address.set_port(port);
    }
    Ok(addresses)
}

impl Lookups {
    async fn get<F, Fut>(&self, host: &str, resolve: F) -> Answer
    where
        F: FnOnce(String) -> Fut,
        Fut: Future<Output = io::Result<Vec<SocketAddr>>> + Send + 'static,
    {
        let mut flight = self.join(host, resolve);
        match flight.wait_for(Option::is_some).await.as_deref() {
            Ok(Some(answer)) => answer.clone(),
            // Its runtime went away under it; the next attempt starts afresh.
            _ => Err(Arc::new(io::Error::new(io::ErrorKind::Interrupted, "the lookup was abandoned"))),
        }
    }

    fn join<F, Fut>(&self, host: &str, resolve: F) -> watch::Receiver<Option<Answer>>
    where
        F: FnOnce(String) -> Fut,
        Fut: Future<Output = io::Result<Vec<SocketAddr>>> + Send + 'static,
    {
        let mut flights = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(flight) = flights.get(host).filter(|flight| flight.has_changed().is_ok()) {
            return flight.clone();
        }
        let (sender, flight) = watch::channel(None);
        let host = host.to_owned();
        flights.insert(host.clone(), flight.clone());
        let resolving = resolve(host.clone());
        let all = Arc::clone(&self.0);
        // A task of its own: it must outlive the attempt that started it, or every time-out would start another.
        tokio::spawn(async move {
            let answer = resolving.await.map(Arc::from).map_err(Arc::new);
            all.lock().unwrap_or_else(PoisonError::into_inner).remove(&host);
            sender.send_replace(Some(answer));
        });
        flight
    }
}

#[cfg(test)]
mod tests {
    use std::{
        sync::atomic::{AtomicUsize, Ordering},
        time::Duration,
    };

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn those_who_ask_at_the_same_time_share_a_lookup() {
        let lookups = Lookups::default();
        let asked = Arc::new(AtomicUsize::new(0));
        let resolve = || {
            let asked = Arc::clone(&asked);
            move |_: String| async move {
                asked.fetch_add(1, Ordering::Relaxed);
                tokio::time::sleep(Duration::from_secs(20)).await;
                Ok(vec![SocketAddr::from(([127, 0, 0, 1], 0))])
            }
        };
        let impatient = tokio::time::timeout(Duration::from_secs(5), lookups.get("venue.test", resolve())).await;
        assert!(impatient.is_err(), "the first gives up");
        let (one, two) = tokio::join!(lookups.get("venue.test", resolve()), lookups.get("venue.test", resolve()));
        assert_eq!(asked.load(Ordering::Relaxed), 1);
        assert_eq!(one.expect("resolved"), two.expect("resolved"));
        assert!(lookups.0.lock().expect("unpoisoned").is_empty(), "nothing is kept");
        lookups.get("venue.test", resolve()).await.expect("resolved");
        assert_eq!(asked.load(Ordering::Relaxed), 2, "an answer is not a cache");
    }
}
