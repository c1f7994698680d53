//! Clusters: nodes coming and going, and what they tell each other. Called only where a cluster engine was given.

use crate::{
    client::Client,
    cluster::{ClusterUpdate, NodeTransition, StateSnapshot},
    context::Context,
};

/// What happens between the nodes of a cluster.
#[diagnostic::on_unimplemented(
    message = "`{Self}` overrides a behaviour that it does not implement",
    label = "`overrides(..)` names `ClusterAware`, but there is no `impl` of it for `{Self}`",
    note = "write the `impl`, or leave it out of `overrides(..)` to inherit the platform's"
)]
pub trait ClusterAware: Client {
    /// Called when another node came or went.
    fn handle_node_transition(
        &mut self,
        transition: &NodeTransition,
        cx: &mut Context<'_, Self>,
    ) -> impl Future<Output = ()> + Send {
        cx.inherited().handle_node_transition(transition)
    }

    /// Called when another node told its state.
    fn handle_cluster_update(
        &mut self,
        update: &ClusterUpdate,
        cx: &mut Context<'_, Self>,
    ) -> impl Future<Output = ()> + Send {
        cx.inherited().handle_cluster_update(update)
    }

    /// Makes what this node tells the others: when it gets ready, when another node joins, and when it closes.
    fn prepare_state_sync(&mut self, cx: &mut Context<'_, Self>) -> impl Future<Output = StateSnapshot> + Send {
        cx.inherited().prepare_state_sync()
    }
}
