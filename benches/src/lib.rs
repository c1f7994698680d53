//! What the benchmarks share: a venue's frames, streams without a kernel, the clients and what they are compared with, and how it is
//! measured and told.

pub mod arms;
pub mod callgrind;
pub mod clients;
pub mod cpu;
pub mod frames;
pub mod goals;
pub mod peer;
pub mod plot;
pub mod prelude;
pub mod report;
pub mod rounds;
pub mod server;
pub mod site;
pub mod stream;
pub mod tally;
pub mod tls;
pub mod told;
pub mod wire;
