#[derive(Default)]
struct Desk {
    failures: u32,
    last: f64,
}
#[automatically_derived]
impl ::nova::Client for Desk {
    const NAME: &'static str = "Desk";
    const OVERRIDES: &'static [&'static str] = &["ErrorHandler", "MessageHandler"];
    const PATCH: ::nova::Patch = ::nova::Patch::new()
        .reconnect(
            ::nova::patch::Reconnect::new()
                .backoff(::nova::Backoff::Exponential)
                .max_attempts(::nova::Attempts::AtMost(50))
                .max_delay(::core::time::Duration::from_secs(10))
                .jitter(0.5),
        )
        .connection(
            ::nova::patch::Connection::new()
                .max_frame(4194304)
                .request_timeout(::core::time::Duration::from_millis(1500))
                .send(::nova::SendPolicy::QUEUE),
        )
        .heartbeat(
            ::nova::patch::Heartbeat::new()
                .interval(EVERY)
                .timeout(::core::time::Duration::from_secs(5))
                .missed(2),
        )
        .rate_limit(
            ::nova::patch::RateLimit::new()
                .capacity(::core::option::Option::Some(100))
                .refill(
                    ::core::option::Option::Some(
                        ::nova::Rate::new(10, ::core::time::Duration::from_secs(1)),
                    ),
                )
                .limit(
                    ::core::option::Option::Some(
                        ::nova::Rate::new(120, ::core::time::Duration::from_secs(60)),
                    ),
                )
                .mode(::nova::LimitMode::Queue)
                .safety(0.9),
        )
        .backpressure(
            ::nova::patch::Backpressure::new()
                .buffer(1000)
                .bytes(1048576)
                .overflow(::nova::Overflow::DropOld),
        )
        .telemetry(
            ::nova::patch::Telemetry::new()
                .level(::nova::TelemetryLevel::Detailed)
                .message(false),
        )
        .breaker(
            ::nova::patch::Breaker::new()
                .failures(::core::option::Option::None)
                .cooldown(::core::time::Duration::from_secs(3600)),
        )
        .subscriptions(
            ::nova::patch::Subscriptions::new()
                .chunk(50)
                .stale_after(
                    ::core::option::Option::Some(::core::time::Duration::from_secs(300)),
                )
                .retries(0),
        )
        .cluster(
            ::nova::patch::Cluster::new()
                .strategy(::nova::Placement::GeoAware)
                .enabled(true),
        )
        .checked();
    type Platform = ::nova::platform::Deribit;
    type Profile = ::nova::profile::Financial;
    type Strategy = ::nova::strategy::AlwaysReconnect;
    type Message = Feed;
    type Codec = <::nova::platform::Deribit as ::nova::PlatformSpec>::Codec;
    fn codec() -> ::core::option::Option<Self::Codec> {
        ::core::option::Option::Some(::core::default::Default::default())
    }
    fn cluster() -> ::core::option::Option<::std::sync::Arc<dyn ::nova::ClusterEngine>> {
        ::core::option::Option::Some(
            ::std::sync::Arc::new(
                <::nova::cluster::Local as ::core::default::Default>::default(),
            ),
        )
    }
}
#[automatically_derived]
impl ::nova::ConnectionHandler for Desk {}
#[automatically_derived]
impl ::nova::SubscriptionHandler for Desk {}
#[automatically_derived]
impl ::nova::AuthHandler for Desk {}
#[automatically_derived]
impl ::nova::HeartbeatHandler for Desk {}
#[automatically_derived]
impl ::nova::RateLimitHandler for Desk {}
#[automatically_derived]
impl ::nova::BackpressureHandler for Desk {}
#[automatically_derived]
impl ::nova::ClusterAware for Desk {}
const _: ::nova::Patch = <Desk as ::nova::Client>::PATCH;
const _: () = {
    const fn overrides<C: ::nova::ErrorHandler>() {}
    overrides::<Desk>();
};
const _: () = {
    const fn overrides<C: ::nova::MessageHandler>() {}
    overrides::<Desk>();
};
