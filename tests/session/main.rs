//! Sessions under virtual time: the whole client over in-memory streams, against a server that the test scripts.

mod before_dialling;
mod callbacks;
mod close;
mod closes;
mod idle;
mod login;
mod payloads;
mod pending;
mod reconnect;
mod requests;
mod script;
mod smoke;
mod strategies;
mod support;
mod topics;
mod trace;
