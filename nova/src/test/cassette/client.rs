//! Plays a cassette as the client: what was sent is sent again, to any server, by a client of nova that adds nothing to it.

use std::{collections::BTreeMap, fmt, sync::Arc};

use secrecy::ExposeSecret;
use serde_json::Value;
use tokio::time::{Instant, timeout_at};

use super::{
    PATIENCE,
    entry::{Cassette, Entry},
    ids::{id_of, is_word},
    recorder::Recorder,
};
use crate::{
    auth::Credentials,
    connect::connect,
    error::{Error, Result},
    handle::Handle,
    message::{Item, Outgoing},
    session::Tap,
    transport::{BoxFuture, BoxStream, Dialer, Endpoint, Tcp},
};

/// Says what it is told to, and nothing else.
#[crate::client(
    platform = "echo",
    profile = "lightweight",
    strategy = "fail_fast",
    heartbeat(interval = "off"),
    rate_limit(capacity = "off"),
    cluster(enabled = false)
)]
struct Verbatim;

/// A cassette to be played as the client: see [`Cassette::rerun`].
#[must_use = "nothing is played until `run`"]
pub struct Rerun {
    cassette: Cassette,
    dialer: Arc<dyn Dialer>,
    words: BTreeMap<String, String>,
    credentials: Option<Credentials>,
}

impl Cassette {
    /// Plays it as the client.
    ///
    /// ```
    /// use nova::{Credentials, test::{Recorder, venue::Deribit}};
    ///
    /// #[nova::client(platform = "deribit")]
    /// struct Desk;
    ///
    /// # nova::test::Test::new("doc").real_time().run(async {
    /// let venue = Deribit::start().await?;
    /// let key = Credentials::key("nova", "nova-secret");
    /// let recorder = Recorder::memory();
    /// let desk = nova::connect(Desk).url(venue.url()).credentials(key.clone()).record(&recorder).await?;
    /// desk.close().await;
    ///
    /// let again = recorder.cassette()?.speed(10.0)?.rerun().credentials(key).run(venue.url()).await?;
    /// assert_eq!(again.messages("out").count(), recorder.cassette()?.messages("out").count());
    /// # Ok::<(), nova::Error>(()) });
    /// ```
    pub fn rerun(self) -> Rerun {
        Rerun { cassette: self, dialer: Arc::new(Tcp::new()), words: BTreeMap::new(), credentials: None }
    }
}

impl Rerun {
    /// How byte streams are made; TCP and TLS by default.
    pub fn dialer(self, dialer: impl Dialer) -> Self {
        Self { dialer: Arc::new(dialer), ..self }
    }

    /// What stands in the places that the recording has left out. A signature cannot be made again: only logins with a key that is sent
    /// as it is, or with a token, can be played.
    pub fn credentials(self, credentials: Credentials) -> Self {
        Self { credentials: Some(credentials), ..self }
    }

    /// Plays every recorded connection to the server at `url`, one after the other, and returns what was said this time.
    ///
    /// A message is sent at its time, once the answers that had come before it have come again, or 10 s after their time.
    ///
    /// # Errors
    /// [`Error::Config`] for `credentials` where a message holds a secret that nobody has given, and those of the client: the address is
    /// wrong, the server refuses, the link is lost.
    pub async fn run(mut self, url: &str) -> Result<Cassette> {
        let recorder = Recorder::memory();
        if let Some(credentials) = &self.credentials {
            recorder.conceal(credentials);
            self.words = words(credentials);
        }
        for number in self.cassette.connections() {
            let dialer = Shared(self.dialer.clone());
            let client = connect(Verbatim).url(url).dialer(dialer).record(&recorder).await?;
            let entries = self.cassette.connection(number);
            let played = self.play(&client, &entries).await;
            client.close().await;
            played?;
        }
        recorder.cassette()
    }

    async fn play(&mut self, client: &Handle<Verbatim>, entries: &[Entry]) -> Result {
        let start = (Instant::now(), entries.first().map_or(0.0, |entry| entry.t));
        let mut answers = Answers { client, come: BTreeMap::new() };
        let mut asked: Vec<Value> = Vec::new();
        for entry in entries {
            let due = start.0 + self.cassette.speed.scaled((entry.t - start.1).max(0.0));
            let id = serde_json::from_str(&entry.raw).ok().and_then(|message| id_of(&message).cloned());
            match (entry.dir.as_str(), entry.frame()) {
                ("out", Some(frame)) => {
                    answers.until(due).await;
                    asked.extend(id);
                    let outgoing = match frame.as_text() {
                        Some(text) => Outgoing::from(self.with_secrets(text)?),
                        None => Outgoing::from(frame.payload().to_vec()),
                    };
                    client.send(outgoing).await?;
                }
                ("in", Some(_)) => {
                    if let Some(id) = id.filter(|id| asked.contains(id)) {
                        let answer = answers.to(&id, due + PATIENCE).await;
                        let recorded = serde_json::from_str(&entry.raw).unwrap_or_default();
                        if let Some(answer) = answer {
                            learn(&mut self.words, &recorded, &answer);
                        }
                    }
                }
                _ => answers.until(due).await,
            }
        }
        Ok(())
    }

    /// A recorded message with the secrets that were left out.
    fn with_secrets(&self, recorded: &str) -> Result<String> {
        let mut text = recorded.to_owned();
        for (word, secret) in &self.words {
            let quoted = Value::from(secret.as_str()).to_string();
            text = text.replace(word, &quoted[1..quoted.len() - 1]);
        }
        let left = serde_json::from_str(&text).ok().and_then(|message: Value| word_in(&message).map(str::to_owned));
        match left {
            None => Ok(text),
            Some(word) => {
                let reason = format!("the recording has `{word}` for a secret that is not known here");
                Err(Error::config("credentials", reason))
            }
        }
    }
}

impl fmt::Debug for Rerun {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Rerun").field("dialer", &self.dialer).finish_non_exhaustive()
    }
}

fn words(credentials: &Credentials) -> BTreeMap<String, String> {
    let known = match credentials {
        Credentials::Key { id, secret } => vec![("<id>", id.clone()), ("<secret>", secret.expose_secret().to_owned())],
        Credentials::Signed { id, .. } => vec![("<id>", id.clone())],
        Credentials::Token(token) => vec![("<token>", token.expose_secret().to_owned())],
    };
    known.into_iter().map(|(word, secret)| (word.to_owned(), secret)).collect()
}

/// What stood in the answer where the recording has a word.
fn learn(words: &mut BTreeMap<String, String>, recorded: &Value, answer: &Value) {
    match (recorded, answer) {
        (Value::String(word), Value::String(secret)) if is_word(word) => {
            words.insert(word.clone(), secret.clone());
        }
        (Value::Object(recorded), Value::Object(answer)) => {
            for (name, value) in recorded {
                answer.get(name).into_iter().for_each(|twin| learn(words, value, twin));
            }
        }
        (Value::Array(recorded), Value::Array(answer)) => {
            recorded.iter().zip(answer).for_each(|(value, twin)| learn(words, value, twin));
        }
        _ => {}
    }
}

/// A word that stands for a secret.
fn word_in(message: &Value) -> Option<&str> {
    match message {
        Value::String(text) => is_word(text).then_some(text),
        Value::Array(values) => values.iter().find_map(word_in),
        Value::Object(members) => members.values().find_map(word_in),
        _ => None,
    }
}

/// What the server has answered this time.
struct Answers<'a> {
    client: &'a Handle<Verbatim>,
    come: BTreeMap<String, Value>,
}

impl Answers<'_> {
    /// The answer to this number, if it comes in time.
    async fn to(&mut self, id: &Value, by: Instant) -> Option<Value> {
        while !self.come.contains_key(&id.to_string()) {
            let item = timeout_at(by, self.client.next()).await.ok()??;
            self.take(item);
        }
        self.come.remove(&id.to_string())
    }

    /// Reads what comes until then.
    async fn until(&mut self, time: Instant) {
        while let Ok(Some(item)) = timeout_at(time, self.client.next()).await {
            self.take(item);
        }
    }

    fn take(&mut self, item: Item<crate::Raw>) {
        let Item::Message(raw) = item else { return };
        if let Some(message) = raw.text().and_then(|text| serde_json::from_str::<Value>(text).ok())
            && let Some(id) = id_of(&message)
        {
            self.come.insert(id.to_string(), message);
        }
    }
}

/// The same dialer for every connection.
#[derive(Debug)]
struct Shared(Arc<dyn Dialer>);

impl Dialer for Shared {
    fn dial(&self, endpoint: &Endpoint) -> BoxFuture<'static, Result<BoxStream>> {
        self.0.dial(endpoint)
    }
}
