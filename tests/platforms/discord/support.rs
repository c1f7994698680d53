//! Bots of the local venue: over streams inside the process, so that the clock may be paused.

use std::{sync::Arc, time::Duration};

use nova::{
    Client, Connect, Credentials, Handle, Item, Raw, Transition,
    platform::{Discord as Platform, discord::Intents},
    test::venue::{Discord, DiscordBuilder},
};
use tokio::time::{Instant, timeout_at};

use crate::support;

/// The client of most tests: nothing of it is written by hand.
#[nova::client(platform = "discord", profile = "messaging")]
pub(crate) struct Bot;

/// A venue without a port.
pub(crate) fn venue(builder: DiscordBuilder) -> Arc<Discord> {
    Arc::new(builder.offline().expect("the venue's settings"))
}

/// A dialer to it.
pub(crate) fn dialer(venue: &Arc<Discord>) -> nova::MemoryDialer {
    let server = Arc::clone(venue);
    support::dialer(move |stream| server.serve(stream))
}

/// What most bots speak.
pub(crate) fn platform() -> Platform {
    Platform::new(Intents::GUILDS | Intents::GUILD_MESSAGES).api("http://venue.test/api")
}

/// A bot that is about to connect, with the token that the venue knows.
pub(crate) fn connect(venue: &Arc<Discord>, platform: Platform) -> Connect<Bot> {
    nova::connect(Bot).platform(platform).dialer(dialer(venue)).credentials(Credentials::token("nova-token")).seed(7)
}

/// Waits until connection number `epoch` has become ready, and says how.
pub(crate) async fn ready<C: Client>(bot: &Handle<C>, epoch: u64) -> Transition {
    let mut watch = bot.watch();
    loop {
        let mut steps = bot.history().into_iter();
        if let Some(step) = steps.find(|step| step.epoch == epoch && step.to.is_ready()) {
            return step;
        }
        let state = watch.changed().await;
        assert!(!state.is_terminal(), "the client ended before connection {epoch} was ready: {:?}", watch.end());
    }
}

/// What comes within this time.
pub(crate) async fn items<C: Client<Message = Raw>>(bot: &Handle<C>, within: Duration) -> Vec<Item<Raw>> {
    let end = Instant::now() + within;
    let mut items = Vec::new();
    while let Ok(item) = timeout_at(end, bot.next()).await {
        items.push(item.expect("alive"));
    }
    items
}

/// The same in words: the name of each event, of messages what they say, and what is no event.
pub(crate) async fn told<C: Client<Message = Raw>>(bot: &Handle<C>, within: Duration) -> Vec<String> {
    let word = |item: Item<Raw>| match item {
        Item::Message(raw) => {
            let data: serde_json::Value = raw.data().unwrap_or_default();
            match data["content"].as_str() {
                Some(content) => content.to_owned(),
                None => raw.channel().unwrap_or("(no event)").to_owned(),
            }
        }
        Item::Gap(gap) => format!("gap {:?}", gap.cause),
        Item::Undecodable(..) => "(undecodable)".to_owned(),
        other => format!("{other:?}"),
    };
    items(bot, within).await.into_iter().map(word).collect()
}
