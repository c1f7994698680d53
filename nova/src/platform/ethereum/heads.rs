//! New heads: each follows its parent. Missing ones are fetched by number; where a parent is not the last head, the chain was
//! reorganised, and the abandoned heads are given out once more with `removed: true`.

use std::collections::{BTreeMap, VecDeque};

use serde::Deserialize;

use super::{
    feed::{Ask, DEPTH, Feed, LIVE, Seam, TRIES, Tray, edited, first, removed},
    quantity::{Hash, number},
};
use crate::{
    error::{Error, Result},
    frame::Text,
    message::Params,
};

/// Blocks asked for at a time.
const WINDOW: u64 = 16;

/// What a block has beside a head.
const BODY: &[&str] = &["transactions", "uncles", "withdrawals", "size", "totalDifficulty"];

#[derive(Clone, Debug)]
struct Head {
    number: u64,
    hash: Hash,
    parent: Hash,
    text: Text,
}

#[derive(Deserialize)]
struct Links {
    #[serde(with = "number")]
    number: u64,
    hash: Hash,
    #[serde(rename = "parentHash")]
    parent: Hash,
}

impl Head {
    fn read(payload: &str) -> Result<Self, serde_json::Error> {
        let (Links { number, hash, parent }, text) = first(payload)?;
        Ok(Self { number, hash, parent, text: text.into() })
    }

    /// The head of a block.
    fn of_block(block: &str) -> Result<Self, serde_json::Error> {
        Ok(Self { text: edited(block, BODY, &[]), ..Self::read(block)? })
    }
}

/// The heads of one subscription.
#[derive(Debug)]
pub(super) struct Heads {
    params: Params,
    /// The last that were delivered, each the parent of the next.
    chain: VecDeque<Head>,
    /// The first that is owed where none was delivered yet.
    next: Option<u64>,
    fill: Option<Fill>,
    live: VecDeque<Head>,
    /// More came than could wait: they are fetched.
    lapped: bool,
    /// What is missing cannot be fetched: the next head need not follow.
    adrift: bool,
    seam: Seam,
    most: u64,
}

/// Blocks that are being fetched.
#[derive(Debug, Default)]
struct Fill {
    blocks: BTreeMap<u64, Head>,
    /// The next to deliver, to ask for, and the last.
    low: u64,
    asked: u64,
    to: u64,
    open: u64,
    spent: u64,
    /// How often a block was not there any more.
    restarts: u32,
}

impl Heads {
    pub(super) fn new(params: Params, most: u64, anew: bool) -> Self {
        Self {
            params,
            chain: VecDeque::new(),
            next: None,
            fill: None,
            live: VecDeque::new(),
            lapped: false,
            adrift: false,
            seam: Seam::new(anew),
            most,
        }
    }

    fn place(&self, hash: Hash) -> Option<usize> {
        self.chain.iter().rposition(|head| head.hash == hash)
    }

    fn take(&mut self, head: Head, tray: &mut Tray) {
        if self.fill.is_some() {
            self.lapped |= self.live.len() == LIVE;
            if !self.lapped {
                self.live.push_back(head);
            }
        } else if self.place(head.hash).is_some() {
            // Told twice.
        } else if self.fits(&head) {
            self.append(head, tray);
        } else {
            self.fill = Some(Fill::default());
            self.reach(head, tray);
        }
    }

    /// Whether nothing is missing before a head.
    fn fits(&self, head: &Head) -> bool {
        if self.chain.is_empty() {
            return self.next.is_none_or(|next| head.number <= next);
        }
        self.adrift || self.place(head.parent).is_some()
    }

    /// Delivers a head behind its parent, and before it takes back what else stood there.
    fn append(&mut self, head: Head, tray: &mut Tray) {
        let keep = self.place(head.parent).map_or(0, |at| at + 1);
        if std::mem::take(&mut self.adrift) && keep == 0 {
            self.chain.clear();
        }
        for abandoned in self.chain.drain(keep..).rev() {
            self.seam.emit(removed(&abandoned.text), tray);
        }
        self.seam.emit(head.text.clone(), tray);
        self.next = Some(head.number + 1);
        self.chain.push_back(head);
        if self.chain.len() as u64 > DEPTH {
            self.chain.pop_front();
        }
    }

    /// Fetches everything up to a head.
    fn reach(&mut self, head: Head, tray: &mut Tray) {
        let Some(fill) = &mut self.fill else { return };
        let low = self.next.unwrap_or(head.number);
        let low = if self.chain.is_empty() { low } else { low.min(head.number) };
        if low > head.number || self.chain.iter().any(|known| known.hash == head.hash) {
            return self.finish(tray);
        }
        (fill.low, fill.asked, fill.to) = (low, low, head.number);
        if head.number - low >= self.most {
            let first = head.number + 1 - self.most.max(1);
            self.seam.hole(low, first);
            self.chain.clear();
            (fill.low, fill.asked) = (first, first);
        }
        fill.blocks.insert(head.number, head);
        self.link(tray);
    }

    /// Delivers what follows, as far as it has come, and asks for more.
    fn link(&mut self, tray: &mut Tray) {
        while let Some(fill) = &mut self.fill {
            if fill.low > fill.to {
                return self.finish(tray);
            }
            fill.ask_ahead(tray);
            let Some(head) = fill.blocks.remove(&fill.low) else { return };
            if fill.spent > self.most + 4 * DEPTH {
                let reason = "the chain is being reorganised faster than it can be fetched";
                return self.give_up(Error::Subscription { topic: "newHeads".into(), reason: reason.into() }, tray);
            }
            let fits = self.chain.is_empty() || self.chain.iter().any(|known| known.hash == head.parent);
            if self.chain.iter().any(|known| known.hash == head.hash) {
                // A step back has come upon what is delivered: what was fetched above it is of another branch.
                fill.low += 1;
                fill.blocks.remove(&fill.low);
                fill.ask_again(tray);
            } else if fits || self.chain.front().is_some_and(|first| first.number >= head.number) {
                fill.low += 1;
                if !fits && self.chain.len() as u64 == DEPTH {
                    // Deeper than what is remembered.
                    self.seam.hole(self.next.unwrap_or_default(), head.number);
                }
                self.append(head, tray);
            } else {
                fill.blocks.insert(fill.low, head);
                fill.low -= 1;
                fill.ask_again(tray);
            }
        }
    }

    fn finish(&mut self, tray: &mut Tray) {
        self.fill = None;
        if std::mem::take(&mut self.lapped) {
            self.live.clear();
            self.begin(tray);
        }
        for head in std::mem::take(&mut self.live) {
            self.take(head, tray);
        }
    }

    /// What is missing cannot be fetched: goes on with what comes.
    fn give_up(&mut self, error: Error, tray: &mut Tray) {
        let next = self.next.unwrap_or_default();
        let found =
            self.live.front().map_or_else(|| self.fill.as_ref().map_or(next, |fill| fill.to), |head| head.number);
        self.seam.hole(next, found);
        self.adrift = true;
        tray.failed = Some(error);
        self.finish(tray);
    }
}

impl Fill {
    fn ask_ahead(&mut self, tray: &mut Tray) {
        while self.open < WINDOW && self.asked < self.to {
            if self.asked >= self.low {
                self.ask(self.asked, tray);
            }
            self.asked += 1;
        }
    }

    /// Asks for the next to deliver, unless it is on its way.
    fn ask_again(&mut self, tray: &mut Tray) {
        if self.low < self.asked || self.low == self.to {
            self.ask(self.low, tray);
        }
    }

    fn ask(&mut self, number: u64, tray: &mut Tray) {
        (self.open, self.spent) = (self.open + 1, self.spent + 1);
        tray.asks.push(Ask::Block(number));
    }
}

impl Feed for Heads {
    fn suspend(&mut self) {
        (self.fill, self.lapped) = (None, false);
        self.live.clear();
        self.seam.lost();
    }

    fn begin(&mut self, tray: &mut Tray) -> bool {
        tray.asks.push(Ask::Latest);
        let resumes = self.next.is_some();
        self.fill = resumes.then(Fill::default);
        resumes
    }

    fn offer(&mut self, payload: &str, tray: &mut Tray) -> Result<(), serde_json::Error> {
        let head = Head::read(payload)?;
        self.take(head, tray);
        Ok(())
    }

    fn answered(&mut self, ask: Ask, reply: Result<&str, Error>, tray: &mut Tray) {
        let head = reply
            .and_then(|block| Head::of_block(block).map_err(|error| Error::decode("a block", error, block.as_bytes())));
        match (head, &mut self.fill) {
            (Ok(head), Some(_)) if ask == Ask::Latest => self.reach(head, tray),
            (Ok(head), Some(fill)) => {
                fill.open -= 1;
                fill.blocks.insert(head.number, head);
                self.link(tray);
            }
            // The first subscription: from the next block on.
            (head, None) => {
                tray.confirmed = true;
                if let Ok(head) = head {
                    self.next.get_or_insert(head.number + 1);
                }
            }
            // The chain has become shorter meanwhile.
            (Err(Error::Subscription { .. }), Some(fill)) if fill.restarts < TRIES => {
                *fill = Fill { restarts: fill.restarts + 1, ..Fill::default() };
                tray.forget = true;
                tray.asks.push(Ask::Latest);
            }
            (Err(error), Some(_)) => self.give_up(error, tray),
        }
    }

    fn filter(&self) -> &Params {
        &self.params
    }
}
