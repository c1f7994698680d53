//! Logging in: credentials that never show themselves and where they come from, and what a login is good for and how long.

mod credentials;
pub mod secrets;
mod shared;
mod token;

pub use credentials::Credentials;
pub use secrets::SecretsManager;
pub use token::{AuthResponse, TokenState};
