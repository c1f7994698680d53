//! Everything the venue knows, behind one lock: its chain, who is connected, what was commanded.

use std::collections::{BTreeMap, VecDeque};

use serde_json::{Value, json};
use tokio::sync::{mpsc, oneshot};

use super::{
    Emitted,
    chain::{Block, Chain, hex},
};
use crate::test::{
    Transcript,
    venue::parting::{Ending, Refusals},
};

#[derive(Debug)]
pub(super) struct World {
    pub(super) chain: Chain,
    /// Logs of the next block.
    pub(super) pending: Vec<Emitted>,
    pub(super) transcript: Transcript,
    pub(super) clients: BTreeMap<u64, Client>,
    pub(super) connected: u64,
    pub(super) switches: Switches,
    subscriptions: u64,
}

/// What the test told the venue to do otherwise.
#[derive(Debug)]
pub(super) struct Switches {
    pub(super) refuse_connections: Refusals,
    /// Methods, or kinds of subscriptions, that are refused, how often, and how.
    pub(super) refusals: VecDeque<(String, u32, i64, String)>,
    pub(super) most_logs: usize,
    pub(super) early: bool,
    pub(super) mute: bool,
    pub(super) lose: u32,
    pub(super) repeat: u32,
    pub(super) drop_replies: u32,
}

#[derive(Debug)]
pub(super) struct Client {
    outbox: mpsc::UnboundedSender<String>,
    ending: Option<oneshot::Sender<Ending>>,
    subscriptions: BTreeMap<String, Vec<Value>>,
}

impl World {
    pub(super) fn new() -> Self {
        let switches = Switches {
            refuse_connections: Refusals::default(),
            refusals: VecDeque::new(),
            most_logs: 10_000,
            early: false,
            mute: false,
            lose: 0,
            repeat: 0,
            drop_replies: 0,
        };
        Self {
            chain: Chain::new(),
            pending: Vec::new(),
            transcript: Transcript::new(),
            clients: BTreeMap::new(),
            connected: 0,
            switches,
            subscriptions: 0,
        }
    }

    pub(super) fn enter(&mut self) -> (u64, mpsc::UnboundedReceiver<String>, oneshot::Receiver<Ending>) {
        self.connected += 1;
        let ((outbox, inbox), (ending, ended)) = (mpsc::unbounded_channel(), oneshot::channel());
        let client = Client { outbox, ending: Some(ending), subscriptions: BTreeMap::new() };
        self.clients.insert(self.connected, client);
        (self.connected, inbox, ended)
    }

    pub(super) fn end_all(&mut self, ending: &Ending) -> usize {
        let clients = std::mem::take(&mut self.clients);
        let count = clients.len();
        for mut client in clients.into_values() {
            client.ending.take().map(|sender| sender.send(ending.clone()));
        }
        count
    }

    pub(super) fn mine(&mut self) -> u64 {
        let logs = std::mem::take(&mut self.pending);
        let block = self.chain.mine(logs);
        self.push("newHeads", |_| vec![block.head()]);
        self.push("logs", |filter| block.logs(filter, false));
        block.number
    }

    pub(super) fn reorganise(&mut self, depth: usize, length: usize) {
        let gone = self.chain.abandon(depth);
        // Nodes tell logs that are gone, and of heads only what replaces them.
        let removed = |filter: &Value| gone.iter().flat_map(|block: &Block| block.logs(filter, true)).collect();
        self.push("logs", removed);
        for _ in 0..length {
            self.mine();
        }
    }

    /// Tells everybody who subscribed a kind what it is to him.
    pub(super) fn push(&mut self, kind: &str, what: impl Fn(&Value) -> Vec<Value>) {
        let mut frames = Vec::new();
        for (id, client) in &self.clients {
            for (subscription, arguments) in &client.subscriptions {
                if arguments.first().is_some_and(|wanted| wanted == kind) {
                    let results = what(arguments.get(1).unwrap_or(&Value::Null));
                    frames.extend(results.into_iter().map(|result| (*id, notification(subscription, &result))));
                }
            }
        }
        for (id, frame) in frames {
            if self.switches.lose > 0 {
                self.switches.lose -= 1;
                continue;
            }
            let times = if self.switches.repeat > 0 { 2 } else { 1 };
            self.switches.repeat = self.switches.repeat.saturating_sub(1);
            (0..times).for_each(|_| self.send(id, frame.clone()));
        }
    }

    pub(super) fn send(&self, id: u64, text: String) {
        if let Some(client) = self.clients.get(&id) {
            // One that is gone wants nothing.
            drop(client.outbox.send(text));
        }
    }

    /// Carries out a frame; what is answered.
    pub(super) fn handle(&mut self, id: u64, text: &str) -> Option<String> {
        let answer = match serde_json::from_str(text) {
            Ok(Value::Array(calls)) if !calls.is_empty() => {
                let answers: Vec<_> = calls.iter().filter_map(|call| self.answer(id, call)).collect();
                (!answers.is_empty()).then_some(Value::Array(answers))
            }
            Ok(call @ Value::Object(_)) => self.answer(id, &call),
            _ => Some(refusal(&Value::Null, -32_700, "parse error")),
        }?;
        if self.switches.drop_replies > 0 {
            self.switches.drop_replies -= 1;
            return None;
        }
        Some(answer.to_string())
    }

    fn answer(&mut self, client: u64, call: &Value) -> Option<Value> {
        let (id, method, params) = (call.get("id")?, call["method"].as_str().unwrap_or_default(), &call["params"]);
        Some(match self.refused(method, params).map_or_else(|| self.carry_out(client, method, params), Err) {
            Ok(result) => json!({"jsonrpc": "2.0", "id": id, "result": result}),
            Err((code, message)) => refusal(id, code, &message),
        })
    }

    fn refused(&mut self, method: &str, params: &Value) -> Option<(i64, String)> {
        let meant = |what: &str| what == method || (method == "eth_subscribe" && params[0] == what);
        let at = self.switches.refusals.iter().position(|(what, ..)| meant(what))?;
        let (_, times, code, message) = self.switches.refusals.get_mut(at)?;
        let refused = (*code, message.clone());
        *times = times.saturating_sub(1);
        if *times == 0 {
            self.switches.refusals.remove(at);
        }
        Some(refused)
    }

    fn carry_out(&mut self, client: u64, method: &str, params: &Value) -> Result<Value, (i64, String)> {
        let refuse = |code: i64, message: &str| Err((code, message.to_owned()));
        Ok(match method {
            "eth_subscribe" => return self.subscribe(client, params),
            "eth_unsubscribe" => {
                let subscription = params[0].as_str().unwrap_or_default();
                let client = self.clients.get_mut(&client);
                json!(client.is_some_and(|client| client.subscriptions.remove(subscription).is_some()))
            }
            "eth_blockNumber" => json!(hex(self.chain.height())),
            "eth_getBlockByNumber" => json!(self.chain.by_number(&params[0]).map(Block::whole)),
            "eth_getBlockByHash" => json!(self.chain.by_hash(&params[0]).map(Block::whole)),
            "eth_getLogs" => {
                let logs = self.chain.logs(&params[0]);
                let most = self.switches.most_logs;
                if logs.len() > most {
                    return refuse(-32_005, &format!("query returned more than {most} results"));
                }
                json!(logs)
            }
            "eth_chainId" => json!("0x539"),
            "eth_gasPrice" => json!("0x3b9aca00"),
            "eth_getBalance" => json!("0x21e19e0c9bab2400000"),
            "web3_clientVersion" => json!("nova/venue"),
            "evm_mine" => json!(hex(self.mine())),
            _ => return refuse(-32_601, &format!("the method {method} does not exist/is not available")),
        })
    }

    fn subscribe(&mut self, client: u64, params: &Value) -> Result<Value, (i64, String)> {
        let arguments = params.as_array().cloned().unwrap_or_default();
        let kinds = ["newHeads", "logs", "newPendingTransactions", "syncing"];
        let kind = arguments.first().and_then(Value::as_str).unwrap_or_default();
        if !kinds.contains(&kind) {
            return Err((-32_601, format!("no {kind:?} subscription in eth namespace")));
        }
        self.subscriptions += 1;
        let subscription = format!("{:#034x}", self.subscriptions);
        if let Some(client) = self.clients.get_mut(&client) {
            client.subscriptions.insert(subscription.clone(), arguments);
        }
        Ok(json!(subscription))
    }

    /// What is subscribed now, as it was asked for.
    pub(super) fn subscribed(&self) -> Vec<Value> {
        let clients = self.clients.values();
        clients.flat_map(|client| client.subscriptions.values().map(|arguments| json!(arguments))).collect()
    }
}

fn notification(subscription: &str, result: &Value) -> String {
    json!({"jsonrpc": "2.0", "method": "eth_subscription", "params": {"subscription": subscription, "result": result}})
        .to_string()
}

fn refusal(id: &Value, code: i64, message: &str) -> Value {
    json!({"jsonrpc": "2.0", "id": id, "error": {"code": code, "message": message}})
}
