//! What the sentences about inherited callbacks are made of: this client's numbers, each with its layer, and what its platform,
//! profile and strategy answer when they are asked.

use super::Made;
use crate::{
    config::{Config, Layer},
    error::{Error, ErrorClass},
    frame::CloseCode,
    reconnect::{Failure, Verdict},
};

/// A client and its settings.
pub(super) struct Facts<'a> {
    pub(super) made: &'a Made,
    pub(super) config: &'a Config,
}

/// The ends of a connection that a strategy is asked about.
const ENDS: [(&str, ErrorClass, u16); 4] = [
    ("a lost link", ErrorClass::Transient, CloseCode::ABNORMAL.0),
    ("a Close 1000", ErrorClass::Transient, CloseCode::NORMAL.0),
    ("a refused login", ErrorClass::Authentication, CloseCode::POLICY.0),
    ("what cannot heal", ErrorClass::Critical, CloseCode::POLICY.0),
];

const CLASSES: [ErrorClass; 5] = [
    ErrorClass::Transient,
    ErrorClass::Authentication,
    ErrorClass::RateLimited,
    ErrorClass::Platform,
    ErrorClass::Critical,
];

impl Facts<'_> {
    /// The values of these keys, each behind its words, and behind the last of one layer that layer:
    /// `exponential, up to 30s (profile financial), 50 attempts (attribute)`.
    pub(super) fn told(&self, keys: &[(&str, &'static str)]) -> String {
        let mut text = String::new();
        for (at, (words, key)) in keys.iter().enumerate() {
            text.push_str(words);
            text.push_str(&self.value(key));
            let layer = self.layer(key);
            if keys.get(at + 1).is_none_or(|(_, next)| self.layer(next) != layer) {
                text.push_str(" (");
                text.push_str(&layer);
                text.push(')');
            }
        }
        text
    }

    /// A setting's value, as it would be written in a file.
    pub(super) fn value(&self, key: &'static str) -> String {
        self.config.explain(key).map(|explained| explained.value).unwrap_or_default()
    }

    /// Whether any of these keys has a value.
    pub(super) fn any(&self, keys: &[(&str, &'static str)]) -> bool {
        keys.iter().any(|(_, key)| self.value(key) != "off")
    }

    /// Where a setting's value came from: the layer, and whose it is.
    fn layer(&self, key: &'static str) -> String {
        let Ok(explained) = self.config.explain(key) else { return String::new() };
        match (explained.bound, explained.layer) {
            (Some(bound), _) => bound.demand.to_owned(),
            (None, layer @ Layer::Platform) => format!("{layer} {}", self.made.platform.name),
            (None, layer @ Layer::Profile) => format!("{layer} {}", self.made.profile.0),
            (None, layer @ Layer::Strategy) => format!("{layer} {}", self.made.strategy.0),
            (None, layer) => layer.to_string(),
        }
    }

    /// What the strategy does after each end of a connection, as it decides itself.
    pub(super) fn decisions(&self) -> String {
        let (mut again, mut anew, mut never) = (Vec::new(), Vec::new(), Vec::new());
        for (end, class, code) in ENDS {
            let error = Error::closed(CloseCode(code), "");
            let (config, traits) = (self.config, self.made.profile.1);
            let failure = Failure { error: &error, class, attempt: 1, refusals: 1, breaches: 0, config, traits };
            match (self.made.strategy.1.decide)(&failure) {
                Verdict::Retry => again.push(end),
                Verdict::Refresh => anew.push(end),
                Verdict::Stop(_) => never.push(end),
            }
        }
        let groups = [("dials again after ", again), ("with a new login after ", anew), ("ends after ", never)];
        let told = groups.iter().filter(|(_, ends)| !ends.is_empty());
        told.map(|(words, ends)| format!("{words}{}", ends.join(" and "))).collect::<Vec<_>>().join(", ")
    }

    /// The classes of errors that end the client though they ended no connection.
    pub(super) fn intolerable(&self) -> Vec<String> {
        let error = Error::closed(CloseCode::ABNORMAL, "");
        let ends = CLASSES.iter().filter(|class| !(self.made.strategy.1.tolerates)(&error, **class));
        ends.map(ToString::to_string).collect()
    }
}
