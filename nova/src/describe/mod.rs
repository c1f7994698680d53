//! A client told: what it is made of, what each callback does that it does not override, and where each setting came from.
//!
//! Nothing of it is kept by hand where it could go stale: settings are asked of the resolved configuration, the platform and the
//! strategy are asked what they would send and decide. A client that cannot start is told as well, with the reason.

mod behaviours;
mod facts;
mod platform;
mod report;

pub(crate) use platform::Asked;

use std::fmt;

use crate::{
    config::{Config, Explained, Traits},
    error::Error,
    reconnect::Decisions,
};
use facts::Facts;

/// What a client is made of and does. Printed, it is a report for people; its fields are the same for programs.
///
/// ```
/// #[nova::client(platform = "echo", heartbeat(interval = "5s"))]
/// struct Desk;
///
/// use nova::Client;
/// let told = Desk::describe();
/// assert_eq!((told.client, told.platform, told.profile), ("Desk", "echo", "standard"));
/// assert_eq!(told.callback("interval").unwrap().inherited, "5s (attribute)");
/// println!("{told}");
/// ```
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Description {
    /// The client's name.
    pub client: &'static str,
    /// The platform's name.
    pub platform: &'static str,
    /// The platform's address, as its constants have it; empty where it has none of its own.
    pub address: &'static str,
    /// The profile's name.
    pub profile: &'static str,
    /// What the profile is beside its settings: the names of [`Traits`] that it has.
    pub traits: Vec<&'static str>,
    /// The strategy's name.
    pub strategy: &'static str,
    /// The type of its messages, without the paths.
    pub message: String,
    /// What it uses, one for each key of a service.
    pub services: Vec<Service>,
    /// What happens in it: the nine behaviours, in the order of the documentation.
    pub behaviours: Vec<Behaviour>,
    /// Every setting, in the order of [`Config::keys`].
    pub settings: Vec<Explained>,
    /// Why a client of these settings cannot start, if it cannot. The settings are then as the layers have them.
    pub problem: Option<Error>,
}

/// A service of a client.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Service {
    /// Its key in the attribute.
    pub key: &'static str,
    /// What it is.
    pub what: String,
}

impl Service {
    pub(crate) fn new(key: &'static str, what: impl Into<String>) -> Self {
        Self { key, what: what.into() }
    }

    /// A service that is a value of some type, or is not there. Of its `Debug` only the first word is told, which is its type.
    pub(crate) fn given(key: &'static str, value: Option<&(impl fmt::Debug + ?Sized)>, without: &str) -> Self {
        let Some(value) = value else { return Self::new(key, format!("none: {without}")) };
        let text = format!("{value:?}");
        let word = text.split(|c: char| !(c.is_alphanumeric() || c == '_')).next().unwrap_or_default();
        Self::new(key, if word.is_empty() { "one of your own" } else { word })
    }
}

/// A behaviour of a client.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Behaviour {
    /// The name of its trait.
    pub name: &'static str,
    /// Whether the client implements it (`overrides(..)`). Which of its callbacks the `impl` has is not known at run time.
    pub overridden: bool,
    /// Its callbacks.
    pub callbacks: Vec<Callback>,
}

/// A callback of a behaviour.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Callback {
    /// Its name.
    pub name: &'static str,
    /// What happens where the client does not override it; with an override, what its `inherited()` does.
    pub inherited: String,
}

/// What a client is made of: the types of its table, as values.
pub(crate) struct Made {
    pub(crate) client: &'static str,
    pub(crate) overrides: &'static [&'static str],
    pub(crate) platform: Asked,
    pub(crate) profile: (&'static str, Traits),
    pub(crate) strategy: (&'static str, Decisions),
    pub(crate) message: &'static str,
    pub(crate) services: Vec<Service>,
}

impl Description {
    /// A client made of these, with these settings, and why it cannot start with them.
    pub(crate) fn new(made: Made, (config, problem): (Config, Option<Error>)) -> Self {
        let facts = Facts { made: &made, config: &config };
        Self {
            client: made.client,
            platform: made.platform.name,
            address: made.platform.address,
            profile: made.profile.0,
            traits: made.profile.1.names(),
            strategy: made.strategy.0,
            message: without_paths(made.message),
            behaviours: behaviours::told(&facts),
            settings: Config::keys().iter().filter_map(|key| config.explain(key).ok()).collect(),
            services: made.services,
            problem,
        }
    }

    /// The callback of this name.
    pub fn callback(&self, name: &str) -> Option<&Callback> {
        self.behaviours.iter().flat_map(|behaviour| &behaviour.callbacks).find(|callback| callback.name == name)
    }
}

/// `alloc::vec::Vec<desk::Feed>` → `Vec<Feed>`.
fn without_paths(name: &str) -> String {
    let mut told = String::new();
    let mut from = 0;
    for (at, letter) in name.char_indices() {
        if !(letter.is_alphanumeric() || letter == '_') {
            if letter != ':' {
                told.push_str(&name[from..at]);
                told.push(letter);
            }
            from = at + letter.len_utf8();
        }
    }
    told + &name[from..]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_type_is_named_as_a_user_writes_it() {
        for (full, short) in [
            ("nova::message::raw::Raw", "Raw"),
            ("Feed", "Feed"),
            ("alloc::vec::Vec<desk::feed::Feed>", "Vec<Feed>"),
            ("(a::B, core::option::Option<c::D<[u8; 4]>>)", "(B, Option<D<[u8; 4]>>)"),
        ] {
            assert_eq!(without_paths(full), short);
        }
    }
}
