//! The settings: one table of keys, and the layers that fill it.
//!
//! A setting is named once, in [`keys`]; the struct that holds it, the patch that changes it, its text form and its place in
//! `explain` all come from that line. A layer is a [`Patch`]; [`Config::resolve`] lays the layers over each other and remembers
//! for each value which of them it came from.

#[macro_use]
mod macros;

mod bounds;
mod change;
mod check;
mod common;
mod file;
mod keys;
mod kinds;
mod layer;
mod layers;
mod persist;
pub mod profile;
pub mod provider;
mod suggest;
#[cfg(test)]
mod tests;
mod value;

pub use bounds::Bounds;
pub use change::{Change, Changes, Effect};
pub(crate) use common::{Settled, common};
pub use keys::{Config, Patch, patch, settings};
pub use kinds::{
    Attempts, Backoff, LimitMode, OnPanics, Overflow, ParseValueError, Placement, Rate, SendPolicy, TelemetryLevel,
};
pub use layer::{Bound, Explained, Layer};
pub(crate) use layers::Layers;
pub(crate) use persist::Persistence;
pub use profile::{Profile, Traits};
pub use provider::ConfigProvider;
pub(crate) use value::Value;
