//! Sessions that outlive their connections: nothing missing, nothing twice.

use std::time::Duration;

use nova::{
    Handle, State,
    platform::{
        Discord as Platform,
        discord::{Keeper, Session},
    },
    test::venue::Discord,
};
use tokio::time::sleep;

use super::support::{Bot, connect, platform, ready, told, venue};

/// Numbered messages, until this one.
fn expected(count: usize) -> Vec<String> {
    (1..=count).map(|number| format!("message {number}")).collect()
}

/// The messages among what was told.
fn messages(told: &[String]) -> Vec<String> {
    told.iter().filter(|word| word.starts_with("message ")).cloned().collect()
}

fn say(venue: &Discord, numbers: std::ops::RangeInclusive<usize>) {
    numbers.for_each(|number| venue.message(&format!("message {number}")));
}

#[tokio::test(start_paused = true)]
async fn what_a_drop_of_any_kind_has_kept_back_comes_once_and_in_order() {
    for (kind, compressed) in (0..6).flat_map(|kind| [(kind, false), (kind, true)]) {
        let venue = venue(Discord::builder());
        venue.in_parts(compressed);
        let bot = connect(&venue, if compressed { platform().compressed() } else { platform() }).await.expect("ready");
        say(&venue, 1..=3);
        sleep(Duration::from_secs(60)).await;
        match kind {
            0 => assert_eq!(venue.cut(), 1),
            1 => venue.recall(),
            2 => venue.invalidate(true),
            3 => assert_eq!(venue.close_all(4_000, "unknown error"), 1),
            4 => assert_eq!(venue.close_all(1_000, ""), 1),
            _ => bot.reconnect_now().expect("alive"),
        }
        say(&venue, 4..=6);
        ready(&bot, 2).await;
        say(&venue, 7..=9);
        let told = told(&bot, Duration::from_secs(10)).await;
        assert_eq!(messages(&told), expected(9), "kind {kind}");
        assert_eq!(told.iter().filter(|word| *word == "RESUMED").count(), 1, "kind {kind}: {told:?}");
        assert!(!told.iter().any(|word| word.starts_with("gap")), "kind {kind}: {told:?}");
        assert_eq!((venue.identified(), venue.resumed(), venue.connected()), (1, 1, 2), "kind {kind}");
        assert!(venue.addresses()[1].starts_with("resume.venue.test/?v=10&encoding=json"), "{:?}", venue.addresses());
    }
}

#[tokio::test(start_paused = true)]
async fn a_session_that_is_gone_is_followed_by_another_and_the_gap_is_told() {
    for kind in 0..4 {
        let venue = venue(Discord::builder());
        let bot = connect(&venue, platform()).await.expect("ready");
        say(&venue, 1..=2);
        sleep(Duration::from_secs(60)).await;
        match kind {
            0 => venue.invalidate(false),
            1 => {
                venue.forget_sessions();
                venue.cut();
            }
            2 => assert_eq!(venue.close_all(4_009, "session timed out"), 1),
            _ => assert_eq!(venue.close_all(4_007, "invalid seq"), 1),
        }
        while venue.identified() < 2 {
            sleep(Duration::from_millis(100)).await;
        }
        ready(&bot, venue.connected()).await;
        say(&venue, 3..=3);
        let told = told(&bot, Duration::from_secs(10)).await;
        let lost = ["gap Reconnected", "READY", "GUILD_CREATE", "message 3"];
        assert_eq!(told, [&["READY", "GUILD_CREATE", "message 1", "message 2"], &lost[..]].concat(), "kind {kind}");
        assert_eq!(
            (venue.identified(), venue.resumed(), bot.state()),
            (2, 0, State::Ready { missing: 0 }),
            "kind {kind}"
        );
    }
}

#[tokio::test(start_paused = true)]
async fn refusals_of_resuming_are_believed_for_a_while_only() {
    let venue = venue(Discord::builder());
    let bot = connect(&venue, platform()).await.expect("ready");
    sleep(Duration::from_secs(60)).await;
    venue.refuse_sessions(10, true);
    venue.cut();
    sleep(Duration::from_secs(60)).await;
    venue.refuse_sessions(0, true);
    bot.wait_ready().await.expect("ready");
    assert_eq!((venue.resumed(), venue.identified()), (0, 2), "the session was given up");
    assert_eq!(venue.requests(6).len(), 3);
}

#[tokio::test(start_paused = true)]
async fn an_event_that_is_lost_repeated_or_late_on_a_living_link_comes_once_and_in_its_turn() {
    for (fault, resumed) in
        [(Discord::lose_next as fn(&Discord), 1), (Discord::repeat_next, 0), (Discord::swap_next, 1)]
    {
        let venue = venue(Discord::builder());
        let bot = connect(&venue, platform()).await.expect("ready");
        say(&venue, 1..=3);
        sleep(Duration::from_secs(60)).await;
        fault(&venue);
        say(&venue, 4..=7);
        sleep(Duration::from_secs(60)).await;
        say(&venue, 8..=9);
        let told = told(&bot, Duration::from_secs(10)).await;
        assert_eq!(messages(&told), expected(9));
        assert_eq!((venue.resumed(), venue.identified(), bot.state()), (resumed, 1, State::Ready { missing: 0 }));
    }
}

#[tokio::test(start_paused = true)]
async fn a_resume_address_that_cannot_be_reached_is_replaced_by_the_main_one() {
    let venue = venue(Discord::builder());
    let bot = connect(&venue, platform()).await.expect("ready");
    sleep(Duration::from_secs(60)).await;
    venue.refuse_resume_address(true);
    venue.cut();
    ready(&bot, 2).await;
    assert_eq!((venue.identified(), venue.resumed()), (1, 1));
    assert_eq!(venue.addresses()[1], "venue.test/?v=10&encoding=json");
}

async fn bot(venue: &std::sync::Arc<Discord>, keeper: &Keeper) -> Handle<Bot> {
    let platform: Platform = platform().keep(keeper);
    connect(venue, platform).await.expect("ready")
}

#[tokio::test(start_paused = true)]
async fn a_restart_resumes_the_session_that_was_written_down() {
    let venue = venue(Discord::builder());
    let keeper = Keeper::default();
    let first = bot(&venue, &keeper).await;
    say(&venue, 1..=3);
    let before = told(&first, Duration::from_secs(1)).await;
    first.close_with(Platform::PAUSE, "").await;
    let kept = serde_json::to_string(&keeper.session()).expect("it can be written");
    assert_eq!(venue.sessions(), 1, "it waits");
    say(&venue, 4..=5);

    let kept: Option<Session> = serde_json::from_str(&kept).expect("it can be read");
    let second = bot(&venue, &Keeper::new(kept)).await;
    say(&venue, 6..=6);
    let after = told(&second, Duration::from_secs(1)).await;
    assert_eq!(messages(&[before, after].concat()), expected(6));
    assert_eq!((venue.identified(), venue.resumed()), (1, 1));

    // A plain end is one.
    second.close().await;
    assert_eq!(venue.sessions(), 0);
    // What was written down is of no use any more: another begins, and says so.
    let third = bot(&venue, &keeper).await;
    assert_eq!(told(&third, Duration::from_secs(1)).await, ["gap Reconnected", "READY", "GUILD_CREATE"]);
}
