//! What the engine has seen and a callback must be told, in order.

use crate::{
    auth::AuthResponse,
    cluster::{ClusterUpdate, NodeTransition},
    error::Error,
    message::{Dropped, Gap, Raw},
    platform::SubscriptionResponse,
    state::{ConnectionInfo, Disconnect, Transition},
    verdict::{Beat, Limited, Pressure},
};

/// What a callback must be told. No larger than a message, which is most of it and is moved about.
#[derive(Debug)]
pub(crate) enum Seen {
    /// A step between states: `handle_state`.
    Step(Box<Transition>),
    /// `handle_connect`.
    Connected(ConnectionInfo),
    /// `handle_disconnect`.
    Disconnected(Box<Disconnect>),
    /// `generate_auth_data`; the number is the connection's.
    Login { epoch: u64, refresh: bool },
    /// `handle_auth_response`.
    Auth { epoch: u64, response: AuthResponse },
    /// `handle_frame`, then `handle_message`: of the message that is [next](super::engine::Engine::next).
    Message,
    /// The same of one that has waited.
    Kept(Raw),
    /// Messages were left out here: the client was busy for too long, or their topic is thinned.
    Dropped(Dropped),
    /// A frame the platform could not read.
    Undecodable(Box<(Raw, Error)>),
    /// `handle_gap`.
    Gap(Gap),
    /// `handle_subscription_response`.
    Subscription(SubscriptionResponse),
    /// `handle_error`.
    Error { error: Error, of_link: bool },
    /// `handle_heartbeat`.
    Beat(Beat),
    /// `handle_limited`.
    Limited(Limited),
    /// `handle_pressure`.
    Pressure(Pressure),
    /// `handle_node_transition`.
    Node(NodeTransition),
    /// `handle_cluster_update`.
    Update(ClusterUpdate),
    /// `prepare_state_sync`.
    Sync,
    /// Nothing comes any more.
    End,
}
