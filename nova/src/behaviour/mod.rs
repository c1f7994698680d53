//! The behaviours: what happens in a client, as traits whose every callback has a default.
//!
//! A default asks what the platform, the profile and the strategy would do (`cx.inherited()`). To change one callback, name its
//! trait in `overrides(..)` and implement just that method. Three kinds of callback:
//!
//! * **async, with `&mut self` and `cx`**: may wait; the engine goes on behind it, messages wait their turn.
//! * **decisions, without `self`**: taken at once, even while another callback is pending. They see `view` (the platform and the
//!   settings) or are `lent` the platform's state.
//! * **sync, with `&mut self` and `lent`**: need the client, and so wait for a pending callback.

mod auth;
mod backpressure;
mod cluster;
mod connection;
mod error;
mod heartbeat;
mod message;
mod rate_limit;
mod subscription;

pub use auth::AuthHandler;
pub use backpressure::BackpressureHandler;
pub use cluster::ClusterAware;
pub use connection::ConnectionHandler;
pub use error::ErrorHandler;
pub use heartbeat::HeartbeatHandler;
pub use message::MessageHandler;
pub use rate_limit::RateLimitHandler;
pub use subscription::SubscriptionHandler;

use crate::client::Client;

/// All behaviours at once: a bound for what is generic over clients. `connect` spells them out, so that users read which one is missing.
pub trait Handlers:
    Client
    + ConnectionHandler
    + MessageHandler
    + SubscriptionHandler
    + AuthHandler
    + ErrorHandler
    + HeartbeatHandler
    + RateLimitHandler
    + BackpressureHandler
    + ClusterAware
{
}

impl<C> Handlers for C where
    C: Client
        + ConnectionHandler
        + MessageHandler
        + SubscriptionHandler
        + AuthHandler
        + ErrorHandler
        + HeartbeatHandler
        + RateLimitHandler
        + BackpressureHandler
        + ClusterAware
{
}
