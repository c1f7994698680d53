#[automatically_derived]
impl ::nova::Message for Feed {
    fn decode<C: ::nova::Codec>(
        envelope: &::nova::Envelope<'_>,
        codec: &C,
    ) -> ::nova::Result<Self> {
        let channel = envelope.channel().unwrap_or_default();
        if channel == "ticker.BTC.raw" {
            return envelope.data::<Ticker>(codec).map(Self::Bitcoin);
        }
        if channel.strip_prefix("ticker.").is_some_and(|rest| !rest.is_empty()) {
            return envelope.data::<Ticker>(codec).map(Self::Ticker);
        }
        let fits = || {
            let rest = channel.strip_prefix("book.")?;
            let (instrument_part, rest) = ::nova::channel::segment(
                rest,
                &['.', '/', '@', ':'],
            )?;
            let rest = rest.strip_prefix(".")?;
            let depth_part = ::nova::channel::rest(rest)?;
            ::core::option::Option::Some((instrument_part, depth_part))
        };
        if let ::core::option::Option::Some((instrument_part, depth_part)) = fits() {
            return ::core::result::Result::Ok(Self::Book {
                instrument: envelope.capture::<Text>("instrument", instrument_part)?,
                depth: envelope.capture::<String>("depth", depth_part)?,
                data: envelope.data::<Vec<f64>>(codec)?,
            });
        }
        let fits = || {
            let rest = channel.strip_prefix("trades.")?;
            let (_, rest) = ::nova::channel::segment(rest, &['.', '/', '@', ':'])?;
            let rest = rest.strip_prefix(".raw")?;
            rest.is_empty().then_some(())
        };
        if let ::core::option::Option::Some(()) = fits() {
            return ::core::result::Result::Ok(Self::Trades {
                data: envelope.data::<Vec<f64>>(codec)?,
            });
        }
        if channel == "heartbeat" {
            return ::core::result::Result::Ok(Self::Heartbeat);
        }
        let fits = || {
            let rest = channel.strip_prefix("user/")?;
            let kind_part = ::nova::channel::rest(rest)?;
            ::core::option::Option::Some(kind_part)
        };
        if let ::core::option::Option::Some(kind_part) = fits() {
            return ::core::result::Result::Ok(Self::User {
                kind: envelope.capture::<String>("kind", kind_part)?,
                event: <Event as ::nova::Message>::decode(envelope, codec)?,
            });
        }
        <Raw as ::nova::Message>::decode(envelope, codec).map(Self::Other)
    }
}
