//! Racing the addresses of a host (RFC 8305).
//!
//! Tried one after another, a single black-holed address eats the whole time for connecting. Here the next attempt starts a
//! quarter of a second after the last, or at once when one fails; the first to connect wins and the others are dropped.

use std::{future::poll_fn, io, net::SocketAddr, pin::pin, task::Poll, time::Duration};

use crate::{time::Instant, transport::BoxFuture};

/// How long an attempt has the field to itself; RFC 8305 recommends this value.
pub(super) const STAGGER: Duration = Duration::from_millis(250);

/// The address that failed last, with what the system said.
pub(super) type Failure = (Option<SocketAddr>, io::Error);

/// Connects to the first address that answers; dropping the future drops all attempts.
pub(super) async fn race<T, F, Fut>(addresses: &[SocketAddr], connect: F) -> Result<T, Failure>
where
    F: Fn(SocketAddr) -> Fut,
    Fut: Future<Output = io::Result<T>> + Send + 'static,
{
    let mut waiting = interleave(addresses).into_iter().peekable();
    let mut running: Vec<(SocketAddr, BoxFuture<'static, io::Result<T>>)> = Vec::new();
    let mut failure = (None, io::Error::new(io::ErrorKind::NotFound, "the name has no address"));
    let mut stagger = pin!(tokio::time::sleep(STAGGER));
    loop {
        if let Some(address) = waiting.next() {
            running.push((address, Box::pin(connect(address))));
            stagger.as_mut().reset(Instant::now() + STAGGER);
        } else if running.is_empty() {
            return Err(failure);
        }
        let next = waiting.peek().is_some();
        let won = poll_fn(|cx| {
            let mut failed = false;
            let mut at = 0;
            while let Some((address, attempt)) = running.get_mut(at) {
                match attempt.as_mut().poll(cx) {
                    Poll::Ready(Ok(stream)) => return Poll::Ready(Some(stream)),
                    Poll::Ready(Err(error)) => {
                        failure = (Some(*address), error);
                        failed = true;
                        drop(running.remove(at));
                    }
                    Poll::Pending => at += 1,
                }
            }
            if failed || (next && stagger.as_mut().poll(cx).is_ready()) { Poll::Ready(None) } else { Poll::Pending }
        });
        if let Some(stream) = won.await {
            return Ok(stream);
        }
    }
}

/// Alternates the families, the resolver's first choice first, so that a broken family costs one stagger and not all of them.
fn interleave(addresses: &[SocketAddr]) -> Vec<SocketAddr> {
    let first = addresses.first().is_some_and(SocketAddr::is_ipv6);
    let (mut preferred, mut other): (Vec<_>, Vec<_>) = addresses.iter().partition(|a| a.is_ipv6() == first);
    preferred.reverse();
    other.reverse();
    let mut order = Vec::with_capacity(addresses.len());
    while let Some(address) = preferred.pop().or_else(|| other.pop()) {
        order.push(address);
        order.extend(other.pop());
    }
    order
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address(text: &str) -> SocketAddr {
        text.parse().expect("an address")
    }

    #[test]
    fn families_alternate_and_nothing_is_lost() {
        let order = interleave(&["[::1]:1", "[::2]:1", "[::3]:1", "1.1.1.1:1", "1.1.1.2:1"].map(address));
        assert_eq!(order, ["[::1]:1", "1.1.1.1:1", "[::2]:1", "1.1.1.2:1", "[::3]:1"].map(address));
        let order = interleave(&["1.1.1.1:1", "[::1]:1", "[::2]:1"].map(address));
        assert_eq!(order, ["1.1.1.1:1", "[::1]:1", "[::2]:1"].map(address));
        assert_eq!(interleave(&[]), []);
    }

    #[tokio::test(start_paused = true)]
    async fn r003_a_black_hole_costs_one_stagger() {
        let start = Instant::now();
        let won = race(&["[::1]:1", "1.1.1.1:1"].map(address), |address| async move {
            if address.is_ipv6() {
                std::future::pending::<()>().await;
            }
            Ok(address)
        })
        .await;
        assert_eq!(won.expect("connected"), address("1.1.1.1:1"));
        assert_eq!(start.elapsed(), STAGGER);
    }

    #[tokio::test(start_paused = true)]
    async fn r003_a_refusal_starts_the_next_at_once() {
        let start = Instant::now();
        let won = race(&["1.1.1.1:1", "1.1.1.2:1", "1.1.1.3:1"].map(address), |address| async move {
            if address.ip().to_string() == "1.1.1.3" {
                Ok(address)
            } else {
                Err(io::ErrorKind::ConnectionRefused.into())
            }
        })
        .await;
        assert_eq!(won.expect("connected"), address("1.1.1.3:1"));
        assert_eq!(start.elapsed(), Duration::ZERO);
    }

    #[tokio::test(start_paused = true)]
    async fn a_slow_first_address_may_still_win() {
        let won = race(&["1.1.1.1:1", "1.1.1.2:1"].map(address), |address| async move {
            let late = if address.ip().to_string() == "1.1.1.1" { 400 } else { 900 };
            tokio::time::sleep(Duration::from_millis(late)).await;
            Ok(address)
        })
        .await;
        assert_eq!(won.expect("connected"), address("1.1.1.1:1"));
    }

    #[tokio::test(start_paused = true)]
    async fn when_all_fail_the_last_failure_is_told() {
        let failed = race(&["1.1.1.1:1", "1.1.1.2:1"].map(address), |address| async move {
            let wait = if address.ip().to_string() == "1.1.1.1" { 400 } else { 10 };
            tokio::time::sleep(Duration::from_millis(wait)).await;
            Err::<(), _>(io::ErrorKind::ConnectionRefused.into())
        })
        .await;
        assert_eq!(failed.expect_err("failed").0, Some(address("1.1.1.1:1")));
        let none = race(&[], |_| async { Ok(()) }).await;
        assert_eq!(none.expect_err("no address").0, None);
    }
}
