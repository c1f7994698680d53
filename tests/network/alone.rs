//! A test alone: in a process of its own, and in a network of its own where it breaks one.
//!
//! The test starts its own binary again for itself alone. A network that cannot be had is said and passed over; with
//! `NOVA_PEERS=required`, as in CI, it is a failure.

use std::{
    any::type_name,
    env,
    io::{self, Read as _, Write as _},
    path::PathBuf,
    process::{Child, Command, Stdio},
    sync::{LazyLock, PoisonError, RwLock, RwLockWriteGuard},
    time::Duration,
};

use tokio::runtime;

/// Tells a process which test it is there for.
const TEST: &str = "NOVA_ALONE";
/// Tells it whom to dial.
const URL: &str = "NOVA_ALONE_URL";
/// No test takes longer, on the slowest of machines.
const PATIENCE: Duration = Duration::from_secs(60);

/// Those who measure moments read it, who needs the whole machine writes.
static QUIET: RwLock<()> = RwLock::new(());

/// Lets no test of this binary that measures moments run meanwhile.
pub(crate) fn quiet() -> RwLockWriteGuard<'static, ()> {
    QUIET.write().unwrap_or_else(PoisonError::into_inner)
}

/// Runs a test in a network of its own, where root's rights over it are the test's.
pub(crate) fn in_a_network<F: Future<Output = ()>>(test: F) {
    static CAN: LazyLock<Result<(), String>> = LazyLock::new(|| {
        let tried = inside().arg("true").output().map_err(|error| format!("cannot start bash: {error}"))?;
        if tried.status.success() { Ok(()) } else { Err(String::from_utf8_lossy(&tried.stderr).trim().to_owned()) }
    });
    if is_here::<F>() {
        return run(test);
    }
    match &*CAN {
        Ok(()) => {
            let _quiet = QUIET.read().unwrap_or_else(PoisonError::into_inner);
            again::<F>(inside());
        }
        Err(reason) if env::var_os("NOVA_PEERS").is_some_and(|it| it == "required") => {
            panic!("a network of one's own is required: {reason}")
        }
        // Not `eprintln`, which the test runner keeps to itself while a test passes.
        Err(reason) => drop(writeln!(io::stderr(), "skipped: {} ({reason})", name::<F>())),
    }
}

/// Runs a test in a process that may open so many files.
pub(crate) fn in_a_process<F: Future<Output = ()>>(files: u32, test: F) {
    if is_here::<F>() {
        return run(test);
    }
    let mut limited = Command::new("sh");
    limited.args(["-c", r#"ulimit -n "$0" && exec "$@""#, &files.to_string()]);
    again::<F>(limited);
}

/// Runs `child` in a process of its own beside `test`, which starts it and gives it an address.
pub(crate) fn beside<C: Future<Output = ()>, T: Future<Output = ()>>(
    child: impl FnOnce(String) -> C,
    test: impl FnOnce(Start) -> T,
) {
    if is_here::<C>() { run(child(env::var(URL).unwrap())) } else { run(test(Start { test: name::<C>() })) }
}

/// Starts the process beside a test.
#[derive(Debug)]
pub(crate) struct Start {
    test: &'static str,
}

impl Start {
    /// With what it says on this process's standard output.
    pub(crate) fn child(&self, url: &str) -> Beside {
        let mut child = alone(Command::new(env::current_exe().unwrap()), self.test);
        Beside(child.env(URL, url).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap())
    }
}

/// A process beside a test; it ends with it.
#[derive(Debug)]
pub(crate) struct Beside(Child);

impl Beside {
    /// Sends it a signal by name.
    pub(crate) fn signal(&self, signal: &str) {
        let sent = Command::new("kill").args([signal, &self.0.id().to_string()]).status();
        assert!(sent.unwrap().success(), "kill {signal}");
    }

    /// What it says until it ends by itself.
    pub(crate) async fn said(mut self) -> String {
        let mut stdout = self.0.stdout.take().unwrap();
        let reading = tokio::task::spawn_blocking(move || {
            let mut said = String::new();
            stdout.read_to_string(&mut said).map(|_| said)
        });
        let said = reading.await.unwrap().unwrap();
        assert!(self.0.wait().unwrap().success(), "{said}");
        said
    }
}

impl Drop for Beside {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn inside() -> Command {
    let mut command = Command::new("bash");
    command.arg(PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("network/inside.sh"));
    command
}

/// The test's name, as its runner has it: the path of the future that it is, without the crate.
fn name<F>() -> &'static str {
    let path = type_name::<F>().trim_end_matches("::{{closure}}");
    path.split_once("::").map_or(path, |(_, name)| name)
}

fn is_here<F>() -> bool {
    env::var(TEST).is_ok_and(|test| test == name::<F>())
}

/// Starts this binary once more, for this test alone; what it says is told.
fn again<F>(mut by: Command) {
    let test = name::<F>();
    by.arg(env::current_exe().unwrap());
    let child = alone(by, test).output().unwrap();
    let said = String::from_utf8_lossy(&child.stdout);
    print!("{said}");
    let complaint = String::from_utf8_lossy(&child.stderr);
    assert!(child.status.success() && said.contains("1 passed"), "{test}: {}\n{said}\n{complaint}", child.status);
}

/// Has a command that starts this binary run this test alone.
fn alone(mut binary: Command, test: &str) -> Command {
    binary.args(["--exact", test, "--nocapture", "--test-threads=1"]).env(TEST, test);
    binary
}

fn run(test: impl Future<Output = ()>) {
    let runtime = runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async { tokio::time::timeout(PATIENCE, test).await.expect("in time") });
    // A resolver that never answers keeps its thread.
    runtime.shutdown_background();
}
