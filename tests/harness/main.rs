//! The harness that users test their clients with, used as they use it.

mod cassette;
mod expect;
mod runtime;
mod support;
