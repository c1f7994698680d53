//! Changes made while a client runs, kept in a file for its next start.
//!
//! Written beside the file and then put in its place, so that a crash leaves the old or the new one, never half of one. What cannot be
//! read or does not validate any more is set aside under another name and told: a client starts without it rather than not at all.

use std::{
    fs,
    path::{Path, PathBuf},
};

use super::{file, keys::Patch};
use crate::{Error, Result};

/// Where the changes of one client are kept.
#[derive(Clone, Debug)]
pub(crate) struct Persistence {
    path: PathBuf,
}

impl Persistence {
    pub(crate) fn new(path: PathBuf) -> Self {
        Self { path }
    }

    /// What was kept; nothing where there is no file yet.
    pub(crate) fn load(&self) -> Result<Patch> {
        match fs::read_to_string(&self.path) {
            Ok(text) => file::parse(&text),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(Patch::new()),
            Err(error) => Err(self.failed("read", &error)),
        }
    }

    /// Keeps a patch. Blocks.
    pub(crate) fn save(&self, patch: &Patch) -> Result {
        let beside = self.beside("new");
        fs::write(&beside, file::text(patch)).map_err(|error| self.failed("written", &error))?;
        fs::rename(&beside, &self.path).map_err(|error| self.failed("written", &error))
    }

    /// Puts what cannot be used out of the way, and says so.
    pub(crate) fn set_aside(&self, why: &Error) -> Error {
        let aside = self.beside("rejected");
        let place = match fs::rename(&self.path, &aside) {
            Ok(()) => format!("what was kept is in {} now", aside.display()),
            Err(error) => {
                format!("what was kept stays in {}, because it cannot be moved: {error}", self.path.display())
            }
        };
        Error::config("persist", format!("changes of an earlier run are not used: {why}; {place}"))
    }

    fn beside(&self, suffix: &str) -> PathBuf {
        let mut name = self.path.file_name().unwrap_or_default().to_owned();
        name.push(".");
        name.push(suffix);
        self.path.with_file_name(name)
    }

    fn failed(&self, what: &str, error: &std::io::Error) -> Error {
        Error::config("persist", format!("{} cannot be {what}: {error}", Path::display(&self.path)))
    }
}
