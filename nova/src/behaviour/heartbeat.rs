//! Heartbeats: how often, with what, and what came back.

use std::time::Duration;

use crate::{
    client::Client,
    config::Config,
    context::{Context, Lent, View},
    platform::Heartbeat,
    verdict::Beat,
};

/// What happens to keep a silent link alive, and to find out that it is dead.
#[diagnostic::on_unimplemented(
    message = "`{Self}` overrides a behaviour that it does not implement",
    label = "`overrides(..)` names `HeartbeatHandler`, but there is no `impl` of it for `{Self}`",
    note = "write the `impl`, or leave it out of `overrides(..)` to inherit the platform's"
)]
pub trait HeartbeatHandler: Client {
    /// Decides how long a link may be silent before a heartbeat is sent; `None` sends none.
    fn interval(config: &Config, view: View<'_, Self>) -> Option<Duration> {
        view.inherited().interval(config)
    }

    /// Makes the heartbeat.
    ///
    /// Without `self`, so that it leaves on time whatever the handlers do.
    fn heartbeat(lent: &mut Lent<'_, Self>) -> Heartbeat {
        lent.inherited().heartbeat()
    }

    /// Called when a heartbeat was sent, answered or missed.
    fn handle_heartbeat(&mut self, beat: &Beat, cx: &mut Context<'_, Self>) -> impl Future<Output = ()> + Send {
        cx.inherited().handle_heartbeat(beat)
    }
}
