struct Desk;
#[automatically_derived]
impl ::nova::Client for Desk {
    const NAME: &'static str = "Desk";
    const OVERRIDES: &'static [&'static str] = &[];
    const PATCH: ::nova::Patch = ::nova::Patch::new()
        .cluster(::nova::patch::Cluster::new().enabled(true))
        .checked();
    const REQUIRED: &'static [&'static str] = &["secrets", "cluster"];
    type Platform = ::nova::platform::Echo;
    type Profile = ::nova::profile::Standard;
    type Strategy = ::nova::strategy::AsProfiled;
    type Message = ::nova::Raw;
    type Codec = Packed;
    fn config() -> ::core::option::Option<::std::sync::Arc<dyn ::nova::ConfigProvider>> {
        ::core::option::Option::Some(
            ::std::sync::Arc::new(
                <::nova::provider::Environment as ::core::default::Default>::default()
                    .prefix("DESK"),
            ),
        )
    }
    fn metrics() -> ::core::option::Option<
        ::std::sync::Arc<dyn ::nova::MetricsCollector>,
    > {
        ::core::option::Option::Some(
            ::std::sync::Arc::new(<Ticks as ::core::default::Default>::default()),
        )
    }
}
#[automatically_derived]
impl ::nova::ConnectionHandler for Desk {}
#[automatically_derived]
impl ::nova::MessageHandler for Desk {}
#[automatically_derived]
impl ::nova::SubscriptionHandler for Desk {}
#[automatically_derived]
impl ::nova::AuthHandler for Desk {}
#[automatically_derived]
impl ::nova::ErrorHandler for Desk {}
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
    const fn secrets<C: ::nova::SecretsManager>() {}
    secrets::<Vault>();
};
const _: () = {
    const fn cluster<C: ::nova::ClusterEngine>() {}
    cluster::<Mesh>();
};
