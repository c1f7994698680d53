//! What the codes of JSON-RPC servers call for.

use crate::error::ErrorClass;

/// The codes that call for more than telling the caller: those of the specification, and habits that many servers share.
pub const CODES: &[(i64, ErrorClass)] = &[
    // Internal error.
    (-32603, ErrorClass::Transient),
    // Limit exceeded.
    (-32005, ErrorClass::RateLimited),
    // Server busy.
    (-32009, ErrorClass::Transient),
];

pub(super) fn class(own: &[(i64, ErrorClass)], code: i64) -> ErrorClass {
    own.iter().chain(CODES).find(|(known, _)| *known == code).map_or(ErrorClass::Platform, |(_, class)| *class)
}
