//! nova: an annotated struct becomes a complete, resilient WebSocket client.

extern crate self as nova;

mod auth;
mod base64;
mod behaviour;
pub mod book;
mod client;
pub mod cluster;
pub mod codec;
mod conceal;
mod config;
mod connect;
mod context;
pub mod describe;
mod error;
mod flow;
mod frame;
mod handle;
mod macros;
mod message;
pub mod platform;
mod printable;
mod reconnect;
mod scan;
mod seed;
mod sequence;
mod session;
mod shared;
mod state;
mod telemetry;
#[cfg(feature = "test")]
pub mod test;
mod time;
mod transport;
mod verdict;

pub use config::{
    Attempts, Backoff, Bound, Bounds, Change, Changes, Config, ConfigProvider, Effect, Explained, Layer, LimitMode,
    OnPanics, Overflow, ParseValueError, Patch, Placement, Profile, Rate, SendPolicy, TelemetryLevel, Traits, patch,
    profile, provider, settings,
};
pub use error::{Error, ErrorClass, Outcome, Result};
pub use frame::{Close, CloseCode, Frame, Text};
pub use reconnect::{Circuit, Failure, Stop, Strategy, Trip, Verdict, strategy};
pub use time::{Clock, Suspension, SystemClock};

pub use auth::{AuthResponse, Credentials, SecretsManager, TokenState, secrets};
pub use behaviour::{
    AuthHandler, BackpressureHandler, ClusterAware, ConnectionHandler, ErrorHandler, Handlers, HeartbeatHandler,
    MessageHandler, RateLimitHandler, SubscriptionHandler,
};
pub use client::Client;
pub use cluster::{ClusterEngine, ClusterUpdate, NodeTransition, StateSnapshot};
pub use codec::Codec;
pub use connect::{Connect, connect};
pub use context::{Answer, Batch, Context, Inherited, InheritedLent, InheritedView, Lent, View};
pub use describe::Description;
pub use flow::{Priority, SharedLimiter};
pub use handle::{Handle, StateWatch, Subscribed, TopicStream};
pub use macros::{Message, Platform, Profile, client, rpc, test};
pub use message::{
    Arguments, Dropped, Envelope, Field, Gap, GapCause, Item, Message, On, Outgoing, Params, Raw, Topic, TopicState,
    TopicStatus, Wanted, channel,
};
pub use platform::{
    Continuity, Dial, Fetch, Fetched, Heartbeat, Inbound, Incoming, Inquiry, LimitNews, LoginContext, Platform,
    PlatformSpec, Pool, Presence, PresenceNews, Spec, SubscriptionResponse,
};
/// The secret halves of [`Credentials`], and how a platform of one's own reads them.
pub use secrecy::{ExposeSecret, SecretString};
pub use session::Address;
pub use state::{Cause, Closed, ConnectionInfo, Disconnect, State, Transition};
pub use telemetry::{
    Event, EventGroup, Events, Happening, Measurement, MessageEvent, MetricsCollector, Record, Request, Statistics,
    Trace, log, metrics,
};
#[cfg(feature = "tls")]
pub use transport::Tls;
pub use transport::{
    BoxFuture, BoxStream, ByteStream, Dialer, Endpoint, FnDialer, MemoryDialer, MemoryListener, Tcp, dialer, memory,
};
pub use verdict::{Admission, Beat, Flow, Limited, LimiterView, Pressure, QueueView, Reconnect, Recovery, Resync};
