struct Desk;
#[automatically_derived]
impl ::nova::Client for Desk {
    const NAME: &'static str = "Desk";
    const OVERRIDES: &'static [&'static str] = &[];
    const PATCH: ::nova::Patch = ::nova::Patch::new();
    type Platform = ::nova::platform::Deribit;
    type Profile = ::nova::profile::Financial;
    type Strategy = ::nova::strategy::AsProfiled;
    type Message = ::nova::Raw;
    type Codec = <::nova::platform::Deribit as ::nova::PlatformSpec>::Codec;
    fn codec() -> ::core::option::Option<Self::Codec> {
        ::core::option::Option::Some(::core::default::Default::default())
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
