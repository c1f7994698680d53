//! The public methods.

use std::time::Duration;

use serde_json::{Value, json};
use tokio::time::Instant;

use super::{
    fault::{self, Fault, Params},
    payload,
    rpc::Call,
    world::World,
};

impl World {
    pub(super) fn public(&mut self, call: &Call<'_>) -> Result<Value, Fault> {
        let Call { client, method, params, .. } = call;
        match *method {
            "public/auth" => {
                let (grant, result) = self.grants.login(params, *client, &self.options.account, self.clock)?;
                if let Some(client) = self.clients.get_mut(client) {
                    client.grant = Some(grant);
                }
                Ok(result)
            }
            "public/test" => {
                if let Some(client) = self.clients.get_mut(client) {
                    client.heartbeat.answered();
                }
                match params.text_or("expected_result", "")? {
                    "exception" => Err(fault::BAD_REQUEST),
                    _ => Ok(json!({ "version": VERSION })),
                }
            }
            "public/hello" => {
                params.text("client_name")?;
                params.text("client_version")?;
                Ok(json!({ "version": VERSION }))
            }
            "public/set_heartbeat" => self.set_heartbeat(*client, params),
            "public/disable_heartbeat" => {
                if let Some(client) = self.clients.get_mut(client) {
                    client.heartbeat.disable();
                }
                Ok("ok".into())
            }
            "public/get_time" => Ok(self.clock.unix_ms().into()),
            "public/status" => Ok(json!({ "locked": "false", "locked_indices": [] })),
            "public/get_instruments" => self.instruments(params),
            "public/ticker" => {
                let quotes = self.market.get(params.text("instrument_name")?).ok_or(fault::UNKNOWN_INSTRUMENT)?;
                Ok(payload::ticker(quotes, &self.market, self.clock.unix_ms()))
            }
            "public/get_order_book" => {
                let quotes = self.market.get(params.text("instrument_name")?).ok_or(fault::UNKNOWN_INSTRUMENT)?;
                let depth = params.get("depth").and_then(Value::as_u64).and_then(|depth| usize::try_from(depth).ok());
                Ok(payload::grouped_book(quotes, "none", depth.unwrap_or(5), self.clock.unix_ms()))
            }
            "public/subscribe" => self.subscribe(call),
            "public/unsubscribe" | "public/unsubscribe_all" => self.unsubscribe(call),
            _ => Err(fault::METHOD_NOT_FOUND),
        }
    }

    fn set_heartbeat(&mut self, client: u64, params: &Params) -> Result<Value, Fault> {
        let interval = params.get("interval").and_then(Value::as_u64).map(Duration::from_secs);
        let interval = interval.ok_or_else(|| Fault::param("interval", "must be a whole number of seconds"))?;
        if interval < self.options.shortest_heartbeat || interval.is_zero() {
            return Err(Fault::param("interval", "is below the minimum"));
        }
        if let Some(client) = self.clients.get_mut(&client) {
            client.heartbeat.set(interval, Instant::now());
        }
        Ok("ok".into())
    }

    fn instruments(&self, params: &Params) -> Result<Value, Fault> {
        let (currency, kind) = (params.text_or("currency", "any")?, params.text_or("kind", "any")?);
        let chosen = self.market.instruments().filter(|instrument| {
            (currency == "any" || currency == instrument.base) && (kind == "any" || kind == instrument.kind.word())
        });
        Ok(chosen.map(super::instrument::Instrument::describe).collect())
    }
}

const VERSION: &str = "1.2.26";
