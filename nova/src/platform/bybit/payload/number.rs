//! Numbers as Bybit writes them: as numbers, or as strings of them, or as an empty string for none.

use std::{borrow::Cow, fmt::Display, str::FromStr};

use serde::{Deserialize, Deserializer, de::Error};

#[derive(Deserialize)]
#[serde(untagged)]
enum Written<'d, T> {
    Number(T),
    #[serde(borrow)]
    Text(Cow<'d, str>),
    None,
}

/// A number that may be missing.
pub(super) fn optional<'d, T, D>(deserializer: D) -> Result<Option<T>, D::Error>
where
    T: Deserialize<'d> + FromStr<Err: Display>,
    D: Deserializer<'d>,
{
    match Written::<T>::deserialize(deserializer)? {
        Written::Number(number) => Ok(Some(number)),
        Written::Text(text) if text.is_empty() => Ok(None),
        Written::Text(text) => match text.parse() {
            Ok(number) => Ok(Some(number)),
            Err(error) => Err(D::Error::custom(format_args!("`{}` is no number: {error}", text.escape_debug()))),
        },
        Written::None => Ok(None),
    }
}

/// A number that must be there.
pub(super) fn required<'d, T, D>(deserializer: D) -> Result<T, D::Error>
where
    T: Deserialize<'d> + FromStr<Err: Display>,
    D: Deserializer<'d>,
{
    optional(deserializer)?.ok_or_else(|| D::Error::custom("a number is missing"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, PartialEq, Deserialize)]
    struct Numbers {
        #[serde(default, deserialize_with = "optional")]
        price: Option<f64>,
        #[serde(deserialize_with = "required")]
        time: u64,
    }

    #[test]
    fn numbers_may_be_written_either_way_and_an_empty_string_is_none() {
        let read = |text: &str| serde_json::from_str::<Numbers>(text).map_err(|error| error.to_string());
        let numbers = |price, time| Ok(Numbers { price, time });
        assert_eq!(read(r#"{"price":"36500.10","time":"17"}"#), numbers(Some(36_500.1), 17));
        assert_eq!(read(r#"{"price":1e3,"time":17}"#), numbers(Some(1_000.0), 17));
        for none in [r#"{"price":"","time":1}"#, r#"{"price":null,"time":1}"#, r#"{"time":1}"#] {
            assert_eq!(read(none), numbers(None, 1), "{none}");
        }
        for (wrong, word) in [
            (r#"{"time":""}"#, "missing"),
            (r#"{"time":"x\n"}"#, r"`x\n` is no number"),
            (r#"{"price":[1],"time":1}"#, "did not match"),
        ] {
            let error = read(wrong).expect_err(wrong);
            assert!(error.contains(word), "{wrong}: {error}");
        }
    }
}
