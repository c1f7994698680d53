//! What follows an error: by its class, by the venue's close code, by the handler, by the settings where a handler panics.

use std::ops::RangeInclusive;

use nova::{
    Circuit, Context, Error, ErrorClass, ErrorHandler, Event, Events, MessageHandler, Outgoing, Patch, Raw, Recovery,
    Result, State, View, patch,
};
use serde_json::json;

use crate::{
    script::{Act, End, assert_within, ended, ready_after, scripted, waits},
    support::{Plain, Server, close_frame, pass, secs, settle, venue},
};

#[nova::client(platform = Plain)]
struct Standard;

/// What follows a close code that comes after a stable connection.
enum Follows {
    /// The client ends with it.
    End,
    /// It is dialled at once, and the second time in a row is the end.
    AtOnceThenEnd,
    /// It is dialled after so many milliseconds, and the second time within five minutes is the end.
    OnceThenEnd(RangeInclusive<u64>),
    /// It is dialled after so many milliseconds, however often it comes.
    Again(RangeInclusive<u64>),
}
use Follows::{Again, AtOnceThenEnd, End as Ends, OnceThenEnd};

const PROFILE: RangeInclusive<u64> = 1_000..=1_000;
const RESTART: RangeInclusive<u64> = 5_000..=30_001;

async fn follows(table: impl IntoIterator<Item = (u16, Follows)>) {
    for (code, follows) in table {
        let close = |seconds| Act::ready_for(seconds, End::Code(code));
        let acts = match follows {
            Ends => vec![close(60)],
            AtOnceThenEnd | OnceThenEnd(_) => vec![close(60), close(5)],
            Again(_) => vec![close(60), close(5), Act::Stay],
        };
        let (dialer, log) = scripted(acts);
        let client = nova::connect(Standard).dialer(dialer).start().expect("started");
        let what = format!("{code}");
        let dials = match &follows {
            Ends => 1,
            AtOnceThenEnd | OnceThenEnd(_) => 2,
            Again(_) => 3,
        };
        if dials < 3 {
            assert_eq!(ended(&client).await, State::Failed, "{what}");
            let end = client.watch().end().expect("why");
            assert!(matches!(&end, Error::Closed { code: found, .. } if found.0 == code), "{what}: {end}");
        } else {
            ready_after(&client, &log, 3).await;
        }
        assert_eq!(log.dials(), dials, "{what}");
        let first = match follows {
            Ends => continue,
            AtOnceThenEnd => 0..=0,
            OnceThenEnd(wait) | Again(wait) => wait,
        };
        assert_within(&what, &waits(&log)[..1], &[first]);
    }
}

#[tokio::test(start_paused = true)]
async fn r052_a_peer_that_finds_us_at_fault_is_dialled_once_more() {
    follows([1002, 1003, 1007].map(|code| (code, OnceThenEnd(PROFILE)))).await;
}

#[tokio::test(start_paused = true)]
async fn r054_a_breached_policy_is_answered_by_one_fresh_login() {
    follows([(1008, AtOnceThenEnd)]).await;
}

#[tokio::test(start_paused = true)]
async fn r058_a_server_that_restarts_is_dialled_between_five_and_thirty_seconds_later() {
    follows([(1012, Again(RESTART)), (1013, Again(RESTART))]).await;
}

#[tokio::test(start_paused = true)]
async fn r059_of_the_registered_codes_each_has_its_reaction() {
    let others = [3001, 3002, 3008, 3999].map(|code| (code, Again(PROFILE)));
    follows(others.into_iter().chain([(3000, AtOnceThenEnd), (3003, Ends)])).await;
}

#[tokio::test(start_paused = true)]
async fn r060_a_private_code_is_dialled_again_unless_the_platform_knows_better() {
    follows([(4000, Again(PROFILE)), (4999, Again(PROFILE))]).await;
}

#[tokio::test(start_paused = true)]
async fn r055_a_message_that_was_too_big_ends_the_client_and_its_size_is_named() {
    let (client, server) = start(Standard);
    let mut peer = server.ready().await;
    client.wait_ready().await.expect("ready");
    client.send(Outgoing::from("x".repeat(4_321))).await.expect("sent");
    client.send(Outgoing::from("x")).await.expect("sent");
    peer.send_frame(close_frame(1009, "no")).await;
    tokio::spawn(peer.rest());
    assert_eq!(ended(&client).await, State::Failed);
    let end = client.watch().end().expect("why").to_string();
    assert!(end.contains("1009 (no; the largest message sent had 4321 bytes)"), "{end}");
}

fn start<C>(client: C) -> (nova::Handle<C>, Server)
where
    C: nova::Handlers,
    C::Platform: Default,
    C::Codec: Default,
{
    let (dialer, server) = venue();
    (nova::connect(client).dialer(dialer).start().expect("started"), server)
}

#[tokio::test(start_paused = true)]
async fn a_venue_that_asks_for_fresh_connections_gets_its_clients_back_spread_out() {
    let mut waits = Vec::new();
    for seed in 0..40 {
        let (dialer, server) = venue();
        let client = nova::connect(Spread).dialer(dialer).seed(seed).start().expect("started");
        let mut peer = server.ready().await;
        client.wait_ready().await.expect("ready");
        peer.send(json!({"ask": "reconnect"})).await;
        let step = loop {
            settle().await;
            if let Some(step) = client.history().into_iter().find(|step| step.to == State::Backoff) {
                break step;
            }
        };
        assert_eq!(step.cause.to_string(), "the venue asked for a fresh connection");
        waits.push(step.delay.expect("a delay"));
        // It is let go of in good order.
        tokio::spawn(peer.rest());
        let _peer = server.ready().await;
        client.wait_ready().await.expect("ready");
    }
    waits.sort_unstable();
    assert!(waits[39] < secs(2) && waits[39] > waits[0] + secs(1) / 2, "{waits:?}");
}

#[nova::client(platform = Plain, profile = "financial")]
struct Spread;

#[tokio::test(start_paused = true)]
async fn a_venue_that_asks_for_fresh_connections_again_and_again_is_obeyed_more_slowly_and_uses_up_the_attempts() {
    let (dialer, server) = venue();
    let client = nova::connect(Standard).dialer(dialer.clone()).start().expect("started");
    tokio::spawn(async move {
        loop {
            let mut peer = server.accept().await;
            peer.answer("prepare", json!(0)).await;
            peer.send_json(json!({"ask": "reconnect"})).await;
            tokio::spawn(peer.rest());
        }
    });
    assert_eq!(ended(&client).await, State::Failed);
    assert!(matches!(client.watch().end(), Some(Error::Recalled)));
    assert_eq!(dialer.dials(), 11, "as many as reconnect.max_attempts allows");
}

#[tokio::test(start_paused = true)]
async fn a_class_of_ones_own_changes_what_follows() {
    /// The venue's front answers 403 while it is deployed, and a lost link is nothing to come back from.
    #[nova::client(platform = Plain, overrides(ErrorHandler))]
    struct Desk;

    impl ErrorHandler for Desk {
        fn classify(error: &Error, view: View<'_, Self>) -> ErrorClass {
            match error {
                Error::Rejected { status: 403, .. } => ErrorClass::Transient,
                Error::Closed { code, .. } if code.0 == 4_100 => ErrorClass::Authentication,
                Error::Closed { code, .. } if code.0 == 4_101 => ErrorClass::Critical,
                error => view.inherited().classify(error),
            }
        }
    }

    let acts =
        [Act::http(403), Act::http(403), Act::ready_for(60, End::Code(4_100)), Act::ready_for(60, End::Code(4_101))];
    let (dialer, log) = scripted(acts);
    let client = nova::connect(Desk).dialer(dialer).start().expect("started");
    assert_eq!(ended(&client).await, State::Failed);
    assert_within("waits", &waits(&log)[..3], &[PROFILE, 1_500..=2_500, 0..=0]);
    assert_eq!(log.dials(), 4);
}

#[tokio::test(start_paused = true)]
async fn a_handlers_wish_to_reconnect_over_an_old_error_does_not_cut_a_delay_or_a_rest_short() {
    /// Takes its time over an undecodable message, and wants a fresh connection then.
    #[nova::client(platform = Plain, message = Number, breaker(failures = 1), overrides(ErrorHandler))]
    struct Desk;

    impl ErrorHandler for Desk {
        async fn handle_error(&mut self, error: &Error, _: &mut Context<'_, Self>) -> Recovery {
            if matches!(error, Error::Decode { .. }) {
                tokio::time::sleep(secs(5)).await;
                return Recovery::Reconnect;
            }
            Recovery::Continue
        }
    }

    let (client, server) = start(Desk);
    let mut peer = server.ready().await;
    client.wait_ready().await.expect("ready");
    peer.push("a", json!("no number")).await;
    settle().await;
    drop(peer);
    pass(secs(10)).await;
    assert_eq!(client.state(), State::Suspended);
}

/// A message that is a number, so that others cannot be decoded.
#[derive(Debug)]
struct Number(#[allow(dead_code, reason = "only whether it is one matters")] i64);

impl nova::Message for Number {
    fn decode<C: nova::Codec>(envelope: &nova::Envelope<'_>, codec: &C) -> Result<Self> {
        envelope.data(codec).map(Self)
    }
}

/// Panics over each message, and over the first errors too if told so.
#[nova::client(platform = Plain, profile = "financial", overrides(MessageHandler, ErrorHandler))]
#[derive(Default)]
struct Clumsy {
    in_errors: bool,
}

impl MessageHandler for Clumsy {
    async fn handle_message(&mut self, message: Raw, cx: &mut Context<'_, Self>) -> Result {
        assert_ne!(message.channel(), Some("panic"), "on purpose");
        if message.channel() == Some("refuse") {
            return Err(Error::handler("refused"));
        }
        cx.inherited().handle_message(message).await
    }
}

impl ErrorHandler for Clumsy {
    async fn handle_error(&mut self, error: &Error, cx: &mut Context<'_, Self>) -> Recovery {
        assert!(!self.in_errors || matches!(error, Error::Panicked { .. }), "on purpose");
        cx.inherited().handle_error(error).await
    }
}

fn panics(events: &mut Events) -> usize {
    let panicked = |event: &Event| matches!(event, Event::Error(Error::Panicked { .. }));
    std::iter::from_fn(|| events.try_next()).filter(panicked).count()
}

#[tokio::test(start_paused = true)]
async fn r080_handlers_that_panic_three_times_in_a_minute_are_answered_by_the_policy() {
    use nova::OnPanics::{Continue, Reconnect, Stop};
    // The policy, the seconds between the panics, whether they are of `handle_error`, and whether the policy acts on the third.
    let table = [
        (Continue, [1, 1], false, false),
        (Reconnect, [1, 1], false, true),
        (Reconnect, [29, 30], false, true),
        (Reconnect, [30, 30], false, false),
        (Reconnect, [1, 1], true, true),
        (Stop, [1, 1], false, true),
        (Stop, [1, 1], true, true),
        (Stop, [59, 59], false, false),
    ];
    for (policy, pauses, in_errors, acts) in table {
        let what = format!("{policy}, {pauses:?}, in handle_error: {in_errors}");
        let (dialer, server) = venue();
        let patch = Patch::new().breaker(patch::Breaker::new().panics(policy));
        let client = nova::connect(Clumsy { in_errors }).configure(patch).dialer(dialer).start().expect("started");
        let mut events = client.events();
        let mut peer = server.ready().await;
        client.wait_ready().await.expect("ready");
        for pause in pauses.into_iter().chain([0]) {
            assert!(client.state().is_ready(), "{what}");
            peer.push(if in_errors { "refuse" } else { "panic" }, json!("canary")).await;
            settle().await;
            if pause > 0 {
                assert_eq!(peer.within(secs(pause)).await, None);
            }
        }
        settle().await;
        assert_eq!(panics(&mut events), 3, "{what}");
        match policy {
            Stop if acts => {
                assert_eq!(client.state(), State::Failed, "{what}");
                let end = client.watch().end().expect("why");
                assert!(matches!(end, Error::Panicked { .. }), "{what}: {end}");
                assert!(!format!("{end} {end:?}").contains("canary"));
            }
            Reconnect if acts => {
                peer = server.ready().await;
                client.wait_ready().await.expect("ready");
                // MockDialer anew.
                peer.push("panic", json!(0)).await;
                peer.expect_silence(secs(5)).await;
                assert!(client.state().is_ready(), "{what}");
            }
            _ => assert!(client.state().is_ready(), "{what}"),
        }
        assert!(
            std::iter::from_fn(|| events.try_next()).all(|event| !matches!(event, Event::Breaker(Circuit::Open(_))))
        );
    }
}
