//! Ethereum's values, exact: quantities of up to 256 bits, hashes, addresses and byte strings, written as `0x` and hex digits.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

/// A quantity: balances, prices and difficulties are larger than any machine word.
///
/// Read from hex (`0x1b`), from decimal text and from a number; written as hex.
///
/// ```
/// use nova::platform::ethereum::U256;
///
/// let balance: U256 = "0xde0b6b3a7640000".parse()?;
/// assert_eq!(balance.to_string(), "1000000000000000000");
/// assert_eq!(u64::try_from(balance), Ok(1_000_000_000_000_000_000));
/// assert_eq!(format!("{balance:#x}"), "0xde0b6b3a7640000");
/// # Ok::<(), nova::platform::ethereum::Malformed>(())
/// ```
#[derive(Clone, Copy, Default, PartialEq, Eq, Hash)]
pub struct U256 {
    /// Lowest first.
    limbs: [u64; 4],
}

/// Bytes of a fixed number: a [`Hash`](type@Hash) or an [`Address`].
///
/// Letters of either case are read, lower case is written: what differs only in the case of its letters is the same.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Fixed<const N: usize>([u8; N]);

/// What a block, a transaction or a topic of a log is known by.
pub type Hash = Fixed<32>;

/// An account or a contract.
pub type Address = Fixed<20>;

/// A byte string: what a contract is called with and answers, a signed transaction.
#[derive(Clone, Default, PartialEq, Eq, Hash)]
pub struct Data(Vec<u8>);

/// A text that is no such value, and why.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` is no {what}")]
pub struct Malformed {
    text: Box<str>,
    what: &'static str,
}

impl Malformed {
    fn new(text: &str, what: &'static str) -> Self {
        // Of a long text its beginning is enough to find it.
        Self { text: text.chars().take(80).collect(), what }
    }
}

impl U256 {
    /// `self · factor + carry`, unless it is too large.
    fn grow(mut self, factor: u64, carry: u64) -> Option<Self> {
        let mut carry = u128::from(carry);
        for limb in &mut self.limbs {
            carry += u128::from(*limb) * u128::from(factor);
            *limb = low(carry);
            carry >>= 64;
        }
        (carry == 0).then_some(self)
    }

    /// `self / divisor`, and what is left.
    fn shrink(mut self, divisor: u64) -> (Self, u64) {
        let mut rest = 0;
        for limb in self.limbs.iter_mut().rev() {
            let high = (u128::from(rest) << 64) | u128::from(*limb);
            *limb = low(high / u128::from(divisor));
            rest = low(high % u128::from(divisor));
        }
        (self, rest)
    }
}

#[allow(clippy::cast_possible_truncation, reason = "the low half is what is asked for")]
const fn low(value: u128) -> u64 {
    value as u64
}

impl From<u128> for U256 {
    fn from(value: u128) -> Self {
        Self { limbs: [low(value), low(value >> 64), 0, 0] }
    }
}

impl From<u64> for U256 {
    fn from(value: u64) -> Self {
        Self::from(u128::from(value))
    }
}

impl TryFrom<U256> for u128 {
    type Error = Malformed;

    fn try_from(value: U256) -> Result<Self, Malformed> {
        match value.limbs {
            [low, high, 0, 0] => Ok((Self::from(high) << 64) | Self::from(low)),
            _ => Err(Malformed::new(&value.to_string(), "number of 128 bits")),
        }
    }
}

impl TryFrom<U256> for u64 {
    type Error = Malformed;

    fn try_from(value: U256) -> Result<Self, Malformed> {
        match value.limbs {
            [low, 0, 0, 0] => Ok(low),
            _ => Err(Malformed::new(&value.to_string(), "number of 64 bits")),
        }
    }
}

impl PartialOrd for U256 {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for U256 {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.limbs.iter().rev().cmp(other.limbs.iter().rev())
    }
}

impl FromStr for U256 {
    type Err = Malformed;

    fn from_str(text: &str) -> Result<Self, Malformed> {
        let (digits, radix) = text.strip_prefix("0x").map_or((text, 10), |digits| (digits, 16));
        let malformed = || Malformed::new(text, "quantity of 256 bits");
        if digits.is_empty() {
            return Err(malformed());
        }
        digits.chars().try_fold(Self::default(), |value, digit| {
            let digit = digit.to_digit(radix).ok_or_else(malformed)?;
            value.grow(radix.into(), digit.into()).ok_or_else(malformed)
        })
    }
}

impl fmt::Display for U256 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const CHUNK: u64 = 10_000_000_000_000_000_000;
        let (mut rest, mut chunks) = (*self, Vec::new());
        loop {
            let (next, chunk) = rest.shrink(CHUNK);
            chunks.push(chunk);
            rest = next;
            if rest == Self::default() {
                break;
            }
        }
        let first = chunks.pop().unwrap_or_default();
        let text = chunks.iter().rev().fold(first.to_string(), |text, chunk| text + &format!("{chunk:019}"));
        f.pad_integral(true, "", &text)
    }
}

impl fmt::LowerHex for U256 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = self.limbs.iter().rev().fold(String::new(), |text, limb| text + &format!("{limb:016x}"));
        let text = text.trim_start_matches('0');
        f.pad_integral(true, "0x", if text.is_empty() { "0" } else { text })
    }
}

impl fmt::Debug for U256 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl Serialize for U256 {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&format_args!("{self:#x}"))
    }
}

impl<'de> Deserialize<'de> for U256 {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Quantity;
        impl de::Visitor<'_> for Quantity {
            type Value = U256;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a quantity, such as \"0x1b\"")
            }

            fn visit_str<E: de::Error>(self, text: &str) -> Result<U256, E> {
                text.parse().map_err(E::custom)
            }

            fn visit_u64<E: de::Error>(self, number: u64) -> Result<U256, E> {
                Ok(number.into())
            }
        }
        deserializer.deserialize_any(Quantity)
    }
}

impl<const N: usize> Fixed<N> {
    /// These bytes.
    pub const fn new(bytes: [u8; N]) -> Self {
        Self(bytes)
    }

    /// Its bytes.
    pub const fn bytes(&self) -> &[u8; N] {
        &self.0
    }
}

impl<const N: usize> Default for Fixed<N> {
    fn default() -> Self {
        Self([0; N])
    }
}

impl<const N: usize> FromStr for Fixed<N> {
    type Err = Malformed;

    fn from_str(text: &str) -> Result<Self, Malformed> {
        let bytes = read_hex(text).and_then(|bytes| <[u8; N]>::try_from(bytes).ok());
        bytes.map(Self).ok_or_else(|| Malformed::new(text, if N == 20 { "address" } else { "hash" }))
    }
}

impl Data {
    /// Its bytes.
    pub fn bytes(&self) -> &[u8] {
        &self.0
    }
}

impl From<Vec<u8>> for Data {
    fn from(bytes: Vec<u8>) -> Self {
        Self(bytes)
    }
}

impl FromStr for Data {
    type Err = Malformed;

    fn from_str(text: &str) -> Result<Self, Malformed> {
        read_hex(text).map(Self).ok_or_else(|| Malformed::new(text, "byte string"))
    }
}

fn read_hex(text: &str) -> Option<Vec<u8>> {
    let digits = text.strip_prefix("0x")?.as_bytes();
    let digit = |byte: u8| char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
    let pairs = digits.chunks(2).map(|pair| match pair {
        [high, low] => Some(digit(*high)? << 4 | digit(*low)?),
        _ => None,
    });
    pairs.collect()
}

fn write_hex(bytes: &[u8], f: &mut fmt::Formatter<'_>) -> fmt::Result {
    f.write_str("0x")?;
    bytes.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
}

/// Both are shown as they are written, and cross the wire as text.
macro_rules! as_text {
    ($([$($generic:tt)*] $type:ty, $bytes:ident;)*) => {$(
        impl<$($generic)*> fmt::Display for $type {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write_hex(self.$bytes(), f)
            }
        }

        impl<$($generic)*> fmt::Debug for $type {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write_hex(self.$bytes(), f)
            }
        }

        impl<$($generic)*> Serialize for $type {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }

        impl<'de, $($generic)*> Deserialize<'de> for $type {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
                text.parse().map_err(de::Error::custom)
            }
        }
    )*};
}

as_text! {
    [const N: usize] Fixed<N>, bytes;
    [] Data, bytes;
}

/// A quantity that fits into 64 bits: heights, times, gas.
pub(super) mod number {
    use serde::{Deserialize, Deserializer, de::Error};

    use super::U256;

    pub(in super::super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<u64, D::Error> {
        U256::deserialize(deserializer)?.try_into().map_err(D::Error::custom)
    }

    /// The same where it may be absent or null.
    pub(in super::super) fn optional<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<u64>, D::Error> {
        Option::<U256>::deserialize(deserializer)?.map(u64::try_from).transpose().map_err(D::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn quantities_are_read_as_nodes_write_them() {
        let most = format!("0x{}", "f".repeat(64));
        for (text, decimal) in [
            ("0x0", "0"),
            ("0x00ff", "255"),
            ("0xFf", "255"),
            ("17", "17"),
            ("0x8ac7230489e80000", "10000000000000000000"),
            ("0x10000000000000000", "18446744073709551616"),
            (&most, "115792089237316195423570985008687907853269984665640564039457584007913129639935"),
        ] {
            let value: U256 = text.parse().unwrap();
            assert_eq!(value.to_string(), decimal);
            assert_eq!(decimal.parse(), Ok(value));
            assert_eq!(serde_json::from_str::<U256>(&serde_json::to_string(&value).unwrap()).unwrap(), value);
        }
        assert_eq!(serde_json::from_str::<U256>("12").unwrap(), U256::from(12_u64));
        for text in ["", "0x", "0xg", "-1", "1.5", "0x1 ", &format!("0x1{}", "0".repeat(64))] {
            assert!(text.parse::<U256>().is_err(), "{text}");
        }
        assert!(u64::try_from("0x10000000000000000".parse::<U256>().unwrap()).is_err());
        assert!(U256::from(1_u128 << 64) > U256::from(u64::MAX));
    }

    #[test]
    fn hashes_and_addresses_have_their_length_and_no_case() {
        let text = "0x52908400098527886E0F7030069857D2E4169EE7";
        let address: Address = text.parse().unwrap();
        assert_eq!(address, text.to_lowercase().parse().unwrap());
        assert_eq!(address.to_string(), text.to_lowercase());
        let hash = format!("0x{}", "ab".repeat(32));
        assert_eq!(serde_json::from_str::<Hash>(&format!("\"{hash}\"")).unwrap().to_string(), hash);
        for wrong in ["", "0x", "5290", &hash[..65], "0xzz"] {
            assert!(wrong.parse::<Hash>().is_err() && wrong.parse::<Address>().is_err(), "{wrong}");
        }
        assert_eq!("0x".parse::<Data>().unwrap().bytes(), b"");
        assert_eq!("0x00fF".parse::<Data>().unwrap().to_string(), "0x00ff");
        assert!("0x0".parse::<Data>().is_err());
    }

    proptest! {
        #[test]
        fn any_number_is_itself_in_both_forms(value: u128) {
            let quantity = U256::from(value);
            prop_assert_eq!(quantity.to_string(), value.to_string());
            prop_assert_eq!(format!("{quantity:#x}"), format!("{value:#x}"));
            prop_assert_eq!(u128::try_from(quantity), Ok(value));
            prop_assert_eq!(value.to_string().parse::<U256>(), Ok(quantity));
        }

        #[test]
        fn r73_no_text_makes_it_panic(text in "(0x)?[0-9a-fA-Fg\u{e9} ]{0,70}") {
            let _ = (text.parse::<U256>(), text.parse::<Hash>(), text.parse::<Address>(), text.parse::<Data>());
        }
    }
}
