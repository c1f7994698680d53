//! One source of credentials for many clients: asked once for all of them, whatever they all ask at once.

use std::{
    fmt,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use tokio::{sync, time::Instant};

use super::{Credentials, SecretsManager};
use crate::{
    error::{Error, Result},
    printable::Printable,
    transport::BoxFuture,
};

/// A manager is not asked over a refusal more often than this, however many clients are refused.
const PAUSE: Duration = Duration::from_secs(5);

/// Credentials that many clients share: clones ask one manager, one question at a time.
///
/// What the manager gave is used for [`fresh_for`](Self::fresh_for), an hour at first, by every client. When the venue refuses it, the
/// first client that says so has the manager asked; the others get that answer. A manager that fails, or gives what no login can
/// be made from, leaves the last good credentials in use. While a secret is being replaced, which may take
/// [`overlap`](Self::overlap), two minutes at first, a refusal is answered with the one before it, then with the new one again, and so
/// on by the profile's delays.
///
/// ```
/// use nova::{secrets, Credentials};
///
/// # #[nova::client(platform = "echo")]
/// # struct Desk;
/// let shared = secrets::Shared::new(secrets::Environment::default());
/// let desks = (0..200).map(|_| nova::connect(Desk).secrets(shared.clone()));
/// # drop(desks);
/// ```
#[derive(Clone)]
#[must_use]
pub struct Shared {
    source: Arc<Source>,
    fresh_for: Duration,
    overlap: Duration,
}

struct Source {
    manager: Box<dyn SecretsManager>,
    /// Held by the one who asks the manager.
    asking: sync::Mutex<()>,
    /// How many answers there were: whoever waited over one need not ask again.
    answers: AtomicU64,
    known: Mutex<Known>,
}

/// What is known of the secret.
#[derive(Default)]
struct Known {
    current: Option<Credentials>,
    previous: Option<Credentials>,
    /// When the manager last gave good ones.
    asked: Option<Instant>,
    /// When the present ones first took the place of others.
    changed: Option<Instant>,
    /// When the venue began to refuse, and when it last did.
    refused: Option<(Instant, Instant)>,
    /// When the manager was last asked over a refusal.
    forced: Option<Instant>,
    /// Why the last question failed, if it did.
    failure: Option<Error>,
}

impl Shared {
    /// Asks this manager, for every clone.
    pub fn new(manager: impl SecretsManager) -> Self {
        let (asking, answers, known) = (sync::Mutex::new(()), AtomicU64::new(0), Mutex::default());
        Self {
            source: Arc::new(Source { manager: Box::new(manager), asking, answers, known }),
            fresh_for: Duration::from_secs(3_600),
            overlap: Duration::from_secs(120),
        }
    }

    /// How long an answer is used before the manager is asked again.
    pub fn fresh_for(mut self, time: Duration) -> Self {
        self.fresh_for = time;
        self
    }

    /// How long the venue may take until it knows a new secret, and the manager until it has one for an old secret that is refused.
    pub fn overlap(mut self, time: Duration) -> Self {
        self.overlap = time;
        self
    }

    fn known<T>(&self, with: impl FnOnce(&mut Known) -> T) -> T {
        with(&mut self.source.known.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Has the manager asked, by whoever comes first, and the answer noted for all.
    async fn ask(&self) {
        let answers = self.source.answers.load(Ordering::Acquire);
        let _asking = self.source.asking.lock().await;
        if self.source.answers.load(Ordering::Acquire) != answers {
            return;
        }
        let answer = self.source.manager.credentials().await.and_then(|credentials| {
            credentials.check()?;
            Ok(credentials)
        });
        if let Err(error) = &answer {
            tracing::warn!(target: "nova::secrets", error = %Printable(error), "what was given before stays in use");
        }
        self.known(|known| known.take(answer, Instant::now()));
        self.source.answers.fetch_add(1, Ordering::Release);
    }

    async fn give(&self) -> Result<Credentials> {
        let fresh = |known: &mut Known| known.current.clone().filter(|_| lately(known.asked, self.fresh_for));
        if let Some(fresh) = self.known(fresh) {
            return Ok(fresh);
        }
        self.ask().await;
        self.known(|known| known.good())
    }

    async fn give_other_than(&self, refused: &Credentials) -> Result<Credentials> {
        self.known(|known| known.note_refusal(self.overlap));
        let newer = |known: &mut Known| known.current.clone().filter(|current| !current.is_same(refused));
        if let Some(newer) = self.known(newer) {
            return Ok(newer);
        }
        if !self.known(|known| lately(known.forced, PAUSE)) {
            self.ask().await;
            self.known(|known| known.forced = Some(Instant::now()));
        }
        self.known(|known| {
            let previous = known.previous.clone().filter(|_| lately(known.changed, self.overlap));
            match (newer(known).or(previous), &known.failure) {
                (Some(other), _) => Ok(other),
                (None, Some(failure)) => Err(failure.clone()),
                (None, None) => known.good(),
            }
        })
    }
}

fn lately(at: Option<Instant>, within: Duration) -> bool {
    at.is_some_and(|at| at.elapsed() < within)
}

impl Known {
    fn take(&mut self, answer: Result<Credentials>, now: Instant) {
        match answer {
            Ok(credentials) => {
                (self.failure, self.asked) = (None, Some(now));
                match self.current.replace(credentials.clone()) {
                    Some(before) if before.is_same(&credentials) => {}
                    before => {
                        self.changed = before.is_some().then_some(now);
                        (self.previous, self.refused) = (before, None);
                    }
                }
            }
            Err(error) => self.failure = Some(error),
        }
    }

    /// Refusals that follow each other closely belong together.
    fn note_refusal(&mut self, overlap: Duration) {
        let now = Instant::now();
        let since = self.refused.filter(|(_, last)| now - *last < overlap).map_or(now, |(since, _)| since);
        self.refused = Some((since, now));
    }

    fn good(&self) -> Result<Credentials> {
        let unasked = || Error::config("secrets", "the manager has not answered yet");
        self.current.clone().ok_or_else(|| self.failure.clone().unwrap_or_else(unasked))
    }
}

impl SecretsManager for Shared {
    fn credentials(&self) -> BoxFuture<'_, Result<Credentials>> {
        Box::pin(self.give())
    }

    fn renewed<'a>(&'a self, refused: &'a Credentials) -> BoxFuture<'a, Result<Credentials>> {
        Box::pin(self.give_other_than(refused))
    }

    fn is_rotating(&self) -> bool {
        self.known(|known| {
            lately(known.changed, self.overlap) || lately(known.refused.map(|(since, _)| since), self.overlap)
        })
    }
}

impl fmt::Debug for Shared {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Shared").field("manager", &self.source.manager).finish_non_exhaustive()
    }
}
