//! The engine built in: the clients of one process are the nodes.
//!
//! Every word is handed on under the registry's lock and without waiting, so that all nodes hear the same order and one that does not
//! listen costs the others nothing.

use std::{
    collections::{BTreeMap, HashMap},
    fmt,
    sync::{Arc, LazyLock, Mutex, MutexGuard, PoisonError},
};

use tokio::sync::mpsc;

use super::{
    Account, ClusterEngine, ClusterEvent, ClusterUpdate, Membership, NodeId, NodeTransition, StateSnapshot, Voice,
};
use crate::flow::{SharedLimiter, WeakLimiter};

/// Words kept for a node that does not listen, beside those about the nodes it found when it joined.
const WORDS: usize = 256;

/// The clients of one process as the nodes of a cluster. `cluster = "local"`.
///
/// [`Local::default`] is the same for the whole process, [`Local::new`] one of its own; clones share their nodes. Nodes with the same
/// account at a venue share its limits, where their profile says so: together they never exceed them. No work is placed: each node
/// keeps what it was given, whatever `cluster.strategy` says.
///
/// ```
/// use nova::cluster::{ClusterEngine, ClusterEvent, Local, NodeTransition};
///
/// let cluster = Local::new();
/// let mut desk = cluster.join("desks", "desk".into());
/// let twin = cluster.join("desks", "desk".into());
///
/// // The name was taken, so the second got one of its own.
/// assert_eq!(&*twin.id, "desk#2");
/// assert!(matches!(desk.events.try_recv(), Ok(ClusterEvent::Node(NodeTransition::Joined(node))) if *node == *"desk#2"));
/// ```
#[derive(Clone)]
pub struct Local {
    registry: Arc<Mutex<Registry>>,
    /// Kept for as long as a client of the account runs.
    limits: Arc<Mutex<HashMap<Account, WeakLimiter>>>,
}

/// The groups, and in each its nodes by name: a newcomer hears of them in that order.
type Registry = HashMap<Arc<str>, BTreeMap<NodeId, Ear>>;

/// Where a node hears.
struct Ear {
    events: mpsc::Sender<ClusterEvent>,
    /// Words it missed since the last one it heard.
    missed: u64,
}

impl Ear {
    fn tell(&mut self, event: ClusterEvent) {
        if self.missed > 0 && self.events.try_send(ClusterEvent::Missed { words: self.missed }).is_ok() {
            self.missed = 0;
        }
        // What follows a gap that could not be told must not be heard before it.
        if self.missed > 0 || self.events.try_send(event).is_err() {
            self.missed += 1;
        }
    }
}

impl Local {
    /// A cluster of its own, apart from that of the process.
    pub fn new() -> Self {
        Self { registry: Arc::default(), limits: Arc::default() }
    }

    fn registry(&self) -> MutexGuard<'_, Registry> {
        self.registry.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Tells everybody in `group` but `speaker`.
    fn tell_others(&self, group: &str, speaker: &NodeId, event: &ClusterEvent) {
        for (_, ear) in self.registry().get_mut(group).into_iter().flatten().filter(|(node, _)| *node != speaker) {
            ear.tell(event.clone());
        }
    }
}

/// The cluster of the process: every default is the same one.
impl Default for Local {
    fn default() -> Self {
        static PROCESS: LazyLock<Local> = LazyLock::new(Local::new);
        PROCESS.clone()
    }
}

impl ClusterEngine for Local {
    fn join(&self, group: &str, node: NodeId) -> Membership {
        let mut registry = self.registry();
        let nodes = registry.entry(group.into()).or_default();
        let id = free_name(nodes, node);
        // Room for everybody present, so that no newcomer starts with a hole.
        let (sender, events) = mpsc::channel(WORDS + nodes.len());
        let mut newcomer = Ear { events: sender, missed: 0 };
        for (present, ear) in nodes.iter_mut() {
            newcomer.tell(ClusterEvent::Node(NodeTransition::Joined(present.clone())));
            ear.tell(ClusterEvent::Node(NodeTransition::Joined(id.clone())));
        }
        nodes.insert(id.clone(), newcomer);
        drop(registry);
        let voice = LocalVoice { cluster: self.clone(), group: group.into(), id: id.clone() };
        Membership { id, events, voice: Box::new(voice) }
    }

    fn limits(&self, account: &Account) -> Option<SharedLimiter> {
        let mut limits = self.limits.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(shared) = limits.get(account).and_then(WeakLimiter::upgrade) {
            return Some(shared);
        }
        limits.retain(|_, limiter| limiter.upgrade().is_some());
        let fresh = SharedLimiter::new();
        limits.insert(*account, fresh.downgrade());
        Some(fresh)
    }
}

/// The name asked for, or the first of `name#2`, `name#3`, … that nobody bears.
fn free_name(nodes: &BTreeMap<NodeId, Ear>, node: NodeId) -> NodeId {
    if !nodes.contains_key(&node) {
        return node;
    }
    let mut number = 2_u64;
    loop {
        let name = NodeId::from(format!("{node}#{number}"));
        if !nodes.contains_key(&name) {
            return name;
        }
        number += 1;
    }
}

impl fmt::Debug for Local {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let registry = self.registry();
        f.write_str("Local ")?;
        f.debug_map().entries(registry.iter().map(|(group, nodes)| (group, nodes.keys()))).finish()
    }
}

/// A node's voice; dropping it leaves.
struct LocalVoice {
    cluster: Local,
    group: Arc<str>,
    id: NodeId,
}

impl Voice for LocalVoice {
    fn publish(&self, snapshot: StateSnapshot) {
        let update = ClusterUpdate::new(self.id.clone(), snapshot);
        self.cluster.tell_others(&self.group, &self.id, &ClusterEvent::Update(update));
    }
}

impl Drop for LocalVoice {
    fn drop(&mut self) {
        let mut registry = self.cluster.registry();
        let Some(nodes) = registry.get_mut(&self.group) else { return };
        nodes.remove(&self.id);
        for ear in nodes.values_mut() {
            ear.tell(ClusterEvent::Node(NodeTransition::Left(self.id.clone())));
        }
        if nodes.is_empty() {
            registry.remove(&self.group);
        }
    }
}

impl fmt::Debug for LocalVoice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LocalVoice").field("group", &self.group).field("id", &self.id).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;

    fn joined(node: &str) -> String {
        format!("+{node}")
    }

    /// What a node has heard, one word each: `+a` joined, `-a` left, `a:topic` told, `!3` missed.
    fn heard(membership: &mut Membership) -> Vec<String> {
        std::iter::from_fn(|| membership.events.try_recv().ok())
            .map(|event| match event {
                ClusterEvent::Node(NodeTransition::Joined(node)) => joined(&node),
                ClusterEvent::Node(NodeTransition::Left(node)) => format!("-{node}"),
                ClusterEvent::Update(update) => format!("{}:{}", update.from, update.state.topics.join(",")),
                ClusterEvent::Missed { words } => format!("!{words}"),
            })
            .collect()
    }

    fn topics(topic: &str) -> StateSnapshot {
        StateSnapshot::new(vec![topic.to_owned()])
    }

    #[test]
    fn a_newcomer_and_those_present_hear_of_each_other_and_nobody_of_himself() {
        let cluster = Local::new();
        let mut one = cluster.join("desks", "one".into());
        let mut two = cluster.join("desks", "two".into());
        let mut three = cluster.join("desks", "three".into());
        assert_eq!(heard(&mut one), ["+two", "+three"]);
        assert_eq!(heard(&mut two), ["+one", "+three"]);
        assert_eq!(heard(&mut three), ["+one", "+two"]);
    }

    #[test]
    fn a_snapshot_reaches_all_others_of_the_group_and_no_other_group() {
        let cluster = Local::new();
        let mut nodes = ["one", "two", "three"].map(|name| cluster.join("desks", name.into()));
        let mut stranger = cluster.join("bots", "one".into());
        for node in &mut nodes {
            heard(node);
        }
        nodes[1].voice.publish(topics("ticker.a"));
        assert_eq!(
            nodes.each_mut().map(heard),
            [vec!["two:ticker.a".to_owned()], vec![], vec!["two:ticker.a".to_owned()]]
        );
        assert_eq!(heard(&mut stranger), [""; 0]);
    }

    #[test]
    fn dropping_the_membership_tells_the_others_and_frees_name_and_group() {
        let cluster = Local::new();
        let mut one = cluster.join("desks", "one".into());
        drop(cluster.join("desks", "two".into()));
        assert_eq!(heard(&mut one), ["+two", "-two"]);
        assert_eq!(&*cluster.join("desks", "two".into()).id, "two");
        drop(one);
        assert_eq!(format!("{cluster:?}"), "Local {}");
    }

    #[test]
    fn a_name_that_is_taken_gets_a_number_that_is_not() {
        let cluster = Local::new();
        let nodes = ["desk", "desk#2", "desk", "desk"].map(|name| cluster.join("desks", name.into()));
        assert_eq!(nodes.each_ref().map(|node| &*node.id), ["desk", "desk#2", "desk#3", "desk#4"]);
        assert_eq!(&*cluster.join("bots", "desk".into()).id, "desk");
    }

    #[test]
    fn a_node_that_does_not_listen_holds_up_nobody_and_is_told_what_it_missed() {
        let cluster = Local::new();
        let mut deaf = cluster.join("desks", "deaf".into());
        let mut awake = cluster.join("desks", "awake".into());
        for number in 0..WORDS + 9 {
            awake.voice.publish(topics(&number.to_string()));
        }
        // The join took one place, so ten of the newest words found none.
        let words = heard(&mut deaf);
        assert_eq!((words.len(), words[1].as_str(), words[WORDS - 1].as_str()), (WORDS, "awake:0", "awake:254"));
        awake.voice.publish(topics("again"));
        assert_eq!(heard(&mut deaf), ["!10", "awake:again"]);
        assert_eq!(heard(&mut awake), ["+deaf"]);
    }

    #[test]
    fn a_newcomer_hears_of_everybody_however_many_there_are() {
        let cluster = Local::new();
        let crowd: Vec<_> = (0..2 * WORDS).map(|n| cluster.join("desks", format!("{n}").into())).collect();
        assert_eq!(heard(&mut cluster.join("desks", "late".into())).len(), crowd.len());
    }

    #[test]
    fn the_default_is_one_cluster_for_the_process_and_a_new_one_is_apart() {
        let group = "the default is shared";
        let mut one = Local::default().join(group, "one".into());
        let _two = Local::default().join(group, "two".into());
        let mut apart = Local::new().join(group, "three".into());
        assert_eq!(heard(&mut one), ["+two"]);
        assert_eq!(heard(&mut apart), [""; 0]);
    }

    proptest! {
        #[test]
        fn whoever_listens_knows_who_is_there(steps in prop::collection::vec((any::<bool>(), 0_usize..8), 0..60)) {
            let cluster = Local::new();
            let mut nodes: Vec<(Membership, BTreeSet<String>)> = Vec::new();
            for (join, pick) in steps {
                if join {
                    nodes.push((cluster.join("desks", format!("{}", pick % 3).into()), BTreeSet::new()));
                } else if !nodes.is_empty() {
                    nodes.remove(pick % nodes.len());
                }
                let present: BTreeSet<String> = nodes.iter().map(|(node, _)| node.id.to_string()).collect();
                prop_assert_eq!(present.len(), nodes.len());
                for (node, known) in &mut nodes {
                    for word in heard(node) {
                        match word.split_at(1) {
                            ("+", name) => prop_assert!(known.insert(name.to_owned())),
                            (_, name) => prop_assert!(known.remove(name)),
                        }
                    }
                    let mut others = present.clone();
                    others.remove(&*node.id);
                    prop_assert_eq!(&*known, &others);
                }
            }
        }
    }
}
