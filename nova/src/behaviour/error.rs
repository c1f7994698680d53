//! Errors: what they are, what to do about them, whether to come back.

use crate::{
    client::Client,
    context::{Context, Lent, View},
    error::{Error, ErrorClass},
    verdict::{Reconnect, Recovery},
};

/// What happens when something goes wrong.
#[diagnostic::on_unimplemented(
    message = "`{Self}` overrides a behaviour that it does not implement",
    label = "`overrides(..)` names `ErrorHandler`, but there is no `impl` of it for `{Self}`",
    note = "write the `impl`, or leave it out of `overrides(..)` to inherit the platform's"
)]
pub trait ErrorHandler: Client {
    /// Called with lost links and failed attempts, messages that cannot be decoded, refused topics, errors and panics of handlers.
    ///
    /// What ended a connection is decided about by [`should_reconnect`](Self::should_reconnect); here only [`Recovery::Stop`] counts then.
    fn handle_error(&mut self, error: &Error, cx: &mut Context<'_, Self>) -> impl Future<Output = Recovery> + Send {
        cx.inherited().handle_error(error)
    }

    /// Decides what kind of reaction an error calls for.
    fn classify(error: &Error, view: View<'_, Self>) -> ErrorClass {
        view.inherited().classify(error)
    }

    /// Decides whether and when to dial again after `error`. `attempt` is the number of the attempt that would follow, counted from 1
    /// since the last stable connection. While another callback is pending it is waited for, at most a second; then the profile answers.
    fn should_reconnect(&mut self, error: &Error, attempt: u32, lent: &mut Lent<'_, Self>) -> Reconnect {
        lent.inherited().should_reconnect(error, attempt)
    }

    /// Writes an error to the log.
    fn log_error(&mut self, error: &Error, lent: &mut Lent<'_, Self>) {
        lent.inherited().log_error(error);
    }
}
