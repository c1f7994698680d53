//! Logging in: a signature over a time that must not have passed.

use ring::hmac;
use serde_json::{Value, json};

use super::{endpoint::Endpoint, world::World};

/// Why a login is refused: a code, and words.
type Refusal = (i64, &'static str);

impl World {
    /// The answer to `auth`.
    pub(super) fn authenticate(&mut self, id: u64, args: &[Value]) -> Value {
        let verdict = self.check_login(args);
        let Some(client) = self.clients.get_mut(&id) else { return Value::Null };
        let again = client.authenticated;
        client.authenticated |= verdict.is_ok();
        self.logins += u64::from(verdict.is_ok());
        let (code, words) = match verdict {
            Ok(()) if again => (20_001, "Repeat auth"),
            Ok(()) => (0, ""),
            Err(refusal) => refusal,
        };
        match client.endpoint {
            Endpoint::Trade => {
                let words = if code == 0 { "OK" } else { words };
                json!({ "retCode": code, "retMsg": words, "op": "auth", "connId": "c-3" })
            }
            _ => json!({ "success": matches!(code, 0 | 20_001), "ret_msg": words, "op": "auth", "conn_id": "c-2" }),
        }
    }

    fn check_login(&mut self, args: &[Value]) -> Result<(), Refusal> {
        let [Value::String(key), Value::Number(expires), Value::String(signature)] = args else {
            return Err((10_001, "Params Error"));
        };
        if self.switches.refuse_logins > 0 {
            self.switches.refuse_logins -= 1;
            return Err((10_003, "API key is invalid."));
        }
        if expires.as_u64().is_none_or(|expires| expires <= self.earliest_ms()) {
            return Err((10_002, "error:request expired"));
        }
        if *key != self.options.key {
            return Err((10_003, "API key is invalid."));
        }
        let secret = hmac::Key::new(hmac::HMAC_SHA256, self.options.secret.as_bytes());
        let given = decode_hex(signature).unwrap_or_default();
        let signed = format!("GET/realtime{expires}");
        hmac::verify(&secret, signed.as_bytes(), &given).map_err(|_| (10_004, "error:USVC1111"))
    }
}

/// Small letters only.
fn decode_hex(text: &str) -> Option<Vec<u8>> {
    let small = text.bytes().all(|byte| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte));
    let digits = |at: usize| text.get(at..at + 2).and_then(|pair| u8::from_str_radix(pair, 16).ok());
    small.then(|| (0..text.len()).step_by(2).map(digits).collect())?
}
