//! Settings from a JSON file, read again whenever it changes.

use std::{
    fs, io,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, SystemTime},
};

use serde_json::Value;

use super::{keys::Patch, provider::ConfigProvider};
use crate::{Error, Result, transport::BoxFuture};

/// How often the file is looked at.
const LOOK: Duration = Duration::from_secs(2);

/// The largest file that is read, in bytes: a table of settings is not larger.
const LARGEST: u64 = 256 * 1024;

/// Settings from a JSON file of groups and keys, spelt as in an attribute:
///
/// ```json
/// { "heartbeat": { "interval": "5s" }, "reconnect": { "max_attempts": 50, "jitter": 0.5 } }
/// ```
///
/// The file is looked at every 2 seconds. A change of it is applied whole or refused whole: what is half written or wrong leaves the
/// settings as they are and is told as an error event.
///
/// ```
/// #[nova::client(platform = "echo", config("file", path = "desk.json"))]
/// struct Desk;
/// ```
#[derive(Clone, Debug)]
pub struct File {
    path: PathBuf,
    look: Duration,
    /// The file as it was when it was last read.
    seen: Arc<Mutex<Stamp>>,
}

/// What tells one state of a file from another.
type Stamp = Option<(SystemTime, u64)>;

impl Default for File {
    /// `nova.json` in the working directory.
    fn default() -> Self {
        Self { path: PathBuf::from("nova.json"), look: LOOK, seen: Arc::default() }
    }
}

impl File {
    /// The file itself, instead of `nova.json`. It must exist when the client starts.
    #[must_use]
    pub fn path(mut self, path: impl Into<PathBuf>) -> Self {
        self.path = path.into();
        self
    }

    /// How often the file is looked at, instead of every 2 seconds.
    #[must_use]
    pub fn every(mut self, look: Duration) -> Self {
        self.look = look.max(Duration::from_millis(1));
        self
    }

    /// Reads the file, if it is not as it was.
    fn reread(&self) -> Option<Result<Patch>> {
        let now = stamp(&self.path);
        let before = std::mem::replace(&mut *self.seen.lock().unwrap_or_else(PoisonError::into_inner), now);
        (now != before).then(|| read(&self.path))
    }
}

impl ConfigProvider for File {
    fn load(&self) -> Result<Patch> {
        *self.seen.lock().unwrap_or_else(PoisonError::into_inner) = stamp(&self.path);
        read(&self.path)
    }

    fn changed(&self) -> Option<BoxFuture<'static, Result<Patch>>> {
        let file = self.clone();
        Some(Box::pin(async move {
            loop {
                tokio::time::sleep(file.look).await;
                let looking = file.clone();
                // A file system may take its time, and the client's task must not.
                match tokio::task::spawn_blocking(move || looking.reread()).await {
                    Ok(Some(read)) => return read,
                    Ok(None) => {}
                    Err(_) => return Err(Error::NoRuntime),
                }
            }
        }))
    }
}

fn stamp(path: &Path) -> Stamp {
    let told = fs::metadata(path).ok()?;
    Some((told.modified().ok()?, told.len()))
}

fn read(path: &Path) -> Result<Patch> {
    let refused = |reason: String| Error::config("config", format!("{}: {reason}", path.display()));
    let unreadable = |error: io::Error| refused(format!("cannot be read: {error}"));
    if fs::metadata(path).map_err(unreadable)?.len() > LARGEST {
        return Err(refused(format!("has more than {LARGEST} bytes")));
    }
    let text = fs::read_to_string(path).map_err(unreadable)?;
    parse(&text).map_err(|error| match error {
        Error::Config { field, reason } => Error::config(field, format!("{}: {reason}", path.display())),
        other => other,
    })
}

/// The patch of a text of groups and keys.
pub(super) fn parse(text: &str) -> Result<Patch> {
    let groups: Value = serde_json::from_str(text)
        .map_err(|error| Error::config("config", format!("it is no JSON (half written?): {error}")))?;
    let Value::Object(groups) = groups else {
        return Err(Error::config("config", "it must be an object of groups: {\"heartbeat\": {\"interval\": \"5s\"}}"));
    };
    let mut patch = Patch::new();
    for (group, keys) in groups {
        let Value::Object(keys) = keys else {
            let reason = format!("a group holds an object of keys: {{\"{group}\": {{\"key\": \"value\"}}}}");
            return Err(Error::config(group, reason));
        };
        for (key, value) in keys {
            let key = format!("{group}.{key}");
            let text = match value {
                Value::String(text) => text,
                Value::Number(_) | Value::Bool(_) => value.to_string(),
                _ => return Err(Error::config(key, "a value is a text, a number, true or false; \"off\" is a text")),
            };
            patch = patch.set(&key, &text)?;
        }
    }
    Ok(patch)
}

/// The text of a patch.
pub(super) fn text(patch: &Patch) -> String {
    let mut groups = serde_json::Map::new();
    for (key, value) in patch.entries() {
        let (group, key) = key.split_once('.').unwrap_or((key, ""));
        groups.entry(group).or_insert_with(|| Value::Object(serde_json::Map::new()))[key] = Value::String(value);
    }
    format!("{:#}\n", Value::Object(groups))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{Attempts, Config, patch};

    #[test]
    fn groups_of_texts_numbers_and_switches_make_a_patch() {
        let text = r#"{"reconnect": {"max_attempts": 50, "jitter": 0.5}, "heartbeat": {"interval": "off"},
                       "telemetry": {"message": true}}"#;
        let expected = Patch::new()
            .reconnect(patch::Reconnect::new().max_attempts(Attempts::AtMost(50)).jitter(0.5))
            .heartbeat(patch::Heartbeat::new().interval(None))
            .telemetry(patch::Telemetry::new().message(true));
        assert_eq!(parse(text).unwrap(), expected);
    }

    #[test]
    fn what_is_written_reads_the_same() {
        let everything = Config::default().as_patch();
        assert_eq!(parse(&text(&everything)).unwrap(), everything);
    }

    #[test]
    fn each_mistake_is_named_with_its_place() {
        for (text, field, reason) in [
            ("", "config", "half written"),
            (r#"{"heartbeat": {"interval": "5"#, "config", "half written"),
            ("[]", "config", "object of groups"),
            (r#"{"heartbeat": "5s"}"#, "heartbeat", "object of keys"),
            (r#"{"heartbeat": {"interval": null}}"#, "heartbeat.interval", "\"off\""),
            (r#"{"heartbeat": {"intervall": "5s"}}"#, "heartbeat.intervall", "did you mean `heartbeat.interval`?"),
            (r#"{"heartbeat": {"interval": "5 parsecs"}}"#, "heartbeat.interval", ""),
        ] {
            match parse(text) {
                Err(Error::Config { field: named, reason: said }) => {
                    assert!(named == field && said.contains(reason), "{text}: {named}: {said}");
                }
                other => panic!("{text}: {other:?}"),
            }
        }
    }
}
