//! How the server of a case behaves: what it refuses, what it keeps back, where it cuts the link.

use super::{Asked, Verdict};

/// Where in a client's life the link is cut.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Moment {
    /// At the door.
    Upgrade,
    /// When it has asked for this, and before it has an answer.
    Login,
    Subscribe,
    Unsubscribe,
    Other,
}

/// How the server behaves from now on.
#[derive(Debug, Default)]
pub(super) struct Plan {
    /// Credentials are wrong.
    pub(super) strangers: bool,
    /// So many requests for topics are too many, and so many find the session expired.
    pub(super) too_many: usize,
    pub(super) expired: usize,
    /// The link is cut there, once.
    pub(super) cut_at: Option<Moment>,
    /// Answers are kept back.
    pub(super) hold: bool,
}

impl Plan {
    /// What becomes of what is asked for, and what the server needs words for then.
    pub(super) fn verdict<'v>(&mut self, asked: &Asked, refused: &'v [String]) -> (Verdict<'v>, &'static str) {
        match asked {
            Asked::Login if self.strangers => (Verdict::WrongCredentials, "that credentials are wrong"),
            Asked::Subscribe(_) | Asked::Login if self.too_many > 0 => {
                self.too_many -= 1;
                (Verdict::TooMany, "that there are too many requests")
            }
            Asked::Subscribe(_) if self.expired > 0 => {
                self.expired -= 1;
                (Verdict::Expired, "in an answer that the session has expired")
            }
            Asked::Subscribe(_) if !refused.is_empty() => {
                (Verdict::NoSuchTopics(refused), "that there is no such topic")
            }
            _ => (Verdict::Granted, "yes"),
        }
    }
}
