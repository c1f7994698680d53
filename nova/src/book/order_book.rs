//! One order book: a snapshot, and the changes that follow it by a rule.
//!
//! Nothing is applied over a gap, and a book that cannot be right is emptied rather than shown: who reads it sees either what the venue
//! has or nothing.

use std::collections::{BTreeMap, VecDeque};

use super::{Applied, Decimal, Depth, Fault, Level, Top, Update, update::Kept};
use crate::{
    message::Gap,
    sequence::{Chain, Continuity, Rule},
    verdict::Resync,
};

/// The order book of one instrument.
///
/// It grows with what the venue sends; [`keeping`](Self::keeping) bounds it where the venue's own book is bounded.
#[derive(Clone, Debug)]
pub struct OrderBook {
    rule: Rule,
    bids: BTreeMap<Decimal, Decimal>,
    asks: BTreeMap<Decimal, Decimal>,
    chain: Chain,
    waiting: VecDeque<Kept>,
    most_waiting: usize,
    most_levels: usize,
    checksum: Option<fn(&Self) -> u32>,
}

impl OrderBook {
    /// A book whose updates are numbered by this rule, for venues that send the snapshot on the same channel.
    #[must_use]
    pub const fn new(rule: Rule) -> Self {
        Self {
            rule,
            bids: BTreeMap::new(),
            asks: BTreeMap::new(),
            chain: Chain::New,
            waiting: VecDeque::new(),
            most_waiting: 0,
            most_levels: usize::MAX,
            checksum: None,
        }
    }

    /// For venues whose snapshot is loaded apart: so many updates at most wait for it, and those that it does not contain are applied
    /// behind it. One more is [`Fault::Overflow`], and the waiting starts anew.
    ///
    /// Under [`Rule::Unnumbered`] nothing says which of them the snapshot contains, so all are applied.
    #[must_use]
    pub const fn waiting(mut self, most: usize) -> Self {
        self.most_waiting = most;
        self
    }

    /// Keeps only the best `levels` of each side: for venues that send so many and do not say what falls out at the far end.
    #[must_use]
    pub const fn keeping(mut self, levels: usize) -> Self {
        self.most_levels = levels;
        self
    }

    /// Compares this checksum of the book with the venue's, behind each update that [bears one](Update::checksum).
    #[must_use]
    pub const fn checked(mut self, checksum: fn(&Self) -> u32) -> Self {
        self.checksum = Some(checksum);
        self
    }

    /// Takes a message of the book.
    ///
    /// # Errors
    /// The [`Fault`] that it shows. The book is empty then and takes nothing until a snapshot: ask for one, by
    /// [`Context::resync`](crate::Context::resync) or however the venue has it.
    pub fn apply(&mut self, update: &impl Update) -> Result<Applied, Fault> {
        let numbers = update.numbers();
        if !self.is_live() && self.most_waiting > 0 && !numbers.starts(self.rule) {
            return self.wait(update);
        }
        match self.chain.follow(self.rule, numbers) {
            Continuity::Restarts => self.restart(update),
            Continuity::Follows | Continuity::Resumes => self.change(update).map(|()| Applied::Change),
            Continuity::Stale => Ok(Applied::Ignored),
            Continuity::Hole { expected, found } => {
                self.invalidate();
                if self.most_waiting > 0 {
                    // The snapshot that will be asked for may be older than it.
                    self.waiting.push_back(Kept::of(update));
                }
                Err(Fault::Gap { expected, found })
            }
        }
    }

    /// What `handle_gap` does for this book: it is emptied, and the answer is what the engine is to do about the hole.
    pub fn gap(&mut self, gap: &Gap) -> Resync {
        self.invalidate();
        Resync::after(&gap.cause)
    }

    /// Empties it: nothing follows until a snapshot. For a link that was lost, or a doubt of your own.
    pub fn invalidate(&mut self) {
        self.bids.clear();
        self.asks.clear();
        self.waiting.clear();
        self.chain = Chain::Broken;
    }

    /// Whether it has a snapshot and everything since. Otherwise it is empty.
    pub const fn is_live(&self) -> bool {
        matches!(self.chain, Chain::At(_))
    }

    /// The number of the last update, while it is live.
    pub const fn last(&self) -> Option<u64> {
        match self.chain {
            Chain::At(last) => Some(last),
            _ => None,
        }
    }

    /// The best bid and ask, while it is live.
    pub fn top(&self) -> Option<Top> {
        self.is_live().then(|| Top::new(self.bids().next(), self.asks().next()))
    }

    /// The best levels of each side, at most so many, while it is live.
    pub fn depth(&self, levels: usize) -> Option<Depth> {
        self.is_live().then(|| Depth::new(self.bids().take(levels), self.asks().take(levels)))
    }

    /// The bids, the highest first.
    pub fn bids(&self) -> impl DoubleEndedIterator<Item = Level> {
        self.bids.iter().rev().map(level)
    }

    /// The asks, the lowest first.
    pub fn asks(&self) -> impl DoubleEndedIterator<Item = Level> {
        self.asks.iter().map(level)
    }

    fn wait(&mut self, update: &impl Update) -> Result<Applied, Fault> {
        if self.waiting.len() >= self.most_waiting {
            self.waiting.clear();
            return Err(Fault::Overflow { most: self.most_waiting });
        }
        self.waiting.push_back(Kept::of(update));
        Ok(Applied::Waiting)
    }

    /// A snapshot, and then what waited for it. What could not be applied goes on waiting, for the next.
    fn restart(&mut self, snapshot: &impl Update) -> Result<Applied, Fault> {
        self.bids.clear();
        self.asks.clear();
        let mut waiting = std::mem::take(&mut self.waiting);
        let caught_up = self.change(snapshot).and_then(|()| self.catch_up(&mut waiting));
        if caught_up.is_err() {
            self.waiting.append(&mut waiting);
        }
        caught_up.map(|()| Applied::Snapshot)
    }

    fn catch_up(&mut self, waiting: &mut VecDeque<Kept>) -> Result<(), Fault> {
        let contained = self.last();
        while let Some(kept) = waiting.pop_front() {
            if self.rule == Rule::Unnumbered || Some(kept.numbers().at) > contained {
                self.apply(&kept)?;
            }
        }
        Ok(())
    }

    fn change(&mut self, update: &impl Update) -> Result<(), Fault> {
        let changed = self.set(update).and_then(|()| self.check(update.checksum()));
        changed.inspect_err(|_| self.invalidate())
    }

    fn set(&mut self, update: &impl Update) -> Result<(), Fault> {
        for level in update.bids() {
            set(&mut self.bids, level)?;
        }
        for level in update.asks() {
            set(&mut self.asks, level)?;
        }
        while self.bids.len() > self.most_levels {
            self.bids.pop_first();
        }
        while self.asks.len() > self.most_levels {
            self.asks.pop_last();
        }
        Ok(())
    }

    fn check(&self, checksum: Option<u32>) -> Result<(), Fault> {
        if let (Some(expected), Some(own)) = (checksum, self.checksum) {
            let found = own(self);
            if found != expected {
                return Err(Fault::Checksum { expected, found });
            }
        }
        match (self.bids.last_key_value(), self.asks.first_key_value()) {
            (Some((&bid, _)), Some((&ask, _))) if bid >= ask => Err(Fault::Crossed { bid, ask }),
            _ => Ok(()),
        }
    }
}

fn level((&price, &amount): (&Decimal, &Decimal)) -> Level {
    Level { price, amount }
}

/// The amounts are absolute, so a level that comes anew overwrites, and one that goes without having been there is none the less gone.
fn set(side: &mut BTreeMap<Decimal, Decimal>, Level { price, amount }: Level) -> Result<(), Fault> {
    if amount.is_negative() {
        return Err(Fault::Amount { price, amount });
    }
    // The price as it was written last: checksums are made over it.
    side.remove(&price);
    if !amount.is_zero() {
        side.insert(price, amount);
    }
    Ok(())
}
