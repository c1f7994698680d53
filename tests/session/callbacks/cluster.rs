//! `ClusterAware`.

use std::sync::Arc;

use nova::{ClusterAware, ClusterUpdate, Context, Handle, NodeTransition, StateSnapshot, cluster::Local};
use serde_json::json;

use super::{Notes, subscribed};
use crate::support::{Peer, Plain, Server, settle, venue};

#[nova::client(platform = Plain, profile = "financial", overrides(ClusterAware))]
struct Node {
    name: &'static str,
    notes: Arc<Notes>,
}

impl ClusterAware for Node {
    async fn handle_node_transition(&mut self, transition: &NodeTransition, cx: &mut Context<'_, Self>) {
        let (sign, id) = match transition {
            NodeTransition::Joined(id) => ('+', id),
            NodeTransition::Left(id) => ('-', id),
            other => panic!("{other:?}"),
        };
        self.notes.write(format!("{} {sign}{}", self.name, id.split('-').next().unwrap_or_default()));
        cx.inherited().handle_node_transition(transition).await;
    }

    async fn handle_cluster_update(&mut self, update: &ClusterUpdate, cx: &mut Context<'_, Self>) {
        let from = String::from_utf8_lossy(&update.state.extra);
        self.notes.write(format!("{} hears of {from}: {:?}", self.name, update.state.topics));
        cx.inherited().handle_cluster_update(update).await;
    }

    async fn prepare_state_sync(&mut self, cx: &mut Context<'_, Self>) -> StateSnapshot {
        let mut snapshot = cx.inherited().prepare_state_sync().await;
        self.notes.write(format!("{} tells {:?}", self.name, snapshot.topics));
        snapshot.extra = self.name.as_bytes().to_vec();
        snapshot
    }
}

async fn start(name: &'static str, notes: &Arc<Notes>, cluster: &Local) -> (Handle<Node>, Server, Peer) {
    let (dialer, server) = venue();
    let node = Node { name, notes: notes.clone() };
    let desk = nova::connect(node).cluster(cluster.clone()).dialer(dialer).start().expect("started");
    let peer = server.ready().await;
    desk.wait_ready().await.expect("ready");
    settle().await;
    (desk, server, peer)
}

#[tokio::test(start_paused = true)]
async fn nodes_hear_of_each_other_and_of_what_they_want() {
    let (notes, cluster) = (Arc::new(Notes::new()), Local::new());
    let (one, server, mut peer) = start("one", &notes, &cluster).await;
    assert_eq!(notes.take(), ["one tells []"]);
    subscribed(&one, &mut peer, "a").await;

    let (two, _server_of_two, peer_of_two) = start("two", &notes, &cluster).await;
    let mut heard = notes.take();
    heard.sort();
    assert_eq!(
        heard,
        [
            "one +Node",
            "one hears of two: []",
            r#"one tells ["a"]"#,
            "two +Node",
            r#"two hears of one: ["a"]"#,
            "two tells []",
        ]
    );

    // Ready anew, it tells anew.
    drop(peer);
    let mut peer = server.ready().await;
    peer.answer("subscribe", json!(["a"])).await;
    one.wait_ready().await.expect("ready");
    settle().await;
    assert_eq!(notes.take(), [r#"one tells ["a"]"#, r#"two hears of one: ["a"]"#]);

    tokio::spawn(peer_of_two.rest());
    two.close().await;
    settle().await;
    assert_eq!(notes.take(), ["two tells []", "one hears of two: []", "one -Node"]);
}

#[tokio::test(start_paused = true)]
async fn a_cluster_that_is_switched_off_is_not_joined() {
    let (notes, cluster) = (Arc::new(Notes::new()), Local::new());
    let (dialer, server) = venue();
    let off = nova::Patch::new().cluster(nova::patch::Cluster::new().enabled(false));
    let node = Node { name: "one", notes: notes.clone() };
    let desk = nova::connect(node).cluster(cluster.clone()).configure(off).dialer(dialer).start().expect("started");
    let _peer = server.ready().await;
    desk.wait_ready().await.expect("ready");
    settle().await;
    assert_eq!(format!("{cluster:?}"), "Local {}");
    assert!(notes.take().is_empty());
}

#[tokio::test(start_paused = true)]
async fn a_client_that_overrides_nothing_tells_the_topics_it_wants() {
    #[nova::client(platform = Plain, profile = "financial")]
    struct Desk;

    let cluster = Local::new();
    let mut listener = nova::ClusterEngine::join(&cluster, "Desk", "listener".into());
    let (dialer, server) = venue();
    let desk = nova::connect(Desk).cluster(cluster.clone()).dialer(dialer).start().expect("started");
    let mut peer = server.ready().await;
    desk.wait_ready().await.expect("ready");
    subscribed(&desk, &mut peer, "a").await;
    let _newcomer = nova::ClusterEngine::join(&cluster, "Desk", "newcomer".into());
    desk.send("awake").await.expect("sent");
    settle().await;
    let topics: Vec<_> = std::iter::from_fn(|| listener.events.try_recv().ok())
        .filter_map(|event| match event {
            nova::cluster::ClusterEvent::Update(update) => Some(update.state.topics.clone()),
            _ => None,
        })
        .collect();
    assert_eq!(topics, [vec![], vec!["a".to_owned()]]);
}
