//! Sessions under virtual time: the whole client over in-memory streams, against a server that the test scripts.

mod again;
mod before_dialling;
mod binary;
#[allow(dead_code, reason = "of an example, its codec, its platform and what it sends")]
#[path = "../../examples/binary_codec.rs"]
mod binary_codec;
mod blocking;
mod breaker;
mod callbacks;
mod close;
mod closes;
mod configure;
mod errors;
mod faults;
mod idle;
mod inquiries;
mod keys;
mod lawful;
mod limits;
mod login;
mod misuse;
mod payloads;
mod pending;
mod pressure;
mod reconnect;
mod redirects;
mod refusals;
mod requests;
mod restore;
mod runtime;
mod script;
mod sends;
mod services;
mod shared_limits;
mod smoke;
mod stale;
mod stalls;
mod strategies;
mod support;
mod suspension;
mod telemetry;
mod thinned;
mod tokens;
mod topics;
mod trace;
mod wanted;
