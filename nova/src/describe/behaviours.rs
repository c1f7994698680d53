//! The table of behaviours and callbacks, each with what it does where no client overrides it.
//!
//! Where that depends on the client it is made of [`Facts`]; what is the same for every client is a text, and stands in the page of
//! behaviours, too. A test compares the names with the traits and the texts with the page.

use super::{Behaviour, Callback, facts::Facts};

/// What an inherited callback does.
enum Told {
    /// The same for every client.
    Always(&'static str),
    /// With this client's numbers.
    Here(fn(&Facts<'_>) -> String),
}

use Told::{Always, Here};

type Table = &'static [(&'static str, &'static [(&'static str, Told)])];

const TABLE: Table = &[
    (
        "ConnectionHandler",
        &[
            ("init", Always("nothing")),
            ("handle_connect", Always("nothing; the engine logs in, prepares and restores by itself")),
            ("handle_disconnect", Always("nothing; the engine comes back by itself")),
            ("handle_frame", Always("Flow::Continue")),
            ("handle_state", Always("nothing; watch, history and events tell of steps anyway")),
        ],
    ),
    (
        "MessageHandler",
        &[
            ("handle_message", Here(message)),
            ("validate_message", Always("every message that decoded is valid")),
            ("message_type", Always("\"message\"")),
            ("encode_message", Always("text and bytes as they are, JSON through Codec::encode_json")),
        ],
    ),
    (
        "SubscriptionHandler",
        &[
            ("subscribe", Here(|facts| asks(facts, &facts.made.platform.subscribe))),
            ("unsubscribe", Here(|facts| asks(facts, &facts.made.platform.unsubscribe))),
            ("handle_subscription_response", Always("nothing")),
            ("handle_gap", Always("after a hole in the venue's numbers Resync::Resubscribe; otherwise Resync::Accept")),
        ],
    ),
    (
        "AuthHandler",
        &[
            ("generate_auth_data", Here(login)),
            ("handle_auth_response", Always("takes the venue's word")),
            (
                "needs_reauthentication",
                Here(|facts| format!("yes, after {} of the token's life", facts.told(&[("", "auth.refresh_at")]))),
            ),
        ],
    ),
    (
        "ErrorHandler",
        &[
            ("handle_error", Here(errors)),
            ("classify", Always("Platform::close_class for a close code it knows, else Error::class")),
            ("should_reconnect", Here(reconnect)),
            ("log_error", Here(log)),
        ],
    ),
    (
        "HeartbeatHandler",
        &[
            ("interval", Here(|facts| facts.told(&[("", "heartbeat.interval")]))),
            ("heartbeat", Here(heartbeat)),
            ("handle_heartbeat", Always("nothing")),
        ],
    ),
    (
        "RateLimitHandler",
        &[
            ("check_rate_limit", Here(limit)),
            ("cost", Always("what the message says itself (Outgoing::cost), else Platform::cost")),
            ("handle_limited", Always("nothing; it was held back or refused already")),
        ],
    ),
    (
        "BackpressureHandler",
        &[
            ("handle_pressure", Always("nothing; what was dropped is told in-band, as Item::Dropped")),
            ("overflow", Here(overflow)),
            ("conflation_key", Always("the channel")),
        ],
    ),
    (
        "ClusterAware",
        &[
            ("handle_node_transition", Always("nothing")),
            ("handle_cluster_update", Always("nothing")),
            ("prepare_state_sync", Always("the wanted topics")),
        ],
    ),
];

/// The behaviours of a client.
pub(super) fn told(facts: &Facts<'_>) -> Vec<Behaviour> {
    let callbacks = |callbacks: &[(&'static str, Told)]| {
        let told = callbacks.iter().map(|(name, told)| {
            let inherited = match told {
                Always(text) => (*text).to_owned(),
                Here(text) => text(facts),
            };
            Callback { name, inherited }
        });
        told.collect()
    };
    let behaviours = TABLE.iter().map(|(name, table)| {
        let overridden = facts.made.overrides.contains(name);
        Behaviour { name, overridden, callbacks: callbacks(table) }
    });
    behaviours.collect()
}

fn message(facts: &Facts<'_>) -> String {
    let (name, decisions) = facts.made.strategy;
    let echo = if decisions.echo { format!("; the engine sends each back (strategy {name})") } else { String::new() };
    format!("delivers to next(){echo}")
}

fn asks(facts: &Facts<'_>, message: &str) -> String {
    format!(
        "asks {}: {message}; {}",
        facts.made.platform.name,
        facts.told(&[("topics in one request at most ", "subscriptions.chunk")])
    )
}

fn login(facts: &Facts<'_>) -> String {
    let platform = &facts.made.platform;
    let within = facts.told(&[("answered within ", "auth.timeout")]);
    format!("where credentials are given asks {}: {}; {within}", platform.name, platform.login)
}

fn reconnect(facts: &Facts<'_>) -> String {
    let when = facts.told(&[
        ("", "reconnect.backoff"),
        (" ", "reconnect.initial_delay"),
        (" … ", "reconnect.max_delay"),
        (", attempts ", "reconnect.max_attempts"),
        (", jitter ", "reconnect.jitter"),
    ]);
    format!("{}; {when}", facts.decisions())
}

fn errors(facts: &Facts<'_>) -> String {
    match &facts.intolerable()[..] {
        [] => "goes on".to_owned(),
        ends => format!("goes on, unless the error is {} ({})", ends.join(" or "), facts.made.strategy.0),
    }
}

fn log(facts: &Facts<'_>) -> String {
    let (name, decisions) = facts.made.strategy;
    if decisions.warns {
        return format!("one line at warn, target nova::error (strategy {name})");
    }
    let switch = facts.told(&[("telemetry.error ", "telemetry.error")]);
    if facts.config.telemetry.error {
        format!("one line at warn, target nova::error; {switch}")
    } else {
        format!("nothing; {switch}")
    }
}

fn heartbeat(facts: &Facts<'_>) -> String {
    let patience = facts.told(&[("answered within ", "heartbeat.timeout"), (", missed at most ", "heartbeat.missed")]);
    format!("asks {}: {}; {patience}", facts.made.platform.name, facts.made.platform.heartbeat)
}

fn limit(facts: &Facts<'_>) -> String {
    const OWN: [(&str, &str); 2] = [("refill ", "rate_limit.refill"), (", limit ", "rate_limit.limit")];
    let mut limits: Vec<_> = facts.made.platform.pools.iter().map(ToString::to_string).collect();
    if !limits.is_empty() {
        limits = vec![format!("{} (platform {})", limits.join("; "), facts.made.platform.name)];
    }
    if facts.any(&OWN) {
        limits.push(facts.told(&OWN));
    }
    if limits.is_empty() {
        return "Admission::Allow, for there is no limit".to_owned();
    }
    format!("{} what is over {}", facts.told(&[("", "rate_limit.mode")]), limits.join("; "))
}

fn overflow(facts: &Facts<'_>) -> String {
    facts.told(&[
        ("", "backpressure.overflow"),
        (" beyond ", "backpressure.buffer"),
        (" messages or ", "backpressure.bytes"),
    ])
}
