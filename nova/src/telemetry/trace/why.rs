//! The last disconnect in a sentence: what broke, after how long, and what the client does about it.

use std::{error::Error as _, fmt::Write as _, time::Duration};

use crate::{
    error::Error,
    state::{Cause, State, Transition},
};

/// Explains the last loss of a link, or the last attempt that failed; `None` where there was neither.
pub(super) fn why(steps: &[&Transition]) -> Option<String> {
    let (at, last) = steps.iter().enumerate().rfind(|(_, step)| is_loss(step))?;
    let mut said = what(last);
    if last.from == State::Connecting
        && let Some(lost) = steps[..at].iter().rfind(|step| is_loss(step) && step.from != State::Connecting)
    {
        let _ = write!(said, " Before that, {}", lowered(&what(lost)));
    }
    if let Some(next) = steps[at + 1..].iter().rfind(|step| step.to.is_ready()) {
        let _ = write!(said, " It was ready again {} later.", rounded(next.at.duration_since(last.at)));
    }
    Some(said)
}

/// Whether a step gives up a link, or an attempt at one.
fn is_loss(step: &Transition) -> bool {
    let on_link = matches!(
        step.from,
        State::Connecting
            | State::Authenticating
            | State::Restoring
            | State::Ready { .. }
            | State::Draining
            | State::Closing
    );
    let away = matches!(step.to, State::Connecting | State::Backoff | State::Suspended | State::Failed | State::Closed);
    on_link && away
}

fn what(step: &Transition) -> String {
    let Transition { from, to, cause, epoch, attempt, delay, after, .. } = step;
    let during = match from {
        State::Ready { .. } => format!("after {} of being ready", rounded(*after)),
        State::Authenticating => "while logging in".to_owned(),
        State::Restoring => "while restoring its topics".to_owned(),
        State::Draining | State::Closing => "while closing".to_owned(),
        _ => format!("after {}", rounded(*after)),
    };
    let mut said = match (from, &**cause) {
        (State::Connecting, cause) => format!("An attempt to connect failed {during}: {}", whole(cause)),
        (_, Cause::Asked) => {
            format!("Connection {epoch} was given up {during}, because the user asked for another one")
        }
        (_, Cause::Error(Error::Recalled)) => {
            format!("Connection {epoch} was given up {during}, because the venue asked to connect anew")
        }
        (_, Cause::Finished { .. } | Cause::Close) => format!("Connection {epoch} was closed by the user: {cause}"),
        (_, cause) => format!("Connection {epoch} was lost {during}: {}", whole(cause)),
    };
    match to {
        State::Backoff => {
            let when = match delay.filter(|delay| !delay.is_zero()) {
                Some(delay) => format!("in {}", rounded(delay)),
                None => "at once".to_owned(),
            };
            let _ = write!(said, "; attempt {attempt} follows {when}.");
        }
        State::Suspended => said.push_str("; there were too many failures, so the client rests before it tries again."),
        State::Failed => said.push_str("; the client does not come back."),
        _ => said.push('.'),
    }
    said
}

/// A cause with what lies behind it, where it does not say so itself.
fn whole(cause: &Cause) -> String {
    let mut said = cause.to_string();
    let Cause::Error(error) = cause else { return said };
    let mut source = error.source();
    while let Some(behind) = source {
        let words = behind.to_string();
        if !said.contains(&words) {
            let _ = write!(said, ": {words}");
        }
        source = behind.source();
    }
    said
}

fn lowered(sentence: &str) -> String {
    let mut letters = sentence.chars();
    letters.next().map_or_else(String::new, |first| first.to_lowercase().chain(letters).collect())
}

/// To the millisecond: what is finer explains nothing.
fn rounded(duration: Duration) -> String {
    let millis = u64::try_from(duration.as_millis()).unwrap_or(u64::MAX);
    format!("{:?}", Duration::from_millis(millis))
}
