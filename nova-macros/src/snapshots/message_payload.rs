#[automatically_derived]
impl ::nova::Message for Ticker {
    fn decode<C: ::nova::Codec>(
        envelope: &::nova::Envelope<'_>,
        codec: &C,
    ) -> ::nova::Result<Self> {
        envelope.data::<Self>(codec)
    }
}
