//! What every benchmark names: work, how it is run, and how what it found is told.

pub use crate::{
    arms::Outcome,
    frames::{MESSAGES, Ring, SIZES},
    goals::Goal,
    peer::Pace,
    report::{self, Report},
    rounds::{Threads, rounds},
    tls::Secured,
};
