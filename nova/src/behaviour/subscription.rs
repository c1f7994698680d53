//! Subscribing, and holes in what was subscribed.

use crate::{
    client::Client,
    context::{Context, Lent},
    error::Result,
    message::{Gap, Outgoing, Params},
    platform::SubscriptionResponse,
    verdict::Resync,
};

/// What happens around topics.
#[diagnostic::on_unimplemented(
    message = "`{Self}` overrides a behaviour that it does not implement",
    label = "`overrides(..)` names `SubscriptionHandler`, but there is no `impl` of it for `{Self}`",
    note = "write the `impl`, or leave it out of `overrides(..)` to inherit the platform's"
)]
pub trait SubscriptionHandler: Client {
    /// Makes the message that subscribes these topics (those of one chunk, with equal parameters).
    ///
    /// Without `self`, so that a handler may subscribe while it is itself pending.
    ///
    /// # Errors
    /// [`Error::Unsupported`](crate::Error::Unsupported) where the venue has no subscriptions; the topics are refused with it.
    fn subscribe(topics: &[&str], params: &Params, lent: &mut Lent<'_, Self>) -> Result<Outgoing> {
        lent.inherited().subscribe(topics, params)
    }

    /// Makes the message that unsubscribes these topics.
    ///
    /// # Errors
    /// [`Error::Unsupported`](crate::Error::Unsupported) where the venue has no subscriptions.
    fn unsubscribe(topics: &[&str], lent: &mut Lent<'_, Self>) -> Result<Outgoing> {
        lent.inherited().unsubscribe(topics)
    }

    /// Called with each answer of the venue to a subscribe, as it lists the topics. The engine has noted it already.
    fn handle_subscription_response(
        &mut self,
        response: &SubscriptionResponse,
        cx: &mut Context<'_, Self>,
    ) -> impl Future<Output = Result> + Send {
        cx.inherited().handle_subscription_response(response)
    }

    /// Called once for each hole in a topic, before the first message behind it; says how to close it.
    fn handle_gap(&mut self, gap: &Gap, cx: &mut Context<'_, Self>) -> impl Future<Output = Resync> + Send {
        cx.inherited().handle_gap(gap)
    }
}
