//! nova: an annotated struct becomes a complete, resilient WebSocket client.

extern crate self as nova;

mod config;
mod error;
mod frame;
mod time;

pub use config::{
    Attempts, Backoff, Bound, Bounds, Config, ConfigProvider, Environment, Explained, Layer, LimitMode, Overflow,
    ParseValueError, Patch, Placement, Profile, Rate, SendPolicy, TelemetryLevel, Traits, patch, profile, settings,
};
pub use error::{Error, ErrorClass, Outcome, Result};
pub use frame::{Close, CloseCode, Frame, Text};
pub use time::{Clock, SystemClock};
