//! Events of bounded size: what they tell may come from the network, and a thousand of them are kept.

use std::sync::Arc;

use super::Event;
use crate::{
    error::Error,
    state::{Cause, Transition},
};

/// Bytes of one text that is kept for its telling: a thousand errors must not keep a thousand messages of the largest size.
const KEPT: usize = 1_024;

/// An event of bounded size: its texts come from the network.
pub(super) fn bounded(event: Event) -> Event {
    match event {
        Event::Error(error) => Event::Error(bounded_error(error)),
        Event::Rejected { topic, error } => Event::Rejected { topic, error: bounded_error(error) },
        Event::Quarantined { topic, error } => Event::Quarantined { topic, error: bounded_error(error) },
        Event::State(step) => Event::State(bounded_step(step)),
        Event::LoggedIn { scope, refreshed } => Event::LoggedIn { scope: head(&scope).unwrap_or(scope), refreshed },
        event => event,
    }
}

/// A step of bounded size.
pub(super) fn bounded_step(step: Transition) -> Transition {
    match &*step.cause {
        Cause::Error(error) => {
            let cause = Cause::Error(bounded_error(error.clone()));
            Transition { cause: Arc::new(cause), ..step }
        }
        _ => step,
    }
}

/// An error of bounded size; whoever handles it gets the whole.
pub(super) fn bounded_error(mut error: Error) -> Error {
    match &mut error {
        Error::Platform { message, data, .. } => {
            shorten(message);
            if let Some(data) = data {
                shorten(data);
            }
        }
        Error::Rejected { body: text, .. }
        | Error::Decode { reason: text, .. }
        | Error::Encode { reason: text, .. }
        | Error::Protocol { reason: text, .. }
        | Error::Closed { reason: text, .. } => shorten(text),
        Error::Upgrade { reason } | Error::Auth { reason, .. } | Error::Subscription { reason, .. } => {
            if let Some(head) = head(reason) {
                *reason = head.into();
            }
        }
        _ => {}
    }
    match error {
        Error::Auth { reason, source } => {
            Error::Auth { reason, source: source.map(|source| Box::new(bounded_error(*source))) }
        }
        Error::Secrets { source } => Error::Secrets { source: Box::new(bounded_error(*source)) },
        error => error,
    }
}

fn shorten(text: &mut Arc<str>) {
    if let Some(head) = head(text) {
        *text = head.into();
    }
}

/// The beginning of a text that is too long.
fn head(text: &str) -> Option<String> {
    let end = (0..=KEPT).rev().find(|end| text.is_char_boundary(*end))?;
    (text.len() > KEPT).then(|| format!("{}…", &text[..end]))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::ErrorClass;

    #[test]
    fn r085_an_error_that_is_kept_is_small_whatever_the_venue_said() {
        let words: Arc<str> = "x".repeat(1024 * 1024).into();
        let platform =
            Error::Platform { class: ErrorClass::Platform, code: 1, message: words.clone(), data: Some(words.clone()) };
        let nested = Error::Secrets {
            source: Box::new(Error::Auth {
                reason: words.to_string().into(),
                source: Some(Box::new(platform.clone())),
            }),
        };
        let decode = Error::Decode { what: "a message".into(), reason: words, excerpt: "".into() };
        for error in [platform, nested, decode] {
            let shown = format!("{:?}", bounded_error(error));
            assert!(shown.len() < 4 * KEPT, "{} bytes", shown.len());
        }
    }
}
