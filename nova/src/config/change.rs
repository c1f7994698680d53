//! What a change of the settings comes to, key by key: the answer of `configure`, and of a dry run.

use std::fmt;

use super::layer::Explained;

/// When a changed setting takes effect.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Effect {
    /// At once: whatever is decided from now on is decided by it.
    Applied,
    /// From the next connection on; the present one goes on as it was made.
    OnReconnect,
    /// Only when the client is started anew.
    Restart,
    /// Nothing changes: it has this value already, or a layer above it or the venue's demand keeps it there.
    Unchanged,
    /// It cannot be, for this reason. Nothing of the patch was applied.
    Rejected(String),
}

impl fmt::Display for Effect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Applied => f.write_str("applied"),
            Self::OnReconnect => f.write_str("from the next connection on"),
            Self::Restart => f.write_str("when the client is started anew"),
            Self::Unchanged => f.write_str("unchanged"),
            Self::Rejected(reason) => write!(f, "rejected: {reason}"),
        }
    }
}

/// When a change of this key takes effect: what is read once, for a connection or for the client, cannot change under it.
pub(super) fn effect(key: &str) -> Effect {
    match key {
        "connection.timeout" | "connection.max_frame" | "connection.max_message" => Effect::OnReconnect,
        _ if key.starts_with("cluster.") => Effect::Restart,
        _ => Effect::Applied,
    }
}

/// What becomes of one key.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Change {
    /// The key.
    pub key: &'static str,
    /// What it was, as it would be written in a file.
    pub from: String,
    /// What it is to be. For a rejected key what was asked for.
    pub to: String,
    /// When.
    pub effect: Effect,
    /// Where its value comes from now; a venue's demand is named here.
    pub explained: Explained,
}

impl fmt::Display for Change {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { key, from, to, effect, .. } = self;
        match effect {
            Effect::Unchanged => write!(f, "{} stays", self.explained),
            effect => write!(f, "{key}: {from} → {to}, {effect}"),
        }
    }
}

/// What a change of the settings comes to: one [`Change`] for each key that was named, in the order of the table.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Changes {
    /// The keys.
    pub keys: Vec<Change>,
}

impl Changes {
    /// What becomes of a key, if it was named.
    pub fn of(&self, key: &str) -> Option<&Change> {
        self.keys.iter().find(|change| change.key == key)
    }

    /// Whether a key was rejected, so that nothing of the patch was or would be applied.
    pub fn is_rejected(&self) -> bool {
        self.keys.iter().any(|change| matches!(change.effect, Effect::Rejected(_)))
    }

    /// Whether nothing changes.
    pub fn is_empty(&self) -> bool {
        self.keys.iter().all(|change| change.effect == Effect::Unchanged)
    }
}

impl fmt::Display for Changes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (number, change) in self.keys.iter().enumerate() {
            write!(f, "{}{change}", if number == 0 { "" } else { "\n" })?;
        }
        Ok(())
    }
}
