//! Connecting and disconnecting, frames before they are decoded, and every step between states.

use crate::{
    client::Client,
    context::Context,
    error::Result,
    frame::Frame,
    state::{ConnectionInfo, Disconnect, Transition},
    verdict::Flow,
};

// `Send` is asked for here alone, though every behaviour needs it: a client that is not `Send` is then one error rather than ten.
/// What happens around the connection.
///
/// The client itself moves into a task of its own and stays there, so it is `Send`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` overrides a behaviour that it does not implement",
    label = "`overrides(..)` names `ConnectionHandler`, but there is no `impl` of it for `{Self}`",
    note = "write the `impl`, or leave it out of `overrides(..)` to inherit the platform's"
)]
pub trait ConnectionHandler: Client + Send {
    /// Called once, before the first dial. An error ends the client before anything was dialled.
    fn init(&mut self, cx: &mut Context<'_, Self>) -> impl Future<Output = Result> + Send {
        cx.inherited().init()
    }

    /// Called on each connection, after the upgrade and before the login, which waits for it: at most `auth.timeout`, so do not await
    /// a call of the venue here. An error drops the connection.
    fn handle_connect(
        &mut self,
        info: &ConnectionInfo,
        cx: &mut Context<'_, Self>,
    ) -> impl Future<Output = Result> + Send {
        cx.inherited().handle_connect(info)
    }

    /// Called after each lost or closed connection.
    fn handle_disconnect(
        &mut self,
        disconnect: &Disconnect,
        cx: &mut Context<'_, Self>,
    ) -> impl Future<Output = ()> + Send {
        cx.inherited().handle_disconnect(disconnect)
    }

    /// Called with each data frame, before it is decoded. [`Flow::Consumed`] keeps it from everything behind; replies to calls,
    /// acknowledgements and heartbeats are served before and do not come here.
    fn handle_frame(&mut self, frame: &Frame, cx: &mut Context<'_, Self>) -> impl Future<Output = Result<Flow>> + Send {
        cx.inherited().handle_frame(frame)
    }

    /// Called after each step from one state to another, in order.
    fn handle_state(&mut self, transition: &Transition, cx: &mut Context<'_, Self>) -> impl Future<Output = ()> + Send {
        cx.inherited().handle_state(transition)
    }
}
