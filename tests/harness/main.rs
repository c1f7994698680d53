//! The harness as its users meet it: scripted servers, what they tell, and what they find.

mod ends;
mod faulty;
mod handshakes;
mod misuse;
mod mutants;
mod peers;
mod reports;
mod seed;
mod sockets;
mod steps;
mod support;
