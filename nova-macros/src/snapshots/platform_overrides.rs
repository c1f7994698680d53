#[automatically_derived]
impl ::nova::PlatformSpec for Exchange {
    type Codec = ::nova::codec::Json;
    const SPEC: ::nova::Spec = ::nova::Spec::new("exchange", "wss://ws.exchange.test/v1")
        .wire(const {
            &::nova::platform::Wire::new().channel("/topic").payload("/data")
        });
}
const _: ::nova::Spec = <Exchange as ::nova::PlatformSpec>::SPEC;
const _: () = {
    const fn overrides<P: ::nova::Platform>() {}
    overrides::<Exchange>();
};
