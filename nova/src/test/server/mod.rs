//! A server that does what a test says, over memory or loopback.
//!
//! It shares no code with nova's own way to the wire. What it did and what came is in its transcript; what should have come and did
//! not fails the test with it.

mod attempt;
mod conversation;
mod ending;
mod link;
mod peer;
mod player;
mod report;
mod request;
mod state;

#[cfg(feature = "tls")]
mod tls;
mod wire;

pub use attempt::Attempt;
pub use link::MockDialer;
pub use peer::Peer;
pub use request::Request;

use std::{fmt, sync::Arc, time::Duration};

use tokio::sync::{
    Mutex,
    mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel},
};

use self::{
    link::{Far, Knock, Way},
    player::Player,
    state::{Script, Shared},
};
use super::{Handshake, Line, Scenario, Tasks, listen, scenario::Branch};
use crate::{
    Result,
    behaviour::Handlers,
    connect::{Connect, connect},
    time::refuse_virtual,
    transport::Tcp,
};

/// How long `finished` waits for a client that does nothing.
const VIRTUAL_PATIENCE: Duration = Duration::from_secs(600);
const REAL_PATIENCE: Duration = Duration::from_secs(10);

/// A server in the hands of a test.
///
/// Give it a [`Scenario`], or take its connections one by one with [`accept`](Self::accept).
///
/// ```
/// # #[tokio::main(flavor = "current_thread")] async fn main() -> nova::Result {
/// use nova::test::{MockServer, Scenario};
///
/// #[nova::client(platform = "echo", strategy = "always_reconnect")]
/// struct Echoing;
///
/// tokio::time::pause();
/// let server = MockServer::memory();
/// server.script(Scenario::new().connect_success().send_text("welcome").disconnect(1000).expect_reconnect().connect_success());
/// let _client = server.connect(Echoing).await?;
/// server.finished().await;
/// # Ok(()) }
/// ```
///
/// # Panics
/// A server that is dropped panics where its scenario failed or was not finished, where nobody dialled it, and where a connection
/// was neither scripted nor accepted. In a test that panics already it prints that instead.
pub struct MockServer {
    shared: Arc<Shared>,
    tasks: Tasks,
    url: String,
    way: Way,
    knocks: Arc<Mutex<UnboundedReceiver<Knock>>>,
    patience: Duration,
    #[cfg(feature = "tls")]
    authority: String,
}

impl MockServer {
    /// A server in memory: real WebSocket bytes and no socket, so that virtual time is exact. Clients reach it through
    /// [`dialer`](Self::dialer), whatever their address.
    ///
    /// # Panics
    /// Outside a tokio runtime.
    pub fn memory() -> Self {
        let Ok(tasks) = Tasks::new() else { panic!("a server needs a tokio runtime: make it inside the test") };
        let (shared, (sender, knocks)) = (Shared::new(), unbounded_channel());
        Self::new(shared, tasks, "ws://mock.test/".to_owned(), Way::Memory(sender), knocks, VIRTUAL_PATIENCE)
    }

    /// A server on a free port of this machine.
    ///
    /// # Errors
    /// [`Error::Config`](crate::Error::Config) under a paused clock: its timers fire at once while a socket is waited for, so that
    /// every time-out would strike. [`Error::Dial`](crate::Error::Dial) where the port cannot be had,
    /// [`Error::NoRuntime`](crate::Error::NoRuntime) outside a runtime.
    pub async fn tcp() -> Result<Self> {
        refuse_virtual("a server on a port")?;
        let (shared, (sender, knocks), tasks) = (Shared::new(), unbounded_channel(), Tasks::new()?);
        let (listener, port) = listen().await?;
        let door = Door { shared: shared.clone(), sender };
        tasks.spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                door.enter(door.shared.dialled(), stream);
            }
        });
        let (url, way) = (format!("ws://127.0.0.1:{port}/"), Way::Loopback(Tcp::new()));
        Ok(Self::new(shared, tasks, url, way, knocks, REAL_PATIENCE))
    }

    /// The same with TLS. [`dialer`](Self::dialer) and [`connect`](Self::connect) trust its authority, which was made for it;
    /// other clients are given [`authority`](Self::authority).
    ///
    /// # Errors
    /// As [`tcp`](Self::tcp).
    #[cfg(feature = "tls")]
    pub async fn tls() -> Result<Self> {
        refuse_virtual("a server on a port")?;
        let (shared, (sender, knocks), tasks) = (Shared::new(), unbounded_channel(), Tasks::new()?);
        let (listener, port) = listen().await?;
        let (authority, acceptor) = tls::acceptor()?;
        let door = Door { shared: shared.clone(), sender };
        let handshakes = tasks.clone();
        tasks.spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let (door, number, handshake) = (door.clone(), door.shared.dialled(), acceptor.accept(stream));
                handshakes.spawn(async move {
                    match handshake.await {
                        Ok(stream) => door.enter(number, stream),
                        Err(error) => {
                            let reason = format!("in TLS: {error}");
                            door.shared.note(number, super::Direction::In, "end", reason.as_bytes());
                        }
                    }
                });
            }
        });
        let tls = crate::Tls::new().root_pem(&authority);
        let (url, way) = (format!("wss://localhost:{port}/"), Way::Loopback(Tcp::new().tls(tls)));
        let mut server = Self::new(shared, tasks, url, way, knocks, REAL_PATIENCE);
        server.authority = authority;
        Ok(server)
    }

    fn new(
        shared: Arc<Shared>,
        tasks: Tasks,
        url: String,
        way: Way,
        knocks: UnboundedReceiver<Knock>,
        patience: Duration,
    ) -> Self {
        let knocks = Arc::new(Mutex::new(knocks));
        Self {
            shared,
            tasks,
            url,
            way,
            knocks,
            patience,
            #[cfg(feature = "tls")]
            authority: String::new(),
        }
    }

    /// Where clients connect to. In memory any address will do, with the right [`dialer`](Self::dialer).
    pub fn url(&self) -> &str {
        &self.url
    }

    /// The certificate of the authority behind [`tls`](Self::tls), as PEM; empty of other servers.
    #[cfg(feature = "tls")]
    pub fn authority(&self) -> &str {
        &self.authority
    }

    /// What dials this server.
    pub fn dialer(&self) -> MockDialer {
        MockDialer { shared: self.shared.clone(), way: self.way.clone() }
    }

    /// A client about to connect to this server: [`nova::connect`](crate::connect()) with address and dialer.
    pub fn connect<C>(&self, client: C) -> Connect<C>
    where
        C: Handlers,
        C::Platform: Default,
        C::Codec: Default,
    {
        connect(client).url(self.url()).dialer(self.dialer())
    }

    /// Plays a scenario to the clients that come. It begins at once and goes on in the background; [`finished`](Self::finished)
    /// waits for its end and tells how it went.
    ///
    /// # Panics
    /// Where the scenario cannot work, with the reason; where there is one already, or a connection is being accepted by hand.
    #[track_caller]
    pub fn script(&self, scenario: Scenario) {
        if let Err(reason) = scenario.check(false) {
            panic!("the scenario cannot be played: {reason}");
        }
        let Ok(knocks) = self.knocks.clone().try_lock_owned() else {
            panic!("a server plays one scenario, or its connections are accepted by hand");
        };
        self.shared.progress().script = if scenario.is_empty() { Script::Empty } else { Script::Playing };
        self.tasks.spawn(Player::new(self.shared.clone(), knocks, Branch::new(scenario)).run());
    }

    /// The next connection, let in.
    ///
    /// # Cancel safety
    /// A future that is dropped may take one connection attempt with it.
    ///
    /// # Panics
    /// Where the server plays a scenario.
    pub async fn accept(&self) -> Peer {
        loop {
            if let Some(peer) = self.attempt().await.answer(Handshake::accept()).await {
                return peer;
            }
        }
    }

    /// The next connection attempt, to be answered in any way.
    ///
    /// # Cancel safety
    /// A future that is dropped may take one connection attempt with it.
    ///
    /// # Panics
    /// Where the server plays a scenario.
    pub async fn attempt(&self) -> Attempt {
        assert!(
            self.shared.progress().script == Script::None,
            "the server plays a scenario: it takes every connection"
        );
        let mut knocks = self.knocks.lock().await;
        loop {
            let knock = knocks.recv().await.expect("the server holds a sender itself, or its listener does");
            if let Some(attempt) = Attempt::read(knock, &self.shared).await {
                return attempt;
            }
        }
    }

    /// Everything that crossed the wire so far, oldest first.
    pub fn transcript(&self) -> Vec<Line> {
        self.shared.lines()
    }

    /// The upgrade requests so far, oldest first.
    pub fn requests(&self) -> Vec<Request> {
        self.shared.progress().requests.clone()
    }

    /// How often it was dialled.
    pub fn dials(&self) -> u64 {
        self.shared.dials()
    }
}

impl fmt::Debug for MockServer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MockServer").field("url", &self.url).finish_non_exhaustive()
    }
}

/// Where connections from sockets come in.
#[derive(Clone)]
struct Door {
    shared: Arc<Shared>,
    sender: UnboundedSender<Knock>,
}

impl Door {
    fn enter(&self, number: u64, stream: impl Far) {
        // Nobody to take it: the scenario has failed, and its connections end.
        drop(self.sender.send(Knock { number, stream: Box::new(stream) }));
    }
}
