//! Every key of the settings is honoured: for each there is a row that sets it to several values and sees each of them in what the
//! client does, on the wire or in an event. A key without a row fails the test.

mod link;
mod load;
mod venue;

use std::{collections::BTreeSet, future::Future, ops::RangeInclusive, pin::Pin};

use nova::{Config, Connect, Patch};

use crate::support::Plain;

/// What a client did, as a number: milliseconds, or how often.
type Seen = Pin<Box<dyn Future<Output = u64>>>;

/// A key: how its effect is seen, and what is seen with which value.
struct Row {
    key: &'static str,
    see: fn(Box<Patch>) -> Seen,
    /// What must be set beside it for the effect to show.
    beside: &'static [(&'static str, &'static str)],
    values: &'static [(&'static str, RangeInclusive<u64>)],
}

#[nova::client(platform = Plain, profile = "standard", metrics = "counters")]
struct Probe;

/// A client with these settings and the same random numbers each time.
fn probe(settings: &Patch) -> Connect<Probe> {
    nova::connect(Probe).configure(*settings).seed(7)
}

fn rows() -> impl Iterator<Item = &'static Row> {
    link::ROWS.iter().chain(venue::ROWS).chain(load::ROWS)
}

#[tokio::test(start_paused = true)]
async fn each_value_of_each_key_shows_in_what_the_client_does() {
    let mut wrong = Vec::new();
    for Row { key, see, beside, values } in rows() {
        assert!(values.len() > 1, "{key}: one value shows nothing");
        for (value, expected) in *values {
            let settings = beside
                .iter()
                .chain([&(*key, *value)])
                .try_fold(Patch::new(), |patch, (key, value)| patch.set(key, value));
            let seen = see(Box::new(settings.expect("settings"))).await;
            if !expected.contains(&seen) {
                wrong.push(format!("{key} = {value}: {seen} is not in {expected:?}"));
            }
        }
        for (number, (value, expected)) in values.iter().enumerate() {
            let apart = |(_, other): &(&str, RangeInclusive<u64>)| {
                other.end() < expected.start() || expected.end() < other.start()
            };
            assert!(values[..number].iter().all(apart), "{key}: {value} could not be told from another value");
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn every_key_of_the_table_has_a_row_and_every_row_is_a_key() {
    let keys: BTreeSet<_> = Config::keys().iter().copied().collect();
    let rows: Vec<_> = rows().map(|row| row.key).collect();
    assert_eq!(rows.iter().copied().collect::<BTreeSet<_>>(), keys);
    assert_eq!(rows.len(), keys.len(), "a key has one row");
}
