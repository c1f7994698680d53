//! Whether the clock is paused, which a real socket cannot bear.

use crate::error::{Error, Result};

/// # Errors
/// Where virtual time is on.
pub(super) fn refuse_a_paused_one() -> Result {
    if is_paused() {
        let reason = "the clock is paused, and a paused clock fires every timer at once while a socket is waited for: use \
                      MockServer::memory(), or a test without virtual time";
        return Err(Error::config("MockServer::tcp", reason));
    }
    Ok(())
}

/// The system's clock is read because there is no other way to see that tokio's stands still.
fn is_paused() -> bool {
    let (real, ours) = (std::time::Instant::now(), tokio::time::Instant::now());
    while real.elapsed().is_zero() {}
    ours.elapsed().is_zero()
}
