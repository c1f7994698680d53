//! The private methods, and the private news they make.

use serde_json::{Value, json};

use super::{
    fault::{self, Fault},
    orders::OrderEvent,
    rpc::Call,
    topic::{Pace, Topic},
    world::World,
};

impl World {
    pub(super) fn private(&mut self, call: &Call<'_>) -> Result<Value, Fault> {
        let Call { client, method, params, .. } = call;
        let now = self.clock.unix_ms();
        match *method {
            "private/subscribe" => self.subscribe(call),
            "private/unsubscribe" | "private/unsubscribe_all" => self.unsubscribe(call),
            "private/get_account_summary" => Ok(summary(params.text("currency")?)),
            "private/get_account_summaries" => Ok(json!({ "summaries": [summary("BTC"), summary("ETH")] })),
            "private/get_positions" => Ok(self.orders.positions(&self.market).into()),
            "private/get_open_orders" => Ok(self.orders.open().into()),
            "private/buy" | "private/sell" => {
                self.needs("trade:read_write")?;
                let buy = *method == "private/buy";
                let event = self.orders.place(buy, params, *client, &self.market, now)?;
                self.announce(&event);
                Ok(json!({ "order": event.order, "trades": event.trades }))
            }
            "private/cancel" => {
                self.needs("trade:read_write")?;
                let event = self.orders.cancel(params.text("order_id")?, now)?;
                self.announce(&event);
                Ok(event.order)
            }
            "private/edit" => {
                self.needs("trade:read_write")?;
                let event = self.orders.edit(params, now)?;
                self.announce(&event);
                Ok(json!({ "order": event.order, "trades": [] }))
            }
            "private/cancel_all" | "private/cancel_by_label" => {
                self.needs("trade:read_write")?;
                let label = if *method == "private/cancel_all" { None } else { Some(params.text("label")?) };
                let events =
                    self.orders.cancel_those(now, |_, order| label.is_none_or(|label| order["label"] == label));
                for event in &events {
                    self.announce(event);
                }
                Ok(events.len().into())
            }
            "private/enable_cancel_on_disconnect" | "private/disable_cancel_on_disconnect" => {
                self.needs("account:read_write")?;
                let enable = *method == "private/enable_cancel_on_disconnect";
                match params.text_or("scope", "connection")? {
                    "account" => self.options.cancel_on_disconnect = enable,
                    "connection" => {}
                    _ => return Err(Fault::param("scope", "must be `connection` or `account`")),
                }
                if let Some(client) = self.clients.get_mut(client) {
                    client.cancel_on_disconnect = enable;
                }
                Ok("ok".into())
            }
            _ => Err(fault::METHOD_NOT_FOUND),
        }
    }

    fn needs(&self, right: &str) -> Result<(), Fault> {
        let granted = self.options.account.rights.split_whitespace().any(|word| word == right);
        granted.then_some(()).ok_or(fault::FORBIDDEN)
    }

    /// Tells every `user.*` subscription whose login is alive.
    pub(super) fn announce(&mut self, event: &OrderEvent) {
        let mut frames = Vec::new();
        for (id, client) in &self.clients {
            for (channel, subscription) in &client.subscriptions {
                let alive = subscription.grant.is_some_and(|grant| self.grants.is_alive(grant));
                if let Some(data) = alive.then(|| self.news(&subscription.topic, event)).flatten() {
                    frames.push((*id, subscription.frame(channel, &data)));
                }
            }
        }
        for (id, frame) in frames {
            self.push(id, frame);
        }
    }

    fn news(&self, topic: &Topic, event: &OrderEvent) -> Option<Value> {
        let OrderEvent { instrument, order, trades } = event;
        match topic {
            Topic::UserOrders { scope, pace } if scope.covers(instrument) => {
                // One object where each change is told by itself, a list where changes are gathered.
                Some(if *pace == Pace::Raw { order.clone() } else { json!([order]) })
            }
            Topic::UserTrades { scope } if scope.covers(instrument) && !trades.is_empty() => Some(json!(trades)),
            Topic::UserChanges { scope } if scope.covers(instrument) => {
                let mut positions = self.orders.positions(&self.market);
                positions.retain(|position| position["instrument_name"] == instrument.name);
                let name = &instrument.name;
                Some(json!({
                    "instrument_name": name, "orders": [order], "trades": trades, "positions": positions,
                }))
            }
            Topic::UserPortfolio { currency }
                if currency == "any" || currency.eq_ignore_ascii_case(&instrument.base) =>
            {
                Some(summary(&instrument.base))
            }
            _ => None,
        }
    }
}

fn summary(currency: &str) -> Value {
    json!({
        "currency": currency.to_uppercase(), "equity": 10.0, "balance": 10.0, "available_funds": 9.5,
        "margin_balance": 10.0, "initial_margin": 0.5, "maintenance_margin": 0.25, "total_pl": 0.0,
    })
}
