//! Texts → quantities: `"250ms"`, `"4MiB"`, `"10/s"`, spelt as the runtime reads them from files.

use std::time::Duration;

/// The leading whole number, and what follows it.
fn split(text: &str) -> Option<(u64, &str)> {
    let end = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    let (digits, unit) = text.split_at(end);
    Some((digits.parse().ok()?, unit.trim_start()))
}

pub(crate) fn duration(text: &str) -> Option<Duration> {
    let (number, unit) = split(text)?;
    let nanos: u64 = match unit {
        "h" => 3_600_000_000_000,
        "m" => 60_000_000_000,
        "s" => 1_000_000_000,
        "ms" => 1_000_000,
        "us" => 1_000,
        "ns" => 1,
        _ => return None,
    };
    number.checked_mul(nanos).map(Duration::from_nanos)
}

pub(crate) fn bytes(text: &str) -> Option<usize> {
    let (number, unit) = split(text)?;
    let each = match unit {
        "" => 1,
        "KiB" => 1 << 10,
        "MiB" => 1 << 20,
        "GiB" => 1 << 30,
        _ => return None,
    };
    usize::try_from(number).ok()?.checked_mul(each)
}

/// `10/s` is `10/1s`.
pub(crate) fn rate(text: &str) -> Option<(u32, Duration)> {
    let (count, per) = text.split_once('/')?;
    let (count, per) = (count.trim_end(), per.trim_start());
    let time = if per.starts_with(|c: char| c.is_ascii_digit()) { duration(per) } else { duration(&format!("1{per}")) };
    Some((count.parse().ok()?, time?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_a_whole_number_and_a_unit() {
        for (text, read) in [
            ("250ms", Some(Duration::from_millis(250))),
            ("10s", Some(Duration::from_secs(10))),
            ("5m", Some(Duration::from_secs(300))),
            ("1h", Some(Duration::from_secs(3600))),
            ("7us", Some(Duration::from_micros(7))),
            ("10", None),
            ("s", None),
            ("", None),
            ("1.5s", None),
            ("-1s", None),
            ("10 s", Some(Duration::from_secs(10))),
            ("18446744073709551615h", None),
            ("99999999999999999999s", None),
        ] {
            assert_eq!(duration(text), read, "{text}");
        }
    }

    #[test]
    fn sizes_are_binary_and_do_not_overflow() {
        for (text, read) in [
            ("512", Some(512)),
            ("64KiB", Some(65_536)),
            ("4MiB", Some(4_194_304)),
            ("1GiB", Some(1_073_741_824)),
            ("4MB", None),
            ("4B", None),
            ("", None),
            ("18446744073709551615GiB", None),
        ] {
            assert_eq!(bytes(text), read, "{text}");
        }
    }

    #[test]
    fn rates_are_a_count_in_a_time() {
        for (text, read) in [
            ("10/s", Some((10, Duration::from_secs(1)))),
            ("120/60s", Some((120, Duration::from_secs(60)))),
            ("5/m", Some((5, Duration::from_secs(60)))),
            ("1/250ms", Some((1, Duration::from_millis(250)))),
            ("1 / 5 s", Some((1, Duration::from_secs(5)))),
            ("10", None),
            ("/s", None),
            ("10/", None),
        ] {
            assert_eq!(rate(text), read, "{text}");
        }
    }
}
