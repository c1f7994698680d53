//! How rows are measured: the arms one after the other in each round, the ratio to nova's a round, and its median over the rounds.
//!
//! Others use the machine too, so nothing is compared over rounds, and a ratio that moves too much is said to.

use std::time::{Duration, Instant};

use benches::cpu;
use futures_util::future::LocalBoxFuture;
use serde::Serialize;
use tokio::time::timeout;

use crate::server::Server;

/// What an arm comes to: `Err` says what it did wrong.
pub type Outcome<T = ()> = Result<T, String>;

/// An arm that takes longer has lost something.
pub const PATIENCE: Duration = Duration::from_secs(120);

/// The complaint of a library.
pub fn complain(error: impl std::fmt::Display) -> String {
    error.to_string()
}

/// What was used while an arm did its work.
#[derive(Clone, Copy, Debug)]
pub struct Cost {
    /// Processor time of this process.
    pub cpu: Duration,
    /// Time.
    pub wall: Duration,
}

/// A look at both clocks; [`taken`](Self::taken) is a second one.
#[derive(Clone, Copy, Debug)]
pub struct Look(Duration, Instant);

impl Look {
    /// Now.
    #[must_use]
    pub fn now() -> Self {
        Self(cpu::process(), Instant::now())
    }

    /// What was used since.
    #[must_use]
    pub fn taken(self) -> Cost {
        Cost { wall: self.1.elapsed(), cpu: cpu::process().saturating_sub(self.0) }
    }
}

/// What nova's ratio to an arm has to be, by the project's own goals.
#[derive(Clone, Copy, Debug, Serialize)]
pub enum Must {
    /// This or less.
    AtMost(f64),
    /// This or more.
    AtLeast(f64),
    /// It is only shown.
    Nothing,
}

/// What is looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub enum Unit {
    /// Nanoseconds of processor time for each.
    CpuNanos,
    /// So many a second.
    PerSecond,
    /// Milliseconds for all.
    Millis,
}

/// A way to do a row's work.
pub struct Arm {
    /// Whose.
    pub name: &'static str,
    /// What nova's ratio to it has to be.
    pub must: Must,
    /// Does it.
    pub run: for<'s> fn(&'s Server, u64) -> LocalBoxFuture<'s, Outcome<Cost>>,
}

/// A workload, and who does it; the first arm is nova's.
pub struct Row {
    /// What it is called on the command line.
    pub name: &'static str,
    /// What is done, in words.
    pub what: &'static str,
    /// How often.
    pub count: u64,
    /// What is looked at.
    pub unit: Unit,
    /// How many rounds, without the first, which does not count.
    pub rounds: usize,
    /// Who does it.
    pub arms: Vec<Arm>,
}

/// What an arm came to.
#[derive(Debug, Serialize)]
pub struct Told {
    /// Whose.
    pub arm: &'static str,
    /// The median of the rounds.
    pub value: f64,
    /// Nova's by its own, a round.
    pub ratios: Vec<f64>,
    /// Their quartiles.
    pub quartiles: [f64; 3],
    /// What the median has to be.
    pub must: Must,
    /// What went wrong, if anything.
    pub complaint: Option<String>,
}

impl Row {
    /// Runs it, all arms in each round, every other round the other way round.
    ///
    /// # Errors
    /// Where no runtime or no server is to be had.
    pub fn run(&self) -> std::io::Result<Vec<Told>> {
        let mut values = vec![Vec::new(); self.arms.len()];
        let mut complaints = vec![None; self.arms.len()];
        for round in 0..=self.rounds {
            let forth = 0..self.arms.len();
            let order: Vec<usize> = if round % 2 == 0 { forth.collect() } else { forth.rev().collect() };
            for at in order {
                if complaints[at].is_some() {
                    continue;
                }
                let server = Server::start()?;
                let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
                let ran = runtime.block_on(async { timeout(PATIENCE, (self.arms[at].run)(&server, self.count)).await });
                match ran.map_err(complain).flatten() {
                    Ok(cost) if round > 0 => values[at].push(self.value(cost)),
                    Ok(_) => {}
                    Err(complaint) => complaints[at] = Some(complaint),
                }
                runtime.shutdown_background();
            }
        }
        let nova = values[0].clone();
        let told = self.arms.iter().zip(values).zip(complaints);
        Ok(told
            .map(|((arm, values), complaint)| {
                let ratios: Vec<f64> = nova.iter().zip(&values).map(|(nova, value)| nova / value).collect();
                Told {
                    arm: arm.name,
                    value: quartiles(&values)[1],
                    quartiles: quartiles(&ratios),
                    ratios,
                    must: arm.must,
                    complaint,
                }
            })
            .collect())
    }

    #[expect(clippy::cast_precision_loss, reason = "counts are far below 2^52")]
    fn value(&self, cost: Cost) -> f64 {
        match self.unit {
            Unit::CpuNanos => cost.cpu.as_secs_f64() * 1e9 / self.count as f64,
            Unit::PerSecond => self.count as f64 / cost.wall.as_secs_f64(),
            Unit::Millis => cost.wall.as_secs_f64() * 1e3,
        }
    }
}

impl Told {
    /// Whether the must is met; `None` where there is none, or the ratio moves too much to say.
    #[must_use]
    pub fn met(&self) -> Option<bool> {
        let [low, median, high] = self.quartiles;
        let met = |ratio: f64| match self.must {
            Must::AtMost(most) => Some(ratio <= most),
            Must::AtLeast(least) => Some(ratio >= least),
            Must::Nothing => None,
        };
        // However much it moves, all of it may lie on one side.
        let clear = met(low) == met(high) || (high - low) <= 0.15 * median;
        if clear && self.complaint.is_none() && median.is_finite() { met(median) } else { None }
    }
}

fn quartiles(values: &[f64]) -> [f64; 3] {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let at = |quarter: usize| sorted.get(quarter * sorted.len().saturating_sub(1) / 4).copied().unwrap_or(f64::NAN);
    [at(1), at(2), at(3)]
}
