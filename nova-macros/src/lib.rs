//! The macros of nova; their documentation is on the re-exports in `nova`.
