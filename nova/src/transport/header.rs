//! Which headers a user may add to the upgrade.
//!
//! A line break in a value would let whoever controls it write the rest of the request, and a second `Host` or `Upgrade` would
//! change its meaning. Errors name the header and never quote its value, which may be a credential.

use crate::error::{Error, Result, excerpt};

/// Headers nova writes itself, and those that would change where the request ends.
const RESERVED: [&str; 5] = ["host", "upgrade", "connection", "content-length", "transfer-encoding"];

/// Checks a header before anything is dialled.
pub(crate) fn check_header(name: &str, value: &str) -> Result<()> {
    let shown = excerpt(name.as_bytes(), 64);
    if !is_token(name) {
        return Err(Error::config("header", format!("`{shown}` is not a header name")));
    }
    let lower = name.to_ascii_lowercase();
    if lower == "sec-websocket-protocol" {
        return Err(Error::config("header", format!("`{shown}` is written by nova: use .subprotocols(..)")));
    }
    if RESERVED.contains(&lower.as_str()) || lower.starts_with("sec-websocket-") {
        return Err(Error::config("header", format!("`{shown}` is written by nova and cannot be set")));
    }
    if value.bytes().any(|byte| (byte < b' ' && byte != b'\t') || byte == 0x7f) {
        return Err(Error::config("header", format!("the value of `{shown}` holds a line break or control character")));
    }
    Ok(())
}

/// Checks a subprotocol before anything is dialled.
pub(crate) fn check_subprotocol(name: &str) -> Result<()> {
    if is_token(name) {
        return Ok(());
    }
    Err(Error::config("subprotocols", format!("`{}` is not a subprotocol name", excerpt(name.as_bytes(), 64))))
}

/// RFC 9110 §5.6.2.
fn is_token(name: &str) -> bool {
    !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn r088_headers_that_change_the_request_are_refused_without_their_value() {
        let refused = [
            ("X-Key", "k-123\r\nHost: evil"),
            ("X-Key", "k-123\n"),
            ("X-Key", "k-123\0"),
            ("X-Key", "k-123\x7f"),
            ("X Key", "k-123"),
            ("X-Key:", "k-123"),
            ("X-Key\r\n", "k-123"),
            ("", "k-123"),
            ("Schlüssel", "k-123"),
            ("Host", "k-123"),
            ("host", "k-123"),
            ("UPGRADE", "k-123"),
            ("Connection", "k-123"),
            ("Content-Length", "k-123"),
            ("Transfer-Encoding", "k-123"),
            ("Sec-WebSocket-Key", "k-123"),
            ("sec-websocket-extensions", "k-123"),
            ("Sec-WebSocket-Protocol", "k-123"),
        ];
        for (name, value) in refused {
            let error = check_header(name, value).expect_err(name);
            assert!(matches!(&error, Error::Config { field, .. } if field == "header"), "{name}: {error}");
            assert!(!format!("{error} {error:?}").contains("k-123"), "{error:?}");
        }
    }

    #[test]
    fn ordinary_headers_pass() {
        for (name, value) in
            [("Authorization", "Bearer abc"), ("X-Key", ""), ("Cookie", "a=b;\tc=d"), ("X-Name", "Müller")]
        {
            check_header(name, value).expect(name);
        }
    }

    #[test]
    fn r088_subprotocols_are_tokens() {
        check_subprotocol("graphql-transport-ws").expect("a token");
        for name in ["", "a b", "a,b", "a\r\nb", "ä"] {
            check_subprotocol(name).expect_err(name);
        }
    }

    proptest! {
        #[test]
        fn r088_what_passes_keeps_the_request_in_one_piece(name in ".*", value in ".*") {
            if check_header(&name, &value).is_ok() {
                let line = format!("{name}: {value}");
                prop_assert!(!line.contains(['\r', '\n', '\0']));
            }
        }
    }
}
