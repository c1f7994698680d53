//! What the other end saw of a client, for the benchmark to judge at the end: nobody is fast by leaving something out.

use std::{
    collections::HashSet,
    fmt,
    num::ParseIntError,
    str::FromStr,
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
};

use crate::wire::{CLOSE, Masked, PONG};

/// Keys of masks that are compared with each other.
const KEYS: usize = 1000;

/// Counts what a client sent.
#[derive(Debug, Default)]
pub struct Told {
    pongs: AtomicU64,
    messages: AtomicU64,
    wrong: AtomicU64,
    closed: AtomicU64,
    keys: Mutex<HashSet<[u8; 4]>>,
    /// Two of them were alike.
    alike: AtomicBool,
    enough: AtomicBool,
}

impl Told {
    /// A frame came.
    pub fn note(&self, frame: &Masked<'_>) {
        let counted = if frame.opcode == PONG { &self.pongs } else { &self.messages };
        counted.fetch_add(1, Ordering::Relaxed);
        if let (CLOSE, &[high, low, ..]) = (frame.opcode, frame.payload) {
            self.closed.store(u16::from_be_bytes([high, low]).into(), Ordering::Relaxed);
        }
        if !self.enough.load(Ordering::Relaxed) {
            let mut keys = self.keys.lock().unwrap_or_else(PoisonError::into_inner);
            // Two of a thousand are alike by chance once in ten thousand runs, and a benchmark makes hundreds; a second pair is none.
            let alike = !keys.insert(frame.key);
            if alike && self.alike.swap(true, Ordering::Relaxed) {
                self.refuse();
            }
            self.enough.store(keys.len() >= KEYS, Ordering::Relaxed);
        }
    }

    /// Something was not as it should be.
    pub fn refuse(&self) {
        self.wrong.fetch_add(1, Ordering::Relaxed);
    }

    /// All of it, as it is now.
    pub fn seen(&self) -> Seen {
        let [messages, pongs, wrong, closed] =
            [&self.messages, &self.pongs, &self.wrong, &self.closed].map(|count| count.load(Ordering::Relaxed));
        Seen { messages, pongs, wrong, closed }
    }
}

/// What was counted at some time.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Seen {
    /// Frames other than pongs.
    pub messages: u64,
    /// Pongs.
    pub pongs: u64,
    /// What was wrong: keys that came twice, a number out of order.
    pub wrong: u64,
    /// The code of the last close; nought where there was none.
    pub closed: u64,
}

/// One line, for who is in another process.
impl fmt::Display for Seen {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {} {} {}", self.messages, self.pongs, self.wrong, self.closed)
    }
}

impl FromStr for Seen {
    type Err = ParseIntError;

    fn from_str(line: &str) -> Result<Self, ParseIntError> {
        let counts = line.split(' ').map(str::parse).collect::<Result<Vec<u64>, _>>()?;
        let count = |at: usize| counts.get(at).copied().unwrap_or_default();
        Ok(Self { messages: count(0), pongs: count(1), wrong: count(2), closed: count(3) })
    }
}
