//! placeholder until merge
mod priority;
pub use priority::Priority;
