//! The arguments of a call, written straight as JSON: by name or by position, and without those that are left out.

use std::{borrow::Cow, fmt};

use serde::Serialize;

use super::Outgoing;
use crate::error::{Error, Result};

/// The arguments of a call; what `#[nova::rpc]` writes calls with.
///
/// ```
/// use nova::Arguments;
///
/// let call = Arguments::named()
///     .with("instrument_name", "BTC-PERPETUAL")
///     .with_some("label", &None::<&str>)
///     .with_some("amount", &Some(10))
///     .call("private/buy")?;
/// assert_eq!(call.text(), Some(r#"{"instrument_name":"BTC-PERPETUAL","amount":10}"#));
///
/// let call = Arguments::positional().with("hash", "0x1").with_some("full", &None::<bool>).call("eth_getBlockByHash")?;
/// assert_eq!(call.text(), Some(r#"["0x1"]"#));
/// # Ok::<(), nova::Error>(())
/// ```
pub struct Arguments {
    json: String,
    named: bool,
    /// Positions left out so far: they are written as `null` only if another argument follows them.
    holes: usize,
    failed: Option<(&'static str, String)>,
}

impl Arguments {
    /// An object: each argument under its name.
    pub fn named() -> Self {
        Self { json: "{".into(), named: true, holes: 0, failed: None }
    }

    /// An array: each argument at its place. One that is left out before others becomes `null`.
    pub fn positional() -> Self {
        Self { json: "[".into(), named: false, holes: 0, failed: None }
    }

    /// The next argument.
    pub fn with(mut self, name: &'static str, value: &(impl Serialize + ?Sized)) -> Self {
        for _ in 0..std::mem::take(&mut self.holes) {
            self.separate();
            self.json.push_str("null");
        }
        let written = serde_json::to_string(value);
        match written {
            Ok(value) => {
                self.separate();
                if self.named {
                    self.json.push_str(&serde_json::Value::from(name).to_string());
                    self.json.push(':');
                }
                self.json.push_str(&value);
            }
            Err(error) => self.failed = self.failed.or_else(|| Some((name, error.to_string()))),
        }
        self
    }

    /// The next argument, left out where it is `None`.
    pub fn with_some(mut self, name: &'static str, value: &Option<impl Serialize>) -> Self {
        if let Some(value) = value {
            return self.with(name, value);
        }
        self.holes += usize::from(!self.named);
        self
    }

    /// A call of `method` with these arguments.
    ///
    /// # Errors
    /// [`Error::Encode`] with the name of the first argument that cannot be written as JSON.
    pub fn call(mut self, method: impl Into<Cow<'static, str>>) -> Result<Outgoing> {
        let method = method.into();
        if let Some((name, reason)) = self.failed {
            return Err(Error::Encode { what: method, reason: format!("its argument `{name}`: {reason}").into() });
        }
        self.json.push(if self.named { '}' } else { ']' });
        Ok(Outgoing::call_json(method, self.json))
    }

    fn separate(&mut self) {
        if self.json.len() > 1 {
            self.json.push(',');
        }
    }
}

/// Shows how they are passed and how long they are, never what they are: a key may be among them.
impl fmt::Debug for Arguments {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Arguments").field("named", &self.named).field("bytes", &self.json.len()).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_left_out_is_null_only_before_others() {
        let none = None::<u8>;
        let call = |arguments: Arguments| arguments.call("m").unwrap().text().unwrap().to_owned();
        assert_eq!(call(Arguments::positional()), "[]");
        assert_eq!(call(Arguments::positional().with_some("a", &none).with_some("b", &none)), "[]");
        assert_eq!(call(Arguments::positional().with_some("a", &none).with("b", &1).with_some("c", &none)), "[null,1]");
        assert_eq!(call(Arguments::named().with_some("a", &none).with("b\"", &1).with("c", &2)), r#"{"b\"":1,"c":2}"#);
    }

    #[test]
    fn an_argument_that_is_no_json_is_named() {
        let pairs = std::collections::HashMap::from([((1, 2), 3)]);
        let error = Arguments::named().with("a", &1).with("pairs", &pairs).with("b", &pairs).call("m").unwrap_err();
        assert!(
            error.to_string().starts_with("cannot encode m: its argument `pairs`: key must be a string"),
            "{error}"
        );
    }
}
