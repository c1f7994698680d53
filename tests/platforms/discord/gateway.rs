//! The gateway's address: when Discord is asked for it, what else it says then, and what becomes of its refusals.

use std::time::{Duration, SystemTime};

use nova::{
    Cause, Clock, Credentials, Error, ErrorClass, State,
    platform::discord::{Keeper, Starts},
    test::venue::Discord,
};
use tokio::time::{Instant, sleep};

use super::support::{connect, dialer, platform, ready, venue};

#[tokio::test(start_paused = true)]
async fn it_is_asked_for_before_a_session_begins_and_not_where_it_is_known() {
    let venue = venue(Discord::builder());
    let keeper = Keeper::default();
    let bot = connect(&venue, platform().keep(&keeper)).await.expect("ready");
    sleep(Duration::from_secs(60)).await;
    venue.cut();
    ready(&bot, 2).await;
    assert_eq!((venue.asked(), venue.identified(), venue.resumed()), (1, 1, 1), "it is resumed where READY said");

    sleep(Duration::from_secs(60)).await;
    venue.refuse_resume_address(true);
    venue.cut();
    ready(&bot, 3).await;
    assert_eq!((venue.asked(), venue.identified(), venue.resumed()), (2, 1, 2), "it cannot be resumed there");

    bot.close().await;
    let given = connect(&venue, platform().at("ws://venue.test")).await.expect("ready");
    let addressed = connect(&venue, platform()).url("ws://venue.test/?v=10&encoding=json").await.expect("ready");
    assert_eq!((venue.asked(), venue.connections()), (2, 2));
    drop((given, addressed));
}

/// A time of day that goes on with the timers.
#[derive(Clone, Copy, Debug)]
struct Virtual(Instant);

impl Clock for Virtual {
    fn wall(&self) -> SystemTime {
        SystemTime::UNIX_EPOCH + Duration::from_secs(1_000_000_000) + self.0.elapsed()
    }
}

#[tokio::test(start_paused = true)]
async fn its_answer_says_how_many_sessions_may_begin() {
    let venue = venue(Discord::builder().starts(5).concurrency(2));
    let starts = Starts::default();
    let clock = Virtual(Instant::now());
    let shard = |id| connect(&venue, platform().shard(id, 4).starts(&starts)).clock(clock).start().expect("started");
    let begun = Instant::now();
    for bot in [shard(0), shard(1)] {
        bot.wait_ready().await.expect("ready");
    }
    assert!(begun.elapsed() < Duration::from_secs(1), "two groups of shards: {:?}", begun.elapsed());
    assert_eq!((starts.remaining(), venue.identified()), (3, 2));

    // Somebody else begins two.
    for id in 2..4 {
        connect(&venue, platform().shard(id, 4)).await.expect("ready").close().await;
        sleep(Duration::from_secs(10)).await;
    }
    assert_eq!(starts.remaining(), 3, "nobody has said so yet");
    let bot = shard(2);
    bot.wait_ready().await.expect("ready");
    assert_eq!((starts.remaining(), venue.identified()), (0, 5));
}

#[tokio::test(start_paused = true)]
async fn a_bot_without_a_session_left_asks_again_every_hour_and_does_not_give_up() {
    let venue = venue(Discord::builder().starts(0));
    let bot = connect(&venue, platform()).clock(Virtual(Instant::now())).start().expect("started");
    let mut watch = bot.watch();
    sleep(Duration::from_secs(24 * 3_600 + 60)).await;
    assert_eq!((venue.asked(), venue.requests(2).len(), watch.changed().await.is_terminal()), (25, 0, false));
    let left = |step: &nova::Transition| matches!(&*step.cause, Cause::Error(Error::RateLimited { .. }));
    assert!(bot.history().iter().any(left), "{:?}", bot.history());
}

#[tokio::test(start_paused = true)]
async fn a_token_that_is_refused_is_tried_once_more_and_then_is_the_end() {
    let venue = venue(Discord::builder());
    let wrong = nova::connect(super::support::Bot).platform(platform()).dialer(dialer(&venue));
    let error = wrong.credentials(Credentials::token("t0ken-of-another")).await.expect_err("refused");
    assert!(
        matches!(&error, Error::Auth { source: Some(source), .. } if matches!(**source, Error::Rejected { status: 401, .. })),
        "{error:?}"
    );
    assert!(error.to_string().contains("developer portal"), "{error}");
    assert!(!format!("{error:?} {error}").contains("t0ken-of-another"), "{error:?}");
    assert_eq!((error.class(), venue.asked(), venue.connected()), (ErrorClass::Authentication, 2, 0));
}

#[tokio::test(start_paused = true)]
async fn r077_too_many_questions_are_waited_out_as_long_as_discord_says() {
    for (said, least) in [(Some(7), 7), (Some(60), 60), (None, 30)] {
        let venue = venue(Discord::builder());
        venue.refuse_address(1, 429, said);
        let started = Instant::now();
        connect(&venue, platform()).await.expect("ready");
        let waited = started.elapsed().as_secs();
        assert!((least..=least + 2).contains(&waited), "{said:?}: {waited} s");
        assert_eq!((venue.asked(), venue.connected()), (2, 1));
    }
}

#[tokio::test(start_paused = true)]
async fn trouble_of_discords_is_waited_out() {
    for status in [500, 502, 503] {
        let venue = venue(Discord::builder());
        venue.refuse_address(2, status, None);
        connect(&venue, platform()).await.expect("ready");
        assert_eq!((venue.asked(), venue.connected()), (3, 1), "{status}");
    }
}

#[tokio::test(start_paused = true)]
async fn the_token_goes_to_the_question_and_to_no_upgrade_and_is_not_shown() {
    // The venue refuses an upgrade that bears one.
    let venue = venue(Discord::builder());
    let builder = connect(&venue, platform()).credentials(Credentials::token("Bot nova-token"));
    assert!(!format!("{builder:?}").contains("nova-token"));
    let bot = builder.await.expect("ready");
    sleep(Duration::from_secs(60)).await;
    venue.refuse_address(3, 500, None);
    venue.forget_sessions();
    venue.cut();
    while venue.identified() < 2 {
        sleep(Duration::from_secs(1)).await;
    }
    ready(&bot, venue.connected()).await;
    assert_eq!(bot.state(), State::Ready { missing: 0 });
    let steps = bot.history();
    assert!(steps.iter().any(|step| matches!(&*step.cause, Cause::Error(Error::Rejected { status: 500, .. }))));
    let shown = format!("{bot:?} {steps:?} {:?} {:?}", bot.describe(), venue.transcript());
    assert!(!shown.contains("nova-token"), "{shown}");
}
