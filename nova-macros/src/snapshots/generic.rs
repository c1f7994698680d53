/// Keeps the last `N` quotes.
pub struct Book<S, const N: usize = 8>
where
    S: Sink + Send + 'static,
{
    sink: S,
    last: [f64; N],
}
#[automatically_derived]
impl<S, const N: usize> ::nova::Client for Book<S, N>
where
    S: Sink + Send + 'static,
{
    const NAME: &'static str = "Book";
    const OVERRIDES: &'static [&'static str] = &["MessageHandler"];
    const PATCH: ::nova::Patch = ::nova::Patch::new();
    type Platform = Exchange;
    type Profile = ::nova::profile::Standard;
    type Strategy = ::nova::strategy::AsProfiled;
    type Message = Feed<N>;
    type Codec = ::nova::codec::Json;
    fn codec() -> ::core::option::Option<Self::Codec> {
        ::core::option::Option::Some(
            <::nova::codec::Json as ::core::default::Default>::default(),
        )
    }
}
#[automatically_derived]
impl<S, const N: usize> ::nova::ConnectionHandler for Book<S, N>
where
    S: Sink + Send + 'static,
{}
#[automatically_derived]
impl<S, const N: usize> ::nova::SubscriptionHandler for Book<S, N>
where
    S: Sink + Send + 'static,
{}
#[automatically_derived]
impl<S, const N: usize> ::nova::AuthHandler for Book<S, N>
where
    S: Sink + Send + 'static,
{}
#[automatically_derived]
impl<S, const N: usize> ::nova::ErrorHandler for Book<S, N>
where
    S: Sink + Send + 'static,
{}
#[automatically_derived]
impl<S, const N: usize> ::nova::HeartbeatHandler for Book<S, N>
where
    S: Sink + Send + 'static,
{}
#[automatically_derived]
impl<S, const N: usize> ::nova::RateLimitHandler for Book<S, N>
where
    S: Sink + Send + 'static,
{}
#[automatically_derived]
impl<S, const N: usize> ::nova::BackpressureHandler for Book<S, N>
where
    S: Sink + Send + 'static,
{}
#[automatically_derived]
impl<S, const N: usize> ::nova::ClusterAware for Book<S, N>
where
    S: Sink + Send + 'static,
{}
