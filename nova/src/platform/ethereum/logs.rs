//! Logs: each is known by its block, its transaction and its place. What was missed is fetched by ranges of blocks; what was delivered and
//! is not there any more is given out once more with `removed: true`.

use std::collections::{BTreeMap, VecDeque};

use serde::Deserialize;
use serde_json::value::RawValue;

use super::{
    error::is_too_large,
    feed::{Ask, DEPTH, Feed, LIVE, Seam, Tray, first, removed},
    quantity::{Hash, U256, number},
};
use crate::{
    error::{Error, Result},
    frame::Text,
    message::Params,
};

/// Logs remembered to tell which are new, and their bytes.
const SEEN: usize = 16_384;
const SEEN_BYTES: usize = 8 * 1024 * 1024;

/// What a log is known by; in the chain's order.
type Key = (u64, u64, Hash, Hash);

#[derive(Debug)]
struct Log {
    key: Key,
    removed: bool,
    text: Text,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Place {
    // Null while its block is not mined.
    block_number: Option<U256>,
    block_hash: Option<Hash>,
    #[serde(with = "number")]
    log_index: u64,
    transaction_hash: Hash,
    #[serde(default)]
    removed: bool,
}

impl Log {
    /// A log; `None` where it is in no block yet.
    fn read(payload: &str) -> Result<Option<Self>, serde_json::Error> {
        let (place, text): (Place, _) = first(payload)?;
        let number = place.block_number.map(u64::try_from).transpose().map_err(serde::de::Error::custom)?;
        let (Some(number), Some(block)) = (number, place.block_hash) else { return Ok(None) };
        let key = (number, place.log_index, block, place.transaction_hash);
        Ok(Some(Self { key, removed: place.removed, text: text.into() }))
    }

    fn read_all(array: &str) -> Result<Vec<Self>, serde_json::Error> {
        let logs: Vec<&RawValue> = serde_json::from_str(array)?;
        logs.into_iter().filter_map(|log| Self::read(log.get()).transpose()).collect()
    }
}

/// The logs of one subscription.
#[derive(Debug)]
pub(super) struct Logs {
    filter: Params,
    /// The first block whose logs are owed.
    start: Option<u64>,
    /// The last block that anything is known of.
    cursor: u64,
    /// Blocks below are not remembered.
    floor: u64,
    seen: BTreeMap<Key, Text>,
    bytes: usize,
    fill: Option<Fill>,
    live: VecDeque<Log>,
    /// More came than could wait: they are fetched.
    lapped: bool,
    /// The node was behind this block when it was asked: what was delivered above may be gone, and is compared once it has got there.
    doubt: Option<u64>,
    seam: Seam,
    most: u64,
    /// Blocks in a range: fewer once the node has said that they were too many.
    step: u64,
}

/// Ranges that are being fetched.
#[derive(Debug, Default)]
struct Fill {
    /// Where what is compared starts, the next to ask for, and the last.
    base: u64,
    from: u64,
    to: u64,
    found: Vec<Log>,
}

impl Logs {
    pub(super) fn new(filter: Params, (most, step): (u64, u64), anew: bool) -> Self {
        Self {
            filter,
            start: None,
            cursor: 0,
            floor: 0,
            seen: BTreeMap::new(),
            bytes: 0,
            fill: None,
            live: VecDeque::new(),
            lapped: false,
            doubt: None,
            seam: Seam::new(anew),
            most,
            step,
        }
    }

    fn take(&mut self, log: Log, tray: &mut Tray) {
        if self.fill.is_some() {
            self.lapped |= self.live.len() == LIVE;
            if !self.lapped {
                self.live.push_back(log);
            }
        } else if log.removed {
            // What would have been remembered, and is not, was never delivered, or has been taken back already.
            let remembered = log.key.0 >= self.window();
            if self.forget(&log.key).is_some() || !remembered {
                self.seam.emit(log.text, tray);
            }
        } else {
            self.deliver(log, tray);
        }
    }

    /// Delivers a log unless it was.
    fn deliver(&mut self, log: Log, tray: &mut Tray) {
        if self.seen.contains_key(&log.key) {
            return;
        }
        self.cursor = self.cursor.max(log.key.0);
        self.start.get_or_insert(log.key.0);
        self.seam.emit(log.text.clone(), tray);
        self.bytes += log.text.len();
        self.seen.insert(log.key, log.text);
        while let Some(((block, ..), _)) = self.seen.first_key_value() {
            let block = *block;
            let many = self.seen.len() > SEEN || self.bytes > SEEN_BYTES;
            if block + DEPTH > self.cursor && !(many && block < self.cursor) {
                break;
            }
            self.floor = block + 1;
            let above = self.seen.split_off(&(block + 1, 0, Hash::default(), Hash::default()));
            self.bytes -= std::mem::replace(&mut self.seen, above).values().map(|text| text.len()).sum::<usize>();
        }
    }

    fn forget(&mut self, key: &Key) -> Option<Text> {
        let text = self.seen.remove(key)?;
        self.bytes -= text.len();
        Some(text)
    }

    /// The first block of which everything delivered is remembered.
    fn window(&self) -> u64 {
        self.start.unwrap_or_default().max(self.floor).max((self.cursor + 1).saturating_sub(DEPTH))
    }

    fn ask(&self, tray: &mut Tray) {
        if let Some(Fill { from, to, .. }) = self.fill {
            tray.asks.push(Ask::Logs { from, to: to.min(from + (self.step - 1)) });
        }
    }

    /// The chain's height is known.
    fn reach(&mut self, height: u64, tray: &mut Tray) {
        let window = self.window();
        self.doubt = (height < self.cursor).then_some(self.cursor);
        let base = window.max((height + 1).saturating_sub(self.most));
        if base > self.cursor + 1 {
            self.seam.hole(self.cursor + 1, base);
        }
        if base > height {
            return self.finish(tray);
        }
        self.fill = Some(Fill { base, from: base, to: height, found: Vec::new() });
        self.ask(tray);
    }

    /// The logs of a range.
    fn fetched(&mut self, logs: Vec<Log>, upto: u64, tray: &mut Tray) {
        let Some(fill) = &mut self.fill else { return };
        fill.found.extend(logs);
        fill.from = upto + 1;
        let done = fill.from > fill.to;
        // What a reorganisation took away is told before what it brought.
        if done || upto >= self.cursor {
            self.settle(upto, tray);
        }
        if done { self.finish(tray) } else { self.ask(tray) }
    }

    fn settle(&mut self, upto: u64, tray: &mut Tray) {
        let Some(fill) = &mut self.fill else { return };
        let mut found = std::mem::take(&mut fill.found);
        let base = std::mem::replace(&mut fill.base, upto + 1);
        found.sort_by_key(|log| log.key);
        let lowest = (base, 0, Hash::default(), Hash::default());
        let known = self.seen.range(lowest..).map(|(key, _)| *key).take_while(|key| key.0 <= upto);
        let gone: Vec<Key> = known.filter(|key| found.binary_search_by_key(key, |log| log.key).is_err()).collect();
        for key in gone.iter().rev() {
            if let Some(text) = self.forget(key) {
                self.seam.emit(removed(&text), tray);
            }
        }
        for log in found {
            self.deliver(log, tray);
        }
        self.cursor = self.cursor.max(upto);
    }

    fn finish(&mut self, tray: &mut Tray) {
        self.fill = None;
        if std::mem::take(&mut self.lapped) {
            self.live.clear();
            self.begin(tray);
        }
        let mut reached = 0;
        for log in std::mem::take(&mut self.live) {
            reached = reached.max(log.key.0);
            self.take(log, tray);
        }
        self.settle_doubt(reached, tray);
    }

    /// The node has got to this block: what was in doubt is compared.
    fn settle_doubt(&mut self, reached: u64, tray: &mut Tray) {
        if self.fill.is_none() && self.doubt.take_if(|doubt| *doubt <= reached).is_some() {
            self.begin(tray);
        }
    }

    /// A range cannot be fetched: a smaller one, or what is missing stays so.
    fn refused(&mut self, from: u64, to: u64, error: Error, tray: &mut Tray) {
        if is_too_large(&error) && to > from {
            self.step = (to - from).div_ceil(2);
            return self.ask(tray);
        }
        if let Some(upto) = from.checked_sub(1).filter(|upto| self.fill.as_ref().is_some_and(|fill| fill.base <= *upto))
        {
            self.settle(upto, tray);
        }
        self.give_up(error, tray);
    }

    fn give_up(&mut self, error: Error, tray: &mut Tray) {
        let height = self.fill.as_ref().map_or(0, |fill| fill.to).max(self.cursor);
        self.seam.hole(self.cursor + 1, height + 1);
        self.cursor = height;
        tray.failed = Some(error);
        self.finish(tray);
    }
}

impl Feed for Logs {
    fn suspend(&mut self) {
        (self.fill, self.lapped) = (None, false);
        self.live.clear();
        self.seam.lost();
    }

    fn begin(&mut self, tray: &mut Tray) -> bool {
        tray.asks.push(Ask::Height);
        let resumes = self.start.is_some();
        self.fill = resumes.then(Fill::default);
        resumes
    }

    fn offer(&mut self, payload: &str, tray: &mut Tray) -> Result<(), serde_json::Error> {
        match Log::read(payload)? {
            Some(log) => {
                let reached = log.key.0;
                self.take(log, tray);
                self.settle_doubt(reached, tray);
            }
            None => self.seam.emit(first::<&RawValue>(payload)?.1.into(), tray),
        }
        Ok(())
    }

    fn answered(&mut self, ask: Ask, reply: Result<&str, Error>, tray: &mut Tray) {
        let unreadable = |error, reply: &str| Error::decode("logs", error, reply.as_bytes());
        if let Ask::Logs { from, to } = ask {
            match reply.and_then(|logs| Log::read_all(logs).map_err(|error| unreadable(error, logs))) {
                Ok(logs) => self.fetched(logs, to, tray),
                Err(error) => self.refused(from, to, error, tray),
            }
            return;
        }
        let height = reply.and_then(|height| {
            let mut reader = serde_json::Deserializer::from_str(height);
            number::deserialize(&mut reader).map_err(|error| unreadable(error, height))
        });
        match (height, self.fill.is_some()) {
            (Ok(height), true) => self.reach(height, tray),
            (Err(error), true) => self.give_up(error, tray),
            // The first subscription: from the next block on.
            (height, false) => {
                tray.confirmed = true;
                if let Ok(height) = height {
                    self.start.get_or_insert(height + 1);
                    self.cursor = self.cursor.max(height);
                }
            }
        }
    }

    fn filter(&self) -> &Params {
        &self.filter
    }
}
