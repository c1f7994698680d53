//! Sessions under virtual time: the whole client over in-memory streams, against a server that the test scripts.

mod close;
mod login;
mod requests;
mod smoke;
mod support;
mod topics;
