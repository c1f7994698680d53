//! Ids. JSON has them as strings, because they are larger than what a JavaScript number can be.

use std::{fmt, num::ParseIntError, str::FromStr};

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

/// Discord's name of anything: a *snowflake*.
///
/// ```
/// use nova::platform::discord::Id;
///
/// let id: Id = serde_json::from_str(r#""175928847299117063""#).unwrap();
/// assert_eq!(id.shard(3), 2);
/// assert_eq!(id.created_ms(), 1_462_015_105_796);
/// assert_eq!(id.to_string().parse(), Ok(id));
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Id(pub u64);

/// When Discord's ids begin, in milliseconds since the Unix epoch.
const EPOCH: u64 = 1_420_070_400_000;

impl Id {
    /// When what it names was made, in milliseconds since the Unix epoch.
    pub const fn created_ms(self) -> u64 {
        (self.0 >> 22) + EPOCH
    }

    /// Of a guild: the number of the shard, of so many, that is told of it.
    pub const fn shard(self, of: u32) -> u32 {
        // The remainder is smaller than `of`.
        #[allow(clippy::cast_possible_truncation, reason = "the remainder is smaller than a u32")]
        let shard = ((self.0 >> 22) % if of == 0 { 1 } else { of as u64 }) as u32;
        shard
    }
}

impl fmt::Display for Id {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl FromStr for Id {
    type Err = ParseIntError;

    fn from_str(text: &str) -> Result<Self, ParseIntError> {
        text.parse().map(Self)
    }
}

impl Serialize for Id {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Id {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Either;

        impl de::Visitor<'_> for Either {
            type Value = Id;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an id, as a string or a number")
            }

            fn visit_u64<E: de::Error>(self, number: u64) -> Result<Id, E> {
                Ok(Id(number))
            }

            fn visit_str<E: de::Error>(self, text: &str) -> Result<Id, E> {
                text.parse().map_err(|_| E::invalid_value(de::Unexpected::Str(text), &self))
            }
        }

        deserializer.deserialize_any(Either)
    }
}
