//! A platform of one's own without a line of code: a venue that speaks JSON-RPC, described.
//!
//! ```sh
//! cargo run -p examples --example derived_rpc
//! ```
//!
//! The venue leaves a number out once and drops the link once: both show as gaps, and nothing here has to deal with them.

#[path = "support/rpc_venue.rs"]
mod rpc_venue;

#[derive(Default, nova::Platform)]
#[nova(
    // Without an address: `.url(..)` gives it.
    id = "/id", result = "/result", error(at = "/error", code = "/error/code", message = "/error/message"),
    channel = "/params/topic", payload = "/params/data",
    sequence(rule = "prev_id", at = "/params/id", prev = "/params/previous"),
    login(send = r#"{"id":{id},"method":"login","params":{"key":"{api_key}","secret":"{api_secret}"}}"#, life = "/result/expires_in"),
    subscribe(send = r#"{"id":{id},"method":"subscribe","params":{channels}}"#, listed = "/result"),
    unsubscribe = r#"{"id":{id},"method":"unsubscribe","params":{channels}}"#,
    ping(every = "20s", send = r#"{"id":{id},"method":"ping"}"#),
)]
pub(crate) struct Exchange;

#[nova::client(platform = Exchange, profile = "financial")]
pub(crate) struct Counter;

#[tokio::main]
async fn main() -> nova::Result {
    let url = rpc_venue::start().await.map_err(nova::Error::handler)?;
    let counter = nova::connect(Counter).url(url).credentials(nova::Credentials::key("me", "s3cret")).await?;
    counter.subscribe("count.a").await?;
    for _ in 0..30 {
        println!("{:?}", counter.next().await);
    }
    counter.close().await;
    Ok(())
}
