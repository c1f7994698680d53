//! The proxy between real sockets. Nothing here measures time: the loopback's is nobody's to promise.

use std::{io, time::Duration};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    time::timeout,
};

use crate::test::fault::{Direction, Ending, FaultProxy, Faults};

struct Place {
    proxy: FaultProxy,
    listener: TcpListener,
}

async fn place(faults: Faults) -> Place {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let proxy = FaultProxy::to(listener.local_addr().expect("bound").to_string(), faults).await.expect("a free port");
    Place { proxy, listener }
}

impl Place {
    async fn connect(&self) -> (TcpStream, TcpStream) {
        let client = TcpStream::connect(self.proxy.address()).await.expect("taken");
        (client, self.listener.accept().await.expect("led here").0)
    }
}

async fn within<T>(future: impl Future<Output = T>) -> T {
    timeout(Duration::from_secs(30), future).await.expect("in time")
}

/// Everything up to the end, and how it ended.
async fn rest(stream: &mut TcpStream) -> (Vec<u8>, Option<io::ErrorKind>) {
    let mut bytes = Vec::new();
    let ended = within(stream.read_to_end(&mut bytes)).await;
    (bytes, ended.err().map(|error| error.kind()))
}

#[tokio::test]
async fn bytes_pass_both_ways_whatever_slows_them() {
    let slow = Faults::new().seed(3).latency(Duration::from_millis(1)).jitter(Duration::from_millis(1));
    for faults in [Faults::new(), slow, Faults::new().slicer(7), Faults::new().bandwidth(2_000_000)] {
        let place = place(faults).await;
        let (mut client, mut server) = place.connect().await;
        let many: Vec<u8> = (0..=u8::MAX).cycle().take(300_000).collect();
        let echo = async {
            let (mut from, mut to) = server.split();
            tokio::io::copy(&mut from, &mut to).await.expect("echoed");
            to.shutdown().await.expect("ended");
        };
        let there_and_back = async {
            let (mut from, mut to) = client.split();
            let send = async {
                to.write_all(&many).await.expect("sent");
                to.shutdown().await.expect("ended");
            };
            let mut came = Vec::new();
            let (read, ()) = tokio::join!(from.read_to_end(&mut came), send);
            read.expect("the end in order");
            came
        };
        let ((), came) = within(async { tokio::join!(echo, there_and_back) }).await;
        assert!(came == many);
    }
}

#[tokio::test]
async fn both_ends_see_a_cut_as_an_end_and_a_reset_as_a_reset() {
    for error in [None, Some(io::ErrorKind::ConnectionReset)] {
        let place = place(Faults::new()).await;
        let (mut client, mut server) = place.connect().await;
        server.write_all(b"hello").await.expect("sent");
        within(client.read_exact(&mut [0; 5])).await.expect("hello");
        let link = place.proxy.link();
        if error.is_some() {
            link.reset();
        } else {
            link.cut();
        }
        assert_eq!(rest(&mut client).await, (Vec::new(), error));
        assert_eq!(rest(&mut server).await, (Vec::new(), error));
    }
    let place = place(Faults::new().only(Direction::Inbound, |faults| faults.limit_data(3, Ending::Close))).await;
    let (mut client, mut server) = place.connect().await;
    server.write_all(b"hello").await.expect("sent");
    assert_eq!(rest(&mut client).await, (b"hel".to_vec(), None));
}

#[tokio::test]
async fn a_vanished_connection_tells_nobody_and_new_ones_work() {
    let place = place(Faults::new()).await;
    let (mut client, mut server) = place.connect().await;
    server.write_all(b"hello").await.expect("sent");
    within(client.read_exact(&mut [0; 5])).await.expect("hello");
    place.proxy.link().vanish();
    client.write_all(b"anybody there?").await.expect("the system takes it");
    drop(client);
    let (mut other, mut other_server) = place.connect().await;
    other.write_all(b"hello").await.expect("sent");
    within(other_server.read_exact(&mut [0; 5])).await.expect("hello");
    let silence = io::ErrorKind::WouldBlock;
    assert_eq!(server.try_read(&mut [0; 64]).expect_err("nothing came").kind(), silence);
    drop(place);
    assert_eq!(rest(&mut other).await.0, b"", "the proxy's end is its connections'");
    assert_eq!(rest(&mut server).await.0, b"");
}

#[tokio::test]
async fn a_link_that_is_down_resets_who_comes_and_its_address_may_lead_elsewhere() {
    let place = place(Faults::new()).await;
    let link = place.proxy.link();
    link.down();
    let mut refused = TcpStream::connect(place.proxy.address()).await.expect("the port is the proxy's");
    assert_eq!(rest(&mut refused).await, (Vec::new(), Some(io::ErrorKind::ConnectionReset)));
    link.heal();
    let elsewhere = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    place.proxy.lead_to(elsewhere.local_addr().expect("bound").to_string());
    let mut client = TcpStream::connect(place.proxy.address()).await.expect("taken");
    let (mut server, _) = within(elsewhere.accept()).await.expect("led here");
    drop(elsewhere);
    server.write_all(b"hello").await.expect("sent");
    within(client.read_exact(&mut [0; 5])).await.expect("hello");
    let mut nobody = TcpStream::connect(place.proxy.address()).await.expect("the port is the proxy's");
    assert_eq!(rest(&mut nobody).await, (Vec::new(), Some(io::ErrorKind::ConnectionReset)), "nobody listens there");
    assert_eq!(place.proxy.url("/ws"), format!("ws://{}/ws", place.proxy.address()));
}
