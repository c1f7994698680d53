//! The built-in platforms as clients meet them: each against its local venue, under virtual time.

mod bybit;
mod discord;
mod ethereum;
mod slack;
