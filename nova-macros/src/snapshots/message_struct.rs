#[automatically_derived]
impl ::nova::Message for Candle {
    fn decode<C: ::nova::Codec>(
        envelope: &::nova::Envelope<'_>,
        codec: &C,
    ) -> ::nova::Result<Self> {
        let channel = envelope.channel().unwrap_or_default();
        let fits = || {
            let (symbol_part, rest) = ::nova::channel::segment(channel, &['@', '_'])?;
            let rest = rest.strip_prefix("@kline_")?;
            let interval_part = ::nova::channel::rest(rest)?;
            ::core::option::Option::Some((symbol_part, interval_part))
        };
        if let ::core::option::Option::Some((symbol_part, interval_part)) = fits() {
            return ::core::result::Result::Ok(Self {
                symbol: envelope.capture::<Text>("symbol", symbol_part)?,
                interval: envelope.capture::<String>("interval", interval_part)?,
                data: envelope.data::<Vec<f64>>(codec)?,
            });
        }
        ::core::result::Result::Err(envelope.refuse("`Candle` is not of this channel"))
    }
}
