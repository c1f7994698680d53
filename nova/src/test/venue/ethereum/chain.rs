//! The venue's chain: blocks that are mined, and blocks that are abandoned.

use serde_json::{Value, json};

use super::Emitted;

#[derive(Clone, Debug)]
pub(super) struct Block {
    pub(super) number: u64,
    /// Told apart by it from every other block that ever was.
    pub(super) serial: u64,
    parent: u64,
    logs: Vec<Emitted>,
}

/// The blocks that count, the first of them without a parent.
#[derive(Debug)]
pub(super) struct Chain {
    pub(super) blocks: Vec<Block>,
    mined: u64,
}

/// A quantity as the wire has it.
pub(super) fn hex(number: u64) -> String {
    format!("{number:#x}")
}

fn hash(kind: u8, serial: u64) -> String {
    format!("0x{kind:02x}{serial:062x}")
}

impl Chain {
    pub(super) fn new() -> Self {
        Self { blocks: vec![Block { number: 0, serial: 1, parent: 0, logs: Vec::new() }], mined: 1 }
    }

    pub(super) fn height(&self) -> u64 {
        self.blocks.len() as u64 - 1
    }

    pub(super) fn mine(&mut self, logs: Vec<Emitted>) -> Block {
        self.mined += 1;
        let parent = self.blocks.last().map_or(0, |block| block.serial);
        let block = Block { number: self.blocks.len() as u64, serial: self.mined, parent, logs };
        self.blocks.push(block.clone());
        block
    }

    /// Takes back the latest blocks, never the first; the newest comes first.
    pub(super) fn abandon(&mut self, depth: usize) -> Vec<Block> {
        let keep = self.blocks.len().saturating_sub(depth).max(1);
        self.blocks.drain(keep..).rev().collect()
    }

    pub(super) fn by_number(&self, at: &Value) -> Option<&Block> {
        let number = match at.as_str()? {
            "latest" | "pending" | "safe" | "finalized" => return self.blocks.last(),
            "earliest" => 0,
            number => u64::from_str_radix(number.strip_prefix("0x")?, 16).ok()?,
        };
        self.blocks.get(usize::try_from(number).ok()?)
    }

    pub(super) fn by_hash(&self, hash: &Value) -> Option<&Block> {
        self.blocks.iter().find(|block| *hash == block.hash())
    }

    /// The logs of a range that a filter lets through.
    pub(super) fn logs(&self, filter: &Value) -> Vec<Value> {
        let end = |name: &str| if filter[name].is_null() { json!("latest") } else { filter[name].clone() };
        let from = self.by_number(&end("fromBlock")).map_or(u64::MAX, |block| block.number);
        let to = self.by_number(&end("toBlock")).map_or(self.height(), |block| block.number);
        let blocks = self.blocks.iter().filter(|block| (from..=to).contains(&block.number));
        blocks.flat_map(|block| block.logs(filter, false)).collect()
    }
}

impl Block {
    pub(super) fn hash(&self) -> String {
        hash(0xb1, self.serial)
    }

    pub(super) fn head(&self) -> Value {
        let parent = if self.parent == 0 { hash(0, 0) } else { hash(0xb1, self.parent) };
        json!({
            "number": hex(self.number), "hash": self.hash(), "parentHash": parent,
            "timestamp": hex(1_700_000_000 + 12 * self.number), "nonce": "0x0000000000000000", "miner": format!("0x{:040x}", 1),
            "sha3Uncles": hash(0x0c, self.serial), "logsBloom": format!("0x{}", "00".repeat(256)),
            "transactionsRoot": hash(0x0d, self.serial), "stateRoot": hash(0x0e, self.serial),
            "receiptsRoot": hash(0x0f, self.serial), "difficulty": "0x0", "extraData": "0x", "gasLimit": "0x1c9c380",
            "gasUsed": hex(21_000 * self.logs.len() as u64), "mixHash": hash(0x10, self.serial), "baseFeePerGas": "0x3b9aca00",
        })
    }

    /// The head with what only a whole block has.
    pub(super) fn whole(&self) -> Value {
        let mut block = self.head();
        let transactions: Vec<_> = (0..self.logs.len()).map(|place| self.transaction(place)).collect();
        (block["transactions"], block["uncles"], block["size"]) = (json!(transactions), json!([]), json!("0x220"));
        block
    }

    fn transaction(&self, place: usize) -> String {
        hash(0xfa, self.serial * 1_000 + place as u64)
    }

    pub(super) fn logs(&self, filter: &Value, removed: bool) -> Vec<Value> {
        let logs = self.logs.iter().enumerate().filter(|(_, log)| log.passes(filter));
        let told = logs.map(|(place, log)| {
            json!({
                "address": log.address, "topics": log.topics, "data": log.data, "blockNumber": hex(self.number),
                "blockHash": self.hash(), "transactionHash": self.transaction(place), "transactionIndex": hex(place as u64),
                "logIndex": hex(place as u64), "removed": removed,
            })
        });
        told.collect()
    }
}

impl Emitted {
    fn passes(&self, filter: &Value) -> bool {
        fn fits(wanted: &Value, found: Option<&String>) -> bool {
            match wanted {
                Value::Null => true,
                Value::Array(any) => any.is_empty() || any.iter().any(|one| fits(one, found)),
                Value::String(one) => found.is_some_and(|found| found.eq_ignore_ascii_case(one)),
                _ => false,
            }
        }
        let topics = filter["topics"].as_array().into_iter().flatten().enumerate();
        let mut places = topics.map(|(place, wanted)| wanted.is_null() || fits(wanted, self.topics.get(place)));
        fits(&filter["address"], Some(&self.address)) && places.all(|fits| fits)
    }
}
