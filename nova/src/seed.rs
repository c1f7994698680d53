//! Where a client gets its seed when the builder gives none.
//!
//! A fresh one each time; inside a test of `nova::test` the next of that test's own, so that whatever depends on chance happens
//! again with the same seed. Keys and nonces are never made from it.

/// The seed of one client.
pub(crate) fn fresh() -> u64 {
    #[cfg(feature = "test")]
    if let Some(seed) = scope::next().or_else(given) {
        return seed;
    }
    rand::random()
}

/// The environment variable that gives every test its seed.
#[cfg(feature = "test")]
pub(crate) const VARIABLE: &str = "NOVA_TEST_SEED";

/// The environment's seed, for tests that are none of `nova::test`, which says more about a malformed one.
#[cfg(feature = "test")]
fn given() -> Option<u64> {
    std::env::var(VARIABLE).ok()?.trim().parse().ok()
}

/// The seed that a failing test tells.
#[cfg(feature = "test")]
pub(crate) fn told() -> Option<u64> {
    scope::seed().or_else(given)
}

/// Seeds of a test, which runs on one thread with all its tasks.
#[cfg(feature = "test")]
pub(crate) mod scope {
    use std::cell::RefCell;

    use rand::{RngExt as _, SeedableRng, rngs::StdRng};

    thread_local! {
        static SCOPE: RefCell<Option<Scope>> = const { RefCell::new(None) };
    }

    struct Scope {
        seed: u64,
        seeds: StdRng,
    }

    /// While it lives, seeds of this thread come from `seed`.
    #[derive(Debug)]
    #[must_use = "the scope ends when this is dropped"]
    pub(crate) struct Entered;

    pub(crate) fn enter(seed: u64) -> Entered {
        SCOPE.set(Some(Scope { seed, seeds: StdRng::seed_from_u64(seed) }));
        Entered
    }

    impl Drop for Entered {
        fn drop(&mut self) {
            SCOPE.take();
        }
    }

    /// The seed of the test that runs on this thread.
    pub(crate) fn seed() -> Option<u64> {
        SCOPE.with_borrow(|scope| scope.as_ref().map(|scope| scope.seed))
    }

    pub(super) fn next() -> Option<u64> {
        SCOPE.with_borrow_mut(|scope| scope.as_mut().map(|scope| scope.seeds.random()))
    }
}
