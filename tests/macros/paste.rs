//! The expansion, pasted in place of the macro, is the same client, message or trait.
//!
//! What is pasted are the macro's own snapshots, so that they cannot drift from what compiles.

use nova::Client;
use std::{any::type_name, fmt::Debug};

/// A snapshot with what it names, and beside it, in `written`, the attribute that it came from.
macro_rules! pasted {
    ($module:ident, $snapshot:literal, $client:ty = $same:ty, { $($names:item)* }, { $($written:item)* }) => {
        pasted!($module, $snapshot, { $($names)* }, { $($written)* }, {
            #[test]
            fn the_expansion_pasted_back_is_the_same_client() {
                super::same::<$client, $same>();
            }
        });
    };
    ($module:ident, $snapshot:literal, { $($names:item)* }, { $($written:item)* }, { $($tests:item)* }) => {
        #[allow(
            dead_code,
            unreachable_pub,
            clippy::collapsible_match,
            clippy::single_match,
            clippy::duration_suboptimal_units,
            clippy::unreadable_literal,
            reason = "code as the macro writes it"
        )]
        mod $module {
            $($names)*
            include!(concat!("../../nova-macros/src/snapshots/", $snapshot));

            mod written {
                $($written)*
            }

            $($tests)*
        }
    };
}

pasted!(unit, "unit.rs", Desk = written::Desk, {}, {
    #[nova::client(platform = "deribit", profile = "financial")]
    pub(super) struct Desk;
});

pasted!(
    generic,
    "generic.rs",
    Book<()> = written::Book<()>,
    {
        pub trait Sink {}
        impl Sink for () {}

        #[derive(Default)]
        pub struct Exchange;
        impl nova::PlatformSpec for Exchange {
            type Codec = nova::codec::Json;
            const SPEC: nova::platform::Spec = nova::platform::Spec::new("exchange", "wss://exchange.test");
        }
        impl nova::Platform for Exchange {
            type State = ();
        }

        pub struct Feed<const N: usize>;
        impl<const N: usize> nova::Message for Feed<N> {
            fn decode<C: nova::Codec>(_: &nova::Envelope<'_>, _: &C) -> nova::Result<Self> {
                Ok(Self)
            }
        }

        impl<S: Sink + Send + 'static, const N: usize> nova::MessageHandler for Book<S, N> {}
    },
    {
        use super::{Exchange, Feed, Sink};

        #[nova::client(platform = Exchange, message = Feed<N>, codec = "json", overrides(MessageHandler))]
        pub(super) struct Book<S, const N: usize = 8>
        where
            S: Sink + Send + 'static,
        {
            sink: S,
            last: [f64; N],
        }

        impl<S: Sink + Send + 'static, const N: usize> nova::MessageHandler for Book<S, N> {}
    }
);

pasted!(
    settings,
    "settings.rs",
    Desk = written::Desk,
    {
        use nova::Raw as Feed;
        const EVERY: Option<std::time::Duration> = Some(std::time::Duration::from_secs(20));

        impl nova::ErrorHandler for Desk {}
        impl nova::MessageHandler for Desk {}
    },
    {
        use super::{EVERY, Feed};

        #[nova::client(
            platform = "deribit",
            profile = "financial",
            strategy = "always_reconnect",
            message = Feed,
            cluster = "local",
            reconnect(backoff = "exponential", max_attempts = 50, max_delay = "10s", jitter = 0.5),
            connection(max_frame = "4MiB", request_timeout = "1500ms", send = "queue"),
            heartbeat(interval = EVERY, timeout = "5s", missed = 2),
            rate_limit(capacity = 100, refill = "10/s", limit = "120/60s", mode = "queue", safety = 0.9),
            backpressure(buffer = 1000, bytes = 1048576, overflow = "drop_old"),
            telemetry(level = "detailed", message = false),
            breaker(failures = "off", cooldown = "1h"),
            subscriptions(chunk = 50, stale_after = "5m", retries = 0),
            cluster(strategy = "geo_aware", enabled = true),
            overrides(ErrorHandler, MessageHandler),
        )]
        pub(super) struct Desk {
            failures: u32,
            last: f64,
        }

        impl nova::ErrorHandler for Desk {}
        impl nova::MessageHandler for Desk {}
    }
);

pasted!(
    services,
    "services.rs",
    Desk = written::Desk,
    {
        type Packed = nova::codec::Json;
        type Vault = nova::secrets::Environment;
        type Ticks = nova::metrics::Counters;
        type Mesh = nova::cluster::Local;
    },
    {
        use super::{Mesh, Packed, Ticks, Vault};

        #[nova::client(
            platform = "echo",
            codec(Packed, builder),
            config("environment", prefix = "DESK"),
            secrets(Vault, builder),
            metrics = Ticks,
            cluster(Mesh, builder),
            cluster(enabled = true),
        )]
        pub(super) struct Desk;
    }
);

/// Both decode alike, whatever the channel and the payload.
fn decode_alike<Pasted: nova::Message + Debug, Written: nova::Message + Debug>(messages: &[(&str, &str)]) {
    for (channel, data) in messages {
        let frame = nova::Frame::text(*data);
        let text = frame.as_text().expect("text");
        let envelope = nova::Envelope::known(&frame, text, (*channel).into(), 0);
        let pasted = Pasted::decode(&envelope, &nova::codec::Json).map_err(|error| error.to_string());
        let written = Written::decode(&envelope, &nova::codec::Json).map_err(|error| error.to_string());
        assert_eq!(format!("{pasted:?}"), format!("{written:?}"), "{channel} {data}");
    }
}

pasted!(
    channels,
    "message_channels.rs",
    {
        use nova::{Raw, Text};
        pub type Ticker = f64;

        #[derive(Debug, nova::Message)]
        pub struct Event(u8);

        #[derive(Debug)]
        enum Feed {
            Bitcoin(Ticker),
            Ticker(Ticker),
            Book { instrument: Text, depth: String, data: Vec<f64> },
            Trades { data: Vec<f64> },
            Heartbeat,
            User { kind: String, event: Event },
            Other(Raw),
        }
    },
    {
        use super::{Event, Raw, Text, Ticker};

        #[derive(Debug, nova::Message)]
        pub(super) enum Feed {
            #[nova(channel = "ticker.BTC.raw")]
            Bitcoin(Ticker),
            #[nova(channel = "ticker.*")]
            Ticker(Ticker),
            #[nova(channel = "book.{instrument}.{depth}")]
            Book { instrument: Text, depth: String, data: Vec<f64> },
            #[nova(channel = "trades.*.raw")]
            Trades { data: Vec<f64> },
            #[nova(channel = "heartbeat")]
            Heartbeat,
            #[nova(channel = "user/{kind}", nested)]
            User { kind: String, event: Event },
            #[nova(other)]
            Other(Raw),
        }
    },
    {
        #[test]
        fn the_expansion_pasted_back_decodes_alike() {
            super::decode_alike::<Feed, written::Feed>(&[
                ("ticker.BTC.raw", "1"),
                ("ticker.x", "2"),
                ("book.a.b", "[1]"),
                ("trades.x.raw", "[]"),
                ("heartbeat", ""),
                ("user/x", "5"),
                ("else", "6"),
                ("ticker.x", "{}"),
            ]);
        }
    }
);

pasted!(
    tags,
    "message_tags.rs",
    {
        use serde::de::DeserializeOwned;

        #[derive(Debug)]
        enum Event<T> {
            Trade(T),
            Pong,
            Hello { hello: T },
        }
    },
    {
        use super::DeserializeOwned;

        #[derive(Debug, nova::Message)]
        #[nova(tag = "/data/e")]
        pub(super) enum Event<T>
        where
            T: DeserializeOwned + Send + 'static,
        {
            #[nova(tag = "trade")]
            Trade(T),
            #[nova(tag = "pong")]
            Pong,
            #[nova(tag = 10)]
            Hello { hello: T },
        }
    },
    {
        type Value = serde_json::Value;

        #[test]
        fn the_expansion_pasted_back_decodes_alike() {
            let data = [r#"{"data":{"e":"trade"}}"#, r#"{"data":{"e":"pong"}}"#, r#"{"data":{"e":10}}"#, "{}", ""];
            super::decode_alike::<Event<Value>, written::Event<Value>>(&data.map(|data| ("x", data)));
        }
    }
);

pasted!(
    candle,
    "message_struct.rs",
    {
        use nova::Text;

        #[derive(Debug)]
        struct Candle {
            symbol: Text,
            interval: String,
            data: Vec<f64>,
        }
    },
    {
        use nova::Text;

        #[derive(Debug, nova::Message)]
        #[nova(channel = "{symbol}@kline_{interval}", separator = "@_")]
        pub(super) struct Candle {
            symbol: Text,
            interval: String,
            data: Vec<f64>,
        }
    },
    {
        #[test]
        fn the_expansion_pasted_back_decodes_alike() {
            super::decode_alike::<Candle, written::Candle>(&[
                ("a@kline_1m", "[1]"),
                ("a@b_1m", "[1]"),
                ("a@kline_1m", ""),
            ]);
        }
    }
);

pasted!(
    payload,
    "message_payload.rs",
    {
        #[derive(Debug, serde::Deserialize)]
        struct Ticker {
            last_price: f64,
        }
    },
    {
        #[derive(Debug, serde::Deserialize, nova::Message)]
        pub(super) struct Ticker {
            last_price: f64,
        }
    },
    {
        #[test]
        fn the_expansion_pasted_back_decodes_alike() {
            super::decode_alike::<Ticker, written::Ticker>(&[("x", r#"{"last_price":1}"#), ("x", "{}")]);
        }
    }
);

// What they send is told by the tests of `rpc`; that they compile and are there for the same handles, here.
pasted!(
    account,
    "rpc_platform.rs",
    {
        #[derive(serde::Deserialize)]
        pub struct Summary {}
    },
    {
        use super::Summary;

        #[nova::rpc(platform = "deribit")]
        pub(super) trait Account {
            #[rpc("private/get_account_summary")]
            async fn summary(&self, currency: &str) -> nova::Result<Summary>;
            #[rpc("private/cancel_all", idempotent)]
            async fn cancel_all(&self) -> nova::Result<u64>;
        }
    },
    {
        #[nova::client(platform = "deribit")]
        struct Desk;

        #[test]
        fn the_expansion_pasted_back_is_there_for_the_same_handles() {
            fn both<T: Account + written::Account>() {}
            both::<nova::Handle<Desk>>();
        }
    }
);

pasted!(
    node,
    "rpc_keys.rs",
    {
        use serde::Serialize;

        #[derive(serde::Deserialize)]
        pub struct Block {}
    },
    {},
    {
        #[nova::client(platform = "echo")]
        struct Desk;

        #[test]
        fn the_expansion_pasted_back_is_there_for_all_handles() {
            fn is<T: Node>() {
                assert_eq!(T::name(), "node");
            }
            is::<nova::Handle<Desk>>();
        }
    }
);

// That it ends at once although it waits an hour says that it is run as written.
pasted!(
    in_virtual_time,
    "test_virtual.rs",
    {
        async fn work() -> nova::Result {
            tokio::time::sleep(std::time::Duration::from_secs(3600)).await;
            Ok(())
        }
    },
    {},
    {}
);

pasted!(
    in_real_time,
    "test_keys.rs",
    {
        async fn work() -> nova::Result {
            assert!(std::env::var_os("NOVA_TEST_SEED").is_some() || nova::test::seed() == Some(7));
            tokio::task::yield_now().await;
            nova::test::real_sockets()
        }
    },
    {},
    {}
);

/// The same for profiles.
mod profiles {
    mod pasted {
        struct Nightly;
        include!("../../nova-macros/src/snapshots/profile.rs");
        include!("../../nova-macros/src/snapshots/profile_generic.rs");

        use nova::{Profile, profile::Lightweight};
        use std::marker::PhantomData;

        struct Base<P>(PhantomData<P>);
        struct Over<P>(PhantomData<P>);

        impl<P: Send + Sync + 'static> Profile for Base<P> {
            const NAME: &'static str = "base";
            const PATCH: nova::Patch = Lightweight::PATCH;
        }

        #[test]
        fn the_expansion_pasted_back_is_the_same_profile() {
            assert_eq!(Nightly::NAME, super::Nightly::NAME);
            assert_eq!(Nightly::PATCH, super::Nightly::PATCH);
            assert_eq!(Nightly::TRAITS, super::Nightly::TRAITS);
            const { assert!(!Nightly::TRAITS.detailed_errors && Nightly::TRAITS.shared_limits, "the base's stay") };
            assert_eq!(Over::<Lightweight>::PATCH, Lightweight::PATCH);
        }
    }

    #[derive(nova::Profile)]
    #[nova(base = "financial", reconnect(max_attempts = 50, max_delay = "10s"), heartbeat(interval = "5s"))]
    #[nova(traits(detailed_errors = false))]
    struct Nightly;
}

/// The same for platforms.
mod platforms {
    use std::fmt::Display;

    trait Tag: Display + Send + Sync + 'static {}
    impl Tag for u8 {}

    #[allow(
        dead_code,
        unreachable_pub,
        private_bounds,
        clippy::duration_suboptimal_units,
        clippy::unreadable_literal,
        clippy::needless_raw_string_hashes,
        reason = "code as the macro writes it"
    )]
    mod pasted {
        use super::Tag;

        struct Rpc;
        struct Exchange;
        pub struct Every<T> {
            host: String,
            category: T,
        }

        include!("../../nova-macros/src/snapshots/platform_rpc.rs");
        include!("../../nova-macros/src/snapshots/platform_every.rs");
        include!("../../nova-macros/src/snapshots/platform_overrides.rs");

        impl ::nova::Platform for Exchange {
            type State = ();
        }

        #[test]
        fn the_expansion_pasted_back_is_the_same_platform() {
            use nova::{Platform, PlatformSpec};
            let same = |pasted: nova::Spec, written: nova::Spec| {
                assert_eq!(format!("{pasted:?}"), format!("{written:?}"));
            };
            same(Rpc::SPEC, super::Rpc::SPEC);
            same(Exchange::SPEC, super::Exchange::SPEC);
            same(Every::<u8>::SPEC, super::Every::<u8>::SPEC);
            let pasted = Every { host: "h".to_owned(), category: 5_u8 };
            let written = super::Every { host: "h".to_owned(), category: 5_u8 };
            for name in ["host", "category", "unused"] {
                assert_eq!(pasted.placeholder(name), written.placeholder(name));
            }
            let _: (<Rpc as Platform>::State, <Exchange as Platform>::State) =
                (nova::platform::Described::default(), ());
        }
    }

    #[derive(nova::Platform)]
    #[nova(
        url = "wss://rpc.exchange.test/v2",
        channel = "/params/topic",
        payload = "/params/data",
        id = "/id",
        result = "/result",
        error(at = "/error", code = "/error/code", message = "/error/message"),
        subscribe(
            send = r#"{"jsonrpc":"2.0","id":{id},"method":"subscribe","params":{channels}}"#,
            listed = "/result"
        ),
        unsubscribe = r#"{"jsonrpc":"2.0","id":{id},"method":"unsubscribe","params":{channels}}"#,
        ping(every = "20s")
    )]
    struct Rpc;

    #[derive(nova::Platform)]
    #[nova(
        name = "every", url = "wss://{host}/v1/{category}", codec = "json",
        channel = "/topic", payload = "/data", id = "/req_id", result = "/result",
        headers = ["X-Version: 2", "X-Key: {api_key}"],
        subscribe(send = r#"{"req_id":"{id}","op":"subscribe","args":{channels}}"#, each = r#"{"ch":"{channel}"}"#),
        unsubscribe = r#"{"op":"unsubscribe","args":{channels}}"#,
        request = r#"{"req_id":{id},"op":{method},"args":{params},"in":{category}}"#,
        private = ["order", "private.*"], topics = 500, chunk = 50, outbound = 32_000, refresh_margin = "1m",
    )]
    #[nova(
        login(
            send = r#"{"op":"auth","args":["{api_key}",{expires},"{sign}"]}"#,
            ack(at = "/op", is = "auth"), life = "/ttl"
        ),
        sign(over = "GET/realtime{expires}", encoding = "base64", timestamp = "s", expires = "10s"),
        ping(every = "20s", text = "ping"),
        ack(at = "/op", is = ["subscribe", "sub"], channel = "/args", refused = "/refused"),
        error(at = "/code", not = [0, -1], message = "/msg", channel = "/arg"),
        error(at = "/ok", is = false),
        ignore(text = "pong"), ignore(at = "/op", is = "pong"),
        answer(at = "/ping", send = r#"{"pong":{value}}"#),
        sequence(rule = "prev_id", at = "/seq", prev = "/prev", snapshot(at = "/type", is = "snapshot")),
        pool(name = "requests", capacity = 100, refill = "10/s"),
        pool(name = "orders", capacity = 20, refill = "300/60s", cost = 2, methods = ["order.*"]),
        pool(name = "gateway", limit = "120/60s", methods = "gateway.*"),
        pool(name = "reads", window = "10/s", methods = "read.*"),
        error_codes(rate_limited = [10006, -3], authentication = 10003),
        close_codes(critical = [4001]),
        rate_limit(capacity = 100, refill = "10/s"),
        connection(max_message = "4MiB"),
    )]
    struct Every<T: Tag> {
        host: String,
        category: T,
    }

    #[derive(nova::Platform)]
    #[nova(url = "wss://ws.exchange.test/v1", channel = "/topic", payload = "/data", overrides(Platform))]
    struct Exchange;
    impl nova::Platform for Exchange {
        type State = ();
    }
}

fn same<Pasted: Client, Written: Client>() {
    assert_eq!(Pasted::NAME, Written::NAME);
    assert_eq!(Pasted::OVERRIDES, Written::OVERRIDES);
    assert_eq!(Pasted::PATCH, Written::PATCH);
    assert_eq!(type_name::<Pasted::Platform>(), type_name::<Written::Platform>());
    assert_eq!(type_name::<Pasted::Profile>(), type_name::<Written::Profile>());
    assert_eq!(type_name::<Pasted::Strategy>(), type_name::<Written::Strategy>());
    assert_eq!(type_name::<Pasted::Message>(), type_name::<Written::Message>());
    assert_eq!(type_name::<Pasted::Codec>(), type_name::<Written::Codec>());
    assert_eq!(Pasted::REQUIRED, Written::REQUIRED);
    assert_eq!(made::<Pasted>(), made::<Written>());
}

/// The services that a client makes for itself.
fn made<C: Client>() -> String {
    format!("{:?} {:?} {:?} {:?} {:?}", C::codec(), C::config(), C::secrets(), C::metrics(), C::cluster())
}
