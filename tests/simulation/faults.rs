//! One fault at a time, in each state: the network breaks, the server dies.

use std::{cell::Cell, rc::Rc, time::Duration};

use nova::{
    Event, Handle, State,
    test::{Expect, event},
};
use tokio::time::{Instant, sleep};

use crate::world::{Desk, TOPICS, VENUE, is_well, secs, start, world};

/// Waits for the first step to a state of this name, and breaks the network for a while.
async fn partition_in(desk: Handle<Desk>, state: &'static str, host: &'static str) {
    desk.expect(event("a step to the state", |event| matches!(event, Event::State(step) if step.to.name() == state)))
        .within(secs(300))
        .await;
    turmoil::partition(VENUE, host);
    sleep(secs(40)).await;
    turmoil::repair(VENUE, host);
}

#[test]
fn a_partition_in_any_state_is_survived() {
    for state in ["connecting", "authenticating", "restoring", "ready", "backoff"] {
        for seed in 0..3 {
            let mut sim = world(seed);
            sim.client("desk", async move {
                let desk = start(seed)?;
                let broken = tokio::spawn(partition_in(desk.clone(), state, "desk"));
                if state == "backoff" {
                    turmoil::partition(VENUE, "desk");
                    desk.expect(State::Backoff).await;
                    turmoil::repair(VENUE, "desk");
                }
                let subscribed = desk.subscribe_many(TOPICS).await?;
                assert!(
                    subscribed.rejected.iter().all(|(_, error)| matches!(error, nova::Error::Timeout { .. })),
                    "{subscribed:?}"
                );
                broken.await?;
                is_well(&desk).await;
                assert!(desk.history().iter().any(|step| step.to == State::Backoff), "{state}: the fault was not felt");
                Ok(())
            });
            sim.run().unwrap_or_else(|error| panic!("{state}, seed {seed}: {error}"));
        }
    }
}

#[test]
fn a_server_that_crashes_and_comes_back_finds_its_clients_again() {
    for seed in 0..4 {
        let mut sim = world(seed);
        let ready = Rc::new(Cell::new(0));
        for host in ["one", "two", "three"] {
            let told = ready.clone();
            sim.client(host, async move {
                let desk = start(seed)?;
                desk.subscribe_many(TOPICS).await?;
                is_well(&desk).await;
                told.set(told.get() + 1);
                let lost = desk.expect(State::Backoff).within(secs(120)).await;
                assert!(lost.epoch == 1, "{lost:?}");
                is_well(&desk).await;
                told.set(told.get() + 1);
                Ok(())
            });
        }
        while ready.get() < 3 {
            assert!(!sim.step().expect("the first half"));
        }
        sim.crash(VENUE);
        let crashed = sim.elapsed();
        while sim.elapsed() - crashed < secs(30) {
            sim.step().expect("nobody is there");
        }
        sim.bounce(VENUE);
        sim.run().unwrap_or_else(|error| panic!("seed {seed}: {error}"));
        assert_eq!(ready.get(), 6);
    }
}

/// Only what the client says is lost: the server seems alive, and never answers.
#[test]
fn a_link_that_is_broken_one_way_is_found_out() {
    for (from, to) in [("desk", VENUE), (VENUE, "desk")] {
        let mut sim = world(1);
        sim.client("desk", async move {
            let desk = start(1)?;
            desk.subscribe_many(TOPICS).await?;
            is_well(&desk).await;
            turmoil::partition_oneway(from, to);
            let broken = Instant::now();
            desk.expect(State::Backoff).within(secs(60)).await;
            assert!(broken.elapsed() < secs(45), "{:?}", broken.elapsed());
            turmoil::repair_oneway(from, to);
            sleep(Duration::from_millis(1)).await;
            is_well(&desk).await;
            Ok(())
        });
        sim.run().unwrap_or_else(|error| panic!("{from} → {to}: {error}"));
    }
}
