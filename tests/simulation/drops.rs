//! Links that drop, in every way and over and over: nothing comes twice, nothing is missing in silence, no order is repeated.
//!
//! Over streams in memory, because ten thousand drops are hours of virtual time; `chaos` does the same on a whole network.

use std::time::Duration;

use nova::{
    State,
    test::{
        Test,
        fault::{Direction, Ending, Faults, Faulty, Link},
    },
};
use tokio::time::{Instant, sleep};

use crate::{
    numbers::{Counts, Desk, Numbers, Trader},
    seeds::{Chance, each_seed, seeds},
    world::secs,
};

/// Of each seed: 64 of them are ten thousand.
const DROPS: u64 = 157;

/// One way to lose a link, by chance. What is not over at once stays until the loss was felt.
fn drop_it(link: &Link, venue: &Numbers, desk: &nova::Handle<Desk>, chance: &mut Chance) {
    let ending = [Ending::Close, Ending::Reset][chance.pick(2)];
    // A message is of about 170 bytes: most of these tear one.
    let bytes = chance.below(400);
    match chance.below(24) {
        0..4 => link.cut(),
        4..8 => link.reset(),
        8..12 => link.change(|faults| faults.only(Direction::Inbound, |faults| faults.limit_data(bytes, ending))),
        12..15 => link.change(|faults| faults.only(Direction::Outbound, |faults| faults.limit_data(bytes, ending))),
        15..17 => link.down(),
        17..19 => venue.kick([1000, 1001, 1011, 1012, 4000][chance.pick(5)]),
        19..21 => desk.reconnect_now().expect("it lives"),
        21 => link.vanish(),
        22 => link.stall(Direction::Inbound),
        _ => link.partition(),
    }
}

/// A link for a while: often perfect, sometimes slow, late or in pieces.
fn condition(seed: u64, chance: &mut Chance) -> Faults {
    let faults = Faults::new().seed(seed);
    match chance.below(4) {
        0 => faults.latency(Duration::from_millis(chance.below(300))).jitter(Duration::from_millis(chance.below(200))),
        1 => faults.slicer(1 + chance.pick(50)),
        2 => faults.bandwidth(4_000 + chance.below(20_000)),
        _ => faults,
    }
}

fn connections(desk: &nova::Handle<Desk>) -> u64 {
    desk.history().last().map_or(0, |step| step.epoch)
}

async fn lived(seed: u64) -> (u64, Counts) {
    let (dialer, mut listener) = nova::memory();
    let dialer = Faulty::new(dialer, Faults::new());
    let link = dialer.link();
    let started = Instant::now();
    let venue = Numbers::new(move || started.elapsed());
    tokio::spawn({
        let venue = venue.clone();
        async move {
            while let Some(stream) = listener.accept().await {
                let venue = venue.clone();
                tokio::spawn(async move { venue.serve(stream).await });
            }
        }
    });
    let desk = nova::connect(Desk).url("ws://venue.test/").dialer(dialer).seed(seed).start().expect("started");
    let trader = Trader::start(desk.clone());
    let (mut watch, mut chance) = (desk.watch(), Chance(seed));
    for _ in 0..DROPS {
        let well = tokio::time::timeout(secs(300), watch.until(|now| now == State::Ready { missing: 0 })).await;
        well.expect("ready in time").expect("it lives");
        sleep(Duration::from_millis(chance.below(3_000))).await;
        if watch.now().is_ready() {
            let before = connections(&desk);
            drop_it(&link, &venue, &desk, &mut chance);
            let lost = async {
                while watch.now().is_ready() && connections(&desk) == before {
                    watch.changed().await;
                }
            };
            tokio::time::timeout(secs(60), lost).await.expect("found out");
        }
        sleep(Duration::from_millis(chance.below(1_000))).await;
        link.set(condition(seed, &mut chance));
        if chance.below(10) == 0 {
            // A way out that is dead for a moment costs nothing but time.
            link.stall(Direction::Outbound);
            sleep(Duration::from_millis(chance.below(4_000))).await;
            link.set(condition(seed, &mut chance));
        }
    }
    // All but the last were lost.
    let drops = connections(&desk) - 1;
    (drops, trader.end(&venue).await)
}

#[test]
fn nothing_comes_twice_and_nothing_is_missing_in_silence_over_thousands_of_drops() {
    let (mut drops, mut all) = (0, Counts::default());
    each_seed(|seed| {
        Test::new("drops").seed(seed).run(async {
            let (dropped, counts) = lived(seed).await;
            drops += dropped;
            all += counts;
        });
    });
    println!("{drops} drops over {} seeds: {all:?}; 0 twice, 0 holes without a gap", seeds().count());
    assert!(drops >= DROPS * seeds().count() as u64, "{drops} drops");
    assert!(all.holes > drops / 2 && all.gaps >= all.holes, "{all:?}");
    assert!(all.unknown > 0 && all.not_sent > 0, "{all:?}");
}
