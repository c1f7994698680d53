//! The heartbeat: the venue's own, told or asked, and nova's, which asks the venue itself.
//!
//! A WebSocket ping would not do for nova's: a gateway answers it whose exchange is long gone.

use serde_json::json;

use crate::{
    error::Result,
    flow::Priority,
    message::Outgoing,
    platform::{
        Inbound,
        json_rpc::malformed,
        scan::{Members, ScanError, unquote},
    },
};

/// A `heartbeat` notification whose parameters start at byte `params`. A `test_request` not answered at once ends the connection.
pub(super) fn receive(text: &str, params: usize) -> Result<Inbound<'_>> {
    if asks(text, params).map_err(|error| malformed(text, error))? {
        Ok(Inbound::Reflex(test()?))
    } else {
        Ok(Inbound::Alive)
    }
}

/// The call that every connection may make at any time: the answer to a `test_request`, and a question of nova's own.
pub(super) fn test() -> Result<Outgoing> {
    Ok(Outgoing::call("public/test", &json!({}))?.priority(Priority::Control))
}

fn asks(text: &str, params: usize) -> Result<bool, ScanError> {
    let mut members = Members::at(text, params)?;
    while let Some(key) = members.key()? {
        if key == "type" {
            return Ok(unquote(members.value()?).is_some_and(|kind| kind == "test_request"));
        }
    }
    Ok(false)
}
