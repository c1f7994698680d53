//! Backpressure: what happens when messages come faster than they are taken.

use crate::{
    client::Client,
    config::Overflow,
    context::{Context, View},
    verdict::{Pressure, QueueView},
};

/// What happens when messages come faster than they are taken.
#[diagnostic::on_unimplemented(
    message = "`{Self}` overrides a behaviour that it does not implement",
    label = "`overrides(..)` names `BackpressureHandler`, but there is no `impl` of it for `{Self}`",
    note = "write the `impl`, or leave it out of `overrides(..)` to inherit the platform's"
)]
pub trait BackpressureHandler: Client {
    /// Called when the fill of the client's buffer passes a mark, and when messages were dropped.
    fn handle_pressure(&mut self, pressure: &Pressure, cx: &mut Context<'_, Self>) -> impl Future<Output = ()> + Send {
        cx.inherited().handle_pressure(pressure)
    }

    /// Decides what goes when the buffer is full.
    fn overflow(queue: &QueueView, view: View<'_, Self>) -> Overflow {
        view.inherited().overflow(queue)
    }
}
