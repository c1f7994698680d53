//! The settings groups: one table of groups, keys and kinds, and its application to what was written.
//!
//! Whatever a literal alone can show to be wrong is refused here, at the token. What needs the values of the other layers is
//! checked by the runtime when it has merged them.

mod expand;
mod literal;
pub(crate) mod units;

use crate::{
    client::parse::{Entry, Given},
    diag::{Diagnostics, one_of, unknown},
};
pub(crate) use expand::{changes, duration, group as patch_of, keys};
pub(crate) use literal::{Value, describe};
use proc_macro2::{Ident, Span};
use std::collections::HashSet;

/// `reconnect`, and the item of `nova::patch` that it stands for.
pub(crate) struct Group {
    pub(crate) name: &'static str,
    pub(crate) item: &'static str,
    pub(crate) keys: &'static [Key],
}

/// One key: its name, what it takes, and whether that may be `"off"`.
pub(crate) struct Key {
    pub(crate) name: &'static str,
    pub(crate) kind: Kind,
    pub(crate) optional: bool,
}

/// What a key takes.
#[derive(Clone, Copy)]
pub(crate) enum Kind {
    /// One of a few words: the enum of `nova`, and each word with its item there.
    Choice(&'static str, &'static [(&'static str, &'static str)]),
    /// A whole number, or `"unlimited"`.
    Attempts,
    /// One of a few words, or a queue with bounds: `"queue(64, 1MiB, 10s)"`.
    SendPolicy,
    /// Longer than nothing.
    Duration,
    /// A number from 0 to 1, the ends included or not.
    Fraction(Ends),
    /// A whole number from this one.
    Count(u32),
    /// A size from 1 byte.
    Bytes,
    /// So many in so long.
    Rate,
    Flag,
}

/// Which ends of the range from 0 to 1 belong to it.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Ends {
    Both,
    One,
    Neither,
}

const fn key(name: &'static str, kind: Kind) -> Key {
    Key { name, kind, optional: false }
}

const fn optional(name: &'static str, kind: Kind) -> Key {
    Key { name, kind, optional: true }
}

pub(crate) const GROUPS: &[Group] = &[
    Group {
        name: "reconnect",
        item: "Reconnect",
        keys: &[
            key("backoff", Kind::Choice("Backoff", BACKOFFS)),
            key("max_attempts", Kind::Attempts),
            key("initial_delay", Kind::Duration),
            key("max_delay", Kind::Duration),
            key("jitter", Kind::Fraction(Ends::Both)),
        ],
    },
    Group {
        name: "connection",
        item: "Connection",
        keys: &[
            key("timeout", Kind::Duration),
            key("request_timeout", Kind::Duration),
            key("close_timeout", Kind::Duration),
            key("max_frame", Kind::Bytes),
            key("max_message", Kind::Bytes),
            key("send", Kind::SendPolicy),
        ],
    },
    Group {
        name: "heartbeat",
        item: "Heartbeat",
        keys: &[optional("interval", Kind::Duration), key("timeout", Kind::Duration), key("missed", Kind::Count(1))],
    },
    Group {
        name: "rate_limit",
        item: "RateLimit",
        keys: &[
            optional("capacity", Kind::Count(1)),
            optional("refill", Kind::Rate),
            optional("limit", Kind::Rate),
            key("mode", Kind::Choice("LimitMode", LIMIT_MODES)),
            key("safety", Kind::Fraction(Ends::One)),
        ],
    },
    Group {
        name: "backpressure",
        item: "Backpressure",
        keys: &[
            key("buffer", Kind::Count(1)),
            key("bytes", Kind::Bytes),
            key("overflow", Kind::Choice("Overflow", OVERFLOWS)),
            key("warning", Kind::Fraction(Ends::Both)),
            key("throttle", Kind::Fraction(Ends::Both)),
        ],
    },
    Group {
        name: "telemetry",
        item: "Telemetry",
        keys: &[
            key("level", Kind::Choice("TelemetryLevel", LEVELS)),
            key("connection", Kind::Flag),
            key("message", Kind::Flag),
            key("error", Kind::Flag),
            key("reconnection", Kind::Flag),
        ],
    },
    Group {
        name: "auth",
        item: "Auth",
        keys: &[key("refresh_at", Kind::Fraction(Ends::Neither)), key("timeout", Kind::Duration)],
    },
    Group {
        name: "breaker",
        item: "Breaker",
        keys: &[
            optional("failures", Kind::Count(1)),
            key("window", Kind::Duration),
            key("cooldown", Kind::Duration),
            key("panics", Kind::Choice("OnPanics", ON_PANICS)),
        ],
    },
    Group {
        name: "subscriptions",
        item: "Subscriptions",
        keys: &[
            key("chunk", Kind::Count(1)),
            key("ack_timeout", Kind::Duration),
            optional("stale_after", Kind::Duration),
            key("retries", Kind::Count(0)),
        ],
    },
    Group {
        name: "cluster",
        item: "Cluster",
        keys: &[key("strategy", Kind::Choice("Placement", PLACEMENTS)), key("enabled", Kind::Flag)],
    },
];

/// What a profile is beside its settings: no group of `Patch`, and written like one.
pub(crate) const TRAITS: Group = Group {
    name: "traits",
    item: "Traits",
    keys: &[
        key("after_normal_close", Kind::Flag),
        key("shared_limits", Kind::Flag),
        key("detailed_errors", Kind::Flag),
    ],
};

type Words = &'static [(&'static str, &'static str)];

const BACKOFFS: Words = &[("exponential", "Exponential"), ("linear", "Linear"), ("simple", "Simple")];
const SEND_POLICIES: Words = &[("fail_fast", "FailFast"), ("wait", "Wait"), ("queue", "QUEUE")];
const LIMIT_MODES: Words = &[("allow", "Allow"), ("queue", "Queue"), ("reject", "Reject")];
const OVERFLOWS: Words =
    &[("drop_old", "DropOld"), ("drop_new", "DropNew"), ("block", "Block"), ("conflate", "Conflate")];
const ON_PANICS: Words = &[("continue", "Continue"), ("reconnect", "Reconnect"), ("stop", "Stop")];
const LEVELS: Words = &[("minimal", "Minimal"), ("standard", "Standard"), ("detailed", "Detailed")];
const PLACEMENTS: Words = &[("geo_aware", "GeoAware"), ("consistent_hash", "ConsistentHash")];

/// Two keys of one group whose values must fit each other: group, key, other key, whether they do, and what must hold.
type Pair = (&'static str, &'static str, &'static str, fn(f64, f64) -> bool, &'static str);

const PAIRS: &[Pair] = &[
    ("reconnect", "initial_delay", "max_delay", |first, most| first <= most, "must not be longer than `max_delay`"),
    ("connection", "max_frame", "max_message", |frame, message| frame <= message, "must not exceed `max_message`"),
    ("heartbeat", "timeout", "interval", |wait, every| wait < 10.0 * every, "must be shorter than 10 × `interval`"),
    ("backpressure", "warning", "throttle", |warning, throttle| warning <= throttle, "must not exceed `throttle`"),
];

/// One group as written, checked: the keys in the order in which they stand.
pub(crate) struct Settings {
    pub(crate) group: &'static Group,
    pub(crate) values: Vec<Setting>,
}

pub(crate) struct Setting {
    pub(crate) key: &'static Key,
    /// Of the value: where a type error in a path of the user's belongs.
    pub(crate) span: Span,
    pub(crate) value: Value,
}

/// The group of this name.
pub(crate) fn group(name: &Ident) -> Option<&'static Group> {
    GROUPS.iter().find(|group| name == group.name)
}

/// The groups that have such a key: advice for a key in the wrong place.
pub(crate) fn homes(key: &Ident) -> Option<String> {
    let homes: Vec<_> = GROUPS
        .iter()
        .filter(|group| group.keys.iter().any(|known| key == known.name))
        .map(|group| format!("{}({key} = ..)", group.name))
        .collect();
    let homes: Vec<_> = homes.iter().map(String::as_str).collect();
    (!homes.is_empty()).then(|| one_of(&homes))
}

impl Settings {
    /// Checks what stands in the parentheses of `group`.
    pub(crate) fn check(group: &'static Group, entries: Vec<Entry>, diag: &mut Diagnostics) -> Self {
        let mut seen = HashSet::new();
        let mut values = Vec::new();
        for Entry { name, given } in entries {
            let Some(key) = group.keys.iter().find(|key| name == key.name) else {
                diag.at(name.span(), misplaced(group, &name));
                continue;
            };
            if !seen.insert(key.name) {
                diag.at(name.span(), format!("`{name}` is given twice in `{}(..)`", group.name));
                continue;
            }
            let read = match given {
                Given::Unreadable => continue,
                Given::Literal(literal) => key.read(&literal),
                Given::Expr(expr) => key.pass(expr),
                Given::Nothing | Given::List(_) | Given::Type(_) => {
                    Err(syn::Error::new(name.span(), format!("`{name}` takes a value: {}", key.expected())))
                }
            };
            match read {
                Ok((value, span)) => values.push(Setting { key, span, value }),
                Err(error) => diag.push(error),
            }
        }
        let settings = Self { group, values };
        settings.check_pairs(diag);
        settings
    }

    fn check_pairs(&self, diag: &mut Diagnostics) {
        let find = |key: &str| self.values.iter().find(|setting| setting.key.name == key);
        for (group, left, right, fits, rule) in PAIRS {
            if *group != self.group.name {
                continue;
            }
            if let (Some(left), Some(right)) = (find(left), find(right))
                && let (Some(a), Some(b)) = (left.value.measure(), right.value.measure())
                && !fits(a, b)
            {
                diag.at(left.span, format!("`{}` {rule}", left.key.name));
            }
        }
    }
}

fn misplaced(group: &Group, name: &Ident) -> String {
    let keys: Vec<_> = group.keys.iter().map(|key| key.name).collect();
    let here = unknown(&format!("`{}` key", group.name), &name.to_string(), &keys, "");
    match homes(name) {
        Some(homes) => format!("{here}; it is a key of {homes}"),
        None => here,
    }
}
