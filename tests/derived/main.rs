//! Venues described by `#[derive(nova::Platform)]` alone, each against a server that follows a script, under virtual time.
//!
//! The platforms are those of the examples, word for word.

#![allow(clippy::duplicate_mod, reason = "both examples have the same counting venue, and neither is started here")]

mod more;
mod op;
mod rpc;
#[path = "../session/support.rs"]
mod support;

#[allow(dead_code, reason = "of an example, its platform and its client")]
#[path = "../../examples/derived_op.rs"]
mod derived_op;
#[allow(dead_code, reason = "of an example, its platform and its client")]
#[path = "../../examples/derived_rpc.rs"]
mod derived_rpc;

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use nova::{Clock, Credentials, GapCause, Handle, Item};

/// A time of day that stands still, so that signatures can be foretold.
#[derive(Clone, Copy, Debug)]
struct Noon;

impl Clock for Noon {
    fn wall(&self) -> SystemTime {
        UNIX_EPOCH + Duration::from_secs(1_700_000_000)
    }
}

fn credentials() -> Credentials {
    Credentials::key("me", "s3cret")
}

/// The next message's number.
async fn number<C: nova::Client<Message = nova::Raw> + nova::Handlers>(client: &Handle<C>) -> u64 {
    let item = client.next().await.expect("an item");
    let Item::Message(raw) = &item else { panic!("a message was to come, not {item:?}") };
    raw.data::<serde_json::Value>().expect("a payload")["n"].as_u64().expect("a number")
}

/// The next item's gap.
async fn gap<C: nova::Client<Message = nova::Raw> + nova::Handlers>(client: &Handle<C>) -> GapCause {
    match client.next().await {
        Some(Item::Gap(gap)) => gap.cause,
        other => panic!("a gap was to come, not {other:?}"),
    }
}
