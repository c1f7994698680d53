//! What nodes and providers mean by their errors: by the code where it says enough, by the words where one code stands for everything.

use crate::error::{Error, ErrorClass};

/// Words of a refusal because the range of blocks, or what is in it, is too large. Every provider has its own.
const TOO_LARGE: &[&str] = &[
    "range",
    "more than",
    "too many results",
    "too many logs",
    "too many blocks",
    "response size",
    "size exceeded",
    "exceeds max",
    "exceeds the limit",
    "limited to",
    "limit the query",
    "query timeout",
];

const LIMITED: &[&str] =
    &["rate limit", "too many requests", "request limit", "requests per", "throughput", "capacity", "credits", "quota"];

/// The node does not have it now: another behind the same address may, or this one soon.
const NOT_YET: &[&str] =
    &["header not found", "missing trie node", "timed out", "timeout", "unfinalized", "unknown block", "syncing"];

const NOT_ALLOWED: &[&str] = &["unauthorized", "invalid project id", "invalid api key", "must be authenticated"];

/// An error of the node, in the class that its words speak for.
pub(super) fn judged(error: Error) -> Error {
    let Error::Platform { class, code, message, data } = error else { return error };
    let says = |words: &[&str]| says(&message, words);
    let class = match code {
        // These stand for anything.
        -32_000 | -32_001 | -32_005 | -32_602..=-32_600 | 0 if says(LIMITED) => ErrorClass::RateLimited,
        -32_005 if says(TOO_LARGE) => ErrorClass::Platform,
        -32_000 | -32_001 | -32_600 if says(NOT_ALLOWED) => ErrorClass::Authentication,
        -32_000 if says(TOO_LARGE) => ErrorClass::Platform,
        -32_000 | -32_001 if says(NOT_YET) => ErrorClass::Transient,
        _ => class,
    };
    Error::Platform { class, code, message, data }
}

/// Whether fewer blocks may be answered where these were not.
pub(super) fn is_too_large(error: &Error) -> bool {
    match error {
        Error::Platform { class: ErrorClass::Platform | ErrorClass::Transient, message, .. } => {
            says(message, TOO_LARGE)
        }
        // The node closed its hand over an answer that is too large to send or to make in time.
        Error::Timeout { .. } => true,
        _ => false,
    }
}

fn says(message: &str, words: &[&str]) -> bool {
    let message = message.to_ascii_lowercase();
    words.iter().any(|word| message.contains(word))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::platform::{Ethereum, Platform};

    #[test]
    fn r77_codes_and_words_call_for_what_the_node_means() {
        use ErrorClass::{Authentication, Platform, RateLimited, Transient};
        for (code, message, class, too_large) in [
            (-32_005, "daily request count exceeded, request rate limited", RateLimited, false),
            (-32_005, "limit exceeded", RateLimited, false),
            (-32_005, "query returned more than 10000 results", Platform, true),
            (429, "Your app has exceeded its compute units per second capacity.", RateLimited, false),
            (
                -32_602,
                "Log response size exceeded. You can make eth_getLogs requests with up to a 2K block range",
                Platform,
                true,
            ),
            (-32_600, "eth_getLogs is limited to a 10,000 range", Platform, true),
            (-32_614, "eth_getLogs is limited to a 10,000 range", Platform, true),
            (-32_000, "block range is too wide", Platform, true),
            (-32_701, "Please limit the query to at most 1000 blocks", Platform, true),
            (-32_000, "header not found", Transient, false),
            (-32_000, "missing trie node 56e8 (path )", Transient, false),
            (-32_000, "nonce too low", Platform, false),
            (-32_002, "request timed out", Transient, false),
            (-32_603, "Internal error", Transient, false),
            (-32_001, "Unauthorized", Authentication, false),
            (-32_600, "Must be authenticated!", Authentication, false),
            (4_100, "The requested account has not been authorized", Authentication, false),
            (-32_601, "The method does_not_exist is not available", Platform, false),
            (3, "execution reverted", Platform, false),
            (4_900, "disconnected", Transient, false),
        ] {
            let by_code = Ethereum::new().error_class(code);
            let error = judged(Error::Platform { class: by_code, code, message: message.into(), data: None });
            assert_eq!((error.class(), is_too_large(&error)), (class, too_large), "{code} {message}");
        }
    }
}
