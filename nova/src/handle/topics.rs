//! What a handle does about topics: wanting them, waiting for the venue's word, looking at how far each has come, keeping them for
//! the next run.

use std::sync::atomic::Ordering;

use tokio::sync::oneshot;

use super::{Handle, TopicStream};
use crate::{
    client::Client,
    error::{Error, Result},
    message::{Topic, TopicStatus, Wanted},
    session::patience,
    shared::{Command, lock},
    time::Instant,
};

/// What a `subscribe_many` came to.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct Subscribed {
    /// Topics the venue has confirmed.
    pub confirmed: Vec<String>,
    /// Topics it refused or did not confirm in time, each with its reason.
    pub rejected: Vec<(String, Error)>,
}

/// A moment, and how many topics had been confirmed by then.
#[derive(Clone, Copy)]
struct Since {
    at: Instant,
    confirmed: u64,
}

type Told = oneshot::Receiver<Result<()>>;

impl<C: Client> Handle<C> {
    /// Wants a topic, by its name or as a [`Topic`] that says more; resolves when the venue has confirmed it. It is asked for again on
    /// each new connection.
    ///
    /// # Errors
    /// [`Error::Subscription`] or [`Error::Platform`] where the venue refused it: it is wanted no more then. [`Error::Timeout`] where
    /// it was not confirmed in time (`subscriptions.ack_timeout`, `.retries`), and the venue's own where it refused for the moment as
    /// often: it stays wanted. [`Error::TopicLimit`] where the venue's connections hold no more.
    ///
    /// # Cancel safety
    /// Dropping the future leaves the topic wanted.
    pub async fn subscribe(&self, topic: impl Into<Topic>) -> Result {
        self.shared().inbox.open();
        let told = self.want(topic.into())?;
        self.confirmed(self.since(), told).await
    }

    /// Wants many topics at once, asked for in as few requests as the venue allows. Takes what [`export`](Self::export) gave, too.
    ///
    /// # Errors
    /// Only where the client is over: what became of each topic stands in [`Subscribed`].
    pub async fn subscribe_many<T: Into<Topic>>(&self, topics: impl IntoIterator<Item = T>) -> Result<Subscribed> {
        self.shared().inbox.open();
        let mut waiting = Vec::new();
        for topic in topics {
            let topic = topic.into();
            let name = topic.name().to_owned();
            waiting.push((name, self.want(topic)?));
        }
        let mut subscribed = Subscribed::default();
        let since = self.since();
        for (topic, told) in waiting {
            match self.confirmed(since, told).await {
                Ok(()) => subscribed.confirmed.push(topic),
                Err(error) => subscribed.rejected.push((topic, error)),
            }
        }
        Ok(subscribed)
    }

    /// Asks anew for a topic that is wanted: with other parameters or another rate, for a hole you have found in it yourself, or because
    /// it was given up or quarantined. Resolves when the venue has confirmed it again. How many want it stays as it is.
    ///
    /// ```
    /// # async fn run<C: nova::Client>(desk: nova::Handle<C>) -> nova::Result {
    /// for status in desk.topics().await? {
    ///     if let nova::TopicState::Quarantined(error) = status.state {
    ///         println!("{} once more, after {error}", status.topic);
    ///         desk.resubscribe(status.topic).await?;
    ///     }
    /// }
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// [`Error::Subscription`] where nobody wants it, and those of [`subscribe`](Self::subscribe).
    ///
    /// # Cancel safety
    /// Dropping the future changes nothing: it is asked for.
    pub async fn resubscribe(&self, topic: impl Into<Topic>) -> Result {
        self.alive()?;
        let (done, told) = oneshot::channel();
        self.shared().command(Command::Resubscribe { topic: topic.into(), done });
        self.confirmed(self.since(), told).await
    }

    /// Wants a topic no more, once for each `subscribe` of it; the last one leaves it. Resolves when that is noted.
    ///
    /// # Errors
    /// Only where the client is over.
    pub async fn unsubscribe(&self, topic: impl Into<String>) -> Result {
        self.alive()?;
        let (done, told) = oneshot::channel();
        self.shared().command(Command::Unsubscribe { topic: topic.into(), done: Some(done) });
        told.await.unwrap_or_else(|_| Err(self.shared().ended()))
    }

    /// A stream of one topic, independent of all others; the last one of a topic unsubscribes it when it is dropped.
    ///
    /// # Errors
    /// Those of [`subscribe`](Self::subscribe).
    pub async fn stream(&self, topic: impl Into<Topic>) -> Result<TopicStream<C>> {
        let topic = topic.into();
        let mut stream = TopicStream::open(self.clone(), topic.shared_name().clone());
        let told = self.want(topic)?;
        match self.confirmed(self.since(), told).await {
            Ok(()) => Ok(stream),
            Err(error) => {
                if matches!(error, Error::Subscription { .. } | Error::TopicLimit { .. }) {
                    // It never came to be wanted by this stream.
                    stream.disown();
                }
                Err(error)
            }
        }
    }

    /// How far each topic has come: the wanted ones, those that are being left, and those the venue has refused.
    ///
    /// # Errors
    /// Only where the client is over.
    pub async fn topics(&self) -> Result<Vec<TopicStatus>> {
        self.alive()?;
        let (done, told) = oneshot::channel();
        self.shared().command(Command::Topics { done });
        told.await.map_err(|_| self.shared().ended())
    }

    /// The names of the topics that are wanted now, confirmed or not.
    pub fn wanted(&self) -> Vec<String> {
        self.shared().wanted()
    }

    /// The topics that are wanted now with all that was said of them, to be kept over a restart: also after the end of the client.
    pub fn export(&self) -> Wanted {
        lock(&self.shared().wanted).iter().map(|topic| Topic::clone(topic)).collect()
    }

    fn want(&self, topic: Topic) -> Result<Told> {
        self.alive()?;
        let (done, told) = oneshot::channel();
        self.shared().command(Command::Subscribe { topic, done: Some(done) });
        Ok(told)
    }

    /// From where a topic's confirmation is waited for.
    fn since(&self) -> Since {
        Since { at: Instant::now(), confirmed: self.shared().confirmed.load(Ordering::Relaxed) }
    }

    /// Waits for a topic's confirmation. While others are confirmed it only waits its turn under the venue's limits, so its time
    /// starts anew, but no more often than as many requests could need. It counts from `since`, so that the times of many topics do
    /// not add up.
    async fn confirmed(&self, since: Since, mut told: Told) -> Result {
        let shared = self.shared();
        let config = shared.config.load_full();
        let subscriptions = &config.subscriptions;
        let limit = patience(subscriptions.ack_timeout, subscriptions.retries, config.connection.request_timeout);
        let mut until = since.at + limit;
        let (mut others, mut rounds) = (since.confirmed, 0);
        loop {
            let waiting = {
                // The caller may be outside any runtime: the timer is one of the client's.
                let _inside = shared.runtime.enter();
                tokio::time::timeout_at(until, &mut told)
            };
            match waiting.await {
                Ok(Ok(result)) => return result,
                Ok(Err(_)) => return Err(shared.ended()),
                Err(_) => rounds += 1,
            }
            let requests = lock(&shared.wanted).len().div_ceil(subscriptions.chunk.max(1) as usize);
            let confirmed = shared.confirmed.load(Ordering::Relaxed);
            if confirmed == std::mem::replace(&mut others, confirmed) || rounds as usize >= requests {
                let after = limit.saturating_mul(rounds);
                return Err(Error::Timeout { what: "the confirmation of a topic", after, outcome: None });
            }
            until = Instant::now() + limit;
        }
    }
}
