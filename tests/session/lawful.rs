//! What holds for every client at every moment, whatever is done to it.

use nova::{Client, Handle, State};

/// Each step begins where the one before ended, and none was refused as illegal (P42); attempts keep to their pace, so no failure is a
/// busy loop (P12, P13).
pub(crate) fn assert_lawful<C: Client>(client: &Handle<C>) {
    let history = client.history();
    for pair in history.windows(2) {
        assert!(pair[0].to == pair[1].from && pair[0].at <= pair[1].at, "{pair:?}");
    }
    let trace = client.trace();
    let illegal: Vec<_> = trace.records().iter().filter(|record| record.kind() == "illegal").collect();
    assert!(illegal.is_empty(), "{illegal:?}");
    let dials: Vec<_> = history.iter().filter(|step| step.to == State::Connecting).map(|step| step.at).collect();
    for (first, from) in dials.iter().enumerate() {
        // Eleven of them span at least one turn of the pace: ten at once, then one in two seconds.
        if let Some(to) = dials.get(first + 10) {
            assert!(to.duration_since(*from).as_millis() >= 1_999, "attempts {first} to {}: {dials:?}", first + 10);
        }
    }
}
