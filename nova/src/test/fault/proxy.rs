//! A TCP proxy on the loopback whose links are faulty: for real servers, which know nothing of it.

use std::{
    io,
    net::{Ipv4Addr, SocketAddr},
};

use tokio::{
    net::{TcpListener, TcpStream},
    select,
    sync::watch,
    task::{AbortHandle, JoinSet},
};

use super::{
    link::Link,
    shape::{Ending, Faults},
};
use crate::{error::Result, test::listen, time};

/// A proxy between clients and a real server, on a free port of this machine. Dropping it ends its connections.
///
/// Its address outlives connections and server. What is written behind a TLS client's back is ciphertext: the proxy passes bytes and
/// looks at none. Sockets live in real time, so it is refused under a paused clock.
///
/// ```
/// # tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(async {
/// # let server = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
/// # let address = server.local_addr().unwrap().to_string();
/// use std::time::Duration;
/// use nova::test::fault::{FaultProxy, Faults};
///
/// let proxy = FaultProxy::to(address, Faults::new().latency(Duration::from_millis(5)).slicer(3)).await?;
/// // The client connects to `proxy.url("/ws")` instead of the server's own address.
/// proxy.link().cut();
/// # Ok::<(), nova::Error>(()) }).unwrap();
/// ```
#[derive(Debug)]
pub struct FaultProxy {
    address: SocketAddr,
    link: Link,
    target: watch::Sender<String>,
    task: AbortHandle,
}

impl FaultProxy {
    /// A proxy to `target`, as `host:port`. It is dialled anew for each connection; where that fails, the client's is reset.
    ///
    /// # Errors
    /// [`Error::Config`](crate::Error::Config) under a paused clock, [`Error::Dial`](crate::Error::Dial) where the loopback has no free
    /// port.
    pub async fn to(target: impl Into<String>, faults: Faults) -> Result<Self> {
        time::refuse_virtual("a proxy on a port")?;
        let (listener, port) = listen().await?;
        let address = (Ipv4Addr::LOCALHOST, port).into();
        let (link, target) = (Link::new(faults), watch::Sender::new(target.into()));
        let task = tokio::spawn(serve(listener, link.clone(), target.subscribe())).abort_handle();
        Ok(Self { address, link, target, task })
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The same as a URL, `path` with its leading slash: `ws://127.0.0.1:PORT/path`.
    pub fn url(&self, path: &str) -> String {
        format!("ws://{}{path}", self.address)
    }

    /// The handle on the link. One that is down takes connections and resets them: the port stays the proxy's.
    pub fn link(&self) -> Link {
        self.link.clone()
    }

    /// Leads new connections to another `host:port`.
    pub fn lead_to(&self, target: impl Into<String>) {
        self.target.send_replace(target.into());
    }
}

impl Drop for FaultProxy {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// Its connections end with it.
async fn serve(listener: TcpListener, link: Link, target: watch::Receiver<String>) {
    let mut connections = JoinSet::new();
    loop {
        select! {
            accepted = listener.accept() => {
                // A connection that was gone before it was taken concerns nobody.
                let Ok((client, _)) = accepted else { continue };
                connections.spawn(connect(client, link.clone(), target.borrow().clone()));
            }
            Some(_) = connections.join_next() => {}
        }
    }
}

async fn connect(mut client: TcpStream, link: Link, target: String) {
    if !link.lets_dial().await {
        return reset(&client);
    }
    let Ok(mut server) = TcpStream::connect(target).await else { return reset(&client) };
    for stream in [&client, &server] {
        // Pieces are to arrive as pieces. Fails only on a socket that is dead already.
        let _ = stream.set_nodelay(true);
    }
    let connection = link.open();
    // The link must be able to end while connections still hold it.
    drop(link);
    match connection.carry(&mut client, &mut server).await {
        Ending::Close => {}
        Ending::Reset => [&client, &server].into_iter().for_each(reset),
        Ending::Vanish => connection.abandoned().await,
    }
}

/// Lets the socket's end be a reset.
fn reset(stream: &TcpStream) {
    // Fails only on a socket that is dead already.
    let _: io::Result<()> = stream.set_zero_linger();
}
