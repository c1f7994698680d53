//! What a client that starts has of a cluster: its place in it, and the limits it shares there.

use super::Connect;
use crate::{
    client::Client,
    cluster::{Account, ClusterEngine, Membership},
    config::{Config, Profile},
    flow::SharedLimiter,
    platform::PlatformSpec,
};

impl<C: Client> Connect<C> {
    /// The limits that this client's account has in the cluster, where there is one and the profile shares them.
    pub(super) fn cluster_limits(&self, config: &Config) -> Option<SharedLimiter> {
        let engine = self.cluster.as_deref().filter(|_| config.cluster.enabled && C::Profile::TRAITS.shared_limits)?;
        if self.credentials.is_none() && (self.secrets.is_some() || C::secrets().is_some()) {
            tracing::info!(
                target: "nova::cluster", client = C::NAME,
                "whose account it is, only the secrets manager knows: the limits are this client's own (or give `share_limits`)",
            );
            return None;
        }
        let spec = &C::Platform::SPEC;
        let address = self.url.as_deref().unwrap_or(spec.url);
        engine.limits(&Account::new(spec.name, address, self.credentials.as_ref()))
    }
}

/// Joins the cluster, where there is one and the settings want it.
pub(super) fn join<C: Client>(engine: Option<&dyn ClusterEngine>, config: &Config) -> Option<Membership> {
    match (engine, config.cluster.enabled) {
        (Some(engine), true) => {
            tracing::info!(
                target: "nova::cluster", client = C::NAME, strategy = %config.cluster.strategy,
                "the cluster places no work: each node keeps what it was given, whatever `cluster.strategy` says",
            );
            let id: u32 = rand::random();
            Some(engine.join(C::NAME, format!("{}-{id:08x}", C::NAME).into()))
        }
        (None, true) => {
            tracing::info!(
                target: "nova::cluster", client = C::NAME,
                "the profile shares work over a cluster, but there is no engine: this client works alone",
            );
            None
        }
        (_, false) => None,
    }
}
