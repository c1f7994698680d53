//! What the topics that are fetched again have in common: what they ask the node, what they give out, and where the holes are.

use std::fmt;

use serde_json::{Value, json};

use crate::{
    error::{Error, Result},
    frame::Text,
    message::{Outgoing, Params},
    platform::Continuity,
};

/// How many blocks back a chain may still be reorganised. Ethereum's own is final after two epochs, which are 64.
pub(super) const DEPTH: u64 = 64;

/// How often a question that the node could not answer just now is asked again.
pub(super) const TRIES: u32 = 5;

/// Live messages that wait while older ones are fetched. What is over is fetched, too.
pub(super) const LIVE: usize = 4_096;

/// What a feed asks the node.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Ask {
    /// The latest block.
    Latest,
    /// The latest block's number.
    Height,
    /// The block of this number.
    Block(u64),
    /// The logs of these blocks, both ends included.
    Logs { from: u64, to: u64 },
}

impl Ask {
    /// The call, for logs with the topic's filter.
    pub(super) fn call(self, filter: &Params) -> Result<Outgoing> {
        let hex = |number: u64| format!("{number:#x}");
        let call = match self {
            Self::Latest => Outgoing::call("eth_getBlockByNumber", &json!(["latest", false])),
            Self::Height => Outgoing::call("eth_blockNumber", &json!([])),
            Self::Block(number) => Outgoing::call("eth_getBlockByNumber", &json!([hex(number), false])),
            Self::Logs { from, to } => {
                let mut filter = filter.clone();
                filter.insert("fromBlock".into(), Value::from(hex(from)));
                filter.insert("toBlock".into(), Value::from(hex(to)));
                Outgoing::call("eth_getLogs", &json!([filter]))
            }
        };
        Ok(call?.idempotent())
    }
}

/// What a feed wants done.
#[derive(Debug, Default)]
pub(super) struct Tray {
    /// Answers that are still to come are wanted no more.
    pub(super) forget: bool,
    pub(super) asks: Vec<Ask>,
    /// Payloads to deliver, in their order.
    pub(super) out: Vec<(Text, Continuity)>,
    /// From here on nothing will be missed: who subscribed may be told.
    pub(super) confirmed: bool,
    /// What was missed cannot be fetched.
    pub(super) failed: Option<Error>,
}

/// A topic whose missed messages are fetched.
pub(super) trait Feed: fmt::Debug + Send {
    /// Its subscription is gone, and with it what was asked.
    fn suspend(&mut self);

    /// Its subscription holds. Whether it is in effect at once; else [`Tray::confirmed`] says so.
    fn begin(&mut self, tray: &mut Tray) -> bool;

    /// A message has come.
    ///
    /// # Errors
    /// The message cannot be read.
    fn offer(&mut self, payload: &str, tray: &mut Tray) -> Result<(), serde_json::Error>;

    /// The node has answered, or will not.
    fn answered(&mut self, ask: Ask, reply: Result<&str, Error>, tray: &mut Tray);

    /// The parameters of its subscription.
    fn filter(&self) -> &Params;
}

/// How the next message follows the last.
#[derive(Clone, Copy, Debug)]
pub(super) struct Seam {
    next: Continuity,
    /// The engine tells the hole of a lost link before the next message that does not close it.
    marked: bool,
}

impl Seam {
    /// Of a new subscription; `anew` where one has just ended, so that something is missing.
    pub(super) fn new(anew: bool) -> Self {
        Self { next: if anew { Continuity::Follows } else { Continuity::Resumes }, marked: anew }
    }

    /// The link was lost.
    pub(super) fn lost(&mut self) {
        self.marked = true;
    }

    /// What stood between these two numbers is missing for good.
    pub(super) fn hole(&mut self, expected: u64, found: u64) {
        self.next = if self.marked { Continuity::Follows } else { Continuity::Hole { expected, found } };
    }

    /// Delivers a payload.
    pub(super) fn emit(&mut self, payload: Text, tray: &mut Tray) {
        if let hole @ Continuity::Hole { .. } = self.next {
            tray.out.push((payload.clone(), hole));
            self.next = Continuity::Follows;
        }
        tray.out.push((payload, self.next));
        *self = Self { next: Continuity::Resumes, marked: false };
    }
}

/// The first value of `text` and where it ends: a payload, with what stands behind it in its frame.
pub(super) fn first<'t, T: serde::Deserialize<'t>>(text: &'t str) -> Result<(T, &'t str), serde_json::Error> {
    let mut values = serde_json::Deserializer::from_str(text).into_iter();
    let value = values.next().unwrap_or_else(|| Err(serde::de::Error::custom("there is no payload")))?;
    Ok((value, &text[..values.byte_offset()]))
}

/// The payload without some members, and with others.
pub(super) fn edited(payload: &str, without: &[&str], with: &[(&str, Value)]) -> Text {
    let Ok(Value::Object(mut members)) = serde_json::from_str(payload) else { return payload.into() };
    members.retain(|name, _| !without.contains(&name.as_str()));
    members.extend(with.iter().map(|(name, value)| ((*name).to_owned(), value.clone())));
    Value::Object(members).to_string().into()
}

/// The payload of what is not in the chain any more.
pub(super) fn removed(payload: &str) -> Text {
    edited(payload, &[], &[("removed", Value::Bool(true))])
}
