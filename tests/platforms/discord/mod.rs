//! Discord: sessions that begin, are resumed, refused and carried over a restart.

mod gateway;
mod heartbeat;
mod link;
mod login;
mod replay;
mod sends;
mod support;
