//! `Retry-After`: seconds, or a date.
//!
//! Servers send both, and nonsense too. What cannot be understood is ignored rather than guessed, and nothing can make a client wait
//! longer than five minutes.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// The longest wait a server can ask for.
const LONGEST: Duration = Duration::from_secs(300);

const MONTHS: [&str; 12] = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/// How long to wait, counted from `now`; `None` for what is neither seconds nor a date.
pub(super) fn parse(value: &str, now: SystemTime) -> Option<Duration> {
    let value = value.trim();
    let asked = if !value.is_empty() && value.bytes().all(|byte| byte.is_ascii_digit()) {
        // Too many digits for a number is a very long wait all the same.
        value.parse().map_or(LONGEST, Duration::from_secs)
    } else {
        date(value)?.duration_since(now).unwrap_or(Duration::ZERO)
    };
    Some(asked.min(LONGEST))
}

/// The one form of date that servers may generate: `Sun, 06 Nov 1994 08:49:37 GMT` (RFC 9110 §5.6.7).
pub(super) fn date(value: &str) -> Option<SystemTime> {
    let (_weekday, rest) = value.split_once(", ")?;
    let mut words = rest.split(' ');
    let day = number(words.next()?, 2, 1..=31)?;
    let month = words.next()?;
    let month = (1..).zip(MONTHS).find(|(_, name)| *name == month)?.0;
    let year = number(words.next()?, 4, 1970..=9999)?;
    let mut clock = words.next()?.split(':');
    let hour = number(clock.next()?, 2, 0..=23)?;
    let minute = number(clock.next()?, 2, 0..=59)?;
    let second = number(clock.next()?, 2, 0..=60)?;
    if (words.next(), words.next(), clock.next()) != (Some("GMT"), None, None) {
        return None;
    }
    let seconds = (days_since_epoch(year, month, day) * 24 + hour) * 3600 + minute * 60 + second;
    UNIX_EPOCH.checked_add(Duration::from_secs(seconds))
}

fn number(text: &str, digits: usize, range: std::ops::RangeInclusive<u64>) -> Option<u64> {
    let digits_only = text.len() == digits && text.bytes().all(|byte| byte.is_ascii_digit());
    text.parse().ok().filter(|number| digits_only && range.contains(number))
}

/// Days since 1970-01-01 in the Gregorian calendar. Years are counted from March, so that the leap day comes last.
fn days_since_epoch(year: u64, month: u64, day: u64) -> u64 {
    let (year, month) = if month > 2 { (year, month - 3) } else { (year - 1, month + 9) };
    let days = year * 365 + year / 4 - year / 100 + year / 400 + (month * 153 + 2) / 5 + day - 1;
    days - 719_468
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn r024_seconds_and_dates_are_understood_and_junk_is_ignored() {
        // 1994-11-06 08:49:37 UTC.
        let now = UNIX_EPOCH + Duration::from_secs(784_111_777);
        let seconds = |value| Some(Duration::from_secs(value));
        let table = [
            ("0", seconds(0)),
            ("7", seconds(7)),
            (" 120 ", seconds(120)),
            ("301", seconds(300)),
            ("1000000000000", seconds(300)),
            ("99999999999999999999999999", seconds(300)),
            ("-1", None),
            ("1.5", None),
            ("+3", None),
            ("", None),
            ("soon", None),
            ("Sun, 06 Nov 1994 08:49:37 GMT", seconds(0)),
            ("Sun, 06 Nov 1994 08:50:07 GMT", seconds(30)),
            ("Sun, 06 Nov 1994 08:00:00 GMT", seconds(0)),
            ("Mon, 07 Nov 1994 08:49:37 GMT", seconds(300)),
            ("Fri, 31 Dec 9999 23:59:59 GMT", seconds(300)),
            ("Sun, 06 Nov 1994 08:50:07 CET", None),
            ("Sun, 06 Nov 1994 25:50:07 GMT", None),
            ("Sun, 00 Nov 1994 08:50:07 GMT", None),
            ("Sun, 06 Nov 1994", None),
            ("Sunday, 06-Nov-94 08:49:37 GMT", None),
        ];
        for (value, expected) in table {
            assert_eq!(parse(value, now), expected, "{value:?}");
        }
    }

    #[test]
    fn days_are_counted_over_leap_years() {
        for (date, days) in
            [((1970, 1, 1), 0), ((2000, 2, 29), 11_016), ((2000, 3, 1), 11_017), ((2026, 11, 22), 20_779)]
        {
            assert_eq!(days_since_epoch(date.0, date.1, date.2), days, "{date:?}");
        }
    }
}
