//! The venue's errors: a number, a word, and sometimes what exactly was wrong.

use serde_json::{Value, json};

#[derive(Clone, Debug, PartialEq)]
pub(super) struct Fault {
    pub(super) code: i64,
    message: &'static str,
    data: Option<Value>,
}

pub(super) const INVALID_CREDENTIALS: Fault = Fault::new(13004, "invalid_credentials");
pub(super) const UNAUTHORIZED: Fault = Fault::new(13009, "unauthorized");
pub(super) const FORBIDDEN: Fault = Fault::new(13021, "forbidden");
pub(super) const RAW_NEEDS_LOGIN: Fault = Fault::new(13778, "raw_subscriptions_not_available_for_unauthorized");
pub(super) const TOO_MANY_REQUESTS: Fault = Fault::new(10028, "too_many_requests");
pub(super) const ORDER_NOT_FOUND: Fault = Fault::new(10004, "order_not_found");
pub(super) const UNKNOWN_INSTRUMENT: Fault = Fault::new(10020, "invalid_or_unsupported_instrument");
pub(super) const BAD_REQUEST: Fault = Fault::new(11050, "bad_request");
pub(super) const METHOD_NOT_FOUND: Fault = Fault::new(-32601, "Method not found");
pub(super) const INVALID_REQUEST: Fault = Fault::new(-32600, "Invalid Request");
pub(super) const TOO_LARGE: Fault = Fault::new(-32600, "request entity too large");
pub(super) const PARSE_ERROR: Fault = Fault::new(-32700, "Parse error");
const INVALID_PARAMS: Fault = Fault::new(-32602, "Invalid params");

impl Fault {
    const fn new(code: i64, message: &'static str) -> Self {
        Self { code, message, data: None }
    }

    pub(super) fn param(name: &str, reason: &str) -> Self {
        Self { data: Some(json!({ "param": name, "reason": reason })), ..INVALID_PARAMS }
    }

    pub(super) fn json(&self) -> Value {
        let mut error = json!({ "code": self.code, "message": self.message });
        if let Some(data) = &self.data {
            error["data"] = data.clone();
        }
        error
    }
}

/// The named parameters of one request.
#[derive(Debug)]
pub(super) struct Params(pub(super) Value);

impl Params {
    pub(super) fn get(&self, name: &str) -> Option<&Value> {
        self.0.get(name)
    }

    pub(super) fn text(&self, name: &str) -> Result<&str, Fault> {
        let value = self.get(name).ok_or_else(|| Fault::param(name, "is required"))?;
        value.as_str().ok_or_else(|| Fault::param(name, "must be a string"))
    }

    pub(super) fn text_or<'a>(&'a self, name: &str, default: &'a str) -> Result<&'a str, Fault> {
        if self.get(name).is_some() { self.text(name) } else { Ok(default) }
    }

    pub(super) fn number(&self, name: &str) -> Result<f64, Fault> {
        let value = self.get(name).ok_or_else(|| Fault::param(name, "is required"))?;
        value.as_f64().ok_or_else(|| Fault::param(name, "must be a number"))
    }
}
