//! The built-in names: what a string in an attribute may say and which item of `nova` it stands for.
//!
//! Plain data without imports, so that the test which builds a client for every name reads this very file. Adding a platform
//! is one line here.

/// One kind of name: how messages call it, the module of `nova` its items live in, and the names themselves.
#[derive(Clone, Copy)]
pub(crate) struct Names {
    pub(crate) noun: &'static str,
    pub(crate) module: &'static str,
    /// What is written, and the item it stands for.
    pub(crate) items: &'static [(&'static str, &'static str)],
}

/// A key whose value a client uses: how it is called, the trait it implements, what is built in, and the options those take, each
/// the item's own builder method of one string.
pub(crate) struct Service {
    pub(crate) key: &'static str,
    pub(crate) bound: &'static str,
    pub(crate) names: Names,
    /// Of each built-in that takes any.
    pub(crate) options: &'static [(&'static str, &'static [&'static str])],
}

pub(crate) const PLATFORMS: Names = Names {
    noun: "platform",
    module: "platform",
    items: &[
        ("deribit", "Deribit"),
        ("bybit", "Bybit"),
        ("slack", "Slack"),
        ("discord", "Discord"),
        ("ethereum", "Ethereum"),
        ("jsonrpc", "JsonRpc"),
        ("echo", "Echo"),
    ],
};

pub(crate) const PROFILES: Names = Names {
    noun: "profile",
    module: "profile",
    items: &[
        ("financial", "Financial"),
        ("standard", "Standard"),
        ("lightweight", "Lightweight"),
        ("messaging", "Messaging"),
    ],
};

pub(crate) const STRATEGIES: Names = Names {
    noun: "strategy",
    module: "strategy",
    items: &[
        ("always_reconnect", "AlwaysReconnect"),
        ("fail_fast", "FailFast"),
        ("log_and_continue", "LogAndContinue"),
        ("echo", "Echo"),
    ],
};

pub(crate) const CODECS: Names = Names { noun: "codec", module: "codec", items: &[("json", "Json")] };

pub(crate) const CODEC: Service = Service { key: "codec", bound: "Codec", names: CODECS, options: &[] };

/// The services that are called through their trait alone, in the order in which they are written. The codec is a type of the client.
pub(crate) const SERVICES: &[Service] = &[
    Service {
        key: "config",
        bound: "ConfigProvider",
        names: Names {
            noun: "config provider",
            module: "provider",
            items: &[("environment", "Environment"), ("file", "File")],
        },
        options: &[("environment", &["prefix"]), ("file", &["path"])],
    },
    Service {
        key: "secrets",
        bound: "SecretsManager",
        names: Names { noun: "secrets manager", module: "secrets", items: &[("environment", "Environment")] },
        options: &[("environment", &["prefix"])],
    },
    Service {
        key: "metrics",
        bound: "MetricsCollector",
        names: Names { noun: "metrics collector", module: "metrics", items: &[("counters", "Counters")] },
        options: &[],
    },
    Service {
        key: "cluster",
        bound: "ClusterEngine",
        names: Names { noun: "cluster engine", module: "cluster", items: &[("local", "Local")] },
        options: &[],
    },
];

/// The methods of `nova::Handle`: one of a trait that has the same name is never called in silence.
pub(crate) const HANDLE: &[&str] = &[
    "call",
    "request",
    "batch",
    "send",
    "send_value",
    "next",
    "items",
    "limiter",
    "state",
    "watch",
    "events",
    "events_of",
    "latency",
    "metrics",
    "history",
    "trace",
    "config",
    "configure",
    "plan",
    "describe",
    "wait_ready",
    "reconnect_now",
    "reset_breaker",
    "close",
    "close_with",
    "abort",
    "pause",
    "resume",
    "deliver",
    "announce",
    "presence",
    "is_paused",
    "subscribe",
    "subscribe_many",
    "resubscribe",
    "unsubscribe",
    "stream",
    "topics",
    "wanted",
    "export",
];

/// The behaviour traits, in the order in which their impls are written.
pub(crate) const BEHAVIOURS: &[&str] = &[
    "ConnectionHandler",
    "MessageHandler",
    "SubscriptionHandler",
    "AuthHandler",
    "ErrorHandler",
    "HeartbeatHandler",
    "RateLimitHandler",
    "BackpressureHandler",
    "ClusterAware",
];
