//! What a client's table says, as values: its settings, its services, its description.

use std::{
    any::{TypeId, type_name},
    sync::Arc,
};

use super::Client;
use crate::{
    auth::SecretsManager,
    cluster::ClusterEngine,
    codec::Codec,
    config::{Config, ConfigProvider, Layer, Layers, Patch, Profile},
    describe::{Asked, Description, Made, Service},
    error::Error,
    platform::PlatformSpec,
    reconnect::{Decisions, Strategy},
    telemetry::MetricsCollector,
};

/// The layers of a client's settings, with what this provider reads and the builder says; and why the provider could not.
pub(crate) fn layers<C: Client>(provider: Option<&dyn ConfigProvider>, builder: &Patch) -> (Layers, Option<Error>) {
    let mut layers = vec![(Layer::Platform, C::Platform::SPEC.patch), (Layer::Profile, C::Profile::PATCH)];
    layers.push((Layer::Strategy, C::Strategy::patch(&Config::layered(&layers))));
    layers.push((Layer::Attribute, C::PATCH));
    let loaded = provider.map(ConfigProvider::load).transpose();
    if let Ok(Some(patch)) = loaded {
        layers.push((Layer::Provider, patch));
    }
    layers.push((Layer::Builder, *builder));
    (Layers::new(layers, C::Platform::SPEC.bounds), loaded.err())
}

/// The services of a client that are values.
pub(crate) struct Services {
    /// Whether the builder has what to log in with, and no manager is asked.
    pub(crate) credentials: bool,
    pub(crate) config: Option<Arc<dyn ConfigProvider>>,
    pub(crate) secrets: Option<Arc<dyn SecretsManager>>,
    pub(crate) metrics: Option<Arc<dyn MetricsCollector>>,
    pub(crate) cluster: Option<Arc<dyn ClusterEngine>>,
}

impl Services {
    /// Those that the attribute makes.
    pub(crate) fn of_attribute<C: Client>() -> Self {
        Self {
            credentials: false,
            config: C::config(),
            secrets: C::secrets(),
            metrics: C::metrics(),
            cluster: C::cluster(),
        }
    }

    /// All of them, in the order of the documentation.
    pub(crate) fn told<C: Client>(&self) -> Vec<Service> {
        let inherited = TypeId::of::<C::Codec>() == TypeId::of::<<C::Platform as PlatformSpec>::Codec>();
        let codec = format!("{}, {}", C::Codec::NAME, if inherited { "the platform's" } else { "the client's own" });
        let without = |key, otherwise| {
            if C::REQUIRED.contains(&key) { "the builder has to give it" } else { otherwise }
        };
        let secrets = if self.credentials {
            Service::new("secrets", "the builder's credentials")
        } else {
            Service::given("secrets", self.secrets.as_deref(), without("secrets", "no login without credentials"))
        };
        vec![
            Service::new("codec", codec),
            Service::given("config", self.config.as_deref(), without("config", "nothing is read from outside")),
            secrets,
            Service::given("metrics", self.metrics.as_deref(), without("metrics", "nothing is collected")),
            Service::given("cluster", self.cluster.as_deref(), without("cluster", "the client works alone")),
        ]
    }
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
