//! One payload read as every type that a platform has for payloads.

/// Reads the envelope's payload as each of these types; what cannot be read so is an error, which can be shown.
#[macro_export]
macro_rules! typed {
    ($envelope:expr; $($type:ty),+ $(,)?) => {
        $(if let Err(error) = $envelope.data::<$type>(&::nova::codec::Json) {
            let _ = format!("{error} {error:?}");
        })+
    };
}
