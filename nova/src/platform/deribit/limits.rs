//! Credits: what each request takes, and from which pool. Too little left ends the session (10028).

use crate::platform::Pool;

/// Costs of the public table; the matching engine's pool is that of the smallest trading volume.
pub(super) const POOLS: &[Pool] = &[
    Pool { name: "requests", capacity: 50_000, refill_per_second: 10_000 },
    Pool { name: "subscribe", capacity: 30_000, refill_per_second: 10_000 },
    Pool { name: "get_instruments", capacity: 500_000, refill_per_second: 10_000 },
    Pool { name: "get_transaction_log", capacity: 80_000, refill_per_second: 10_000 },
    Pool { name: "move_positions", capacity: 600_000, refill_per_second: 10_000 },
    Pool { name: "matching engine", capacity: 20, refill_per_second: 5 },
];

const MATCHING: (usize, u32) = (5, 1);

/// The pool a request takes from, and how much.
pub(super) fn cost(method: Option<&str>) -> (usize, u32) {
    match method.unwrap_or_default() {
        "public/subscribe" | "private/subscribe" => (1, 3_000),
        "public/get_instruments" => (2, 10_000),
        "private/get_transaction_log" => (3, 10_000),
        "private/move_positions" => (4, 100_000),
        "private/buy"
        | "private/sell"
        | "private/edit"
        | "private/edit_by_label"
        | "private/cancel"
        | "private/cancel_by_label"
        | "private/cancel_quotes"
        | "private/mass_quote"
        | "private/close_position"
        | "private/verify_block_trade"
        | "private/execute_block_trade" => MATCHING,
        method if method.starts_with("private/cancel_all") => MATCHING,
        _ => (0, 500),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_request_takes_from_its_own_pool() {
        for (method, pool, units) in [
            (None, "requests", 500),
            (Some("public/test"), "requests", 500),
            (Some("public/unsubscribe"), "requests", 500),
            (Some("private/cancel_withdrawal"), "requests", 500),
            (Some("private/subscribe"), "subscribe", 3_000),
            (Some("public/get_instruments"), "get_instruments", 10_000),
            (Some("private/get_transaction_log"), "get_transaction_log", 10_000),
            (Some("private/buy"), "matching engine", 1),
            (Some("private/cancel_all_by_currency"), "matching engine", 1),
        ] {
            let (index, cost) = cost(method);
            assert_eq!((POOLS[index].name, cost), (pool, units), "{method:?}");
        }
    }
}
