//! What a client subscribes to: a topic's name, and how the client wants it.

use std::{fmt, str::FromStr, sync::Arc, time::Duration};

use serde::{Deserialize, Serialize};

use super::Params;
use crate::{
    config::{Rate, Value as _},
    error::{Error, Result},
};

/// A topic to subscribe, and how: with the venue's parameters, thinned to a rate, watched for silence. A plain name will do where
/// none of that is wanted.
///
/// ```
/// use std::time::Duration;
/// use nova::{Rate, Topic};
///
/// # async fn run<C: nova::Client>(desk: nova::Handle<C>) -> nova::Result {
/// desk.subscribe("trades.BTC-PERPETUAL.raw").await?;
/// desk.subscribe(Topic::new("book.BTC-PERPETUAL").param("depth", 10)).await?;
/// // A screen needs no more than ten prices a second, and there is something wrong if none comes for five.
/// let prices = Topic::new("ticker.BTC-PERPETUAL.raw").at_most(Rate::per_second(10)).stale_after(Duration::from_secs(5));
/// desk.subscribe(prices).await?;
/// # Ok(()) }
/// ```
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
#[serde(try_from = "Written", into = "Written")]
#[must_use]
pub struct Topic {
    name: Arc<str>,
    params: Params,
    at_most: Option<Rate>,
    silence: Silence,
}

/// No deadline of a topic is longer: a year.
const FOREVER: Duration = Duration::from_secs(365 * 24 * 60 * 60);

/// How long a topic may be silent.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Silence {
    /// As long as `subscriptions.stale_after` says.
    #[default]
    Setting,
    /// So long, or for ever.
    Own(Option<Duration>),
}

impl Topic {
    /// A topic by its name.
    pub fn new(name: impl Into<Arc<str>>) -> Self {
        Self { name: name.into(), params: Params::new(), at_most: None, silence: Silence::Setting }
    }

    /// One parameter of the subscription, where the venue has such.
    pub fn param(mut self, name: impl Into<String>, value: impl Into<serde_json::Value>) -> Self {
        self.params.insert(name.into(), value.into());
        self
    }

    /// All parameters at once, instead of those given so far.
    pub fn params(mut self, params: Params) -> Self {
        self.params = params;
        self
    }

    /// Thins it: messages are delivered evenly, at most `rate`, and of those that come faster only the latest; how many were left out
    /// is told in-band as [`Item::Dropped`](crate::Item::Dropped). For messages that stand for themselves, such as prices, not for
    /// changes that build on each other. While the client's handlers are busy the latest waits for them.
    ///
    /// Several who want one topic at different rates get the highest of them, and all of it if one wants it whole.
    pub const fn at_most(mut self, rate: Rate) -> Self {
        self.at_most = Some(rate);
        self
    }

    /// How long it may be silent before it is asked for again, and then the link is replaced: its own deadline instead of
    /// `subscriptions.stale_after`; `None` for a topic that is silent by nature.
    pub fn stale_after(mut self, silence: impl Into<Option<Duration>>) -> Self {
        self.silence = Silence::Own(silence.into());
        self
    }

    /// Its name.
    pub fn name(&self) -> &str {
        &self.name
    }

    pub(crate) const fn shared_name(&self) -> &Arc<str> {
        &self.name
    }

    pub(crate) const fn parameters(&self) -> &Params {
        &self.params
    }

    /// The time between two messages of it, where it is thinned.
    pub(crate) fn spacing(&self) -> Option<Duration> {
        self.at_most.map(|rate| rate.per / rate.count.max(1))
    }

    /// How long it may be silent, where the setting says `setting`.
    pub(crate) const fn patience(&self, setting: Option<Duration>) -> Option<Duration> {
        match self.silence {
            Silence::Setting => setting,
            Silence::Own(silence) => silence,
        }
    }

    /// Somebody else wants it too: nobody gets less of it than he asked for.
    ///
    /// # Errors
    /// [`Error::Subscription`]: it is one subscription for the venue, which cannot have two sets of parameters.
    pub(crate) fn shared_with(&self, other: &Self) -> Result<Self> {
        if !other.params.is_empty() && other.params != self.params {
            return Err(self.refused("it is subscribed with other parameters; `resubscribe` it with these"));
        }
        let looser = |one: Rate, two: Rate| {
            let (left, right) =
                (one.per.as_nanos() * u128::from(two.count), two.per.as_nanos() * u128::from(one.count));
            if left <= right { one } else { two }
        };
        let at_most = self.at_most.zip(other.at_most).map(|(one, two)| looser(one, two));
        let silence = if other.silence == Silence::Setting { self.silence } else { other.silence };
        Ok(Self { at_most, silence, ..self.clone() })
    }

    /// Refuses what no venue could serve.
    ///
    /// # Errors
    /// [`Error::Subscription`] naming the topic and what is wrong with it.
    pub(crate) fn check(&self) -> Result {
        if self.name.is_empty() || self.name.chars().any(char::is_control) {
            return Err(Error::Subscription {
                topic: self.name.escape_debug().to_string().into(),
                reason: "a topic is not empty and has no control characters".into(),
            });
        }
        if self.at_most.is_some_and(|rate| rate.count == 0 || !is_time(rate.per)) {
            return Err(self.refused("`at_most` must be above 0, and its time at most a year"));
        }
        if matches!(self.silence, Silence::Own(Some(silence)) if !is_time(silence)) {
            return Err(self.refused("`stale_after` must be above 0 and at most a year, or `None`"));
        }
        Ok(())
    }

    fn refused(&self, reason: &'static str) -> Error {
        Error::Subscription { topic: self.name.clone(), reason: reason.into() }
    }
}

fn is_time(duration: Duration) -> bool {
    !duration.is_zero() && duration <= FOREVER
}

impl From<&str> for Topic {
    fn from(name: &str) -> Self {
        Self::new(name)
    }
}

impl From<String> for Topic {
    fn from(name: String) -> Self {
        Self::new(name)
    }
}

impl From<&String> for Topic {
    fn from(name: &String) -> Self {
        Self::new(name.as_str())
    }
}

impl From<Arc<str>> for Topic {
    fn from(name: Arc<str>) -> Self {
        Self::new(name)
    }
}

/// A topic as it is kept.
#[derive(Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct Written {
    topic: String,
    #[serde(default, skip_serializing_if = "Params::is_empty")]
    params: Params,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    at_most: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    stale_after: Option<String>,
}

impl From<Topic> for Written {
    fn from(topic: Topic) -> Self {
        let stale_after = match topic.silence {
            Silence::Setting => None,
            Silence::Own(silence) => Some(silence.text()),
        };
        Self {
            topic: topic.name.to_string(),
            params: topic.params,
            at_most: topic.at_most.map(|rate| rate.to_string()),
            stale_after,
        }
    }
}

impl TryFrom<Written> for Topic {
    type Error = String;

    fn try_from(written: Written) -> Result<Self, String> {
        let wrong =
            |key: &str, error: &dyn fmt::Display| format!("`{key}` of `{}`: {error}", written.topic.escape_debug());
        let at_most = written.at_most.as_deref().map(Rate::from_str).transpose();
        let at_most = at_most.map_err(|error| wrong("at_most", &error))?;
        let silence = written.stale_after.as_deref().map(Option::parse).transpose();
        let silence = silence.map_err(|error| wrong("stale_after", &error))?.map_or(Silence::Setting, Silence::Own);
        let topic = Self { name: written.topic.into(), params: written.params, at_most, silence };
        topic.check().map_err(|error| error.to_string())?;
        Ok(topic)
    }
}
