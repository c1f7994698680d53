//! The common methods of a node as a trait on its clients' handles, and what they are called with.

use serde::{Serialize, Serializer};
use serde_json::{Value, json};

use super::{
    payload::{Block, Log, Receipt, Transaction},
    quantity::{Address, Data, Hash, U256},
};
use crate::message::Params;

/// A place in the chain.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum At {
    /// The latest block.
    #[default]
    Latest,
    /// The latest that is unlikely to be reorganised.
    Safe,
    /// The latest that cannot be.
    Finalized,
    /// The first block.
    Earliest,
    /// What is not mined yet.
    Pending,
    /// The block of this height.
    Number(u64),
}

impl From<u64> for At {
    fn from(height: u64) -> Self {
        Self::Number(height)
    }
}

impl Serialize for At {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Latest => serializer.serialize_str("latest"),
            Self::Safe => serializer.serialize_str("safe"),
            Self::Finalized => serializer.serialize_str("finalized"),
            Self::Earliest => serializer.serialize_str("earliest"),
            Self::Pending => serializer.serialize_str("pending"),
            Self::Number(number) => serializer.collect_str(&format_args!("{number:#x}")),
        }
    }
}

/// Which logs: of which contracts, with which topics. Empty it lets all through.
///
/// ```
/// use nova::{Topic, platform::ethereum::Filter};
///
/// let token = "0xdac17f958d2ee523a2206206994597c13d831ec7".parse()?;
/// let transfer = "0xddf252ad1be2c89b69c2b068fc378daa952ba7f163c4a11628f55a4df523b3ef".parse()?;
/// let filter = Filter::new().address(token).topic(0, transfer);
/// let topic = Topic::new("logs.transfers").params(filter.params());
/// # let _ = topic;
/// # Ok::<(), nova::platform::ethereum::Malformed>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq)]
#[must_use]
pub struct Filter {
    members: Params,
}

impl Filter {
    /// All logs.
    pub fn new() -> Self {
        Self::default()
    }

    /// Those of this contract; of any of them where there are several.
    pub fn address(mut self, address: Address) -> Self {
        push(self.members.entry("address").or_insert_with(|| json!([])), json!(address));
        self
    }

    /// Those with this topic at this place, from 0 to 3; with any of them where there are several for one place.
    pub fn topic(mut self, place: usize, topic: Hash) -> Self {
        if let Value::Array(places) = self.members.entry("topics").or_insert_with(|| json!([])) {
            if places.len() <= place {
                places.resize(place + 1, Value::Null);
            }
            if places[place].is_null() {
                places[place] = json!([]);
            }
            push(&mut places[place], json!(topic));
        }
        self
    }

    /// Those from this block on, for [`Node::logs`]; a subscription has no use for it.
    pub fn from(mut self, block: At) -> Self {
        self.members.insert("fromBlock".into(), json!(block));
        self
    }

    /// Those up to this block, for [`Node::logs`]; a subscription has no use for it.
    pub fn to(mut self, block: At) -> Self {
        self.members.insert("toBlock".into(), json!(block));
        self
    }

    /// The parameters of a [`Topic`](crate::Topic).
    pub fn params(self) -> Params {
        self.members
    }
}

fn push(list: &mut Value, value: Value) {
    if let Value::Array(list) = list {
        list.push(value);
    }
}

impl Serialize for Filter {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.members.serialize(serializer)
    }
}

/// A call of a contract that changes nothing, or a transaction that an account of the node is to send.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[non_exhaustive]
#[must_use]
pub struct Request {
    /// Who calls.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub from: Option<Address>,
    /// The contract; `None` makes one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub to: Option<Address>,
    /// What it carries, in wei.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub value: Option<U256>,
    /// Gas it may use.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub gas: Option<U256>,
    /// What the contract is called with.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub data: Option<Data>,
}

impl Request {
    /// A call of a contract.
    pub fn to(contract: Address) -> Self {
        Self { to: Some(contract), ..Self::default() }
    }

    /// A transaction that makes a contract of this code.
    pub fn create(code: impl Into<Data>) -> Self {
        Self::default().data(code)
    }

    /// By this account.
    pub fn from(mut self, account: Address) -> Self {
        self.from = Some(account);
        self
    }

    /// With this input.
    pub fn data(mut self, data: impl Into<Data>) -> Self {
        self.data = Some(data.into());
        self
    }

    /// With so many wei.
    pub fn value(mut self, wei: impl Into<U256>) -> Self {
        self.value = Some(wei.into());
        self
    }

    /// With so much gas at most.
    pub fn gas(mut self, gas: u64) -> Self {
        self.gas = Some(gas.into());
        self
    }
}

/// The common methods, on the handles of Ethereum's clients.
///
/// What only reads is asked again on the next connection if its link is lost.
#[nova::rpc(platform = "ethereum", params = positional, idempotent)]
pub trait Node {
    /// The chain's number: 1 is Ethereum's own.
    #[rpc("eth_chainId")]
    async fn chain_id(&self) -> nova::Result<U256>;

    /// The latest block's height.
    #[rpc("eth_blockNumber")]
    async fn block_number(&self) -> nova::Result<U256>;

    /// A block by its place; `None` where there is none. Its `transactions` are hashes, so `full` is `false`.
    #[rpc("eth_getBlockByNumber")]
    async fn block_by_number(&self, at: At, full: bool) -> nova::Result<Option<Block>>;

    /// A block by its hash; `None` where there is none. Its `transactions` are hashes, so `full` is `false`.
    #[rpc("eth_getBlockByHash")]
    async fn block_by_hash(&self, hash: Hash, full: bool) -> nova::Result<Option<Block>>;

    /// Logs of blocks that are mined. Providers limit the range and the number; their refusal says how.
    #[rpc("eth_getLogs")]
    async fn logs(&self, filter: Filter) -> nova::Result<Vec<Log>>;

    /// What a contract answers; nothing is changed.
    #[rpc("eth_call")]
    async fn call_contract(&self, request: Request, at: At) -> nova::Result<Data>;

    /// Gas that a transaction would use.
    #[rpc("eth_estimateGas")]
    async fn estimate_gas(&self, request: Request) -> nova::Result<U256>;

    /// What an account has, in wei.
    #[rpc("eth_getBalance")]
    async fn balance(&self, account: Address, at: At) -> nova::Result<U256>;

    /// How many transactions an account has sent: the next one's nonce.
    #[rpc("eth_getTransactionCount")]
    async fn transaction_count(&self, account: Address, at: At) -> nova::Result<U256>;

    /// A contract's code; empty of an account.
    #[rpc("eth_getCode")]
    async fn code(&self, account: Address, at: At) -> nova::Result<Data>;

    /// What a unit of gas costs, in wei.
    #[rpc("eth_gasPrice")]
    async fn gas_price(&self) -> nova::Result<U256>;

    /// A transaction; `None` where the node knows none of that hash.
    #[rpc("eth_getTransactionByHash")]
    async fn transaction(&self, hash: Hash) -> nova::Result<Option<Transaction>>;

    /// What became of a transaction; `None` while it is not mined.
    #[rpc("eth_getTransactionReceipt")]
    async fn receipt(&self, hash: Hash) -> nova::Result<Option<Receipt>>;

    /// Sends a signed transaction; returns its hash.
    ///
    /// Never sent twice by nova. The chain would take it once all the same, but the second answer (`already known`, `nonce too low`) would
    /// hide that the first went through. Where the outcome is unknown ([`Error::Disconnected`](crate::Error::Disconnected)), ask
    /// for the [`transaction`](Self::transaction) by its hash, and send it again only if there is none.
    #[rpc("eth_sendRawTransaction", idempotent = false)]
    async fn send_raw_transaction(&self, signed: Data) -> nova::Result<Hash>;

    /// Has an account of the node send a transaction, on nodes that hold keys. Each call is a transaction of its own.
    #[rpc("eth_sendTransaction", idempotent = false)]
    async fn send_transaction(&self, request: Request) -> nova::Result<Hash>;

    /// The accounts whose keys the node holds.
    #[rpc("eth_accounts")]
    async fn accounts(&self) -> nova::Result<Vec<Address>>;

    /// The node's make and version.
    #[rpc("web3_clientVersion")]
    async fn client_version(&self) -> nova::Result<String>;
}
