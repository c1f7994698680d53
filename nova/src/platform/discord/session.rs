//! A session: what resuming it takes, and where it is kept for the next run.

use std::{
    fmt,
    sync::{Arc, Mutex, PoisonError},
};

use serde::{Deserialize, Serialize};

use crate::transport::Endpoint;

/// A session, as it can be written down and resumed later: by a run that starts within a minute or so, before Discord forgets it.
///
/// Together with the bot's token it opens what the bot is told: keep it as you keep that.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Session {
    /// Discord's name of it.
    pub id: String,
    /// The number of the last event that has come.
    pub seq: u64,
    /// Where it is resumed; empty where Discord did not say.
    pub resume_url: String,
}

impl Session {
    /// The session that a `READY` begins.
    pub(super) fn begun(data: &str, seq: Option<u64>) -> serde_json::Result<Self> {
        #[derive(Deserialize)]
        struct Begun {
            session_id: String,
            #[serde(default)]
            resume_gateway_url: Option<String>,
        }
        let begun: Begun = serde_json::from_str(data)?;
        let resume_url = begun.resume_gateway_url.unwrap_or_default();
        Ok(Self { id: begun.session_id, seq: seq.unwrap_or_default(), resume_url })
    }

    /// Where to resume it, unless that is no address, or one without the encryption that the main address has.
    pub(super) fn address(&self, main: &str) -> Option<&str> {
        let endpoint = Endpoint::parse(&self.resume_url).ok();
        let encrypted = |url: &str| url.starts_with("wss://") || url.starts_with("https://");
        endpoint.filter(|_| encrypted(&self.resume_url) || !encrypted(main)).map(|_| self.resume_url.as_str())
    }
}

impl fmt::Debug for Session {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Session").field("seq", &self.seq).finish_non_exhaustive()
    }
}

/// Keeps the session of one client up to date, for the next run to resume.
///
/// ```no_run
/// use nova::{Credentials, platform::{Discord, discord::{Intents, Keeper}}};
///
/// #[nova::client(platform = "discord", profile = "messaging")]
/// struct Bot;
///
/// # async fn run(token: String, kept: Option<String>) -> Result<Option<String>, Box<dyn std::error::Error>> {
/// let keeper = Keeper::new(kept.and_then(|text| serde_json::from_str(&text).ok()));
/// let discord = Discord::new(Intents::GUILDS).keep(&keeper);
/// let bot = nova::connect(Bot).platform(discord).credentials(Credentials::token(token)).await?;
/// // .. and at the end, with a code that leaves the session as it is:
/// bot.close_with(Discord::PAUSE, "").await;
/// Ok(keeper.session().map(|session| serde_json::to_string(&session)).transpose()?)
/// # }
/// ```
#[derive(Clone, Debug, Default)]
pub struct Keeper(Arc<Mutex<Option<Session>>>);

impl Keeper {
    /// A keeper of one client's session, with that of an earlier run.
    pub fn new(session: Option<Session>) -> Self {
        Self(Arc::new(Mutex::new(session)))
    }

    /// The session as it stands; `None` before the first, and where it was lost.
    pub fn session(&self) -> Option<Session> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub(super) fn note(&self, session: Option<&Session>) {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        match (&mut *kept, session) {
            (Some(kept), Some(session)) if kept.id == session.id => kept.seq = session.seq,
            (kept, session) => *kept = session.cloned(),
        }
    }
}
