//! The layers of one client, kept so that one of them can change while it runs.

use super::{
    bounds::Bounds,
    change::{Change, Changes, Effect, effect},
    check,
    keys::{Config, Patch},
    layer::Layer,
};
use crate::{Error, Result};

/// The layers of one client.
#[derive(Clone, Debug)]
pub(crate) struct Layers {
    patches: Vec<(Layer, Patch)>,
    bounds: Bounds,
}

impl Layers {
    pub(crate) fn new(patches: Vec<(Layer, Patch)>, bounds: Bounds) -> Self {
        Self { patches, bounds }
    }

    pub(crate) fn resolve(&self) -> Result<Config> {
        Config::resolve(&self.patches, &self.bounds)
    }

    /// The settings; where they cannot be, as the layers have them, and the reason.
    pub(crate) fn told(&self) -> (Config, Option<Error>) {
        match self.resolve() {
            Ok(config) => (config, None),
            Err(problem) => (Config::layered(&self.patches), Some(problem)),
        }
    }

    /// What one layer says.
    pub(crate) fn patch(&self, layer: Layer) -> Patch {
        self.patches.iter().find(|(of, _)| *of == layer).map_or(Patch::new(), |(_, patch)| *patch)
    }

    /// The same with another patch for a layer.
    pub(crate) fn with(mut self, layer: Layer, patch: &Patch) -> Self {
        self.patches.retain(|(of, _)| *of != layer);
        self.patches.push((layer, *patch));
        self
    }

    /// What becomes of each key that `named` names, or that moves otherwise, if `patch` takes the place of a layer; and the layers and
    /// settings then.
    ///
    /// # Errors
    /// [`Error::Config`] beside the answer, where a key is rejected.
    pub(crate) fn plan(
        &self,
        layer: Layer,
        patch: &Patch,
        named: &Patch,
        now: &Config,
    ) -> (Changes, Result<(Self, Config)>) {
        let next = self.clone().with(layer, patch);
        match next.resolve() {
            Ok(config) => (changes(named, now, &config), Ok((next, config))),
            Err(error) => (self.rejections(layer, patch, named, now), Err(error)),
        }
    }

    /// The same where the settings cannot be: every key that is to blame, and what the others would have come to.
    fn rejections(&self, layer: Layer, patch: &Patch, named: &Patch, now: &Config) -> Changes {
        let mut next = self.clone().with(layer, patch);
        let mut rejected = Vec::new();
        let possible = loop {
            let (field, reason) = match next.resolve() {
                Err(Error::Config { field, reason }) => (field, reason),
                settled => break settled.ok(),
            };
            // Of two keys that do not go together the one that was named is to blame.
            let other = check::problem(&Config::layered(&next.patches).as_patch()).and_then(|problem| problem.with);
            let entries = next.patch(layer).entries();
            let to_blame = |key: &str| entries.iter().find(|(known, _)| *known == key).cloned();
            let Some((key, text)) = to_blame(&field).or_else(|| to_blame(other?)) else { break None };
            rejected.push((key, text, format!("`{field}` {reason}")));
            let rest = next.patch(layer).without(key);
            next = next.with(layer, &rest);
        };
        let mut changes = changes(named, now, possible.as_ref().unwrap_or(now));
        for (key, text, reason) in rejected {
            if let Some(change) = changes.keys.iter_mut().find(|change| change.key == key) {
                (change.to, change.effect) = (text, Effect::Rejected(reason));
            }
        }
        changes
    }
}

/// The keys that `patch` names or that differ otherwise.
fn changes(patch: &Patch, from: &Config, to: &Config) -> Changes {
    let named: Vec<_> = patch.entries().into_iter().map(|(key, _)| key).collect();
    let of = |config: &Config, key| config.explain(key).ok();
    let keys = Config::keys().iter().filter_map(|key| {
        let (before, after) = (of(from, key)?, of(to, key)?);
        let differs = before.value != after.value;
        let effect = if differs { effect(key) } else { Effect::Unchanged };
        (differs || named.contains(key)).then(|| Change {
            key,
            from: before.value,
            to: after.value.clone(),
            effect,
            explained: after,
        })
    });
    Changes { keys: keys.collect() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn patch(entries: &[(&str, &str)]) -> Patch {
        entries.iter().fold(Patch::new(), |patch, (key, text)| patch.set(key, text).unwrap())
    }

    fn planned(named: &[(&str, &str)]) -> String {
        let builder = patch(&[("heartbeat.timeout", "4s")]);
        let bounds = Bounds::new().heartbeat(std::time::Duration::from_secs(30));
        let layers = Layers::new(vec![(Layer::Builder, builder)], bounds);
        let now = layers.resolve().unwrap();
        let (changes, settled) = layers.plan(Layer::Runtime, &patch(named), &patch(named), &now);
        assert_eq!(settled.is_err(), changes.is_rejected());
        changes.to_string()
    }

    #[test]
    fn each_key_is_told_when_it_takes_effect() {
        let told = planned(&[
            ("reconnect.jitter", "0.5"),
            ("connection.timeout", "3s"),
            ("heartbeat.interval", "2m"),
            ("heartbeat.timeout", "4s"),
            ("cluster.enabled", "true"),
        ]);
        assert_eq!(
            told,
            "reconnect.jitter: 0 → 0.5, applied\n\
             connection.timeout: 10s → 3s, from the next connection on\n\
             heartbeat.interval = 30s (configure asked for 2m; the venue wants a heartbeat at least this often) stays\n\
             heartbeat.timeout = 4s (configure) stays\n\
             cluster.enabled: false → true, when the client is started anew"
        );
    }

    #[test]
    fn every_bad_key_is_named_and_only_those() {
        let told = planned(&[
            ("reconnect.jitter", "1.5"),
            ("reconnect.max_delay", "10ms"),
            ("reconnect.max_attempts", "3"),
            ("heartbeat.missed", "0"),
        ]);
        let lines: Vec<_> = told.lines().collect();
        assert_eq!(lines.len(), 4, "{told}");
        assert_eq!(lines[0], "reconnect.max_attempts: 10 → 3, applied");
        let rejected = [
            "reconnect.max_delay: 1m → 10ms, rejected",
            "reconnect.jitter: 0 → 1.5, rejected",
            "heartbeat.missed: 1 → 0, rejected",
        ];
        for (line, start) in lines[1..].iter().zip(rejected) {
            assert!(line.starts_with(start), "{line}");
        }
    }
}
