//! What Deribit's error codes call for.

use crate::error::ErrorClass;

/// By the complete table of the venue; its page of "common errors" contradicts it.
///
/// Codes that refuse one request for want of a right (13021, 11042, 13403, 13668, 13778) are the caller's: a login that lacks a
/// right is not made better by logging in again. A login refused with one of them is an error of the login all the same.
pub(super) fn class(code: i64) -> ErrorClass {
    match code {
        // 12003 is a limit on logins.
        10_028 | 10_047 | 10_066 | 12_003 | 12_998 | 13_780 | 13_903 => ErrorClass::RateLimited,
        10_040 | 10_041 | 10_048 | 10_050 | 11_051 | 11_056 | 11_094 | 13_025 | 13_028 | 13_503 | 13_888 => {
            ErrorClass::Transient
        }
        10_000 | 13_004 | 13_009 => ErrorClass::Authentication,
        11_098 | 12_005 => ErrorClass::Critical,
        _ => ErrorClass::Platform,
    }
}
