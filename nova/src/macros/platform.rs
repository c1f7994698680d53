//! `#[derive(nova::Platform)]`, documented.

/// Makes a struct a platform.
#[doc(inline)]
pub use nova_macros::Platform;
