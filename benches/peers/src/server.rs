//! What stands at the other end, in a process of its own: what a connection does is said by its path.

use std::{
    cell::RefCell,
    io,
    net::Ipv4Addr,
    process::{Child, Command, Stdio},
    rc::Rc,
    time::Duration,
};

use benches::{
    frames::{MESSAGES, Ring, frame},
    wire::{CLOSE, Decoder, Masked, PING, TEXT, upgrade},
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    sync::watch,
    task::{LocalSet, spawn_local},
    time::{MissedTickBehavior, interval_at},
};

/// Bytes of a message of the feeds.
pub const SIZE: usize = 499;

/// What a client says to begin a feed.
pub const GO: &str = "go";

/// What a server of this program prints before its port.
const AT: &str = "at ";

/// The server, as long as this lives.
#[derive(Debug)]
pub struct Server {
    child: Child,
    port: u16,
}

impl Server {
    /// Starts this program once more, as the server.
    ///
    /// # Errors
    /// Where it cannot be started, or says no port.
    pub fn start() -> io::Result<Self> {
        let mut child = Command::new(std::env::current_exe()?).arg("serve").stdout(Stdio::piped()).spawn()?;
        let mut line = String::new();
        let out = child.stdout.take().ok_or(io::ErrorKind::BrokenPipe)?;
        io::BufRead::read_line(&mut io::BufReader::new(out), &mut line)?;
        let port = line.trim().strip_prefix(AT).and_then(|port| port.parse().ok()).ok_or(io::ErrorKind::InvalidData)?;
        Ok(Self { child, port })
    }

    /// The address at which a connection does this. Each of 250 neighbouring `lanes` is another address, for more connections than one
    /// has ports for.
    #[must_use]
    pub fn url(&self, lane: usize, path: &str) -> String {
        format!("ws://127.0.0.{}:{}/{path}", 1 + lane % 250, self.port)
    }

    /// A stream to it.
    ///
    /// # Errors
    /// Where none is to be had.
    pub async fn dial(&self, lane: usize) -> io::Result<TcpStream> {
        let lane = u8::try_from(1 + lane % 250).unwrap_or(1);
        let stream = TcpStream::connect((Ipv4Addr::new(127, 0, 0, lane), self.port)).await?;
        stream.set_nodelay(true)?;
        Ok(stream)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// What all connections share.
struct Shared {
    ring: &'static Ring,
    ticks: Vec<u8>,
    drops: watch::Sender<u64>,
}

/// Serves until it is killed.
///
/// # Errors
/// Where there is no port.
pub fn serve() -> io::Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    LocalSet::new().block_on(&runtime, async {
        let listener = TcpListener::bind("0.0.0.0:0").await?;
        println!("{AT}{}", listener.local_addr()?.port());
        let shared = Rc::new(Shared { ring: Ring::of(SIZE), ticks: notifications(), drops: watch::Sender::new(0) });
        for number in 0_u64.. {
            let (stream, _) = listener.accept().await?;
            let shared = shared.clone();
            // A client that hangs up has what it wanted.
            spawn_local(async move { connection(stream, &shared, number).await.ok() });
        }
        Ok(())
    })
}

/// A ring of messages as JSON-RPC servers push them to a subscription.
fn notifications() -> Vec<u8> {
    let mut bytes = Vec::new();
    for number in 0..MESSAGES {
        let head = r#"{"jsonrpc":"2.0","method":"eth_subscription","params":{"subscription":"0x1","result":{"#;
        let tail = format!(r#""price":{}.5,"seq":{}}}}}}}"#, number % 1000, 1_000_000 + number);
        let mut text = head.to_owned();
        for level in 0.. {
            let member = format!(r#""level{level}":{}.25,"#, 50_000 + number + level);
            if text.len() + member.len() + tail.len() + r#""pad":"","#.len() > SIZE {
                break;
            }
            text.push_str(&member);
        }
        let room = SIZE - text.len() - tail.len() - r#""pad":"","#.len();
        text.push_str(&format!(r#""pad":"{}","#, "x".repeat(room)));
        text.push_str(&tail);
        frame(&mut bytes, 0x81, text.as_bytes());
    }
    bytes
}

async fn connection(mut stream: TcpStream, shared: &Shared, number: u64) -> io::Result<()> {
    stream.set_nodelay(true)?;
    let mut request = Vec::new();
    let (answer, end) = loop {
        if stream.read_buf(&mut request).await? == 0 {
            return Ok(());
        }
        if let Some(upgraded) = upgrade(&request) {
            break upgraded;
        }
    };
    stream.write_all(answer.as_bytes()).await?;
    let line = String::from_utf8_lossy(&request[..end]).into_owned();
    let path = line.split(' ').nth(1).unwrap_or_default();
    let (what, count) = path.trim_start_matches('/').split_once('/').unwrap_or((path.trim_start_matches('/'), "0"));
    let conversation = Conversation { stream, shared, rest: request.split_off(end), count: count.parse().unwrap_or(0) };
    match what {
        "feed" => conversation.feed(&shared.ring.bytes, "true").await,
        "subscription" => conversation.feed(&shared.ticks, r#""0x1""#).await,
        "calls" => conversation.calls().await,
        "sink" => conversation.sink().await,
        "tick" => conversation.tick(number).await,
        "hold" => conversation.hold().await,
        _ => {
            shared.drops.send_modify(|drops| *drops += 1);
            Ok(())
        }
    }
}

struct Conversation<'s> {
    stream: TcpStream,
    shared: &'s Shared,
    /// What came behind the request for the upgrade.
    rest: Vec<u8>,
    count: u64,
}

impl Conversation<'_> {
    /// Hands each frame to `said`, and sends what that answers once a read; ends with the connection, or where `said` ends it.
    async fn listen(&mut self, mut said: impl FnMut(&Masked<'_>, &mut Vec<u8>) -> bool) -> io::Result<()> {
        let (mut decoder, mut answers, goes_on) = (Decoder::default(), Vec::new(), RefCell::new(true));
        let mut bytes = std::mem::take(&mut self.rest);
        bytes.reserve(64 * 1024);
        loop {
            decoder.read(&bytes, |masked| match masked.opcode {
                PING => frame(&mut answers, 0x8A, masked.payload),
                CLOSE => *goes_on.borrow_mut() = false,
                _ => *goes_on.borrow_mut() &= said(&masked, &mut answers),
            });
            self.stream.write_all(&answers).await?;
            answers.clear();
            bytes.clear();
            if !*goes_on.borrow() || self.stream.read_buf(&mut bytes).await? == 0 {
                return Ok(());
            }
        }
    }

    /// Answers calls; once [`GO`] is said, or a subscription is answered, sends so many laps of the ring.
    async fn feed(mut self, ring: &[u8], result: &str) -> io::Result<()> {
        self.listen(|masked, answers| {
            if let Some(id) = id(masked.payload) {
                frame(answers, 0x81, format!(r#"{{"jsonrpc":"2.0","id":{id},"result":{result}}}"#).as_bytes());
            }
            !(masked.payload == GO.as_bytes() || masked.payload.windows(10).any(|word| word == b"_subscribe"))
        })
        .await?;
        for _ in 0..self.count {
            self.stream.write_all(ring).await?;
        }
        self.listen(|_, _| true).await
    }

    /// Answers each call with its own number.
    async fn calls(mut self) -> io::Result<()> {
        self.listen(|masked, answers| {
            if let Some(id) = id(masked.payload) {
                frame(answers, 0x81, format!(r#"{{"jsonrpc":"2.0","id":{id},"result":{id}}}"#).as_bytes());
            }
            true
        })
        .await
    }

    /// Takes so many messages, whose numbers count up from nought, and says when it has them, and whether they were right.
    async fn sink(mut self) -> io::Result<()> {
        let (mut came, mut wrong, count) = (0, 0, self.count);
        self.listen(|masked, answers| {
            if masked.opcode == TEXT {
                wrong += u64::from(id(masked.payload) != Some(came));
                came += 1;
                if came == count {
                    frame(answers, 0x81, if wrong == 0 { &b"done"[..] } else { b"wrong" });
                }
            }
            true
        })
        .await
    }

    /// A message a second, each connection at its own moment of it.
    async fn tick(self, number: u64) -> io::Result<()> {
        let mut bytes = Vec::new();
        frame(&mut bytes, 0x81, self.shared.ring.texts[0].as_bytes());
        let first = tokio::time::Instant::now() + Duration::from_millis(number * 7 % 1000);
        let mut ticks = interval_at(first, Duration::from_secs(1));
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let (mut read, mut write) = self.stream.into_split();
        let gone = async {
            // What it says is not looked at.
            while read.read(&mut [0; 256]).await.is_ok_and(|read| read > 0) {}
        };
        let say = async {
            loop {
                ticks.tick().await;
                if write.write_all(&bytes).await.is_err() {
                    return;
                }
            }
        };
        tokio::select! { () = gone => {} () = say => {} }
        Ok(())
    }

    /// Holds until all are dropped.
    async fn hold(mut self) -> io::Result<()> {
        let mut drops = self.shared.drops.subscribe();
        tokio::select! {
            listened = self.listen(|_, _| true) => listened,
            _ = drops.changed() => Ok(()),
        }
    }
}

/// The number behind `"id":`.
fn id(payload: &[u8]) -> Option<u64> {
    let text = std::str::from_utf8(payload).ok()?;
    let digits = text[text.find(r#""id":"#)? + 5..].trim_start();
    digits[..digits.find(|letter: char| !letter.is_ascii_digit()).unwrap_or(digits.len())].parse().ok()
}
