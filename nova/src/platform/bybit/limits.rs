//! The limits of order entry: what a request takes, and what the answers say is left.

use std::time::Duration;

use serde::Deserialize;

use super::frame::Head;
use crate::{message::Outgoing, platform::LimitNews};

/// Units a second of each pool: an order for spot takes one, any other two.
const UNITS: u64 = 20;

/// What a request takes: half for spot, of which twice as many are admitted.
pub(super) fn cost(outgoing: &Outgoing, cost: u32) -> u32 {
    let spot = cost > 1 && outgoing.text().is_some_and(|text| text.contains(r#""category":"spot""#));
    if spot { cost / 2 } else { cost }
}

#[derive(Deserialize)]
struct Limits<'h> {
    #[serde(rename = "X-Bapi-Limit")]
    limit: &'h str,
    #[serde(rename = "X-Bapi-Limit-Status")]
    left: &'h str,
    #[serde(rename = "X-Bapi-Limit-Reset-Timestamp")]
    reset: &'h str,
    #[serde(rename = "Timenow")]
    now: &'h str,
}

/// What an answer's header says. One that is incomplete says nothing.
pub(super) fn news(head: &Head<'_>) -> Option<LimitNews> {
    let pool = match head.op.strip_prefix("order.")?.trim_end_matches("-batch") {
        "create" => 0,
        "amend" => 1,
        "cancel" => 2,
        _ => return None,
    };
    let limits: Limits<'_> = serde_json::from_str(head.header?).ok()?;
    let [limit, left, reset, now] =
        [limits.limit, limits.left, limits.reset, limits.now].map(|text| text.parse::<u64>().ok());
    let remaining = u32::try_from(left?.saturating_mul(UNITS) / limit?.max(1)).ok()?;
    let resets = Duration::from_millis(reset?.saturating_sub(now?));
    Some(LimitNews::Remaining { pool: Some(pool), remaining, resets: Some(resets) })
}
