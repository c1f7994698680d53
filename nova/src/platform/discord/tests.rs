//! Discord's pure parts: frames, numbers, budgets, the compressed stream, sessions, payloads.

use std::{io::Write as _, time::Duration};

use flate2::{Compression, write::ZlibEncoder};
use proptest::prelude::*;
use secrecy::{ExposeSecret as _, SecretString};
use serde_json::Value;

use super::{
    Discord, Dispatch, Id, Intents, Keeper, Session, StartLimit, Starts, State, frame::Head, inflate::Inflater, login,
    sequence::Follow,
};
use crate::{
    codec::{Codec as _, Json},
    error::{Error, ErrorClass},
    frame::{CloseCode, Frame},
    message::{Message as _, Outgoing},
    platform::{Dial, Fetched, Heartbeat, Inbound, Incoming, Platform as _},
    verdict::Reconnect,
};

/// What a frame means, in words that can be compared.
fn meaning(discord: &Discord, state: &mut State, text: &str) -> String {
    let frame = Frame::text(text);
    let opened = Json.open(&frame);
    match discord.receive(state, Incoming::opened(&frame, opened.as_deref().map_err(String::as_str))) {
        Ok(Inbound::Message { envelope, .. }) => format!("message {}", envelope.channel().unwrap_or("-")),
        Ok(Inbound::Admitted { envelope, gap, .. }) => format!("admitted {} {gap}", envelope.channel().unwrap_or("-")),
        Ok(Inbound::Reflex(outgoing)) => format!("reflex {}", outgoing.text().unwrap_or_default()),
        Ok(Inbound::Hello { heartbeat }) => format!("hello {heartbeat:?}"),
        Ok(Inbound::Broken(error)) => format!("broken {error}"),
        Ok(Inbound::Beat) => "beat".to_owned(),
        Ok(Inbound::Reconnect) => "reconnect".to_owned(),
        Ok(Inbound::Ignored) => "ignored".to_owned(),
        Ok(other) => format!("{other:?}"),
        Err(error) => format!("error {error}"),
    }
}

const READY: &str = r#"{"op":0,"s":1,"t":"READY","d":{"v":10,"user":{"id":"100","username":"nova","bot":true},"guilds":[{"id":"200","unavailable":true}],"session_id":"s-1","resume_gateway_url":"wss://gateway-x.example.gg","shard":[0,1],"application":{"id":"100","flags":0}}}"#;

#[test]
fn frames_mean_what_the_documentation_says() {
    let (discord, mut state) = (Discord::default(), State::default());
    for (text, expected) in [
        (r#"{"op":10,"d":{"heartbeat_interval":41250},"s":null,"t":null}"#, "hello Some(41.25s)"),
        (r#"{"op":10,"d":null}"#, "hello None"),
        (r#"{"op":1,"d":null}"#, r#"reflex {"op":1,"d":null}"#),
        (r#"{"op":11}"#, "beat"),
        (READY, "admitted READY false"),
        (r#"{"t":"A","s":2,"op":0,"d":{"x":1}}"#, "message A"),
        (r#"{"d":{"op":9},"s":3,"t":"B","op":0}"#, "message B"),
        (r#"{"op":0,"s":3,"t":"B","d":{}}"#, "ignored"),
        (r#"{"op":1}"#, r#"reflex {"op":1,"d":3}"#),
        (r#"{"op":7,"d":null,"s":null,"t":null}"#, "reconnect"),
        (r#"{"op":0,"s":3,"t":"RESUMED","d":{}}"#, "admitted RESUMED false"),
        (r#"{"op":99,"d":{"new":true}}"#, "message -"),
        (r#"{"op":0,"d":{}}"#, "message -"),
        (r#"{"op":9,"d":true}"#, "broken the venue refused (transient): 9 invalid session, to be resumed"),
        (r#"{"op":9,"d":false}"#, "broken the venue refused (transient): 9 invalid session"),
        (READY, "admitted READY true"),
    ] {
        assert_eq!(meaning(&discord, &mut state, text), expected, "{text}");
    }
    for text in
        ["", "[]", "{}", r#"{"op":"a"}"#, r#"{"op":0,"s":"x","t":"A"}"#, r#"{"op":0,"s":1,"t":5}"#, r#"{"op":11"#]
    {
        assert!(meaning(&discord, &mut state, text).starts_with("error cannot decode"), "{text}");
    }
    let secret = meaning(&discord, &mut state, r#"{"op":0,"s":1,"t":"READY","d":{"session_id":5}}"#);
    assert!(secret.starts_with("error cannot decode READY"), "{secret}");
}

#[test]
fn a_hole_is_resumed_once_and_then_believed() {
    let (discord, mut state) = (Discord::default(), State::default());
    let event = |seq: u64| format!(r#"{{"op":0,"s":{seq},"t":"A","d":{{}}}}"#);
    meaning(&discord, &mut state, READY);
    assert_eq!(meaning(&discord, &mut state, &event(2)), "message A");
    assert_eq!(meaning(&discord, &mut state, &event(4)), "broken the link was lost: event 3 is missing before event 4");
    // What was lost is sent again.
    for seq in [3, 4, 5] {
        assert_eq!(meaning(&discord, &mut state, &event(seq)), "message A");
    }
    assert!(meaning(&discord, &mut state, &event(7)).contains("event 6 is missing"));
    // It is not: the numbers are like that.
    for seq in [7, 9, 12] {
        assert_eq!(meaning(&discord, &mut state, &event(seq)), "message A");
    }
    assert_eq!(meaning(&discord, &mut state, &event(9)), "ignored");
}

proptest! {
    /// Whatever is lost, repeated and reordered on the way: with resuming, each event comes once and in order.
    #[test]
    fn each_event_of_a_session_comes_once_and_in_order(faults in proptest::collection::vec(0..6_u8, 1..60)) {
        let (mut follow, mut seq, mut delivered) = (Follow::default(), 0_u64, Vec::new());
        let (mut faults, total) = (faults.clone(), faults.len() as u64);
        for connection in 0.. {
            prop_assert!(connection <= total, "a session that is resumed for ever");
            let (mut at, mut late) = (seq, None);
            'link: while at < total {
                at += 1;
                // Each strikes once.
                let wire = match std::mem::replace(&mut faults[usize::try_from(at - 1).unwrap()], 5) {
                    0 => vec![],
                    1 => vec![at, at],
                    2 if late.is_none() => { late = Some(at); continue }
                    _ => std::iter::once(at).chain(late.take()).collect(),
                };
                for at in wire {
                    match follow.next(seq, at) {
                        super::sequence::Next::Follows => { seq = at; delivered.push(at); }
                        super::sequence::Next::Repeats => {}
                        super::sequence::Next::Misses(_) => break 'link,
                    }
                }
            }
            if seq == total { break }
        }
        prop_assert_eq!(delivered, (1..=total).collect::<Vec<_>>());
    }

    /// However a message is cut into parts: it comes whole, and only once it is.
    #[test]
    fn what_is_compressed_comes_whole(texts in proptest::collection::vec(".{0,300}", 1..8), cut in 1..40_usize) {
        let mut inflater = Inflater::default();
        for (message, text) in compressed(&texts).into_iter().zip(&texts) {
            let parts: Vec<&[u8]> = message.chunks(cut).collect();
            let (last, before) = parts.split_last().unwrap();
            for part in before {
                prop_assert_eq!(inflater.feed(part, 10_000).unwrap(), None);
            }
            prop_assert_eq!(inflater.feed(last, 10_000).unwrap(), Some(text.clone()));
        }
    }

    /// No text is a panic, and what is no object is never a message.
    #[test]
    fn no_frame_is_a_panic(text in ".{0,60}", keyed in r#"\{("(op|s|t|d)":(null|[0-9]{1,2}|"[A-Z]{0,8}"|\{\}),?){0,5}\}?"#) {
        let mut state = State::default();
        for text in [text, keyed] {
            let meaning = meaning(&Discord::default(), &mut state, &text);
            prop_assert!(text.starts_with('{') || text.trim_start().starts_with('{') || meaning.starts_with("error"), "{}", meaning);
        }
    }
}

/// Each as a flushed piece of one stream.
fn compressed(texts: &[String]) -> Vec<Vec<u8>> {
    let mut stream = ZlibEncoder::new(Vec::new(), Compression::default());
    let messages = texts.iter().map(|text| {
        stream.write_all(text.as_bytes()).unwrap();
        stream.flush().unwrap();
        std::mem::take(stream.get_mut())
    });
    messages.collect()
}

#[test]
fn a_stream_that_cannot_be_inflated_or_grows_without_bound_is_an_error() {
    let bomb = compressed(&["x".repeat(1 << 20)]).remove(0);
    assert!(bomb.len() < 4_096);
    let error = Inflater::default().feed(&bomb, 100_000).unwrap_err();
    assert!(error.to_string().contains("inflates to more than 100000 bytes"), "{error}");
    assert_eq!(Inflater::default().feed(&bomb, 1 << 20).unwrap().map(|text| text.len()), Some(1 << 20));
    for garbage in [&b"no stream at all"[..], &[0x78, 0x9c, 0xff, 0xff, 0xff], &[0xff; 64]] {
        let error = Inflater::default().feed(garbage, 100_000).unwrap_err();
        assert!(matches!(error, Error::Protocol { .. }), "{error}");
    }
    let mut stream = ZlibEncoder::new(Vec::new(), Compression::default());
    stream.write_all(&[0xff, 0xfe]).unwrap();
    stream.flush().unwrap();
    assert!(Inflater::default().feed(stream.get_ref(), 100).unwrap_err().to_string().contains("no UTF-8"));
    let ended = stream.finish().unwrap();
    assert!(Inflater::default().feed(&[&ended[..], b"more"].concat(), 100).is_err());
}

#[test]
fn new_sessions_are_spaced_by_their_group_and_counted() {
    let starts = Starts::new(StartLimit { total: 1_000, remaining: 6, reset_after: 60_000, max_concurrency: 2 });
    let wait = |shard, now| starts.reserve(shard, now).map(|wait| wait.as_millis()).ok();
    assert_eq!(
        (wait(0, 0), wait(1, 0), wait(2, 0), wait(0, 0), wait(3, 6_000)),
        (Some(0), Some(0), Some(5_500), Some(11_000), Some(0))
    );
    assert_eq!((wait(0, 59_000), starts.remaining()), (Some(0), 0));
    let error = starts.reserve(0, 59_000).unwrap_err();
    assert!(matches!(error, Error::RateLimited { retry_after } if retry_after == Duration::from_secs(1)), "{error}");
    assert_eq!((wait(0, 60_000), starts.remaining()), (Some(4_500), 999));
}

#[test]
fn what_discord_says_of_the_budget_counts_less_what_it_cannot_know_of() {
    let starts = Starts::default();
    let told = |remaining| starts.told(StartLimit { total: 10, remaining, reset_after: 60_000, max_concurrency: 2 });
    let begin = |shard, now| starts.reserve(shard, now).map(|_| starts.remaining()).ok();
    told(10);
    assert_eq!((begin(0, 0), begin(2, 0), begin(1, 0)), (Some(9), Some(8), Some(7)));
    // Three more shards have asked; none of the first three sessions had begun by then.
    told(10);
    assert_eq!(begin(3, 0), Some(6));
    // They have, and others elsewhere.
    told(4);
    assert_eq!(
        (begin(0, 20_000), begin(0, 20_000), begin(0, 40_000), begin(0, 50_000)),
        (Some(3), Some(2), Some(1), Some(0))
    );
    told(2);
    assert_eq!((begin(0, 51_000), begin(0, 52_000)), (Some(0), None), "one of them is under way");
    // All of it is back.
    assert_eq!(begin(0, 111_000), Some(9));
}

#[test]
fn an_answer_that_is_none_is_an_error_that_may_pass_and_tells_the_budget_nothing() {
    let discord = Discord::default().api("https://api.test/api/").compressed();
    let Dial::Fetch(fetch) = discord.dial(&mut State::default()) else { panic!("nobody has given an address") };
    assert_eq!(format!("{fetch:?}"), "Fetch(GET https://api.test/api/v10/gateway/bot)");
    let read = |body: &str| (fetch.read)(Fetched { body, retry_after: None });
    for body in ["", "<html>", "[]", "{}", r#"{"url":"wss://a.test","shards":1}"#, r#"{"url":5}"#] {
        let error = read(body).unwrap_err();
        assert_eq!(error.class(), ErrorClass::Transient, "{error}");
        assert!(error.to_string().contains("GET /gateway/bot"), "{error}");
    }
    assert_eq!(discord.starts.remaining(), 1_000);
    let limit = r#"{"total":1000,"remaining":998,"reset_after":14400000,"max_concurrency":1}"#;
    let answer = format!(r#"{{"url":"wss://gateway.discord.gg","shards":1,"session_start_limit":{limit},"new":{{}}}}"#);
    let url = read(&answer).unwrap();
    assert_eq!(url.expose_secret(), "wss://gateway.discord.gg/?v=10&encoding=json&compress=zlib-stream");
    assert_eq!(discord.starts.remaining(), 998);
}

#[test]
fn a_session_is_resumed_where_discord_says_and_elsewhere_where_that_cannot_be_reached() {
    let keeper = Keeper::default();
    let discord = Discord::new(Intents::GUILDS).keep(&keeper).compressed();
    let mut state = State::default();
    let url = |state: &mut State| match discord.dial(state) {
        Dial::Url(url) => url.into_owned(),
        Dial::Fetch(_) => "asked for".to_owned(),
    };
    let main = "asked for";
    assert_eq!(url(&mut state), main);
    discord.connected(&mut state);
    meaning(&discord, &mut state, READY);
    assert_eq!(keeper.session().map(|session| session.seq), Some(1));
    let own = "wss://gateway-x.example.gg/?v=10&encoding=json&compress=zlib-stream";
    assert_eq!(url(&mut state), own);
    let refused =
        || Error::Rejected { status: 404, body: "".into(), retry_after: None, location: None, offset_ms: None };
    assert_eq!(discord.ended(&mut state, &refused()), Reconnect::After(Duration::ZERO));
    assert_eq!(url(&mut state), main, "with the session all the same");
    assert_eq!(discord.ended(&mut state, &refused()), Reconnect::Default);
    assert!(state.session.is_some());

    // A new run goes on where this one was.
    let text = serde_json::to_string(&keeper.session()).unwrap();
    let kept: Option<Session> = serde_json::from_str(&text).unwrap();
    let next = Discord::new(Intents::GUILDS).keep(&Keeper::new(kept));
    let mut state = State::default();
    assert!(matches!(next.dial(&mut state), Dial::Url(url) if url.starts_with("wss://gateway-x.example.gg/?")));
    assert!(!format!("{state:?} {keeper:?}").contains("s-1"), "{state:?}");

    for (code, kept) in
        [(4_000, true), (4_003, false), (4_007, false), (4_009, false), (4_008, true), (1_000, true), (1_006, true)]
    {
        let mut state = State::default();
        meaning(&next, &mut state, READY);
        next.ended(&mut state, &Error::closed(CloseCode(code), ""));
        assert_eq!(state.session.is_some(), kept, "{code}");
    }
}

#[test]
fn an_address_that_is_none_or_less_safe_is_not_gone_to() {
    let session = |url: &str| Session { id: "s".to_owned(), seq: 1, resume_url: url.to_owned() };
    for (url, main, taken) in [
        ("wss://x.example.gg", "wss://gateway.discord.gg", true),
        ("ws://x.example.gg", "wss://gateway.discord.gg", false),
        ("ws://127.0.0.1:1", "ws://127.0.0.1:1", true),
        ("", "wss://gateway.discord.gg", false),
        ("http://x", "ws://gateway.discord.gg", false),
        ("wss://x.example.gg", "https://discord.com/api", true),
        ("ws://x.example.gg", "https://discord.com/api", false),
        ("ws://127.0.0.1:1", "http://127.0.0.1:1/api", true),
    ] {
        assert_eq!(session(url).address(main).is_some(), taken, "{url}");
    }
}

#[test]
fn close_codes_have_the_classes_of_the_documentation() {
    let class = |code| Discord::default().close_class(CloseCode(code));
    assert_eq!(class(4_004), Some(ErrorClass::Authentication));
    for fatal in [4_010, 4_011, 4_012, 4_013, 4_014] {
        assert_eq!(class(fatal), Some(ErrorClass::Critical), "{fatal}");
    }
    for resumed in [1_000, 1_001, 1_006, 4_000, 4_001, 4_002, 4_003, 4_005, 4_007, 4_009, 4_999] {
        assert_eq!(class(resumed), Some(ErrorClass::Transient), "{resumed}");
    }
    assert_eq!(class(4_008), Some(ErrorClass::RateLimited));
}

#[test]
fn what_is_sent_has_the_documented_form() {
    let json = |outgoing: &Outgoing| serde_json::from_str::<Value>(outgoing.text().unwrap()).unwrap();
    let token = SecretString::from(" Bot tok\n");
    let discord = Discord::new(Intents(513)).presence(super::UpdatePresence::online());
    let identify = json(&login::identify(&token, &discord));
    let mut expected: Value = serde_json::from_str(r#"{"op":2,"d":{"token":"tok","intents":513,"properties":{"os":"linux","browser":"nova","device":"nova"},"compress":false,"large_threshold":250,"shard":[0,1],"presence":{"since":null,"activities":[],"status":"online","afk":false}}}"#).unwrap();
    expected["d"]["properties"]["os"] = std::env::consts::OS.into();
    assert_eq!(identify, expected);
    let session = Session { id: "s-1".to_owned(), seq: 1_337, resume_url: String::new() };
    let resume = json(&login::resume(&token, &session));
    assert_eq!(resume.to_string(), r#"{"d":{"seq":1337,"session_id":"s-1","token":"tok"},"op":6}"#);
    let Some(announced) = discord.announce(&mut State::default(), "idle") else { panic!("presence is known") };
    assert_eq!(json(&announced)["d"]["status"], "idle");
    let Heartbeat::Send(beat) = discord.heartbeat(&mut State::default()) else { panic!("no ping") };
    assert_eq!((json(&beat).to_string(), beat.price()), (r#"{"d":null,"op":1}"#.to_owned(), Some(0)));
    let voice = json(&super::UpdateVoiceState::join(Id(200), Id(300)).into());
    assert_eq!(voice["d"]["channel_id"], "300");
}

#[test]
fn events_have_types_and_others_are_raw() {
    let (discord, mut state) = (Discord::default(), State::default());
    let mut decoded = |text: &str| {
        let frame = Frame::text(text);
        let own = frame.as_text();
        match discord.receive(&mut state, Incoming::new(&frame, own)).unwrap() {
            Inbound::Message { envelope, .. } | Inbound::Admitted { envelope, .. } => {
                Dispatch::decode(&envelope, &Json)
            }
            other => panic!("{other:?}"),
        }
    };
    assert!(matches!(decoded(READY), Ok(Dispatch::Ready(ready)) if ready.guilds[0].id == Id(200) && ready.user.bot));
    let hi = r#"{"op":0,"s":42,"t":"MESSAGE_CREATE","d":{"id":"900","channel_id":"300","guild_id":"200","author":{"id":"100","username":"nova"},"content":"hi","timestamp":"2024-01-01T00:00:00.000000+00:00"}}"#;
    let unnumbered = hi.replace(r#""s":42,"#, "");
    assert!(matches!(decoded(&unnumbered), Ok(Dispatch::MessageCreate(message)) if message.content == "hi"));
    let limited =
        r#"{"op":0,"t":"RATE_LIMITED","d":{"opcode":8,"retry_after":12.5,"meta":{"guild_id":"200","nonce":"n"}}}"#;
    assert!(matches!(decoded(limited), Ok(Dispatch::RateLimited(limited)) if limited.opcode == 8));
    assert!(
        matches!(decoded(r#"{"op":0,"t":"NEW_THING","d":[1]}"#), Ok(Dispatch::Other(raw)) if raw.channel() == Some("NEW_THING"))
    );
    assert!(matches!(decoded(r#"{"op":31,"d":{}}"#), Ok(Dispatch::Other(_))));
    assert!(decoded(r#"{"op":0,"t":"TYPING_START","d":{"channel_id":true}}"#).is_err());
    let read = Head::read(hi).unwrap();
    assert_eq!((read.op, read.seq, read.name.as_deref()), (0, Some(42), Some("MESSAGE_CREATE")));
}
