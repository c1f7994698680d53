//! One fault at a time, in each state: the network breaks, the server dies.

use std::{cell::Cell, rc::Rc};

use nova::{
    Closed, Event, Handle, Item, State,
    test::{Expect, event},
};
use tokio::time::{Instant, sleep};

use crate::{
    seeds::each_seed,
    world::{Desk, TOPICS, VENUE, is_well, secs, start, world},
};

const BOOK: &str = "book.BTC-PERPETUAL.100ms";

/// Breaks the network for a while, at the first step to a state of this name.
async fn partition_in(desk: Handle<Desk>, state: &'static str) {
    let wanted = move |event: &Event| matches!(event, Event::State(step) if step.to.name() == state);
    desk.expect(event("a step to the state", wanted)).within(secs(300)).await;
    turmoil::partition(VENUE, "desk");
    sleep(secs(40)).await;
    turmoil::repair(VENUE, "desk");
}

#[test]
fn r8_a_partition_in_any_state_is_survived() {
    each_seed(|seed| {
        for state in ["connecting", "authenticating", "restoring", "ready", "backoff"] {
            let mut sim = world(seed);
            sim.client("desk", async move {
                let desk = start(seed)?;
                let broken = tokio::spawn(partition_in(desk.clone(), state));
                if state == "backoff" {
                    turmoil::partition(VENUE, "desk");
                    desk.expect(State::Backoff).await;
                    turmoil::repair(VENUE, "desk");
                }
                for (topic, error) in desk.subscribe_many(TOPICS).await?.rejected {
                    assert!(matches!(error, nova::Error::Timeout { .. }), "{topic}: {error}");
                }
                broken.await?;
                is_well(&desk).await;
                assert!(desk.history().iter().any(|step| step.to == State::Backoff), "the fault was not felt");
                Ok(())
            });
            sim.run().unwrap_or_else(|error| panic!("{state}, seed {seed}: {error}"));
        }
    });
}

#[test]
fn r8_a_partition_while_closing_ends_in_time_and_for_good() {
    each_seed(|seed| {
        let mut sim = world(seed);
        sim.client("desk", async move {
            let desk = start(seed)?;
            desk.subscribe_many(TOPICS).await?;
            is_well(&desk).await;
            let broken = tokio::spawn(partition_in(desk.clone(), "closing"));
            let asked = Instant::now();
            assert_eq!(desk.close().await, Closed::Unclean);
            assert!(asked.elapsed() <= desk.config().connection.close_timeout, "{:?}", asked.elapsed());
            broken.await?;
            assert_eq!(desk.state(), State::Closed);
            Ok(())
        });
        sim.run().unwrap_or_else(|error| panic!("seed {seed}: {error}"));
    });
}

#[test]
fn a_server_that_crashes_and_comes_back_finds_its_clients_again() {
    each_seed(|seed| {
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
                assert_eq!(lost.epoch, 1, "{lost:?}");
                is_well(&desk).await;
                told.set(told.get() + 1);
                Ok(())
            });
        }
        while ready.get() < 3 {
            assert!(!sim.step().expect("the first half"));
        }
        sim.crash(VENUE);
        let back = sim.elapsed() + secs(30);
        while sim.elapsed() < back {
            sim.step().expect("nobody is there");
        }
        sim.bounce(VENUE);
        sim.run().unwrap_or_else(|error| panic!("seed {seed}: {error}"));
        assert_eq!(ready.get(), 6);
    });
}

/// One side goes on hearing the other, and is never heard.
#[test]
fn r7_a_link_that_is_dead_in_one_direction_is_found_out() {
    each_seed(|seed| {
        for (from, to) in [("desk", VENUE), (VENUE, "desk")] {
            let mut sim = world(seed);
            sim.client("desk", async move {
                let desk = start(seed)?;
                desk.subscribe_many(TOPICS).await?;
                is_well(&desk).await;
                turmoil::partition_oneway(from, to);
                let broken = Instant::now();
                desk.expect(State::Backoff).within(secs(60)).await;
                let heartbeat = desk.config().heartbeat;
                let patience = heartbeat.interval.expect("there is one") + heartbeat.timeout;
                // A link that the venue gives up is lost when its own patience is over, of an interval and a half at most.
                assert!(broken.elapsed() <= patience * 2, "{:?}", broken.elapsed());
                turmoil::repair_oneway(from, to);
                is_well(&desk).await;
                Ok(())
            });
            sim.run().unwrap_or_else(|error| panic!("{from} → {to}: {error}"));
        }
    });
}

#[test]
fn r7_a_pause_shorter_than_the_heartbeats_patience_costs_nothing() {
    each_seed(|seed| {
        let mut sim = world(seed);
        sim.client("desk", async move {
            let desk = start(seed)?;
            desk.subscribe(BOOK).await?;
            let (mut before, mut after) = (0, 0);
            let started = Instant::now();
            while started.elapsed() < secs(60) {
                match tokio::time::timeout(secs(1), desk.next()).await {
                    // A book that has missed a change would be a gap.
                    Ok(Some(Item::Message(_))) if started.elapsed() < secs(20) => before += 1,
                    Ok(Some(Item::Message(_))) => after += 1,
                    Ok(other) => panic!("{other:?}"),
                    Err(_) => {}
                }
                if started.elapsed() > secs(20) && started.elapsed() < secs(30) {
                    turmoil::hold(VENUE, "desk");
                } else {
                    turmoil::release(VENUE, "desk");
                }
            }
            assert!(before > 0 && after > before, "{before} and {after} messages: what was held came as well");
            desk.expect(State::Backoff).not_within(secs(0)).await;
            Ok(())
        });
        sim.run().unwrap_or_else(|error| panic!("seed {seed}: {error}"));
    });
}
