//! The cases, by name.

mod frames;
mod link;
mod login;
mod topics;

use std::sync::Arc;

use super::{
    ServerSide,
    life::{Ended, Life, dialling, ensure, failed, not_applicable},
    plan::Moment,
    report::Stop,
    stage::{Stage, until},
};
use crate::transport::BoxFuture;

/// A case: a client's life before a server of its own.
pub(super) type Run<S> = fn(Arc<Stage<S>>) -> BoxFuture<'static, Ended>;

macro_rules! table {
    ($( $name:literal: $case:path $(= $argument:expr)?, )*) => {
        /// Every case, in the order of the report.
        pub(super) fn all<S: ServerSide>() -> Vec<(&'static str, Run<S>)> {
            vec![ $( ($name, |stage| Box::pin($case(stage $(, $argument)?))), )* ]
        }
    };
}

table! {
    "connect": link::connect,
    "log in": login::log_in,
    "wrong credentials": login::wrong_credentials,
    "login renewed": login::renewed,
    "session expired, told in an answer": login::expired_in_an_answer,
    "session expired, told unasked": login::expired_unasked,
    "subscribe": topics::subscribe,
    "partial reject": topics::partial_reject,
    "unsubscribe": topics::unsubscribe,
    "rate limit hit": topics::rate_limit_hit,
    "restore exactly once": topics::restore,
    "heartbeat": link::heartbeat,
    "asked for a sign of life": link::asked_for_life,
    "heartbeat lost": link::heartbeat_lost,
    "drop while connecting": link::dropped = Moment::Upgrade,
    "drop while logging in": link::dropped = Moment::Login,
    "drop while preparing": link::dropped = Moment::Other,
    "drop while restoring": link::dropped = Moment::Subscribe,
    "drop when ready": link::dropped_when_ready,
    "drop while unsubscribing": topics::dropped_while_leaving,
    "unknown frames": frames::unknown,
    "malformed frames": frames::malformed,
}
