//! A peer: a server that no one here wrote, running on a loopback port for as long as the value lives.
//!
//! Tests never install anything. `bash tests/peers/check.sh` does, once; without it a test reports its peer as skipped, and with
//! `NOVA_PEERS=required`, as in CI, it fails.

use std::{
    env,
    fs::{self, File},
    io::{self, BufRead as _, BufReader, Write as _},
    net::{Ipv4Addr, SocketAddr, TcpListener},
    path::{Path, PathBuf},
    process::{Child, ChildStdin, Command, Stdio},
    sync::mpsc,
    thread,
    time::{Duration, Instant},
};

use rcgen::{CertifiedKey, generate_simple_self_signed};

/// A loaded machine starts a Python or Node server in seconds.
const READY_WITHIN: Duration = Duration::from_secs(60);
/// The scripts kill a peer that ignores SIGTERM after 5 s.
const GONE_WITHIN: Duration = Duration::from_secs(10);

/// A running peer. Dropping it ends the server.
#[derive(Debug)]
pub(crate) struct Peer {
    script: Child,
    leash: Option<ChildStdin>,
    address: SocketAddr,
    log: PathBuf,
}

impl Peer {
    /// Starts `script`, by its path from this folder, on a free port, with `args` behind the port, and waits until it answers.
    ///
    /// `None`, after a line that says why, where the peer cannot be had: the test then returns.
    ///
    /// # Panics
    ///
    /// Where the peer cannot be had and `NOVA_PEERS` is `required`.
    pub(crate) fn start(script: &str, args: &[&str]) -> Option<Self> {
        Self::try_start(script, args).map_or_else(|reason| missing(script, args, &reason), Some)
    }

    fn try_start(script: &str, args: &[&str]) -> Result<Self, String> {
        let port = free_port();
        let log = scratch(&format!("{port}.log"));
        let stderr = File::create(&log).expect("the build's folder for tests is writable");
        let mut script = Command::new("bash")
            .arg(self::script(script))
            .arg(port.to_string())
            .args(args)
            .envs([("NOVA_INSTALL", "never"), ("NOVA_LEASH", "1")])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(stderr)
            .spawn()
            .map_err(|error| format!("cannot start bash: {error}"))?;
        let stdout = script.stdout.take().expect("it is piped");
        let peer = Self { leash: script.stdin.take(), script, address: (Ipv4Addr::LOCALHOST, port).into(), log };

        let (said, first_line) = mpsc::channel();
        thread::spawn(move || {
            let mut line = String::new();
            let read = BufReader::new(stdout).read_line(&mut line);
            // The receiver is gone when the deadline has passed.
            let _ = said.send(read.map(|_| line));
        });
        match first_line.recv_timeout(READY_WITHIN) {
            Ok(Ok(line)) if line.trim_end() == format!("ready {}", peer.address) => Ok(peer),
            Ok(Ok(_)) => Err(last_line(&peer.log)),
            Ok(Err(error)) => Err(error.to_string()),
            Err(_) => Err(format!("not ready within {READY_WITHIN:?}: {}", last_line(&peer.log))),
        }
    }

    /// Where it listens.
    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    /// Whether it ends by itself within `patience`: blocks until then.
    pub(crate) fn ended(&mut self, patience: Duration) -> bool {
        let give_up = Instant::now() + patience;
        while matches!(self.script.try_wait(), Ok(None)) {
            if Instant::now() >= give_up {
                return false;
            }
            thread::sleep(Duration::from_millis(10));
        }
        true
    }

    /// The address as a URL, `path` with its leading slash: `ws://127.0.0.1:PORT/path`.
    pub(crate) fn url(&self, path: &str) -> String {
        format!("ws://{}{path}", self.address)
    }
}

impl Drop for Peer {
    fn drop(&mut self) {
        // The script ends, and its server with it, when its stdin does.
        drop(self.leash.take());
        if !self.ended(GONE_WITHIN) {
            let _ = self.script.kill();
            let _ = self.script.wait();
        }
        // What the peer said is worth reading after a failure only.
        if !thread::panicking() {
            let _ = fs::remove_file(&self.log);
        }
    }
}

/// Nothing, after a line that says why.
///
/// # Panics
///
/// Where `NOVA_PEERS` is `required`.
pub(crate) fn missing<T>(script: &str, args: &[&str], reason: &str) -> Option<T> {
    assert!(env::var_os("NOVA_PEERS").is_none_or(|it| it != "required"), "{script} {args:?} is required: {reason}");
    // Not `eprintln`, which the test runner keeps to itself while a test passes.
    let _ = writeln!(io::stderr(), "skipped: {script} {} ({reason})", args.join(" "));
    None
}

/// A start script, by its path from this folder.
pub(crate) fn script(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("peers").join(name)
}

/// A self-signed certificate for `localhost` and `127.0.0.1`, made anew for each test.
#[derive(Debug)]
pub(crate) struct Certificate {
    file: PathBuf,
    /// What a client has to trust.
    pub(crate) der: Vec<u8>,
    /// The same as text.
    pub(crate) pem: String,
}

impl Certificate {
    pub(crate) fn new(name: &str) -> Self {
        let names = ["localhost".to_owned(), "127.0.0.1".to_owned()];
        let CertifiedKey { cert, signing_key } = generate_simple_self_signed(names).expect("the names are valid");
        let file = scratch(&format!("{name}.pem"));
        fs::write(&file, signing_key.serialize_pem() + &cert.pem()).expect("the build's folder for tests is writable");
        Self { file, der: cert.der().to_vec(), pem: cert.pem() }
    }

    /// The file that holds key and certificate, as the start scripts take it.
    pub(crate) fn file(&self) -> &str {
        self.file.to_str().expect("the build's path is UTF-8")
    }
}

impl Drop for Certificate {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.file);
    }
}

/// What `future` comes to. No wait of a test is longer: an unexpected one fails there, by the name of `what`.
pub(crate) async fn within<T>(what: &str, future: impl Future<Output = T>) -> T {
    const PATIENCE: Duration = Duration::from_secs(60);
    tokio::time::timeout(PATIENCE, future).await.unwrap_or_else(|_| panic!("{what}: not within {PATIENCE:?}"))
}

/// A file of the build's folder for tests; the process id keeps two runs apart.
fn scratch(name: &str) -> PathBuf {
    Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("peer-{}-{name}", std::process::id()))
}

fn free_port() -> u16 {
    let probe = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("the loopback has a free port");
    probe.local_addr().expect("it is bound").port()
}

fn last_line(log: &Path) -> String {
    let text = fs::read_to_string(log).unwrap_or_default();
    text.lines().last().unwrap_or("it ended without a word").to_owned()
}
