//! The local Discord venue, judged by Discord's own library for Node; then nova's platform on the same venue, over the same sockets.

use std::time::Duration;

use nova::{
    Credentials, Item,
    platform::{Discord as Platform, discord::Dispatch},
    test::venue::Discord,
};

use crate::{official::Official, peer::within};

const BEAT: Duration = Duration::from_millis(400);

async fn venue() -> Discord {
    Discord::builder().heartbeat(BEAT).start().await.expect("a free port")
}

#[tokio::test]
async fn discords_own_library_begins_beats_and_resumes() {
    let venue = venue().await;
    let Some(mut client) = Official::start("discord", &venue.api(), &["nova-token", "513"]) else { return };
    client.sees("ready").await;
    client.sees("heartbeat").await;
    let identify = &venue.requests(2)[0];
    assert_eq!((&identify["token"], &identify["intents"]), (&"nova-token".into(), &513.into()));

    let drops: [fn(&Discord); 4] = [
        |venue| assert_eq!(venue.cut(), 1),
        Discord::recall,
        |venue| assert_eq!(venue.close_all(4_000, "unknown error"), 1),
        |venue| venue.invalidate(true),
    ];
    for (at, drop) in drops.into_iter().enumerate() {
        venue.message(&format!("before {at}"));
        assert_eq!(content(&mut client).await, format!("before {at}"));
        drop(&venue);
        venue.message(&format!("missed {at}"));
        assert_eq!(content(&mut client).await, format!("missed {at}"), "sent again");
        while client.sees("dispatch").await["t"] != "RESUMED" {}
        client.sees("heartbeat").await;
    }
    assert_eq!((venue.identified(), venue.resumed()), (1, 4));

    venue.invalidate(false);
    let again = client.sees("ready").await;
    assert_eq!((&again["session"], venue.identified()), (&"session-2".into(), 2));
    venue.close_all(4_004, "Authentication failed.");
    client.sees("error").await;
}

async fn content(client: &mut Official) -> String {
    loop {
        if let Some(content) = client.sees("dispatch").await["content"].as_str() {
            return content.to_owned();
        }
    }
}

#[nova::client(platform = "discord", profile = "messaging", message = Dispatch)]
struct Bot;

#[tokio::test]
async fn nova_does_the_same_on_the_same_venue() {
    let venue = venue().await;
    let bot = nova::connect(Bot).platform(Platform::default().api(venue.api()).compressed());
    let bot = within("ready", bot.credentials(Credentials::token("nova-token")).into_future()).await.expect("ready");
    let mut expected = Vec::new();
    for (at, drop) in [|venue: &Discord| assert_eq!(venue.cut(), 1), Discord::recall].into_iter().enumerate() {
        venue.message(&format!("before {at}"));
        drop(&venue);
        venue.message(&format!("missed {at}"));
        expected.extend([format!("before {at}"), format!("missed {at}")]);
        let mut seen = Vec::new();
        while seen.len() < 2 {
            match within("a message", bot.next()).await.expect("alive") {
                Item::Message(Dispatch::MessageCreate(message)) => seen.push(message.content),
                Item::Message(_) => {}
                other => panic!("{other:?}"),
            }
        }
        assert_eq!(seen, expected[2 * at..]);
        within("ready", bot.wait_ready()).await.expect("ready");
    }
    assert_eq!((venue.identified(), venue.resumed()), (1, 2));
    within("the end", bot.close()).await;
    assert_eq!(venue.sessions(), 0);
}
