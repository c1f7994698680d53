//! nova's Ethereum platform against three nodes of different makes: blocks and logs while the link holds, while it does not, and over a
//! reorganisation. Nothing may be missing afterwards, and nothing come twice.

use std::collections::BTreeMap;

use futures_util::future::join_all;
use nova::{
    Handle, Item, Topic,
    platform::ethereum::{Address, At, Data, Feed, Filter, Hash, Head, Log, Node as _, Receipt, Request},
    test::fault::{FaultProxy, Faults},
};
use serde_json::{Value, json};
use tokio::task::spawn_blocking;

use crate::peer::{Peer, within};

const NODES: [&str; 3] = ["anvil.sh", "hardhat.sh", "ganache.sh"];

/// A contract that says, under the topic 1, what it is called with:
///
/// ```text
/// PUSH1 0x0f DUP1 PUSH1 0x0b PUSH1 0 CODECOPY PUSH1 0 RETURN   what makes it: the 15 bytes behind these 11 are its code
/// PUSH1 0x20 PUSH1 0 PUSH1 0 CALLDATACOPY                      the first 32 bytes of the call to memory
/// PUSH1 1 PUSH1 0x20 PUSH1 0 LOG1 STOP                         told as a log with the topic 1
/// ```
const CONTRACT: &str = "0x600f80600b6000396000f360206000600037600160206000a100";

#[nova::client(platform = "ethereum", profile = "financial", message = Feed)]
struct Watcher;

async fn connect(url: String) -> Handle<Watcher> {
    within("ready", nova::connect(Watcher).url(url).into_future()).await.expect("ready")
}

/// The receipt of a transaction, once it is mined: some nodes answer before that.
async fn mined(node: &Handle<Watcher>, hash: Hash) -> Receipt {
    loop {
        if let Some(receipt) = node.receipt(hash).await.expect("an answer") {
            return receipt;
        }
    }
}

/// A node, whoever sends it transactions, and the contract.
struct Site {
    direct: Handle<Watcher>,
    account: Address,
    contract: Address,
    said: u64,
}

impl Site {
    async fn new(url: String) -> Self {
        let direct = connect(url).await;
        let account = within("accounts", direct.accounts()).await.expect("accounts")[0];
        let make = Request::create(CONTRACT.parse::<Data>().expect("bytes")).from(account).gas(200_000);
        let hash = within("the contract", direct.send_transaction(make)).await.expect("sent");
        let receipt = within("its receipt", mined(&direct, hash)).await;
        assert_eq!(receipt.status, Some(1));
        Self { direct, account, contract: receipt.contract_address.expect("a contract"), said: 0 }
    }

    /// Has the contract say the next number, in a block of its own.
    async fn say(&mut self) {
        self.said += 1;
        let data: Data = format!("{:#066x}", self.said).parse().expect("bytes");
        let request = Request::to(self.contract).from(self.account).data(data).gas(100_000);
        let hash = within("a transaction", self.direct.send_transaction(request)).await.expect("sent");
        within("its receipt", mined(&self.direct, hash)).await;
    }

    async fn height(&self) -> u64 {
        within("the height", self.direct.block_number()).await.expect("a height").try_into().expect("small")
    }

    fn topic(&self) -> Topic {
        Topic::new("logs.said").params(Filter::new().address(self.contract).params())
    }
}

/// What a reader has of the chain: every message changes it, and none may contradict it.
#[derive(Default)]
struct Reader {
    heads: Vec<Head>,
    said: BTreeMap<(u64, u64), u64>,
    removed: usize,
}

impl Reader {
    async fn read(&mut self, watcher: &Handle<Watcher>) {
        match within("an item", watcher.next()).await.expect("the client lives") {
            Item::Message(Feed::Head(head)) if head.removed => {
                assert_eq!(self.heads.pop().map(|last| last.hash), Some(head.hash), "the newest is taken back first");
                self.removed += 1;
            }
            Item::Message(Feed::Head(head)) => {
                if let Some(last) = self.heads.last() {
                    assert_eq!(
                        (head.number, head.parent_hash),
                        (last.number + 1, last.hash),
                        "each follows its parent"
                    );
                }
                self.heads.push(*head);
            }
            Item::Message(Feed::Labelled { label, log }) if &*label == "said" => self.log(&log),
            other => panic!("nothing else is to be told: {other:?}"),
        }
    }

    fn log(&mut self, log: &Log) {
        let key = (log.block_number.expect("mined"), log.log_index.expect("mined"));
        let number = u64::from_be_bytes(log.data.bytes()[24..].try_into().expect("eight bytes"));
        if log.removed {
            assert_eq!(self.said.remove(&key), Some(number), "what is taken back was told");
            self.removed += 1;
        } else {
            assert_eq!(self.said.insert(key, number), None, "{log:?} came twice");
        }
    }

    /// Reads until the chain is read up to `height`, and as many numbers.
    async fn read_to(&mut self, watcher: &Handle<Watcher>, height: u64, said: usize) {
        while self.heads.last().is_none_or(|head| head.number < height) || self.said.len() < said {
            self.read(watcher).await;
        }
    }

    fn numbers(&self) -> Vec<u64> {
        self.said.values().copied().collect()
    }
}

async fn subscribe(watcher: &Handle<Watcher>, site: &Site) {
    within("heads", watcher.subscribe("newHeads")).await.expect("confirmed");
    within("logs", watcher.subscribe(site.topic())).await.expect("confirmed");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn r070_blocks_and_logs_of_a_cut_link_are_fetched_and_nothing_comes_twice() {
    for make in NODES {
        let Some(peer) = Peer::start(make, &[]) else { continue };
        let proxy = FaultProxy::to(peer.address().to_string(), Faults::new()).await.expect("a free port");
        let mut site = Site::new(peer.url("/")).await;
        let (watcher, mut reader) = (connect(proxy.url("/")).await, Reader::default());
        subscribe(&watcher, &site).await;
        let start = site.height().await;
        let mut state = watcher.watch();
        for round in 0..3 {
            for _ in 0..3 {
                site.say().await;
            }
            if round == 1 {
                // What came so far was read, or lies in a socket that is about to be lost.
                reader.read_to(&watcher, site.height().await, 3).await;
            }
            proxy.link().down();
            within("the loss", state.until(|state| !state.is_ready())).await.expect("it tries again");
            for _ in 0..20 {
                site.say().await;
            }
            proxy.link().heal();
            // It comes back among blocks that are being mined.
            for _ in 0..5 {
                site.say().await;
            }
            within("ready", watcher.wait_ready()).await.expect("ready");
        }
        site.say().await;
        reader.read_to(&watcher, site.height().await, usize::try_from(site.said).expect("few")).await;
        assert_eq!(reader.numbers(), (1..=site.said).collect::<Vec<_>>(), "{make}");
        assert_eq!((reader.heads[0].number, reader.removed), (start + 1, 0), "{make}");
        assert_eq!(watcher.history().last().expect("steps").epoch, 4, "{make}: three links were lost");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_reorganisation_takes_away_is_taken_back() {
    for make in NODES {
        let Some(peer) = Peer::start(make, &[]) else { continue };
        let proxy = FaultProxy::to(peer.address().to_string(), Faults::new()).await.expect("a free port");
        let mut site = Site::new(peer.url("/")).await;
        let (watcher, mut reader) = (connect(proxy.url("/")).await, Reader::default());
        subscribe(&watcher, &site).await;
        site.say().await;
        let kept = site.height().await;
        let snapshot: Value =
            within("a snapshot", site.direct.call("evm_snapshot", json!([]))).await.expect("a number");
        for _ in 0..3 {
            site.say().await;
        }
        reader.read_to(&watcher, kept + 3, 4).await;

        // The link is down while the chain is changed.
        let mut state = watcher.watch();
        proxy.link().down();
        within("the loss", state.until(|state| !state.is_ready())).await.expect("it tries again");
        let reverted: bool =
            within("the way back", site.direct.call("evm_revert", json!([snapshot]))).await.expect("said");
        assert!(reverted, "{make}");
        for _ in 0..5 {
            site.say().await;
        }
        proxy.link().heal();
        within("ready", watcher.wait_ready()).await.expect("ready");
        site.say().await;
        reader.read_to(&watcher, kept + 6, 7).await;
        assert_eq!(reader.numbers(), [1, 5, 6, 7, 8, 9, 10], "{make}");
        assert_eq!(reader.removed, 6, "{make}: three blocks and three logs");
        for head in &reader.heads {
            let block =
                within("a block", site.direct.block_by_number(At::Number(head.number), false)).await.expect("told");
            assert_eq!(block.expect("it is there").head.hash, head.hash, "{make}");
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_node_that_starts_a_new_chain_takes_the_old_one_back() {
    let Some(peer) = Peer::start("anvil.sh", &[]) else { return };
    let proxy = FaultProxy::to(peer.address().to_string(), Faults::new()).await.expect("a free port");
    let (watcher, mut reader) = (connect(proxy.url("/")).await, Reader::default());
    within("heads", watcher.subscribe("newHeads")).await.expect("confirmed");
    let direct = connect(peer.url("/")).await;
    for _ in 0..4 {
        let _: Value = within("a block", direct.call("evm_mine", json!([]))).await.expect("mined");
    }
    reader.read_to(&watcher, 4, 0).await;
    let mut state = watcher.watch();
    within("the end of the other client", direct.close()).await;
    spawn_blocking(move || drop(peer)).await.expect("stopped");
    within("the loss", state.until(|state| !state.is_ready())).await.expect("it tries again");
    let peer = spawn_blocking(|| Peer::start("anvil.sh", &[])).await.expect("started").expect("it was there before");
    proxy.lead_to(peer.address().to_string());
    within("ready", watcher.wait_ready()).await.expect("ready");
    let _: Value = within("a block", watcher.call("evm_mine", json!([]))).await.expect("mined");
    while reader.removed < 4 || reader.heads.last().is_none_or(|head| head.number < 1) {
        reader.read(&watcher).await;
    }
    assert_eq!((reader.heads.last().map(|head| head.number), reader.removed), (Some(1), 4));
}

#[tokio::test]
async fn what_a_client_causes_itself_is_told_in_whichever_order_the_node_likes() {
    for make in NODES {
        let Some(peer) = Peer::start(make, &[]) else { continue };
        let mut site = Site::new(peer.url("/")).await;
        let (watcher, mut reader) = (site.direct.clone(), Reader::default());
        for round in 1..=10 {
            subscribe(&watcher, &site).await;
            site.say().await;
            reader.read_to(&watcher, site.height().await, round).await;
            within("left", watcher.unsubscribe("newHeads")).await.expect("left");
            within("left", watcher.unsubscribe("logs.said")).await.expect("left");
            reader.heads.clear();
        }
        assert_eq!(reader.numbers(), (1..=10).collect::<Vec<_>>(), "{make}");
    }
}

#[tokio::test]
async fn the_methods_every_node_has_answer_as_their_types_say() {
    for make in NODES {
        let Some(peer) = Peer::start(make, &[]) else { continue };
        let mut site = Site::new(peer.url("/")).await;
        let start = site.height().await;
        site.say().await;
        let node = &site.direct;
        assert!(u64::try_from(within(make, node.chain_id()).await.expect(make)).expect("small") > 0);
        assert!(within(make, node.gas_price()).await.is_ok() && within(make, node.client_version()).await.is_ok());
        assert!(within(make, node.balance(site.account, At::Latest)).await.expect(make) > 0_u64.into());
        assert_eq!(within(make, node.code(site.contract, At::Latest)).await.expect(make).bytes().len(), 15);
        let count = within(make, node.transaction_count(site.account, At::Latest)).await.expect(make);
        assert_eq!(count, 2_u64.into(), "{make}");
        let filter = Filter::new().address(site.contract).from(At::Number(start)).to(At::Latest);
        let logs = within(make, node.logs(filter)).await.expect(make);
        assert_eq!((logs.len(), logs[0].topics.len()), (1, 1), "{make}");
        let block = within(make, node.block_by_hash(logs[0].block_hash.expect("mined"), false)).await.expect(make);
        let block = block.expect("it is there");
        assert_eq!(
            (block.head.number, &block.transactions[..]),
            (start + 1, &[logs[0].transaction_hash.expect("mined")][..])
        );
        let transaction =
            within(make, node.transaction(block.transactions[0])).await.expect(make).expect("it is there");
        assert_eq!((transaction.from, transaction.to), (site.account, Some(site.contract)), "{make}");
        assert!(within(make, node.block_by_number(At::Number(99_999), false)).await.expect(make).is_none(), "{make}");
        let call = Request::to(site.contract).data(Vec::new());
        assert_eq!(within(make, node.call_contract(call, At::Latest)).await.expect(make).bytes(), b"");
        let garbage: Data = "0x00".parse().expect("a byte");
        let refused = within(make, node.send_raw_transaction(garbage)).await;
        assert!(matches!(refused, Err(nova::Error::Platform { .. })), "{make}: {refused:?}");
        let refused = within(make, node.subscribe("noSuchTopic")).await;
        assert!(refused.is_err() && node.wanted().is_empty(), "{make}: {refused:?}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_batch_is_answered_call_by_call_by_nodes_of_every_make() {
    for make in NODES {
        let Some(peer) = Peer::start(make, &[]) else { continue };
        let mut site = Site::new(peer.url("/")).await;
        for _ in 0..5 {
            site.say().await;
        }
        let height = site.height().await;
        let batch = site.direct.batch();
        let refused = batch.call::<Value>("eth_nope", json!([]));
        let blocks: Vec<_> = (0..=height)
            .map(|at| batch.call::<Head>("eth_getBlockByNumber", json!([format!("{at:#x}"), false])))
            .collect();
        let told = batch.call::<String>("eth_blockNumber", json!([]));
        let all = async { tokio::join!(refused, join_all(blocks), told) };
        let (refused, blocks, told) = within("the answers", all).await;
        assert!(matches!(refused, Err(nova::Error::Platform { .. })), "{make}: {refused:?}");
        assert_eq!(told.expect("a height"), format!("{height:#x}"), "{make}");
        let numbers: Vec<_> = blocks.into_iter().map(|head| head.expect("a block").number).collect();
        assert_eq!(numbers, (0..=height).collect::<Vec<_>>(), "{make}");
    }
}
