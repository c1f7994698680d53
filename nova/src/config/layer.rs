//! Laying patches over each other, and remembering where each value came from.

use std::fmt::{self, Write as _};

use super::{
    bounds::Bounds,
    check,
    keys::{Config, KEYS, Patch},
    suggest,
};
use crate::{Error, Result};

/// Where a value came from. Later ones win.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Layer {
    /// nova's own default.
    #[default]
    Default,
    /// The platform.
    Platform,
    /// The profile.
    Profile,
    /// The strategy.
    Strategy,
    /// The attribute on the struct.
    Attribute,
    /// A file or the environment: what a [`ConfigProvider`](crate::ConfigProvider) read.
    Provider,
    /// The builder.
    Builder,
    /// `configure`, while the client ran.
    Runtime,
}

impl fmt::Display for Layer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Default => "default",
            Self::Platform => "platform",
            Self::Profile => "profile",
            Self::Strategy => "strategy",
            Self::Attribute => "attribute",
            Self::Provider => "file or environment",
            Self::Builder => "builder",
            Self::Runtime => "configure",
        })
    }
}

/// Where the value of one key came from.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Origin {
    pub(super) layer: Layer,
    pub(super) bound: Option<Bound>,
}

/// What a venue demanded of a value.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Bound {
    /// What the layers had asked for.
    pub asked: String,
    /// The venue's demand, in words.
    pub demand: &'static str,
}

/// Where a value came from: the answer of [`Config::explain`].
///
/// Printed as `heartbeat.interval = 30s (attribute asked for 2m; the venue wants a heartbeat at least this often)`.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Explained {
    /// The key.
    pub key: &'static str,
    /// Its value, as it would be written in a file.
    pub value: String,
    /// The layer that set it.
    pub layer: Layer,
    /// The venue's demand that changed what the layers had asked for.
    pub bound: Option<Bound>,
}

impl fmt::Display for Explained {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { key, value, layer, bound } = self;
        match bound {
            None => write!(f, "{key} = {value} ({layer})"),
            Some(Bound { asked, demand }) => write!(f, "{key} = {value} ({layer} asked for {asked}; {demand})"),
        }
    }
}

impl Config {
    /// Lays `layers` over the defaults, in the order of [`Layer`] whatever their order in the slice (of two of the same layer
    /// the later wins), checks the outcome, and applies what the venue demands.
    ///
    /// ```
    /// use nova::{Bounds, Config, Layer, Patch, Profile, profile::Financial};
    ///
    /// let mine = Patch::new().set("reconnect.max_delay", "10s")?;
    /// let config = Config::resolve(&[(Layer::Profile, Financial::PATCH), (Layer::Attribute, mine)], &Bounds::new())?;
    /// assert_eq!(config.explain("reconnect.max_delay")?.to_string(), "reconnect.max_delay = 10s (attribute)");
    /// assert_eq!(config.explain("reconnect.jitter")?.to_string(), "reconnect.jitter = 0.25 (profile)");
    /// # Ok::<(), nova::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`Error::Config`], naming the key, its value and the layer that set it.
    pub fn resolve(layers: &[(Layer, Patch)], bounds: &Bounds) -> Result<Self> {
        let mut config = Self::layered(layers);
        if let Some(problem) = check::problem(&config.as_patch()) {
            let Explained { value, layer, .. } = config.explain(problem.field)?;
            let mut reason = format!("it {} (it is {value}, by the layer: {layer}", problem.reason);
            if let Some(other) = problem.with {
                let Explained { value, layer, .. } = config.explain(other)?;
                let _ = write!(reason, "; {other} is {value}, by the layer: {layer}");
            }
            reason.push(')');
            return Err(Error::config(problem.field, reason));
        }
        bounds.apply(&mut config);
        Ok(config)
    }

    /// The layers as they are, unchecked: what a strategy looks at to make its own.
    pub(crate) fn layered(layers: &[(Layer, Patch)]) -> Self {
        let mut layers: Vec<&(Layer, Patch)> = layers.iter().collect();
        layers.sort_by_key(|(layer, _)| *layer);
        let mut config = Self::default();
        for (layer, patch) in layers {
            config.apply(*layer, patch);
        }
        config
    }

    /// Where the value of `key` (as in `"reconnect.max_delay"`) came from.
    ///
    /// # Errors
    /// [`Error::Config`] if there is no such key, with the nearest that exists.
    pub fn explain(&self, key: &str) -> Result<Explained> {
        let index = KEYS.iter().position(|known| *known == key).ok_or_else(|| suggest::unknown_key(key))?;
        let Origin { layer, bound } = self.origins[index].clone();
        Ok(Explained { key: KEYS[index], value: self.text(index), layer, bound })
    }
}
