//! What `#[nova::test]` runs a test with: one thread, a clock, a seed and a log.

use std::{
    any::Any,
    env::{self, VarError},
    fmt::Debug,
    panic::{AssertUnwindSafe, catch_unwind, resume_unwind},
    time::Duration,
};

use super::logs::Log;
use crate::{
    error::Result,
    seed::{VARIABLE, scope},
    time,
};

/// A week and a day: long enough for a week of anything, short enough to be over in seconds.
const VIRTUAL_TIMEOUT: Duration = Duration::from_secs(8 * 24 * 3600);
const REAL_TIMEOUT: Duration = Duration::from_secs(60);

/// One run of a test: [`#[nova::test]`](macro@crate::test) without the attribute, for a function that runs many.
///
/// ```
/// use std::time::Duration;
///
/// for seed in 0..100 {
///     nova::test::Test::new("patience").seed(seed).run(async {
///         tokio::time::sleep(Duration::from_secs(3600)).await;
///     });
/// }
/// ```
#[derive(Clone, Debug)]
#[must_use = "nothing is tested until `run`"]
pub struct Test {
    name: &'static str,
    seed: Option<u64>,
    real_time: bool,
    timeout: Option<Duration>,
}

impl Test {
    /// A test in virtual time. The seed is made from the name, which is shown where it fails; up to the first `::` it names the crate.
    pub fn new(name: &'static str) -> Self {
        Self { name, seed: None, real_time: false, timeout: None }
    }

    /// The seed, unless `NOVA_TEST_SEED` gives another.
    pub fn seed(self, seed: u64) -> Self {
        Self { seed: Some(seed), ..self }
    }

    /// The clock is the system's, as sockets need it.
    pub fn real_time(self) -> Self {
        Self { real_time: true, ..self }
    }

    /// The time, virtual or real, that it may take: 8 days of virtual or a minute of real time otherwise.
    pub fn timeout(self, timeout: Duration) -> Self {
        Self { timeout: Some(timeout), ..self }
    }

    /// Runs it to its end, on this thread.
    ///
    /// # Panics
    /// Where the test does, where it returns an error, and where it takes too long: with its log, its seed, and the line that repeats it on
    /// the standard error. Where `NOVA_TEST_SEED` is neither a number nor `random`, and inside another runtime.
    #[track_caller]
    pub fn run<T: Outcome>(self, test: impl Future<Output = T>) {
        let seed = match given_seed(env::var(VARIABLE)) {
            Ok(given) => given.or(self.seed).unwrap_or_else(|| seed_of(self.name)),
            Err(reason) => panic!("{reason}"),
        };
        let log = Log::new();
        let ended = log.during(|| {
            let _seeds = scope::enter(seed);
            catch_unwind(AssertUnwindSafe(|| self.drive(&log, test)))
        });
        let failure = match ended {
            Ok(Ok(())) => return,
            Ok(Err(failure)) => Failure::Told(failure),
            Err(panic) => Failure::Panicked(panic),
        };
        eprintln!("{}", self.report(seed, &log));
        match failure {
            Failure::Told(reason) => panic!("{reason}"),
            Failure::Panicked(panic) => resume_unwind(panic),
        }
    }

    fn drive<T: Outcome>(&self, log: &Log, test: impl Future<Output = T>) -> Result<(), String> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().start_paused(!self.real_time).build();
        let runtime = runtime.map_err(|error| format!("no runtime: {error}"))?;
        let limit = self.timeout.unwrap_or(if self.real_time { REAL_TIMEOUT } else { VIRTUAL_TIMEOUT });
        let timed = async {
            log.begin();
            tokio::time::timeout(limit, test).await
        };
        match runtime.block_on(timed) {
            Ok(outcome) => outcome.failure().map_or(Ok(()), Err),
            Err(_) if self.real_time => Err(format!("the test took longer than {limit:?}")),
            Err(_) => Err(format!(
                "the test took longer than {limit:?} of virtual time: it waits for what never comes, or for something outside of \
                 virtual time, such as another thread"
            )),
        }
    }

    fn report(&self, seed: u64, log: &Log) -> String {
        let path = self.name.split_once("::").map_or(self.name, |(_, path)| path);
        format!("---- nova::test {path}\n{log}repeat it with: {VARIABLE}={seed} cargo test {path}")
    }
}

enum Failure {
    Told(String),
    Panicked(Box<dyn Any + Send>),
}

/// What the environment says about seeds.
fn given_seed(variable: Result<String, VarError>) -> Result<Option<u64>, String> {
    let text = match variable {
        Err(VarError::NotPresent) => return Ok(None),
        Err(VarError::NotUnicode(_)) => return Err(format!("{VARIABLE} is no text")),
        Ok(text) => text,
    };
    match text.trim() {
        "" => Ok(None),
        "random" => Ok(Some(rand::random())),
        number => match number.parse() {
            Ok(seed) => Ok(Some(seed)),
            Err(_) => Err(format!("{VARIABLE} is `{number}`; expected a whole number below 2^64, or `random`")),
        },
    }
}

/// The same for a name with every compiler and on every machine: FNV-1a.
fn seed_of(name: &str) -> u64 {
    name.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x100_0000_01b3))
}

/// What a test may return: nothing, or a `Result`.
#[diagnostic::on_unimplemented(
    message = "a test returns `()` or a `Result`, not `{Self}`",
    label = "a test returns `()` or a `Result`",
    note = "return `()` and use `assert!`, or `nova::Result` and use `?`"
)]
pub trait Outcome {
    /// Why the test failed, if it did.
    fn failure(self) -> Option<String>;
}

impl Outcome for () {
    fn failure(self) -> Option<String> {
        None
    }
}

impl<T: Outcome, E: Debug> Outcome for Result<T, E> {
    fn failure(self) -> Option<String> {
        match self {
            Ok(outcome) => outcome.failure(),
            Err(error) => Some(format!("the test returned an error: {error:?}")),
        }
    }
}

/// The seed of the test that runs on this thread, for what a test itself leaves to chance; `None` outside of one.
pub fn seed() -> Option<u64> {
    scope::seed()
}

/// Whether real sockets may be used here, for whoever is about to open one.
///
/// # Errors
/// [`Error::Config`](crate::Error::Config) for `clock` with the reason where time is virtual: the clock jumps to the next timer whenever
/// every task waits, also for a socket, and every time-out strikes at once.
pub fn real_sockets() -> Result {
    time::refuse_virtual("a real socket")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_environment_gives_a_number_or_asks_for_one() {
        let given = |text: &str| given_seed(Ok(text.to_owned()));
        assert_eq!(given("7"), Ok(Some(7)));
        assert_eq!(given(" "), Ok(None));
        assert_eq!(given_seed(Err(VarError::NotPresent)), Ok(None));
        assert_ne!(given("random"), given("random"));
        for wrong in ["x", "-1", "18446744073709551616"] {
            let said = given(wrong).unwrap_err();
            assert!(said.contains(wrong) && said.contains("`random`"), "{said}");
        }
    }

    #[test]
    fn seeds_of_names_are_those_of_other_machines() {
        assert_eq!(seed_of(""), 0xcbf2_9ce4_8422_2325);
        assert_eq!(seed_of("a"), 0xaf63_dc4c_8601_ec8c);
    }

    #[tokio::test]
    async fn a_running_clock_is_told_from_a_paused_one() {
        for _ in 0..1_000 {
            assert!(!time::is_virtual());
            tokio::time::pause();
            assert!(time::is_virtual());
            tokio::time::resume();
        }
        assert!(real_sockets().is_ok());
    }
}
