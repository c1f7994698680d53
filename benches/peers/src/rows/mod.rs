//! The rows: one file a workload, one function an arm.

mod feed;
mod outbound;
mod reconnect;
mod requests;
mod scale;
mod subscription;

use crate::measure::Row;

/// All of them, in the order in which they run.
pub(crate) fn all() -> Vec<Row> {
    vec![
        feed::row(),
        subscription::row(),
        requests::row(),
        requests::rpc(),
        outbound::row(),
        scale::row(),
        reconnect::row(),
    ]
}
