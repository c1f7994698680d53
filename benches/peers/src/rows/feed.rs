//! A feed, counted: messages of a venue without calls and subscriptions, so that every client can take part.

use std::{
    sync::{LazyLock, Mutex},
    time::Duration,
};

use benches::{
    arms::{
        Outcome, complain,
        inbound::{self, Workload},
    },
    frames::{MESSAGES, Ring, SIZES, number},
    goals::Goal,
    peer::{GO, Pace},
    server::Kind,
    site::Site,
    tally::Tally,
};
use futures_util::{SinkExt, StreamExt};
use nautilus_network::websocket::TransportBackend;

use crate::{
    measure::{Arm, Row, Unit, Work},
    others::{self, NAUTILUS},
};

const LAPS: u64 = 40;

pub(super) fn row() -> Row {
    let mut arms = vec![
        Arm::new("nova", Goal::None, |work| run(inbound::Arm::Count, work)),
        Arm::new("tokio-tungstenite 0.30", Goal::None, |work| run(inbound::Arm::Plain(None), work)),
        Arm::new("ezsockets 0.7.2", Goal::AtMost(0.35, 0.2), ezsockets),
        Arm::new("yawc 0.5, UTF-8 checked", Goal::None, yawc),
        Arm::new("tokio-websockets 0.13", Goal::None, tokio_websockets),
    ];
    arms.extend(NAUTILUS.map(|(name, by)| Arm::new(name, Goal::AtMost(0.75, 0.45), move |work| nautilus(work, by))));
    Row {
        name: "feed",
        what: "messages of 499 B over TCP, counted",
        server: Kind::Feed { size: 1, laps: LAPS, pace: Pace::Flood },
        count: LAPS * MESSAGES,
        unit: Unit::CpuNanos,
        rounds: 10,
        arms,
    }
}

async fn run(arm: inbound::Arm, work: Work) -> Outcome<Duration> {
    static RING: LazyLock<&Ring> = LazyLock::new(|| Ring::of(SIZES[1].1));
    inbound::run(arm, Workload { ring: *RING, pace: Pace::Flood, laps: LAPS }, work.at, work.clock).await
}

fn judged(took: Duration, tally: &Tally) -> Outcome<Duration> {
    tally.complaint().map_or(Ok(took), Err)
}

async fn nautilus(work: Work, backend: TransportBackend) -> Outcome<Duration> {
    let (tally, done) = Tally::told(LAPS);
    let tally = Mutex::new(tally);
    let heard = move |text: &str| {
        if let Ok(mut tally) = tally.lock() {
            tally.saw(number(text));
        }
    };
    let client = others::nautilus(work.url(), backend, heard).await?;
    let taken = work.begin();
    client.send_text(GO.to_owned(), None).await.map_err(complain)?;
    let tally = done.await.map_err(complain)?;
    let took = taken();
    client.disconnect().await;
    judged(took, &tally)
}

async fn ezsockets(work: Work) -> Outcome<Duration> {
    let (mut tally, done) = Tally::told(LAPS);
    let (client, _running) = others::ezsockets(work.url(), move |text| tally.saw(number(text))).await?;
    let taken = work.begin();
    client.text(GO).map_err(complain)?;
    let tally = done.await.map_err(complain)?;
    judged(taken(), &tally)
}

async fn yawc(work: Work) -> Outcome<Duration> {
    let stream = work.at.dial().await.map_err(complain)?;
    let options = yawc::Options::default().with_utf8();
    let mut ws =
        yawc::WebSocket::handshake(work.url().parse().map_err(complain)?, stream, options).await.map_err(complain)?;
    let mut tally = Tally::of(LAPS);
    let taken = work.begin();
    ws.send(yawc::Frame::text(GO)).await.map_err(complain)?;
    while !tally.full() {
        let frame = ws.next().await.ok_or("it hung up")?;
        if frame.opcode() == yawc::OpCode::Text {
            tally.saw(number(frame.as_str()));
        }
    }
    judged(taken(), &tally)
}

async fn tokio_websockets(work: Work) -> Outcome<Duration> {
    let stream = work.at.dial().await.map_err(complain)?;
    let builder = tokio_websockets::ClientBuilder::new().uri(&work.url()).map_err(complain)?;
    let (mut ws, _) = builder.connect_on(stream).await.map_err(complain)?;
    let mut tally = Tally::of(LAPS);
    let taken = work.begin();
    ws.send(tokio_websockets::Message::text(GO)).await.map_err(complain)?;
    while !tally.full() {
        let message = ws.next().await.ok_or("it hung up")?.map_err(complain)?;
        if let Some(text) = message.as_text() {
            tally.saw(number(text));
        }
    }
    judged(taken(), &tally)
}
