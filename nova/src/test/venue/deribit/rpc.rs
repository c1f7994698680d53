//! The envelope: what is a request, what it costs, who may make it, and how it is answered.

use serde_json::{Value, json};
use tokio::time::Instant;

use super::{
    credits::Payer,
    fault::{self, Fault, Params},
    world::World,
};

/// The largest request frame.
const LARGEST: usize = 32 * 1024;

const METHODS: &[&str] = &[
    "private/buy",
    "private/cancel",
    "private/cancel_all",
    "private/cancel_by_label",
    "private/disable_cancel_on_disconnect",
    "private/edit",
    "private/enable_cancel_on_disconnect",
    "private/get_account_summaries",
    "private/get_account_summary",
    "private/get_open_orders",
    "private/get_positions",
    "private/logout",
    "private/sell",
    "private/subscribe",
    "private/unsubscribe",
    "private/unsubscribe_all",
    "public/auth",
    "public/disable_heartbeat",
    "public/get_instruments",
    "public/get_order_book",
    "public/get_time",
    "public/hello",
    "public/set_heartbeat",
    "public/status",
    "public/subscribe",
    "public/test",
    "public/ticker",
    "public/unsubscribe",
    "public/unsubscribe_all",
];

/// One request on its way through the venue.
#[derive(Debug)]
pub(super) struct Call<'a> {
    pub(super) client: u64,
    pub(super) method: &'a str,
    pub(super) params: Params,
    /// The login it is made with: the connection's, or that of the `access_token` it carries.
    pub(super) grant: Option<u64>,
}

/// What goes back, and whether the connection ends with it.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Answer {
    pub(super) reply: Option<String>,
    pub(super) hang_up: bool,
}

impl World {
    /// Carries out one frame of a client.
    pub(super) fn handle(&mut self, client: u64, text: &str) -> Answer {
        let arrived = self.clock.unix_us();
        if text.len() > LARGEST {
            return self.answer(&Value::Null, Err(fault::TOO_LARGE), arrived);
        }
        let Ok(mut request) = serde_json::from_str::<Value>(text) else {
            return self.answer(&Value::Null, Err(fault::PARSE_ERROR), arrived);
        };
        let params = request.get_mut("params").map_or_else(|| json!({}), Value::take);
        let (id, method) = (request["id"].clone(), request["method"].as_str());
        let (Value::String(_) | Value::Number(_), Some(method)) = (&id, method) else {
            return self.answer(&id, Err(fault::INVALID_REQUEST), arrived);
        };
        let login = self.clients.get(&client).and_then(|client| client.grant);
        let payer = if login.is_some() { Payer::Account } else { Payer::Connection(client) };
        if !self.purse.pay(&self.options.credits, payer, method, Instant::now()) {
            return Answer { hang_up: true, ..self.answer(&id, Err(fault::TOO_MANY_REQUESTS), arrived) };
        }
        if !METHODS.contains(&method) {
            return self.answer(&id, Err(fault::METHOD_NOT_FOUND), arrived);
        }
        if !params.is_object() {
            return self.answer(&id, Err(Fault::param("params", "must be an object")), arrived);
        }
        let token = params["access_token"].as_str();
        let grant = token.map_or(login, |token| self.grants.by_access_token(token));
        let grant = grant.filter(|grant| self.grants.is_alive(*grant));
        let private = method.starts_with("private/");
        if private && grant.is_none() {
            return self.answer(&id, Err(fault::UNAUTHORIZED), arrived);
        }
        if method == "private/logout" {
            return self.log_out(client, grant, &params);
        }
        let call = Call { client, method, params: Params(params), grant };
        let outcome = if private { self.private(&call) } else { self.public(&call) };
        self.answer(&id, outcome, arrived)
    }

    fn answer(&self, id: &Value, outcome: Result<Value, Fault>, arrived: u64) -> Answer {
        let body = match outcome {
            Ok(result) => format!(r#""result":{result}"#),
            Err(fault) => format!(r#""error":{}"#, fault.json()),
        };
        // A venue needs some time: a reply that took none would hide who confuses the two.
        let left = self.clock.unix_us() + 57;
        let spent = left - arrived;
        let reply = format!(
            r#"{{"jsonrpc":"2.0","id":{id},{body},"usIn":{arrived},"usOut":{left},"usDiff":{spent},"testnet":true}}"#
        );
        Answer { reply: Some(reply), hang_up: false }
    }

    /// No reply, no cancel-on-disconnect: the connection just ends.
    fn log_out(&mut self, client: u64, grant: Option<u64>, params: &Value) -> Answer {
        if let Some(client) = self.clients.get_mut(&client) {
            client.cancel_on_disconnect = false;
        }
        if let Some(grant) = grant.filter(|_| params["invalidate_token"].as_bool().unwrap_or(true)) {
            self.grants.revoke(grant);
        }
        Answer { reply: None, hang_up: true }
    }
}
