#[automatically_derived]
impl ::nova::Profile for Nightly {
    const NAME: &'static str = "nightly";
    const PATCH: ::nova::Patch = <::nova::profile::Financial as ::nova::Profile>::PATCH
        .reconnect(
            ::nova::patch::Reconnect::new()
                .max_attempts(::nova::Attempts::AtMost(50))
                .max_delay(::core::time::Duration::from_secs(10)),
        )
        .heartbeat(
            ::nova::patch::Heartbeat::new()
                .interval(
                    ::core::option::Option::Some(::core::time::Duration::from_secs(5)),
                ),
        )
        .checked();
    const TRAITS: ::nova::Traits = <::nova::profile::Financial as ::nova::Profile>::TRAITS
        .detailed_errors(false);
}
const _: ::nova::Patch = <Nightly as ::nova::Profile>::PATCH;
