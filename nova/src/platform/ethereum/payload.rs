//! Payloads as types. Members not named here are ignored; those that only some chains have are `None`.

use serde::Deserialize;

use super::quantity::{Address, Data, Hash, U256, number};

/// The header of a block: a message of `newHeads`.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Head {
    /// Its height.
    #[serde(deserialize_with = "number::deserialize")]
    pub number: u64,
    /// What it is known by.
    pub hash: Hash,
    /// The block before it.
    pub parent_hash: Hash,
    /// When, in seconds since the Unix epoch.
    #[serde(deserialize_with = "number::deserialize")]
    pub timestamp: u64,
    /// Whether a reorganisation took it away: everything built on it is undone. Said by nova; nodes only send what replaces it.
    #[serde(default)]
    pub removed: bool,
    /// Who proposed it.
    pub miner: Option<Address>,
    /// Gas that its transactions may use.
    #[serde(default, deserialize_with = "number::optional")]
    pub gas_limit: Option<u64>,
    /// Gas that they used.
    #[serde(default, deserialize_with = "number::optional")]
    pub gas_used: Option<u64>,
    /// What a unit of gas costs at least, in wei; `None` on chains and blocks before that was so.
    pub base_fee_per_gas: Option<U256>,
    /// The work it took; 0 since there is none.
    pub difficulty: Option<U256>,
    /// The state after it.
    pub state_root: Option<Hash>,
    /// Its transactions.
    pub transactions_root: Option<Hash>,
    /// Their receipts.
    pub receipts_root: Option<Hash>,
    /// What the proposer wrote into it.
    pub extra_data: Option<Data>,
}

/// A block, with the hashes of its transactions.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[non_exhaustive]
pub struct Block {
    /// Its header.
    #[serde(flatten)]
    pub head: Head,
    /// Its transactions, in their order.
    #[serde(default)]
    pub transactions: Vec<Hash>,
}

/// What a contract has said: a message of `logs`.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Log {
    /// The contract.
    pub address: Address,
    /// What is said, and up to three values that can be asked for.
    pub topics: Vec<Hash>,
    /// The other values.
    pub data: Data,
    /// The block's height; `None` while it is not mined.
    #[serde(default, deserialize_with = "number::optional")]
    pub block_number: Option<u64>,
    /// The block; `None` while it is not mined.
    pub block_hash: Option<Hash>,
    /// The transaction.
    pub transaction_hash: Option<Hash>,
    /// The transaction's place in the block.
    #[serde(default, deserialize_with = "number::optional")]
    pub transaction_index: Option<u64>,
    /// Its own place in the block.
    #[serde(default, deserialize_with = "number::optional")]
    pub log_index: Option<u64>,
    /// Whether a reorganisation took it away: what it said has not happened.
    #[serde(default)]
    pub removed: bool,
}

/// Whether the node is catching up: a message of `syncing`.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Syncing {
    /// It has caught up.
    No,
    /// It is catching up, and says no more.
    Yes,
    /// It is catching up.
    At {
        /// The block it started at.
        starting: U256,
        /// The block it is at.
        current: U256,
        /// The block it has to reach.
        highest: U256,
    },
}

impl<'de> Deserialize<'de> for Syncing {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(untagged)]
        enum Said {
            Plain(bool),
            Told(Box<Told>),
        }
        #[derive(Deserialize)]
        struct Told {
            syncing: Option<bool>,
            status: Option<Status>,
            #[serde(flatten)]
            bare: Option<Status>,
        }
        #[derive(Deserialize)]
        struct Status {
            #[serde(rename = "startingBlock", alias = "StartingBlock")]
            starting: U256,
            #[serde(rename = "currentBlock", alias = "CurrentBlock")]
            current: U256,
            #[serde(rename = "highestBlock", alias = "HighestBlock")]
            highest: U256,
        }
        let told = match Said::deserialize(deserializer)? {
            Said::Plain(syncing) => return Ok(if syncing { Self::Yes } else { Self::No }),
            Said::Told(told) => *told,
        };
        Ok(match told.status.or(told.bare) {
            _ if told.syncing == Some(false) => Self::No,
            Some(Status { starting, current, highest }) => Self::At { starting, current, highest },
            None => Self::Yes,
        })
    }
}

/// A transaction.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Transaction {
    /// What it is known by.
    pub hash: Hash,
    /// Who sent it.
    pub from: Address,
    /// Whom it goes to; `None` where it makes a contract.
    pub to: Option<Address>,
    /// How many its sender had sent before.
    #[serde(deserialize_with = "number::deserialize")]
    pub nonce: u64,
    /// What it carries, in wei.
    pub value: U256,
    /// What the contract is called with.
    pub input: Data,
    /// Gas it may use.
    #[serde(deserialize_with = "number::deserialize")]
    pub gas: u64,
    /// What it pays for a unit of gas, in wei.
    pub gas_price: Option<U256>,
    /// The most it pays.
    pub max_fee_per_gas: Option<U256>,
    /// The block's height; `None` while it is not mined.
    #[serde(default, deserialize_with = "number::optional")]
    pub block_number: Option<u64>,
}

/// What became of a transaction.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Receipt {
    /// The transaction.
    pub transaction_hash: Hash,
    /// The block it is in.
    pub block_hash: Hash,
    /// Its height.
    #[serde(deserialize_with = "number::deserialize")]
    pub block_number: u64,
    /// 1 where it did what it was to do, 0 where it failed and only cost its gas.
    #[serde(default, deserialize_with = "number::optional")]
    pub status: Option<u64>,
    /// Gas it used.
    #[serde(deserialize_with = "number::deserialize")]
    pub gas_used: u64,
    /// The contract it made.
    pub contract_address: Option<Address>,
    /// What it had said.
    #[serde(default)]
    pub logs: Vec<Log>,
}
