//! Order entry: what is accepted, what is refused, and what the private topics tell of it.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::{endpoint::Endpoint, world::World};

/// Requests a second of each operation; of spot twice as many.
const RATE: u32 = 10;

/// A refusal: code and words.
type Refusal = (i64, &'static str);

const MISSING: Refusal = (110_001, "order not exists or too late to cancel");

#[derive(Debug, Default)]
pub(super) struct Orders {
    placed: u64,
    pub(super) open: BTreeMap<String, Value>,
    /// Operation and second → how many were made in it.
    used: BTreeMap<(String, u64), u32>,
}

impl World {
    /// The answer to a request of order entry.
    pub(super) fn trade(&mut self, id: u64, op: &str, frame: &Value) -> Value {
        let mut answer = json!({ "reqId": frame["reqId"], "op": op, "retExtInfo": {}, "data": {}, "connId": "c-3" });
        let now = self.now_ms();
        let outcome = self.admit(id, op, frame, now).and_then(|limit| {
            answer["header"] = limit;
            let request = &frame["args"][0];
            match op.strip_suffix("-batch") {
                None => self.carry_out(op, request, now),
                Some(single) => {
                    let requests = request["request"].as_array().cloned().unwrap_or_default();
                    let (mut list, mut verdicts) = (Vec::new(), Vec::new());
                    for mut order in requests {
                        order["category"] = request["category"].clone();
                        let (data, (code, words)) = match self.carry_out(single, &order, now) {
                            Ok(data) => (data, (0, "OK")),
                            Err(refusal) => (json!({ "orderId": "", "orderLinkId": order["orderLinkId"] }), refusal),
                        };
                        list.push(data);
                        verdicts.push(json!({ "code": code, "msg": words }));
                    }
                    answer["retExtInfo"] = json!({ "list": verdicts });
                    Ok(json!({ "list": list }))
                }
            }
        });
        match outcome {
            Ok(data) => {
                (answer["retCode"], answer["retMsg"], answer["data"]) = (0.into(), "OK".into(), data);
            }
            Err((code, words)) => (answer["retCode"], answer["retMsg"]) = (code.into(), words.into()),
        }
        answer
    }

    /// The header that says how much is left, where the request is admitted.
    fn admit(&mut self, id: u64, op: &str, frame: &Value, now: u64) -> Result<Value, Refusal> {
        let authenticated = self.clients.get(&id).is_some_and(|client| client.authenticated);
        if !authenticated {
            return Err((33_004, "Your api key has expired."));
        }
        if !matches!(op.trim_end_matches("-batch").strip_prefix("order."), Some("create" | "amend" | "cancel"))
            || frame["args"].as_array().is_none_or(|args| args.len() != 1)
        {
            return Err((10_404, "op type is not found"));
        }
        let sent: Option<u64> = frame["header"]["X-BAPI-TIMESTAMP"].as_str().and_then(|sent| sent.parse().ok());
        let window =
            frame["header"]["X-BAPI-RECV-WINDOW"].as_str().and_then(|window| window.parse().ok()).unwrap_or(5_000);
        if sent.is_none_or(|sent| sent + window < self.earliest_ms()) {
            return Err((10_002, "invalid request, please check your timestamp"));
        }
        let limit = if frame["args"][0]["category"] == "spot" { 2 * RATE } else { RATE };
        let used = self.orders.used.entry((op.to_owned(), now / 1_000)).or_default();
        *used += 1;
        if *used > limit {
            return Err((10_006, "Too many visits!"));
        }
        Ok(json!({
            "X-Bapi-Limit": limit.to_string(), "X-Bapi-Limit-Status": (limit - *used).to_string(),
            "X-Bapi-Limit-Reset-Timestamp": ((now / 1_000 + 1) * 1_000).to_string(), "Traceid": "t",
            "Timenow": now.to_string(),
        }))
    }

    fn carry_out(&mut self, op: &str, request: &Value, now: u64) -> Result<Value, Refusal> {
        let order = if op == "order.create" { self.place(request, now)? } else { self.change(op, request, now)? };
        if order["orderStatus"] == "New" {
            self.orders.open.insert(order["orderId"].as_str().unwrap_or_default().to_owned(), order.clone());
        }
        self.announce(&order, now);
        Ok(json!({ "orderId": order["orderId"], "orderLinkId": order["orderLinkId"] }))
    }

    fn place(&mut self, request: &Value, now: u64) -> Result<Value, Refusal> {
        let text = |name: &str| request[name].as_str().unwrap_or_default();
        let category = match text("category") {
            "spot" => Endpoint::Spot,
            "linear" => Endpoint::Linear,
            "inverse" => Endpoint::Inverse,
            "option" => Endpoint::Option,
            _ => return Err((10_001, "params error: category invalid")),
        };
        if !category.symbols().contains(&text("symbol")) {
            return Err((10_001, "params error: symbol invalid"));
        }
        let is_positive = |name: &str| text(name).parse::<f64>().is_ok_and(|number| number > 0.0);
        let market = text("orderType") == "Market";
        if !is_positive("qty") || !(market || is_positive("price")) || !matches!(text("side"), "Buy" | "Sell") {
            return Err((10_001, "params error: qty, price or side invalid"));
        }
        self.orders.placed += 1;
        Ok(json!({
            "category": text("category"), "symbol": text("symbol"), "orderId": format!("o-{}", self.orders.placed),
            "orderLinkId": text("orderLinkId"), "side": text("side"), "orderType": text("orderType"),
            "price": text("price"), "qty": text("qty"), "orderStatus": if market { "Filled" } else { "New" },
            "avgPrice": if market { "36500" } else { "" }, "leavesQty": if market { "0" } else { text("qty") },
            "cumExecQty": if market { text("qty") } else { "0" }, "rejectReason": "EC_NoError",
            "createdTime": now.to_string(), "updatedTime": now.to_string(),
        }))
    }

    /// Takes an order out of those that rest, changed or cancelled.
    fn change(&mut self, op: &str, request: &Value, now: u64) -> Result<Value, Refusal> {
        let text = |name: &str| request[name].as_str().unwrap_or_default();
        let named = |order: &Value| {
            order["orderId"] == request["orderId"]
                || (!text("orderLinkId").is_empty() && order["orderLinkId"] == request["orderLinkId"])
        };
        let found = self.orders.open.iter().find(|(_, order)| named(order)).map(|(id, _)| id.clone());
        let mut order = found.and_then(|id| self.orders.open.remove(&id)).ok_or(MISSING)?;
        if op == "order.cancel" {
            order["orderStatus"] = "Cancelled".into();
        }
        for name in ["qty", "price"].into_iter().filter(|name| !text(name).is_empty()) {
            order[name] = request[name].clone();
        }
        order["updatedTime"] = now.to_string().into();
        Ok(order)
    }

    /// Tells who listens what became of an order.
    fn announce(&mut self, order: &Value, now: u64) {
        self.tell_privately("order", order, now);
        let (category, symbol, side, qty) = (&order["category"], &order["symbol"], &order["side"], &order["qty"]);
        if order["orderStatus"] == "Filled" {
            let execution = json!({
                "category": category, "symbol": symbol, "execId": format!("e-{}", self.orders.placed), "orderId": order["orderId"],
                "orderLinkId": order["orderLinkId"], "side": side, "execPrice": "36500", "execQty": qty, "execFee": "",
                "execTime": now.to_string(), "isMaker": false,
            });
            self.tell_privately("execution", &execution, now);
        }
        let filled = order["orderStatus"] == "Filled";
        let position = json!({
            "category": category, "symbol": symbol, "side": if filled { side.clone() } else { "".into() },
            "size": if filled { qty.clone() } else { "0".into() }, "entryPrice": if filled { "36500" } else { "" },
            "markPrice": "36500", "unrealisedPnl": "", "updatedTime": now.to_string(),
        });
        self.tell_privately("position", &position, now);
    }

    fn tell_privately(&mut self, topic: &str, data: &Value, now: u64) {
        let narrow = format!("{topic}.{}", data["category"].as_str().unwrap_or_default());
        let mut frames = Vec::new();
        for (id, client) in self.clients.iter().filter(|(_, client)| client.authenticated) {
            for topic in client.topics.iter().filter(|known| **known == topic || **known == narrow) {
                let frame = json!({ "id": format!("m-{now}"), "topic": topic, "creationTime": now, "data": [data] });
                frames.push((*id, frame.to_string()));
            }
        }
        for (id, frame) in frames {
            self.push(id, frame);
        }
    }
}
