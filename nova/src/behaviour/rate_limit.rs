//! Rate limits: what a message costs, and whether it may leave now.

use crate::{
    client::Client,
    context::{Context, View},
    message::Outgoing,
    verdict::{Admission, Limited, LimiterView},
};

/// What happens to keep within the venue's limits.
#[diagnostic::on_unimplemented(
    message = "`{Self}` overrides a behaviour that it does not implement",
    label = "`overrides(..)` names `RateLimitHandler`, but there is no `impl` of it for `{Self}`",
    note = "write the `impl`, or leave it out of `overrides(..)` to inherit the platform's"
)]
pub trait RateLimitHandler: Client {
    /// Decides whether a message may leave now, has to wait, or is refused. The limiter has been asked already: `limiter` tells
    /// what it would say.
    fn check_rate_limit(outgoing: &Outgoing, limiter: &LimiterView, view: View<'_, Self>) -> Admission {
        view.inherited().check_rate_limit(outgoing, limiter)
    }

    /// What a message costs.
    fn cost(outgoing: &Outgoing, view: View<'_, Self>) -> u32 {
        view.inherited().cost(outgoing)
    }

    /// Called when the limiter held back or refused a message.
    fn handle_limited(&mut self, limited: &Limited, cx: &mut Context<'_, Self>) -> impl Future<Output = ()> + Send {
        cx.inherited().handle_limited(limited)
    }
}
