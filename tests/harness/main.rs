//! The harness as its users meet it: tests in virtual time, scripted servers, expectations, recordings, what they tell, and what they find.

mod cassette;
mod desk;
mod expect;
mod faulty;
mod handshakes;
mod misuse;
mod mutants;
mod peers;
mod reports;
mod runtime;
mod seed;
mod sockets;
mod steps;
mod support;
