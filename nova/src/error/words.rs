//! The words of an error that come from elsewhere: cut short, and safe for a log line.

use super::ErrorClass;

/// The first `limit` bytes of a payload, with control characters and broken UTF-8 escaped: safe for a log line.
pub(crate) fn excerpt(payload: &[u8], limit: usize) -> String {
    let cut = &payload[..payload.len().min(limit)];
    let mut text: String = String::from_utf8_lossy(cut).escape_debug().collect();
    if payload.len() > limit {
        text.push('…');
    }
    text
}

/// What a peer that closes has said, and what the platform says of it.
pub(super) fn said(class: Option<ErrorClass>, reason: &str) -> String {
    let words = excerpt(reason.as_bytes(), 123);
    match class {
        None if words.is_empty() => String::new(),
        None => format!(" ({words})"),
        Some(class) if words.is_empty() => format!(" ({class})"),
        Some(class) => format!(" ({class}: {words})"),
    }
}

pub(super) fn hint(status: u16) -> &'static str {
    match status {
        301 | 302 | 303 | 307 | 308 => ": redirects are not followed by default; use the address it points to",
        401 => ": the credentials were refused",
        403 => ": this client may not connect",
        404 | 410 => ": nothing answers at this path",
        429 => ": too many connections or requests",
        _ => "",
    }
}
