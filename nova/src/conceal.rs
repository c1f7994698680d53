//! Takes a client's own secrets out of what a peer says.
//!
//! Error pages print the request, refusals quote the key, and their words go into errors, logs and traces: a server that says back what
//! it was told must not make the client show it.

use std::sync::Arc;

use crate::error::Error;

/// What stands where a secret stood.
const REDACTED: &str = "<redacted>";
/// Shorter texts are not looked for: they would be found everywhere.
const SHORTEST: usize = 6;

/// The parts of a header's value or a URL's query that may be secrets: `Bearer` is none, and neither are names.
pub(crate) fn parts(text: &str) -> impl Iterator<Item = &str> {
    text.split([' ', '&'])
        .map(|part| part.split_once('=').filter(|(_, value)| !value.is_empty()).map_or(part, |it| it.1))
}

/// A text without these secrets; `None` where none of them is in it.
pub(crate) fn conceal<'s>(text: &str, secrets: impl IntoIterator<Item = &'s str>) -> Option<String> {
    let found = |text: &str, secret: &str| secret.len() >= SHORTEST && text.contains(secret);
    secrets.into_iter().fold(None, |concealed: Option<String>, secret| {
        let text = concealed.as_deref().unwrap_or(text);
        if found(text, secret) { Some(text.replace(secret, REDACTED)) } else { concealed }
    })
}

impl Error {
    /// The same error, with these secrets taken out of the peer's words.
    pub(crate) fn concealing(mut self, secrets: &[&str]) -> Self {
        let words: [Option<&mut Arc<str>>; 2] = match &mut self {
            Self::Rejected { body, .. } => [Some(body), None],
            Self::Closed { reason, .. } => [Some(reason), None],
            Self::Decode { excerpt, .. } => [Some(excerpt), None],
            Self::Platform { message, data, .. } => [Some(message), data.as_mut()],
            _ => [None, None],
        };
        for words in words.into_iter().flatten() {
            if let Some(concealed) = conceal(words, secrets.iter().copied()) {
                *words = concealed.into();
            }
        }
        self
    }

    /// The same error without what it quotes: the payload may be a venue's answer to a login, with a token in it.
    pub(crate) fn withholding(mut self) -> Self {
        if let Self::Decode { excerpt, .. } = &mut self {
            *excerpt = REDACTED.into();
        }
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_is_taken_out_wherever_it_stands_and_nothing_else_is() {
        let said = "no key s3cret-1 (s3cret-1), see /feed?key=k-456789&amp;v=1";
        let concealed = conceal(said, ["s3cret-1", "k-456789", "v=1", "1"]);
        assert_eq!(concealed.as_deref(), Some("no key <redacted> (<redacted>), see /feed?key=<redacted>&amp;v=1"));
        assert_eq!(conceal(said, ["another", "key", ""]), None);
    }

    #[test]
    fn of_a_header_and_a_query_the_values_count() {
        assert_eq!(parts("Bearer abc.def=").collect::<Vec<_>>(), ["Bearer", "abc.def="]);
        assert_eq!(parts("key=abc&signed&v=").collect::<Vec<_>>(), ["abc", "signed", "v="]);
    }
}
