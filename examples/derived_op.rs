//! A platform of one's own without a line of code: a venue that speaks in `op` and `args`, described.
//!
//! ```sh
//! cargo run -p examples --example derived_op
//! ```
//!
//! The venue leaves a number out once and drops the link once: both show as gaps, and nothing here has to deal with them.

#[path = "support/op_venue.rs"]
mod op_venue;

#[derive(Default, nova::Platform)]
#[nova(
    // Without an address: `.url(..)` gives it.
    channel = "/topic", payload = "/data", sequence(rule = "increment", at = "/seq"),
    login(send = r#"{"op":"auth","args":["{api_key}",{timestamp},"{sign}"]}"#, ack(at = "/op", is = "auth")),
    sign(over = "{timestamp}{api_key}"),
    subscribe = r#"{"op":"subscribe","args":{channels}}"#,
    unsubscribe = r#"{"op":"unsubscribe","args":{channels}}"#,
    ack(at = "/op", is = "subscribed", channel = "/args", refused = "/refused"),
    error(at = "/op", is = "error", message = "/message"),
    ignore(at = "/op", is = ["pong", "unsubscribed"]),
    ping(every = "20s", send = r#"{"op":"ping"}"#),
)]
pub(crate) struct Exchange;

#[nova::client(platform = Exchange, profile = "financial")]
pub(crate) struct Counter;

#[tokio::main]
async fn main() -> nova::Result {
    let url = op_venue::start().await.map_err(nova::Error::handler)?;
    let counter = nova::connect(Counter).url(url).credentials(nova::Credentials::key("me", "s3cret")).await?;
    counter.subscribe("count.a").await?;
    for _ in 0..30 {
        println!("{:?}", counter.next().await);
    }
    counter.close().await;
    Ok(())
}
