//! Arms in turn, round after round in one process: on a machine that others use too, only what ran side by side can be compared.

use std::time::Duration;

use tokio::runtime::{Builder, Runtime};

use crate::{arms::Outcome, cpu};

/// Rounds that count; one more before them warms the caches.
const ROUNDS: usize = 10;

/// Quartiles that are further apart than this share of the median say nothing.
const NOISE: f64 = 0.15;

/// What the arms run on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Threads {
    /// This thread, whose time is what counts.
    One,
    /// Two workers; the time of the whole process is what counts.
    Two,
}

impl Threads {
    /// The clock that measures them.
    pub fn clock(self) -> fn() -> Duration {
        match self {
            Self::One => cpu::thread,
            Self::Two => cpu::process,
        }
    }

    /// Runs something on them.
    ///
    /// # Errors
    /// Its complaint.
    pub fn run<T>(self, work: impl Future<Output = Outcome<T>>) -> Outcome<T> {
        self.runtime()?.block_on(work)
    }

    fn runtime(self) -> Outcome<Runtime> {
        let mut builder = match self {
            Self::One => Builder::new_current_thread(),
            Self::Two => Builder::new_multi_thread(),
        };
        if self == Self::Two {
            builder.worker_threads(2);
        }
        builder.enable_all().build().map_err(|error| error.to_string())
    }
}

/// What each arm took in each round that counts.
#[derive(Debug)]
pub struct Rounds<A> {
    arms: Vec<A>,
    rounds: Vec<Vec<f64>>,
}

/// The middle of the rounds, and how far they are apart.
#[derive(Clone, Copy, Debug)]
pub struct Spread {
    /// The median.
    pub median: f64,
    /// The first and the third quartile.
    pub quartiles: (f64, f64),
}

impl Spread {
    /// Of these values: at least one.
    pub fn of(mut values: Vec<f64>) -> Self {
        values.sort_by(f64::total_cmp);
        let at = |quarter: usize| values[(values.len() - 1) * quarter / 4];
        Self { median: at(2), quartiles: (at(1), at(3)) }
    }

    /// Whether the rounds differ too much to say anything.
    pub fn is_noisy(&self) -> bool {
        self.quartiles.1 - self.quartiles.0 > NOISE * self.median
    }
}

/// Runs all arms in turn, in the reverse order every other round.
///
/// # Errors
/// The first complaint of an arm.
pub fn rounds<A: Copy, F: Future<Output = Outcome<Duration>>>(
    arms: &[A],
    threads: Threads,
    run: impl Fn(A) -> F,
) -> Outcome<Rounds<A>> {
    let runtime = threads.runtime()?;
    let mut all = Vec::new();
    for round in 0..=ROUNDS {
        let mut times = vec![0.0; arms.len()];
        let mut order: Vec<usize> = (0..arms.len()).collect();
        if round % 2 == 1 {
            order.reverse();
        }
        for arm in order {
            times[arm] = runtime.block_on(run(arms[arm]))?.as_secs_f64();
        }
        if round > 0 {
            all.push(times);
        }
    }
    Ok(Rounds { arms: arms.to_vec(), rounds: all })
}

impl<A: Copy + PartialEq> Rounds<A> {
    /// Nanoseconds that this arm took for one of `units`.
    pub fn nanos(&self, arm: A, units: u64) -> f64 {
        let units = Duration::from_nanos(units).as_secs_f64();
        self.of(|times, at| times[at(arm)]).median / units
    }

    /// One arm by another, of each round.
    pub fn ratio(&self, arm: A, other: A) -> Spread {
        self.of(|times, at| times[at(arm)] / times[at(other)])
    }

    /// What one arm takes more than another, by a third, of each round.
    pub fn excess(&self, arm: A, less: A, other: A) -> Spread {
        self.of(|times, at| (times[at(arm)] - times[at(less)]) / times[at(other)])
    }

    fn of(&self, value: impl Fn(&[f64], &dyn Fn(A) -> usize) -> f64) -> Spread {
        let at = |arm| self.arms.iter().position(|known| *known == arm).expect("a ratio is of arms that ran");
        Spread::of(self.rounds.iter().map(|times| value(times, &at)).collect())
    }
}
