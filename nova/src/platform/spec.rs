//! The data half of a platform: everything about a venue that is a constant.

use std::{fmt, time::Duration};

use super::described::Wire;
pub use crate::config::Bounds;
use crate::{
    config::{Patch, Rate},
    flow::Refill,
    frame::CloseCode,
    time::Clock,
};

static NOTHING: Wire = Wire::new();

/// Everything about a venue that is data.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct Spec {
    /// Its name, as in `platform = ".."`.
    pub name: &'static str,
    /// Where it is; empty where the user must say so with `.url(..)`.
    pub url: &'static str,
    /// The settings it comes with: the layer above nova's defaults.
    pub patch: Patch,
    /// What it demands, whatever the settings say.
    pub bounds: Bounds,
    /// Its own request budgets. Empty: only `rate_limit` counts.
    pub pools: &'static [Pool],
    /// Its protocol, as far as it is data: what the defaults of [`Platform`](super::Platform) follow.
    pub wire: &'static Wire,
    /// How a login's life is used up before nova refreshes it: never closer to the end than this.
    pub refresh_margin: Duration,
    /// Whether the venue speaks first: nothing is sent on a connection, a login included, before its
    /// [`Inbound::Hello`](super::Inbound::Hello), and its messages come unasked.
    pub speaks_first: bool,
    /// Where the venue keeps a session beyond its connection, the code with which a link is closed that is to be followed by another.
    /// A Close 1000 of such a venue is not the end.
    pub keeps_session: Option<CloseCode>,
}

impl Spec {
    /// A platform of this name, at this address, with nothing special about it.
    pub const fn new(name: &'static str, url: &'static str) -> Self {
        Self {
            name,
            url,
            patch: Patch::new(),
            bounds: Bounds::new(),
            pools: &[],
            wire: &NOTHING,
            refresh_margin: Duration::ZERO,
            speaks_first: false,
            keeps_session: None,
        }
    }

    /// With these settings.
    pub const fn patch(mut self, patch: Patch) -> Self {
        self.patch = patch;
        self
    }

    /// With these demands.
    pub const fn bounds(mut self, bounds: Bounds) -> Self {
        self.bounds = bounds;
        self
    }

    /// With these request budgets.
    pub const fn pools(mut self, pools: &'static [Pool]) -> Self {
        self.pools = pools;
        self
    }

    /// With this protocol.
    pub const fn wire(mut self, wire: &'static Wire) -> Self {
        self.wire = wire;
        self
    }

    /// Logins are refreshed at least this long before they end.
    pub const fn refresh_margin(mut self, margin: Duration) -> Self {
        self.refresh_margin = margin;
        self
    }

    /// The venue speaks first.
    pub const fn speaks_first(mut self) -> Self {
        self.speaks_first = true;
        self
    }

    /// Sessions outlive their connection where that is closed with this code.
    pub const fn keeps_session(mut self, code: CloseCode) -> Self {
        self.keeps_session = Some(code);
        self
    }
}

/// A budget of requests, as a venue documents it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pool {
    pub(crate) name: &'static str,
    pub(crate) refill: Refill,
}

impl Pool {
    /// At most `capacity` at once, and what comes back of it continuously.
    pub const fn steady(name: &'static str, capacity: u32, refill: Rate) -> Self {
        Self { name, refill: Refill::Steady { capacity, refill } }
    }

    /// At most so much in any window of its length.
    pub const fn sliding(name: &'static str, limit: Rate) -> Self {
        Self { name, refill: Refill::Sliding(limit) }
    }

    /// So much in each window, all of which comes back when it ends. A window begins with the first request after the last one
    /// ended, and ends when the venue says so ([`LimitNews::Remaining`](super::LimitNews)).
    pub const fn fixed(name: &'static str, limit: Rate) -> Self {
        Self { name, refill: Refill::Fixed(limit) }
    }

    /// What it is for, in errors.
    pub const fn name(&self) -> &'static str {
        self.name
    }
}

impl fmt::Display for Pool {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.refill {
            Refill::Steady { capacity, refill } => write!(f, "{} {capacity} at once, {refill}", self.name),
            Refill::Sliding(limit) => write!(f, "{} {limit} in any window", self.name),
            Refill::Fixed(limit) => write!(f, "{} {limit} in each window", self.name),
        }
    }
}

/// What a platform may use to make a login.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct LoginContext<'a> {
    /// The time of day.
    pub clock: &'a dyn Clock,
    /// 64 random bits from the system, new each time.
    pub nonce: u64,
}

impl<'a> LoginContext<'a> {
    /// A clock and 64 random bits.
    pub fn new(clock: &'a dyn Clock, nonce: u64) -> Self {
        Self { clock, nonce }
    }
}
