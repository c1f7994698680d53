//! Discord: the gateway's payloads, as text.

#![no_main]

use fuzz::{Peer, lines, typed};
use libfuzzer_sys::fuzz_target;
use nova::{
    Message,
    codec::Json,
    platform::{
        Discord,
        discord::{
            Channel, ChatMessage, Dispatch, GatewayBot, Guild, Interaction, MemberAdded, MembersChunk, PresenceUpdate,
            Reaction, Ready, Session, TypingStart, VoiceState,
        },
    },
};

fuzz_target!(|data: &[u8]| {
    Peer::new(&Discord::default(), &[], |envelope| {
        let _ = Dispatch::decode(envelope, &Json).map(|dispatch| format!("{dispatch:?}"));
        typed!(envelope; Ready, Guild, Channel, ChatMessage, MemberAdded, MembersChunk, Interaction, PresenceUpdate);
        typed!(envelope; Reaction, TypingStart, VoiceState, GatewayBot, Session);
    })
    .play(lines(data));
});
