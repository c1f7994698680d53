//! The settings' promises: layers, bounds, refusals, and the numbers of the four profiles.

use std::time::Duration;

use proptest::prelude::*;

use super::{
    profile::{Financial, Lightweight, Messaging, Standard},
    *,
};
use crate::Error;

fn refused(key: &str, text: &str) -> String {
    let patch = match Patch::new().set(key, text) {
        Ok(patch) => patch,
        Err(error) => return error.to_string(),
    };
    Config::resolve(&[(Layer::Builder, patch)], &Bounds::new()).expect_err("it should be refused").to_string()
}

#[test]
fn r086_impossible_settings_are_refused_by_their_name() {
    let cases = [
        ("reconnect.initial_delay", "0s"),
        ("reconnect.initial_delay", "2m"),
        ("reconnect.initial_delay", "-1s"),
        ("reconnect.max_delay", "0s"),
        ("reconnect.max_delay", "9000h"),
        ("reconnect.jitter", "1.5"),
        ("reconnect.jitter", "-0.1"),
        ("reconnect.jitter", "NaN"),
        ("reconnect.max_attempts", "4294967296"),
        ("connection.timeout", "0ms"),
        ("connection.request_timeout", "0ms"),
        ("connection.close_timeout", "0ms"),
        ("connection.max_frame", "0"),
        ("connection.max_frame", "32MiB"),
        ("connection.max_message", "0"),
        ("connection.send", "queue(0, 1MiB, 1s)"),
        ("heartbeat.interval", "0s"),
        ("heartbeat.timeout", "0s"),
        ("heartbeat.timeout", "5m"),
        ("heartbeat.missed", "0"),
        ("rate_limit.capacity", "0"),
        ("rate_limit.capacity", "10"),
        ("rate_limit.refill", "0/s"),
        ("rate_limit.limit", "5/0s"),
        ("rate_limit.safety", "0"),
        ("rate_limit.safety", "1.1"),
        ("backpressure.buffer", "0"),
        ("backpressure.bytes", "0"),
        ("backpressure.warning", "0.95"),
        ("backpressure.warning", "2"),
        ("backpressure.throttle", "inf"),
        ("auth.refresh_at", "0"),
        ("auth.refresh_at", "1"),
        ("auth.timeout", "0s"),
        ("breaker.failures", "0"),
        ("breaker.window", "0s"),
        ("breaker.cooldown", "0s"),
        ("subscriptions.chunk", "0"),
        ("subscriptions.ack_timeout", "0s"),
        ("subscriptions.stale_after", "0s"),
    ];
    for (key, text) in cases {
        let error = refused(key, text);
        assert!(error.starts_with(&format!("`{key}` was refused: ")), "{key} = {text}: {error}");
    }
    assert_eq!(
        refused("reconnect.jitter", "1.5"),
        "`reconnect.jitter` was refused: it must lie between 0 and 1 (it is 1.5, by the layer: builder)"
    );
    assert_eq!(
        refused("heartbeat.interval", "1s"),
        "`heartbeat.timeout` was refused: it must be below ten times heartbeat.interval \
         (it is 10s, by the layer: default; heartbeat.interval is 1s, by the layer: builder)"
    );
}

#[test]
fn r086_not_a_number_is_refused_in_code_too() {
    let patch = Patch::new().reconnect(patch::Reconnect::new().jitter(f64::NAN));
    let error = Config::resolve(&[(Layer::Builder, patch)], &Bounds::new()).unwrap_err();
    assert!(matches!(error, Error::Config { field, .. } if field == "reconnect.jitter"));
}

#[test]
fn a_misspelt_key_or_value_is_answered_with_the_nearest() {
    let error = Patch::new().set("reconect.max_delay", "10s").unwrap_err().to_string();
    assert!(error.contains("did you mean `reconnect.max_delay`?"), "{error}");
    let error = Patch::new().set("backpressure.overflow", "drop_odl").unwrap_err().to_string();
    assert!(error.contains("did you mean \"drop_old\"?"), "{error}");
    let error = Config::default().explain("heartbeat.intervall").unwrap_err().to_string();
    assert!(error.contains("`heartbeat.interval`"), "{error}");
}

#[test]
fn the_upper_layer_wins_whatever_the_order_they_are_given_in() {
    let delay = |text| Patch::new().set("reconnect.max_delay", text).unwrap();
    let layers = [
        (Layer::Runtime, delay("8s")),
        (Layer::Builder, delay("7s")),
        (Layer::Provider, delay("6s")),
        (Layer::Attribute, delay("5s")),
        (Layer::Strategy, delay("4s")),
        (Layer::Profile, delay("3s")),
        (Layer::Platform, delay("2s")),
    ];
    for top in 0..layers.len() {
        let config = Config::resolve(&layers[top..], &Bounds::new()).unwrap();
        let explained = config.explain("reconnect.max_delay").unwrap();
        assert_eq!(explained.layer, layers[top].0);
        assert_eq!(explained.value, format!("{}s", 8 - top));
    }
    assert_eq!(Config::default().explain("reconnect.max_delay").unwrap().layer, Layer::Default);
}

#[test]
fn a_bound_changes_only_what_goes_beyond_it_and_says_so() {
    let bounds = Bounds::new()
        .heartbeat(Duration::from_secs(20))
        .chunk(10)
        .inbound(20 * 1024 * 1024)
        .refill(Rate::per_second(5))
        .limit(Rate::new(120, Duration::from_secs(60)));
    let ask = |pairs: &[(&str, &str)]| {
        let patch = pairs.iter().fold(Patch::new(), |patch, (key, text)| patch.set(key, text).unwrap());
        Config::resolve(&[(Layer::Attribute, patch)], &bounds).unwrap()
    };
    let beyond = ask(&[("heartbeat.interval", "off"), ("rate_limit.limit", "61/30s"), ("rate_limit.refill", "6/s")]);
    assert_eq!(beyond.heartbeat.interval, Some(Duration::from_secs(20)));
    assert_eq!(
        beyond.explain("heartbeat.interval").unwrap().to_string(),
        "heartbeat.interval = 20s (attribute asked for off; the venue wants a heartbeat at least this often)"
    );
    assert_eq!(beyond.rate_limit.limit.unwrap().count, 120);
    assert_eq!(beyond.rate_limit.refill, Some(Rate::per_second(5)));
    assert_eq!(beyond.subscriptions.chunk, 10);
    assert_eq!(beyond.connection.max_message, 20 * 1024 * 1024);
    assert!(beyond.explain("connection.max_frame").unwrap().bound.is_some());

    let within = ask(&[
        ("heartbeat.interval", "5s"),
        ("rate_limit.limit", "60/30s"),
        ("rate_limit.refill", "4/s"),
        ("subscriptions.chunk", "10"),
    ]);
    for key in ["heartbeat.interval", "rate_limit.limit", "rate_limit.refill", "subscriptions.chunk"] {
        assert_eq!(within.explain(key).unwrap().bound, None, "{key}");
    }
}

#[test]
fn a_short_demanded_heartbeat_shortens_its_answer_too() {
    let config = Config::resolve(&[], &Bounds::new().heartbeat(Duration::from_secs(1))).unwrap();
    assert_eq!(config.heartbeat.timeout, Duration::from_secs(1));
}

/// The table of the specification, column by column.
#[test]
fn profiles_have_the_numbers_of_the_specification() {
    const KEYS: [&str; 15] = [
        "reconnect.backoff",
        "reconnect.jitter",
        "reconnect.max_attempts",
        "reconnect.initial_delay",
        "reconnect.max_delay",
        "connection.timeout",
        "heartbeat.interval",
        "heartbeat.timeout",
        "telemetry.level",
        "telemetry.connection",
        "telemetry.message",
        "telemetry.error",
        "cluster.enabled",
        "connection.send",
        "heartbeat.missed",
    ];
    let table = [
        (
            Financial::NAME,
            Financial::PATCH,
            "exponential 0.25 unlimited 100ms 30s 5s 15s 5s detailed true true true true fail_fast 1",
        ),
        (Standard::NAME, Standard::PATCH, "linear 0 10 1s 1m 10s 30s 10s standard true false true false wait 1"),
        (
            Lightweight::NAME,
            Lightweight::PATCH,
            "simple 0 3 2s 10s 15s 1m 15s minimal true false true false fail_fast 1",
        ),
        (Messaging::NAME, Messaging::PATCH, "exponential 0 20 1s 30s 8s 45s 10s standard true true true true queue 1"),
    ];
    for (name, patch, expected) in table {
        let config = Config::resolve(&[(Layer::Profile, patch)], &Bounds::new()).unwrap();
        let found: Vec<String> = KEYS.iter().map(|key| config.explain(key).unwrap().value).collect();
        assert_eq!(found.join(" "), expected, "{name}");
    }
    assert_eq!(Financial::PATCH.cluster.strategy, Some(Placement::GeoAware));
    assert_eq!(Messaging::PATCH.cluster.strategy, Some(Placement::ConsistentHash));
    assert_eq!(
        SendPolicy::QUEUE,
        SendPolicy::Queue { items: 1_024, bytes: 4 * 1024 * 1024, ttl: Duration::from_secs(30) }
    );
}

#[test]
fn only_financial_comes_back_after_a_normal_close_and_shares_its_limits() {
    let table = [
        (Financial::TRAITS, (true, true, true)),
        (Standard::TRAITS, (false, false, false)),
        (Lightweight::TRAITS, (false, false, false)),
        (Messaging::TRAITS, (false, false, false)),
    ];
    for (t, expected) in table {
        let found = (t.after_normal_close, t.shared_limits, t.detailed_errors);
        assert_eq!(found, expected);
    }
}

#[test]
fn no_profile_is_standard() {
    let plain = Config::default();
    let standard = Config::resolve(&[(Layer::Profile, Standard::PATCH)], &Bounds::new()).unwrap();
    assert_eq!(plain.as_patch(), standard.as_patch());
}

#[test]
fn defaults_keep_the_promises() {
    let expected = [
        ("connection.request_timeout", "10s"),
        ("connection.close_timeout", "5s"),
        ("connection.max_frame", "4MiB"),
        ("connection.max_message", "16MiB"),
        ("rate_limit.capacity", "off"),
        ("rate_limit.refill", "off"),
        ("rate_limit.limit", "off"),
        ("backpressure.buffer", "10000"),
        ("backpressure.bytes", "32MiB"),
        ("backpressure.overflow", "drop_old"),
        ("backpressure.warning", "0.8"),
        ("backpressure.throttle", "0.9"),
        ("auth.timeout", "10s"),
        ("subscriptions.ack_timeout", "10s"),
        ("subscriptions.stale_after", "off"),
    ];
    for (key, text) in expected {
        assert_eq!(Config::default().explain(key).unwrap().value, text, "{key}");
    }
}

#[test]
fn every_default_can_be_written_back() {
    let mut patch = Patch::new();
    for key in Config::keys() {
        patch = patch.set(key, &Config::default().explain(key).unwrap().value).unwrap();
    }
    assert_eq!(patch, Config::default().as_patch());
}

#[test]
fn send_policies_are_read_as_they_are_printed() {
    for text in ["fail_fast", "wait", "queue", "queue(64, 1MiB, 10s)"] {
        assert_eq!(text.parse::<SendPolicy>().unwrap().to_string(), text);
    }
    for text in ["queue()", "queue(1, 2)", "queue(1, 2, 3s, 4)", "quue", ""] {
        assert!(text.parse::<SendPolicy>().is_err(), "{text}");
    }
}

proptest! {
    #[test]
    fn no_text_makes_a_setting_panic(key in 0..Config::keys().len(), text in ".{0,16}", nearly in "[0-9]{0,21}[a-zA-Z/]{0,4}") {
        for text in [text, nearly] {
            if let Ok(patch) = Patch::new().set(Config::keys()[key], &text) {
                let _ = Config::resolve(&[(Layer::Provider, patch)], &Bounds::new());
            }
        }
    }
}
