//! How a setting's value is written and read: `"250ms"`, `"32MiB"`, `"10/s"`, `"off"`.
//!
//! One spelling for attributes, files, the environment and `explain`, so that what is printed can be pasted back.

use std::time::Duration;

use super::kinds::{ParseValueError, Rate};

type Parsed<T> = Result<T, ParseValueError>;

/// The type of a key.
pub(crate) trait Value: Copy {
    fn parse(text: &str) -> Parsed<Self>;
    fn text(self) -> String;
}

const UNITS: [(&str, u128); 6] = [
    ("h", 3_600_000_000_000),
    ("m", 60_000_000_000),
    ("s", 1_000_000_000),
    ("ms", 1_000_000),
    ("us", 1_000),
    ("ns", 1),
];

impl Value for Duration {
    fn parse(text: &str) -> Parsed<Self> {
        let wrong = || ParseValueError::new(text, "a number and its unit, such as \"250ms\", \"10s\" or \"5m\"");
        let digits = text.find(|c: char| !c.is_ascii_digit()).ok_or_else(wrong)?;
        let (number, unit) = text.split_at(digits);
        let &(_, nanos) = UNITS.iter().find(|(name, _)| *name == unit.trim_start()).ok_or_else(wrong)?;
        let total = number.parse::<u64>().map_err(|_| wrong())?;
        let total = u64::try_from(u128::from(total) * nanos)
            .map_err(|_| ParseValueError::new(text, "a time below 584 years"))?;
        Ok(Duration::from_nanos(total))
    }

    fn text(self) -> String {
        let nanos = self.as_nanos();
        let (unit, each) = UNITS.into_iter().find(|(_, each)| nanos.is_multiple_of(*each)).unwrap_or(UNITS[5]);
        if nanos == 0 { "0s".to_owned() } else { format!("{}{unit}", nanos / each) }
    }
}

const SIZES: [(&str, usize); 4] = [("GiB", 1 << 30), ("MiB", 1 << 20), ("KiB", 1 << 10), ("", 1)];

/// A size in bytes.
impl Value for usize {
    fn parse(text: &str) -> Parsed<Self> {
        let wrong = || ParseValueError::new(text, "a size in bytes, such as \"65536\", \"64KiB\" or \"32MiB\"");
        let digits = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
        let (number, unit) = text.split_at(digits);
        let &(_, each) = SIZES.iter().find(|(name, _)| *name == unit.trim_start()).ok_or_else(wrong)?;
        number.parse::<usize>().ok().and_then(|number| number.checked_mul(each)).ok_or_else(wrong)
    }

    fn text(self) -> String {
        let (unit, each) =
            SIZES.into_iter().find(|(_, each)| self != 0 && self.is_multiple_of(*each)).unwrap_or(SIZES[3]);
        format!("{}{unit}", self / each)
    }
}

impl Value for u32 {
    fn parse(text: &str) -> Parsed<Self> {
        text.parse().map_err(|_| ParseValueError::new(text, "a whole number from 0 to 4294967295"))
    }

    fn text(self) -> String {
        self.to_string()
    }
}

impl Value for f64 {
    fn parse(text: &str) -> Parsed<Self> {
        let number: Option<f64> = text.parse().ok();
        number.filter(|number| number.is_finite()).ok_or_else(|| ParseValueError::new(text, "a number such as \"0.5\""))
    }

    fn text(self) -> String {
        self.to_string()
    }
}

impl Value for bool {
    fn parse(text: &str) -> Parsed<Self> {
        match text {
            "true" | "on" => Ok(true),
            "false" | "off" => Ok(false),
            _ => Err(ParseValueError::new(text, "\"true\" or \"false\"")),
        }
    }

    fn text(self) -> String {
        self.to_string()
    }
}

impl Value for Rate {
    fn parse(text: &str) -> Parsed<Self> {
        let wrong = || ParseValueError::new(text, "a count and a time, such as \"10/s\" or \"120/60s\"");
        let (count, per) = text.split_once('/').ok_or_else(wrong)?;
        let per = per.trim_start();
        let per = if per.starts_with(|c: char| c.is_ascii_digit()) { per.to_owned() } else { format!("1{per}") };
        let per = <Duration as Value>::parse(&per).map_err(|_| wrong())?;
        Ok(Rate { count: count.trim_end().parse().map_err(|_| wrong())?, per })
    }

    fn text(self) -> String {
        let per = self.per.text();
        let per = per.strip_prefix('1').filter(|unit| !unit.starts_with(|c: char| c.is_ascii_digit())).unwrap_or(&per);
        format!("{}/{per}", self.count)
    }
}

impl<T: Value> Value for Option<T> {
    fn parse(text: &str) -> Parsed<Self> {
        if text == "off" { Ok(None) } else { T::parse(text).map(Some) }
    }

    fn text(self) -> String {
        self.map_or_else(|| "off".to_owned(), T::text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn shown<T: Value>(text: &str) -> String {
        T::parse(text).map_or_else(|error| error.to_string(), T::text)
    }

    #[test]
    fn values_are_printed_as_they_are_written() {
        for text in ["250ms", "10s", "5m", "2h", "1500ms", "0s", "7us"] {
            assert_eq!(shown::<Duration>(text), text);
        }
        for text in ["32MiB", "64KiB", "65537", "1GiB", "0"] {
            assert_eq!(shown::<usize>(text), text);
        }
        for text in ["10/s", "120/m", "3/10s", "5/250ms"] {
            assert_eq!(shown::<Rate>(text), text);
        }
        assert_eq!(shown::<Rate>("120/60s"), "120/m");
        assert_eq!(shown::<Option<Duration>>("off"), "off");
        assert_eq!(shown::<Option<Duration>>("60s"), "1m");
    }

    #[test]
    fn r086_texts_that_are_no_values_are_refused() {
        for text in ["", "10", "s", "-1s", "1.5s", "10 sec", "99999999999999999999s", "9999999999999h"] {
            assert!(<Duration as Value>::parse(text).is_err(), "{text}");
        }
        for text in ["", "-1", "4MB", "99999999999999999999", "18446744073709551615KiB"] {
            assert!(<usize as Value>::parse(text).is_err(), "{text}");
        }
        for text in ["NaN", "inf", "-inf", "1,5", ""] {
            assert!(<f64 as Value>::parse(text).is_err(), "{text}");
        }
        for text in ["10", "/s", "10/", "-1/s", "10/x"] {
            assert!(<Rate as Value>::parse(text).is_err(), "{text}");
        }
    }

    proptest! {
        #[test]
        fn every_duration_and_size_survives_its_text(nanos in any::<u64>(), bytes in any::<usize>(), text in ".{0,12}") {
            let duration = Duration::from_nanos(nanos);
            prop_assert_eq!(<Duration as Value>::parse(&duration.text()).unwrap(), duration);
            prop_assert_eq!(<usize as Value>::parse(&bytes.text()).unwrap(), bytes);
            let _ = (<Duration as Value>::parse(&text), <Rate as Value>::parse(&text), <usize as Value>::parse(&text));
        }
    }
}
