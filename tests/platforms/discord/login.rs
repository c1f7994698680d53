//! Sessions that begin, and those that are refused.

use std::{sync::Arc, time::Duration};

use nova::{
    BoxFuture, Cause, CloseCode, Credentials, Error, ErrorClass, SecretsManager, State,
    platform::{
        Discord as Platform,
        discord::{Intents, StartLimit, Starts, UpdatePresence},
    },
    test::venue::Discord,
};
use tokio::time::{Instant, sleep};

use super::support::{connect, dialer, platform, ready, told, venue};

#[tokio::test(start_paused = true)]
async fn a_session_begins_behind_the_greeting_with_what_the_bot_says_of_itself() {
    for compressed in [false, true] {
        let venue = venue(Discord::builder());
        let platform = platform().shard(1, 4).presence(UpdatePresence::online().playing("chess"));
        let platform = if compressed { platform.compressed() } else { platform };
        let bot = connect(&venue, platform).await.expect("ready");
        assert_eq!(told(&bot, Duration::from_secs(1)).await, ["READY", "GUILD_CREATE"]);
        let lines = venue.transcript();
        assert_eq!((lines[0].json()["op"].as_u64(), lines[1].json()["op"].as_u64()), (Some(10), Some(2)));
        let identify = &venue.requests(2)[0];
        assert_eq!((&identify["token"], &identify["intents"]), (&"nova-token".into(), &513.into()));
        assert_eq!(identify["shard"], serde_json::json!([1, 4]));
        assert_eq!(identify["presence"]["activities"][0]["name"], "chess");
        let expected = if compressed { "&compress=zlib-stream" } else { "" };
        assert_eq!(venue.addresses(), [format!("venue.test/?v=10&encoding=json{expected}")]);
        assert!(!format!("{lines:?}").contains("nova-token"), "{lines:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_bot_that_cannot_begin_a_session_ends_and_says_why() {
    let few = Intents::GUILDS.0;
    let unknown = Platform::new(Intents(1 << 40)).api("http://venue.test/api");
    for (builder, platform, token, expected, dials) in [
        (Discord::builder(), platform().at("ws://venue.test"), "guessed", (4_004, ErrorClass::Authentication), 2),
        (Discord::builder(), platform().shard(4, 4), "nova-token", (4_010, ErrorClass::Critical), 1),
        (Discord::builder().intents(few), platform(), "nova-token", (4_014, ErrorClass::Critical), 1),
        (Discord::builder(), unknown, "nova-token", (4_013, ErrorClass::Critical), 1),
    ] {
        let venue = venue(builder);
        let bot = connect(&venue, platform).credentials(Credentials::token(token));
        let error = bot.await.expect_err("refused");
        let Error::Closed { code: CloseCode(code), class, .. } = error else { panic!("{expected:?}: {error}") };
        assert_eq!((code, class, error.class()), (expected.0, Some(expected.1), expected.1));
        assert!(error.to_string().contains(&format!("{code} ({}: ", expected.1)), "{error}");
        assert!(!error.is_transient(), "{error}");
        assert_eq!(venue.connected(), dials, "{code}: but for the token, a second attempt would not be better");
    }
    let venue = venue(Discord::builder());
    let start = || nova::connect(super::support::Bot).platform(platform()).dialer(dialer(&venue));
    for bot in [start(), start().credentials(Credentials::key("a", "b"))] {
        let error = bot.await.expect_err("refused");
        assert!(error.to_string().contains("Credentials::token"), "{error}");
    }
    assert_eq!(venue.connected(), 0);
}

#[tokio::test(start_paused = true)]
async fn a_token_that_was_reset_is_asked_for_anew_once_it_is_refused() {
    /// Gives the token from before the reset until it is told that it is refused.
    #[derive(Debug)]
    struct Vault;

    impl SecretsManager for Vault {
        fn credentials(&self) -> BoxFuture<'_, nova::Result<Credentials>> {
            Box::pin(async { Ok(Credentials::token("before")) })
        }

        fn renewed<'a>(&'a self, _: &'a Credentials) -> BoxFuture<'a, nova::Result<Credentials>> {
            Box::pin(async { Ok(Credentials::token("nova-token")) })
        }
    }

    let venue = venue(Discord::builder());
    let bot = nova::connect(super::support::Bot)
        .platform(platform().at("ws://venue.test"))
        .dialer(dialer(&venue))
        .secrets(Vault);
    bot.await.expect("ready with the new token");
    assert_eq!((venue.connected(), venue.identified()), (2, 1));
}

#[tokio::test(start_paused = true)]
async fn shards_begin_one_after_the_other_and_no_more_than_are_left() {
    let told = (Discord::builder().starts(3), platform(), Starts::default());
    let few = Starts::new(StartLimit { remaining: 3, reset_after: 3_600_000, ..StartLimit::default() });
    for (builder, platform, starts) in [told, (Discord::builder(), platform().at("ws://venue.test"), few)] {
        shards_begin(&venue(builder), &platform, &starts).await;
    }
}

async fn shards_begin(venue: &Arc<Discord>, platform: &Platform, starts: &Starts) {
    let begun = Instant::now();
    let shard = |id| connect(venue, platform.clone().shard(id, 4).starts(starts)).start().expect("started");
    let bots: Vec<_> = (0..3).map(shard).collect();
    for bot in &bots {
        bot.wait_ready().await.expect("ready");
    }
    assert!(begun.elapsed() >= Duration::from_secs(10), "{:?}", begun.elapsed());
    assert_eq!((venue.identified(), venue.connected(), starts.remaining()), (3, 3, 0), "none was refused");

    let fourth = shard(3);
    sleep(Duration::from_secs(60)).await;
    assert!(!fourth.state().is_ready() && !fourth.state().is_terminal(), "{:?}", fourth.state());
    assert_eq!(venue.identified(), 3, "a session too many would cost the token");
    let steps = fourth.history();
    let kept = |step: &nova::Transition| matches!(&*step.cause, Cause::Error(Error::RateLimited { .. }));
    assert!(steps.iter().any(kept), "{steps:?}");

    // Resuming takes nothing from the budget.
    venue.cut();
    ready(&bots[0], 2).await;
    assert_eq!((venue.identified(), venue.resumed() > 0), (3, true));
}

#[tokio::test(start_paused = true)]
async fn a_session_that_is_refused_is_followed_by_another_after_a_pause() {
    let venue = venue(Discord::builder());
    venue.refuse_sessions(1, false);
    let bot = connect(&venue, platform()).await.expect("at the second attempt");
    assert_eq!((venue.identified(), venue.connected(), bot.state()), (1, 2, State::Ready { missing: 0 }));
    let asked: Vec<_> =
        venue.transcript().into_iter().filter(|line| line.json()["op"] == 2).map(|line| line.at).collect();
    assert!(asked[1] >= asked[0] + Duration::from_secs(1), "{asked:?}");
}

#[tokio::test(start_paused = true)]
async fn a_venue_that_does_not_greet_is_left() {
    let venue = venue(Discord::builder());
    venue.withhold_hello(true);
    let bot = connect(&venue, platform()).start().expect("started");
    sleep(Duration::from_secs(15)).await;
    assert_eq!(venue.requests(2).len(), 0, "nothing is said before the greeting");
    let steps = bot.history();
    let words = |step: &nova::Transition| match &*step.cause {
        Cause::Error(error) if error.class() == ErrorClass::Transient => error.to_string(),
        _ => String::new(),
    };
    assert!(steps.iter().any(|step| words(step).contains("the venue's first word")), "{steps:?}");
    venue.withhold_hello(false);
    bot.wait_ready().await.expect("ready");
}
