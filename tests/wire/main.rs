//! nova byte by byte: what it answers to bytes that no library would send, and what it writes itself.

#![allow(clippy::unwrap_used, reason = "a panic is how a test reports")]

mod masks;
mod raw;
mod violations;
