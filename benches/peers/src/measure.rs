//! How rows are measured: the arms one after the other in each round, the ratio to nova's a round, and its median over the rounds.
//!
//! Others use the machine too, so nothing is compared over rounds, and a ratio that moves too much is said to.

use std::time::Duration;

use benches::{
    arms::{Outcome, PATIENCE, complain},
    cpu,
    goals::{Goal, Verdict},
    rounds::{Spread, Threads},
    server::{self, Address, Kind},
};
use futures_util::future::LocalBoxFuture;
use serde::Serialize;
use tokio::time::timeout;

/// What is looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub(crate) enum Unit {
    /// Nanoseconds of processor time for each.
    CpuNanos,
    /// So many a second.
    PerSecond,
    /// Milliseconds for all.
    Millis,
}

impl Unit {
    fn clock(self) -> fn() -> Duration {
        match self {
            Self::CpuNanos => cpu::process,
            Self::PerSecond | Self::Millis => cpu::wall,
        }
    }

    #[expect(clippy::cast_precision_loss, reason = "counts are far below 2^52")]
    fn value(self, took: Duration, count: u64) -> f64 {
        match self {
            Self::CpuNanos => took.as_secs_f64() * 1e9 / count as f64,
            Self::PerSecond => count as f64 / took.as_secs_f64(),
            Self::Millis => took.as_secs_f64() * 1e3,
        }
    }
}

/// What an arm has to do.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Work {
    /// Where.
    pub(crate) at: Address,
    /// How often.
    pub(crate) count: u64,
    /// What it took is a difference of two looks at it.
    pub(crate) clock: fn() -> Duration,
}

impl Work {
    /// Where, for those that dial themselves.
    pub(crate) fn url(self) -> String {
        format!("ws://127.0.0.1:{}/", self.at.port())
    }

    /// Looks at the clock; what is given back says what it took since.
    pub(crate) fn begin(self) -> impl FnOnce() -> Duration {
        let before = (self.clock)();
        move || (self.clock)().saturating_sub(before)
    }
}

/// A way to do a row's work.
pub(crate) struct Arm {
    name: &'static str,
    goal: Goal,
    run: Box<dyn Fn(Work) -> LocalBoxFuture<'static, Outcome<Duration>>>,
}

impl Arm {
    /// Whose it is, what nova's ratio to it has to be, and what does it.
    pub(crate) fn new<F>(name: &'static str, goal: Goal, run: impl Fn(Work) -> F + 'static) -> Self
    where
        F: Future<Output = Outcome<Duration>> + 'static,
    {
        Self { name, goal, run: Box::new(move |work| Box::pin(run(work))) }
    }
}

/// A workload, and who does it; the first arm is nova's.
pub(crate) struct Row {
    /// What it is called on the command line.
    pub(crate) name: &'static str,
    /// What is done, in words.
    pub(crate) what: &'static str,
    /// What stands at the other end.
    pub(crate) server: Kind,
    /// How often.
    pub(crate) count: u64,
    /// What is looked at.
    pub(crate) unit: Unit,
    /// How many rounds, without the first, which does not count.
    pub(crate) rounds: usize,
    /// Who does it.
    pub(crate) arms: Vec<Arm>,
}

/// What an arm came to.
#[derive(Debug, Serialize)]
pub(crate) struct Told {
    /// Whose.
    pub(crate) arm: &'static str,
    /// The median of the rounds.
    pub(crate) value: f64,
    /// The median of nova's by its own, of each round.
    pub(crate) ratio: f64,
    /// Their quartiles.
    pub(crate) quartiles: (f64, f64),
    /// How that stands to what it has to be, or what went wrong.
    pub(crate) verdict: String,
    /// Whether it lost something: then it is no measurement.
    pub(crate) wrong: bool,
    /// What it has to be.
    #[serde(skip)]
    pub(crate) goal: Goal,
}

impl Row {
    /// Runs it, all arms in each round, every other round the other way round.
    ///
    /// # Errors
    /// Where no runtime or no server is to be had.
    pub(crate) fn run(&self) -> Outcome<Vec<Told>> {
        let mut values = vec![Vec::new(); self.arms.len()];
        let mut complaints = vec![None; self.arms.len()];
        for round in 0..=self.rounds {
            let mut order: Vec<usize> = (0..self.arms.len()).collect();
            if round % 2 == 1 {
                order.reverse();
            }
            for at in order {
                if complaints[at].is_some() {
                    continue;
                }
                let server = server::start(self.server)?;
                let work = Work { at: server.address(), count: self.count, clock: self.unit.clock() };
                let run = async { timeout(PATIENCE, (self.arms[at].run)(work)).await.map_err(complain).flatten() };
                match Threads::One.run(run) {
                    Ok(took) if round > 0 => values[at].push(self.unit.value(took, self.count)),
                    Ok(_) => {}
                    Err(complaint) => complaints[at] = Some(complaint),
                }
            }
        }
        let nova = values[0].clone();
        let all = self.arms.iter().zip(values).zip(complaints);
        Ok(all.map(|((arm, values), complaint)| Told::of(arm, &nova, values, complaint)).collect())
    }
}

impl Told {
    fn of(arm: &Arm, nova: &[f64], values: Vec<f64>, complaint: Option<String>) -> Self {
        let ratios: Vec<f64> = nova.iter().zip(&values).map(|(nova, value)| nova / value).collect();
        let wrong = complaint.is_some() || ratios.is_empty();
        let (told, verdict) = if wrong {
            (None, complaint.unwrap_or_else(|| "nothing to compare it with".into()))
        } else {
            let (ratio, value) = (Spread::of(ratios), Spread::of(values).median);
            (Some((value, ratio)), judge(arm.goal, &ratio).to_string())
        };
        let (value, ratio, quartiles) = told.map_or((f64::NAN, f64::NAN, (f64::NAN, f64::NAN)), |(value, ratio)| {
            (value, ratio.median, ratio.quartiles)
        });
        Self { arm: arm.name, value, ratio, quartiles, verdict, wrong, goal: arm.goal }
    }
}

/// However much the rounds differ, all of them may lie on one side.
fn judge(goal: Goal, ratio: &Spread) -> Verdict {
    let missed = |ratio: f64| goal.judge(ratio) == Verdict::Missed;
    let clear = missed(ratio.quartiles.0) == missed(ratio.quartiles.1);
    if clear || !ratio.is_noisy() { goal.judge(ratio.median) } else { Verdict::TooNoisy }
}
