//! The limits of an account, and the clients that share them: one lock around what is pure otherwise.

use std::{
    fmt,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError, Weak,
        atomic::{AtomicBool, Ordering},
    },
    task::Waker,
    time::Duration,
};

use super::{
    limiter::{Limiter, Refill},
    line::Line,
    seat::Seat,
};
use crate::{
    config::{Bounds, Config, Layer, Patch, Rate, patch, settings},
    error::{Error, Result},
    time::Instant,
};

/// The longest pause: no clock overflows by it, and nobody waits it out.
const LONGEST: Duration = Duration::from_secs(365 * 24 * 60 * 60);

/// The limits of an account at a venue: how much all its clients together may send.
///
/// Each client has its own, unless several are given the same one with [`share_limits`](crate::Connect::share_limits): then they
/// never exceed the limits together, and those who wait take turns, the most urgent first. The first client to start brings its
/// platform's pools and its `rate_limit` settings, which those of the others must equal; `mode` is each client's own.
///
/// ```no_run
/// # #[nova::client(platform = "deribit")]
/// # struct Quotes;
/// # #[nova::client(platform = "deribit")]
/// # struct Hedge;
/// # async fn run() -> nova::Result {
/// let account = nova::SharedLimiter::new();
/// let quotes = nova::connect(Quotes).share_limits(&account).await?;
/// let hedge = nova::connect(Hedge).share_limits(&account).await?;
/// // What another program has used of the account counts here too.
/// account.set_remaining_in("matching engine", 5)?;
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Default)]
pub struct SharedLimiter {
    account: Arc<Account>,
}

#[derive(Default)]
struct Account {
    book: Mutex<Book>,
    /// Whether there is anything to wait for: most accounts have no limits, and need not be asked for each send.
    limits: AtomicBool,
}

/// The limits of an account for as long as a client uses them.
#[derive(Clone, Debug)]
pub(crate) struct WeakLimiter(Weak<Account>);

impl WeakLimiter {
    pub(crate) fn upgrade(&self) -> Option<SharedLimiter> {
        self.0.upgrade().map(|account| SharedLimiter { account })
    }
}

/// What a client brings to the limits of its account.
#[derive(Clone, Debug)]
pub(crate) struct Terms {
    pub(crate) platform: &'static str,
    pub(crate) bounds: &'static Bounds,
    pub(crate) settings: settings::RateLimit,
    pub(crate) pools: Vec<(&'static str, Refill)>,
}

pub(super) struct Book {
    /// As the first client brought them: what those who come later must bring too.
    terms: Option<Terms>,
    /// The settings as they stand.
    settings: settings::RateLimit,
    pub(super) limiter: Limiter,
    pub(super) line: Line<Waker>,
    seats: u64,
}

impl Default for Book {
    fn default() -> Self {
        let settings = settings::RateLimit::default();
        Self { terms: None, settings, limiter: Limiter::new(&settings, []), line: Line::new(), seats: 0 }
    }
}

impl SharedLimiter {
    /// The limits of an account that no client uses yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Admits nothing for so long: the venue said "too many requests", to whomever. A shorter time does not end a longer one.
    pub fn penalise(&self, pause: Duration) {
        self.change(|book| book.limiter.penalise(until(Instant::now(), pause)));
    }

    /// The venue says that so much is left of `rate_limit`. What nova counts is never raised by it: the venue does not know yet of
    /// what is under way.
    pub fn set_remaining(&self, remaining: u32) {
        self.remains(None, remaining, None, Instant::now());
    }

    /// The same of one of the platform's pools, by its name.
    ///
    /// # Errors
    /// [`Error::Config`] with the field `pool` where the platform has none of this name, or no client has brought one yet.
    pub fn set_remaining_in(&self, pool: &str, remaining: u32) -> Result {
        self.change(|book| {
            let pools = book.terms.as_ref().map_or(&[][..], |terms| &terms.pools);
            let Some(at) = pools.iter().position(|(name, _)| *name == pool) else {
                let known = pools.iter().map(|(name, _)| format!("`{name}`")).collect::<Vec<_>>().join(", ");
                let known = if known.is_empty() { "no pools at all" } else { &known };
                return Err(Error::config("pool", format!("there is no pool `{}`, but {known}", pool.escape_debug())));
            };
            book.limiter.set_remaining(Some(at), remaining, None, Instant::now());
            Ok(())
        })
    }

    /// Changes the limits while clients use them: `capacity`, `refill`, `limit` and `safety`. What has been used stays used, and
    /// what waits is looked at again. What the venue demands is kept.
    ///
    /// ```no_run
    /// # async fn run(desk: nova::Handle<impl nova::Client>) -> nova::Result {
    /// let calm = nova::patch::RateLimit::new().limit(Some("60/m".parse().expect("a rate")));
    /// desk.limiter().set(calm)?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`Error::Config`] naming the setting that was refused: nothing has changed then. `share_limits` stands for a limiter that no
    /// client has started with yet.
    pub fn set(&self, limits: patch::RateLimit) -> Result {
        if limits.mode.is_some() {
            return Err(Error::config("rate_limit.mode", "it is each client's own: set it where the client is made"));
        }
        self.change(|book| {
            let Some(terms) = &book.terms else {
                return Err(Error::config("share_limits", "no client has started with these limits yet"));
            };
            let settings::RateLimit { capacity, refill, limit, safety, .. } = book.settings;
            let present = patch::RateLimit::new().capacity(capacity).refill(refill).limit(limit).safety(safety);
            let layers = [(Layer::Builder, present), (Layer::Runtime, limits)];
            let layers = layers.map(|(layer, limits)| (layer, Patch::new().rate_limit(limits)));
            book.settings = Config::resolve(&layers, terms.bounds)?.rate_limit;
            book.limiter.retune(&book.settings, Instant::now());
            Ok(())
        })
    }

    /// One of the clients was configured anew while it ran: what it says holds for the account.
    pub(crate) fn configure(&self, settings: &settings::RateLimit) {
        self.change(|book| {
            book.settings = *settings;
            book.limiter.retune(settings, Instant::now());
        });
    }

    /// Uses half the rate for so long.
    pub(crate) fn slow_down(&self, pause: Duration, now: Instant) {
        self.change(|book| book.limiter.slow_down(until(now, pause), now));
    }

    /// What the venue said of a pool, or of `rate_limit`, to one of the clients.
    pub(crate) fn remains(&self, pool: Option<usize>, remaining: u32, resets: Option<Duration>, now: Instant) {
        self.change(|book| book.limiter.set_remaining(pool, remaining, resets, now));
    }

    /// How long nothing is admitted because the venue said so.
    pub(crate) fn penalty(&self, now: Instant) -> Duration {
        self.book().limiter.penalty(now)
    }

    pub(crate) fn downgrade(&self) -> WeakLimiter {
        WeakLimiter(Arc::downgrade(&self.account))
    }

    /// A client starts: it brings the limits, or the same as are there.
    pub(crate) fn open(&self, terms: Terms) -> Result {
        let mut book = self.book();
        if let Some(first) = &book.terms {
            return first.admit(&terms);
        }
        book.settings = terms.settings;
        book.limiter = book.limiter.clone().with(&terms.settings, terms.pools.iter().map(|(_, refill)| *refill));
        book.terms = Some(terms);
        self.note(&book);
        Ok(())
    }

    /// A seat for a client's sends, or for its topics.
    pub(crate) fn seat(&self, waker: Waker) -> Seat {
        let mut book = self.book();
        book.seats += 1;
        Seat::new(self.clone(), book.seats, waker)
    }

    pub(super) fn book(&self) -> MutexGuard<'_, Book> {
        // Whole between any two statements.
        self.account.book.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Changes something, and has those looked at again who may send sooner for it.
    pub(super) fn change<T>(&self, change: impl FnOnce(&mut Book) -> T) -> T {
        let mut book = self.book();
        let changed = change(&mut book);
        self.note(&book);
        book.wake();
        changed
    }

    /// Whether there is anything to wait for. What another thread has just said may be seen a moment late.
    pub(super) fn limits(&self) -> bool {
        self.account.limits.load(Ordering::Relaxed)
    }

    fn note(&self, book: &Book) {
        self.account.limits.store(!book.limiter.is_off(), Ordering::Relaxed);
    }
}

impl Terms {
    /// Refuses a client whose limits are others.
    fn admit(&self, other: &Self) -> Result {
        if other.platform != self.platform {
            let (first, other) = (self.platform, other.platform);
            let reason = format!("the limits are those of `{first}`, and this client's platform is `{other}`");
            return Err(Error::config("share_limits", reason));
        }
        let (first, other) = (&self.settings, &other.settings);
        let rate = |rate: Option<Rate>| rate.map_or_else(|| "off".to_owned(), |rate| rate.to_string());
        let count = |count: Option<u32>| count.map_or_else(|| "off".to_owned(), |count| count.to_string());
        let compared = [
            ("rate_limit.capacity", count(other.capacity), count(first.capacity)),
            ("rate_limit.refill", rate(other.refill), rate(first.refill)),
            ("rate_limit.limit", rate(other.limit), rate(first.limit)),
            ("rate_limit.safety", other.safety.to_string(), first.safety.to_string()),
        ];
        match compared.into_iter().find(|(_, here, there)| here != there) {
            None => Ok(()),
            Some((field, here, there)) => {
                let reason = format!("clients that share limits have the same: it is {here} here and {there} there");
                Err(Error::config(field, reason))
            }
        }
    }
}

impl Book {
    fn wake(&self) {
        self.line.fronts(&self.limiter).for_each(Waker::wake_by_ref);
    }
}

impl fmt::Debug for SharedLimiter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let book = self.book();
        let platform = book.terms.as_ref().map(|terms| terms.platform);
        f.debug_struct("SharedLimiter")
            .field("platform", &platform)
            .field("limits", &book.settings)
            .finish_non_exhaustive()
    }
}

/// The end of a pause.
fn until(now: Instant, pause: Duration) -> Instant {
    now + pause.min(LONGEST)
}
