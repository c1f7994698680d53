//! The built-in platforms as clients meet them: each against its local venue, under virtual time; and the suite that every platform passes.

#![allow(clippy::duplicate_mod, reason = "both examples have the same counting venue, and neither is started here")]

mod bybit;
mod conformance;
mod discord;
mod ethereum;
mod lines;
mod slack;
mod support;

#[allow(dead_code, reason = "of an example, its platform")]
#[path = "../../examples/derived_op.rs"]
mod derived_op;
#[allow(dead_code, reason = "of an example, its platform")]
#[path = "../../examples/derived_rpc.rs"]
mod derived_rpc;
