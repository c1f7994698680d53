//! Sessions under virtual time: the whole client over in-memory streams, against a server that the test scripts.

mod callbacks;
mod close;
mod closes;
mod login;
mod reconnect;
mod requests;
mod script;
mod smoke;
mod support;
mod topics;
