#[automatically_derived]
impl ::nova::PlatformSpec for Rpc {
    type Codec = ::nova::codec::Json;
    const SPEC: ::nova::Spec = ::nova::Spec::new("rpc", "wss://rpc.exchange.test/v2")
        .bounds(::nova::Bounds::new().heartbeat(::core::time::Duration::from_secs(20)))
        .wire(const {
            &::nova::platform::Wire::new()
                .channel("/params/topic")
                .payload("/params/data")
                .id("/id")
                .result("/result")
                .subscribe(
                    ::nova::platform::Ask::new(
                            r#"{"jsonrpc":"2.0","id":{id},"method":"subscribe","params":{channels}}"#,
                        )
                        .listed("/result"),
                )
                .unsubscribe(
                    ::nova::platform::Ask::new(
                        r#"{"jsonrpc":"2.0","id":{id},"method":"unsubscribe","params":{channels}}"#,
                    ),
                )
                .error(
                    ::nova::platform::Failure::new(::nova::platform::Match::at("/error"))
                        .code("/error/code")
                        .message("/error/message"),
                )
        });
}
#[automatically_derived]
impl ::nova::Platform for Rpc {
    type State = ::nova::platform::Described;
}
const _: ::nova::Spec = <Rpc as ::nova::PlatformSpec>::SPEC;
