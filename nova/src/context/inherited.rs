//! What an async callback would have got: the behaviour of platform, profile and strategy.

use std::{
    fmt,
    future::{Future, ready},
};

use tokio::sync::oneshot;

use super::Context;
use crate::{
    auth::{AuthResponse, Credentials},
    client::Client,
    cluster::{ClusterUpdate, NodeTransition, StateSnapshot},
    config::Config,
    error::{Error, Result},
    frame::Frame,
    message::{Gap, Outgoing},
    platform::SubscriptionResponse,
    shared::{Ask, Shared, lock},
    state::{ConnectionInfo, Disconnect, Transition},
    verdict::{Beat, Flow, Limited, Pressure, Recovery, Resync},
};

/// The inherited async callbacks. Each does at once what it does; the future is for symmetry with the callback.
pub struct Inherited<'a, C: Client> {
    shared: &'a Shared<C>,
    config: &'a Config,
}

impl<'a, C: Client> Inherited<'a, C> {
    pub(super) fn new(shared: &'a Shared<C>, config: &'a Config) -> Self {
        Self { shared, config }
    }

    /// Nothing to do.
    pub fn init(&self) -> impl Future<Output = Result> + Send + use<C> {
        ready(Ok(()))
    }

    /// Nothing to do: the engine logs in, prepares and restores by itself.
    pub fn handle_connect(&self, info: &ConnectionInfo) -> impl Future<Output = Result> + Send + use<C> {
        let _ = info;
        ready(Ok(()))
    }

    /// Nothing to do: the engine comes back by itself.
    pub fn handle_disconnect(&self, disconnect: &Disconnect) -> impl Future<Output = ()> + Send + use<C> {
        let _ = disconnect;
        ready(())
    }

    /// Lets every frame through.
    pub fn handle_frame(&self, frame: &Frame) -> impl Future<Output = Result<Flow>> + Send + use<C> {
        let _ = frame;
        ready(Ok(Flow::Continue))
    }

    /// Nothing to do: steps are told by the engine itself.
    pub fn handle_state(&self, transition: &Transition) -> impl Future<Output = ()> + Send + use<C> {
        let _ = transition;
        ready(())
    }

    /// Delivers it to `next()`.
    pub fn handle_message(&self, message: C::Message) -> impl Future<Output = Result> + Send + use<C> {
        Context::new(self.shared, self.config).deliver(message);
        ready(Ok(()))
    }

    /// Nothing to do: the engine has noted it.
    pub fn handle_subscription_response(
        &self,
        response: &SubscriptionResponse,
    ) -> impl Future<Output = Result> + Send + use<C> {
        let _ = response;
        ready(Ok(()))
    }

    /// A hole in the venue's numbering is closed by subscribing again; otherwise the topic has been subscribed again already.
    pub fn handle_gap(&self, gap: &Gap) -> impl Future<Output = Resync> + Send + use<C> {
        ready(Resync::after(&gap.cause))
    }

    /// The platform's login. Answered by the engine, because it may need what the platform remembers.
    pub fn generate_auth_data(
        &self,
        credentials: &Credentials,
    ) -> impl Future<Output = Result<Outgoing>> + Send + use<'a, C> {
        let (answer, answered) = oneshot::channel();
        lock(&self.shared.asks).push_back(Ask::Login { credentials: credentials.clone(), answer });
        async move { answered.await.unwrap_or(Err(Error::ClientClosed)) }
    }

    /// Takes the venue's word for it.
    pub fn handle_auth_response(&self, response: &AuthResponse) -> impl Future<Output = Result> + Send + use<C> {
        ready(match response {
            AuthResponse::Accepted { .. } => Ok(()),
            AuthResponse::Refused { error, .. } => Err(error.clone()),
        })
    }

    /// Goes on: the strategy decides about lost links, everything else costs no connection.
    pub fn handle_error(&self, error: &Error) -> impl Future<Output = Recovery> + Send + use<C> {
        let _ = error;
        ready(Recovery::Continue)
    }

    /// Nothing to do.
    pub fn handle_heartbeat(&self, beat: &Beat) -> impl Future<Output = ()> + Send + use<C> {
        let _ = beat;
        ready(())
    }

    /// Nothing to do: it was held back or refused already.
    pub fn handle_limited(&self, limited: &Limited) -> impl Future<Output = ()> + Send + use<C> {
        let _ = limited;
        ready(())
    }

    /// Nothing to do: what was dropped is told in-band.
    pub fn handle_pressure(&self, pressure: &Pressure) -> impl Future<Output = ()> + Send + use<C> {
        let _ = pressure;
        ready(())
    }

    /// Nothing to do.
    pub fn handle_node_transition(&self, transition: &NodeTransition) -> impl Future<Output = ()> + Send + use<C> {
        let _ = transition;
        ready(())
    }

    /// Nothing to do.
    pub fn handle_cluster_update(&self, update: &ClusterUpdate) -> impl Future<Output = ()> + Send + use<C> {
        let _ = update;
        ready(())
    }

    /// The wanted topics.
    pub fn prepare_state_sync(&self) -> impl Future<Output = StateSnapshot> + Send + use<C> {
        ready(StateSnapshot::new(self.shared.wanted()))
    }
}

impl<C: Client> fmt::Debug for Inherited<'_, C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Inherited").field("client", &C::NAME).finish_non_exhaustive()
    }
}
