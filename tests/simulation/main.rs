//! The same client code on a simulated network: hosts, partitions, crashes, and a seed that decides all of it.
//!
//! Nothing here is scripted: a network that loses what it likes finds orders of events that nobody would write down. What must hold
//! afterwards is always the same: the client is ready, has what it wants, and gets messages.

mod chaos;
mod drops;
mod faults;
mod herd;
mod numbers;
mod seeds;
#[path = "../session/support.rs"]
mod support;
mod world;
