//! Behaviour of the platform over a small chain that is mined, reorganised and cut off at random.

use std::collections::VecDeque;

use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;
use crate::{
    Codec,
    codec::Json,
    error::ErrorClass,
    platform::{Inbound, PlatformSpec},
};

#[derive(Clone, Debug)]
struct Block {
    number: u64,
    hash: u64,
    parent: u64,
    logs: u64,
}

fn hash(number: u64) -> String {
    format!("{number:#066x}")
}

impl Block {
    fn head(&self) -> Value {
        json!({"number": format!("{:#x}", self.number), "hash": hash(self.hash), "parentHash": hash(self.parent)})
    }

    fn log(&self, index: u64, removed: bool) -> Value {
        json!({"blockNumber": format!("{:#x}", self.number), "blockHash": hash(self.hash), "logIndex": format!("{index:#x}"),
            "transactionHash": hash(self.hash * 100 + index), "removed": removed, "data": "0x"})
    }
}

/// A node, the client's side of the connection, and what was delivered.
struct World {
    platform: Ethereum,
    state: State,
    chain: Vec<Block>,
    mined: u64,
    /// Notifications under way.
    wire: VecDeque<Value>,
    asked: VecDeque<Inquiry>,
    up: bool,
    logs_at_most: u64,
    refuse: Option<Value>,
    told: Vec<String>,
    gaps: Vec<String>,
    heads: Vec<String>,
    logs: Vec<String>,
}

const TOPICS: [&str; 2] = ["newHeads", "logs.x"];

impl World {
    fn new(platform: Ethereum) -> Self {
        let genesis = Block { number: 0, hash: 1, parent: 0, logs: 0 };
        let mut world = Self {
            platform,
            state: State::default(),
            chain: vec![genesis],
            mined: 1,
            wire: VecDeque::new(),
            asked: VecDeque::new(),
            up: false,
            logs_at_most: 100,
            refuse: None,
            told: Vec::new(),
            gaps: Vec::new(),
            heads: Vec::new(),
            logs: Vec::new(),
        };
        world.connect();
        world.settle();
        world
    }

    /// Mines a block on the one of this height.
    fn mine_on(&mut self, height: usize, logs: u64) {
        let height = height.min(self.chain.len() - 1);
        for gone in self.chain.split_off(height + 1).iter().rev() {
            (0..gone.logs).rev().for_each(|index| self.push(1, &gone.log(index, true)));
        }
        self.mined += 1;
        let parent = &self.chain[height];
        let block = Block { number: parent.number + 1, hash: self.mined, parent: parent.hash, logs };
        self.push(0, &block.head());
        (0..logs).for_each(|index| self.push(1, &block.log(index, false)));
        self.chain.push(block);
    }

    fn mine(&mut self, logs: u64) {
        self.mine_on(usize::MAX, logs);
    }

    fn push(&mut self, subscription: u64, result: &Value) {
        if self.up {
            let params = json!({"subscription": subscription, "result": result});
            self.wire.push_back(json!({"method": "eth_subscription", "params": params}));
        }
    }

    fn cut(&mut self) {
        self.wire.clear();
        self.asked.clear();
        self.up = false;
    }

    fn connect(&mut self) {
        self.cut();
        self.up = true;
        self.platform.connected(&mut self.state);
        for (number, topic) in TOPICS.into_iter().enumerate() {
            self.platform.subscribe(&mut self.state, &[topic], &Params::new()).unwrap();
            let response = self.platform.subscribed(&mut self.state, &[topic], Ok(&number.to_string()));
            assert!(response.rejected.is_empty());
        }
        self.release();
    }

    fn release(&mut self) {
        while let Some(frame) = self.platform.held(&mut self.state) {
            self.receive(&frame);
        }
        self.asked.extend(std::iter::from_fn(|| self.platform.inquire(&mut self.state)));
    }

    fn receive(&mut self, frame: &Frame) {
        let text = Json.open(frame).unwrap();
        match self.platform.receive(&mut self.state, Incoming::new(frame, Some(&text))).unwrap() {
            Inbound::Message { envelope, continuity } => {
                if let Continuity::Hole { .. } = continuity {
                    return self.gaps.push(format!("{continuity:?}"));
                }
                if continuity == Continuity::Follows {
                    self.gaps.push(envelope.channel().unwrap().to_owned());
                }
                let data: Value = envelope.data(&Json).unwrap();
                self.deliver(envelope.channel().unwrap(), &data);
            }
            Inbound::Ignored => {}
            other => panic!("{other:?}"),
        }
    }

    /// Every message changes what its reader has: nothing comes twice, nothing is taken back that was not there.
    fn deliver(&mut self, channel: &str, data: &Value) {
        let list = if channel == "newHeads" { &mut self.heads } else { &mut self.logs };
        let key = format!("{}/{}", data["blockHash"].as_str().or(data["hash"].as_str()).unwrap(), data["logIndex"]);
        let place = list.iter().position(|known| *known == key);
        if data["removed"] == true {
            let place = place.unwrap_or_else(|| panic!("{key} was never delivered"));
            if channel == "newHeads" {
                assert_eq!(place, list.len() - 1, "heads are taken back from the newest");
            }
            list.remove(place);
        } else {
            assert_eq!(place, None, "{key} was delivered twice");
            if channel == "newHeads" && !list.is_empty() && self.gaps.is_empty() {
                let parent = format!("{}/null", data["parentHash"].as_str().unwrap());
                assert_eq!(*list.last().unwrap(), parent, "each head follows its parent");
            }
            list.push(key);
        }
        self.told.push(format!("{channel}{}", if data["removed"] == true { " removed" } else { "" }));
    }

    /// One thing that is under way arrives.
    fn arrive(&mut self, answer_first: bool) -> bool {
        let answer = if answer_first { self.answer() } else { false };
        let arrived = answer
            || self.wire.pop_front().is_some_and(|notification| {
                self.receive(&Frame::text(notification.to_string()));
                true
            })
            || self.answer();
        self.release();
        arrived
    }

    fn answer(&mut self) -> bool {
        let Some(Inquiry { tag, call, .. }) = self.asked.pop_front() else { return false };
        let params: Value = serde_json::from_str(call.text().unwrap()).unwrap();
        let number = |value: &Value| u64::from_str_radix(&value.as_str().unwrap()[2..], 16).unwrap();
        let result = match call.method().unwrap() {
            "eth_blockNumber" => Ok(json!(format!("{:#x}", self.chain.len() - 1))),
            "eth_getBlockByNumber" if params[0] == "latest" => Ok(self.chain.last().unwrap().head()),
            "eth_getBlockByNumber" => Ok(usize::try_from(number(&params[0]))
                .ok()
                .and_then(|at| self.chain.get(at))
                .map_or(json!(null), Block::head)),
            "eth_getLogs" => {
                let (from, to) = (number(&params[0]["fromBlock"]), number(&params[0]["toBlock"]));
                let blocks = self.chain.iter().filter(|block| (from..=to).contains(&block.number));
                let logs: Vec<_> =
                    blocks.flat_map(|block| (0..block.logs).map(|index| block.log(index, false))).collect();
                if let Some(error) = &self.refuse {
                    Err(error.clone())
                } else if logs.len() as u64 > self.logs_at_most && to > from {
                    Err(json!({"code": -32_005, "message": "query returned more than 10000 results"}))
                } else {
                    Ok(json!(logs))
                }
            }
            other => panic!("{other}"),
        };
        let text = result.as_ref().map(Value::to_string).map_err(|error| {
            let class = self.platform.error_class(error["code"].as_i64().unwrap());
            let (code, message) = (error["code"].as_i64().unwrap(), error["message"].as_str().unwrap());
            error::judged(Error::Platform { class, code, message: message.into(), data: None })
        });
        match self.platform.informed(&mut self.state, tag, text.as_deref().map_err(Clone::clone)) {
            Inbound::Error(error) => self.gaps.push(error.to_string()),
            Inbound::Ignored | Inbound::Subscription(_) => {}
            other => panic!("{other:?}"),
        }
        true
    }

    fn settle(&mut self) {
        for _ in 0..100_000 {
            if !self.arrive(false) {
                return;
            }
        }
        panic!("it never comes to rest");
    }

    /// What a reader should have who has read everything since the beginning.
    fn assert_whole(&self) {
        let heads: Vec<_> = self.chain[1..].iter().map(|block| format!("{}/null", hash(block.hash))).collect();
        assert_eq!(self.heads, heads);
        let log = |block: &Block, index| format!("{}/\"{index:#x}\"", hash(block.hash));
        let mut logs: Vec<_> = self
            .chain
            .iter()
            .flat_map(|block| (0..block.logs).map(|index| log(block, index)).collect::<Vec<_>>())
            .collect();
        let mut found = self.logs.clone();
        logs.sort();
        found.sort();
        assert_eq!(found, logs);
        assert_eq!(self.gaps, [""; 0]);
    }
}

#[test]
fn r070_what_came_while_the_link_was_down_is_fetched_in_order() {
    let mut world = World::new(Ethereum::new().log_range(7));
    world.mine(2);
    world.settle();
    world.cut();
    for logs in 0..40 {
        world.mine(logs % 3);
    }
    world.connect();
    world.mine(1);
    world.settle();
    world.assert_whole();
    assert!(world.told.iter().all(|told| !told.contains("removed")));
}

#[test]
fn a_reorganisation_takes_back_what_it_abandons_live_and_behind_a_gap() {
    for live in [true, false] {
        let mut world = World::new(Ethereum::new());
        (0..6).for_each(|_| world.mine(1));
        world.settle();
        if !live {
            world.cut();
        }
        world.mine_on(3, 2);
        world.mine(1);
        if !live {
            world.connect();
        }
        world.settle();
        // A chain that has become shorter is known for what it is once it has grown past the one it replaced.
        world.mine(1);
        world.settle();
        world.assert_whole();
        assert_eq!(world.told.iter().filter(|told| *told == "newHeads removed").count(), 3, "live: {live}");
        assert_eq!(world.told.iter().filter(|told| *told == "logs.x removed").count(), 3, "live: {live}");
    }
}

#[test]
fn gap_one_lost_one_repeated_one_reordered() {
    let mut world = World::new(Ethereum::new());
    world.mine(0);
    world.settle();
    (0..4).for_each(|_| world.mine(0));
    let repeated = world.wire[0].clone();
    world.wire.insert(1, repeated);
    world.settle();
    world.assert_whole();
    (0..4).for_each(|_| world.mine(0));
    world.wire.remove(1);
    world.settle();
    world.assert_whole();
    (0..4).for_each(|_| world.mine(0));
    world.wire.swap(1, 2);
    world.settle();
    world.assert_whole();
}

#[test]
fn too_many_results_halve_the_range_until_they_fit() {
    let mut world = World::new(Ethereum::new());
    world.logs_at_most = 4;
    world.mine(1);
    world.settle();
    world.cut();
    (0..33).for_each(|_| world.mine(3));
    world.connect();
    world.settle();
    world.assert_whole();
}

#[test]
fn what_cannot_be_fetched_is_a_gap_and_says_why() {
    for (error, times) in [
        (json!({"code": -32_000, "message": "history has been pruned for this block"}), 1),
        (json!({"code": -32_602, "message": "eth_getLogs is limited to a 0 range"}), 1),
    ] {
        let mut world = World::new(Ethereum::new());
        world.mine(1);
        world.settle();
        world.cut();
        (0..9).for_each(|_| world.mine(1));
        world.refuse = Some(error);
        world.connect();
        world.settle();
        world.mine(1);
        world.settle();
        assert_eq!(world.gaps.iter().filter(|gap| gap.contains("refused")).count(), times, "{:?}", world.gaps);
        assert_eq!(world.gaps.last().map(String::as_str), Some("logs.x"), "the gap of the lost link is told");
        assert_eq!(world.logs.len(), 2, "the first and the last");
        assert_eq!(world.heads.len(), 11, "heads have nothing to do with it");
    }
}

#[test]
fn more_than_is_fetched_is_a_gap_before_the_latest() {
    let mut world = World::new(Ethereum::new().backfill(5));
    world.mine(1);
    world.settle();
    world.cut();
    (0..20).for_each(|_| world.mine(1));
    world.connect();
    world.settle();
    assert_eq!(world.gaps, ["newHeads", "logs.x"]);
    assert_eq!((world.heads.len(), world.logs.len()), (6, 6));
}

#[test]
fn what_was_left_and_is_asked_for_again_starts_anew() {
    let mut world = World::new(Ethereum::new());
    world.mine(0);
    world.settle();
    world.platform.unsubscribe(&mut world.state, &["newHeads"]).unwrap();
    world.cut();
    world.mine(0);
    world.connect();
    world.settle();
    world.mine(0);
    world.settle();
    assert_eq!((world.heads.len(), &world.gaps[..]), (2, &["newHeads".to_owned()][..]));
}

#[test]
fn topics_are_asked_for_as_the_node_calls_them() {
    let (platform, mut state) = (Ethereum::new(), State::default());
    let mut asked = |topic: &str, params: Value| {
        let call = platform.subscribe(&mut state, &[topic], params.as_object().unwrap()).unwrap();
        format!("{} {}", call.method().unwrap(), call.text().unwrap())
    };
    for (topic, params, expected) in [
        ("newHeads", json!({}), r#"["newHeads"]"#),
        ("logs", json!({}), r#"["logs"]"#),
        ("logs.usd", json!({"address": "0x1"}), r#"["logs",{"address":"0x1"}]"#),
        ("newPendingTransactions", json!({}), r#"["newPendingTransactions"]"#),
        ("newPendingTransactions.full", json!({}), r#"["newPendingTransactions",true]"#),
        (
            "alchemy_minedTransactions",
            json!({"hashesOnly": true}),
            r#"["alchemy_minedTransactions",{"hashesOnly":true}]"#,
        ),
        ("a.b", json!({}), r#"["a.b"]"#),
    ] {
        assert_eq!(asked(topic, params), format!("eth_subscribe {expected}"));
    }
    assert_eq!((Ethereum::SPEC.url, Ethereum::SPEC.bounds.chunk), ("", Some(1)));
}

#[test]
fn a_subscription_is_told_once_it_is_known_where_it_starts() {
    let (platform, mut state) = (Ethereum::new(), State::default());
    platform.subscribe(&mut state, &["logs"], &Params::new()).unwrap();
    let response = platform.subscribed(&mut state, &["logs"], Ok("\"0x1\""));
    assert!(response.confirmed.is_empty() && response.rejected.is_empty());
    let Inquiry { tag, call, .. } = platform.inquire(&mut state).unwrap();
    assert_eq!(call.method(), Some("eth_blockNumber"));
    let Inbound::Subscription(response) = platform.informed(&mut state, tag, Ok("\"0x5\"")) else { panic!("no word") };
    assert_eq!(response.confirmed, ["logs"]);
    assert!(matches!(platform.informed(&mut state, tag, Ok("\"0x5\"")), Inbound::Ignored), "once");

    platform.subscribe(&mut state, &["newHeads"], &Params::new()).unwrap();
    let class = ErrorClass::Platform;
    let refusal = Error::Platform { class, code: -32_601, message: "no such subscription".into(), data: None };
    let response = platform.subscribed(&mut state, &["newHeads"], Err(refusal));
    assert_eq!(response.rejected.len(), 1);
    assert!(platform.inquire(&mut state).is_none());
}

#[derive(Clone, Debug)]
enum Step {
    Mine(u64),
    Reorganise(usize, u64),
    Cut,
    Connect,
    Arrive(bool),
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        4 => (0_u64..3).prop_map(Step::Mine),
        1 => (1_usize..4, 0_u64..3).prop_map(|(depth, logs)| Step::Reorganise(depth, logs)),
        1 => Just(Step::Cut),
        2 => Just(Step::Connect),
        8 => any::<bool>().prop_map(Step::Arrive),
    ];
    prop::collection::vec(step, 0..80)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]
    #[test]
    fn whatever_happens_readers_have_the_chain_in_the_end(steps in steps(), range in 1_u64..9) {
        let mut world = World::new(Ethereum::new().log_range(range));
        world.logs_at_most = 5;
        for step in steps {
            match step {
                Step::Mine(logs) => world.mine(logs),
                Step::Reorganise(depth, logs) => world.mine_on((world.chain.len() - 1).saturating_sub(depth), logs),
                Step::Cut => world.cut(),
                Step::Connect if world.up => {}
                Step::Connect => world.connect(),
                Step::Arrive(answer_first) => drop(world.arrive(answer_first)),
            }
        }
        if !world.up {
            world.connect();
        }
        world.settle();
        // A shorter chain is known for what it is once it has grown past the one it replaced.
        (0..8).for_each(|_| world.mine(1));
        world.settle();
        world.assert_whole();
    }
}
