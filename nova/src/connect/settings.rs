//! The settings that a client starts with: layered, or described with what is wrong with them.

use super::Connect;
use crate::{
    client::{Client, Services, described, layers},
    config::{Config, Layer, Layers},
    describe::{Description, Service},
    error::{Error, Result},
};

impl<C: Client> Connect<C> {
    /// The settings, with what an earlier run of the client has kept; or without, where that cannot be used any more, and why.
    pub(super) fn resolve(&self) -> Result<(Layers, Config, Option<Error>)> {
        let (layers, unread) = layers::<C>(self.config.as_deref(), &self.patch);
        unread.map_or(Ok(()), Err)?;
        let Some(persistence) = &self.persistence else {
            let config = layers.resolve()?;
            return Ok((layers, config, None));
        };
        let kept = persistence.load().and_then(|patch| {
            let layers = layers.clone().with(Layer::Runtime, &patch);
            layers.resolve().map(|config| (layers, config))
        });
        match kept {
            Ok((layers, config)) => Ok((layers, config, None)),
            Err(error) => {
                let config = layers.resolve()?;
                Ok((layers, config, Some(persistence.set_aside(&error))))
            }
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
        described::<C>(self.services(), (config, problem))
    }

    pub(super) fn services(&self) -> Vec<Service> {
        let services = Services {
            credentials: self.credentials.is_some(),
            config: self.config.clone(),
            secrets: self.secrets.clone().or_else(C::secrets),
            metrics: self.metrics.clone(),
            cluster: self.cluster.clone(),
        };
        services.told::<C>()
    }
}
