//! The table that `#[nova::client(..)]` writes: which types and constants make up a client. It names types and never a session.

mod told;

pub(crate) use told::{Services, described, layers};

use std::sync::Arc;

use crate::{
    auth::SecretsManager,
    cluster::ClusterEngine,
    codec::Codec,
    config::{ConfigProvider, Patch, Profile},
    describe::Description,
    message::Message,
    platform::Platform,
    reconnect::Strategy,
    telemetry::MetricsCollector,
};

/// What a client is made of. `#[nova::client(..)]` writes it.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no client",
    note = "put `#[nova::client(platform = \"..\")]` on the struct"
)]
pub trait Client: Sized + 'static {
    /// The struct's name, for logs and events.
    const NAME: &'static str;
    /// The behaviours that the user implements; all others are inherited.
    const OVERRIDES: &'static [&'static str];
    /// The settings in the attribute.
    const PATCH: Patch;
    /// The keys of the services that are the builder's to give: `config(Mine, builder)`. Without one the client is not started.
    const REQUIRED: &'static [&'static str] = &[];
    /// What the venue speaks.
    type Platform: Platform;
    /// What the client is for.
    type Profile: Profile;
    /// Whether it comes back.
    type Strategy: Strategy;
    /// What `handle_message` gets.
    type Message: Message;
    /// How values become frames.
    type Codec: Codec;

    /// The codec of the attribute or the platform; the builder's `.codec(..)` wins, and is needed where this is none.
    fn codec() -> Option<Self::Codec> {
        None
    }

    /// The config provider of the attribute; the builder's `.config(..)` wins.
    fn config() -> Option<Arc<dyn ConfigProvider>> {
        None
    }

    /// The secrets manager of the attribute; the builder's `.secrets(..)` and `.credentials(..)` win.
    fn secrets() -> Option<Arc<dyn SecretsManager>> {
        None
    }

    /// The metrics collector of the attribute; the builder's `.metrics(..)` wins.
    fn metrics() -> Option<Arc<dyn MetricsCollector>> {
        None
    }

    /// The cluster engine of the attribute; the builder's `.cluster(..)` wins.
    fn cluster() -> Option<Arc<dyn ClusterEngine>> {
        None
    }

    /// What this client is made of and does, and where each of its settings comes from: print it. Asks the attribute's config provider,
    /// and dials nothing. Of a client that is about to start, or runs, its builder and its handle tell the same with their own settings.
    fn describe() -> Description
    where
        Self::Platform: Default,
    {
        let services = Services::of_attribute::<Self>();
        let (layers, unread) = layers::<Self>(services.config.as_deref(), &Patch::new());
        let (config, refused) = layers.told();
        described::<Self>(services.told::<Self>(), (config, unread.or(refused)))
    }
}
