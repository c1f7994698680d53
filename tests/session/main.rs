//! Sessions under virtual time: the whole client over in-memory streams, against a server that the test scripts.

mod before_dialling;
mod close;
mod closes;
mod login;
mod reconnect;
mod requests;
mod script;
mod smoke;
mod strategies;
mod support;
mod topics;
