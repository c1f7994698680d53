//! One direction of a link: bytes and the time in, bytes and the moments at which they are due out. Pure.
//!
//! What becomes of a piece is decided when those before it are gone, not when it comes: so a change of faults takes effect on what is
//! under way, and a link that heals is not slow until its queue has drained.

use std::{collections::VecDeque, time::Duration};

use bytes::{Bytes, BytesMut};
use rand::{Rng, RngExt};

use super::shape::{Ending, Shape};
use crate::time::Instant;

/// How many bytes may be under way.
const WINDOW: usize = 64 * 1024;
/// A link of little bandwidth delivers at least this often, not a large piece all at once.
const QUANTA_PER_SECOND: u64 = 100;

/// What comes out next.
#[derive(Debug, PartialEq)]
pub(super) enum Next {
    /// These bytes, now.
    Bytes(Bytes),
    /// Something at this moment, unless the faults change.
    At(Instant),
    /// Nothing until something is put in or the faults change.
    Nothing,
    /// The stream ends: by itself, or as the faults have it.
    End(Option<Ending>),
}

/// One direction of one connection.
#[derive(Debug)]
pub(super) struct Shaper<R> {
    shape: Shape,
    rng: R,
    /// What has come, and when.
    held: VecDeque<(Instant, BytesMut)>,
    finished: Option<(Instant, Option<Ending>)>,
    waiting: usize,
    /// Since there is this limit.
    passed: u64,
    /// From when on the line is free for the next piece.
    free: Instant,
    /// The length of the next piece and when it is due; 0 is the end of the stream.
    next: Option<(usize, Instant)>,
}

impl<R: Rng> Shaper<R> {
    pub(super) fn new(shape: Shape, rng: R, now: Instant) -> Self {
        Self { shape, rng, held: VecDeque::new(), finished: None, waiting: 0, passed: 0, free: now, next: None }
    }

    /// How many bytes it takes now.
    pub(super) fn room(&self) -> usize {
        WINDOW.saturating_sub(self.waiting)
    }

    /// Bytes go in.
    pub(super) fn push(&mut self, bytes: &[u8], now: Instant) {
        if !bytes.is_empty() {
            self.waiting += bytes.len();
            self.held.push_back((now, bytes.into()));
        }
    }

    /// No more will go in.
    pub(super) fn finish(&mut self, ending: Option<Ending>, now: Instant) {
        self.finished.get_or_insert((now, ending));
    }

    /// Other faults, for what is under way too.
    pub(super) fn reshape(&mut self, shape: &Shape, now: Instant) {
        if self.shape != *shape {
            if self.shape.limit != shape.limit {
                self.passed = 0;
            }
            self.shape = shape.clone();
            self.next = None;
            self.free = self.free.max(now);
        }
    }

    /// What comes out at this moment.
    pub(super) fn next(&mut self, now: Instant) -> Next {
        if let Some((limit, ending)) = self.shape.limit
            && self.passed >= limit
        {
            return Next::End(Some(ending));
        }
        if self.shape.is_stalled() {
            return Next::Nothing;
        }
        let Some((length, due)) = self.next.or_else(|| self.draw()) else { return Next::Nothing };
        if now < due {
            self.next = Some((length, due));
            return Next::At(due);
        }
        (self.next, self.free) = (None, due);
        match self.take(length) {
            Some(bytes) => Next::Bytes(bytes),
            None => Next::End(self.finished.and_then(|(_, ending)| ending)),
        }
    }

    /// Decides about the next piece.
    fn draw(&mut self) -> Option<(usize, Instant)> {
        let Some((came, bytes)) = self.held.front() else {
            let (came, _) = self.finished?;
            return Some((0, self.free.max(came + self.latency() + self.shape.slow_close)));
        };
        let (came, mut length) = (*came, bytes.len());
        if let Some(largest) = self.shape.slicer {
            length = length.min(self.rng.random_range(1..=largest));
        }
        if let Some((limit, _)) = self.shape.limit {
            length = length.min(usize::try_from(limit - self.passed).unwrap_or(usize::MAX));
        }
        let mut due = self.free.max(came + self.latency());
        if let Some(rate) = self.shape.bandwidth {
            length = length.min(usize::try_from((rate / QUANTA_PER_SECOND).max(1)).unwrap_or(usize::MAX));
            due += Duration::from_nanos((length as u64).saturating_mul(1_000_000_000).div_ceil(rate));
        }
        Some((length, due))
    }

    fn latency(&mut self) -> Duration {
        let latency = self.shape.latency.sample(&mut self.rng);
        let span = Duration::ZERO..=self.shape.jitter * 2;
        (latency + self.rng.random_range(span)).saturating_sub(self.shape.jitter)
    }

    fn take(&mut self, length: usize) -> Option<Bytes> {
        let (_, front) = self.held.front_mut()?;
        let mut bytes = front.split_to(length);
        if front.is_empty() {
            self.held.pop_front();
        }
        self.waiting -= length;
        self.passed += length as u64;
        if self.shape.corrupt > 0 {
            for byte in bytes.iter_mut() {
                if self.rng.random_range(0..self.shape.corrupt) == 0 {
                    *byte ^= 1 << self.rng.random_range(0..8);
                }
            }
        }
        Some(bytes.freeze())
    }
}
