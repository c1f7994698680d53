//! The client of one case, and what cases ask of it and its server.

use std::{marker::PhantomData, sync::Arc, time::Duration};

use tokio::time::{Instant, sleep, timeout_at};

use super::{
    Asked, ServerSide,
    report::Stop,
    stage::{Heard, Stage, until},
};
use crate::{
    connect::{Connect, connect},
    error::Error,
    handle::Handle,
    message::{GapCause, Item, Raw},
    platform::Platform,
};

/// How a case went.
pub(super) type Ended = Result<(), Stop>;

pub(super) fn not_applicable<T>(why: impl Into<String>) -> Result<T, Stop> {
    Err(Stop::NotApplicable(why.into()))
}

/// Fails the case where this does not hold.
pub(super) fn ensure(holds: bool, otherwise: impl FnOnce() -> String) -> Ended {
    if holds { Ok(()) } else { Err(Stop::Failed(otherwise())) }
}

/// How long a client has for what it does at once, and for what it does after a while.
pub(super) const SOON: Duration = Duration::from_secs(10);
pub(super) const LATER: Duration = Duration::from_secs(300);

/// A client of the platform that nobody has taught anything.
#[crate::client(platform = P, profile = "financial")]
pub(super) struct Plain<P: Platform>(PhantomData<P>);

/// The client of one case, and its server.
pub(super) struct Life<S: ServerSide> {
    pub(super) stage: Arc<Stage<S>>,
    pub(super) client: Handle<Plain<S::Platform>>,
    pub(super) topics: Vec<String>,
}

/// A client about to connect.
pub(super) fn dialling<S: ServerSide>(stage: &Stage<S>) -> Connect<Plain<S::Platform>> {
    let (platform, credentials) = stage.side(|side| (side.platform(), side.credentials()));
    let has_address = stage.side(|side| side.has_address());
    let client = connect(Plain(PhantomData)).platform(platform).dialer(stage.server().dialer()).seed(1);
    let client = if has_address { client } else { client.url(stage.server().url()) };
    match credentials {
        Some(credentials) => client.credentials(credentials),
        None => client,
    }
}

impl<S: ServerSide> Life<S> {
    /// A client that is ready.
    pub(super) async fn ready(stage: Arc<Stage<S>>) -> Result<Self, Stop> {
        let client = dialling(&stage).start().map_err(failed("it does not start"))?;
        let life = Self { stage, client, topics: Vec::new() };
        life.until_ready(1).await?;
        // What a server says to greet.
        drop(life.items(Duration::from_secs(1)).await);
        Ok(life)
    }

    /// A client with all the server's topics.
    pub(super) async fn subscribed(stage: Arc<Stage<S>>) -> Result<Self, Stop> {
        let topics = stage.side(|side| side.topics());
        if topics.is_empty() {
            return not_applicable("the server has no topics");
        }
        let mut life = Self::ready(stage).await?;
        life.topics = topics.iter().map(|topic| topic.name().to_owned()).collect();
        let subscribed = life.client.subscribe_many(topics).await.map_err(failed("it cannot subscribe"))?;
        match subscribed.rejected.first() {
            None => Ok(life),
            Some((topic, error)) => Err(Stop::Failed(format!("`{topic}` was not subscribed: {error}"))),
        }
    }

    /// Waits until the client is ready on a connection that is at least this one.
    pub(super) async fn until_ready(&self, link: u64) -> Ended {
        let ready = || self.client.state().is_ready() && self.stage.links() >= link;
        until(LATER, || ready() || self.client.state().is_terminal()).await;
        ensure(ready(), || {
            let why = self.client.watch().end().map_or(String::new(), |error| format!(", with: {error}"));
            let (links, state) = (self.stage.links(), self.client.state());
            format!("it is not ready on connection {link}, but {state} on connection {links}{why}")
        })
    }

    /// It has stayed on the first connection.
    pub(super) fn stayed(&self, despite: &str) -> Ended {
        let (links, state) = (self.stage.links(), self.client.state());
        ensure(links == 1 && state.is_ready(), || {
            format!("{despite} cost the connection: it is {state}, on connection {links}")
        })
    }

    /// What the server has heard that it asks for, on a connection or on all.
    pub(super) fn asked<T>(&self, link: Option<u64>, pick: impl Fn(&Heard) -> Option<T>) -> Vec<T> {
        let heard = self.stage.heard();
        heard.iter().filter(|heard| link.is_none_or(|link| heard.link == link)).filter_map(pick).collect()
    }

    /// How often a topic was asked for on a connection.
    pub(super) fn times_asked(&self, link: u64, topic: &str) -> usize {
        self.asked(Some(link), |heard| match &heard.asked {
            Asked::Subscribe(topics) => Some(topics.iter().filter(|asked| **asked == topic).count()),
            _ => None,
        })
        .into_iter()
        .sum()
    }

    /// Each of the topics has been asked for once on the present connection, and nothing else has, also not later.
    pub(super) async fn restored_once(&self) -> Ended {
        let link = self.stage.links();
        sleep(LATER).await;
        ensure(self.stage.links() == link, || format!("connection {link} did not hold"))?;
        let asked: Vec<String> = self.asked(Some(link), subscribed_topics).concat();
        for topic in &self.topics {
            let times = asked.iter().filter(|asked| *asked == topic).count();
            ensure(times == 1, || format!("`{topic}` was asked for {times} times on connection {link}"))?;
        }
        match asked.iter().find(|asked| !self.topics.contains(asked)) {
            Some(other) => {
                Err(Stop::Failed(format!("`{other}` was asked for on connection {link}, and is not wanted")))
            }
            None => Ok(()),
        }
    }

    /// Everything that comes for a while.
    pub(super) async fn items(&self, time: Duration) -> Vec<Item<Raw>> {
        let (end, mut items) = (Instant::now() + time, Vec::new());
        while let Ok(Some(item)) = timeout_at(end, self.client.next()).await {
            items.push(item);
        }
        items
    }

    /// The server pushes messages of each topic and channel, and the client gets each of them once, on its own.
    pub(super) async fn news_comes(&self) -> Ended {
        const EACH: usize = 3;
        let channels = [self.stage.side(|side| side.unasked()), self.topics.clone()].concat();
        drop(self.items(Duration::from_secs(1)).await);
        for _ in 0..EACH {
            for topic in &channels {
                let news = self.stage.side(|side| side.news(topic));
                self.stage.say(vec![news]);
            }
        }
        let items = self.items(SOON).await;
        for topic in &channels {
            let of_it = |item: &&Item<Raw>| matches!(item, Item::Message(raw) if raw.channel() == Some(topic));
            let came = items.iter().filter(of_it).count();
            ensure(came == EACH, || {
                format!("of {EACH} messages of `{topic}` the client got {came}; all it got: {items:?}")
            })?;
        }
        let strange = |item: &&Item<Raw>| match item {
            Item::Message(raw) => !channels.iter().any(|topic| raw.channel() == Some(topic)),
            Item::Gap(gap) => gap.cause != GapCause::Reconnected,
            _ => true,
        };
        match items.iter().find(strange) {
            Some(item) => Err(Stop::Failed(format!("beside its messages the client got {item:?}"))),
            None => Ok(()),
        }
    }

    /// The case stands on words that the server does not have.
    pub(super) fn spoken(&self) -> Ended {
        spoken(&self.stage)
    }
}

/// Not applicable where the server had no words for what was to be said.
pub(super) fn spoken<S: ServerSide>(stage: &Stage<S>) -> Ended {
    match stage.speechless() {
        Some("yes") => Err(Stop::Failed("the server side has no answer to what it should grant".to_owned())),
        Some(what) => not_applicable(format!("the server has no words for it: {what}")),
        None => Ok(()),
    }
}

/// What a request for topics names.
pub(super) fn subscribed_topics(heard: &Heard) -> Option<Vec<String>> {
    match &heard.asked {
        Asked::Subscribe(topics) => Some(topics.clone()),
        _ => None,
    }
}

pub(super) fn failed(what: &str) -> impl FnOnce(Error) -> Stop {
    move |error| Stop::Failed(format!("{what}: {error}"))
}
