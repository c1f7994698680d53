//! The code of `docs/guides/discord.md`: it compiles here, and the end of it runs.

#![allow(dead_code, reason = "most of it is compiled, not run")]

#[rustfmt::skip]
mod bot {
    use nova::{
        Credentials, Item,
        platform::{
            Discord,
            discord::{Dispatch, Intents},
        },
    };

    #[nova::client(platform = "discord", profile = "messaging", message = Dispatch)]
    pub(super) struct Bot;

    async fn run(token: String) -> nova::Result {
        let discord = Discord::new(Intents::GUILDS | Intents::GUILD_MESSAGES).compressed();
        let bot = nova::connect(Bot).platform(discord).credentials(Credentials::token(token)).await?;
        while let Some(item) = bot.next().await {
            match item {
                Item::Message(Dispatch::MessageCreate(message)) => println!("{}: {}", message.author.username, message.content),
                Item::Message(_) => {}
                other => println!("{other:?}"),
            }
        }
        Ok(())
    }
}

#[rustfmt::skip]
mod event {
    use nova::platform::discord::{ChatMessage, Interaction};

    #[derive(nova::Message)]
    enum Event {
        #[nova(channel = "MESSAGE_CREATE")]
        Message { message: ChatMessage },
        #[nova(channel = "INTERACTION_CREATE")]
        Command(Interaction),
        #[nova(other)]
        Other,
    }
}

#[rustfmt::skip]
mod sessions {
    use nova::{Credentials, platform::{Discord, discord::{Intents, Keeper, Session, Starts}}};

    use super::bot::Bot;

    pub(super) async fn restart(token: String, kept: Option<Session>) -> nova::Result<Option<Session>> {
        let keeper = Keeper::new(kept);
        let discord = Discord::new(Intents::GUILDS | Intents::GUILD_MESSAGES).keep(&keeper);
        let bot = nova::connect(Bot).platform(discord).credentials(Credentials::token(token)).await?;
        // ..
        bot.close_with(Discord::PAUSE, "").await;
        while let Some(item) = bot.next().await {
            println!("{item:?}");
        }
        Ok(keeper.session())
    }

    fn shards(of: u32) -> Vec<Discord> {
        let starts = Starts::default();
        let shard = |id| Discord::default().shard(id, of).starts(&starts);
        (0..of).map(shard).collect()
    }
}

#[rustfmt::skip]
mod sending {
    use nova::{Handle, platform::discord::{Id, RequestGuildMembers, UpdatePresence, UpdateVoiceState}};

    use super::bot::Bot;

    async fn say(bot: Handle<Bot>) -> nova::Result {
        bot.send(UpdatePresence::online().playing("chess")).await?;
        bot.send(RequestGuildMembers::named(Id(200), "no", 10).nonce("first")).await?;
        bot.send(UpdateVoiceState::join(Id(200), Id(300)).muted()).await?;
        Ok(())
    }
}

use bot::Bot;
use nova::{
    Credentials, Item,
    platform::{Discord, discord::Dispatch},
};

#[rustfmt::skip]
#[tokio::test]
async fn what_is_said_while_the_link_is_down_comes_all_the_same() -> nova::Result {
    let venue = nova::test::venue::Discord::start().await?;
    let discord = Discord::default().api(venue.api());
    let bot = nova::connect(Bot).platform(discord).credentials(Credentials::token("nova-token")).await?;
    venue.cut();
    venue.message("while the link was down");

    loop {
        match bot.next().await.expect("alive") {
            Item::Message(Dispatch::MessageCreate(message)) => {
                assert_eq!(message.content, "while the link was down");
                return Ok(());
            }
            Item::Message(_) => {}
            other => panic!("{other:?}"),
        }
    }
}
