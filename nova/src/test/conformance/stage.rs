//! The server of one case: it answers as the case wants, and remembers what it heard on which connection.

use std::{
    mem,
    sync::{Arc, Mutex, MutexGuard},
    time::Duration,
};

use tokio::{
    select,
    sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel},
    time::Instant,
};

use super::{
    Asked, ServerSide,
    plan::{Moment, Plan},
};
use crate::{
    frame::Frame,
    platform::logs_in_by_header,
    shared::lock,
    test::{Handshake, Line, MockServer, Peer, Request, server::Attempt},
};

/// What the server heard.
#[derive(Clone, Debug)]
pub(super) struct Heard {
    pub(super) link: u64,
    pub(super) at: Instant,
    pub(super) asked: Asked,
}

/// The server of one case.
pub(super) struct Stage<S> {
    server: MockServer,
    scene: Mutex<Scene<S>>,
}

struct Scene<S> {
    side: S,
    bad: Option<String>,
    plan: Plan,
    heard: Vec<Heard>,
    said: Vec<Frame>,
    held: Vec<Frame>,
    /// What the server has no words for.
    speechless: Option<&'static str>,
    links: u64,
    /// The address of the next connection was asked for.
    fetched: bool,
    link: Option<UnboundedSender<Order>>,
}

impl<S: ServerSide> Scene<S> {
    /// How an attempt is answered, or the question for an address before it.
    fn handshake(&mut self, request: &Request) -> Handshake {
        if self.plan.cut_at == Some(Moment::Upgrade) {
            self.plan.cut_at = None;
            return Handshake::hang_up();
        }
        let is_upgrade = request.header("Upgrade").is_some();
        // Where the login is a message, everybody is told the address.
        let is_login = logs_in_by_header::<S::Platform>();
        if is_login && !(is_upgrade && mem::take(&mut self.fetched)) {
            self.heard.push(Heard { link: self.links + 1, at: Instant::now(), asked: Asked::Login });
        }
        if is_upgrade {
            let refused = self.plan.strangers && is_login;
            return if refused { Handshake::reject(401) } else { Handshake::accept() };
        }
        self.fetched = true;
        let (verdict, what) = self.plan.verdict(if is_login { &Asked::Login } else { &Asked::Other }, &[]);
        let body = self.side.fetched(verdict);
        if body.is_none() {
            self.speechless = Some(what);
        }
        Handshake::reject(200).body(body.unwrap_or_default())
    }
}

enum Order {
    Say(Vec<Frame>),
    Cut,
    /// Reads nothing any more, and says nothing.
    Freeze,
}

impl<S: ServerSide> Stage<S> {
    /// A server that waits for its client.
    pub(super) fn open(side: S) -> Arc<Self> {
        let scene = Scene {
            bad: side.bad_topic().map(|topic| topic.name().to_owned()),
            side,
            plan: Plan::default(),
            heard: Vec::new(),
            said: Vec::new(),
            held: Vec::new(),
            speechless: None,
            links: 0,
            fetched: false,
            link: None,
        };
        let stage = Arc::new(Self { server: MockServer::memory(), scene: Mutex::new(scene) });
        tokio::spawn(stage.clone().serve());
        stage
    }

    pub(super) fn server(&self) -> &MockServer {
        &self.server
    }

    pub(super) fn side<T>(&self, look: impl FnOnce(&mut S) -> T) -> T {
        look(&mut self.scene().side)
    }

    pub(super) fn plan(&self, change: impl FnOnce(&mut Plan)) {
        change(&mut self.scene().plan);
    }

    /// Whether the link was cut where it was to be.
    pub(super) fn was_cut(&self) -> bool {
        self.scene().plan.cut_at.is_none()
    }

    /// Connections that were let in.
    pub(super) fn links(&self) -> u64 {
        self.scene().links
    }

    pub(super) fn heard(&self) -> Vec<Heard> {
        self.scene().heard.clone()
    }

    pub(super) fn speechless(&self) -> Option<&'static str> {
        self.scene().speechless
    }

    /// Everything that it has said so far.
    pub(super) fn said(&self) -> Vec<Frame> {
        self.scene().said.clone()
    }

    /// Whether there are answers that it keeps back.
    pub(super) fn keeps_back(&self) -> bool {
        !self.scene().held.is_empty()
    }

    pub(super) fn transcript(&self) -> Vec<Line> {
        self.server.transcript()
    }

    /// Gives the answers that were kept back, and those to come at once.
    pub(super) fn release(&self) {
        let mut scene = self.scene();
        scene.plan.hold = false;
        let held = mem::take(&mut scene.held);
        drop(scene);
        self.say(held);
    }

    pub(super) fn say(&self, frames: Vec<Frame>) {
        self.order(Order::Say(frames));
    }

    pub(super) fn cut(&self) {
        self.order(Order::Cut);
    }

    pub(super) fn freeze(&self) {
        self.order(Order::Freeze);
    }

    fn order(&self, order: Order) {
        if let Some(link) = &self.scene().link {
            // Nobody there: the link has ended, which the case finds out by what it waits for.
            drop(link.send(order));
        }
    }

    fn scene(&self) -> MutexGuard<'_, Scene<S>> {
        lock(&self.scene)
    }

    async fn serve(self: Arc<Self>) {
        loop {
            let attempt = self.server.attempt().await;
            tokio::spawn(self.clone().admit(attempt));
        }
    }

    async fn admit(self: Arc<Self>, attempt: Attempt) {
        let handshake = self.scene().handshake(attempt.request());
        let Some(peer) = attempt.answer(handshake).await else { return };
        let (sender, orders) = unbounded_channel();
        let (link, greeting) = {
            let mut scene = self.scene();
            scene.links += 1;
            scene.link = Some(sender);
            scene.held.clear();
            (scene.links, scene.side.connected())
        };
        self.converse(peer, link, greeting, orders).await;
    }

    async fn converse(&self, mut peer: Peer, link: u64, greeting: Vec<Frame>, mut orders: UnboundedReceiver<Order>) {
        self.speak(&mut peer, greeting).await;
        loop {
            select! {
                biased;
                order = orders.recv() => match order {
                    Some(Order::Say(frames)) => self.speak(&mut peer, frames).await,
                    Some(Order::Cut) => return peer.drop_tcp().await,
                    Some(Order::Freeze) => return std::future::pending().await,
                    None => return,
                },
                message = peer.next() => match message {
                    None => return,
                    Some(message) => match self.hear(link, &message) {
                        Some(answer) => self.speak(&mut peer, answer).await,
                        None => return peer.drop_tcp().await,
                    },
                },
            }
        }
    }

    async fn speak(&self, peer: &mut Peer, frames: Vec<Frame>) {
        for frame in frames {
            self.scene().said.push(frame.clone());
            peer.send(frame).await;
        }
    }

    /// What a message is answered with; `None` cuts the link.
    fn hear(&self, link: u64, message: &Frame) -> Option<Vec<Frame>> {
        let mut scene = self.scene();
        let Scene { side, bad, plan, heard, held, speechless, .. } = &mut *scene;
        let asked = side.asked(message);
        heard.push(Heard { link, at: Instant::now(), asked: asked.clone() });
        let moment = match asked {
            Asked::Login => Some(Moment::Login),
            Asked::Subscribe(_) => Some(Moment::Subscribe),
            Asked::Unsubscribe(_) => Some(Moment::Unsubscribe),
            Asked::Other => Some(Moment::Other),
            Asked::Heartbeat => None,
        };
        if moment.is_some() && plan.cut_at == moment {
            plan.cut_at = None;
            return None;
        }
        let refused: Vec<String> = match &asked {
            Asked::Subscribe(topics) => topics.iter().filter(|topic| bad.as_ref() == Some(topic)).cloned().collect(),
            _ => Vec::new(),
        };
        let (verdict, what) = plan.verdict(&asked, &refused);
        let Some(answer) = side.answer(message, verdict) else {
            *speechless = Some(what);
            return Some(Vec::new());
        };
        if plan.hold {
            held.extend(answer);
            return Some(Vec::new());
        }
        Some(answer)
    }
}

/// Waits, in virtual time, until something holds; whether it came to hold in time.
pub(super) async fn until(limit: Duration, mut holds: impl FnMut() -> bool) -> bool {
    let end = Instant::now() + limit;
    while !holds() {
        if Instant::now() >= end {
            return false;
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    true
}
