//! The dialer before in-memory streams, in virtual time.

use std::{io, time::Duration};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt, DuplexStream},
    time::{Instant, sleep, timeout},
};

use crate::{
    BoxStream, Dialer, Endpoint, Error, MemoryDialer, MemoryListener,
    test::fault::{Delay, Direction, Ending, Faults, Faulty, Link},
};

const SECOND: Duration = Duration::from_secs(1);
const MILLI: Duration = Duration::from_millis(1);
/// Longer than any test waits for what comes.
const EVER: Duration = Duration::from_secs(86_400);

struct Place {
    dialer: Faulty<MemoryDialer>,
    listener: MemoryListener,
    link: Link,
}

fn place(faults: Faults) -> Place {
    let (dialer, listener) = crate::memory();
    let dialer = Faulty::new(dialer, faults);
    Place { link: dialer.link(), dialer, listener }
}

impl Place {
    async fn dial(&self) -> crate::Result<BoxStream> {
        self.dialer.dial(&Endpoint::parse("ws://venue.test/").expect("a URL")).await
    }

    async fn connect(&mut self) -> (BoxStream, DuplexStream) {
        (self.dial().await.expect("dialled"), self.listener.accept().await.expect("accepted"))
    }
}

async fn read(stream: &mut (impl AsyncReadExt + Unpin), count: usize) -> Vec<u8> {
    let mut bytes = vec![0; count];
    stream.read_exact(&mut bytes).await.expect("bytes");
    bytes
}

/// Everything up to the end, and how it ended.
async fn rest(stream: &mut (impl AsyncReadExt + Unpin)) -> (usize, io::Result<()>) {
    let mut bytes = Vec::new();
    let ended = stream.read_to_end(&mut bytes).await;
    (bytes.len(), ended.map(|_| ()))
}

async fn is_silent(stream: &mut (impl AsyncReadExt + Unpin)) -> bool {
    timeout(EVER, stream.read_u8()).await.is_err()
}

#[tokio::test(start_paused = true)]
async fn a_perfect_link_passes_everything_both_ways_in_no_time() {
    let mut place = place(Faults::new());
    let (mut client, mut server) = place.connect().await;
    let start = Instant::now();
    let many = vec![7; 1_000_000];
    let (sent, came) = tokio::join!(client.write_all(&many), read(&mut server, many.len()));
    sent.expect("sent");
    assert_eq!(came, many);
    server.write_all(b"thanks").await.expect("sent");
    drop(server);
    let mut answer = Vec::new();
    client.read_to_end(&mut answer).await.expect("the end in order");
    assert_eq!(answer, b"thanks");
    assert_eq!(start.elapsed(), Duration::ZERO);
    assert_eq!(place.link.connections(), 1);
}

#[tokio::test(start_paused = true)]
async fn latency_holds_in_the_direction_that_has_it() {
    let faults = Faults::new().latency(80 * MILLI).only(Direction::Outbound, |faults| faults.latency(20 * MILLI));
    let mut place = place(faults);
    let (mut client, mut server) = place.connect().await;
    let start = Instant::now();
    client.write_all(b"ping").await.expect("sent");
    read(&mut server, 4).await;
    assert_eq!(start.elapsed(), 20 * MILLI);
    server.write_all(b"pong").await.expect("sent");
    read(&mut client, 4).await;
    assert_eq!(start.elapsed(), 100 * MILLI);
}

#[tokio::test(start_paused = true)]
async fn one_seed_is_one_course_of_events_and_connections_differ() {
    let mut courses = Vec::new();
    for seed in [1, 1, 2] {
        let faults =
            Faults::new().seed(seed).latency(Delay::normal(50 * MILLI, 10 * MILLI)).jitter(5 * MILLI).slicer(4);
        let mut place = place(faults);
        for _ in 0..2 {
            let (client, mut server) = place.connect().await;
            let start = Instant::now();
            let mut course = Vec::new();
            for _ in 0..20 {
                server.write_all(&[0; 8]).await.expect("sent");
            }
            let mut client = client;
            for _ in 0..160 {
                client.read_u8().await.expect("a byte");
                course.push(start.elapsed());
            }
            courses.push(course);
        }
    }
    let [first, second, again, second_again, other, _] = &courses[..] else { unreachable!("six connections") };
    assert_eq!((first, second), (again, second_again));
    assert!(first != second && first != other);
}

#[tokio::test(start_paused = true)]
async fn a_slicer_delivers_each_piece_by_itself_and_a_narrow_link_takes_its_time() {
    let mut place = place(Faults::new().slicer(1).bandwidth(100));
    let (mut client, mut server) = place.connect().await;
    let start = Instant::now();
    server.write_all(&[1; 300]).await.expect("sent");
    for byte in 1..=300 {
        let mut several = [0; 64];
        assert_eq!(client.read(&mut several).await.expect("a byte"), 1);
        assert_eq!(start.elapsed(), 10 * MILLI * byte);
    }
}

#[tokio::test(start_paused = true)]
async fn what_a_stall_holds_back_arrives_when_the_link_heals() {
    let mut place = place(Faults::new());
    let (mut client, mut server) = place.connect().await;
    place.link.stall(Direction::Inbound);
    server.write_all(b"late").await.expect("the near end of the link takes it");
    client.write_all(b"early").await.expect("sent");
    assert_eq!(read(&mut server, 5).await, b"early");
    assert!(timeout(EVER, client.read_u8()).await.is_err());
    place.link.heal();
    let start = Instant::now();
    assert_eq!(read(&mut client, 4).await, b"late");
    assert_eq!(start.elapsed(), Duration::ZERO);
}

#[tokio::test(start_paused = true)]
async fn a_stalled_writer_waits_once_the_line_is_full() {
    let mut place = place(Faults::new().stall());
    place.link.heal();
    let (mut client, mut server) = place.connect().await;
    place.link.partition();
    let many = vec![1; 1_000_000];
    assert!(timeout(SECOND, client.write_all(&many)).await.is_err(), "no link holds a million bytes");
    place.link.heal();
    drop(client);
    let (came, ended) = rest(&mut server).await;
    ended.expect("the end in order");
    assert!((64 * 1024..256 * 1024).contains(&came), "{came} bytes were taken");
}

#[tokio::test(start_paused = true)]
async fn the_ways_to_end_look_to_both_ends_as_they_are() {
    // What the handle does, and what the faults do by themselves at the thousandth byte.
    for ending in [Ending::Close, Ending::Reset, Ending::Vanish] {
        for by_limit in [true, false] {
            let mut place = place(if by_limit { Faults::new().limit_data(1_000, ending) } else { Faults::new() });
            let (mut client, mut server) = place.connect().await;
            server.write_all(&[1; 1_001]).await.expect("sent");
            read(&mut client, if by_limit { 1_000 } else { 1_001 }).await;
            if !by_limit {
                match ending {
                    Ending::Close => place.link.cut(),
                    Ending::Reset => place.link.reset(),
                    Ending::Vanish => place.link.vanish(),
                }
            }
            match ending {
                Ending::Close => assert_eq!(client.read(&mut [0]).await.expect("no error"), 0),
                Ending::Reset => {
                    let read = client.read_u8().await.expect_err("reset");
                    let write = client.write_all(b"?").await.expect_err("reset");
                    assert_eq!([read.kind(), write.kind()], [io::ErrorKind::ConnectionReset; 2]);
                }
                Ending::Vanish => {
                    assert!(is_silent(&mut client).await);
                    client.write_all(b"anybody there?").await.expect("the system takes it");
                    // Not even the client's own end is told to the other.
                    drop(client);
                    assert!(is_silent(&mut server).await);
                    continue;
                }
            }
            assert!(rest(&mut server).await.1.is_ok(), "{ending:?}: the server hears of it too");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_link_that_is_down_refuses_and_one_that_stalls_lets_a_dial_wait() {
    let mut place = place(Faults::new());
    let (mut client, _server) = place.connect().await;
    place.link.down();
    assert_eq!(rest(&mut client).await.0, 0, "cut");
    match place.dial().await.map(|_| ()) {
        Err(Error::Dial { address, source }) => {
            assert_eq!((&*address, source.kind()), ("venue.test", io::ErrorKind::ConnectionRefused));
        }
        other => panic!("{other:?}"),
    }
    place.link.set(Faults::new().only(Direction::Outbound, Faults::stall));
    let start = Instant::now();
    let link = place.link.clone();
    tokio::spawn(async move {
        sleep(SECOND).await;
        link.heal();
    });
    place.dial().await.expect("dialled");
    assert_eq!(start.elapsed(), SECOND);
    assert_eq!(place.link.connections(), 2);
}

#[tokio::test(start_paused = true)]
async fn faults_with_a_time_strike_at_that_time() {
    let cases = [
        (Faults::new().reset_peer(5 * SECOND), 3, 5, Some(io::ErrorKind::ConnectionReset)),
        (Faults::new().timeout(5 * SECOND), 0, 5, None),
        (Faults::new().slow_close(5 * SECOND), 3, 5, None),
        (Faults::new().latency(SECOND).slow_close(SECOND), 3, 2, None),
    ];
    for (faults, bytes, after, error) in cases {
        let mut place = place(Faults::new());
        let (mut client, mut server) = place.connect().await;
        place.link.set(faults.clone());
        let start = Instant::now();
        server.write_all(b"bye").await.expect("sent");
        // The end of the server's own stream, where it is not the faults that end it.
        let server = if error.is_none() && bytes > 0 {
            drop(server);
            None
        } else {
            Some(server)
        };
        let (came, ended) = rest(&mut client).await;
        assert_eq!((came, ended.err().map(|error| error.kind())), (bytes, error), "{faults:?}");
        assert_eq!(start.elapsed(), after * SECOND, "{faults:?}");
        drop(server);
    }
}

#[tokio::test(start_paused = true)]
async fn a_middlebox_forgets_who_is_idle_and_nobody_else() {
    let mut place = place(Faults::new().forget_idle(30 * SECOND));
    let (mut client, mut server) = place.connect().await;
    for _ in 0..10 {
        sleep(29 * SECOND).await;
        server.write_u8(1).await.expect("sent");
        assert_eq!(client.read_u8().await.expect("still known"), 1);
    }
    sleep(31 * SECOND).await;
    server.write_u8(1).await.expect("the system takes it");
    assert!(is_silent(&mut client).await);
    place.link.heal();
    assert!(is_silent(&mut client).await, "what is forgotten is not remembered");
}
