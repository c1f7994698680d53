//! The code of `docs/guides/slack.md`: it compiles here, and the end of it runs.

#![allow(dead_code, reason = "most of it is compiled, not run")]

#[rustfmt::skip]
mod connecting {
    use nova::{
        Credentials, Item,
        platform::{Slack, slack::Feed},
    };

    #[nova::client(platform = "slack", profile = "messaging", message = Feed)]
    pub(super) struct App;

    async fn run(token: Credentials) -> nova::Result {
        let app = nova::connect(App).platform(Slack::new()).credentials(token).await?;
        while let Some(item) = app.next().await {
            match item {
                Item::Message(Feed::Mention(mention)) => println!("{}", mention.payload.event.text),
                Item::Message(Feed::Hello(hello)) => println!("{} connections", hello.num_connections),
                other => println!("{other:?}"),
            }
        }
        Ok(())
    }
}

#[rustfmt::skip]
mod answering {
    use nova::{
        Context, Credentials, MessageHandler,
        platform::{Slack, slack::Feed},
    };
    use serde_json::json;

    #[nova::client(platform = "slack", profile = "messaging", message = Feed, overrides(MessageHandler))]
    struct Answering;

    impl MessageHandler for Answering {
        async fn handle_message(&mut self, message: Feed, cx: &mut Context<'_, Self>) -> nova::Result {
            match &message {
                Feed::Command(command) => cx.send(command.answer(json!({ "text": "on it" }))?)?,
                Feed::ViewSubmission(submission) => {
                    let errors = json!({ "response_action": "errors", "errors": { "b1": "too short" } });
                    cx.send(submission.answer(errors)?)?;
                }
                Feed::BlockSuggestion(suggestion) => cx.send(suggestion.ack())?,
                _ => {}
            }
            Ok(())
        }
    }

    async fn answer(token: Credentials) -> nova::Result {
        let app = nova::connect(Answering).platform(Slack::new().answering()).credentials(token).await?;
        while let Some(item) = app.next().await {
            println!("{item:?}");
        }
        Ok(())
    }
}

use connecting::App;
use nova::{Credentials, platform::Slack};
use serde_json::json;

#[rustfmt::skip]
#[tokio::test]
async fn an_event_is_acknowledged_and_a_refresh_is_followed_by_another_connection() -> nova::Result {
    let slack = nova::test::venue::Slack::start().await?;
    let platform = Slack::new().at(slack.api());
    let app = nova::connect(App).platform(platform).credentials(Credentials::token(slack.token())).await?;
    let said = slack.event(json!({ "type": "app_mention", "user": "U1", "text": "hi", "ts": "1.2", "channel": "C1" }));
    assert!(slack.acknowledged(&said).await.is_some());
    slack.disconnect("refresh_requested");

    let mut watch = app.watch();
    while slack.connected() < 2 {
        watch.changed().await;
    }
    Ok(())
}
