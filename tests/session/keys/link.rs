//! The keys of a connection and of what follows its loss.

use nova::{Cause, Frame, Patch, State};
use serde_json::{Value, json};
use tokio::time::Instant;

use super::{Row, Seen, probe};
use crate::{
    script::{Act, End, delays, ended, millis, scripted},
    support::{endless, pass, secs, settle, venue},
};

const NO_BREAKER: (&str, &str) = ("breaker.failures", "off");

pub(super) const ROWS: &[Row] = &[
    Row {
        key: "reconnect.backoff",
        see: sixth_dial,
        beside: &[NO_BREAKER],
        values: &[("simple", 3_000..=9_000), ("linear", 12_000..=20_000), ("exponential", 28_000..=40_000)],
    },
    Row {
        key: "reconnect.max_attempts",
        see: dials,
        beside: &[NO_BREAKER],
        values: &[("0", 1..=1), ("2", 3..=3), ("5", 6..=6)],
    },
    Row {
        key: "reconnect.initial_delay",
        see: first_delay,
        beside: &[],
        values: &[("1s", 1_000..=1_000), ("3s", 3_000..=3_000)],
    },
    Row {
        key: "reconnect.max_delay",
        see: sixth_dial,
        beside: &[NO_BREAKER, ("reconnect.backoff", "exponential")],
        values: &[("2s", 5_000..=13_000), ("1m", 28_000..=40_000)],
    },
    Row {
        key: "reconnect.jitter",
        see: |settings| Box::pin(async move { first_delay(settings).await.abs_diff(1_000) }),
        beside: &[],
        values: &[("0", 0..=0), ("0.5", 1..=500)],
    },
    Row {
        key: "connection.timeout",
        see: |settings| time_in("connecting", [Act::Mute], settings),
        beside: &[],
        values: &[("2s", 2_000..=2_000), ("4s", 4_000..=4_000)],
    },
    Row {
        key: "connection.request_timeout",
        see: call,
        beside: &[],
        values: &[("2s", 2_000..=2_000), ("4s", 4_000..=4_000)],
    },
    Row {
        key: "connection.close_timeout",
        see: close,
        beside: &[],
        values: &[("2s", 2_000..=2_000), ("4s", 4_000..=4_000)],
    },
    Row {
        key: "connection.max_frame",
        see: long_message,
        beside: &[],
        values: &[("1KiB", 1_009..=1_009), ("4KiB", 0..=0)],
    },
    Row {
        key: "connection.max_message",
        see: long_message,
        beside: &[("connection.max_frame", "1500")],
        values: &[("1500", 1_009..=1_009), ("4KiB", 0..=0)],
    },
    Row {
        key: "connection.send",
        see: send_while_connecting,
        beside: &[],
        values: &[("fail_fast", 0..=0), ("wait", 10_000..=10_000), ("queue(9, 1KiB, 3s)", 3_000..=3_000)],
    },
    Row {
        key: "heartbeat.interval",
        see: first_ping,
        beside: &[],
        values: &[("5s", 5_000..=5_000), ("20s", 20_000..=20_000), ("off", 3_600_000..=3_600_000)],
    },
    Row {
        key: "heartbeat.timeout",
        see: silence,
        beside: &[],
        values: &[("2s", 32_000..=32_000), ("9s", 39_000..=39_000)],
    },
    Row {
        key: "heartbeat.missed",
        see: silence,
        beside: &[],
        values: &[("1", 40_000..=40_000), ("3", 60_000..=60_000)],
    },
    Row {
        key: "breaker.failures",
        see: dials_before_the_rest,
        beside: &[],
        values: &[("3", 3..=3), ("5", 5..=5), ("off", 11..=11)],
    },
    Row {
        key: "breaker.window",
        see: dials_before_the_rest,
        beside: &[("breaker.failures", "3")],
        values: &[("1s", 11..=11), ("5m", 3..=3)],
    },
    Row {
        key: "breaker.cooldown",
        see: rest,
        beside: &[("breaker.failures", "3")],
        values: &[("30s", 30_000..=39_000), ("2m", 120_000..=150_000)],
    },
];

/// How long a client that is never let in takes for its first six dials.
fn sixth_dial(settings: Box<Patch>) -> Seen {
    Box::pin(async move {
        let (dialer, log) = scripted([Act::HangUp]);
        let _client = probe(&settings).dialer(dialer).start().expect("started");
        while log.dials() < 6 {
            pass(secs(1)).await;
        }
        let dials = log.requests();
        millis(dials[5].at().saturating_sub(dials[0].at()))
    })
}

/// How often a client that is never let in dials before it gives up.
fn dials(settings: Box<Patch>) -> Seen {
    Box::pin(async move {
        let (dialer, log) = scripted([Act::HangUp]);
        let client = probe(&settings).dialer(dialer).start().expect("started");
        assert_eq!(ended(&client).await, State::Failed);
        log.dials()
    })
}

/// How long a client waits after a stable connection was lost.
fn first_delay(settings: Box<Patch>) -> Seen {
    Box::pin(async move {
        let (dialer, _log) = scripted([Act::ready_for(120, End::Drop), Act::Stay]);
        let client = probe(&settings).dialer(dialer).start().expect("started");
        pass(secs(150)).await;
        delays(&client)[0]
    })
}

/// How long the client was in a state before its link was given up.
pub(super) fn time_in<const N: usize>(state: &'static str, acts: [Act; N], settings: Box<Patch>) -> Seen {
    Box::pin(async move {
        let (dialer, _log) = scripted(acts);
        let client = probe(&settings).dialer(dialer).start().expect("started");
        pass(secs(100)).await;
        let history = client.history();
        let left = history.iter().find(|step| step.from.name() == state && matches!(*step.cause, Cause::Error(_)));
        millis(left.expect("given up").after)
    })
}

/// How long a call is waited for that nobody answers.
fn call(settings: Box<Patch>) -> Seen {
    Box::pin(async move {
        let (dialer, server) = venue();
        let client = probe(&settings).dialer(dialer).start().expect("started");
        let _peer = server.ready().await;
        client.wait_ready().await.expect("ready");
        let asked = Instant::now();
        client.call::<Value>("never", json!({})).await.expect_err("nobody answers");
        millis(asked.elapsed())
    })
}

/// How long a close takes that the peer does not answer.
fn close(settings: Box<Patch>) -> Seen {
    Box::pin(async move {
        let (dialer, server) = venue();
        let client = probe(&settings).dialer(dialer).start().expect("started");
        let _peer = server.ready().await;
        client.wait_ready().await.expect("ready");
        let asked = Instant::now();
        client.close().await;
        millis(asked.elapsed())
    })
}

/// The code with which the client closes over a message of 2,000 bytes in two frames; 0 where it takes it.
fn long_message(settings: Box<Patch>) -> Seen {
    Box::pin(async move {
        let (dialer, server) = venue();
        let client = probe(&settings).dialer(dialer).start().expect("started");
        let mut peer = server.ready().await;
        client.wait_ready().await.expect("ready");
        let frame = |head: [u8; 2], length: u16| {
            [&[head[0], head[1]][..], &length.to_be_bytes(), &vec![b'x'; length.into()]].concat()
        };
        for frame in [frame([0x01, 126], 1_200), frame([0x80, 126], 800)] {
            // The client may have closed over the first.
            peer.send_raw(frame).await;
        }
        settle().await;
        if client.state().is_ready() {
            return 0;
        }
        match peer.next_frame().await {
            Some(Frame::Close(Some(close))) => close.code.0.into(),
            other => panic!("{other:?}"),
        }
    })
}

/// How long a call is held while there is no connection.
fn send_while_connecting(settings: Box<Patch>) -> Seen {
    Box::pin(async move {
        let client = probe(&settings).dialer(endless()).start().expect("started");
        let asked = Instant::now();
        client.call::<Value>("never", json!({})).await.expect_err("there is no connection");
        millis(asked.elapsed())
    })
}

/// When the first ping comes, within an hour.
fn first_ping(settings: Box<Patch>) -> Seen {
    Box::pin(async move {
        let (dialer, server) = venue();
        let client = probe(&settings).dialer(dialer).start().expect("started");
        let mut peer = server.ready().await;
        client.wait_ready().await.expect("ready");
        let ready = Instant::now();
        let _ = tokio::time::timeout(secs(3_600), peer.ping()).await;
        millis(ready.elapsed())
    })
}

/// How long a ready client holds on to a peer that has fallen silent.
fn silence(settings: Box<Patch>) -> Seen {
    time_in("ready", [Act::ready_for(0, End::Deaf), Act::Stay], settings)
}

/// How often a client that is never let in dials before it rests, or gives up.
fn dials_before_the_rest(settings: Box<Patch>) -> Seen {
    Box::pin(async move {
        let (dialer, log) = scripted([Act::HangUp]);
        let client = probe(&settings).dialer(dialer).start().expect("started");
        let _ = client.watch().until(|state| state == State::Suspended).await;
        log.dials()
    })
}

/// How long it rests.
fn rest(settings: Box<Patch>) -> Seen {
    Box::pin(async move {
        let (dialer, log) = scripted([Act::HangUp]);
        let client = probe(&settings).dialer(dialer).start().expect("started");
        client.watch().until(|state| state == State::Suspended).await.expect("it rests");
        let (before, since) = (log.dials(), Instant::now());
        while log.dials() == before {
            pass(std::time::Duration::from_millis(100)).await;
        }
        millis(since.elapsed())
    })
}
