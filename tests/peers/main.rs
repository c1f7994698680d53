//! nova against servers that no one here wrote.
//!
//! Each is started by a script of this folder. Where one cannot be had, its test says so and passes; CI requires them all.

#![allow(clippy::unwrap_used, reason = "a panic is how a test reports")]

mod nova_echo;
mod nova_ethereum;
mod nova_faults;
mod nova_jsonrpc;
mod official;
mod official_discord;
mod official_slack;
mod peer;
mod reference;
