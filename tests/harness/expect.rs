//! Expectations: what has happened counts, each is looked for behind the last, and a failing one tells what happened instead.

use std::{panic::AssertUnwindSafe, time::Duration};

use futures_util::FutureExt;
use nova::{
    Event, Item, Raw, Result, State,
    test::{Expect, Line, Test, Witness, event, ready, restored, sent, step, venue::Deribit},
};

use crate::desk::{login, venue};

const TICKER: &str = "ticker.BTC-PERPETUAL.100ms";
const SECOND: Duration = Duration::from_secs(1);

fn calls(method: &'static str) -> impl FnMut(&Line) -> bool + Send + Sync {
    move |line| line.json()["method"] == method
}

fn is_login(event: &Event) -> bool {
    matches!(event, Event::LoggedIn { .. })
}

fn is_message(item: &Item<Raw>) -> bool {
    matches!(item, Item::Message(_))
}

#[nova::test]
async fn what_happened_before_counts_in_its_order_and_once() -> Result {
    let (_venue, dialer) = venue(Deribit::builder());
    let desk = login(dialer).await?;
    let all = [State::Connecting, State::Authenticating, State::Restoring, State::Ready { missing: 0 }];
    let steps = desk.expect(all).within(Duration::ZERO).await;
    assert_eq!(steps.len(), 4);
    desk.clone().expect(ready()).not_within(SECOND).await;
    Ok(())
}

#[nova::test]
async fn events_stand_between_the_steps_around_them() -> Result {
    let (_venue, dialer) = venue(Deribit::builder());
    let desk = login(dialer).await?;
    desk.expect(State::Authenticating).within(Duration::ZERO).await;
    desk.expect(event("a login", is_login)).within(Duration::ZERO).await;
    desk.expect(State::Restoring).within(Duration::ZERO).await;
    // The login is behind us.
    desk.expect(event("a login", is_login)).not_within(SECOND).await;
    Ok(())
}

#[nova::test]
async fn a_lost_link_is_restored_and_each_frame_is_found_once() -> Result {
    let (venue, dialer) = venue(Deribit::builder());
    let desk = login(dialer).await?;
    desk.subscribe(TICKER).await?;
    let first = desk.expect(sent(&venue, "a subscribe", calls("public/subscribe"))).within(Duration::ZERO).await;
    assert_eq!((first.connection, &first.json()["params"]["channels"][0]), (1, &TICKER.into()));
    desk.expect(sent(&*venue, "another subscribe", calls("public/subscribe"))).not_within(Duration::ZERO).await;
    desk.expect(restored([TICKER])).within(Duration::ZERO).await;
    desk.expect_item("a ticker", is_message).within(SECOND).await;

    assert_eq!(venue.cut(), 1);
    let lost = desk.expect(State::Backoff).within(SECOND).await;
    assert!(lost.delay.is_some());
    desk.expect(restored([TICKER])).within(5 * SECOND).await;
    let again = desk.expect(ready()).within(SECOND).await;
    assert_eq!(again.epoch, 2);
    let second = desk.expect(sent(&venue, "a subscribe", calls("public/subscribe"))).within(Duration::ZERO).await;
    assert_eq!(second.connection, 2);
    desk.expect_item("a gap", |item| matches!(item, Item::Gap(_))).within(SECOND).await;
    desk.expect(step("a second loss", |step| step.to == State::Backoff)).not_within(SECOND).await;
    Ok(())
}

#[nova::test]
async fn what_comes_later_is_waited_for_no_longer_than_it_takes() -> Result {
    let (venue, dialer) = venue(Deribit::builder());
    let desk = login(dialer).await?;
    desk.expect(ready()).await;
    let started = tokio::time::Instant::now();
    tokio::spawn({
        let (desk, venue) = (desk.clone(), venue.clone());
        async move {
            tokio::time::sleep(30 * SECOND).await;
            venue.cut();
            desk.subscribe(TICKER).await
        }
    });
    desk.expect(State::Backoff).await;
    assert_eq!(started.elapsed(), 30 * SECOND);
    desk.expect(sent(&venue, "a subscribe", calls("public/subscribe"))).await;
    assert!(started.elapsed() < 31 * SECOND);
    Ok(())
}

/// What a failing expectation says.
async fn said(expectation: impl Future) -> String {
    let panic = AssertUnwindSafe(expectation).catch_unwind().await.err().expect("it fails");
    *panic.downcast::<String>().expect("a message")
}

#[test]
fn a_failing_expectation_tells_what_happened_instead_and_the_seed() {
    Test::new("failing").seed(4711).run(async {
        let seed = nova::test::seed().expect("within a test");
        let (venue, dialer) = venue(Deribit::builder());
        let desk = login(dialer).await?;
        desk.expect(State::Connecting).await;
        desk.expect(State::Authenticating).await;
        let message =
            said(async { desk.expect([State::Ready { missing: 0 }, State::Backoff]).within(SECOND).await }).await;
        for part in [
            "harness/expect.rs:",
            ": expected steps to ready → backoff within 1s\n",
            "before the last expectation was met:\n       0.000 s  idle → connecting: started\n",
            "since then:\n       0.000 s  LoggedIn {",
            "restoring → ready: restored\n",
            "now:\n       1.000 s  ready, 0 topics wanted\n",
            &format!("the seed: NOVA_TEST_SEED={seed}\n"),
        ] {
            assert!(message.contains(part), "{part}\nis not in\n{message}");
        }
        let message = said(desk.expect(State::Restoring).not_within(SECOND)).await;
        assert!(
            message.contains("did not expect a step to restoring within 1s, but it happened: Transition"),
            "{message}"
        );

        let message =
            said(async { desk.expect(sent(&venue, "an order", calls("private/buy"))).within(SECOND).await }).await;
        for part in ["expected the client to send an order within 1s", "#1 ", "(credentials)", "public/set_heartbeat"] {
            assert!(message.contains(part), "{part}\nis not in\n{message}");
        }
        assert!(!message.contains("nova-secret"), "{message}");

        desk.subscribe(TICKER).await?;
        let message = said(async { desk.expect(restored([TICKER, "b"])).within(SECOND).await }).await;
        assert!(message.contains(r#"the topics {"b", "ticker.BTC-PERPETUAL.100ms"} to be confirmed"#), "{message}");
        let message =
            said(async { desk.expect_item("a gap", |item| matches!(item, Item::Gap(_))).within(SECOND).await }).await;
        assert!(
            message.contains("expected the item a gap") && message.contains("items that came instead: "),
            "{message}"
        );
        Ok::<(), nova::Error>(())
    });
}

/// Any server can be a witness.
#[nova::test]
async fn witnesses_are_read_apart() -> Result {
    let (one, dialer) = venue(Deribit::builder());
    let (other, _) = venue(Deribit::builder());
    assert_ne!(one.identity(), other.identity());
    assert_eq!(one.identity(), (*one).identity());
    let desk = login(dialer).await?;
    desk.expect(sent(&one, "a login", calls("public/auth"))).await;
    desk.expect(sent(&other, "a login", calls("public/auth"))).not_within(SECOND).await;
    Ok(())
}
