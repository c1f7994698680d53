//! What a venue demands, whatever the layers ask for.
//!
//! A setting is a wish; a bound is a fact about the other side. It is applied after all layers, and `explain` says so.

use std::time::Duration;

use super::{
    keys::{Config, position},
    kinds::Rate,
    layer::Bound,
};

/// What a venue demands of its clients; part of a platform.
///
/// ```
/// use std::time::Duration;
/// use nova::{Bounds, Config, Layer, Patch};
///
/// const BOUNDS: Bounds = Bounds::new().heartbeat(Duration::from_secs(30)).topics(500).chunk(50);
/// let wish = Patch::new().set("heartbeat.interval", "2m")?;
/// let config = Config::resolve(&[(Layer::Attribute, wish)], &BOUNDS)?;
/// assert_eq!(config.heartbeat.interval, Some(Duration::from_secs(30)));
/// assert!(config.explain("heartbeat.interval")?.bound.is_some());
/// # Ok::<(), nova::Error>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
#[must_use]
pub struct Bounds {
    /// The longest time between two heartbeats.
    pub heartbeat: Option<Duration>,
    /// The most topics one connection may hold.
    pub topics: Option<u32>,
    /// The most topics one request may name.
    pub chunk: Option<u32>,
    /// The largest frame the venue accepts, in bytes.
    pub outbound: Option<usize>,
    /// The largest message the venue sends, in bytes: `connection.max_message` and `max_frame` are raised to it.
    pub inbound: Option<usize>,
    /// The most that may be sent at once.
    pub capacity: Option<u32>,
    /// The fastest that comes back of it.
    pub refill: Option<Rate>,
    /// The most in any window of its length.
    pub limit: Option<Rate>,
}

macro_rules! demands {
    ($( $(#[doc = $doc:literal])* $name:ident: $Type:ty, )*) => {
        $(
            $(#[doc = $doc])*
            pub const fn $name(mut self, $name: $Type) -> Self {
                self.$name = Some($name);
                self
            }
        )*
    };
}

/// Keeps what was asked for, before the key gets what is demanded.
macro_rules! demand {
    ($config:ident . $group:ident . $key:ident = $value:expr, $demand:literal) => {{
        const AT: usize = position(concat!(stringify!($group), ".", stringify!($key)));
        let asked = $config.text(AT);
        $config.$group.$key = $value;
        if asked != $config.text(AT) {
            $config.origins[AT].bound = Some(Bound { asked, demand: $demand });
        }
    }};
}

impl Bounds {
    /// Demands nothing.
    pub const fn new() -> Self {
        Self {
            heartbeat: None,
            topics: None,
            chunk: None,
            outbound: None,
            inbound: None,
            capacity: None,
            refill: None,
            limit: None,
        }
    }

    demands! {
        /// A heartbeat at least this often.
        heartbeat: Duration,
        /// At most so many topics a connection.
        topics: u32,
        /// At most so many topics a request.
        chunk: u32,
        /// No frame larger than so many bytes is accepted by the venue.
        outbound: usize,
        /// Messages of up to so many bytes are sent by the venue.
        inbound: usize,
        /// At most so much at once.
        capacity: u32,
        /// At most so much comes back.
        refill: Rate,
        /// At most so much in any window.
        limit: Rate,
    }

    /// What a platform's settings say of the rate is what its venue admits: `capacity`, `refill` and `limit` become demands.
    pub const fn rate_limit(mut self, limits: super::keys::patch::RateLimit) -> Self {
        if let Some(capacity) = limits.capacity {
            self.capacity = capacity;
        }
        if let Some(refill) = limits.refill {
            self.refill = refill;
        }
        if let Some(limit) = limits.limit {
            self.limit = limit;
        }
        self
    }

    pub(super) fn apply(&self, config: &mut Config) {
        if let Some(longest) = self.heartbeat {
            let interval = config.heartbeat.interval.map_or(longest, |asked| asked.min(longest));
            demand!(config.heartbeat.interval = Some(interval), "the venue wants a heartbeat at least this often");
            if config.heartbeat.timeout >= interval.saturating_mul(10) {
                demand!(config.heartbeat.timeout = interval, "the venue's heartbeat is that short");
            }
        }
        if let Some(most) = self.chunk {
            let chunk = config.subscriptions.chunk.min(most);
            demand!(config.subscriptions.chunk = chunk, "the venue takes no more topics in one request");
        }
        if let Some(largest) = self.inbound {
            let (frame, message) =
                (config.connection.max_frame.max(largest), config.connection.max_message.max(largest));
            demand!(config.connection.max_frame = frame, "the venue sends messages of this size");
            demand!(config.connection.max_message = message, "the venue sends messages of this size");
        }
        self.limits(config);
    }

    fn limits(&self, config: &mut Config) {
        if let Some(fastest) = self.refill {
            let refill = config.rate_limit.refill.filter(|asked| !faster(*asked, fastest)).unwrap_or(fastest);
            demand!(config.rate_limit.refill = Some(refill), "the venue admits no more");
        }
        if let Some(most) = self.capacity {
            let capacity = config.rate_limit.capacity.map_or(most, |asked| asked.min(most));
            demand!(config.rate_limit.capacity = Some(capacity), "the venue admits no more at once");
        }
        if let Some(venue) = self.limit {
            let limit = config.rate_limit.limit.filter(|asked| fits(*asked, venue)).unwrap_or(venue);
            demand!(config.rate_limit.limit = Some(limit), "the venue admits no more in one window");
        }
    }
}

/// Whether `left` is the higher rate.
fn faster(left: Rate, right: Rate) -> bool {
    u128::from(left.count) * right.per.as_nanos() > u128::from(right.count) * left.per.as_nanos()
}

/// Whether who keeps to `asked` keeps to `venue`, in every window of the venue's length.
fn fits(asked: Rate, venue: Rate) -> bool {
    let windows = venue.per.as_nanos().div_ceil(asked.per.as_nanos());
    u128::from(asked.count) * windows <= u128::from(venue.count)
}
