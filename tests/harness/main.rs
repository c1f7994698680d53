//! The harness that users test their clients with, used as they use it.

mod expect;
mod runtime;
mod support;
