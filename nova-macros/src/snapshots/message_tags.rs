#[automatically_derived]
impl<T> ::nova::Message for Event<T>
where
    T: DeserializeOwned + Send + 'static,
{
    fn decode<C: ::nova::Codec>(
        envelope: &::nova::Envelope<'_>,
        codec: &C,
    ) -> ::nova::Result<Self> {
        let tag = envelope.field("/data/e")?;
        match tag.as_str() {
            ::core::option::Option::Some("trade") => {
                return envelope.data::<T>(codec).map(Self::Trade);
            }
            ::core::option::Option::Some("pong") => {
                return ::core::result::Result::Ok(Self::Pong);
            }
            _ => {}
        }
        match tag.as_i64() {
            ::core::option::Option::Some(10) => {
                return ::core::result::Result::Ok(Self::Hello {
                    hello: envelope.data::<T>(codec)?,
                });
            }
            _ => {}
        }
        ::core::result::Result::Err(
            envelope.refuse("no variant of `Event` takes what stands at `/data/e`"),
        )
    }
}
