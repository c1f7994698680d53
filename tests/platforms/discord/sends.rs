//! What a bot sends: its forms, its size, its rate.

use std::time::Duration;

use nova::{
    Error, Item, Outgoing,
    platform::discord::{Dispatch, Id, RequestGuildMembers, UpdatePresence, UpdateVoiceState},
    test::venue::Discord,
};
use serde_json::json;
use tokio::time::{Instant, sleep, timeout};

use super::support::{connect, dialer, platform, ready, venue};

#[nova::client(platform = "discord", profile = "messaging", message = Dispatch)]
struct Typed;

#[tokio::test(start_paused = true)]
async fn what_is_asked_for_comes_as_typed_events() {
    let venue = venue(Discord::builder());
    let bot = nova::connect(Typed).platform(platform()).dialer(dialer(&venue));
    let bot = bot.credentials(nova::Credentials::token("nova-token")).await.expect("ready");
    bot.send(RequestGuildMembers::all(Id(200)).nonce("n1")).await.expect("sent");
    bot.send(UpdateVoiceState::join(Id(200), Id(301)).muted()).await.expect("sent");
    bot.send(UpdatePresence::online().playing("chess")).await.expect("sent");
    venue.message("hi");
    let (mut chunks, mut seen) = (Vec::new(), Vec::new());
    while let Ok(Some(item)) = timeout(Duration::from_secs(1), bot.next()).await {
        match item {
            Item::Message(Dispatch::MembersChunk(chunk)) if chunk.nonce.as_deref() == Some("n1") => {
                chunks.push((chunk.chunk_index, chunk.chunk_count));
            }
            Item::Message(Dispatch::VoiceStateUpdate(state)) => assert_eq!(state.channel_id, Some(Id(301))),
            Item::Message(Dispatch::MessageCreate(message)) => seen.push(message.content),
            Item::Message(Dispatch::Ready(ready)) => seen.push(ready.user.username),
            Item::Message(Dispatch::GuildCreate(guild)) => seen.push(guild.name),
            other => panic!("{other:?}"),
        }
    }
    assert_eq!((chunks, seen), (vec![(0, 2), (1, 2)], ["nova", "test", "hi"].map(str::to_owned).to_vec()));
    assert_eq!(venue.requests(3)[0]["activities"][0]["name"], "chess");
}

#[tokio::test(start_paused = true)]
async fn presence_that_was_announced_is_announced_on_each_connection() {
    let venue = venue(Discord::builder());
    let bot = connect(&venue, platform()).await.expect("ready");
    bot.announce("idle").await.expect("announced");
    sleep(Duration::from_secs(60)).await;
    venue.cut();
    ready(&bot, 2).await;
    sleep(Duration::from_secs(1)).await;
    let told: Vec<_> = venue.requests(3).into_iter().map(|mut told| told["status"].take()).collect();
    assert_eq!(told, ["idle", "idle"]);
}

#[tokio::test(start_paused = true)]
async fn what_discord_would_not_take_is_refused_before_it_is_sent() {
    let venue = venue(Discord::builder());
    let bot = connect(&venue, platform()).await.expect("ready");
    let large = json!({ "op": 3, "d": { "text": "x".repeat(4_096) } });
    let error = bot.send(large).await.expect_err("too large");
    assert!(matches!(&error, Error::Encode { reason, .. } if reason.contains("4096")), "{error}");
    let fits = Outgoing::json(format!(r#"{{"op":3,"d":"{}"}}"#, "x".repeat(4_096 - 15)));
    bot.send(fits).await.expect("just small enough");
    let error = bot.subscribe("MESSAGE_CREATE").await.expect_err("intents say what is told");
    assert!(matches!(error, Error::Unsupported { .. }), "{error}");
    let error = bot.call::<()>("anything", ()).await.expect_err("there are no calls");
    assert!(matches!(error, Error::Unsupported { .. }), "{error}");
    sleep(Duration::from_secs(60)).await;
    assert_eq!(venue.connected(), 1);
}

#[tokio::test(start_paused = true)]
async fn sends_keep_to_the_rate_and_leave_room_for_heartbeats() {
    let venue = venue(Discord::builder().heartbeat(Duration::from_secs(20)));
    let bot = connect(&venue, platform()).await.expect("ready");
    let begun = Instant::now();
    for _ in 0..300 {
        let patient = Outgoing::from(json!({ "op": 3, "d": {} })).timeout(Duration::from_secs(600));
        bot.send(patient).await.expect("sent in its turn");
    }
    assert!(begun.elapsed() >= Duration::from_secs(115), "{:?}", begun.elapsed());
    sleep(Duration::from_secs(1)).await;
    assert!(venue.heartbeats() >= 5, "{}", venue.heartbeats());
    assert_eq!((venue.requests(3).len(), venue.connected()), (300, 1), "it was never closed with 4008");
}

#[tokio::test(start_paused = true)]
async fn a_bot_that_is_closed_for_its_rate_comes_back_after_a_pause() {
    let venue = venue(Discord::builder());
    let bot = connect(&venue, platform()).await.expect("ready");
    sleep(Duration::from_secs(60)).await;
    // Out of the limiter's sight.
    for _ in 0..130 {
        bot.send(Outgoing::from(json!({ "op": 3, "d": {} })).cost(0)).await.expect("sent");
    }
    let mut watch = bot.watch();
    watch.until(|state| !state.is_ready()).await.expect("closed");
    let closed = Instant::now();
    ready(&bot, 2).await;
    assert!(closed.elapsed() >= Duration::from_secs(1), "{:?}", closed.elapsed());
    assert_eq!((venue.identified(), venue.resumed()), (1, 1));
}
