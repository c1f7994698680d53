//! What came in: counted here, judged in the report.

use std::collections::{BTreeMap, BTreeSet};

use nova::{Event, Gap, GapCause, Item, Raw, State};
use serde::Deserialize;
use tokio::time::Instant;

use super::screen::Screen;

#[derive(Default)]
pub(crate) struct Tally {
    /// Messages by topic.
    pub(crate) messages: BTreeMap<String, u64>,
    /// Topics with a gap, by the connection that they went on with.
    pub(crate) gaps: BTreeMap<u64, BTreeSet<String>>,
    /// Holes in the venue's own numbering.
    pub(crate) holes: u64,
    pub(crate) dropped: u64,
    pub(crate) undecodable: u64,
    /// When the login was renewed.
    pub(crate) renewals: Vec<Instant>,
    /// Whether the login was of use after the time it was given at first had passed.
    pub(crate) login_outlived: bool,
}

#[derive(Deserialize)]
struct Ticker {
    instrument_name: String,
    last_price: Option<f64>,
}

impl Tally {
    pub(crate) fn item(&mut self, item: Item<Raw>, state: State, screen: &mut Screen) {
        match item {
            Item::Message(raw) => self.message(&raw, state, screen),
            Item::Gap(Gap { topic, epoch, cause, .. }) => match cause {
                GapCause::Reconnected => drop(self.gaps.entry(epoch).or_default().insert(topic.to_string())),
                GapCause::Sequence { .. } => self.holes += 1,
                _ => {}
            },
            Item::Dropped(dropped) => self.dropped += dropped.messages,
            Item::Undecodable(..) => self.undecodable += 1,
            _ => {}
        }
    }

    fn message(&mut self, raw: &Raw, state: State, screen: &mut Screen) {
        let channel = raw.channel().unwrap_or_default();
        *self.messages.entry(channel.to_owned()).or_default() += 1;
        if channel.starts_with("ticker.") {
            match raw.data::<Ticker>() {
                Ok(Ticker { instrument_name, last_price: Some(price) }) => screen.price(instrument_name, price, state),
                // An instrument without a trade has no last price.
                Ok(Ticker { last_price: None, .. }) => {}
                Err(_) => self.undecodable += 1,
            }
        }
    }

    pub(crate) fn event(&mut self, event: &Event, screen: &mut Screen) {
        match event {
            Event::State(transition) => screen.step(transition),
            Event::LoggedIn { refreshed: true, .. } => self.renewals.push(Instant::now()),
            _ => {}
        }
    }
}
