//! Slack: an app over Socket Mode that answers a command within its three seconds, hears its name, and lives through the end of its
//! connection.
//!
//! ```sh
//! cargo run -p examples --example slack -- --help
//! ```

use std::{env, process::ExitCode};

use nova::{
    Context, Credentials, Item, MessageHandler,
    platform::{Slack, slack::Feed},
    test::venue,
};
use serde_json::json;

const HELP: &str = "\
An app over Slack's Socket Mode.

Usage: cargo run -p examples --example slack [-- OPTIONS]

Options:
  --live   Slack itself instead of a local workspace, with the app-level token (xapp-..) of SLACK_APP_TOKEN: prints what
           happens until it is interrupted
  --help   print this";

#[nova::client(platform = "slack", profile = "messaging", message = Feed, overrides(MessageHandler))]
struct App;

impl MessageHandler for App {
    async fn handle_message(&mut self, message: Feed, cx: &mut Context<'_, Self>) -> nova::Result {
        match &message {
            // Events are acknowledged already; these wait for a word.
            Feed::Command(command) => {
                let text = format!("you said: {}", command.payload.text);
                cx.send(command.answer(json!({ "text": text }))?)?;
            }
            Feed::ViewSubmission(delivery) | Feed::BlockSuggestion(delivery) => cx.send(delivery.ack())?,
            _ => {}
        }
        cx.deliver(message);
        Ok(())
    }
}

fn show(item: Item<Feed>) {
    match item {
        Item::Message(Feed::Hello(hello)) => println!("hello: {} connection(s) of this app", hello.num_connections),
        Item::Message(Feed::Mention(mention)) => println!("called: {}", mention.payload.event.text),
        Item::Message(Feed::Command(command)) => println!("{} {}", command.payload.command, command.payload.text),
        Item::Message(other) => println!("{other:?}"),
        other => println!("{other:?}"),
    }
}

async fn live() -> nova::Result {
    let token = env::var("SLACK_APP_TOKEN").map_err(nova::Error::handler)?;
    let app = nova::connect(App).platform(Slack::new().answering()).credentials(Credentials::token(token)).await?;
    loop {
        tokio::select! {
            item = app.next() => match item {
                Some(item) => show(item),
                None => break,
            },
            _ = tokio::signal::ctrl_c() => break,
        }
    }
    app.close().await;
    Ok(())
}

async fn local() -> nova::Result {
    let slack = venue::Slack::start().await?;
    let platform = Slack::new().at(slack.api()).answering();
    let app = nova::connect(App).platform(platform).credentials(Credentials::token(slack.token())).await?;

    let called = json!({ "type": "app_mention", "user": "U1", "text": "<@U9> hi", "ts": "1.2", "channel": "C1" });
    let event = slack.event(called.clone());
    let command = slack.command("/nova", "go");
    println!("event acknowledged: {}", slack.acknowledged(&event).await.is_some());
    println!("command answered: {}", slack.acknowledged(&command).await.unwrap_or_default());

    // Every few hours Slack wants a fresh connection.
    slack.disconnect("refresh_requested");
    let again = slack.event(called);
    println!("event after the refresh acknowledged: {}", slack.acknowledged(&again).await.is_some());
    // The same once more: acknowledged, and not delivered.
    slack.repeat(&again);
    println!("its copy acknowledged: {}", slack.acknowledged(&again).await.is_some());
    app.close().await;
    while let Some(item) = app.next().await {
        show(item);
    }
    println!("{} connections, {} complaints", slack.connected(), slack.complaints().len());
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
            eprintln!("slack: {error}");
            ExitCode::FAILURE
        }
    }
}
