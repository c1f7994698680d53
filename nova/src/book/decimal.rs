//! Exact numbers for prices and amounts: keys of a book that are equal where the venue means the same.
//!
//! A binary fraction would do until somebody calculates with it; a text orders "9" behind "10". This is the decimal itself, in units of
//! 10⁻¹⁸, so that it orders as a number and no level is ever missed by a rounding, beside how many places the venue wrote, which is
//! what checksums are made over.

use std::{
    cmp::Ordering,
    fmt,
    hash::{Hash, Hasher},
    str::FromStr,
};

use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Visitor};

/// An exact decimal number: at most 18 places, and below 10¹⁸.
///
/// It is shown as it was written, and equal to what is the same number: `1.50` and `1.5` are one price. Anything finer or larger is
/// refused, never rounded.
///
/// ```
/// use nova::book::Decimal;
///
/// let price: Decimal = "36500.50".parse()?;
/// assert_eq!(price, "3.65005e4".parse()?);
/// assert!(price > "9.0".parse()?);
/// assert_eq!(price.to_string(), "36500.50");
/// # Ok::<(), nova::book::ParseDecimalError>(())
/// ```
///
/// It is read from a JSON string or a JSON number. A JSON number passes through a binary fraction of 64 bits, from which it comes
/// back exactly where it has at most 15 digits; how many places were written is lost.
#[derive(Clone, Copy)]
pub struct Decimal {
    units: i128,
    places: u8,
}

/// The most places behind the point.
const PLACES: u8 = 18;

/// The units of 1.
const ONE: i128 = 10_i128.pow(PLACES as u32);

/// The first number that is too large, in units.
const BOUND: i128 = ONE * ONE;

/// A text or a number that is no [`Decimal`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ParseDecimalError {
    /// It is no number.
    #[error("not a decimal number")]
    NotANumber,
    /// It has digits behind the 18th place.
    #[error("more than 18 places behind the point")]
    TooFine,
    /// It has more than 18 digits before the point.
    #[error("10^18 or more")]
    TooLarge,
}

impl Decimal {
    /// Nothing.
    pub const ZERO: Self = Self { units: 0, places: 0 };

    /// Whether it is 0.
    pub const fn is_zero(self) -> bool {
        self.units == 0
    }

    /// Whether it is below 0.
    pub const fn is_negative(self) -> bool {
        self.units < 0
    }

    /// The binary fraction next to it, to calculate with: no key.
    pub fn to_f64(self) -> f64 {
        // The text of every decimal is a number.
        self.to_string().parse().unwrap_or(f64::NAN)
    }

    /// The difference: exact, because both are below 10¹⁸.
    pub(super) fn minus(self, other: Self) -> Self {
        Self { units: self.units - other.units, places: self.places.max(other.places) }
    }
}

impl FromStr for Decimal {
    type Err = ParseDecimalError;

    fn from_str(text: &str) -> Result<Self, ParseDecimalError> {
        use ParseDecimalError::{NotANumber, TooFine, TooLarge};
        let (mantissa, exponent) = match text.split_once(['e', 'E']) {
            Some((mantissa, exponent)) => (mantissa, exponent.parse().map_err(|_| NotANumber)?),
            None => (text, 0_i32),
        };
        let (sign, digits) = mantissa.strip_prefix('-').map_or((1, mantissa), |digits| (-1, digits));
        let (whole, fraction) = match digits.split_once('.') {
            Some((_, "")) => return Err(NotANumber),
            parts => parts.unwrap_or((digits, "")),
        };
        if whole.is_empty() {
            return Err(NotANumber);
        }
        // Zeros at the end of a fraction say nothing about the number, however many there are.
        let fine = fraction.trim_end_matches('0');
        let mut units = 0_i128;
        for digit in whole.bytes().chain(fine.bytes()) {
            if !digit.is_ascii_digit() {
                return Err(NotANumber);
            }
            units = units.checked_mul(10).and_then(|units| units.checked_add((digit - b'0').into())).ok_or(TooLarge)?;
        }
        let below = |places: usize| i32::try_from(places).unwrap_or(i32::MAX).saturating_sub(exponent);
        let shift = i32::from(PLACES).saturating_sub(below(fine.len()));
        let power = || 10_i128.checked_pow(shift.unsigned_abs());
        if units != 0 {
            units = if shift >= 0 {
                power().and_then(|power| units.checked_mul(power)).ok_or(TooLarge)?
            } else {
                // A power that is no number is above every other.
                power().filter(|power| units % power == 0).map(|power| units / power).ok_or(TooFine)?
            };
        }
        if units >= BOUND {
            return Err(TooLarge);
        }
        let places = u8::try_from(below(fraction.len()).clamp(0, PLACES.into())).unwrap_or(PLACES);
        Ok(Self { units: sign * units, places })
    }
}

impl TryFrom<f64> for Decimal {
    type Error = ParseDecimalError;

    /// The shortest decimal that reads as this binary fraction.
    fn try_from(value: f64) -> Result<Self, ParseDecimalError> {
        value.to_string().parse()
    }
}

impl From<u32> for Decimal {
    fn from(value: u32) -> Self {
        Self { units: i128::from(value) * ONE, places: 0 }
    }
}

impl PartialEq for Decimal {
    fn eq(&self, other: &Self) -> bool {
        self.units == other.units
    }
}

impl Eq for Decimal {}

impl PartialOrd for Decimal {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Decimal {
    fn cmp(&self, other: &Self) -> Ordering {
        self.units.cmp(&other.units)
    }
}

impl Hash for Decimal {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.units.hash(state);
    }
}

impl fmt::Display for Decimal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let units = self.units.unsigned_abs();
        let one = ONE.unsigned_abs();
        let (whole, fraction) = (units / one, units % one);
        let text = match usize::from(self.places) {
            0 => whole.to_string(),
            places => format!("{whole}.{}", &format!("{fraction:018}")[..places]),
        };
        f.pad_integral(self.units >= 0, "", &text)
    }
}

impl fmt::Debug for Decimal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl Serialize for Decimal {
    /// As a string, so that it is read back as it is.
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Decimal {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Reader)
    }
}

struct Reader;

impl Visitor<'_> for Reader {
    type Value = Decimal;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a decimal number, or a string that holds one")
    }

    fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<Decimal, E> {
        text.parse().map_err(|error| E::custom(format_args!("`{}`: {error}", text.escape_debug())))
    }

    fn visit_u64<E: serde::de::Error>(self, value: u64) -> Result<Decimal, E> {
        self.visit_str(&value.to_string())
    }

    fn visit_i64<E: serde::de::Error>(self, value: i64) -> Result<Decimal, E> {
        self.visit_str(&value.to_string())
    }

    fn visit_f64<E: serde::de::Error>(self, value: f64) -> Result<Decimal, E> {
        self.visit_str(&value.to_string())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn decimal(text: &str) -> Result<Decimal, ParseDecimalError> {
        text.parse()
    }

    #[test]
    fn a_text_is_the_number_it_says_or_is_refused() {
        use ParseDecimalError::{NotANumber, TooFine, TooLarge};
        for (text, shown) in [
            ("0", "0"),
            ("-0.0", "0.0"),
            ("36500.50", "36500.50"),
            ("-12.5", "-12.5"),
            ("007", "7"),
            ("1e-7", "0.0000001"),
            ("1.50E2", "150"),
            ("1.5e+3", "1500"),
            ("12e-1", "1.2"),
            ("0e999999", "0"),
            ("0.000000000000000001", "0.000000000000000001"),
            ("0.10000000000000000000000", "0.100000000000000000"),
            ("999999999999999999.999999999999999999", "999999999999999999.999999999999999999"),
        ] {
            assert_eq!(decimal(text).map(|number| number.to_string()), Ok(shown.to_owned()), "{text}");
        }
        for (text, expected) in [
            ("", NotANumber),
            ("-", NotANumber),
            (".5", NotANumber),
            ("5.", NotANumber),
            ("+5", NotANumber),
            ("1,5", NotANumber),
            ("1.2.3", NotANumber),
            ("0x10", NotANumber),
            ("NaN", NotANumber),
            ("inf", NotANumber),
            ("1e", NotANumber),
            ("1e99999999999", NotANumber),
            ("0.0000000000000000001", TooFine),
            ("1e-19", TooFine),
            ("1e-2147483648", TooFine),
            ("1000000000000000000", TooLarge),
            ("1e18", TooLarge),
            ("1e2147483647", TooLarge),
            ("99999999999999999999999999999999999999999999", TooLarge),
        ] {
            assert_eq!(decimal(text), Err(expected), "{text}");
        }
    }

    #[test]
    fn json_strings_and_numbers_are_read_and_written_as_strings() {
        let read = |text| serde_json::from_str::<Decimal>(text).map_err(|error| error.to_string());
        for text in ["\"36500.5\"", "36500.5", "3.65005e4"] {
            assert_eq!(read(text), Ok(decimal("36500.5").unwrap()), "{text}");
        }
        assert_eq!(read("-3"), Ok(decimal("-3").unwrap()));
        assert_eq!(serde_json::to_string(&decimal("1.50").unwrap()).unwrap(), "\"1.50\"");
        assert!(read("\"\"").is_err_and(|error| error.contains("not a decimal number")));
        assert!(read("null").is_err_and(|error| error.contains("a decimal number")));
        assert!(read("1e300").is_err_and(|error| error.contains("10^18")));
        assert_eq!(format!("{:>8}", decimal("-1.5").unwrap()), "    -1.5");
    }

    proptest! {
        #[test]
        fn it_orders_as_the_number_does(left in -1_000_000_i64..1_000_000, right in -1_000_000_i64..1_000_000, places in 0_u32..6) {
            let of = |value: i64| decimal(&format!("{value}e-{places}")).unwrap();
            prop_assert_eq!(of(left).cmp(&of(right)), left.cmp(&right));
            prop_assert_eq!(of(left).minus(of(right)), of(left - right));
        }

        /// What a venue writes with 15 digits at most survives JSON numbers.
        #[test]
        fn a_json_number_of_15_digits_is_exact(digits in 0_u64..1_000_000_000_000_000, places in 0_u32..15) {
            let text = decimal(&format!("{digits}e-{places}")).unwrap().to_string();
            let read: Decimal = serde_json::from_str(&text).unwrap();
            prop_assert_eq!(read, decimal(&text).unwrap());
            prop_assert_eq!(Decimal::try_from(read.to_f64()), Ok(read));
        }

        #[test]
        fn no_text_makes_it_panic(text in "[-+0-9.eE]{0,50}") {
            if let Ok(number) = decimal(&text) {
                prop_assert_eq!(decimal(&number.to_string()), Ok(number));
            }
        }
    }
}
