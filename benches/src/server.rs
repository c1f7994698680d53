//! The other end in a process of its own, over the loopback: the same peers, behind real sockets.
//!
//! It is the benchmark's own program, started once more, and ends when the benchmark does.

use std::{
    env, io,
    io::{BufRead, BufReader, Read as _, Write as _},
    net::Ipv4Addr,
    process::{Child, Command, ExitCode, Stdio},
    sync::Arc,
    thread,
};

use tokio::{
    io::copy_bidirectional_with_sizes,
    net::{TcpListener, TcpStream},
    sync::Notify,
};

use crate::{
    arms::{Outcome, inbound::Workload},
    frames::{Ring, SIZES},
    peer::{Answers, Feed, Numbers, Pace, Peer, Ticks},
    stream::{Memory, READ},
    told::Told,
};

/// Says to a run of this program that it is a server, and which.
const SERVE: &str = "NOVA_BENCH_SERVE";

/// Bytes read at once where connections are many.
const FEW: usize = 4 * 1024;

/// What it does.
#[derive(Clone, Copy, Debug)]
pub enum Kind {
    /// Pushes the ring of this size so many times, as fast as it can.
    Feed {
        /// Which of [`SIZES`].
        size: usize,
        /// How often.
        laps: u64,
    },
    /// Answers calls.
    Answers,
    /// Asserts numbers.
    Numbers,
    /// Says something to each connection once a second.
    Ticks,
}

/// A server that runs; it ends when this is dropped.
#[derive(Debug)]
pub struct Server {
    child: Child,
    port: u16,
}

/// Starts a server.
///
/// # Errors
/// Why it does not start.
pub fn start(kind: Kind) -> Outcome<Server> {
    let complain = |error: io::Error| error.to_string();
    let told = match kind {
        Kind::Feed { size, laps } => format!("feed {size} {laps}"),
        Kind::Answers => "answers".into(),
        Kind::Numbers => "numbers".into(),
        Kind::Ticks => "ticks".into(),
    };
    let mut command = Command::new(env::current_exe().map_err(complain)?);
    command.env(SERVE, told).stdin(Stdio::piped()).stdout(Stdio::piped());
    let mut child = command.spawn().map_err(complain)?;
    let mut line = String::new();
    let said = child.stdout.take().ok_or("it has no output")?;
    BufReader::new(said).read_line(&mut line).map_err(complain)?;
    let port = line.trim().parse().map_err(|_| format!("the server said {line:?}"))?;
    Ok(Server { child, port })
}

impl Server {
    /// Where to connect to it.
    pub fn address(&self) -> Dial {
        Dial(self.port)
    }

    /// Connects to it, any number of times.
    pub fn dial(&self) -> impl Fn() -> Dialling + Send + Sync + 'static {
        let address = self.address();
        move || Box::pin(address.stream())
    }

    /// Has it drop all its connections.
    ///
    /// # Errors
    /// Where it cannot be told.
    pub fn drop_all(&mut self) -> Outcome {
        let pipe = self.child.stdin.as_mut().ok_or("it listens no more")?;
        pipe.write_all(b"x").and_then(|()| pipe.flush()).map_err(|error| error.to_string())
    }
}

/// Where a server is.
#[derive(Clone, Copy, Debug)]
pub struct Dial(u16);

impl Dial {
    /// Connects.
    ///
    /// # Errors
    /// Those of the socket.
    pub async fn stream(self) -> io::Result<TcpStream> {
        let stream = TcpStream::connect((Ipv4Addr::LOCALHOST, self.0)).await?;
        stream.set_nodelay(true)?;
        Ok(stream)
    }

    /// The port.
    pub fn port(self) -> u16 {
        self.0
    }

    /// The server at this port.
    pub fn of(port: u16) -> Self {
        Self(port)
    }
}

/// A connection under way.
pub type Dialling = nova::BoxFuture<'static, io::Result<TcpStream>>;

impl Drop for Server {
    fn drop(&mut self) {
        // One that has ended already is as good.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Where this run of the program is a server: runs it, to its end.
pub fn told() -> Option<ExitCode> {
    let told = env::var(SERVE).ok()?;
    let words: Vec<&str> = told.split(' ').collect();
    let number = |at: usize| words.get(at).and_then(|word| word.parse::<u64>().ok()).unwrap_or_default();
    let seen = Arc::new(Told::default());
    Some(match words.first().copied() {
        Some("feed") => {
            let size = SIZES[usize::try_from(number(1)).unwrap_or_default()].1;
            let work = Workload { ring: Ring::of(size), pace: Pace::Flood, laps: number(2) };
            serve(&Feed::new(work, seen), READ)
        }
        Some("answers") => serve(&Answers::new(seen), FEW),
        Some("ticks") => serve(&Ticks::new(seen), FEW),
        _ => serve(&Numbers::new(seen), READ),
    })
}

#[tokio::main(flavor = "current_thread")]
async fn serve<P: Peer + Clone>(peer: &P, buffer: usize) -> ExitCode {
    let Ok(listener) = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await else { return ExitCode::FAILURE };
    let port = listener.local_addr().map(|address| address.port()).unwrap_or_default();
    println!("{port}");
    // Who started it reads the line at once, or has ended.
    let _ = io::stdout().flush();
    let all = Arc::new(Notify::new());
    let dropped = all.clone();
    thread::spawn(move || {
        // A byte has all connections dropped. The benchmark holds the other end, and the kernel lets it go even where the benchmark
        // is killed.
        while io::stdin().read(&mut [0]).is_ok_and(|count| count > 0) {
            dropped.notify_waiters();
        }
        std::process::exit(0);
    });
    while let Ok((mut stream, _)) = listener.accept().await {
        let mut memory = Memory::new(peer.clone());
        let all = all.clone();
        tokio::spawn(async move {
            stream.set_nodelay(true)?;
            tokio::select! {
                ended = copy_bidirectional_with_sizes(&mut stream, &mut memory, buffer, buffer) => ended.map(drop),
                () = all.notified() => Ok(()),
            }
        });
    }
    ExitCode::FAILURE
}
