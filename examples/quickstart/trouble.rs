//! What the venue does to the client: cuts the link, lets the login's life run out, cuts the link again.

use std::time::Duration;

use nova::{Event, Events, Handle, test::venue::Deribit};
use serde_json::{Value, json};
use tokio::time::{Instant, sleep_until, timeout};

use super::job::Desk;

/// How long a login lasts at the local venue: it runs out once between the two cuts, unless it is renewed.
pub(crate) const TOKEN_LIFE: Duration = Duration::from_secs(4);
/// How long after that the venue would refuse the old login for certain.
const EXPIRED: Duration = Duration::from_millis(300);
/// When the link is cut, and when it ends.
const FIRST_CUT: Duration = Duration::from_secs(2);
const SECOND_CUT: Duration = Duration::from_millis(7_200);
const END: Duration = Duration::from_secs(10);
/// How long is waited for what must follow a trouble, before the job goes on without it and the summary says what is missing.
const PATIENCE: Duration = Duration::from_secs(5);

/// Makes the trouble; says whether the login outlived its first life.
pub(crate) async fn make(venue: &Deribit, desk: &Handle<Desk>) -> bool {
    let start = Instant::now();
    sleep_until(start + FIRST_CUT).await;
    let mut events = desk.events();
    venue.cut();
    until(&mut events, is_ready).await;

    let expired = Instant::now() + TOKEN_LIFE + EXPIRED;
    sleep_until(expired.max(start + SECOND_CUT)).await;
    let account = desk.call::<Value>("private/get_account_summary", json!({"currency": "BTC"})).await;
    let mut events = desk.events();
    venue.cut();
    until(&mut events, is_ready).await;
    sleep_until(start + END).await;
    account.is_ok()
}

/// Nothing but time, for a venue that is not ours.
pub(crate) async fn wait() {
    tokio::time::sleep(END).await;
}

fn is_ready(event: &Event) -> bool {
    matches!(event, Event::State(transition) if transition.to.is_ready())
}

async fn until(events: &mut Events, wanted: impl Fn(&Event) -> bool) {
    let awaited = async { while events.next().await.is_some_and(|event| !wanted(&event)) {} };
    // What did not come is missing from the summary.
    let _ = timeout(PATIENCE, awaited).await;
}
