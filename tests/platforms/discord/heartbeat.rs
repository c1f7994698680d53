//! Heartbeats: when they come, and what becomes of a link on which they are not answered.

use std::time::Duration;

use nova::{
    Cause, Error, State,
    test::{Direction, venue::Discord},
};
use tokio::time::sleep;

use super::support::{connect, platform, ready, told, venue};

const INTERVAL: Duration = Duration::from_millis(41_250);

#[tokio::test(start_paused = true)]
async fn the_first_comes_at_a_moment_of_its_own_and_each_other_when_discord_wants_it() {
    let mut firsts = Vec::new();
    for seed in 0..5 {
        let venue = venue(Discord::builder());
        let bot = connect(&venue, platform()).seed(seed).await.expect("ready");
        for _ in 0..40 {
            // A busy link is no reason to leave one out.
            sleep(INTERVAL / 4).await;
            venue.message("hi");
        }
        let lines = venue.transcript();
        let beats = lines.iter().filter(|line| line.direction == Direction::In && line.json()["op"] == 1);
        let at: Vec<Duration> = beats.map(|line| line.at).collect();
        assert!(at.len() >= 9 && at[0] < INTERVAL, "{at:?}");
        assert!(at.windows(2).all(|pair| pair[1] == pair[0] + INTERVAL), "{at:?}");
        let last = lines.iter().rfind(|line| line.json()["op"] == 1).expect("a heartbeat").json();
        assert!(last["d"].as_u64().is_some_and(|seq| seq > 30), "it says how far the bot is: {last}");
        assert_eq!((venue.connected(), bot.state()), (1, State::Ready { missing: 0 }));
        firsts.push(at[0]);
    }
    firsts.dedup();
    assert!(firsts.len() > 3, "{firsts:?}");
}

#[tokio::test(start_paused = true)]
async fn one_that_is_asked_for_is_sent_at_once_and_moves_no_other() {
    let venue = venue(Discord::builder());
    let bot = connect(&venue, platform()).await.expect("ready");
    sleep(INTERVAL).await;
    let before = venue.heartbeats();
    venue.ask_heartbeats();
    sleep(Duration::from_millis(10)).await;
    assert_eq!(venue.heartbeats(), before + 1);
    sleep(INTERVAL * 4).await;
    assert_eq!(venue.heartbeats(), before + 5);
    assert!(bot.latency().is_some());
}

#[tokio::test(start_paused = true)]
async fn a_link_that_speaks_but_answers_no_heartbeat_is_left_and_the_session_resumed() {
    let venue = venue(Discord::builder());
    let bot = connect(&venue, platform()).await.expect("ready");
    told(&bot, Duration::from_secs(60)).await;
    venue.withhold_acks(true);
    let mut watch = bot.watch();
    let lost = async { watch.until(|state| !state.is_ready()).await };
    let chatter = async {
        loop {
            sleep(Duration::from_secs(1)).await;
            venue.message("hi");
        }
    };
    tokio::select! {
        lost = lost => drop(lost.expect("the silence was noticed")),
        () = chatter => {}
    }
    venue.withhold_acks(false);
    let step = bot.history().pop().expect("a step");
    assert!(matches!(&*step.cause, Cause::Error(Error::Timeout { .. })), "{step:?}");
    ready(&bot, 2).await;
    assert_eq!((venue.identified(), venue.resumed(), venue.connected()), (1, 1, 2));
    let lines = venue.transcript();
    let closed = lines.iter().find(|line| line.kind == "close" && line.direction == Direction::In);
    assert!(closed.is_some_and(|line| line.text.starts_with("4000")), "1000 would end the session: {closed:?}");
}

#[tokio::test(start_paused = true)]
async fn a_link_that_says_nothing_at_all_is_left_sooner() {
    let venue = venue(Discord::builder());
    let bot = connect(&venue, platform()).await.expect("ready");
    told(&bot, Duration::from_secs(60)).await;
    venue.stall(true);
    let mut watch = bot.watch();
    watch.until(|state| !state.is_ready()).await.expect("the silence was noticed");
    let step = bot.history().pop().expect("a step");
    assert!(matches!(&*step.cause, Cause::Error(Error::Silent { .. })), "{step:?}");
    venue.stall(false);
    ready(&bot, 2).await;
    assert_eq!((venue.identified(), venue.resumed()), (1, 1));
}
