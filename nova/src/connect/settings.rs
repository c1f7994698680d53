//! The settings that a client starts with: layered, or described with what is wrong with them.

use std::sync::Arc;

use super::Connect;
use crate::{
    client::{Client, Services, described, layers},
    config::{Layer, Layers, Settled, common},
    describe::Description,
    error::{Error, Result},
};

impl<C: Client> Connect<C> {
    /// The settings, with what an earlier run of the client has kept; or without, where that cannot be used any more, and why.
    pub(super) fn resolve(&self) -> Result<(Settled, Option<Error>)> {
        let read = || {
            let (layers, unread) = layers::<C>(self.config.as_deref(), &self.patch);
            unread.map_or(Ok(layers), Err)
        };
        let settle = |layers: Layers| layers.resolve().map(|config| (Arc::new(layers), Arc::new(config)));
        let Some(persistence) = &self.persistence else {
            let settled = match self.config {
                // It may read something else each time.
                Some(_) => settle(read()?),
                None => common::<C>(&self.patch, || settle(read()?)),
            };
            return settled.map(|settled| (settled, None));
        };
        let layers = read()?;
        match persistence.load().and_then(|kept| settle(layers.clone().with(Layer::Runtime, &kept))) {
            Ok(settled) => Ok((settled, None)),
            Err(error) => settle(layers).map(|settled| (settled, Some(persistence.set_aside(&error)))),
        }
    }

    /// What this client is made of and would do, with the settings of this builder; see [`Description`]. Asks the provider and
    /// reads what was kept, and dials nothing.
    pub fn describe(&self) -> Description
    where
        C::Platform: Default,
    {
        let (mut layers, unread) = layers::<C>(self.config.as_deref(), &self.patch);
        if let Some(kept) = self.persistence.as_ref().and_then(|persistence| persistence.load().ok()) {
            let with = layers.clone().with(Layer::Runtime, &kept);
            // What cannot be used any more is set aside by the start.
            layers = if with.resolve().is_ok() { with } else { layers };
        }
        let (config, refused) = layers.told();
        let problem = unread.or(refused);
        described::<C>(self.services().told::<C>(), (config, problem))
    }

    pub(super) fn services(&self) -> Services {
        Services {
            credentials: self.credentials.is_some(),
            config: self.config.clone(),
            secrets: self.secrets.clone().or_else(C::secrets),
            metrics: self.metrics.clone(),
            cluster: self.cluster.clone(),
        }
    }
}
