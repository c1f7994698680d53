//! Many faults, by chance: whatever the seed, the clients recover, and the same seed is the same past.

use std::{
    cell::{Cell, RefCell},
    rc::Rc,
    time::Duration,
};

use nova::{Closed, State};
use tokio::time::{Instant, sleep};
use turmoil::Sim;

use crate::{
    numbers::{self, Counts, Numbers, Trader},
    seeds::{Chance, each_seed, seeds},
    world::{TOPICS, Told, VENUE, dialer, empty, is_well, listen, past, secs, start, world},
};

const HOSTS: [&str; 3] = ["one", "two", "three"];

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
    trouble(&mut sim, seed, crashes);
    let told = told.take();
    assert_eq!(told.len(), HOSTS.len());
    told
}

/// Two minutes of faults, then peace to the end of the clients.
fn trouble(sim: &mut Sim<'_>, seed: u64, crashes: bool) {
    let mut chance = Chance(seed);
    let mut next = Duration::from_millis(chance.below(5_000));
    let mut is_down = false;
    while sim.elapsed() < secs(120) {
        assert!(!sim.step().expect("the clients live"), "seed {seed}: nobody is done yet");
        if sim.elapsed() < next {
            continue;
        }
        next += Duration::from_millis(500 + chance.below(15_000));
        let host = HOSTS[chance.pick(HOSTS.len())];
        match chance.below(7) {
            0 => sim.partition(host, VENUE),
            1 => sim.partition_oneway(host, VENUE),
            2 => sim.partition_oneway(VENUE, host),
            3 => sim.hold(host, VENUE),
            4 => sim.set_link_latency(host, VENUE, Duration::from_millis(chance.below(1_500))),
            5 if crashes && !is_down => {
                sim.crash(VENUE);
                is_down = true;
            }
            _ => mend(sim, std::mem::take(&mut is_down)),
        }
    }
    mend(sim, is_down);
    sim.run().unwrap_or_else(|error| panic!("seed {seed}: {error}"));
}

/// Makes the network whole, and the venue run.
fn mend(sim: &mut Sim<'_>, is_down: bool) {
    for host in HOSTS {
        sim.repair(host, VENUE);
        sim.release(host, VENUE);
        sim.set_link_latency(host, VENUE, Duration::from_millis(30));
    }
    if is_down {
        sim.bounce(VENUE);
    }
}

#[test]
fn whatever_the_seed_the_clients_recover() {
    let (mut steps, mut losses) = (0, 0);
    each_seed(|seed| {
        let told = lived(seed, true);
        steps += told.iter().flatten().count();
        losses += told.iter().flatten().filter(|step| step.contains("→ backoff")).count();
    });
    println!("{} seeds, 3 clients each: {steps} steps, {losses} losses", seeds().count());
    assert!(losses > 2 * seeds().count(), "{losses} losses are not much of a test");
}

#[test]
fn nothing_comes_twice_and_nothing_is_missing_in_silence_on_a_network_that_breaks() {
    let all = Rc::new(Cell::new(Counts::default()));
    each_seed(|seed| {
        let mut sim = empty(seed);
        let venues = HOSTS.map(|_| Numbers::new(|| turmoil::sim_elapsed().expect("inside the world")));
        let serving = venues.clone();
        sim.host(VENUE, move || listen(serving.clone()));
        for (number, (host, venue)) in HOSTS.into_iter().zip(venues).enumerate() {
            let all = all.clone();
            sim.client(host, async move {
                let desk = nova::connect(numbers::Desk).url(format!("ws://{VENUE}:{}/", 81 + number));
                let desk = desk.dialer(dialer()).seed(seed + number as u64).start()?;
                let trader = Trader::start(desk.clone());
                sleep(secs(150)).await;
                let well = desk.watch().until(|state| state == State::Ready { missing: 0 }).await;
                assert!(well.is_ok(), "{well:?}");
                sleep(secs(5)).await;
                let mut counts = all.get();
                counts += trader.end(&venue).await;
                all.set(counts);
                Ok(())
            });
        }
        trouble(&mut sim, seed, true);
    });
    let all = all.get();
    println!("{} seeds, 3 clients each: {all:?}; 0 twice, 0 holes without a gap", seeds().count());
    assert!(all.holes > 10 && all.gaps >= all.holes && all.not_sent > 0, "{all:?}");
}

/// Whatever the network does meanwhile: one end, in time, and nothing is dialled after it.
#[test]
fn r65_a_close_at_any_moment_from_many_tasks_is_one_end() {
    each_seed(|seed| {
        let mut sim = world(seed);
        for (number, host) in HOSTS.into_iter().enumerate() {
            sim.client(host, async move {
                let desk = start(seed + number as u64)?;
                let mut chance = Chance(!seed - number as u64);
                let subscribing = desk.clone();
                tokio::spawn(async move { drop(subscribing.subscribe_many(TOPICS).await) });
                let latest = [200, 2_000, 110_000][chance.pick(3)];
                sleep(Duration::from_millis(chance.below(latest))).await;
                let (found, asked) = (desk.state(), Instant::now());
                let closing: Vec<_> = (0..8)
                    .map(|_| {
                        let desk = desk.clone();
                        tokio::spawn(async move { desk.close().await })
                    })
                    .collect();
                let mine = desk.close().await;
                for other in closing {
                    assert_eq!(other.await.expect("no panic"), mine, "closed while {found}");
                }
                assert!(asked.elapsed() <= desk.config().connection.close_timeout, "{found}: {:?}", asked.elapsed());
                assert!(mine == Closed::Clean || found.name() != "backoff", "there was no link to end");
                // Longer than the trouble, and than any delay of the profile.
                sleep(secs(150)).await;
                let past = desk.history();
                let end = past.iter().position(|step| step.to.is_terminal()).expect("an end");
                assert_eq!((end + 1, desk.state()), (past.len(), State::Closed), "closed while {found}: {past:?}");
                Ok(())
            });
        }
        trouble(&mut sim, seed, true);
    });
}

/// Without crashes: in which order a runtime that dies drops its tasks depends on how many the process has had.
#[test]
fn the_same_seed_is_the_same_past() {
    let pasts: Vec<_> = [3, 7].into_iter().map(|seed| lived(seed, false)).collect();
    assert_eq!(pasts[0], lived(3, false));
    assert_eq!(pasts[1], lived(7, false));
    assert_ne!(pasts[0], pasts[1]);
}
