//! Backpressure: what happens when messages come faster than they are taken.

use std::borrow::Cow;

use crate::{
    client::Client,
    config::Overflow,
    context::{Context, View},
    message::Raw,
    verdict::{Pressure, QueueView},
};

/// What happens when messages come faster than they are taken.
#[diagnostic::on_unimplemented(
    message = "`{Self}` overrides a behaviour that it does not implement",
    label = "`overrides(..)` names `BackpressureHandler`, but there is no `impl` of it for `{Self}`",
    note = "write the `impl`, or leave it out of `overrides(..)` to inherit the platform's"
)]
pub trait BackpressureHandler: Client {
    /// Called when the fill of one of the client's buffers passes a mark, and when messages were dropped: what waits for a busy handler,
    /// the inbox of `next()`, a stream of one topic. Where the client is busy it is told as soon as it is free, of the marks as they
    /// stand then.
    fn handle_pressure(&mut self, pressure: &Pressure, cx: &mut Context<'_, Self>) -> impl Future<Output = ()> + Send {
        cx.inherited().handle_pressure(pressure)
    }

    /// Decides what goes when the buffer is full.
    fn overflow(queue: &QueueView, view: View<'_, Self>) -> Overflow {
        view.inherited().overflow(queue)
    }

    /// Names what a message is the latest of: under `conflate` a full buffer drops what a later message of the same name has overtaken.
    /// Without a name it is dropped like any other. Asked of each message where `conflate` may be the answer: where the settings say so,
    /// or this behaviour is overridden.
    fn conflation_key<'m>(message: &'m Raw, view: View<'m, Self>) -> Option<Cow<'m, str>> {
        view.inherited().conflation_key(message)
    }
}
