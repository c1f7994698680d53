//! Services: what a client uses, made of the attribute or given to the builder.

mod config;
mod metrics;
mod secrets;
