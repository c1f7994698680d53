//! placeholder until merge
/// placeholder
pub trait Strategy: 'static {}
