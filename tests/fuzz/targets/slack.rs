//! Slack's Socket Mode: envelopes that nova acknowledges, and those that the client is to answer.

#![no_main]

use fuzz::{Peer, lines, typed};
use libfuzzer_sys::fuzz_target;
use nova::{
    Envelope, Message,
    codec::Json,
    platform::{
        Slack,
        slack::{ChatMessage, Command, Delivery, Event, Feed, Hello, Interaction, Mention, RateLimited, Reaction},
    },
};

fn read(envelope: &Envelope<'_>) {
    if let Ok(Feed::Command(command)) = Feed::decode(envelope, &Json) {
        let _ = command.answer(serde_json::json!({"text": "on it"}));
        let _ = command.ack();
    }
    typed!(envelope; Hello, Delivery<Event<Mention>>, Delivery<Event<ChatMessage>>, Delivery<Event<Reaction>>);
    typed!(envelope; Delivery<RateLimited>, Delivery<Command>, Delivery<Interaction>);
}

fuzz_target!(|data: &[u8]| {
    Peer::new(&Slack::new(), &[], read).play(lines(data));
    Peer::new(&Slack::new().answering(), &[], read).play(lines(data));
});
