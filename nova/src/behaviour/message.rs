//! Messages in and out.

use crate::{
    client::Client,
    context::{Context, View},
    error::Result,
    frame::Frame,
    message::Outgoing,
};

/// What happens to messages.
#[diagnostic::on_unimplemented(
    message = "`{Self}` overrides a behaviour that it does not implement",
    label = "`overrides(..)` names `MessageHandler`, but there is no `impl` of it for `{Self}`",
    note = "write the `impl`, or leave it out of `overrides(..)` to inherit the platform's"
)]
pub trait MessageHandler: Client {
    /// Called with each message, in the order of the wire. The inherited one delivers it to `next()`; an override
    /// delivers with `cx.deliver(message)`, or not at all. An error goes to `handle_error`.
    fn handle_message(
        &mut self,
        message: Self::Message,
        cx: &mut Context<'_, Self>,
    ) -> impl Future<Output = Result> + Send {
        cx.inherited().handle_message(message)
    }

    /// Decides whether a decoded message may reach `handle_message`. An error goes to `handle_error` instead.
    fn validate_message(message: &Self::Message, view: View<'_, Self>) -> Result {
        view.inherited().validate_message(message)
    }

    /// Names a message's type in logs and metrics. Asked where `telemetry.message` is on and somebody collects `nova::message` at `debug`,
    /// or there is a metrics collector.
    fn message_type<'m>(message: &'m Self::Message, view: View<'m, Self>) -> &'m str {
        view.inherited().message_type(message)
    }

    /// Makes a frame of what is sent. Called for everything: user traffic, logins, subscriptions, heartbeats.
    ///
    /// # Errors
    /// [`Error::Encode`](crate::Error::Encode); nothing is sent then.
    fn encode_message(outgoing: Outgoing, codec: &Self::Codec, view: View<'_, Self>) -> Result<Frame> {
        view.inherited().encode_message(outgoing, codec)
    }
}
