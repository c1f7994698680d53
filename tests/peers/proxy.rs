//! A link that can be cut: a TCP proxy between a client and a peer, at an address that outlives the peer.

use std::net::{Ipv4Addr, SocketAddr};

use tokio::{
    io::copy_bidirectional,
    net::{TcpListener, TcpStream},
    sync::watch,
};

/// A running proxy. Dropping it ends it.
#[derive(Debug)]
pub(crate) struct Proxy {
    address: SocketAddr,
    /// Where the links lead; `None` while every link is cut as soon as it is made.
    target: watch::Sender<Option<SocketAddr>>,
}

impl Proxy {
    pub(crate) async fn start(target: SocketAddr) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.expect("the loopback has a free port");
        let address = listener.local_addr().expect("it is bound");
        let (target, changes) = watch::channel(Some(target));
        tokio::spawn(serve(listener, changes));
        Self { address, target }
    }

    pub(crate) fn url(&self, path: &str) -> String {
        format!("ws://{}{path}", self.address)
    }

    /// Cuts every link, and lets none be made.
    pub(crate) fn cut(&self) {
        self.target.send_replace(None);
    }

    /// Cuts every link; new ones lead here.
    pub(crate) fn lead_to(&self, target: SocketAddr) {
        self.target.send_replace(Some(target));
    }
}

async fn serve(listener: TcpListener, mut changes: watch::Receiver<Option<SocketAddr>>) {
    loop {
        tokio::select! {
            accepted = listener.accept() => {
                let (client, _) = accepted.expect("the listener lives");
                tokio::spawn(link(client, changes.clone()));
            }
            gone = changes.changed() => if gone.is_err() { return },
        }
    }
}

async fn link(mut client: TcpStream, mut changes: watch::Receiver<Option<SocketAddr>>) {
    let Some(target) = *changes.borrow_and_update() else { return };
    let carry = async {
        let Ok(mut peer) = TcpStream::connect(target).await else { return };
        // How a link ends is its ends' affair.
        let _ = copy_bidirectional(&mut client, &mut peer).await;
    };
    tokio::select! {
        () = carry => {}
        _ = changes.changed() => {}
    }
}
