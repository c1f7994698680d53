//! The steps of a scenario, as data.

use std::{fmt, sync::Arc, time::Duration};

use bytes::Bytes;
use serde_json::Value;

use super::{Handshake, Matcher};
use crate::frame::Frame;

/// One step, and how long it may wait for the client.
#[derive(Clone)]
pub(super) struct Step {
    pub(super) what: What,
    pub(super) within: Option<Duration>,
    /// How early is too early, for a reconnect.
    pub(super) not_before: Duration,
}

impl From<What> for Step {
    fn from(what: What) -> Self {
        Self { what, within: None, not_before: Duration::ZERO }
    }
}

#[derive(Clone)]
pub(super) enum What {
    Handshake(Handshake),
    Send(Frame),
    SendFragmented(Frame, usize),
    SendRaw(Bytes),
    Expect(Matcher),
    ExpectEnd,
    Reply(Reply),
    Rule(Rule),
    Delay(Duration),
    End(Ending),
    Reconnect,
    Repeat(usize, Arc<[Step]>),
    Forever(Arc<[Step]>),
    Parallel(Arc<[Arc<[Step]>]>),
}

/// Makes an answer of the frame that the step before it took.
pub(super) type Reply = Arc<dyn Fn(&Frame) -> Frame + Send + Sync>;

/// What becomes of frames that no step wants, from here on.
#[derive(Clone)]
pub(in crate::test) enum Rule {
    Answer(Answering),
    Ignore(Matcher),
}

/// Makes an answer of a request, or says that it is none of its own.
pub(super) type Answering = Arc<dyn Fn(&Value) -> Option<Value> + Send + Sync>;

/// How a connection ends.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::test) enum Ending {
    /// With a close frame; 1005 stands for one without code.
    Close(u16, String),
    /// Without one.
    Drop,
    /// With a reset.
    Reset,
    /// Nothing is read and nothing is sent any more; the connection stays open.
    Blackhole,
    /// The client's close is answered; the connection stays open until the client ends it.
    Linger,
}

impl What {
    /// Whether it waits for the client.
    pub(super) fn waits(&self) -> bool {
        matches!(self, Self::Handshake(_) | Self::Expect(_) | Self::ExpectEnd | Self::Reconnect)
    }

    /// Whether it takes time, be it the client's.
    fn takes_time(&self) -> bool {
        match self {
            Self::Delay(_) | Self::Forever(_) => true,
            Self::Repeat(_, steps) => steps.iter().any(|step| step.what.takes_time()),
            Self::Parallel(branches) => {
                branches.iter().flat_map(|steps| steps.iter()).any(|step| step.what.takes_time())
            }
            what => what.waits(),
        }
    }
}

impl fmt::Display for What {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Handshake(_) => f.write_str("a connection attempt"),
            Self::Expect(matcher) => matcher.fmt(f),
            Self::Reconnect => f.write_str("a reconnect"),
            Self::ExpectEnd => f.write_str("the end of the connection, by the client"),
            Self::Delay(time) => write!(f, "a delay of {time:?}"),
            Self::Send(_) | Self::SendFragmented(..) | Self::SendRaw(_) => f.write_str("a send"),
            Self::Reply(_) => f.write_str("a reply"),
            Self::Rule(_) => f.write_str("a rule"),
            Self::End(_) => f.write_str("an end of the connection"),
            Self::Repeat(..) | Self::Forever(_) => f.write_str("a repetition"),
            Self::Parallel(_) => f.write_str("parallel steps"),
        }
    }
}

impl fmt::Debug for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.what, f)
    }
}

/// Where the scenario stands while its steps are checked one after the other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Place {
    /// Before an upgrade.
    Outside,
    /// On a connection.
    Inside,
}

/// Walks through the steps and says what cannot work.
pub(super) fn check(steps: &[Step], mut place: Place, nested: bool) -> Result<Place, String> {
    let mut before: Option<&What> = None;
    for step in steps {
        let what = &step.what;
        if let Some(What::Forever(_)) = before {
            return Err(format!("{what} would never be reached: it stands behind `forever(..)`"));
        }
        place = match (what, place) {
            (What::Handshake(_) | What::Reconnect, _) if nested => {
                return Err(format!(
                    "{what} is for the script of a server: not for `parallel`, nor for one connection"
                ));
            }
            (What::Handshake(handshake), Place::Outside) => {
                if handshake.opens() {
                    Place::Inside
                } else {
                    Place::Outside
                }
            }
            (What::Handshake(_), Place::Inside) => {
                return Err("the connection is open already: `expect_reconnect()` comes before the next attempt".into());
            }
            (What::End(_) | What::ExpectEnd, Place::Inside) | (What::Reconnect, _) => Place::Outside,
            (What::Rule(_) | What::Delay(_), place) => place,
            (What::Repeat(times, body), place) => {
                no_forever(body)?;
                let after = check(body, place, nested)?;
                // Once more from where it ended.
                if *times > 1 { check(body, after, nested)? } else { after }
            }
            (What::Forever(body), place) => {
                if !body.iter().any(|step| step.what.takes_time()) {
                    return Err(
                        "`forever(..)` needs a step that waits or takes time: it would be repeated without an end"
                            .into(),
                    );
                }
                no_forever(body)?;
                let after = check(body, place, nested)?;
                check(body, after, nested)?
            }
            (What::Parallel(branches), Place::Inside) => {
                let mut after = Place::Inside;
                for branch in branches.iter() {
                    no_forever(branch)?;
                    if check(branch, Place::Inside, true)? == Place::Outside {
                        after = Place::Outside;
                    }
                }
                after
            }
            (_, Place::Outside) => {
                return Err(format!(
                    "{what} needs a connection: `connect_success()` comes first, after an end `expect_reconnect()` too"
                ));
            }
            (What::Reply(_), _) if !matches!(before, Some(What::Expect(_) | What::Reply(_))) => {
                return Err("a reply belongs behind the `expect(..)` whose frame it answers".into());
            }
            (_, Place::Inside) => Place::Inside,
        };
        before = Some(what);
    }
    Ok(place)
}

/// What never ends is nobody's part.
fn no_forever(steps: &[Step]) -> Result<(), String> {
    let found = steps.iter().any(|step| matches!(step.what, What::Forever(_)));
    if found {
        Err("`forever(..)` is for the end of a scenario, not for a part of another step".into())
    } else {
        Ok(())
    }
}
