//! Settings from outside the program: the seam, and the environment as its first implementation.

use std::fmt;

pub use super::file::File;

use super::keys::{KEYS, Patch};
use crate::{Error, Result, transport::BoxFuture};

/// Where a client's settings come from beside its code: a file, a service, the environment.
///
/// Asked once before the first connection. What it returns lies over the attribute and under the builder's `.configure(..)`. Give one
/// by `config = ".."` or the builder's `.config(..)`.
///
/// ```
/// use nova::{ConfigProvider, Patch};
///
/// #[derive(Debug)]
/// struct Fixed;
///
/// impl ConfigProvider for Fixed {
///     fn load(&self) -> nova::Result<Patch> {
///         Patch::new().set("heartbeat.interval", "5s")
///     }
/// }
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no config provider",
    note = "name a built-in one (`config = \"environment\"`), or implement `nova::ConfigProvider` for it"
)]
pub trait ConfigProvider: fmt::Debug + Send + Sync + 'static {
    /// Reads the settings. Called on the task that connects: it should not block for long.
    ///
    /// # Errors
    /// Whatever makes the settings unusable; nothing is dialled then.
    fn load(&self) -> Result<Patch>;

    /// Resolves with the settings anew once they have changed: they take the place of what was read before. Asked when the client
    /// starts, and again each time it has resolved; polled by the client's task, which it must not block. `None`, the default, is a
    /// provider that never changes.
    ///
    /// # Errors
    /// What cannot be read, and what does not validate, leaves the settings as they are and is told as an error event.
    fn changed(&self) -> Option<BoxFuture<'static, Result<Patch>>> {
        None
    }
}

/// Settings from environment variables: `NOVA_RECONNECT_MAX_DELAY=10s` sets `reconnect.max_delay`.
///
/// The name is the prefix, the group and the key, in capitals and joined by `_`; the value is spelt as in an attribute. A variable
/// that is empty counts as absent.
///
/// ```
/// #[nova::client(platform = "echo", config("environment", prefix = "DESK"))]
/// struct Desk;
/// ```
#[derive(Clone, Debug)]
pub struct Environment {
    prefix: String,
}

impl Default for Environment {
    fn default() -> Self {
        Self { prefix: "NOVA".to_owned() }
    }
}

impl Environment {
    /// Variables that begin with `prefix` and `_`, for programs with several clients.
    #[must_use]
    pub fn prefix(mut self, prefix: impl Into<String>) -> Self {
        self.prefix = prefix.into();
        self
    }

    fn load_from(&self, read: impl Fn(&str) -> Option<std::ffi::OsString>) -> Result<Patch> {
        let mut patch = Patch::new();
        for key in KEYS {
            let name = format!("{}_{}", self.prefix, key.replace('.', "_").to_uppercase());
            let Some(value) = read(&name).filter(|value| !value.is_empty()) else { continue };
            let value = value.to_str().ok_or_else(|| Error::config(*key, format!("{name} is not UTF-8")))?;
            patch = patch.set(key, value).map_err(|error| match error {
                Error::Config { field, reason } => Error::config(field, format!("{name}: {reason}")),
                other => other,
            })?;
        }
        Ok(patch)
    }
}

impl ConfigProvider for Environment {
    fn load(&self) -> Result<Patch> {
        self.load_from(|name| std::env::var_os(name))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_key_is_reached_by_its_variable() {
        let known = KEYS.iter().filter(|key| {
            let name = format!("DESK_{}", key.replace('.', "_").to_uppercase());
            let error = Environment::default().prefix("DESK").load_from(|asked| (asked == name).then(|| "?".into()));
            matches!(error, Err(Error::Config { field, reason }) if field == **key && reason.contains(&name))
        });
        assert_eq!(known.count(), KEYS.len());
    }

    #[test]
    fn the_environment_is_a_layer() {
        let read = |name: &str| match name {
            "NOVA_RECONNECT_MAX_DELAY" => Some("10s".into()),
            "NOVA_HEARTBEAT_INTERVAL" => Some("off".into()),
            "NOVA_CONNECTION_SEND" => Some("".into()),
            _ => None,
        };
        let patch = Environment::default().load_from(read).unwrap();
        let expected =
            Patch::new().set("reconnect.max_delay", "10s").unwrap().set("heartbeat.interval", "off").unwrap();
        assert_eq!(patch, expected);
    }
}
