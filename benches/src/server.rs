//! The other end in a process of its own, over the loopback: the same peers, behind real sockets.
//!
//! It is the benchmark's own program, started once more, and ends when the benchmark does.

use std::{
    env, io,
    io::{BufRead as _, BufReader, Read as _, Write as _},
    net::Ipv4Addr,
    process::{Child, Command, ExitCode, Stdio},
    sync::Arc,
    thread,
};

use tokio::{
    io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, copy_bidirectional_with_sizes},
    net::{TcpListener, TcpSocket, TcpStream},
    sync::Notify,
};
use tokio_rustls::TlsAcceptor;

use crate::{
    arms::{Outcome, inbound::Workload},
    frames::{Ring, SIZES},
    peer::{Answers, Feed, Numbers, Pace, Peer, Subscription, Ticks},
    site::Site,
    stream::{Memory, READ},
    tls,
    told::{Seen, Told},
};

/// Says to a run of this program that it is a server, and which.
const SERVE: &str = "NOVA_BENCH_SERVE";

/// Bytes read at once where connections are many.
const FEW: usize = 4 * 1024;

/// What a connection begins with that is no upgrade: it asks what was seen, or has all others dropped.
const TOLD: &[u8; 4] = b"told";
const DROP: &[u8; 4] = b"drop";

/// What TLS begins with.
const HANDSHAKE: u8 = 0x16;

/// What it does.
#[derive(Clone, Copy, Debug)]
pub enum Kind {
    /// Pushes the ring of this size so many times.
    Feed {
        /// Which of [`SIZES`].
        size: usize,
        /// How often.
        laps: u64,
        /// As fast as it can, or frame by frame.
        pace: Pace,
    },
    /// Pushes a ring of notifications so many times to who subscribes.
    Notifications {
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
        Kind::Feed { size, laps, pace: Pace::Flood } => format!("feed {size} {laps}"),
        Kind::Feed { size, laps, pace: Pace::Sparse } => format!("sparse {size} {laps}"),
        Kind::Notifications { laps } => format!("notifications {laps}"),
        Kind::Answers => "answers".into(),
        Kind::Numbers => "numbers".into(),
        Kind::Ticks => "ticks".into(),
    };
    let mut command = Command::new(env::current_exe().map_err(complain)?);
    command.env(SERVE, told).envs(tls::told().map_err(complain)?).stdin(Stdio::piped()).stdout(Stdio::piped());
    let mut child = command.spawn().map_err(complain)?;
    let mut line = String::new();
    let said = child.stdout.take().ok_or("it has no output")?;
    BufReader::new(said).read_line(&mut line).map_err(complain)?;
    let port = line.trim().parse().map_err(|_| format!("the server said {line:?}"))?;
    Ok(Server { child, port })
}

impl Server {
    /// Where to connect to it.
    pub fn address(&self) -> Address {
        Address(self.port)
    }
}

/// Where a server is.
#[derive(Clone, Copy, Debug)]
pub struct Address(u16);

impl Address {
    /// The port.
    pub fn port(self) -> u16 {
        self.0
    }

    /// The server at this port.
    pub fn of(port: u16) -> Self {
        Self(port)
    }

    /// Has the server drop all its connections.
    ///
    /// # Errors
    /// Where it cannot be told.
    pub async fn drop_all(self) -> io::Result<()> {
        self.ask(DROP).await.map(drop)
    }

    async fn ask(self, what: &[u8; 4]) -> io::Result<String> {
        let mut stream = self.dial().await?;
        stream.write_all(what).await?;
        let mut said = String::new();
        stream.read_to_string(&mut said).await?;
        Ok(said)
    }
}

impl Site for Address {
    type Stream = TcpStream;

    async fn dial(&self) -> io::Result<TcpStream> {
        let stream = TcpStream::connect((Ipv4Addr::LOCALHOST, self.0)).await?;
        stream.set_nodelay(true)?;
        Ok(stream)
    }

    async fn seen(&self) -> io::Result<Seen> {
        self.ask(TOLD).await?.parse().map_err(io::Error::other)
    }
}

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
    let noted = seen.clone();
    Some(match words.first().copied() {
        Some(pace @ ("feed" | "sparse")) => {
            let size = SIZES[usize::try_from(number(1)).unwrap_or_default()].1;
            let pace = if pace == "feed" { Pace::Flood } else { Pace::Sparse };
            let work = Workload { ring: Ring::of(size), pace, laps: number(2) };
            serve(&Feed::new(work, noted), READ, &seen)
        }
        Some("notifications") => {
            let work = Workload { ring: Ring::of_notifications(SIZES[1].1), pace: Pace::Flood, laps: number(1) };
            serve(&Subscription::new(work, noted), READ, &seen)
        }
        Some("answers") => serve(&Answers::new(noted), FEW, &seen),
        Some("ticks") => serve(&Ticks::new(noted), FEW, &seen),
        _ => serve(&Numbers::new(noted), READ, &seen),
    })
}

#[tokio::main(flavor = "current_thread")]
async fn serve<P: Peer + Clone>(peer: &P, buffer: usize, seen: &Arc<Told>) -> ExitCode {
    let (Ok(listener), Ok(acceptor)) = (listen(), tls::acceptor()) else { return ExitCode::FAILURE };
    let port = listener.local_addr().map(|address| address.port()).unwrap_or_default();
    println!("{port}");
    // Who started it reads the line at once, or has ended.
    let _ = io::stdout().flush();
    thread::spawn(|| {
        // The benchmark holds the other end, and the kernel lets it go even where the benchmark is killed.
        let _ = io::stdin().read(&mut [0]);
        std::process::exit(0);
    });
    let all = Arc::new(Notify::new());
    while let Ok((stream, _)) = listener.accept().await {
        let (memory, all, seen) = (Memory::new(peer.clone()), all.clone(), seen.clone());
        tokio::spawn(connection(stream, acceptor.clone(), memory, buffer, all, seen));
    }
    ExitCode::FAILURE
}

/// Where a thousand come at once, a queue that is too short has some of them knock again a second later.
fn listen() -> io::Result<TcpListener> {
    let socket = TcpSocket::new_v4()?;
    socket.bind((Ipv4Addr::LOCALHOST, 0).into())?;
    socket.listen(4096)
}

async fn connection<P: Peer>(
    mut stream: TcpStream,
    acceptor: Option<TlsAcceptor>,
    memory: Memory<P>,
    buffer: usize,
    all: Arc<Notify>,
    seen: Arc<Told>,
) -> io::Result<()> {
    stream.set_nodelay(true)?;
    let mut first = [0; 4];
    stream.peek(&mut first).await?;
    match &first {
        TOLD => {
            // What lies unread as a socket is closed is answered with a reset.
            stream.read_exact(&mut first).await?;
            stream.write_all(seen.seen().to_string().as_bytes()).await
        }
        DROP => {
            stream.read_exact(&mut first).await?;
            all.notify_waiters();
            Ok(())
        }
        _ => match acceptor.filter(|_| first[0] == HANDSHAKE) {
            Some(acceptor) => served(acceptor.accept(stream).await?, memory, buffer, &all).await,
            None => served(stream, memory, buffer, &all).await,
        },
    }
}

async fn served<P: Peer>(
    mut stream: impl AsyncRead + AsyncWrite + Unpin,
    mut memory: Memory<P>,
    buffer: usize,
    all: &Notify,
) -> io::Result<()> {
    tokio::select! {
        ended = copy_bidirectional_with_sizes(&mut stream, &mut memory, buffer, buffer) => ended.map(drop),
        () = all.notified() => Ok(()),
    }
}
