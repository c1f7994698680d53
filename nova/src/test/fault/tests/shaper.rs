//! One direction: what holds for any faults, any bytes and any moments.

use std::time::Duration;

use proptest::{collection::vec, option, prelude::*};
use rand::{SeedableRng, rngs::StdRng};
use tokio::time::Instant;

use crate::test::fault::{
    Delay, Ending,
    shape::Shape,
    shaper::{Next, Shaper},
};

const MILLI: Duration = Duration::from_millis(1);

/// The pieces that came out with the moment since the start at which each was due, and how it ended.
#[derive(Clone, Debug, PartialEq)]
struct Schedule {
    start: Instant,
    pieces: Vec<(Duration, Vec<u8>)>,
    end: Option<(Duration, Option<Ending>)>,
}

impl Schedule {
    fn bytes(&self) -> Vec<u8> {
        self.pieces.iter().flat_map(|(_, piece)| piece.clone()).collect()
    }
}

/// Puts each chunk in when its pause is over and takes out what is due in between, looking more often than needed.
fn run(shape: &Shape, seed: u64, start: Instant, chunks: &[(u64, usize)], peeks: &[u64]) -> Schedule {
    let mut shaper = Shaper::new(shape.clone(), StdRng::seed_from_u64(seed), start);
    let mut schedule = Schedule { start, pieces: Vec::new(), end: None };
    let mut source = (0..=u8::MAX).cycle();
    let mut now = start;
    for (pause, length) in chunks {
        let until = now + MILLI * u32::try_from(*pause).unwrap();
        for peek in peeks {
            let moment = now + MILLI * u32::try_from(*peek).unwrap();
            if moment < until {
                drain(&mut shaper, moment, &mut schedule);
            }
        }
        now = until;
        drain(&mut shaper, now, &mut schedule);
        let bytes: Vec<u8> = source.by_ref().take(*length).collect();
        shaper.push(&bytes, now);
    }
    shaper.finish(None, now);
    drain(&mut shaper, now + Duration::from_secs(1_000_000), &mut schedule);
    schedule
}

/// Takes out everything due by `now`, and each piece at its own moment.
fn drain(shaper: &mut Shaper<StdRng>, now: Instant, schedule: &mut Schedule) {
    let mut moment = schedule.pieces.last().map_or(schedule.start, |(at, _)| schedule.start + *at);
    while schedule.end.is_none() {
        match shaper.next(moment) {
            Next::Bytes(bytes) => schedule.pieces.push((moment - schedule.start, bytes.to_vec())),
            Next::At(at) if at <= now => moment = at,
            Next::End(ending) => schedule.end = Some((moment - schedule.start, ending)),
            Next::At(_) | Next::Nothing => return,
        }
    }
}

fn delays() -> impl Strategy<Value = Delay> {
    let millis = || (0..300_u64).prop_map(Duration::from_millis);
    prop_oneof![
        millis().prop_map(Delay::Constant),
        (millis(), millis()).prop_map(|(one, other)| Delay::Uniform(one, other)),
        (millis(), millis()).prop_map(|(mean, deviation)| Delay::normal(mean, deviation)),
    ]
}

prop_compose! {
    /// Everything but corruption, limits and stalls.
    fn shapes()(
        latency in delays(),
        jitter in 0..200_u64,
        bandwidth in option::of(1..200_000_u64),
        slicer in option::of(1..2_000_usize),
        slow_close in 0..500_u64,
    ) -> Shape {
        let (jitter, slow_close) = (Duration::from_millis(jitter), Duration::from_millis(slow_close));
        Shape { latency, jitter, bandwidth, slicer, slow_close, ..Shape::default() }
    }
}

fn chunks() -> impl Strategy<Value = Vec<(u64, usize)>> {
    vec((0..500_u64, 0..3_000_usize), 0..8)
}

fn entered(chunks: &[(u64, usize)]) -> Vec<u8> {
    (0..=u8::MAX).cycle().take(chunks.iter().map(|(_, length)| length).sum()).collect()
}

proptest! {
    #[test]
    fn no_byte_is_lost_doubled_or_out_of_order(shape in shapes(), seed: u64, chunks in chunks()) {
        let schedule = run(&shape, seed, Instant::now(), &chunks, &[]);
        prop_assert_eq!(schedule.bytes(), entered(&chunks));
        prop_assert!(schedule.pieces.iter().all(|(_, piece)| !piece.is_empty()));
        prop_assert!(schedule.pieces.is_sorted_by_key(|(at, _)| *at));
        let last = schedule.pieces.last().map_or(Duration::ZERO, |(at, _)| *at);
        let (end, ending) = schedule.end.expect("it ends");
        prop_assert!(end >= last && ending.is_none());
    }

    #[test]
    fn corruption_changes_bytes_and_neither_their_number_nor_their_moments(
        shape in shapes(), one_in in 1..50_u32, seed: u64, chunks in chunks(),
    ) {
        let corrupt = Shape { corrupt: one_in, ..shape };
        let schedule = run(&corrupt, seed, Instant::now(), &chunks, &[]);
        let (sent, came) = (entered(&chunks), schedule.bytes());
        prop_assert_eq!(sent.len(), came.len());
        prop_assert!(sent.iter().zip(&came).all(|(sent, came)| (sent ^ came).count_ones() <= 1));
        if one_in == 1 {
            prop_assert!(sent.iter().zip(&came).all(|(sent, came)| sent != came));
        }
    }

    #[test]
    fn the_bandwidth_is_never_exceeded_in_any_window(
        shape in shapes(), rate in 1..200_000_u64, seed: u64, chunks in chunks(),
    ) {
        let shape = Shape { bandwidth: Some(rate), ..shape };
        let schedule = run(&shape, seed, Instant::now(), &chunks, &[]);
        // What comes at its end has passed during the window; what comes at its start, before.
        let mut totals = vec![(Duration::ZERO, 0_u128)];
        for (at, piece) in &schedule.pieces {
            totals.push((*at, totals.last().unwrap().1 + piece.len() as u128));
        }
        let first = totals.len().saturating_sub(400);
        for (number, (from, before)) in totals.iter().enumerate().skip(first) {
            for (to, after) in &totals[number..] {
                let most = u128::from(rate) * to.abs_diff(*from).as_nanos();
                prop_assert!((after - before) * 1_000_000_000 <= most, "{} bytes from {from:?} to {to:?}", after - before);
            }
        }
    }

    #[test]
    fn a_seed_makes_one_schedule_however_often_one_looks(
        shape in shapes(), corrupt in 0..20_u32, seed: u64, chunks in chunks(), peeks in vec(0..500_u64, 0..6),
    ) {
        let shape = Shape { corrupt, ..shape };
        let mut peeks = peeks;
        peeks.sort_unstable();
        let start = Instant::now();
        prop_assert_eq!(run(&shape, seed, start, &chunks, &[]), run(&shape, seed, start, &chunks, &peeks));
    }

    #[test]
    fn a_limit_ends_the_stream_behind_its_last_byte(
        shape in shapes(), limit in 0..10_000_u64, seed: u64, chunks in chunks(),
    ) {
        let shape = Shape { limit: Some((limit, Ending::Reset)), ..shape };
        let schedule = run(&shape, seed, Instant::now(), &chunks, &[]);
        let mut expected = entered(&chunks);
        let reached = expected.len() as u64 >= limit;
        expected.truncate(usize::try_from(limit).unwrap());
        prop_assert_eq!(schedule.bytes(), expected);
        prop_assert_eq!(schedule.end.expect("it ends").1, reached.then_some(Ending::Reset));
    }

    #[test]
    fn a_delay_stays_within_its_distribution(delay in delays(), seed: u64) {
        let mut rng = StdRng::seed_from_u64(seed);
        for _ in 0..50 {
            let sample = delay.sample(&mut rng);
            match delay {
                Delay::Constant(delay) => prop_assert_eq!(sample, delay),
                Delay::Uniform(one, other) => prop_assert!((one.min(other)..=one.max(other)).contains(&sample)),
                Delay::Normal { mean, deviation } => prop_assert!(sample.abs_diff(mean) <= deviation * 6),
            }
        }
    }
}

#[test]
fn two_seeds_make_two_schedules() {
    let shape = Shape { jitter: MILLI * 50, ..Shape::default() };
    let (start, chunks) = (Instant::now(), [(10, 100); 8]);
    assert_ne!(run(&shape, 1, start, &chunks, &[]), run(&shape, 2, start, &chunks, &[]));
}

#[test]
fn normal_delays_lie_as_thick_as_a_bell() {
    let (mean, deviation) = (MILLI * 1_000, MILLI * 100);
    let mut rng = StdRng::seed_from_u64(1);
    let samples: Vec<Duration> = (0..10_000).map(|_| Delay::normal(mean, deviation).sample(&mut rng)).collect();
    for (deviations, share) in [(1, 6_600..=7_000), (2, 9_450..=9_650), (3, 9_950..=10_000)] {
        let near = samples.iter().filter(|sample| sample.abs_diff(mean) <= deviation * deviations).count();
        assert!(share.contains(&near), "{near} within {deviations} deviations");
    }
}

#[test]
fn what_is_slow_is_slow_to_the_nanosecond() {
    let slow =
        Shape { bandwidth: Some(1_000), latency: (MILLI * 80).into(), slow_close: MILLI * 7, ..Shape::default() };
    let schedule = run(&slow, 0, Instant::now(), &[(0, 500)], &[]);
    assert_eq!(schedule.pieces.first().unwrap().0, MILLI * 90, "ten bytes, a hundredth of a second's");
    assert_eq!(schedule.pieces.last().unwrap().0, MILLI * 580, "a latency and half a second's worth");
    assert_eq!(schedule.end, Some((MILLI * 580, None)), "long after its own latency");
    let idle = run(&slow, 0, Instant::now(), &[(0, 0)], &[]);
    assert_eq!(idle.end, Some((MILLI * 87, None)));
}

#[test]
fn a_change_strikes_what_is_under_way_and_a_stall_gives_no_credit() {
    let start = Instant::now();
    let slow = Shape { bandwidth: Some(1_000), ..Shape::default() };
    let mut shaper = Shaper::new(slow.clone(), StdRng::seed_from_u64(0), start);
    shaper.push(&[0; 100], start);
    assert_eq!(shaper.next(start), Next::At(start + MILLI * 10));
    shaper.reshape(&Shape { stalled: true, ..slow.clone() }, start);
    let later = start + MILLI * 5_000;
    assert_eq!(shaper.next(later), Next::Nothing);
    shaper.reshape(&slow, later);
    assert_eq!(shaper.next(later), Next::At(later + MILLI * 10), "the line was not moving meanwhile");
    shaper.reshape(&Shape::default(), later);
    assert!(matches!(shaper.next(later), Next::Bytes(bytes) if bytes.len() == 100), "healed, it is perfect");
}

#[test]
fn a_full_line_takes_no_more() {
    let start = Instant::now();
    let mut shaper = Shaper::new(Shape { stalled: true, ..Shape::default() }, StdRng::seed_from_u64(0), start);
    let all = shaper.room();
    shaper.push(&vec![0; all - 1], start);
    assert_eq!(shaper.room(), 1);
    shaper.push(&[0], start);
    assert_eq!(shaper.room(), 0);
    shaper.reshape(&Shape::default(), start);
    assert!(matches!(shaper.next(start), Next::Bytes(bytes) if bytes.len() == all - 1));
    assert_eq!(shaper.room(), all - 1);
}
