//! The table that `#[nova::client(..)]` writes: which types and constants make up a client. It names types and never a session.

use std::{
    any::{TypeId, type_name},
    sync::Arc,
};

use crate::{
    cluster::ClusterEngine,
    codec::Codec,
    config::{Config, Layer, Patch, Profile},
    describe::{self, Asked, Description, Made, Service},
    error::Error,
    message::Message,
    platform::{Platform, PlatformSpec},
    reconnect::{Decisions, Strategy},
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

    /// The cluster engine of the attribute; the builder's `.cluster(..)` wins.
    fn cluster() -> Option<Arc<dyn ClusterEngine>> {
        None
    }

    /// What this client is made of and does, and where each of its settings comes from: print it. Of a client that is about to
    /// start, or runs, its builder and its handle tell the same with their own settings.
    fn describe() -> Description
    where
        Self::Platform: Default,
    {
        let settings = describe::settings(&layers::<Self>(), &Self::Platform::SPEC.bounds);
        described::<Self>(services::<Self>(Self::cluster().as_deref()), settings)
    }
}

/// The layers of settings that a client's table stands for.
pub(crate) fn layers<C: Client>() -> Vec<(Layer, Patch)> {
    let mut layers = vec![(Layer::Platform, C::Platform::SPEC.patch), (Layer::Profile, C::Profile::PATCH)];
    let strategy = C::Strategy::patch(&Config::layered(&layers));
    layers.extend([(Layer::Strategy, strategy), (Layer::Attribute, C::PATCH)]);
    layers
}

/// What a client uses, for its description.
pub(crate) fn services<C: Client>(cluster: Option<&dyn ClusterEngine>) -> Vec<Service> {
    let inherited = TypeId::of::<C::Codec>() == TypeId::of::<<C::Platform as PlatformSpec>::Codec>();
    let codec = format!("{}, {}", C::Codec::NAME, if inherited { "the platform's" } else { "the client's own" });
    vec![Service::new("codec", codec), Service::given("cluster", cluster, "the client works alone")]
}

/// A client's description, with these services and settings.
pub(crate) fn described<C: Client<Platform: Default>>(
    services: Vec<Service>,
    settings: (Config, Option<Error>),
) -> Description {
    let made = Made {
        client: C::NAME,
        overrides: C::OVERRIDES,
        platform: Asked::of::<C::Platform>(),
        profile: (C::Profile::NAME, C::Profile::TRAITS),
        strategy: (C::Strategy::NAME, Decisions::of::<C::Strategy>()),
        message: type_name::<C::Message>(),
        services,
    };
    Description::new(made, settings)
}
