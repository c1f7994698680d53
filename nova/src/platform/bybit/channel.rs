//! Topics: which requests for them wait for their answers, and what the answers say.
//!
//! An answer may bear the request's number or not, and name the topics or not. So the open requests stand in a line, in which answers
//! come: what bears no number belongs to the first.

use std::collections::{HashSet, VecDeque};

use serde::Deserialize;

use super::frame::Head;
use crate::{
    error::{Error, ErrorClass, Result},
    platform::{Inbound, SubscriptionResponse},
};

/// Characters that the names of a public connection's topics may have in all.
const MOST_CHARACTERS: usize = 21_000;

/// The requests for topics on the present connection.
#[derive(Debug, Default)]
pub(super) struct Topics {
    open: VecDeque<Request>,
    /// What counts against the venue's limit, and how much it is.
    named: HashSet<String>,
    characters: usize,
}

#[derive(Debug)]
struct Request {
    topics: Vec<String>,
    leaves: bool,
}

/// What options' answers list.
#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Listed {
    success_topics: Vec<String>,
    fail_topics: Vec<String>,
}

impl Topics {
    /// These topics are asked for.
    pub(super) fn ask(&mut self, channels: &[&str], limited: bool) -> Result<()> {
        let more: usize = channels.iter().filter(|topic| !self.named.contains(**topic)).map(|topic| topic.len()).sum();
        if limited && self.characters + more > MOST_CHARACTERS {
            let reason = format!(
                "the names of a public connection's topics may have {MOST_CHARACTERS} characters, and with the {} of this \
                 request they would have {}: take another client for some",
                channels.len(),
                self.characters + more
            );
            return Err(Error::Subscription {
                topic: channels.first().copied().unwrap_or_default().into(),
                reason: reason.into(),
            });
        }
        self.characters += more;
        self.named.extend(channels.iter().map(|topic| (*topic).to_owned()));
        // One that is asked for again was never answered.
        self.open.retain(|request| request.leaves || !request.topics.iter().any(|topic| channels.contains(&&**topic)));
        self.wait(channels, false);
        Ok(())
    }

    /// These topics are left.
    pub(super) fn leave(&mut self, channels: &[&str]) {
        self.forget(channels);
        self.wait(channels, true);
    }

    fn wait(&mut self, channels: &[&str], leaves: bool) {
        let topics = channels.iter().map(|topic| (*topic).to_owned()).collect();
        self.open.push_back(Request { topics, leaves });
    }

    fn forget(&mut self, channels: &[impl AsRef<str>]) {
        for topic in channels {
            if self.named.remove(topic.as_ref()) {
                self.characters -= topic.as_ref().len();
            }
        }
    }

    /// An answer that is one of these.
    pub(super) fn said<'f>(&mut self, head: &Head<'f>) -> Inbound<'f> {
        let request = self.open.pop_front();
        let error = head.is_refusal().then(|| refusal(head));
        let listed = head.data.filter(|_| head.kind == "COMMAND_RESP");
        let listed = listed.and_then(|data| serde_json::from_str::<Listed>(data).ok()).unwrap_or_default();
        match (request, head.id, error) {
            (_, Some(id), Some(error)) => Inbound::Reply { id, result: Err(error) },
            (_, Some(id), None) if listed.fail_topics.is_empty() => Inbound::Reply { id, result: Ok("null") },
            (Some(Request { topics, leaves: true }), ..) => Inbound::Left(topics),
            (Some(Request { topics, .. }), _, error) => {
                let (fails, rest): (Vec<_>, Vec<_>) =
                    topics.into_iter().partition(|topic| listed.fail_topics.contains(topic));
                let (confirmed, rest): (Vec<_>, Vec<_>) =
                    rest.into_iter().partition(|topic| listed.success_topics.contains(topic));
                let mut response = if error.is_some() && !fails.is_empty() {
                    // Refused for their company.
                    SubscriptionResponse { apart: rest, ..SubscriptionResponse::default() }
                } else {
                    self.answered(&rest.iter().map(String::as_str).collect::<Vec<_>>(), error)
                };
                response.confirmed.extend(confirmed);
                self.forget(&fails);
                let refused = |topic: String| (topic.clone(), rejected(&topic, "it stands under `failTopics`"));
                response.rejected.extend(fails.into_iter().map(refused));
                Inbound::Subscription(response)
            }
            (None, _, Some(error)) => Inbound::Error(error),
            (None, ..) => Inbound::Ignored,
        }
    }

    /// What an answer says of the topics that were asked for.
    ///
    /// One bad topic refuses a whole request. Which one it was stands in words only, so each is asked for alone.
    pub(super) fn answered(&mut self, asked: &[&str], error: Option<Error>) -> SubscriptionResponse {
        let Some(error) = error else { return SubscriptionResponse::all(asked, Ok("")) };
        let Error::Platform { class: ErrorClass::Platform, message, .. } = &error else {
            return SubscriptionResponse::all(asked, Err(error));
        };
        match asked {
            [_] if message.contains("already subscribed") => SubscriptionResponse::all(asked, Ok("")),
            [topic] => {
                self.forget(&[topic]);
                SubscriptionResponse::refused(vec![((*topic).to_owned(), rejected(topic, message))])
            }
            _ => SubscriptionResponse {
                apart: asked.iter().map(|topic| (*topic).to_owned()).collect(),
                ..Default::default()
            },
        }
    }
}

fn rejected(topic: &str, words: &str) -> Error {
    Error::Subscription { topic: topic.into(), reason: format!("Bybit refused it: {}", words.escape_debug()).into() }
}

fn refusal(head: &Head<'_>) -> Error {
    let class = crate::platform::Platform::error_class(&super::Bybit::default(), head.code);
    Error::Platform { class, code: head.code, message: head.message.as_ref().into(), data: None }
}
