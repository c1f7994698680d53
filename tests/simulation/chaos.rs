//! Many faults, by chance: whatever the seed, the clients recover, and the same seed is the same past.

use std::{cell::RefCell, rc::Rc, time::Duration};

use tokio::time::Instant;
use turmoil::Sim;

use crate::world::{TOPICS, Told, VENUE, is_well, past, secs, seeds, start, world};

const HOSTS: [&str; 3] = ["one", "two", "three"];

/// Chances of the faults (SplitMix64): their own, so that one more client does not change them.
struct Chance(u64);

impl Chance {
    fn below(&mut self, limit: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ self.0 >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ mixed >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
        (mixed ^ mixed >> 31) % limit
    }
}

/// Two minutes of faults, then peace; what the clients tell.
fn lived(seed: u64, crashes: bool) -> Vec<Vec<String>> {
    let mut sim = world(seed);
    let told: Told = Rc::new(RefCell::new(Vec::new()));
    for (number, host) in HOSTS.into_iter().enumerate() {
        let told = told.clone();
        sim.client(host, async move {
            let started = Instant::now();
            let desk = start(seed + number as u64)?;
            // What becomes of it while the network breaks is not what is asked here: it stays wanted.
            let _ = desk.subscribe_many(TOPICS).await?;
            tokio::time::sleep_until(started + secs(150)).await;
            is_well(&desk).await;
            told.borrow_mut().push(past(&desk, started));
            Ok(())
        });
    }
    let mut chance = Chance(seed);
    let mut next = Duration::from_millis(chance.below(5_000));
    let mut is_down = false;
    while sim.elapsed() < secs(120) {
        assert!(!sim.step().expect("the clients live"), "seed {seed}: nobody is done yet");
        if sim.elapsed() < next {
            continue;
        }
        next += Duration::from_millis(500 + chance.below(15_000));
        let host = HOSTS[usize::try_from(chance.below(3)).expect("small")];
        match chance.below(6) {
            0 => sim.partition(host, VENUE),
            1 => sim.partition_oneway(host, VENUE),
            2 => sim.partition_oneway(VENUE, host),
            3 => sim.hold(host, VENUE),
            4 if crashes && !is_down => {
                sim.crash(VENUE);
                is_down = true;
            }
            _ => {
                mend(&mut sim, std::mem::take(&mut is_down));
            }
        }
    }
    mend(&mut sim, is_down);
    sim.run().unwrap_or_else(|error| panic!("seed {seed}: {error}"));
    let told = told.take();
    assert_eq!(told.len(), HOSTS.len());
    told
}

/// Makes the network whole, and the venue run.
fn mend(sim: &mut Sim<'_>, is_down: bool) {
    for host in HOSTS {
        sim.repair(host, VENUE);
        sim.release(host, VENUE);
    }
    if is_down {
        sim.bounce(VENUE);
    }
}

#[test]
fn whatever_the_seed_the_clients_recover() {
    let (mut steps, mut losses) = (0, 0);
    for seed in seeds() {
        let told = lived(seed, true);
        steps += told.iter().flatten().count();
        losses += told.iter().flatten().filter(|step| step.contains("→ backoff")).count();
    }
    println!("{} seeds, 3 clients each: {steps} steps, {losses} losses", seeds().end);
    assert!(losses > 20, "{losses} losses are not much of a test");
}

/// Without crashes: in which order a runtime that dies drops its tasks depends on how many the process has had.
#[test]
fn the_same_seed_is_the_same_past() {
    let pasts: Vec<_> = [3, 7].into_iter().map(|seed| lived(seed, false)).collect();
    assert_eq!(pasts[0], lived(3, false));
    assert_eq!(pasts[1], lived(7, false));
    assert_ne!(pasts[0], pasts[1]);
}
