//! Subscribing: what is confirmed, in which order, and what is silently missing.

use serde_json::Value;

use super::{
    fault::{self, Fault},
    payload,
    rpc::Call,
    topic::Topic,
    world::{Subscription, World},
};

const MOST_CHANNELS: usize = 500;
const LONGEST_LABEL: usize = 16;

impl World {
    /// Confirms what is known and permitted, sorted backwards: whoever compares lists instead of sets finds out here.
    pub(super) fn subscribe(&mut self, call: &Call<'_>) -> Result<Value, Fault> {
        let label = call.params.get("label").map(|_| call.params.text("label")).transpose()?;
        if label.is_some_and(|label| label.len() > LONGEST_LABEL) {
            return Err(Fault::param("label", "is longer than 16 characters"));
        }
        let private = call.method.starts_with("private/");
        let mut topics = Vec::new();
        for channel in channels(call)? {
            let topic = Topic::parse(channel, &self.market);
            let raw = channel.rsplit('.').next() == Some("raw");
            if raw && call.grant.is_none() && self.options.raw_needs_login {
                return Err(fault::RAW_NEEDS_LOGIN);
            }
            let permitted = !self.switches.rejected_topics.contains(channel);
            topics.extend(topic.filter(|topic| permitted && (private || !topic.is_private())).map(|t| (channel, t)));
        }
        topics.sort_by(|(one, _), (other, _)| other.cmp(one));
        topics.dedup_by(|(one, _), (other, _)| one == other);

        let now = self.clock.unix_ms();
        let mut firsts = Vec::new();
        let Some(client) = self.clients.get_mut(&call.client) else { return Ok(Value::Null) };
        for (channel, topic) in &topics {
            let subscription =
                Subscription { topic: topic.clone(), label: label.map(str::to_owned), grant: call.grant };
            let first = payload::first(topic, &self.market, now).map(|data| subscription.frame(channel, &data));
            if client.subscriptions.insert((*channel).to_owned(), subscription).is_none() {
                firsts.extend(first);
            }
        }
        for frame in firsts {
            self.push(call.client, frame);
        }
        self.listened.notify_one();
        Ok(topics.into_iter().map(|(channel, _)| channel).collect())
    }

    /// Confirms what was subscribed until now.
    pub(super) fn unsubscribe(&mut self, call: &Call<'_>) -> Result<Value, Fault> {
        let Some(client) = self.clients.get_mut(&call.client) else { return Ok(Value::Null) };
        if call.method.ends_with("unsubscribe_all") {
            client.subscriptions.clear();
            return Ok("ok".into());
        }
        let mut gone: Vec<&str> = channels(call)?;
        gone.retain(|channel| client.subscriptions.remove(*channel).is_some());
        gone.reverse();
        Ok(gone.into())
    }
}

fn channels<'a>(call: &'a Call<'_>) -> Result<Vec<&'a str>, Fault> {
    let listed = call.params.get("channels").and_then(Value::as_array);
    let listed = listed.ok_or_else(|| Fault::param("channels", "must be a list"))?;
    if listed.is_empty() || listed.len() > MOST_CHANNELS {
        return Err(Fault::param("channels", "must hold 1 to 500 channels"));
    }
    listed.iter().map(|channel| channel.as_str().ok_or_else(|| Fault::param("channels", "must be strings"))).collect()
}
