//! A Discord bot that loses its link in the middle of a conversation and misses nothing, stops, and goes on in the same session.
//!
//! ```sh
//! cargo run -p examples --example discord -- --help
//! ```

use std::{env, process::ExitCode};

use nova::{
    Credentials, Handle, Item,
    platform::{
        Discord,
        discord::{Dispatch, Intents, Keeper, UpdatePresence},
    },
    test::venue,
};

const HELP: &str = "\
A Discord bot that shows what it is told.

Usage: cargo run -p examples --example discord [-- OPTIONS]

Options:
  --live   at Discord instead of a local venue, with the bot's token in DISCORD_TOKEN, until ten messages have come
  --help   print this";

#[nova::client(platform = "discord", profile = "messaging", message = Dispatch)]
struct Bot;

/// Shows what comes until so many messages have.
async fn listen(bot: &Handle<Bot>, messages: u32) {
    let mut seen = 0;
    while seen < messages {
        match bot.next().await {
            Some(Item::Message(Dispatch::Ready(ready))) => println!("ready as {}", ready.user.username),
            Some(Item::Message(Dispatch::Resumed)) => println!("resumed"),
            Some(Item::Message(Dispatch::MessageCreate(message))) => {
                println!("{}: {}", message.author.username, message.content);
                seen += 1;
            }
            Some(Item::Message(_)) => {}
            // A new session: what was said in between is not known.
            Some(Item::Gap(gap)) => println!("gap: {:?}", gap.cause),
            Some(other) => println!("{other:?}"),
            None => break,
        }
    }
}

async fn connect(platform: Discord, token: &str) -> nova::Result<Handle<Bot>> {
    nova::connect(Bot).platform(platform).credentials(Credentials::token(token)).await
}

async fn local() -> nova::Result {
    let venue = venue::Discord::start().await?;
    let keeper = Keeper::default();
    let discord = Discord::new(Intents::GUILDS | Intents::GUILD_MESSAGES).api(venue.api()).compressed().keep(&keeper);

    let bot = connect(discord.clone(), "nova-token").await?;
    bot.send(UpdatePresence::online().playing("nova")).await?;
    venue.message("before the drop");
    listen(&bot, 1).await;
    venue.cut();
    venue.message("while the link was down");
    listen(&bot, 1).await;

    // A plain `close()` would end the session.
    bot.close_with(Discord::PAUSE, "").await;
    venue.message("while the bot was down");
    let bot = connect(discord, "nova-token").await?;
    listen(&bot, 1).await;
    bot.close().await;
    println!("{} session, {} times resumed", venue.identified(), venue.resumed());
    Ok(())
}

async fn live() -> nova::Result {
    let token = env::var("DISCORD_TOKEN").map_err(|_| nova::Error::handler("DISCORD_TOKEN is not set"))?;
    let intents = Intents::GUILDS | Intents::GUILD_MESSAGES | Intents::DIRECT_MESSAGES;
    let bot = connect(Discord::new(intents).compressed(), &token).await?;
    listen(&bot, 10).await;
    bot.close().await;
    Ok(())
}

#[tokio::main]
async fn main() -> ExitCode {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let done = match arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        [] => local().await,
        ["--live"] => live().await,
        ["--help" | "-h"] => {
            println!("{HELP}");
            return ExitCode::SUCCESS;
        }
        _ => {
            eprintln!("unknown arguments; --help lists those there are");
            return ExitCode::from(2);
        }
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("discord: {error}");
            ExitCode::FAILURE
        }
    }
}
