//! The wanted topics of a client, to be kept over a restart.

use std::{fmt, str::FromStr, vec};

use serde::{Deserialize, Serialize};

use super::Topic;
use crate::error::Error;

/// The wanted topics of a client with all that was said of them: from [`Handle::export`](crate::Handle::export), to the next run's
/// [`wanted`](crate::Connect::wanted) or to [`subscribe_many`](crate::Handle::subscribe_many).
///
/// Its text is JSON; so is what serde makes of it. How many wanted each topic is not in it: those have gone, and one took their place.
///
/// ```
/// # #[nova::client(platform = "deribit")]
/// # struct Desk;
/// # async fn run(desk: nova::Handle<Desk>) -> Result<(), Box<dyn std::error::Error>> {
/// std::fs::write("wanted.json", desk.export().to_string())?;
/// // The next run restores them before its first `Ready`.
/// let wanted: nova::Wanted = std::fs::read_to_string("wanted.json")?.parse()?;
/// let desk = nova::connect(Desk).wanted(wanted).await?;
/// # Ok(()) }
/// ```
#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize)]
#[serde(transparent)]
pub struct Wanted {
    topics: Vec<Topic>,
}

impl Wanted {
    /// The topics, by name.
    pub fn topics(&self) -> &[Topic] {
        &self.topics
    }
}

impl<T: Into<Topic>> FromIterator<T> for Wanted {
    fn from_iter<I: IntoIterator<Item = T>>(topics: I) -> Self {
        Self { topics: topics.into_iter().map(Into::into).collect() }
    }
}

impl IntoIterator for Wanted {
    type Item = Topic;
    type IntoIter = vec::IntoIter<Topic>;

    fn into_iter(self) -> Self::IntoIter {
        self.topics.into_iter()
    }
}

/// As JSON, one line a topic.
impl fmt::Display for Wanted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[")?;
        for (number, topic) in self.topics.iter().enumerate() {
            let text = serde_json::to_string(topic).map_err(|_| fmt::Error)?;
            write!(f, "{}\n  {text}", if number > 0 { "," } else { "" })?;
        }
        f.write_str(if self.topics.is_empty() { "]" } else { "\n]" })
    }
}

impl FromStr for Wanted {
    type Err = Error;

    /// Reads what was exported.
    ///
    /// # Errors
    /// [`Error::Config`] naming `wanted`, with the place and what is wrong there.
    fn from_str(text: &str) -> Result<Self, Error> {
        serde_json::from_str(text)
            .map_err(|error| Error::config("wanted", format!("not an exported set of topics: {error}")))
    }
}
