//! Sessions under virtual time: the whole client over in-memory streams, against a server that the test scripts.

mod closes;
mod reconnect;
mod script;
mod close;
mod requests;
mod smoke;
mod support;
