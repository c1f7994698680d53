//! What the other end saw of a client, for the benchmark to judge at the end: nobody is fast by leaving something out.

use std::{
    collections::HashSet,
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
            if !keys.insert(frame.key) {
                self.refuse();
            }
            self.enough.store(keys.len() >= KEYS, Ordering::Relaxed);
        }
    }

    /// Something was not as it should be.
    pub fn refuse(&self) {
        self.wrong.fetch_add(1, Ordering::Relaxed);
    }

    /// How many pongs came.
    pub fn pongs(&self) -> u64 {
        self.pongs.load(Ordering::Relaxed)
    }

    /// How many other frames came.
    pub fn messages(&self) -> u64 {
        self.messages.load(Ordering::Relaxed)
    }

    /// The code of the last close; nought where there was none.
    pub fn closed(&self) -> u64 {
        self.closed.load(Ordering::Relaxed)
    }

    /// What was wrong: a key that came twice, a number out of order.
    pub fn wrong(&self) -> u64 {
        self.wrong.load(Ordering::Relaxed)
    }
}
